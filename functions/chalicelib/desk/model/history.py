"""What was before a contact: whether the customer spoke with somebody, and with whom, as the facts have it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from chalicelib.contacts.model.contact import Contact, State
from chalicelib.kernel.channel import Channel

_TALKING = frozenset({State.CONNECTED, State.HELD})
_WROTE: Mapping[Channel, str] = {
    Channel.EMAIL: "wrote a mail",
    Channel.CHAT: "opened a chat",
    Channel.MESSAGE: "wrote a message",
    Channel.POST: "sent a letter",
}
_ALONE = "called, spoke with nobody"


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    at: datetime
    words: str


def was_taken(contact: Contact) -> bool:
    """Whether an agent had it: spoke with the customer, read what he wrote, heard what he left."""
    return contact.first("connected") is not None


def what_was(contact: Contact, who: str, outcome: str = "") -> str:
    """What the customer did, or we did with him; empty where nothing came to him. `who` is the agent who had it, if
    anybody did, `outcome` what came of it: a machine may have answered."""
    if contact.channel is not Channel.VOICE:
        return _written(contact, who, outcome)
    if contact.voicemail:
        return "left a message"
    if who:
        return f"speaks with {who}" if contact.state in _TALKING else _with(f"spoke with {who}", outcome)
    if contact.outbound:
        return "was called, and did not answer" if contact.is_dialled and not contact.dispatched else ""
    if contact.first("patched") is not None:
        return "was put through to a number outside"
    return "called, asked to be called back" if contact.callback else _ALONE


def is_said_by_the_next(words: str, later: Contact) -> bool:
    """The call in which somebody left a message is no second time that he called."""
    return words == _ALONE and bool(later.voicemail)


def _written(contact: Contact, who: str, outcome: str) -> str:
    wrote = _WROTE.get(contact.channel, "wrote to us")
    return _with(f"{wrote}, which {who} took", outcome) if who else wrote


def _with(words: str, outcome: str) -> str:
    return f"{words}: {outcome}" if outcome else words
