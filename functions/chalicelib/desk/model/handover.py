"""Who handed a call on to whom he sits down before, and what he wrote for him."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from chalicelib.contacts.model.contact import Contact
from chalicelib.contacts.model.conversation import Message
from chalicelib.kernel.ids import AgentId, digest

_MARK = "handed-on"


@dataclass(frozen=True, slots=True, kw_only=True)
class Handover:
    by: str  # the colleague's name
    note: str = ""


def mark(to: str, note: str) -> str:
    """The id of the note that goes with a transfer: sent twice, it is one note."""
    return f"{_MARK}:{to}:{digest(note)}"


def handed_by(before: Contact, contact: Contact) -> tuple[AgentId, str] | None:
    """Who transferred the call from the leg before to this one, and where to; None where nobody did."""
    for fact in reversed(before.facts):
        if fact.kind == "transferred" and fact.data.get("contact") == contact.contact:
            return AgentId(fact.by.removeprefix("agent:")), str(fact.data.get("to", ""))
    return None


def note_for(to: str, said: Iterable[Message]) -> str:
    """The last that was written for who gets the call there."""
    notes = [message.draft.text for message in said if message.draft.client_id.startswith(f"{_MARK}:{to}:")]
    return notes[-1] if notes else ""
