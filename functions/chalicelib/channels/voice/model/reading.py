"""What Connect sends, read with tolerance: keys are missing or null, and change their case. Nothing here raises."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from chalicelib.kernel.clock import instant


def mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def folded(value: Any) -> Mapping[str, Any]:
    return {str(name).lower(): inner for name, inner in mapping(value).items()}


def text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def texts(value: Any) -> dict[str, str]:
    return {name: inner for name, inner in mapping(value).items() if isinstance(name, str) and isinstance(inner, str)}


def number_of(value: Any) -> str:
    """The caller's number; empty where it is withheld, which Connect writes as a word."""
    told = text(value)
    return told if told.startswith("+") else ""


def instant_of(value: Any) -> datetime | None:
    try:
        return instant(value)
    except (TypeError, ValueError, OverflowError):  # the last: before the year 1, or after 9999
        return None
