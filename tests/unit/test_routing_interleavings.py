"""The real router on the fake store, with the requests of several actors in every order that a seed comes upon.

Each run starts from a floor (agents in some state, contacts that wait, are offered or are over), lets two to four
things happen at once, and then asks the books: nothing lost, nobody doubled, nobody sleeps while an agent is free.
The mutants show that the books would notice. Some thousand orders by default, a hundred thousand with `make crowd`.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from datetime import datetime
from multiprocessing import get_context

import pytest

from chalicelib.aws.table import Check, Write
from chalicelib.contacts.model.contact import Contact
from chalicelib.kernel.channel import Channel
from chalicelib.kernel.clock import stamp
from chalicelib.kernel.ids import AgentId, TeamId
from chalicelib.routing.model.eligibility import Ring
from chalicelib.routing.model.line import Line, Waiting
from chalicelib.routing.model.offer import Offered, Outcome
from chalicelib.routing.model.seat import Seat
from chalicelib.routing.model.share import Share
from chalicelib.routing.model.terms import Terms
from chalicelib.routing.service.looking import Looking
from chalicelib.routing.service.router import Router
from chalicelib.routing.store.seats import RoutingStore
from chalicelib.workforce.model import Agent, Status
from tests.fakes.memory import MemoryDatabase
from tests.fakes.queues import KeptQueue
from tests.fakes.terms import terms
from tests.unit.routing_floor import arrived, put
from tests.unit.routing_orders import NOW, TEAM, TENANTS, Event, Floor, Runner, Start, run, start

ORDERS = int(os.environ.get("ROUTING_ORDERS", "16000"))  # all different
FLOORS = ORDERS // 18


@pytest.mark.timeout(1800)
def test_whatever_the_order_nobody_is_lost_doubled_or_left_asleep() -> None:
    workers = min(4, os.cpu_count() or 1)
    each = FLOORS // (workers * 5) + 1
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        jobs = [pool.submit(run, first, min(each, FLOORS - first)) for first in range(0, FLOORS, each)]
        done = [job.result() for job in jobs]
    assert [fault for _, faults in done for fault in faults] == []
    assert sum(orders for orders, _ in done) >= ORDERS


# What the books would notice


class Careless(MemoryDatabase):
    """Forgets the conditions of some writes."""

    def __init__(self, forgets: Callable[[Write | Check], bool]) -> None:
        super().__init__()
        self._forgets = forgets

    def _demand(self, writes: Sequence[Write | Check]) -> None:
        super()._demand([write for write in writes if not self._forgets(write)])


def of_seats(write: Write | Check) -> bool:
    return write.key[1].startswith("SEAT#")


def of_contacts(write: Write | Check) -> bool:
    return write.table == "contacts" or "#WAIT#" in write.key[0]


def of_standings(write: Write | Check) -> bool:
    return write.key[1].startswith("LINE#") and write.key[1].count("#") == 1


def of_lines(write: Write | Check) -> bool:
    return write.key[1].startswith("LINE#") and write.key[1].count("#") == 2


class Blind(Looking):
    """An agent who has room does not look."""

    def for_agent(self, seat: Seat, now: datetime) -> bool:
        return False

    def for_team(self, team: TeamId, now: datetime) -> None:
        return None


class Deaf(Looking):
    """A contact that has come does not look."""

    def for_contact(self, waiting: Waiting, now: datetime) -> tuple[Offered | None, bool]:
        return None, False


class Hasty(Router):
    """Looks first, and writes then."""

    def enqueue(self, contact: Contact, terms: Terms, *, now: datetime, prefer: AgentId | str = "") -> Outcome:
        line = Line.of(terms, contact.channel)
        own = Waiting(line=line, contact=contact.contact, deadline=stamp(line.deadline(now)), since=stamp(now))
        seen = self._store.look(terms.need.team)
        heads = (*(seen.board.queues[line.id].heads if line.id in seen.board.queues else ()), own)
        seen = replace(seen, board=seen.board.with_heads(line, heads, len(heads) + 1))
        self.looking = Looking(Stale(self._store, seen), self._later, self._wait)  # type: ignore[arg-type]
        return super().enqueue(contact, terms, now=now, prefer=prefer)


class Stale:
    """A store whose first look at a team is an old one."""

    def __init__(self, store: object, seen: object) -> None:
        self._store, self._seen = store, [seen]

    def look(self, team: TeamId) -> object:
        return self._seen.pop() if self._seen else self._store.look(team)  # type: ignore[attr-defined]

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)


def looking(kind: type[Looking]) -> Callable[[RoutingStore, KeptQueue], Router]:
    def build(store: RoutingStore, later: KeptQueue) -> Router:
        router = Router(store, later)
        router.looking = kind(store, later, lambda tries: 0)
        return router

    return build


def two_free_agents_and_one_seat_left_below_the_ceiling() -> Start:
    floor = Floor(dice=random.Random(0))
    floor.router.set_terms(TEAM, {TENANTS[0]: Share(weight=1, ceiling=1)}, frozenset())
    agents = []
    for skill in ("care", "sales"):
        call = put(floor.database, arrived(TENANTS[0], Channel.VOICE, skill, floor.passes()))
        asked = terms(TENANTS[0], TEAM, skill=skill, target_s=40_000, widest=Ring.SECONDARY)
        floor.router.enqueue(call, asked, now=NOW)
        agents.append(Agent(agent=AgentId(skill), name="", team=TEAM, skills={skill: 5}))
    comes: list[Event] = [lambda router, who=who: router.set_status(who, Status.AVAILABLE, NOW) for who in agents]  # type: ignore[misc]
    return Start(floor.database.tables, comes)


def one_comes_back_to_its_line_while_its_head_is_taken() -> Start:
    floor = Floor(dice=random.Random(0))
    first, second = (Agent(agent=AgentId(name), name="", team=TEAM) for name in ("a0", "a1"))
    floor.router.set_status(first, Status.AVAILABLE, floor.passes())
    calls = [
        put(floor.database, arrived(TENANTS[0], Channel.VOICE, f"s{number}", floor.passes())) for number in range(3)
    ]
    for call in calls:
        floor.router.enqueue(call, terms(TENANTS[0], TEAM, target_s=40_000), now=floor.passes())
    offered = calls[0].contact
    declines: Event = lambda router: router.decline(TENANTS[0], offered, agent=first.agent, now=NOW)  # noqa: E731
    comes: Event = lambda router: router.set_status(second, Status.AVAILABLE, NOW)  # noqa: E731
    return Start(floor.database.tables, [declines, comes])


def some_floors() -> list[Start]:
    return [start(number) for number in range(60)]


Mutant = tuple[Callable[[], Runner], Callable[[], list[Start]]]
MUTANTS: dict[str, Mutant] = {
    "an agent who does not look": (lambda: Runner(router_of=looking(Blind)), some_floors),
    "a contact that does not look": (lambda: Runner(router_of=looking(Deaf)), some_floors),
    "a contact that looks before it writes": (lambda: Runner(router_of=Hasty), some_floors),
    "a claim that does not ask for the agent": (lambda: Runner(database=Careless(of_seats)), some_floors),
    "a claim that does not ask for the contact": (lambda: Runner(database=Careless(of_contacts)), some_floors),
    "a claim that does not ask for the ceiling": (
        lambda: Runner(database=Careless(of_standings)),
        lambda: [two_free_agents_and_one_seat_left_below_the_ceiling()],
    ),
    "a claim that does not ask for the line": (
        lambda: Runner(database=Careless(of_lines)),
        lambda: [one_comes_back_to_its_line_while_its_head_is_taken()],
    ),
}


@pytest.mark.parametrize("mutant", sorted(MUTANTS))
def test_a_router_that_is_less_careful_is_caught(mutant: str) -> None:
    broken, starts = MUTANTS[mutant]
    floors, runner = starts(), broken()
    assert any(runner.faults(begin, seed) for seed in range(60) for begin in floors), f"{mutant} made no difference"
    whole = Runner()
    assert not any(whole.faults(begin, seed) for seed in range(60) for begin in floors[:3])
