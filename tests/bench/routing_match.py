"""What the routing rule costs for one contact (arrival, match, release), as a ratio to a bare M/M/c loop.

Both loops see the same arrivals and handle times, made before the clock starts, and both keep a heap of who ends when.
The bare one has beside it a heap of who waits, by deadline, and so many servers that it is as busy as the agents are.
Then one decision alone, among few and among many; and what a long run leaves behind in memory.
"""

from __future__ import annotations

import gc
import random
import time
import tracemalloc
from collections.abc import Iterator
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import combinations

from chalicelib.kernel.channel import Channel
from chalicelib.kernel.ids import TeamId, TenantId
from chalicelib.routing.model.capacity import COST, UNITS
from chalicelib.routing.model.eligibility import Need, Profile
from chalicelib.routing.model.pool import Pool
from chalicelib.routing.model.share import Share
from tests.bench.measure import Line, compared

TEAM = TeamId("shared")
SKILLS = ("orders", "returns", "tax", "technology")
TARGETS = (20.0, 60.0, 120.0)
HANDLE_S = 240.0
CHATS = 0.3
REPEATS = 5
BATCH = 10  # releases timed at a stretch, before as many come to wait again
BATCHES = 500
MILLION = 1_000_000
WARM = 100_000  # contacts, after which the memory in use should grow no more


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """`lines` and `kinds` of each contact; contacts in order of arrival."""

    agents: int
    tenants: int
    servers: int
    at: list[float]
    lines: list[int]
    handles: list[float]


def bench() -> Iterator[Line]:
    small = load(agents=200, tenants=20, rho=0.92, contacts=60_000)
    yield _match("routing.match", small)
    large = load(agents=2_000, tenants=200, rho=1.0, contacts=120_000, at_once=22_500)
    yield _match("routing.match.large", large)
    yield _decide()
    yield _million()


def load(*, agents: int, tenants: int, rho: float, contacts: int, at_once: int = 0, seed: int = 1) -> Load:
    """Poisson arrivals that offer `rho` of the agents' units; `at_once` of them come at 0."""
    random_ = random.Random(seed)
    seats = 1 - CHATS + CHATS * COST[Channel.CHAT] / UNITS  # that a contact takes on average
    rate = rho * agents / (seats * HANDLE_S)
    at, now = [0.0] * at_once, 0.0
    while len(at) < contacts:
        now += random_.expovariate(rate)
        at.append(now)
    lines = [2 * random_.randrange(tenants * len(SKILLS)) + (random_.random() < CHATS) for _ in range(contacts)]
    handles = [random_.expovariate(1 / HANDLE_S) for _ in range(contacts)]
    return Load(agents=agents, tenants=tenants, servers=round(agents / seats), at=at, lines=lines, handles=handles)


def pool_of(agents: int, tenants: int) -> Pool:
    """Nine of ten agents have two skills and serve all; the tenth serves one client and has all skills."""
    names = [TenantId(f"client-{number}") for number in range(tenants)]
    seats = agents / tenants
    pool = Pool({name: Share(weight=1 / tenants, reserve=0.5 * seats) for name in names})
    for number, name in enumerate(names):
        target = TARGETS[number % len(TARGETS)]
        for skill in SKILLS:
            need = Need(tenant=name, team=TEAM, skill=skill)
            pool.line(need, Channel.VOICE, target)
            pool.line(need, Channel.CHAT, target)
    pairs = list(combinations(SKILLS, 2))
    for number in range(agents):
        if number % 10:
            pool.sign_in(Profile.of(TEAM, dict.fromkeys(pairs[number % len(pairs)], 3)), 0.0)
        else:
            own = frozenset({names[number // 10 % tenants]})
            pool.sign_in(Profile.of(TEAM, dict.fromkeys(SKILLS, 3), tenants=own), 0.0)
    return pool


def routed(of: Load, pool: Pool) -> float:
    """Seconds to route all of it."""
    arrive, release, assigned = pool.arrive, pool.release, pool.assigned
    handles, lines = of.handles, of.lines
    ends: list[tuple[float, int]] = []
    started = time.process_time()
    for number, at in enumerate(of.at):
        while ends and ends[0][0] <= at:
            end, contact = heappop(ends)
            release(contact, end)
            while assigned:
                given = assigned.pop()[0]
                heappush(ends, (end + handles[given], given))
        arrive(lines[number], at)
        while assigned:
            given = assigned.pop()[0]
            heappush(ends, (at + handles[given], given))
    while ends:
        end, contact = heappop(ends)
        release(contact, end)
        while assigned:
            given = assigned.pop()[0]
            heappush(ends, (end + handles[given], given))
    return time.process_time() - started


def bare(of: Load) -> float:
    """Seconds for the same in a loop that knows neither clients nor skills."""
    free, handles, lines = of.servers, of.handles, of.lines
    targets = [TARGETS[line // 2 // len(SKILLS) % len(TARGETS)] for line in range(2 * of.tenants * len(SKILLS))]
    ends: list[tuple[float, int]] = []
    waiting: list[tuple[float, int]] = []
    started = time.process_time()
    for number, at in enumerate(of.at):
        while ends and ends[0][0] <= at:
            end, _ = heappop(ends)
            if waiting:
                _, given = heappop(waiting)
                heappush(ends, (end + handles[given], given))
            else:
                free += 1
        if free:
            free -= 1
            heappush(ends, (at + handles[number], number))
        else:
            heappush(waiting, (at + targets[lines[number]], number))
    while ends:
        end, _ = heappop(ends)
        if waiting:
            _, given = heappop(waiting)
            heappush(ends, (end + handles[given], given))
    return time.process_time() - started


def _match(name: str, of: Load) -> Line:
    each, base = [], []
    for _ in range(REPEATS):
        base.append(bare(of) / len(of.at) * 1e6)
        pool = pool_of(of.agents, of.tenants)
        each.append(routed(of, pool) / len(of.at) * 1e6)
        gc.collect()
    return compared(name, each, "us per contact", base, limit=8.0)


def _decide() -> Line:
    """An agent is free and gets the next contact: 20,000 wait for 2,000 agents, and 200 for 50."""
    many, few = crowded(agents=2_000, waiting=20_000), crowded(agents=50, waiting=200)
    each, base = [], []
    for _ in range(REPEATS):
        base.append(_decided(few))
        each.append(_decided(many))
    return compared("routing.decide", each, "us per decision", base, limit=3.0)


@dataclass(frozen=True, slots=True)
class Crowd:
    pool: Pool
    waiting: int  # so many are to wait before each batch
    lines: int
    serving: list[int]  # contacts
    random: random.Random


def crowded(*, agents: int, waiting: int, tenants: int = 20) -> Crowd:
    crowd = Crowd(pool_of(agents, tenants), waiting, 2 * tenants * len(SKILLS), [], random.Random(2))
    _come(crowd)
    return crowd


def _come(crowd: Crowd) -> None:
    """Until enough wait again: some go to an agent who has room for a chat."""
    while crowd.pool.waiting < crowd.waiting:
        crowd.pool.arrive(crowd.random.randrange(crowd.lines), crowd.pool.now + 0.01)
    crowd.serving.extend(contact for contact, _ in crowd.pool.assigned)
    crowd.pool.assigned.clear()


def _decided(crowd: Crowd) -> float:
    """Microseconds for one. A chat that leaves an agent to the next call counts with the decision it leads to."""
    spent, made = 0.0, 0
    pool = crowd.pool
    for _ in range(BATCHES):
        crowd.random.shuffle(crowd.serving)
        leaving, crowd.serving[:BATCH] = crowd.serving[:BATCH], []
        now = pool.now
        started = time.process_time()
        for contact in leaving:
            now += 0.01
            pool.release(contact, now)
        spent += time.process_time() - started
        made += len(pool.assigned)
        _come(crowd)
    return spent / made * 1e6


def _million() -> Line:
    """Python's memory in use after a million contacts, as a ratio to that after the first 100,000."""
    random_, ends = random.Random(3), list[tuple[float, int]]()
    tracemalloc.start()
    pool = pool_of(200, 20)
    rate = 0.92 * 200 / ((1 - CHATS + CHATS * COST[Channel.CHAT] / UNITS) * HANDLE_S)
    now, early = 0.0, 0
    for number in range(MILLION):
        now += random_.expovariate(rate)
        while ends and ends[0][0] <= now:
            end, contact = heappop(ends)
            pool.release(contact, end)
            _begin(pool, ends, end, random_)
        pool.arrive(2 * random_.randrange(20 * len(SKILLS)) + (random_.random() < CHATS), now)
        _begin(pool, ends, now, random_)
        if number == WARM:
            early = tracemalloc.get_traced_memory()[0]
    late = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return compared("routing.match.million", [late / 1e3], "kB after a million contacts", [early / 1e3], limit=1.1)


def _begin(pool: Pool, ends: list[tuple[float, int]], now: float, random_: random.Random) -> None:
    for contact, _ in pool.assigned:
        heappush(ends, (now + random_.expovariate(1 / HANDLE_S), contact))
    pool.assigned.clear()
