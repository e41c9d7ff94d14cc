"""Where a contact stands for who brought it, and how long an offer holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from chalicelib.contacts.model.contact import Contact, State
from chalicelib.kernel.channel import Channel
from chalicelib.kernel.ids import AgentId

# Seconds until an offer that nobody takes goes to the next agent. A call needs longer: the waiting
# caller's flow polls every 10 s, and then the phone rings for 20.
OFFER_S: Mapping[Channel, int] = {Channel.VOICE: 40}
OFFER_WRITTEN_S = 20
INCOMPLETE = "incomplete"  # the disposition of a contact that nobody wrapped up


@dataclass(frozen=True, slots=True)
class Offered:
    agent: AgentId
    offer: str
    reason: str


@dataclass(frozen=True, slots=True)
class Queued:
    deadline: str


@dataclass(frozen=True, slots=True)
class Gone:
    """The contact neither waits nor is it offered: it is connected, over, or was never queued."""

    state: State


Outcome = Offered | Queued | Gone


def offer_s(channel: Channel) -> int:
    return OFFER_S.get(channel, OFFER_WRITTEN_S)


def outcome_of(contact: Contact) -> Outcome:
    if contact.state is State.OFFERED:
        offered = contact.last("offered")
        return Offered(contact.agent, contact.offer, str(offered.data["reason"]) if offered else "")
    if contact.state is State.QUEUED:
        return Queued(contact.deadline)
    return Gone(contact.state)
