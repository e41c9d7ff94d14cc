"""Conserved agent time: every second of a logged-in agent goes to exactly one place.

Where k contacts are open with one agent at once, each has 1/k of the second. What is left of the time
logged in is idle or pause. Tenants + idle + pause = log-in time, to the second, for any input:

- A contact that an agent worked on without being logged in counts to its tenant, and as time logged in:
  work that was done is never lost, and the sum still holds.
- Work during a pause counts to its tenant and not as pause; so does wrap-up after logging out.
- Statuses are taken in the order of their instants; of several in one second the last one recorded holds.
- The same contact delivered in overlapping turns counts once.

Fractions are kept as whole numbers of 1/scale seconds, and turned into seconds by largest remainder.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import lcm
from typing import NamedTuple

from chalicelib.billing.model.ledger import Engagement
from chalicelib.kernel.clock import second
from chalicelib.kernel.ids import AgentId, ContactId, TenantId
from chalicelib.kernel.money import largest_remainder
from chalicelib.workforce.model import Status, StatusBegan


class Share(NamedTuple):
    tenant: TenantId
    channel: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentTime:
    """Whole seconds; `sum(shares) + idle + pause == login`, always."""

    login: int
    idle: int
    pause: int
    shares: Mapping[Share, int]

    @property
    def occupied(self) -> int:
        return sum(self.shares.values())

    def of(self, tenant: TenantId) -> dict[str, int]:
        """The tenant's seconds by channel."""
        return {share.channel: seconds for share, seconds in sorted(self.shares.items()) if share.tenant == tenant}

    def __add__(self, other: AgentTime) -> AgentTime:
        shares = dict(self.shares)
        for share, seconds in other.shares.items():
            shares[share] = shares.get(share, 0) + seconds
        return AgentTime(
            login=self.login + other.login, idle=self.idle + other.idle, pause=self.pause + other.pause, shares=shares
        )


NOTHING = AgentTime(login=0, idle=0, pause=0, shares={})


class _Whose(NamedTuple):
    share: Share
    contact: ContactId


class _Turn(NamedTuple):
    start: int
    end: int
    whose: _Whose


class _Slice(NamedTuple):
    """A stretch in which nothing changes."""

    seconds: int
    status: Status
    open: frozenset[_Whose]


def conserve(
    agent: AgentId, statuses: Iterable[StatusBegan], engagements: Iterable[Engagement], start: int, end: int
) -> AgentTime:
    """One agent's time within [start, end), in whole seconds since 1970.

    `statuses` may begin before it: the last of those holds at the start. Before any, the agent is offline.
    """
    slices = _slices(statuses, _merged(engagements), start, end)
    scale = lcm(*(len(slice.open) for slice in slices if slice.open))
    units: dict[Share, int] = {}
    idle = pause = 0
    for slice in slices:
        if slice.open:
            for whose in slice.open:
                units[whose.share] = units.get(whose.share, 0) + slice.seconds * scale // len(slice.open)
        elif slice.status is Status.AVAILABLE:
            idle += slice.seconds
        elif slice.status is not Status.OFFLINE:
            pause += slice.seconds
    occupied = sum(units.values()) // scale
    shares = _shares(agent, occupied, units, start)
    return AgentTime(login=occupied + idle + pause, idle=idle, pause=pause, shares=shares)


def _shares(agent: AgentId, occupied: int, units: Mapping[Share, int], start: int) -> dict[Share, int]:
    """Tenants first, then the channels of each: so both sums are exact."""
    if not occupied:
        return {}
    tenants: dict[TenantId, dict[str, int]] = {}
    for share, weight in sorted(units.items()):
        tenants.setdefault(share.tenant, {})[share.channel] = weight
    salt = f"{start}|{agent}"
    parts = largest_remainder(occupied, {tenant: sum(weights.values()) for tenant, weights in tenants.items()}, salt)
    return {
        Share(tenant, channel): seconds
        for tenant, weights in tenants.items()
        for channel, seconds in largest_remainder(parts[tenant], weights, f"{salt}|{tenant}").items()
    }


def _merged(engagements: Iterable[Engagement]) -> list[_Turn]:
    """Turns of one contact that touch or overlap are one."""
    by_contact: dict[_Whose, list[Engagement]] = {}
    for engagement in engagements:
        whose = _Whose(Share(engagement.tenant, engagement.channel.value), engagement.contact)
        by_contact.setdefault(whose, []).append(engagement)
    merged = []
    for whose, turns in by_contact.items():
        turns.sort(key=lambda turn: turn.start)
        start, end = turns[0].start, turns[0].end
        for turn in turns[1:]:
            if turn.start > end:
                merged.append(_Turn(start, end, whose))
                start = turn.start
            end = max(end, turn.end)
        merged.append(_Turn(start, end, whose))
    return merged


def _slices(statuses: Iterable[StatusBegan], turns: Sequence[_Turn], start: int, end: int) -> list[_Slice]:
    """The sweep line: cuts [start, end) wherever a status begins, or a turn begins or ends."""
    changes: dict[int, Status] = {}
    for began in sorted(statuses, key=lambda began: began.at):
        changes[max(second(began.at), start)] = began.status
    opens: dict[int, set[_Whose]] = {}
    closes: dict[int, set[_Whose]] = {}
    for turn in turns:
        if max(turn.start, start) < min(turn.end, end):
            opens.setdefault(max(turn.start, start), set()).add(turn.whose)
            closes.setdefault(min(turn.end, end), set()).add(turn.whose)
    cuts = sorted({start, end, *(at for at in {*changes, *opens, *closes} if start < at < end)})
    slices = []
    status = Status.OFFLINE
    open_now: set[_Whose] = set()
    for at, until in pairwise(cuts):
        status = changes.get(at, status)
        open_now -= closes.get(at, set())
        open_now |= opens.get(at, set())
        slices.append(_Slice(until - at, status, frozenset(open_now)))
    return slices
