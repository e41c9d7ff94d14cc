"""A finding before it knows its flow and its action, and the checks that several parts share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from infra.local.connect.catalogue import Bounds
from infra.local.connect.values import PLACEHOLDER, is_reference

Complaint = tuple[str, str, str]  # rule, says, fix


def number(name: str, value: Any, bounds: Bounds) -> Iterator[Complaint]:
    """A whole number within its bounds, as a text or a number; a placeholder is not judged."""
    text = str(value)
    if PLACEHOLDER.search(text):
        return
    if is_reference(text):
        if not bounds.dynamic:
            yield "static", f"{name} is the reference {text}", "write the number itself: Connect wants it static"
        return
    if not text.removeprefix("-").isdecimal() or not bounds.least <= int(text) <= bounds.most:
        yield "parameter", f"{name} is {text!r}", f"use {bounds.least} to {bounds.most}"


def listed(words: frozenset[str] | tuple[str, ...]) -> str:
    return ", ".join(sorted(words))
