"""A call's records by leg: each is a contact of ours, with its own agent, and is held against that contact alone.

A call is a tree. Segments follow one another (`next`); a transfer and a callback hang on the segment from which they
began (`previous`), and so does a call that an agent made meanwhile (`related`). Of a tree the records come in any
order, and those of a later leg often before those of the agent who passed the caller on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from chalicelib.channels.voice.model.event import API, GIVEN_UP, REQUEUED, TRANSFER
from chalicelib.channels.voice.model.record import FOLLOWS, ContactRecord
from chalicelib.contacts.model.contact import Contact, State
from chalicelib.kernel.channel import Channel
from chalicelib.kernel.ids import ContactId, contact_id

CALLBACK, OUTBOUND, OUTSIDE = "CALLBACK", "OUTBOUND", "EXTERNAL_OUTBOUND"
_CALLED = frozenset({CALLBACK, OUTBOUND, OUTSIDE})
_BEGINS = frozenset({TRANSFER, CALLBACK, OUTBOUND, OUTSIDE})  # methods with which a leg of its own may begin
_LEFT_A_MESSAGE = "voicemail"
TRIED, ANSWERED = "tried", "answered"  # a call to somebody on call is over
_WAITS = frozenset({State.ARRIVED, State.QUEUED, State.OFFERED})
_TALKS = frozenset({State.CONNECTED, State.HELD})

Records = Mapping[str, ContactRecord]  # by Connect's contact id


class Untold(NamedTuple):
    """A fact that telephony knows of, and ours do not. `of` is Connect's id of the segment that tells it."""

    kind: str  # tried, patched, closed, not_reached, self_served, abandoned or ended
    at: str  # a stamp
    of: str = ""
    what: str = ""  # where it was abandoned, if that is known, or the topic of what served itself
    by_agent: bool = False  # an agent gave up whom he had asked for, or hung up


def legs(chain: Records) -> dict[ContactId, dict[str, ContactRecord]]:
    """The records of each contact of ours; the contacts in the order in which they began."""
    found: dict[ContactId, dict[str, ContactRecord]] = {}
    for record in sorted(chain.values(), key=lambda one: (one.began_at, one.contact)):
        found.setdefault(_leg_of(record, chain), {})[record.contact] = record
    return found


def _leg_of(record: ContactRecord, chain: Records) -> ContactId:
    seen: set[str] = set()
    while not record.leg and record.method == FOLLOWS and record.previous in chain and record.contact not in seen:
        seen.add(record.contact)
        record = chain[record.previous]
    return record.ours


def untaken(chain: Records) -> Iterator[tuple[ContactId, str]]:
    """The legs that we may have begun for transfers whose flow was not answered in time to take them up, and when each
    of those was over."""
    for record in chain.values():
        began = contact_id(Channel.VOICE, record.contact)
        if record.method == TRANSFER and record.ended_at and record.ours != began:
            yield began, record.ended_at


def whole(leg: Records, chain: Records | None = None) -> bool:
    """Whether every segment of the leg is here, over and cleared; `chain` has those of the call's other legs, too.

    It hangs together from where it began, and where one of its segments leads is known.
    """
    chain = {**(chain or {}), **leg}
    if not leg or not all(record.ended_at for record in leg.values()):
        return False
    if any(record.next not in chain or _circles(record, chain) for record in leg.values() if record.next):
        return False
    return leg.keys() <= _reached(leg, chain)


def _circles(record: ContactRecord, chain: Records) -> bool:
    seen: set[str] = set()
    here: ContactRecord | None = record
    while here is not None and here.contact not in seen:
        seen.add(here.contact)
        here = chain.get(here.next)
    return here is not None


def _reached(leg: Records, chain: Records) -> set[str]:
    """What hangs on a beginning of the leg, or on a segment of another one."""
    reached = {one for one, record in chain.items() if one not in leg or _begins(record, leg)}
    links = [(record.contact, record.next) for record in chain.values()]
    links += [(before, record.contact) for record in chain.values() for before in (record.previous, record.related)]
    while more := {after for before, after in links if before in reached and after in leg} - reached:
        reached |= more
    return reached


def _begins(record: ContactRecord, leg: Records) -> bool:
    """A leg that our flow named stands for itself, even where the one it came from is not here yet."""
    named = bool(record.leg) and record.method in _BEGINS and record.previous not in leg
    return record.contact == record.initial or named


def called(leg: Records) -> frozenset[str]:
    """The segments in which nobody is on the line until we call: also those to which such a one was sent on."""
    found = {one for one, record in leg.items() if record.method in _CALLED}
    requeued = {one: record.previous for one, record in leg.items() if record.method == REQUEUED}
    while more := {one for one, before in requeued.items() if before in found} - found:
        found |= more
    return frozenset(found)


def untold(leg: Records, chain: Records, contact: Contact) -> Iterator[Untold]:
    """What follows from the records of a leg that is over, where our contact stands further back.

    That a conversation began is told by its events, never by its record. That one is over is told by its record too:
    an end that nobody told us of would keep its agent for ever, and would never be billed.
    """
    if contact.dispatched:
        yield from _tried(leg)
        return
    if contact.over or not whole(leg, chain):
        return
    if contact.state in _TALKS:
        yield from _hung_up(leg, contact)
        return
    if any(record.agent for record in leg.values()):
        return
    ended = max(record.ended_at for record in leg.values())
    if contact.state is State.PATCHED or (contact.state is State.ARRIVED and _leads_outside(leg, contact)):
        through = min((record.through_at for record in leg.values() if record.through_at), default="")
        if through and contact.state is State.ARRIVED:
            yield Untold("patched", through)
        yield Untold("closed", ended)
    elif contact.state not in _WAITS:
        return
    elif contact.callback:
        yield from _not_reached(leg, contact)
    elif contact.state is State.ARRIVED and any(record.has_message for record in leg.values()):
        yield Untold("self_served", ended, what=_LEFT_A_MESSAGE)  # most callers say their words and hang up
    elif contact.answered_by_machine:
        yield Untold("self_served", ended, what=contact.answered_by_machine)
    else:
        yield Untold("abandoned", ended, by_agent=_last(leg).reason == "AGENT_DISCONNECT")


def attempts(leg: Records) -> list[ContactRecord]:
    """The calls to people on call: each is one of its own, and over as soon as its record is here."""
    return [record for record in leg.values() if record.method == API and record.ended_at]


def _tried(leg: Records) -> Iterator[Untold]:
    for record in attempts(leg):
        yield Untold(TRIED, record.ended_at, record.contact, what=ANSWERED if record.through_at else "")


def _hung_up(leg: Records, contact: Contact) -> Iterator[Untold]:
    """By the records of the very agent who has it with us; of another one's a person has to say what it means."""
    his = {one: record for one, record in leg.items() if record.agent and record.agent.username == contact.agent}
    if his and (turn := (last := _last(his)).agent):
        at = turn.wrap_from or last.ended_at
        yield Untold("ended", at, last.contact, what=last.reason, by_agent=last.reason == "AGENT_DISCONNECT")


def _last(leg: Records) -> ContactRecord:
    return max(leg.values(), key=lambda record: (record.ended_at, record.began_at))


def _leads_outside(leg: Records, contact: Contact) -> bool:
    """The record says so where somebody answered; that nobody did, our facts have to know."""
    dialled = contact.last("dialled")
    return any(record.outside for record in leg.values()) or (dialled is not None and dialled.data["to"] == "outside")


def _not_reached(leg: Records, contact: Contact) -> Iterator[Untold]:
    """Who asked to be called back is waited for, though his own call is over: only the calls to him count."""
    tried = called(leg)
    sent_on = {record.previous for record in leg.values() if record.method == REQUEUED}
    attempts = [record for one, record in leg.items() if one in tried and one not in sent_on]
    for record in sorted(attempts, key=lambda one: one.ended_at):
        if record.reason in GIVEN_UP:
            yield Untold("abandoned", record.ended_at, record.contact, what="callback")
        elif contact.state is not State.ARRIVED and f"not_reached:{record.contact}" not in contact.once:
            yield Untold("not_reached", record.ended_at, record.contact)
