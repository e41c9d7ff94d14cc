"""Instants as everyone writes them: aware UTC inside, sortable text outside."""

from __future__ import annotations

from datetime import UTC, datetime


def stamp(at: datetime) -> str:
    """`2026-11-22T08:00:00.000Z`: fixed width, so text order is time order."""
    if at.tzinfo is None:
        raise ValueError(f"naive instant {at!r}: give it a time zone")
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


def instant(text: str) -> datetime:
    """The reverse of `stamp`; takes any ISO 8601 instant that names its offset."""
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError(f"instant {text!r} names no time zone; append Z for UTC")
    return at.astimezone(UTC)


def second(at: datetime) -> int:
    """Whole seconds since 1970, cut off below: intervals between cut instants still tile."""
    return int(at.timestamp() // 1)
