"""Pooling, simulated with the real matcher: agents needed for 80 % in 20 s, by how many clients each agent knows.

Twenty clients of 8.5 Erlang, calls of 240 s. Agents know neighbouring clients of a ring: one (pools of their own) to
all twenty. Exact Erlang C stands beside both ends. Service level is answered within target / offered; the first hour
of each day, in which the floor fills up, is left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from chalicelib.routing.model.erlang import delay
from chalicelib.routing.service.study import Each, Study, study
from tests.bench.measure import Line, plain
from tests.bench.routing_cases import (
    AHT_S,
    CLIENTS,
    GOAL,
    PER_CLIENT,
    POOL_WARM_UP,
    WITHIN_S,
    chain,
    fewest,
    side_by_side,
)

DAYS = range(1, 9)
FAR = 0.06  # from the goal: then two days tell as much as all
HOURS = 31.0
KNOWN = (1, 2, 3, 4, 20)  # clients that an agent knows


def bench() -> Iterator[Line]:
    with side_by_side() as each:
        yield from _lines(each)


def _lines(each: Each) -> Iterator[Line]:
    exact = exact_agents()
    needed = agents_needed(each)
    alone = needed[1].every
    for known, agents in needed.items():
        yield _beside(f"routing.pool.knows{known}", agents.every, exact.get(known))
        yield plain(f"routing.pool.knows{known}.all", agents.together, "agents, 80/20 over all contacts", len(DAYS))
        yield plain(f"routing.pool.knows{known}.saving", 100 * (1 - agents.every / alone), "% of agents", len(DAYS))
    everybody = len(CLIENTS)
    by_share = _agents_who_know(everybody, each, by_share=True)
    yield _beside(f"routing.pool.knows{everybody}.rule", by_share.every, exact[everybody])


def _beside(name: str, agents: int, exact: int | None) -> Line:
    return Line(
        bench=name,
        value=agents,
        unit="agents, 80/20 for every client",
        baseline=exact,
        ratio=round(agents / exact, 4) if exact else None,
        n=len(DAYS),
    )


def exact_agents() -> dict[int, int]:
    """Erlang C for twenty pools of their own, and for one that all share."""
    alone = delay.agents_for(PER_CLIENT, level=GOAL, within_s=WITHIN_S, aht_s=AHT_S)
    shared = delay.agents_for(PER_CLIENT * len(CLIENTS), level=GOAL, within_s=WITHIN_S, aht_s=AHT_S)
    return {1: alone * len(CLIENTS), len(CLIENTS): shared}


@dataclass(frozen=True, slots=True)
class Needed:
    """The fewest agents with which `every` client has its 80/20, and all contacts `together` have it."""

    every: int
    together: int


def agents_needed(each: Each) -> dict[int, Needed]:
    """By clients known, first come, first served, as in the exact figures."""
    return {known: _agents_who_know(known, each) for known in KNOWN}


def _agents_who_know(known: int, each: Each, *, by_share: bool = False) -> Needed:
    """Every number of agents is tried on the same days."""

    @cache
    def levels(seats: int) -> Levels:
        scenario = chain(seats, known, HOURS, by_share=by_share)
        first = Levels.of(study(scenario, DAYS[:2], each))
        return first if first.clear else Levels.of(study(scenario, DAYS, each))

    exact = exact_agents()
    shared = exact[len(CLIENTS)]
    guess = shared + (exact[1] - shared) // known**2  # only where the search begins
    every = fewest(lambda seats: levels(seats).every >= GOAL, guess)
    return Needed(every, fewest(lambda seats: levels(seats).together >= GOAL, every))


@dataclass(frozen=True, slots=True)
class Levels:
    """The service level of the client who fares worst, and of all contacts."""

    every: float
    together: float

    @staticmethod
    def of(days: Study) -> Levels:
        by_client = (days.service_level(client, since=POOL_WARM_UP).mean for client in CLIENTS)
        return Levels(min(by_client), days.service_level(since=POOL_WARM_UP).mean)

    @property
    def clear(self) -> bool:
        """Whether more days would hardly change the answer: both far on the same side of the goal."""
        return self.every > GOAL + FAR or self.together < GOAL - FAR
