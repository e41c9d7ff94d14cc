"""Fixtures for every kind of test."""

from hypothesis import HealthCheck, settings

from tests.deployed import stack

# A busy machine is no failure: properties are about answers, never about time.
settings.register_profile("manyline", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("manyline")

__all__ = ["stack"]
