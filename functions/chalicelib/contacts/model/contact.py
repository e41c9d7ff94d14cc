"""A contact: one interaction on one channel, and the moves it may make.

    arrived → (self_served | refused) → queued → offered → connected ⇄ held → ended → wrapped
                                          ↑         │
                                          └ requeued┘         abandoned: from arrived, queued or offered

`MOVES` is the whole state machine. `Contact.after` applies it to a value; the store applies the very same
table as a condition and a change of one DynamoDB item, so a move costs one write and needs no read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from chalicelib.kernel.channel import Channel
from chalicelib.kernel.clock import instant, stamp
from chalicelib.kernel.errors import Conflict
from chalicelib.kernel.facts import Fact
from chalicelib.kernel.ids import AgentId, ContactId, TenantId


class State(StrEnum):
    ARRIVED = "arrived"
    SELF_SERVED = "self_served"
    REFUSED = "refused"
    QUEUED = "queued"
    OFFERED = "offered"
    CONNECTED = "connected"
    HELD = "held"
    ENDED = "ended"
    WRAPPED = "wrapped"
    ABANDONED = "abandoned"


OVER = frozenset({State.SELF_SERVED, State.REFUSED, State.WRAPPED, State.ABANDONED})
WITH_AGENT = frozenset({State.OFFERED, State.CONNECTED, State.HELD, State.ENDED})


@dataclass(frozen=True, slots=True)
class Move:
    """`keeps` names the data of the fact that the contact remembers; `forgets` what it no longer is."""

    come_from: frozenset[State]
    to: State
    keeps: tuple[str, ...] = ()
    forgets: tuple[str, ...] = ()


MOVES: Mapping[str, Move] = {
    "refused": Move(frozenset({State.ARRIVED}), State.REFUSED),
    "self_served": Move(frozenset({State.ARRIVED}), State.SELF_SERVED),
    "queued": Move(frozenset({State.ARRIVED}), State.QUEUED, keeps=("team", "skill", "deadline")),
    "offered": Move(frozenset({State.QUEUED}), State.OFFERED, keeps=("agent", "offer")),
    "requeued": Move(frozenset({State.OFFERED}), State.QUEUED, forgets=("agent", "offer", "desk")),
    "connected": Move(frozenset({State.OFFERED}), State.CONNECTED),
    "held": Move(frozenset({State.CONNECTED}), State.HELD),
    "resumed": Move(frozenset({State.HELD}), State.CONNECTED),
    "ended": Move(frozenset({State.CONNECTED, State.HELD}), State.ENDED),
    "wrapped": Move(frozenset({State.ENDED}), State.WRAPPED, keeps=("disposition",)),
    "abandoned": Move(frozenset({State.ARRIVED, State.QUEUED, State.OFFERED}), State.ABANDONED),
}


class IllegalMove(Conflict):
    """The contact is not in a state from which this can happen (any more)."""

    def __init__(self, contact: Contact, kind: str) -> None:
        super().__init__(f"a contact that is {contact.state} cannot be {kind}", state=contact.state.value)
        self.contact = contact


class SomebodyElses(Conflict):
    """The contact is with another agent, or under another offer."""

    def __init__(self, contact: Contact) -> None:
        super().__init__("this contact is with somebody else", state=contact.state.value)
        self.contact = contact


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """What a channel knows of a contact when it comes in.

    `source_id` is what the outside world calls it (Connect contact id, SES message id, chat session):
    it decides the contact's id, so an arrival that is delivered twice opens one contact.
    """

    channel: Channel
    entry_point: str  # the address that was dialled, mailed or opened
    customer: str  # the customer's address; empty when withheld
    source_id: str
    customer_name: str = ""
    subject: str = ""
    previous: str = ""  # the contact before this one in the same thread
    thread: str = ""  # the first contact of the thread; empty when this is it


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    tenant: TenantId
    contact: ContactId
    channel: Channel
    state: State
    opened_at: datetime
    entry_point: str
    customer: str = ""  # empty when withheld
    source_id: str
    customer_name: str = ""
    subject: str = ""
    previous: str = ""
    thread: str = ""
    team: str = ""
    skill: str = ""
    deadline: str = ""  # a stamp: who waits is served in this order
    agent: AgentId = AgentId("")
    offer: str = ""
    desk: str = ""  # connection of the agent's page when the contact was offered: a hint for pushes
    visitor: str = ""  # connection of the customer's chat widget: a hint for pushes
    disposition: str = ""
    facts: tuple[Fact, ...] = field(default=(), repr=False)

    @property
    def version(self) -> int:
        return len(self.facts)

    @property
    def over(self) -> bool:
        return self.state in OVER

    def after(self, fact: Fact, expects: Mapping[str, str] | None = None) -> Contact:
        """The contact with one more fact.

        Raises SomebodyElses where an attribute is not as `expects` says, IllegalMove where the state forbids it.
        """
        self.check(fact.kind, expects)
        move = MOVES[fact.kind]
        kept: dict[str, Any] = {name: fact.data[name] for name in move.keeps if name in fact.data}
        gone: dict[str, Any] = dict.fromkeys(move.forgets, "")
        return replace(self, state=move.to, facts=(*self.facts, fact), **kept, **gone)

    def check(self, kind: str, expects: Mapping[str, str] | None = None) -> None:
        if not self.is_as(expects):
            raise SomebodyElses(self)
        if self.state not in MOVES[kind].come_from:
            raise IllegalMove(self, kind)

    def is_as(self, expects: Mapping[str, str] | None) -> bool:
        return all(getattr(self, name) == value for name, value in (expects or {}).items())

    def has_already(self, fact: Fact, expects: Mapping[str, str] | None = None) -> bool:
        """Whether this fact, delivered again, has happened: same kind, same doing, and nothing undid it since."""
        told = self.last(fact.kind)
        if told is None or self.state in MOVES[fact.kind].come_from:
            return False
        named = {"agent", "offer"} & fact.data.keys()
        if named:
            return all(told.data.get(name) == fact.data[name] for name in named)
        return self.is_as(expects)

    def last(self, kind: str) -> Fact | None:
        return next((fact for fact in reversed(self.facts) if fact.kind == kind), None)

    def as_item(self) -> dict[str, Any]:
        """Every attribute that is not empty; the store adds the key."""
        item = {f.name: getattr(self, f.name) for f in fields(self) if f.name not in {"facts", "opened_at"}}
        item = {name: str(value) for name, value in item.items() if value}
        return item | {
            "opened_at": stamp(self.opened_at),
            "version": self.version,
            "facts": [fact.as_item() for fact in self.facts],
        }

    @staticmethod
    def from_item(item: Mapping[str, Any]) -> Contact:
        known = {f.name for f in fields(Contact)}
        texts = {name: value for name, value in item.items() if name in known}
        return Contact(
            **{
                **texts,
                "channel": Channel(item["channel"]),
                "state": State(item["state"]),
                "opened_at": instant(item["opened_at"]),
                "facts": tuple(Fact.from_item(fact) for fact in item["facts"]),
            }
        )


def opened(tenant: TenantId, contact: ContactId, arrival: Arrival, now: datetime) -> Contact:
    data = {
        "channel": arrival.channel.value,
        "entry_point": arrival.entry_point,
        "source_id": arrival.source_id,
    }
    return Contact(
        tenant=tenant,
        contact=contact,
        channel=arrival.channel,
        state=State.ARRIVED,
        opened_at=now,
        entry_point=arrival.entry_point,
        customer=arrival.customer,
        customer_name=arrival.customer_name,
        subject=arrival.subject,
        source_id=arrival.source_id,
        previous=arrival.previous,
        thread=arrival.thread or contact,
        facts=(Fact(kind="arrived", at=now, by="customer", data=data),),
    )


def replayed(first: Contact, facts: Iterable[Fact]) -> Contact:
    """The contact that the facts make of an arrival: the proof that its attributes are only a summary."""
    contact = first
    for fact in facts:
        contact = contact.after(fact)
    return contact
