"""A month of traffic for the sample clients, made up from a seed: the same seed says the same, fact by fact.

Contacts come by the hour and the weekday of the client's own clocks, on the channels of its tier and on some that it
does not have. Talk, hold and wrap-up are lognormal, as they are in life. Some callers hang up, some want only to hear
the price, some are not for us at all. The agents of the sample teams work in shifts; who finds nobody free waits.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from infra.layout import open_functions
from infra.local.sample_floor import Seat, seat, shifts

open_functions()
from chalicelib.kernel.channel import Channel  # noqa: E402  lives where Chalice wants it
from chalicelib.kernel.facts import Fact  # noqa: E402
from chalicelib.kernel.ids import AgentId, ContactId, TenantId, contact_id  # noqa: E402
from chalicelib.kernel.period import BillingPeriod  # noqa: E402
from chalicelib.tenancy.model.gate import Reason  # noqa: E402
from chalicelib.tenancy.model.tenant import Tenant  # noqa: E402
from chalicelib.tenancy.model.tier import ENTITLEMENTS  # noqa: E402
from chalicelib.workforce.model import StatusBegan  # noqa: E402

# Contacts of a month, before chance: of each sample client, by channel.
VOLUME: Mapping[str, Mapping[Channel, int]] = {
    "plumber": {Channel.VOICE: 480, Channel.EMAIL: 45, Channel.CHAT: 25},
    "shop": {
        Channel.VOICE: 780,
        Channel.CHAT: 400,
        Channel.EMAIL: 450,
        Channel.MESSAGE: 220,
        Channel.POST: 30,
    },
    "clinic": {Channel.VOICE: 640, Channel.CHAT: 80, Channel.EMAIL: 150},
}
# How many of 1,000 contacts of a day come in each hour.
_HOURS = (2, 1, 1, 1, 1, 3, 12, 56, 92, 106, 103, 95, 80, 76, 78, 76, 68, 56, 38, 25, 16, 8, 4, 2)
_WEEKDAYS = (125, 110, 105, 100, 98, 52, 38)  # Monday is the day of what broke on Sunday
# Median seconds of talk and of wrap-up, and how widely they spread.
_TAKES: Mapping[Channel, tuple[int, int, float]] = {
    Channel.VOICE: (135, 24, 0.65),
    Channel.CHAT: (330, 20, 0.55),
    Channel.EMAIL: (210, 12, 0.5),
    Channel.MESSAGE: (150, 10, 0.5),
    Channel.POST: (300, 30, 0.4),
}
_PATIENCE_S: Mapping[Channel, int] = {Channel.VOICE: 260, Channel.CHAT: 300}  # median; whoever writes a letter waits
_AT_ONCE = frozenset({Channel.VOICE, Channel.CHAT})


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A contact that is over, with all of its facts."""

    tenant: TenantId
    contact: ContactId
    channel: Channel
    facts: tuple[Fact, ...]

    def message(self) -> dict[str, Any]:
        """As the queue of usage hands it over."""
        facts = [fact.as_item() for fact in self.facts]
        return {
            "type": "fact",
            "tenant": self.tenant,
            "contact_id": self.contact,
            "seq": len(facts),
            "fact": facts[-1],
            "contact": {"channel": self.channel.value, "facts": facts},
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    contacts: Sequence[Told]
    presence: Sequence[StatusBegan]

    def until(self, now: datetime) -> Month:
        """What of it was over by then."""
        return Month(
            contacts=[one for one in self.contacts if one.facts[-1].at <= now],
            presence=[one for one in self.presence if one.at <= now],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Arrival:
    tenant: Tenant
    channel: Channel
    at: datetime
    source_id: str


def month(label: str, clients: Sequence[Tenant], agents: Mapping[str, Sequence[AgentId]], seed: int = 1) -> Month:
    """`agents` are those of each team. Raises Invalid for what is no month."""
    contacts: list[Told] = []
    presence: list[StatusBegan] = []
    for team, names in sorted(agents.items()):
        mine = sorted((one for one in clients if one.team == team), key=lambda one: one.id)
        if not mine:
            continue
        said = _presence(label, mine[0], names, seed)
        presence += [status for statuses in said.values() for status in statuses]
        floor = [seat(agent, statuses) for agent, statuses in said.items()]
        arrivals = [arrival for client in mine for arrival in _arrivals(label, client, seed)]
        for arrival in sorted(arrivals, key=lambda one: (one.at, one.source_id)):
            contacts.append(_lived(arrival, floor, random.Random(f"life {arrival.source_id}")))  # noqa: S311
    return Month(contacts=contacts, presence=presence)


def _presence(label: str, client: Tenant, names: Sequence[AgentId], seed: int) -> dict[AgentId, list[StatusBegan]]:
    zone = ZoneInfo(client.zone)
    days = _days(BillingPeriod.parse(label, client.zone))
    return {
        agent: shifts(agent, place, len(names), days, zone, random.Random(f"shift {seed} {label} {agent}"))  # noqa: S311
        for place, agent in enumerate(sorted(names))
    }


def _days(period: BillingPeriod) -> list[date]:
    return [period.first_day + timedelta(days=n) for n in range(period.days)]


def _arrivals(label: str, client: Tenant, seed: int) -> Iterator[_Arrival]:
    zone = ZoneInfo(client.zone)
    days = _days(BillingPeriod.parse(label, client.zone))
    weights = [_WEEKDAYS[day.weekday()] for day in days]
    for channel, volume in VOLUME.get(client.id, {}).items():
        name = f"{seed} {label} {client.id} {channel.value}"
        chance = random.Random(f"arrivals {name}")  # noqa: S311
        for n, day in enumerate(chance.choices(days, weights, k=volume)):
            hour = chance.choices(range(24), _by_hour(client, day))[0]
            wall = datetime.combine(day, time(hour, chance.randrange(60), chance.randrange(60)), zone)
            at = wall.astimezone(UTC)
            yield _Arrival(tenant=client, channel=channel, at=at, source_id=f"sample {name} {n}")


def _by_hour(client: Tenant, day: date) -> list[int]:
    """Most people look up when somebody is there."""
    spans = client.hours.on(day)
    opened = [any(span.opens < 60 * hour + 60 and span.closes > 60 * hour for span in spans) for hour in range(24)]
    return [weight * (4 if inside else 1) for weight, inside in zip(_HOURS, opened, strict=True)]


def _lived(arrival: _Arrival, floor: Sequence[Seat], chance: random.Random) -> Told:
    tenant, channel = arrival.tenant, arrival.channel
    came = {"channel": channel.value, "entry_point": "sample", "source_id": arrival.source_id}
    facts = [Fact(kind="arrived", at=arrival.at, by="customer", data=came)]
    if channel not in ENTITLEMENTS[tenant.tier].channels:
        facts += [_fact("refused", arrival.at, reason=Reason.TIER.value, tier=tenant.tier.value)]
    elif channel in _AT_ONCE and not tenant.hours.is_open(arrival.at, ZoneInfo(tenant.zone)):
        facts += [_fact("self_served", arrival.at + timedelta(seconds=chance.randrange(9, 25)), topic="closed")]
    elif channel is Channel.VOICE and (topics := _topics(tenant)) and chance.random() < 0.07:
        facts += [_fact("self_served", arrival.at + timedelta(seconds=chance.randrange(25, 60)), topic=topics[0])]
    else:
        facts += _handled(arrival, floor, chance)
    contact = contact_id(channel.value, arrival.source_id)
    return Told(tenant=tenant.id, contact=contact, channel=channel, facts=tuple(facts))


def _handled(arrival: _Arrival, floor: Sequence[Seat], chance: random.Random) -> Iterator[Fact]:
    channel = arrival.channel
    queued = arrival.at + timedelta(seconds=chance.randrange(8, 26) if channel is Channel.VOICE else 1)
    yield _fact("queued", queued, team=str(arrival.tenant.team))
    free = [(at, place) for place, one in enumerate(floor) if (at := one.free_at(queued, channel)) is not None]
    patience = timedelta(seconds=_about(_PATIENCE_S[channel], 0.7, chance)) if channel in _PATIENCE_S else None
    first, place = min(free, default=(None, 0))
    if first is None or (patience is not None and first - queued > patience):
        left = queued + (patience or timedelta(days=2))
        yield Fact(kind="abandoned", at=left, by="customer", data={"where": "queue"})
        return
    yield from _served(arrival, floor[place], first, chance)


def _served(arrival: _Arrival, one: Seat, at: datetime, chance: random.Random) -> Iterator[Fact]:
    tenant, channel = arrival.tenant, arrival.channel
    offer = {"agent": one.agent, "offer": f"sample-{arrival.source_id.rpartition(' ')[2]}"}
    agent = f"agent:{one.agent}"
    connected = at + timedelta(seconds=chance.randrange(2, 7))
    yield _fact("offered", at, **offer)
    yield Fact(kind="connected", at=connected, by=agent, data=offer)
    talk_s, wrap_s, spread = _TAKES[channel]
    spam = bool(tenant.plan.non_billable) and chance.random() < 0.04
    short = channel is Channel.VOICE and chance.random() < 0.1
    talk = timedelta(seconds=chance.randrange(5, 24) if spam or short else _about(talk_s, spread, chance))
    ended = connected + talk
    if channel is Channel.VOICE and talk.seconds > 60 and chance.random() < 0.18:
        held = connected + talk * 0.4
        resumed = held + timedelta(seconds=_about(35, 0.6, chance))
        ended += resumed - held
        yield Fact(kind="held", at=held, by=agent)
        yield Fact(kind="resumed", at=resumed, by=agent)
    yield Fact(kind="ended", at=ended, by="customer" if chance.random() < 0.7 else agent, data={"why": "done"})
    wrapped = ended + timedelta(seconds=4 if spam else _about(wrap_s, 0.6, chance))
    one.takes(wrapped, channel)
    yield Fact(kind="wrapped", at=wrapped, by=agent, data={"disposition": _disposition(tenant, spam, chance)})


def _disposition(tenant: Tenant, spam: bool, chance: random.Random) -> str:
    free = [str(code) for code in tenant.plan.non_billable]
    if spam:
        return free[0]
    codes = [str(one.code) for one in tenant.dispositions if one.code not in free]
    return chance.choices(codes, [2**-n for n in range(len(codes))])[0] if codes else ""


def _topics(tenant: Tenant) -> list[str]:
    return [str(option.topic) for option in tenant.menu.options if option.topic]


def _about(median: int, spread: float, chance: random.Random) -> int:
    return max(3, min(3_600, round(median * chance.lognormvariate(0, spread))))


def _fact(kind: str, at: datetime, **data: str) -> Fact:
    return Fact(kind=kind, at=at, data=data)
