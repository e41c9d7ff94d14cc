"""What the visitor's side may see of a contact: never a note, an agent's name or the state of a queue.

A frame is what is pushed to the widget:

    {"v": 1, "stream": "chat:<contact>", "seq": n, "message": {...}}          said; n counts without a gap
    {"v": 1, "stream": "chat:<contact>", "seq": n, "poke": true}              said, but too long to push: fetch it
    {"v": 1, "stream": "chat:<contact>", "version": k, "state": "active"}     became; an older k is old news
    {"v": 1, "stream": "chat:<contact>", "typing": "agent"}                   for a few seconds

What nobody but the agents may see has its number too, so a gap is no loss: the widget fetches after its last
number, and the answer's `last` tells it how far the conversation has come.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from chalicelib.contacts.model.contact import State

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from chalicelib.contacts.model.conversation import Message

_LONGEST_FRAME = 24_000  # bytes; API Gateway takes 32 KB in one piece


class Phase(StrEnum):
    QUEUED = "queued"
    ACTIVE = "active"
    ENDED = "ended"
    CLOSED = "closed"
    REFUSED = "refused"


_PHASES: Mapping[State, Phase] = {
    State.ARRIVED: Phase.QUEUED,
    State.QUEUED: Phase.QUEUED,
    State.OFFERED: Phase.QUEUED,
    State.CONNECTED: Phase.ACTIVE,
    State.HELD: Phase.ACTIVE,
    State.ENDED: Phase.ENDED,
    State.WRAPPED: Phase.ENDED,
    State.ABANDONED: Phase.ENDED,
    State.SELF_SERVED: Phase.CLOSED,
    State.REFUSED: Phase.REFUSED,
}
_TOLD = frozenset({"connected", "ended", "abandoned"})  # the facts after which the visitor's phase is another


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """All that a widget needs to draw the conversation from message `after` on."""

    contact: str
    phase: Phase
    version: int
    last: int
    messages: list[dict[str, Any]]

    def as_answer(self) -> dict[str, Any]:
        return {
            "contact": self.contact,
            "stream": stream(self.contact),
            "state": self.phase.value,
            "version": self.version,
            "last": self.last,
            "messages": self.messages,
        }


def snapshot(contact: str, state: State, version: int, said: Sequence[Message], after: int = 0) -> Snapshot:
    shown = [seen for message in said if (seen := seen_by_visitor(message.as_item())) is not None]
    last = said[-1].n if said else after
    return Snapshot(contact=contact, phase=_PHASES[state], version=version, last=last, messages=shown)


def stream(contact: str) -> str:
    return f"chat:{contact}"


def seen_by_visitor(item: Mapping[str, Any]) -> dict[str, Any] | None:
    """None for a note. Which of the agents wrote is the client's own affair."""
    if item.get("kind") == "note":
        return None
    author = str(item["by"]).split(":")[0]
    seen = {"n": item["n"], "at": item["at"], "by": author, "text": item.get("text", "")}
    return {**seen, "client_id": item["client_id"]} if author == "customer" else seen


def frame(told: Mapping[str, Any]) -> dict[str, Any] | None:
    """What to push of something that was told (`contacts.model.told`); None where the visitor need not know."""
    begin = {"v": 1, "stream": stream(told["contact_id"])}
    if told["type"] == "fact":
        if told["fact"]["kind"] not in _TOLD:
            return None
        return {**begin, "version": told["seq"], "state": _PHASES[State(told["contact"]["state"])].value}
    message = seen_by_visitor(told["message"])
    if message is None:
        return None
    whole = {**begin, "seq": told["n"], "message": message}
    return whole if len(json.dumps(whole)) <= _LONGEST_FRAME else {**begin, "seq": told["n"], "poke": True}


def typing(contact: str, by: str) -> dict[str, Any]:
    return {"v": 1, "stream": stream(contact), "typing": by}


def ink_on(colour: str) -> str:
    """Black or white, whichever reads better on the colour (WCAG 2 contrast)."""
    channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return "#ffffff" if 1.05 / (luminance + 0.05) >= (luminance + 0.05) / 0.05 else "#000000"
