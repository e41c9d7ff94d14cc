"""Usage records and agents' work: what the ledger holds. It only grows.

A record's natural key is tenant, contact, meter and revision, for ever. The quantity is raw: what the
contract makes of it (increments, allowances, prices) is decided when it is rated, and can be again.

Nothing is edited. What was wrong is taken back by a record of the next revision that `reverses` it, and told
again by one of the revision after that. So a sum over all records, those that take back counted as less than
nothing, is the sum over those that still stand, in whatever order they came.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from chalicelib.billing.model.timeline import Timeline, timeline
from chalicelib.contacts.model.source import is_voicemail
from chalicelib.kernel.channel import Channel
from chalicelib.kernel.clock import instant, stamp
from chalicelib.kernel.errors import Conflict, Invalid
from chalicelib.kernel.facts import Fact
from chalicelib.kernel.ids import AgentId, ContactId, TenantId


class Meter(StrEnum):
    VOICE = "voice_seconds"  # of an agent's handling: talk, hold and wrap-up
    CHAT = "chat"
    EMAIL = "email"
    MESSAGE = "message"
    POST = "post"
    REFUSED = "refused"  # turned away at the gate of the tier
    ABANDONED = "abandoned"  # the customer left before an agent was reached
    SELF_SERVED = "self_served"
    AUTOMATED = "automated_seconds"  # of a call that a machine served to its end; waiting for an agent is free
    PATCHED = "patched_seconds"  # of a call that was put through to somebody outside
    BOT_CHAT = "bot_chat"  # a chat that a machine served to its end
    SMS = "sms"  # texts sent, each part of a long one
    DIAL = "dial"  # numbers called out
    MAIL = "mail"  # mails to people on call; none that an agent wrote
    SEAT = "seat_seconds"  # a dedicated agent was logged in

    @property
    def is_time(self) -> bool:
        return self.value.endswith("_seconds")


class Mode(StrEnum):
    """Who handled it: an agent whom clients share, or one who serves this client alone."""

    SHARED = "shared"
    DEDICATED = "dedicated"


HANDLED: Mapping[Channel, Meter] = {
    Channel.VOICE: Meter.VOICE,
    Channel.CHAT: Meter.CHAT,
    Channel.EMAIL: Meter.EMAIL,
    Channel.MESSAGE: Meter.MESSAGE,
    Channel.POST: Meter.POST,
}
_UNHANDLED: Mapping[str, Meter] = {
    "refused": Meter.REFUSED,
    "abandoned": Meter.ABANDONED,
    "self_served": Meter.SELF_SERVED,
}
# What a machine serves to its end, by channel. It is told twice: as self-served, and as what it took.
BY_MACHINE: Mapping[Channel, Meter] = {Channel.VOICE: Meter.AUTOMATED, Channel.CHAT: Meter.BOT_CHAT}
# Facts of which each one counts, on whichever contact they are told; of `notified`, by the way that it went.
_COUNTED: Mapping[str, Meter] = {
    "texted": Meter.SMS,
    "notified:sms": Meter.SMS,
    "notified:email": Meter.MAIL,
    "dialled": Meter.DIAL,
}
# What a fact says about usage and may be kept for ever: codes, never a person's words.
_DIMENSIONS: Mapping[str, tuple[str, ...]] = {
    "refused": ("reason", "tier"),
    "abandoned": ("where",),
    "self_served": ("topic",),
    "wrapped": ("disposition",),
}
_AUTOMATION = frozenset({"looked_up"})  # a machine asked another one for the agent or the caller: an automation event


class NaturalKey(NamedTuple):
    tenant: TenantId
    contact: ContactId
    meter: Meter
    revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageRecord:
    tenant: TenantId
    contact: ContactId
    meter: Meter
    channel: Channel
    usage_at: datetime  # decides the month; wrap-up goes with the talk before it
    opened_at: datetime
    quantity: int  # raw: seconds, or a count of one
    seconds: Mapping[str, int] = field(default_factory=dict)  # by part (`contacts/model/parts.py`)
    agents: tuple[AgentId, ...] = ()
    dimensions: Mapping[str, str] = field(default_factory=dict)
    revision: int = 1
    mode: Mode = Mode.SHARED
    reverses: int = 0  # the revision that this one takes back; 0: none
    recorded_at: datetime | None = field(default=None, compare=False)  # when the ledger took it

    def __post_init__(self) -> None:
        if self.quantity < 0:
            raise Invalid("quantity", f"is {self.quantity}", "it counts from 0; take a record back to have less")
        for part, seconds in self.seconds.items():
            if seconds < 0:
                raise Invalid(f"seconds.{part}", f"is {seconds}", "time is never negative")
        if self.usage_at < self.opened_at:
            raise Invalid("usage_at", "lies before the contact came", "end it when it ended, or later")
        if self.revision < 1 or self.reverses >= self.revision:
            raise Invalid("revision", f"{self.revision} cannot take back {self.reverses}", "count on from the last one")

    @property
    def key(self) -> NaturalKey:
        return NaturalKey(self.tenant, self.contact, self.meter, self.revision)

    @property
    def sign(self) -> int:
        return -1 if self.reverses else 1

    @property
    def payload(self) -> str:
        """A hash of all that it says: the same delivery again has the same one, whenever it is recorded."""
        canonical = json.dumps(self.as_item(), sort_keys=True, separators=(",", ":"), ensure_ascii=True)
        return hashlib.sha256(canonical.encode()).hexdigest()

    def as_item(self) -> dict[str, Any]:
        """Every attribute by name that is not as usual; the store adds the key and when it was recorded."""
        unusual = {"mode": self.mode.value} if self.mode is not Mode.SHARED else {}
        return (
            unusual
            | ({"reverses": self.reverses} if self.reverses else {})
            | {
                "tenant": self.tenant,
                "contact": self.contact,
                "meter": self.meter.value,
                "revision": self.revision,
                "channel": self.channel.value,
                "usage_at": stamp(self.usage_at),
                "opened_at": stamp(self.opened_at),
                "quantity": self.quantity,
                "seconds": dict(self.seconds),
                "agents": list(self.agents),
                "dimensions": dict(self.dimensions),
            }
        )

    @staticmethod
    def from_item(item: Mapping[str, Any]) -> UsageRecord:
        return UsageRecord(
            tenant=TenantId(item["tenant"]),
            contact=ContactId(item["contact"]),
            meter=Meter(item["meter"]),
            revision=item["revision"],
            channel=Channel(item["channel"]),
            usage_at=instant(item["usage_at"]),
            opened_at=instant(item["opened_at"]),
            quantity=item["quantity"],
            seconds=dict(item["seconds"]),
            agents=tuple(AgentId(agent) for agent in item["agents"]),
            dimensions=dict(item["dimensions"]),
            mode=Mode(item.get("mode", Mode.SHARED)),
            reverses=item.get("reverses", 0),
            recorded_at=instant(item["recorded_at"]) if "recorded_at" in item else None,
        )


def standing(records: Iterable[UsageRecord]) -> list[UsageRecord]:
    """Those that were not taken back, in their order; those that take back are gone with them."""
    known = list(records)
    gone = {record.key._replace(revision=record.reverses) for record in known if record.reverses}
    return [record for record in known if not record.reverses and record.key not in gone]


def reversal(revisions: Sequence[UsageRecord]) -> UsageRecord:
    """What takes back the record that stands among the revisions of one key. Raises Conflict where none does."""
    latest = max(revisions, key=lambda record: record.revision)
    stands = standing(revisions)
    if not stands:
        raise Conflict(f"{latest.meter.value} of {latest.contact} was taken back already", revision=latest.revision)
    return replace(stands[-1], revision=latest.revision + 1, reverses=stands[-1].revision, recorded_at=None)


def correction(revisions: Sequence[UsageRecord], told: UsageRecord) -> tuple[UsageRecord, UsageRecord]:
    """The record that stands is taken back, and `told` stands in its place."""
    if told.quantity == 0:
        raise Invalid("quantity", "is 0", "take the record back instead")
    back = reversal(revisions)
    if told.key._replace(revision=back.revision) != back.key:
        raise Invalid("contact", "is of another contact or meter", "correct a record by one of the same key")
    return back, replace(told, revision=back.revision + 1, reverses=0, recorded_at=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """A record that says something else than the ledger does under its key. `mark` tells those of a contact apart;
    `settled` is empty until somebody has decided."""

    told: UsageRecord
    mark: str
    since: str  # a stamp
    settled: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Engagement:
    """An agent was bound to a contact in [start, end), in whole seconds since 1970."""

    agent: AgentId
    tenant: TenantId
    contact: ContactId
    channel: Channel
    start: int
    end: int

    def __post_init__(self) -> None:
        if self.end <= self.start:
            raise Invalid("end", f"{self.end} is not after the start {self.start}", "give whole seconds since 1970")


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What one contact puts into the ledger."""

    records: tuple[UsageRecord, ...]
    engagements: tuple[Engagement, ...] = ()


def usage_of(tenant: TenantId, contact: ContactId, channel: Channel, facts: tuple[Fact, ...]) -> Usage:
    """The usage of a contact that is over. It depends on the facts alone, so a second delivery says the same."""
    took = timeline(facts)
    record = UsageRecord(
        tenant=tenant,
        contact=contact,
        meter=HANDLED[channel],
        channel=channel,
        usage_at=took.ended_at,
        opened_at=took.opened_at,
        quantity=1,
        seconds=took.seconds,
        agents=took.agents,
        dimensions=_dimensions(facts),
        mode=Mode.DEDICATED if took.dedicated else Mode.SHARED,
    )
    metered = tuple(replace(record, meter=meter, quantity=count) for meter, count in _metered(channel, facts, took))
    return Usage(records=metered, engagements=_engagements(record, took))


def _metered(channel: Channel, facts: tuple[Fact, ...], took: Timeline) -> Iterable[tuple[Meter, int]]:
    last = facts[-1].kind
    if took.connected:
        yield HANDLED[channel], handle_seconds(took) if channel is Channel.VOICE else 1
    if last in _UNHANDLED and not _is_ours(facts):
        yield _UNHANDLED[last], 1
    if last == "self_served" and channel in BY_MACHINE:
        yield BY_MACHINE[channel], took.seconds["automated"] if channel is Channel.VOICE else 1
    if patched := took.seconds.get("patched", 0):
        yield Meter.PATCHED, patched
    counted: Counter[Meter | None] = Counter()
    for fact in facts:
        if not _was_given_up(fact, facts):
            counted[_COUNTED.get(_way(fact))] += int(fact.data.get("parts") or 1) if fact.kind == "notified" else 1
    yield from ((meter, told) for meter, told in counted.items() if meter is not None)


def _way(fact: Fact) -> str:
    return f"{fact.kind}:{fact.data.get('by', '')}" if fact.kind == "notified" else fact.kind


def _was_given_up(fact: Fact, facts: tuple[Fact, ...]) -> bool:
    """Telephony was to dial outside, and the leg was given up before it did. Where it dials it tells the end of that,
    and a customer whom nobody answered there may wait for an agent then."""
    if fact.kind != "dialled" or fact.data.get("to") != "outside" or facts[-1].kind != "abandoned":
        return False
    return all(other.kind != "queued" for other in facts)


def _is_ours(facts: tuple[Fact, ...]) -> bool:
    """A call that we began and that reached nobody: no customer gave anything up."""
    return facts[-1].kind == "abandoned" and facts[-1].data.get("where") in ("no_answer", "withdrawn")


def handle_seconds(took: Timeline) -> int:
    """Interaction, hold and wrap-up. Waiting is free."""
    return took.seconds["talk"] + took.seconds["hold"] + took.seconds["wrap"]


def _dimensions(facts: tuple[Fact, ...]) -> dict[str, str]:
    last = facts[-1]
    found = {name: str(last.data[name]) for name in _DIMENSIONS.get(last.kind, ()) if last.data.get(name)}
    if last.kind == "abandoned" and last.by.startswith("agent:"):
        found["by"] = "agent"  # who had asked for somebody and gave up; the customer was on hold meanwhile
    events = sum(fact.kind in _AUTOMATION for fact in facts) + int(last.data.get("events") or 0)
    found |= {"events": str(events)} if events else {}
    came = facts[0].data
    direction = "voicemail" if is_voicemail(str(came.get("source_id", ""))) else str(came.get("direction") or "")
    return found | ({"direction": direction} if direction else {})


def _engagements(record: UsageRecord, took: Timeline) -> tuple[Engagement, ...]:
    return tuple(
        Engagement(
            agent=turn.agent,
            tenant=record.tenant,
            contact=record.contact,
            channel=record.channel,
            start=turn.start,
            end=turn.end,
        )
        for turn in took.turns
        if turn.end > turn.start
    )
