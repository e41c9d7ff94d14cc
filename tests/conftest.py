"""Fixtures for every kind of test."""

import pytest
from hypothesis import HealthCheck, settings

from tests.deployed import stack

# A busy machine is no failure: properties are about answers, never about time.
settings.register_profile("manyline", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("manyline")

__all__ = ["stack"]

# What needs a deployed stack runs in two processes (`make test`), each with a stack of its own. A month of bills and
# callbacks take long and look at no other journey, so they go with the pages, and both halves take as long.
_WITH_THE_PAGES = {"test_billing_month", "test_callbacks"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        room = item.path.parent.name
        if room in ("journeys", "browser"):
            second = room == "browser" or item.path.stem in _WITH_THE_PAGES
            item.add_marker(pytest.mark.xdist_group("second" if second else "first"))
