"""What an agent is shown of a call that begins with us, before he makes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chalicelib.outreach.model.campaign import Data
from chalicelib.tenancy.model.menu import Texts


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """`mode` is preview or progressive; empty for a promised call, which its agent begins himself. `opening` and
    `steps` are empty where the client's usual script holds."""

    kind: str  # campaign or appointment
    title: str
    mode: str = ""
    name: str = ""
    number: str
    data: Data = ()
    note: str = ""
    attempt: int = 1
    most: int = 1
    at: str = ""  # a stamp: what was promised
    opening: Texts
    steps: tuple[str, ...] = ()

    @property
    def at_once(self) -> bool:
        """The call is made as soon as an agent has it."""
        return self.mode == "progressive"

    def as_json(self) -> dict[str, Any]:
        opening: Mapping[str, str] = {str(language): str(text) for language, text in self.opening.items()}
        return {
            "kind": self.kind,
            "title": self.title,
            "mode": self.mode,
            "name": self.name,
            "number": self.number,
            "data": [{"label": label, "value": value} for label, value in self.data],
            "note": self.note,
            "attempt": self.attempt,
            "most": self.most,
            "at": self.at,
            "opening": opening,
            "steps": list(self.steps),
        }
