"""Flow files on disk: what a path names, and the flow in what was exported."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.local.connect.language import FlowType
from infra.local.connect.validator import guess

_ENVELOPES = ("ContactFlow", "ContactFlowModule")


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """One flow: `text` is its content, without the envelope that the API puts around it."""

    name: str
    text: str
    type: FlowType


def gathered(paths: Iterable[Path]) -> list[Path]:
    """Files as they are named, and every .json of a folder and below; each once, in order."""
    found = [file for path in paths for file in (sorted(path.rglob("*.json")) if path.is_dir() else [path])]
    return list(dict.fromkeys(found))


def opened(path: Path, type: FlowType | None) -> Export:
    """The flow in a file, with the type that is asked for, that the file says, or that it looks like."""
    text, said = _unwrapped(path.read_text(encoding="utf-8"))
    return Export(name=str(path), text=text, type=type or said or guess(text, path.name))


def _unwrapped(text: str) -> tuple[str, FlowType | None]:
    try:
        outer = json.loads(text)
    except ValueError:
        return text, None
    for envelope in _ENVELOPES:
        inner = outer.get(envelope) if isinstance(outer, Mapping) else None
        if isinstance(inner, Mapping) and isinstance(inner.get("Content"), str):
            return inner["Content"], _type(inner, envelope)
    return text, None


def _type(inner: Mapping[str, Any], envelope: str) -> FlowType | None:
    if envelope == "ContactFlowModule":
        return FlowType.MODULE
    said = str(inner.get("Type"))
    return FlowType(said) if said in set(FlowType) else None
