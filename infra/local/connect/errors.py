"""Why the exchange does not do something."""

from __future__ import annotations


class NotOnTheLine(Exception):
    """There is no such call, or the agent has none."""


class NotNow(Exception):
    """The call is in a state in which this cannot be done; it says which."""
