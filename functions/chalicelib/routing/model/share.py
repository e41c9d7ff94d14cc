"""Fair shares of a team: what each client is promised of the shared seats, and whose turn it is.

Clients below their reserve come first; those within their soft cap by deadline; those over it last, and of them the
most over-share one last. Of those whom this puts level, calls of ours that nobody waits for come last. The rule orders,
it idles no seat; only the priced options (`ceiling`, `hard`) hold back. Busy units count the shared seats of the
client's own team; dedicated agents and other teams' help are extra.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from math import inf

from chalicelib.kernel.ids import TenantId
from chalicelib.routing.model.capacity import UNITS

SOFT_CAP = 1.2  # times the seats by weight


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A client's terms in a team."""

    weight: float  # the forecast part of the team's work, 0 to 1; all of a team's sum to at most 1
    reserve: float = 0.0  # seats
    cap: float = SOFT_CAP  # times the seats by weight; inf: none
    ceiling: float | None = None  # seats; never more at once. Priced: it may idle seats
    hard: bool = False  # the reserve is kept free. Priced: it idles seats


@dataclass(frozen=True, slots=True)
class Limits:
    """A share among the agents who are signed in, in units."""

    reserve: float
    cap: float
    ceiling: float = inf
    hard: bool = False


class Turn(IntEnum):
    """Smaller goes first."""

    RESERVED = 0  # under its reserve
    FAIR = 1  # within its soft cap
    OVER = 2  # over it
    BLOCKED = 3  # at its ceiling


UNLIMITED = Limits(reserve=0.0, cap=inf)  # of a client without terms


def limits(shares: Mapping[TenantId, Share], signed_in: int) -> dict[TenantId, Limits]:
    """Each client's limits with so many shared agents signed in.

    Reserves that add up to more than the seats there are shrink in proportion; a cap is never below the reserve.
    """
    promised = sum(share.reserve for share in shares.values())
    scale = min(1.0, signed_in / promised) if promised else 1.0
    return {tenant: _limits(share, signed_in, scale) for tenant, share in shares.items()}


def _limits(share: Share, signed_in: int, scale: float) -> Limits:
    reserve = share.reserve * scale
    cap = inf if share.cap == inf else max(share.cap * signed_in * share.weight, reserve)
    ceiling = inf if share.ceiling is None else share.ceiling
    return Limits(reserve * UNITS, cap * UNITS, ceiling * UNITS, share.hard)


def turn_of(busy: int, limit: Limits, cost: int) -> Turn:
    """Whose turn a client is with `busy` units in service, for a contact of `cost` units."""
    if busy + cost > limit.ceiling:
        return Turn.BLOCKED
    if busy < limit.reserve:
        return Turn.RESERVED
    return Turn.FAIR if busy < limit.cap else Turn.OVER


def over_share(busy: int, limit: Limits) -> float:
    """How far a client that is over its cap is over it: 1.5 is half as much again. The smallest goes first."""
    return busy / limit.cap if limit.cap else inf


Key = tuple[int, float, float, int | str]
Rank = tuple[int, float, bool, float, int | str]


def key_of(busy: int, limit: Limits, cost: int, deadline: float, order: int | str) -> Key:
    """The contact's place among all that wait; the smallest goes first. `order` breaks ties: the order of arrival."""
    turn = turn_of(busy, limit, cost)
    return (turn, over_share(busy, limit) if turn is Turn.OVER else 0.0, deadline, order)


def rank_of(key: Key, *, gives_way: bool) -> Rank:
    """Its place where some of those who wait are no customers. `gives_way`: a call of ours that nobody waits for; it
    goes after whoever is level with it, whatever its deadline."""
    turn, share, deadline, order = key
    return (turn, share, gives_way, deadline, order)


def held_back(
    tenant: TenantId, cost: int, free: int, busy: Mapping[TenantId, int], of: Mapping[TenantId, Limits]
) -> bool:
    """Whether the hard reserves of others keep the `free` units from this client."""
    own = of.get(tenant, UNLIMITED)
    if own.hard and busy.get(tenant, 0) < own.reserve:
        return False
    others = ((other, limit) for other, limit in of.items() if limit.hard and other != tenant)
    return free - cost < sum(max(0.0, limit.reserve - busy.get(other, 0)) for other, limit in others)
