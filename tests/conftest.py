"""Fixtures for every kind of test."""

import pytest
from hypothesis import HealthCheck, settings

from tests.deployed import stack

# A busy machine is no failure: properties are about answers, never about time.
settings.register_profile("manyline", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("manyline")

__all__ = ["stack"]

# What needs a deployed stack runs in three processes (`make test`), each with a stack of its own: the pages; journeys
# that take long and look at no other one; and the rest.
_LONG = {
    *("test_billing_month", "test_callbacks", "test_campaigns", "test_dispatch", "test_chosen_callback"),
    *("test_transfers", "test_voicemail", "test_promised_calls", "test_overflow"),
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        room = item.path.parent.name
        if room in ("journeys", "browser"):
            group = "pages" if room == "browser" else "long" if item.path.stem in _LONG else "rest"
            item.add_marker(pytest.mark.xdist_group(group))
