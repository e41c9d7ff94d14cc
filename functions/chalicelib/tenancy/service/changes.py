"""What is different between two configurations, said so that a person can check it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from chalicelib.tenancy.model.plain import to_plain
from chalicelib.tenancy.model.tenant import Tenant

# What tells the entries of a list apart, so that one that is put in front does not change all that follow.
_NATURAL = ("key", "code", "digit", "date", "number", "topic", "name")


@dataclass(frozen=True, slots=True)
class Change:
    """`before` or `after` is None where there was or will be nothing."""

    key: str
    before: str | None
    after: str | None

    def __str__(self) -> str:
        if self.before is None:
            return f"+ {self.key}: {self.after}"
        if self.after is None:
            return f"- {self.key}: {self.before}"
        return f"~ {self.key}: {self.before} → {self.after}"


def changes(before: Tenant | None, after: Tenant) -> tuple[Change, ...]:
    """In the order of the model; nothing at all if both are the same."""
    old = dict(_flat("", to_plain(before))) if before is not None else {}
    new = dict(_flat("", to_plain(after)))
    keys = [*new, *(key for key in old if key not in new)]
    return tuple(Change(key, old.get(key), new.get(key)) for key in keys if old.get(key) != new.get(key))


def _flat(key: str, plain: Any) -> Iterator[tuple[str, str]]:
    if isinstance(plain, Mapping):
        for name, inner in plain.items():
            yield from _flat(f"{key}.{name}" if key else name, inner)
    elif isinstance(plain, list):
        for place, inner in enumerate(plain):
            yield from _flat(f"{key}[{_name(inner, place)}]", inner)
        if not plain:
            yield key, "(none)"
    else:
        yield key, repr(plain) if isinstance(plain, str) else str(plain)


def _name(entry: Any, place: int) -> str:
    if isinstance(entry, Mapping):
        return next((str(entry[name]) for name in _NATURAL if name in entry), str(place + 1))
    # An address is its own name; a sentence is known by its place.
    return str(place + 1) if " " in str(entry) else str(entry)
