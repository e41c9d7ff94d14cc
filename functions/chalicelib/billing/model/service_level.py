"""Service levels of a period, from the same facts as its usage, and what they cost the operator or earn it.

    level = answered within the target ÷ (answered + left after the target)

The default of the trade's definitions: who left before the target is over was neither served nor failed. A channel's
points are level − target, in percent; the channel with the fewest decides, so none is hidden behind a better one.
The counters are sums of the books (`level|<channel>|<name>`), so a draft reads no contact for them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from chalicelib.billing.model.ledger import HANDLED, Meter, UsageRecord, standing
from chalicelib.billing.model.terms import Terms
from chalicelib.billing.model.words import Words
from chalicelib.kernel.channel import Channel
from chalicelib.kernel.clock import stamp

_ANSWERED = frozenset(HANDLED.values())
_CENT = Decimal("0.01")
_CHANNELS: Mapping[str, str] = {
    Channel.VOICE: "calls",
    Channel.CHAT: "chats",
    Channel.EMAIL: "emails",
    Channel.MESSAGE: "messages",
    Channel.POST: "letters",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """Of a channel: `offered` contacts, of which `in_time` were answered within `within_s` seconds."""

    channel: str
    offered: int
    in_time: int
    target: int  # percent
    within_s: int

    @property
    def percent(self) -> Decimal:
        return Decimal(100 * self.in_time) / self.offered

    @property
    def points(self) -> Decimal:
        """Above the target, or below it if negative."""
        return self.percent - self.target

    def as_document(self) -> dict[str, Any]:
        return {
            "channel": self.channel,
            "offered": self.offered,
            "in_time": self.in_time,
            "target": self.target,
            "within_s": self.within_s,
        }

    @staticmethod
    def from_document(said: Mapping[str, Any]) -> Level:
        return Level(**said)

    def told(self, words: Words) -> str:
        shown = words.number(str(self.percent.quantize(_CENT, ROUND_HALF_UP)))
        sentence = "{channel} {shown} % within {within}, agreed {target} %"
        within = _spoken(self.within_s)
        return words(sentence, channel=words(_CHANNELS[self.channel]), shown=shown, within=within, target=self.target)


def _spoken(seconds: int) -> str:
    """`48 h`, `15 min`, `90 s`: in the largest unit that leaves nothing over, and minutes from two on."""
    for unit, size, least in (("h", 3600, 1), ("min", 60, 2)):
        if seconds % size == 0 and seconds >= least * size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def waited(record: UsageRecord) -> int:
    """Seconds in the queue until somebody answered, or until the customer left."""
    return record.seconds.get("queue", 0)


def counts(record: UsageRecord, terms: Terms) -> tuple[str, bool] | None:
    """(channel, answered in time) where the contact counts; None where it does not, or nothing is agreed.

    Whom an agent calls does not wait for one, nor does who left a message and hung up; who is handed on was answered
    before, and counts by that leg. Nor did a customer leave where an agent gave up a colleague.
    """
    if record.dimensions.get("direction") or record.dimensions.get("by"):
        return None
    if terms.plan(terms.segment_at(record.usage_at)).service is None or not terms.tenants:
        return None
    within = terms.tenant_at(record.usage_at).target(record.channel).within_s
    if record.meter in _ANSWERED:
        return record.channel.value, waited(record) <= within
    if record.meter is Meter.ABANDONED and not record.agents and waited(record) > within:
        return record.channel.value, False
    return None


def names(record: UsageRecord, terms: Terms) -> Iterator[str]:
    """The sums to which the record adds one."""
    found = counts(record, terms)
    if found is not None:
        channel, in_time = found
        yield f"level|{channel}|offered"
        if in_time:
            yield f"level|{channel}|in_time"


def levels(named: Mapping[str, int], terms: Terms) -> tuple[Level, ...]:
    """Of each channel with contacts, by name; against the targets with which the period ends."""
    found = {parts[1] for name in named if (parts := name.split("|"))[0] == "level"}
    return tuple(
        Level(
            channel=channel,
            offered=offered,
            in_time=named.get(f"level|{channel}|in_time", 0),
            target=terms.tenant.target(Channel(channel)).percent,
            within_s=terms.tenant.target(Channel(channel)).within_s,
        )
        for channel in sorted(found)
        if (offered := named.get(f"level|{channel}|offered", 0)) > 0
    )


def percent_of(found: Iterable[Level], terms: Terms) -> Decimal | None:
    """Credit (negative) or bonus in percent by the last plan of the period that has terms of service."""
    service = next((plan.service for _, plan in reversed(terms.segments) if plan.service is not None), None)
    counted = [] if service is None else [level for level in found if level.offered >= service.least]
    if service is None or not counted:
        return None
    return service.percent(min(level.points for level in counted)) or None


def rule(found: Iterable[Level], words: Words) -> str:
    return "; ".join(level.told(words) for level in found)


def behind(records: Iterable[UsageRecord], terms: Terms) -> list[dict[str, Any]]:
    """The contacts of the levels, in the order of their time, each with what it waited and whether that was in time."""
    rows = []
    for record in sorted(standing(records), key=lambda one: (one.usage_at, one.contact, one.meter)):
        found = counts(record, terms)
        if found is not None:
            target = terms.tenant_at(record.usage_at).target(record.channel)
            rows.append(
                {
                    "contact": record.contact,
                    "at": stamp(record.usage_at),
                    "channel": record.channel.value,
                    "answered": record.meter in _ANSWERED,
                    "waited": waited(record),
                    "within_s": target.within_s,
                    "in_time": found[1],
                }
            )
    return rows
