"""A day on a small floor, drawn from a seed: the pool and the reference live through it side by side."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from typing import Any

from chalicelib.kernel.channel import Channel
from chalicelib.kernel.ids import TeamId, TenantId
from chalicelib.routing.model.eligibility import Need, Profile, Ring
from chalicelib.routing.model.pool import Pool
from chalicelib.routing.model.share import Share
from tests.unit.routing_reference import Reference

TEAM, HELPERS = TeamId("shared"), TeamId("helpers")
Verb = tuple[str, tuple[Any, ...], dict[str, Any]]


class Day:
    """Times are quarters of a second, so that sums and comparisons are exact.

    `mail`: work that may be laid aside. `priced`: ceilings and hard reserves. `explaining`: the pool keeps its causes.
    `punctual`: it is woken before each verb, so that what a verb causes and what was due are told apart.
    """

    def __init__(
        self, seed: int, *, mail: bool, priced: bool, explaining: bool = False, punctual: bool = False
    ) -> None:
        self.random = random.Random(seed)
        self.punctual = punctual
        r = self.random
        self.tenants = [TenantId(name) for name in "abcd"[: r.randint(1, 4)]]
        self.shares = {tenant: self._share(priced) for tenant in self.tenants if r.random() < 0.8}
        channels = list(Channel) if mail else [Channel.VOICE, Channel.CHAT, Channel.MESSAGE]
        self.kinds = [(self._need(), r.choice(channels), r.choice([4.0, 8.0, 20.0])) for _ in range(r.randint(1, 5))]
        self.profiles = [self._profile() for _ in range(r.randint(1, 5))]
        drain = r.random() < 0.9
        self.pool = Pool(self.shares, drain=drain, explaining=explaining)
        self.reference = Reference(self.shares, drain=drain)
        self.late = self.kinds[len(self.kinds) // 2 + 1 :] if r.random() < 0.3 else []
        self.lines = [self.line(kind) for kind in self.kinds if kind not in self.late]
        self.now = 0.0
        self.verbs: list[Verb] = []

    def steps(self, count: int) -> Iterator[Verb]:
        """Does a verb to both, and says which."""
        r = self.random
        speed, arrivals = r.choice([0.25, 0.5, 1, 3]), r.choice([0.4, 0.5, 0.6])
        for _ in range(r.randint(0, 4)):
            yield self.do("sign_in", r.choice(self.profiles), self.now)
        for _ in range(count):
            self.now += r.choice([0, 0.25, 0.5, 1, 2]) * speed * r.randint(0, 1)
            if r.random() < 0.02:
                self.now -= 1  # a clock that jumps back
            if r.random() < 0.05 and self.pool.next_wake < math.inf:
                self.now = max(self.now, math.ceil(self.pool.next_wake * 4) / 4)
                yield self.do("wake", self.now)
            if self.punctual:
                yield self.do("wake", self.now)
            verb = self._verb(r.random(), arrivals)
            if verb is not None:
                yield verb

    def do(self, name: str, *arguments: Any, **more: Any) -> Verb:
        mine = getattr(self.pool, name)(*arguments, **more)
        theirs = getattr(self.reference, name)(*arguments, **more)
        assert mine == theirs
        self.verbs.append((name, arguments, more))
        return self.verbs[-1]

    def line(self, kind: tuple[Need, Channel, float]) -> int:
        number = self.pool.line(*kind)
        assert number == self.reference.line(*kind)
        return number

    def _verb(self, dice: float, arrivals: float) -> Verb | None:
        r, now, contacts = self.random, self.now, self.reference.contacts
        agents = len(self.reference.agents)
        if dice < arrivals or not agents:
            line = r.choice(self.lines)
            target = self.reference.lines[line][2]
            prefer = r.randrange(agents) if agents and r.random() < 0.25 else None
            boost = r.choice([0, 0, 0, target / 4, target / 2, target])
            return self.do("arrive", line, now, boost_s=boost, prefer=prefer)
        if dice < 0.85:
            served = [one for one in contacts if one.agent is not None]
            if served:
                return self.do("release" if r.random() < 0.85 else "requeue", r.choice(served).order, now)
        elif dice < 0.9:
            waiting = [one for one in contacts[-8:] if one.agent is None]
            if waiting:
                return self.do("abandon", r.choice(waiting).order, now)
        elif dice < 0.93:
            return self.do("sign_in", r.choice(self.profiles), now)
        elif self.late and dice < 0.94:
            self.lines.append(self.line(self.late.pop()))
        else:
            return self.do(r.choice(["sign_out", "pause", "resume"]), r.randrange(agents), now)
        return None

    def _some(self, of: Any, part: float) -> frozenset[Any]:
        return frozenset(one for one in of if self.random.random() < part)

    def _share(self, priced: bool) -> Share:
        r = self.random
        return Share(
            weight=r.choice([0, 0.1, 0.2, 0.25]),
            reserve=r.choice([0, 0, 0.5, 1, 2]),
            cap=r.choice([0, 0.5, 1.2]),
            ceiling=r.choice([None, 1, 2]) if priced else None,
            hard=priced and r.random() < 0.3,
        )

    def _need(self) -> Need:
        r = self.random
        return Need(
            tenant=r.choice(self.tenants),
            team=TEAM,
            skill=r.choice(["", "x", "x", "y"]),
            level=r.randint(1, 3),
            language=r.choice(["", "", "de"]),
            certifications=self._some(["k"], 0.2),
            overflow=frozenset({HELPERS}) if r.random() < 0.5 else frozenset(),
            widest=r.choice([*Ring, Ring.ANYONE, Ring.ANYONE]),
        )

    def _profile(self) -> Profile:
        r = self.random
        return Profile(
            team=r.choice([TEAM, TEAM, TEAM, HELPERS]),
            skills=tuple((skill, r.randint(1, 4)) for skill in "xy" if r.random() < 0.6),
            languages=self._some(["de", "en"], 0.4),
            certifications=self._some(["k"], 0.5),
            walls=self._some(self.tenants, 0.1),
            tenants=self._some(self.tenants, 0.4) if r.random() < 0.3 else frozenset(),
        )
