"""Whether a seat sits idle while somebody waits whom it may serve: the plain rule, beside the pool's indexes.

It is kept apart from the pool on purpose. A pool that forgets an agent, or a contact, would not tell.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Iterator, Mapping

from chalicelib.kernel.ids import TenantId
from chalicelib.routing.model.capacity import COST
from chalicelib.routing.model.eligibility import open_ring, ring_of
from chalicelib.routing.model.share import UNLIMITED, Limits, Turn, limits, turn_of
from chalicelib.routing.service.traffic import Scenario, Source


class Watch:
    """`idle` counts, per profile, the agents who are available and work on nothing; paused work is nothing."""

    def __init__(self, scenario: Scenario) -> None:
        self.sources = scenario.sources
        self.profiles = (*dict.fromkeys(crew.profile for crew in scenario.crews),)
        self.idle = [0] * len(self.profiles)
        self.idle_seats = 0
        self.waiting = 0
        self._signed_in = [0] * len(self.profiles)
        self._idle = 0  # the profiles with somebody idle, a bit each
        self._queues: list[OrderedDict[int, float]] = [OrderedDict() for _ in scenario.sources]  # contact → arrived
        self._queueing: set[int] = set()  # the sources of which somebody waits
        self._rings = [[ring_of(profile, source.need) for profile in self.profiles] for source in scenario.sources]
        self._may = [sum(1 << place for place, ring in enumerate(row) if ring is not None) for row in self._rings]
        self._shares = scenario.shares
        self._limits: Mapping[TenantId, Limits] = {}
        self._ceilings = any(share.ceiling is not None for share in scenario.shares.values())
        self._busy: Counter[TenantId] = Counter()

    def wait(self, source: int, contact: int, since: float) -> None:
        self._queues[source][contact] = since
        self._queueing.add(source)
        self.waiting += 1

    def leave(self, source: int, contact: int) -> None:
        queue = self._queues[source]
        del queue[contact]
        if not queue:
            self._queueing.discard(source)
        self.waiting -= 1

    def free(self, profile: int, agents: int) -> None:
        """So many more (or fewer) agents of the profile are idle."""
        self.idle[profile] += agents
        self.idle_seats += agents
        bit = 1 << profile
        self._idle = self._idle | bit if self.idle[profile] else self._idle & ~bit

    def staff(self, profile: int, agents: int) -> None:
        """So many more (or fewer) agents of the profile are signed in."""
        self._signed_in[profile] += agents
        if self._ceilings:
            self._limits = limits(self._shares, sum(self._shared_signed_in()))

    def work(self, source: int, profile: int, units: int) -> None:
        """So many more (or fewer) units are with agents of the profile, laid aside or not; only ceilings ask."""
        if self._ceilings:
            need, own = self.sources[source].need, self.profiles[profile]
            if not own.dedicated and own.team == need.team:
                self._busy[need.tenant] += units

    def stuck(self, now: float) -> dict[TenantId | None, int]:
        """Idle seats per client who waits for them, and under None every such seat once."""
        reachable: dict[TenantId, set[int]] = {}
        for place in self._queueing:
            if self._may[place] & self._idle:
                found = set(self._idle_profiles(place, now))
                if found:
                    reachable.setdefault(self.sources[place].need.tenant, set()).update(found)
        if not reachable:
            return {}
        every = set().union(*reachable.values())
        seats: dict[TenantId | None, int] = {tenant: self._seats(profiles) for tenant, profiles in reachable.items()}
        return seats | {None: self._seats(every)}

    def _idle_profiles(self, place: int, now: float) -> Iterator[int]:
        """Those that may serve the source's first contact now, and have somebody idle."""
        source, rings = self.sources[place], self._rings[place]
        if self._blocked(source):
            return
        manned = {ring for ring, there in zip(rings, self._signed_in, strict=True) if ring is not None and there}
        first = next(iter(self._queues[place].values()))
        deadline = first + source.target_s - source.boost_s
        widest = open_ring(deadline, source.target_s, now, manned, source.need.widest)
        for profile, ring in enumerate(rings):
            if ring is not None and ring <= widest and self.idle[profile]:
                yield profile

    def _blocked(self, source: Source) -> bool:
        tenant = source.need.tenant
        limit = self._limits.get(tenant, UNLIMITED)
        return turn_of(self._busy[tenant], limit, COST[source.channel]) is Turn.BLOCKED

    def _seats(self, profiles: set[int]) -> int:
        return sum(self.idle[profile] for profile in profiles)

    def _shared_signed_in(self) -> Iterator[int]:
        there = zip(self.profiles, self._signed_in, strict=True)
        return (agents for profile, agents in there if not profile.dedicated)
