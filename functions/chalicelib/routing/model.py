"""Who handles what next: the matcher. Pure; the store only feeds it.

An agent has `UNITS` units. A call takes all of them, a chat or a mail one: so one call, or several
written conversations beside each other. Who waits is served by deadline (arrival + the tenant's target),
and among the agents who may serve, the least loaded and then the longest idle one comes first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from chalicelib.kernel.channel import Channel
from chalicelib.kernel.ids import AgentId, ContactId, TeamId, TenantId
from chalicelib.workforce.model import Status

UNITS = 3
COST: Mapping[Channel, int] = {
    Channel.VOICE: UNITS,
    Channel.EMAIL: 1,
    Channel.CHAT: 1,
    Channel.MESSAGE: 1,
    Channel.POST: 1,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A contact in the queue of a team. `deadline` and `since` are stamps (kernel.clock)."""

    tenant: TenantId
    contact: ContactId
    channel: Channel
    team: TeamId
    deadline: str
    since: str
    skill: str = ""

    @property
    def cost(self) -> int:
        return COST[self.channel]

    @property
    def order(self) -> tuple[str, str, str]:
        return (self.deadline, self.since, self.contact)


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatContact:
    tenant: TenantId
    channel: Channel


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """An agent as routing sees him. `idle_since` is a stamp: when he last became free for something."""

    agent: AgentId
    team: TeamId
    status: Status = Status.OFFLINE
    reason: str = ""
    since: str = ""
    units: int = 0
    idle_since: str = ""
    skills: frozenset[str] = frozenset()
    contacts: Mapping[ContactId, SeatContact] = field(default_factory=dict)
    connection: str = ""
    beat: str = ""  # last sign of life of his page

    def has_room_for(self, cost: int) -> bool:
        return self.status is Status.AVAILABLE and self.units + cost <= UNITS

    def with_also(self, waiting: Waiting) -> Seat:
        held = SeatContact(tenant=waiting.tenant, channel=waiting.channel)
        return replace(self, units=self.units + waiting.cost, contacts={**self.contacts, waiting.contact: held})

    def may_serve(self, waiting: Waiting) -> bool:
        return not waiting.skill or waiting.skill in self.skills

    @property
    def order(self) -> tuple[int, str, str]:
        return (self.units, self.idle_since, self.agent)


class SeatTaken(Exception):
    """The agent is no longer free for this; another may be."""


class ContactGone(Exception):
    """The contact no longer waits: claimed by another, or abandoned."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    waiting: Waiting
    seat: Seat
    reason: str  # for a supervisor: why this contact, why this agent


def seats_for(waiting: Waiting, seats: Iterable[Seat]) -> list[Choice]:
    """The agents who could take the contact now, best first."""
    able = [seat for seat in seats if seat.may_serve(waiting) and seat.has_room_for(waiting.cost)]
    able.sort(key=lambda seat: seat.order)
    return [Choice(waiting=waiting, seat=seat, reason=_why_agent(seat, len(able))) for seat in able]


def contact_for(seat: Seat, waiting: Sequence[Waiting]) -> Choice | None:
    """The most urgent waiting contact that the agent could take now."""
    able = [one for one in waiting if seat.may_serve(one) and seat.has_room_for(one.cost)]
    if not able:
        return None
    first = min(able, key=lambda one: one.order)
    return Choice(waiting=first, seat=seat, reason=_why_contact(first, seat, len(able)))


def _why_agent(seat: Seat, able: int) -> str:
    load = "idle" if seat.units == 0 else f"carrying {seat.units} of {UNITS} units"
    return f"{seat.agent} is first of {able} able and free: {load}, idle longest since {seat.idle_since or 'log-in'}"


def _why_contact(waiting: Waiting, seat: Seat, able: int) -> str:
    return (
        f"its deadline {waiting.deadline} is the first of {able} waiting that {seat.agent} may serve and has room for"
    )
