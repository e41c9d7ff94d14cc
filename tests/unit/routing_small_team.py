"""A small team for a pool, in a line or two."""

from __future__ import annotations

from collections import deque
from typing import Any

import pytest

from chalicelib.kernel.channel import Channel
from chalicelib.kernel.ids import TeamId, TenantId
from chalicelib.routing.model.eligibility import Need, Profile
from chalicelib.routing.model.pool import Pool
from chalicelib.routing.model.share import Share

TEAM, HELPERS = TeamId("shared"), TeamId("helpers")
A, B = TenantId("a"), TenantId("b")
CALL, CHAT, MAIL = Channel.VOICE, Channel.CHAT, Channel.EMAIL
TARGET = 100.0
either_way = pytest.mark.parametrize("explaining", [False, True])


def team(agents: int = 0, *, explaining: bool = False, drain: bool = True, **shares: Share) -> Pool:
    """So many agents without a skill sign in at 0."""
    pool = Pool({TenantId(name): share for name, share in shares.items()}, drain=drain, explaining=explaining)
    for _ in range(agents):
        pool.sign_in(knows(), 0)
    return pool


def knows(*skills: str, level: int = 1, of: TeamId = TEAM, **more: frozenset[str]) -> Profile:
    return Profile.of(of, dict.fromkeys(skills, level), **more)


def line(pool: Pool, tenant: str = "a", channel: Channel = CALL, target_s: float = TARGET, **need: Any) -> int:
    return pool.line(Need(tenant=TenantId(tenant), team=TEAM, **need), channel, target_s)


def given(pool: Pool) -> list[tuple[int, int]]:
    """Which contact went to which agent since this was last asked."""
    some = list(pool.assigned)
    pool.assigned.clear()
    return some


def entries(of: object, seen: set[int] | None = None) -> int:
    """How many there are in all books of the pool, in the books in them, and so on; each book once."""
    seen = set() if seen is None else seen
    if id(of) in seen:
        return 0
    seen.add(id(of))
    if isinstance(of, dict):
        return len(of) + sum(entries(one, seen) for one in of.values())
    if isinstance(of, list | set | tuple | deque):
        return len(of) + sum(entries(one, seen) for one in of)
    if not type(of).__module__.startswith("chalicelib.routing"):
        return 0
    slots = [name for one in type(of).__mro__ for name in getattr(one, "__slots__", ()) if hasattr(of, name)]
    return sum(entries(getattr(of, name), seen) for name in {*slots, *getattr(of, "__dict__", ())})
