"""`$.` references: whole fields, and texts with references in them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_STEP = r"(?:\.[A-Za-z_][\w-]*|\['[^']+'\]|\[\"[^\"]+\"\]|\[\d+\])"
REFERENCE = re.compile(rf"\${_STEP}+")
_STEPS = re.compile(r"\.([A-Za-z_][\w-]*)|\['([^']+)'\]|\[\"([^\"]+)\"\]|\[(\d+)\]")
# What a deployment fills in: `${Name}`, and the marks of other people's tools.
PLACEHOLDER = re.compile(r"\$\{[^}]*\}|\{\{[^}]*\}\}|%\w+%")

Scope = Mapping[str, Any]  # the namespaces as they stand, e.g. {"External": {...}, "ContactId": "..."}


def is_reference(text: str) -> bool:
    return REFERENCE.fullmatch(text) is not None


def is_open(text: str) -> bool:
    """It is settled only at run time or at deployment, so its value cannot be judged now."""
    return is_reference(text) or PLACEHOLDER.search(text) is not None


def steps(reference: str) -> list[str]:
    return ["".join(parts) for parts in _STEPS.findall(reference)]


def look_up(reference: str, scope: Scope) -> str | None:
    """What a reference stands for; None where nothing is there, or no single value."""
    here: Any = scope
    for step in steps(reference):
        here = _inner(here, step)
    if here is None or isinstance(here, Mapping | list):
        return None
    return _plain(here)


def _inner(value: Any, step: str) -> Any:
    if isinstance(value, list):
        return value[int(step)] if step.isdecimal() and int(step) < len(value) else None
    return value.get(step) if isinstance(value, Mapping) else None


def whole(text: str, scope: Scope) -> str | None:
    """A field that is one reference or a plain text: an id, an operand."""
    return look_up(text, scope) if is_reference(text) else text


def interpolated(text: str, scope: Scope) -> str:
    """A text with its references filled in; what is undefined is left out."""
    return REFERENCE.sub(lambda found: look_up(found[0], scope) or "", text)


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
