"""Usage records and agents' work: what the ledger holds. It only grows.

A record's natural key is tenant, contact, meter and revision, for ever. The quantity is raw: what the
contract makes of it (increments, allowances, prices) is decided when it is rated, and can be again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from chalicelib.billing.model.timeline import Timeline, timeline
from chalicelib.kernel.channel import Channel
from chalicelib.kernel.clock import instant, stamp
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
# What a fact says about usage and may be kept for ever: codes, never a person's words.
_DIMENSIONS: Mapping[str, tuple[str, ...]] = {
    "refused": ("reason", "tier"),
    "abandoned": ("where",),
    "self_served": ("topic",),
    "wrapped": ("disposition",),
}


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
    seconds: Mapping[str, int] = field(default_factory=dict)  # by part: automated, queue, talk, hold, wrap
    agents: tuple[AgentId, ...] = ()
    dimensions: Mapping[str, str] = field(default_factory=dict)
    revision: int = 1

    @property
    def key(self) -> NaturalKey:
        return NaturalKey(self.tenant, self.contact, self.meter, self.revision)

    @property
    def payload(self) -> str:
        """A hash of all that it says: the same delivery again has the same one."""
        canonical = json.dumps(self.as_item(), sort_keys=True, separators=(",", ":"), ensure_ascii=True)
        return hashlib.sha256(canonical.encode()).hexdigest()

    def as_item(self) -> dict[str, Any]:
        """Every attribute by name; the store adds the key."""
        return {
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
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Engagement:
    """An agent was bound to a contact in [start, end), in whole seconds since 1970."""

    agent: AgentId
    tenant: TenantId
    contact: ContactId
    channel: Channel
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What one contact puts into the ledger."""

    records: tuple[UsageRecord, ...]
    engagements: tuple[Engagement, ...]


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
    )
    records = []
    if took.connected:
        records.append(replace(record, quantity=handle_seconds(took)) if channel is Channel.VOICE else record)
    if (unhandled := _UNHANDLED.get(facts[-1].kind)) is not None:
        records.append(replace(record, meter=unhandled))
    return Usage(records=tuple(records), engagements=_engagements(record, took))


def handle_seconds(took: Timeline) -> int:
    """Interaction, hold and wrap-up. Waiting is free."""
    return took.seconds["talk"] + took.seconds["hold"] + took.seconds["wrap"]


def _dimensions(facts: tuple[Fact, ...]) -> dict[str, str]:
    last = facts[-1]
    return {name: str(last.data[name]) for name in _DIMENSIONS.get(last.kind, ()) if last.data.get(name)}


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
