"""A contact: one interaction on one channel, and the moves it may make.

    arrived → (self_served | refused) → queued → offered → connected ⇄ held → ended → wrapped
       ↑ └ patched → closed               ↑         │
       └──── not_reached ─────────────────┴ requeued┘         abandoned: from arrived, queued or offered

A telephone call has one contact per leg: whoever is called, transferred to or called back begins one.

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
    PATCHED = "patched"  # a leg to the outside: the customer talks to somebody who is none of our agents
    CLOSED = "closed"  # such a leg is over


OVER = frozenset({State.SELF_SERVED, State.REFUSED, State.WRAPPED, State.ABANDONED, State.CLOSED})


OUTBOUND = "outbound"  # the direction of a contact that an agent began
TRANSFER = "transfer"  # that of a leg to which an agent hands a call on, or asks a colleague
PAUSED = "paused"
ACKNOWLEDGED = "acknowledged"  # somebody on call has taken it

Expected = Mapping[str, str | int]  # attributes that a contact must still have, `version` among them


@dataclass(frozen=True, slots=True)
class Move:
    """`to` None: the state stays. `keeps` names what the contact remembers of the fact's data (its own name → that
    of the data), `becomes` what it is from then on, `forgets` what it no longer is. `lacks` and `has` name what it
    must not be, or must be, already. `once` names the data by which two such facts are one and the same."""

    come_from: frozenset[State]
    to: State | None = None
    keeps: Mapping[str, str] = field(default_factory=dict)
    becomes: Mapping[str, str] = field(default_factory=dict)
    forgets: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    has: tuple[str, ...] = ()
    once: str = ""


def _same(*names: str) -> Mapping[str, str]:
    return {name: name for name in names}


_TALKING = frozenset({State.CONNECTED, State.HELD})

MOVES: Mapping[str, Move] = {
    "refused": Move(frozenset({State.ARRIVED}), State.REFUSED),
    "self_served": Move(frozenset({State.ARRIVED}), State.SELF_SERVED),
    "queued": Move(frozenset({State.ARRIVED}), State.QUEUED, keeps=_same("team", "skill", "deadline")),
    # Of one's own will, and not to hang up: what comes next says for what
    "left_line": Move(frozenset({State.QUEUED}), State.ARRIVED),
    # From `arrived`: an agent dials himself, so that it never waits for one.
    "offered": Move(
        frozenset({State.ARRIVED, State.QUEUED}), State.OFFERED, keeps=_same("agent", "offer", "team", "skill")
    ),
    "requeued": Move(frozenset({State.OFFERED}), State.QUEUED, forgets=("agent", "offer", "desk")),
    "connected": Move(frozenset({State.OFFERED}), State.CONNECTED),
    "held": Move(frozenset({State.CONNECTED}), State.HELD),
    "resumed": Move(frozenset({State.HELD}), State.CONNECTED),
    "ended": Move(_TALKING, State.ENDED),
    "wrapped": Move(frozenset({State.ENDED}), State.WRAPPED, keeps=_same("disposition")),
    "abandoned": Move(frozenset({State.ARRIVED, State.QUEUED, State.OFFERED}), State.ABANDONED),
    # The telephone's own
    "callback_asked": Move(frozenset({State.QUEUED}), keeps={"callback": "number"}, once="number"),
    # From `queued`: an agent whom nobody had asked answered for who is called back.
    "dialled": Move(frozenset({State.ARRIVED, State.QUEUED, State.OFFERED, *_TALKING}), once="call"),
    "not_reached": Move(
        frozenset({State.ARRIVED, State.QUEUED, State.OFFERED}),
        State.ARRIVED,
        forgets=("agent", "offer", "desk"),
        once="id",
    ),
    # From `ended`: of an agent who leaves at once the end may be heard of before the flow asks where to.
    "transferred": Move(frozenset({*_TALKING, State.ENDED}), once="contact"),
    "recording_paused": Move(_TALKING, becomes={"recording": PAUSED}, lacks=("recording",)),
    "recording_resumed": Move(_TALKING, forgets=("recording",), has=("recording",)),
    "looked_up": Move(frozenset({State.ARRIVED, State.QUEUED, *_TALKING}), once="id"),
    "read_out": Move(frozenset({State.ARRIVED}), once="topic"),
    "patched": Move(frozenset({State.ARRIVED}), State.PATCHED),
    "closed": Move(frozenset({State.ARRIVED, State.PATCHED}), State.CLOSED),
    # Who is on call: written to, or found
    "notified": Move(frozenset({State.ARRIVED}), once="id"),
    "acknowledged": Move(frozenset({State.ARRIVED}), becomes={"disposition": ACKNOWLEDGED}, lacks=("disposition",)),
    "rated": Move(frozenset({*_TALKING, State.ENDED, State.WRAPPED}), keeps=_same("score"), lacks=("score",)),
}


def once_key(fact: Fact) -> str:
    """By what the fact is known when it comes again; empty for one that may happen any number of times."""
    name = MOVES[fact.kind].once
    told = str(fact.data.get(name, "")) if name else ""
    return f"{fact.kind}:{told}" if told else ""


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
    previous: str = ""  # the contact before this one in the same thread, or the leg before this one
    thread: str = ""  # the first contact of the thread; empty when this is it
    direction: str = ""  # OUTBOUND, or empty: the customer began it
    callback: str = ""  # the number at which the customer wants to be called back
    voicemail: str = ""  # where the recording lies of what the caller left
    outreach: str = ""  # why we call: campaign:<name>, appointment:<id> or dispatch:<ladder>


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
    direction: str = ""
    callback: str = ""
    voicemail: str = ""
    outreach: str = ""
    recording: str = ""  # PAUSED, or empty: as the client's terms say
    score: int = 0  # what the customer thought of it, 1 to 5; 0: he did not say
    once: tuple[str, ...] = field(default=(), repr=False)  # `once_key` of each fact that has one
    facts: tuple[Fact, ...] = field(default=(), repr=False)

    @property
    def version(self) -> int:
        return len(self.facts)

    @property
    def over(self) -> bool:
        return self.state in OVER

    @property
    def outbound(self) -> bool:
        return self.direction == OUTBOUND

    @property
    def is_dialled(self) -> bool:
        """Whether its customer was called: nobody else must call him, too."""
        return any(fact.kind == "dialled" for fact in self.facts)

    @property
    def dispatched(self) -> bool:
        """Whether it is a message on its way to who is on call: each of its calls is an attempt of its own."""
        return self.outreach.startswith("dispatch:")

    @property
    def patient(self) -> bool:
        """Whether its agent is on the line before its customer is: an offer of it lasts until that one picks up."""
        return self.outbound or bool(self.callback)

    def after(self, fact: Fact, expects: Expected | None = None) -> Contact:
        """The contact with one more fact.

        Raises SomebodyElses where an attribute is not as `expects` says, IllegalMove where the state forbids it.
        """
        self.check(fact.kind, expects)
        move = MOVES[fact.kind]
        kept: dict[str, Any] = {name: fact.data[told] for name, told in move.keeps.items() if told in fact.data}
        gone: dict[str, Any] = dict.fromkeys(move.forgets, "")
        key = once_key(fact)
        return replace(
            self,
            state=move.to or self.state,
            facts=(*self.facts, fact),
            once=(*self.once, key) if key else self.once,
            **{**kept, **move.becomes, **gone},
        )

    def check(self, kind: str, expects: Expected | None = None) -> None:
        if not self.is_as(expects):
            raise SomebodyElses(self)
        move = MOVES[kind]
        misses = any(getattr(self, name) for name in move.lacks) or not all(getattr(self, name) for name in move.has)
        if self.state not in move.come_from or misses:
            raise IllegalMove(self, kind)

    def is_as(self, expects: Expected | None) -> bool:
        return all(getattr(self, name) == value for name, value in (expects or {}).items())

    def has_already(self, fact: Fact, expects: Expected | None = None) -> bool:
        """Whether this fact, delivered again, has happened: same kind, same doing, and nothing undid it since."""
        told, move = self.last(fact.kind), MOVES[fact.kind]
        if told is None:
            return False
        if key := once_key(fact):
            return key in self.once
        if move.lacks or move.has:
            return self._has_become(move) and self.is_as(expects)
        if self.state in move.come_from:
            return False
        named = {"agent", "offer"} & fact.data.keys()
        if named:
            return all(told.data.get(name) == fact.data[name] for name in named)
        return self.is_as(expects)

    def _has_become(self, move: Move) -> bool:
        """Whether the contact is what the move makes of it."""
        is_so = all(getattr(self, name) for name in move.lacks)
        return is_so and not any(getattr(self, name) for name in move.has)

    @property
    def answered_by_machine(self) -> str:
        """What a caller who has asked for nobody was told last that he had asked for; empty for nothing."""
        told = next((fact for fact in reversed(self.facts) if fact.kind in ("read_out", "looked_up")), None)
        if self.state is not State.ARRIVED or told is None:
            return ""
        if told.kind == "read_out":
            return str(told.data["topic"])
        return f"{told.data['what']}_status" if told.data["found"] == "yes" else ""

    def first(self, kind: str) -> Fact | None:
        return next((fact for fact in self.facts if fact.kind == kind), None)

    def last(self, kind: str) -> Fact | None:
        return next((fact for fact in reversed(self.facts) if fact.kind == kind), None)

    def as_item(self) -> dict[str, Any]:
        """Every attribute that is not empty; the store adds the key."""
        item = {f.name: getattr(self, f.name) for f in fields(self) if f.name not in _LISTS}
        item = {name: value if isinstance(value, int) else str(value) for name, value in item.items() if value}
        item |= {"once": list(self.once)} if self.once else {}
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
                "once": tuple(item.get("once", ())),
                "facts": tuple(Fact.from_item(fact) for fact in item["facts"]),
            }
        )


_LISTS = frozenset({"facts", "once", "opened_at"})


def opened(tenant: TenantId, contact: ContactId, arrival: Arrival, now: datetime) -> Contact:
    data = {
        "channel": arrival.channel.value,
        "entry_point": arrival.entry_point,
        "source_id": arrival.source_id,
    }
    data |= {"direction": arrival.direction} if arrival.direction else {}
    data |= {"outreach": arrival.outreach} if arrival.outreach else {}
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
        direction=arrival.direction,
        callback=arrival.callback,
        voicemail=arrival.voicemail,
        outreach=arrival.outreach,
        facts=(Fact(kind="arrived", at=now, by="customer", data=data),),
    )


def replayed(first: Contact, facts: Iterable[Fact]) -> Contact:
    """The contact that the facts make of an arrival: the proof that its attributes are only a summary."""
    contact = first
    for fact in facts:
        contact = contact.after(fact)
    return contact
