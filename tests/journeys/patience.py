"""Waiting for what happens behind the scenes. What comes at once costs nothing; a busy machine is forgiven."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from tests import deployed

PATIENCE_S = 40.0
Found = TypeVar("Found")


def eventually(look: Callable[[], Found], *, within: float = PATIENCE_S, every: float = 0.1) -> Found:
    """The first answer that is not empty; what was seen last, if none came in time."""
    return deployed.eventually(look, within=within, every=every)
