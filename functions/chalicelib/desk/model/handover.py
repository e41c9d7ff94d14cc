"""Who handed a call on to whom he sits down before, and what he wrote for him."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from chalicelib.contacts.model.contact import Contact, State
from chalicelib.contacts.model.conversation import Message
from chalicelib.kernel.ids import AgentId, digest

_MARK = "handed-on"


@dataclass(frozen=True, slots=True, kw_only=True)
class Handover:
    """`came_at` is when the customer came, before anybody had him; `notes` is what colleagues wrote down until then."""

    by: str  # the colleague's name
    came_at: datetime
    note: str = ""
    notes: tuple[tuple[str, str], ...] = ()  # (who, what)


def mark(to: str, note: str) -> str:
    """The id of the note that goes with a transfer: sent twice, it is one note."""
    return f"{_MARK}:{to}:{digest(note)}"


def handed_by(before: Contact, contact: Contact) -> tuple[AgentId, str] | None:
    """Who transferred the call from the leg before to this one, and where to; None where nobody did."""
    for fact in reversed(before.facts):
        if fact.kind == "transferred" and fact.data.get("contact") == contact.contact:
            return AgentId(fact.by.removeprefix("agent:")), str(fact.data.get("to", ""))
    return None


def leg_to(contact: Contact) -> str:
    """The leg that went on when this one ended; empty where none can have."""
    told = contact.last("transferred") if contact.state is State.ENDED else None
    return str(told.data.get("contact", "")) if told is not None else ""


def went_on(contact: Contact, leg: Contact) -> bool:
    """Whether the customer was with the other one when this one's agent left: who had been asked and was gone by then
    does not have him."""
    ended = contact.last("ended")
    over = next((fact for fact in reversed(leg.facts) if fact.kind in ("ended", "abandoned", "closed")), None)
    return ended is not None and (over is None or over.at > ended.at)


def is_handover(message: Message) -> bool:
    """A note that goes with a transfer, and is shown as such."""
    return message.draft.client_id.startswith(f"{_MARK}:")


def note_for(to: str, said: Iterable[Message]) -> str:
    """The last that was written for who gets the call there."""
    notes = [message.draft.text for message in said if message.draft.client_id.startswith(f"{_MARK}:{to}:")]
    return notes[-1] if notes else ""
