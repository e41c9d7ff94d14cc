"""`$.` references: whole fields, and texts with references in them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_STEP = r"(?:\.[A-Za-z_][\w-]*|\['[^']+'\])"
REFERENCE = re.compile(rf"\${_STEP}+")
_STEPS = re.compile(r"\.([A-Za-z_][\w-]*)|\['([^']+)'\]")

Scope = Mapping[str, Any]  # the namespaces as they stand, e.g. {"External": {...}, "ContactId": "..."}


def is_reference(text: str) -> bool:
    return REFERENCE.fullmatch(text) is not None


def steps(reference: str) -> list[str]:
    return [name or quoted for name, quoted in _STEPS.findall(reference)]


def look_up(reference: str, scope: Scope) -> str | None:
    """What a reference stands for; None where nothing is there, or no single value."""
    here: Any = scope
    for step in steps(reference):
        if not isinstance(here, Mapping) or step not in here:
            return None
        here = here[step]
    if here is None or isinstance(here, Mapping | list):
        return None
    return _plain(here)


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
