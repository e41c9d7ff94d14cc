"""Where a contact stands for who brought it, and how long an offer holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from chalicelib.contacts.model.contact import Contact, State
from chalicelib.kernel.channel import Channel
from chalicelib.kernel.ids import AgentId

# Seconds until an offer that nobody takes goes to the next agent. A call needs longer: the waiting
# caller's flow polls every 10 s, and then the phone rings for 20.
OFFER_S: Mapping[Channel, int] = {Channel.VOICE: 40}
OFFER_WRITTEN_S = 20
# The agent is on the line, and his customer's telephone rings: nobody is missed because a customer does not pick up.
OFFER_PATIENT_S = 90
MOST_PLACES = 50  # that are counted for a caller who waits
HANDED_ON = "handed_on"  # that of a call whose customer somebody else has now
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


@dataclass(frozen=True, slots=True)
class Place:
    """Where a contact stands among those of its line. `more`: behind more than `position` of them. `expected_s`: how
    long it will wait, as far as that can be said."""

    position: int  # 1: it is the next
    expected_s: int | None = None
    more: bool = False


def expected_s(position: int, pace_s: float | None) -> int | None:
    """How long the one at `position` will wait: so many times the pace of its line.

    With s units in service and a mean handle time h, who waits is taken every h / s on average, so that the one at
    position n waits n h / s (the queue-length predictor of Ibrahim and Whitt, "Real-time delay estimation based on
    delay history", 2009; with all units busy it is that of an M/M/s queue). A line shares its agents with others, and
    nobody knows how many of them will turn to it; so h / s is not put together, but measured as what it is: the mean
    time between two who were taken from the line while others waited behind them. Who will give up before him is not
    foreseen: it is rather too long than too short.
    """
    return None if pace_s is None else round(position * pace_s)


def offer_s(channel: Channel) -> int:
    return OFFER_S.get(channel, OFFER_WRITTEN_S)


def offer_s_of(contact: Contact) -> int:
    return OFFER_PATIENT_S if contact.patient else offer_s(contact.channel)


def offered_since(contact: Contact) -> datetime | None:
    """Since when the offer's seconds count; None where it is not offered.

    Who reads first whom he is to call has used some of them up: from the moment in which he calls, the customer has
    all of them to pick up.
    """
    offered = contact.last("offered")
    if contact.state is not State.OFFERED or offered is None:
        return None
    since = contact.facts[contact.facts.index(offered) :]
    his = f"agent:{contact.agent}"
    calls = [fact.at for fact in since if contact.patient and fact.kind == "dialled" and fact.by == his]
    return max([offered.at, *calls])


def offered_until(contact: Contact) -> datetime | None:
    since = offered_since(contact)
    return since + timedelta(seconds=offer_s_of(contact)) if since is not None else None


def outcome_of(contact: Contact) -> Outcome:
    if contact.state is State.OFFERED:
        offered = contact.last("offered")
        return Offered(contact.agent, contact.offer, str(offered.data["reason"]) if offered else "")
    if contact.state is State.QUEUED:
        return Queued(contact.deadline)
    return Gone(contact.state)
