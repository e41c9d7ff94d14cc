"""What an action sees: itself, the contact, and the stage; and how it reads its parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from infra.local.connect.language import Action
from infra.local.connect.values import interpolated, is_reference, look_up, whole

if TYPE_CHECKING:
    from infra.local.connect.parties import Segment
    from infra.local.connect.script import Script, Stage


@dataclass(slots=True)
class Scene:
    action: Action
    script: Script
    stage: Stage

    @property
    def segment(self) -> Segment:
        return self.script.segment

    def given(self, name: str) -> Any:
        return self.action.parameters.get(name)

    def read(self, reference: str) -> str | None:
        return look_up(reference, self.script.scope())

    def field(self, name: str) -> str | None:
        """A whole field: a plain text or one reference; None where it is absent or undefined."""
        value = self.given(name)
        return None if value is None else whole(str(value), self.script.scope())

    def number(self, name: str, default: int | None = None) -> int | None:
        """A whole number not below zero; None where the field holds none."""
        if self.given(name) is None:
            return default
        text = self.field(name)
        return int(text) if text is not None and text.isdecimal() else None

    def flag(self, name: str) -> bool:
        return str(self.given(name)).lower() == "true"

    def text(self, text: str) -> str:
        return interpolated(text, self.script.scope())

    def texts(self, name: str) -> dict[str, str]:
        """A map of texts, names and values with their references filled in."""
        scope = self.script.scope()
        given = self.given(name) or {}
        return {interpolated(str(key), scope): interpolated(str(value), scope) for key, value in given.items()}

    def filled(self, value: Any) -> Any:
        """Any structure with its references filled in; a reference on its own may be None."""
        if isinstance(value, str):
            return self.read(value) if is_reference(value) else self.text(value)
        if isinstance(value, Mapping):
            return {name: self.filled(inner) for name, inner in value.items()}
        return [self.filled(inner) for inner in value] if isinstance(value, list) else value

    def say(self, text: str) -> float:
        """Lets the listener hear it; returns the seconds that takes."""
        return self.stage.say(self.script, text, self.action.identifier) if text else 0.0
