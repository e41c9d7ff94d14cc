"""Fixtures for every kind of test."""

from tests.deployed import stack

__all__ = ["stack"]
