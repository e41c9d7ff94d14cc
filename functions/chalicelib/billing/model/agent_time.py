"""Conserved agent time: every second of a logged-in agent goes to exactly one place.

Where k contacts are open with one agent at once, each has 1/k of the second. What is left of the time
logged in is idle or pause; a dedicated agent's is his clients'. Tenants + idle + pause = log-in time, to the
second, for any input:

- A contact that an agent worked on without being logged in counts to its tenant, and as time logged in:
  work that was done is never lost, and the sum still holds.
- Work during a pause counts to its tenant and not as pause; so does wrap-up after logging out.
- Statuses are taken in the order of their instants; of several in one second the last one recorded holds.
- The same contact delivered in overlapping turns counts once.
- What a dedicated agent does for somebody else counts to that one; the rest of his time is his clients', and
  where he has several, in equal parts: each pays for the same readiness. Whose agent he was is told with each
  status; `dedicated` is for those with which it was not.

Fractions are kept as whole numbers of 1/scale seconds, and turned into seconds by largest remainder, day by
day: so a month is the sum of its days.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from math import lcm
from typing import NamedTuple, TypeVar

from chalicelib.billing.model.ledger import Engagement
from chalicelib.kernel.clock import second
from chalicelib.kernel.ids import AgentId, ContactId, TenantId
from chalicelib.kernel.money import largest_remainder
from chalicelib.workforce.model import Status, StatusBegan

QUARTER = 900  # seconds; every time zone's quarter-hours begin at one of UTC's
IDLE = "idle"
MISSED = "missed"
UNNAMED = "pause"  # a pause without a reason

_Place = TypeVar("_Place", bound=tuple[object, ...])


class Share(NamedTuple):
    tenant: TenantId
    channel: str


class Seat(NamedTuple):
    """A dedicated agent's time without a contact."""

    tenant: TenantId
    what: str  # IDLE, or the reason of the pause


class Spare(NamedTuple):
    """Time without a contact, by the quarter-hour in which it lies."""

    quarter: int  # its start, in seconds since 1970
    what: str  # IDLE, or the reason of the pause


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentTime:
    """Whole seconds; `sum(shares) + sum(seats) + idle + pause == login` and `sum(spare) == idle + pause`, always."""

    login: int
    idle: int
    pause: int
    shares: Mapping[Share, int]
    seats: Mapping[Seat, int] = field(default_factory=dict)
    spare: Mapping[Spare, int] = field(default_factory=dict)

    @property
    def occupied(self) -> int:
        return sum(self.shares.values())

    @property
    def pauses(self) -> dict[str, int]:
        """Seconds by reason: break, training, missed."""
        reasons: dict[str, int] = {}
        for spare, seconds in self.spare.items():
            if spare.what != IDLE:
                reasons[spare.what] = reasons.get(spare.what, 0) + seconds
        return dict(sorted(reasons.items()))

    def of(self, tenant: TenantId) -> dict[str, int]:
        """The tenant's seconds by channel."""
        return {share.channel: seconds for share, seconds in sorted(self.shares.items()) if share.tenant == tenant}

    def without(self, unpaid: frozenset[str]) -> AgentTime:
        """As if those pauses had been spent logged out."""
        spare = {place: seconds for place, seconds in self.spare.items() if place.what not in unpaid}
        seats = {place: seconds for place, seconds in self.seats.items() if place.what not in unpaid}
        less = sum(self.spare.values()) - sum(spare.values())
        gone = sum(self.seats.values()) - sum(seats.values())
        return replace(self, login=self.login - less - gone, pause=self.pause - less, seats=seats, spare=spare)

    def __add__(self, other: AgentTime) -> AgentTime:
        return together((self, other))


def together(times: Iterable[AgentTime]) -> AgentTime:
    """The sum of days, or of agents; linear in what it is given."""
    login = idle = pause = 0
    shares: dict[Share, int] = {}
    seats: dict[Seat, int] = {}
    spare: dict[Spare, int] = {}
    for time in times:
        login, idle, pause = login + time.login, idle + time.idle, pause + time.pause
        _count(shares, time.shares)
        _count(seats, time.seats)
        _count(spare, time.spare)
    return AgentTime(login=login, idle=idle, pause=pause, shares=shares, seats=seats, spare=spare)


def _count(into: dict[_Place, int], more: Mapping[_Place, int]) -> None:
    for place, seconds in more.items():
        into[place] = into.get(place, 0) + seconds


NOTHING = AgentTime(login=0, idle=0, pause=0, shares={})


class _Whose(NamedTuple):
    share: Share
    contact: ContactId


class _Turn(NamedTuple):
    start: int
    end: int
    whose: _Whose


class _Doing(NamedTuple):
    what: str = ""  # IDLE, the reason of a pause, or nothing: logged out
    clients: frozenset[TenantId] = frozenset()  # to whom he was dedicated


class _Began(NamedTuple):
    at: int
    doing: _Doing


class _Slice(NamedTuple):
    """A stretch in which nothing changes."""

    start: int
    end: int
    doing: _Doing
    open: frozenset[_Whose]


def conserve(
    agent: AgentId,
    statuses: Iterable[StatusBegan],
    engagements: Iterable[Engagement],
    start: int,
    end: int,
    dedicated: frozenset[TenantId] = frozenset(),
) -> AgentTime:
    """One agent's time within [start, end), in whole seconds since 1970.

    `statuses` may begin before it: the last of those holds at the start. Before any, the agent is offline.
    """
    return by_day(agent, statuses, engagements, (start, end), dedicated)[0]


def by_day(
    agent: AgentId,
    statuses: Iterable[StatusBegan],
    engagements: Iterable[Engagement],
    edges: Sequence[int],
    dedicated: frozenset[TenantId] = frozenset(),
) -> list[AgentTime]:
    """One agent's time between each two neighbours of `edges`: the midnights of a month, say, and its end.

    Each status and each turn is looked at in the days that it touches only, so the work grows with them.
    """
    begun = _begun(statuses, dedicated)
    turns = _turns_by_day(_merged(engagements), edges)
    days, seen, doing = [], 0, _Doing()
    for day, (start, end) in enumerate(pairwise(edges)):
        changes: dict[int, _Doing] = {}
        while seen < len(begun) and begun[seen].at < end:
            changes[max(begun[seen].at, start)] = begun[seen].doing
            seen += 1
        slices = _slices(doing, changes, turns[day], start, end)
        doing = list(changes.values())[-1] if changes else doing
        days.append(_day(agent, slices, start))
    return days


def _begun(statuses: Iterable[StatusBegan], today: frozenset[TenantId]) -> list[_Began]:
    ordered = sorted(statuses, key=lambda began: began.at)
    return [
        _Began(second(began.at), _Doing(_doing(began), today if began.dedicated is None else began.dedicated))
        for began in ordered
    ]


def _doing(began: StatusBegan) -> str:
    match began.status:
        case Status.AVAILABLE:
            return IDLE
        case Status.OFFLINE:
            return ""
        case Status.MISSED:
            return MISSED
        case Status.PAUSED:
            return began.reason or UNNAMED


def _turns_by_day(turns: Iterable[_Turn], edges: Sequence[int]) -> list[list[_Turn]]:
    days: list[list[_Turn]] = [[] for _ in edges[1:]]
    for turn in turns:
        day = max(0, bisect_right(edges, turn.start) - 1)
        while day < len(days) and edges[day] < turn.end:
            days[day].append(turn)
            day += 1
    return days


def _day(agent: AgentId, slices: Sequence[_Slice], start: int) -> AgentTime:
    scale = lcm(*{len(slice.open) for slice in slices if slice.open})
    units: dict[Share, int] = {}
    alone: dict[frozenset[TenantId], dict[Spare, int]] = {}
    for slice in slices:
        if slice.open:
            for whose in slice.open:
                units[whose.share] = units.get(whose.share, 0) + (slice.end - slice.start) * scale // len(slice.open)
        elif slice.doing.what:
            found = alone.setdefault(slice.doing.clients, {})
            for quarter, seconds in _quarters(slice.start, slice.end):
                place = Spare(quarter, slice.doing.what)
                found[place] = found.get(place, 0) + seconds
    occupied = sum(units.values()) // scale
    shares = _shares(agent, occupied, units, start)
    spare = alone.pop(frozenset(), {})
    seats: dict[Seat, int] = {}
    for clients, found in alone.items():
        _count(seats, _seats(found, clients, f"{start}|{agent}"))
    idle = sum(seconds for place, seconds in spare.items() if place.what == IDLE)
    pause = sum(spare.values()) - idle
    login = occupied + sum(seats.values()) + idle + pause
    return AgentTime(login=login, idle=idle, pause=pause, shares=shares, seats=seats, spare=spare)


def _quarters(start: int, end: int) -> Iterator[tuple[int, int]]:
    """A stretch in pieces that lie in one quarter-hour each."""
    while start < end:
        quarter = start // QUARTER * QUARTER
        until = min(end, quarter + QUARTER)
        yield quarter, until - start
        start = until


def _seats(spare: Mapping[Spare, int], dedicated: frozenset[TenantId], salt: str) -> dict[Seat, int]:
    equally = dict.fromkeys(sorted(dedicated), 1)
    kinds: dict[str, int] = {}
    for place, seconds in spare.items():
        kinds[place.what] = kinds.get(place.what, 0) + seconds
    return {
        Seat(tenant, what): part
        for what, seconds in sorted(kinds.items())
        for tenant, part in largest_remainder(seconds, equally, f"{salt}|{what}").items()
        if part
    }


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


def _slices(doing: _Doing, changes: Mapping[int, _Doing], turns: Sequence[_Turn], start: int, end: int) -> list[_Slice]:
    """The sweep line: cuts [start, end) wherever a status begins, or a turn begins or ends."""
    opens: dict[int, set[_Whose]] = {}
    closes: dict[int, set[_Whose]] = {}
    for turn in turns:
        if max(turn.start, start) < min(turn.end, end):
            opens.setdefault(max(turn.start, start), set()).add(turn.whose)
            closes.setdefault(min(turn.end, end), set()).add(turn.whose)
    cuts = sorted({start, end, *(at for at in {*changes, *opens, *closes} if start < at < end)})
    slices = []
    open_now: set[_Whose] = set()
    for at, until in pairwise(cuts):
        doing = changes.get(at, doing)
        open_now -= closes.get(at, set())
        open_now |= opens.get(at, set())
        slices.append(_Slice(at, until, doing, frozenset(open_now)))
    return slices
