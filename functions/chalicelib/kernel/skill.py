"""How well somebody must do something, or does it."""

from __future__ import annotations

LEAST_LEVEL = 1
TOP_LEVEL = 5  # also of a skill that is named without a level
