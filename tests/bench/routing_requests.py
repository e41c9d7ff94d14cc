"""What it costs in DynamoDB requests to route a contact: from arrival over the offer to the agent who takes it.

The real router with boto3 against the emulator; a request that the emulator refuses and that is sent again counts
again. Opening the contact, its end and its wrap-up are no part of it (`requests` measures the whole way of a call).
Uncontended: an agent is free. Waited: nobody is; the agent's last wrap-up, which finds the contact, is counted in
(a wrap-up that finds nobody costs two of these). Contended: eight clients bring and take contacts at once, with the
wrap-ups of others in between, in one line and in many; what they lost claims over is told with it.
"""

from __future__ import annotations

import itertools
import random
import statistics
import threading
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from chalicelib.aws import clients
from chalicelib.aws.dynamo import DynamoDatabase
from chalicelib.contacts.model.contact import Arrival, Contact
from chalicelib.contacts.service import Contacts
from chalicelib.contacts.store import ContactStore
from chalicelib.kernel.channel import Channel
from chalicelib.kernel.ids import AgentId, TeamId, TenantId
from chalicelib.routing.model.offer import Offered
from chalicelib.routing.model.seat import ContactGone, LineMoved, Seat, SeatTaken
from chalicelib.routing.service.router import Router
from chalicelib.routing.store.seats import RoutingStore
from chalicelib.workforce.model import Agent, Status
from tests.bench.measure import Line, plain
from tests.fakes.emulator import emulator
from tests.fakes.queues import KeptQueue
from tests.fakes.stage import aws, create_tables, environment
from tests.fakes.terms import terms

LIMIT = 5
UNIT = "DynamoDB requests per routed contact"
CLIENTS, EACH, AGENTS = 8, 40, 24
SHOP = TenantId("shop")
ONE_LINE = ((SHOP, Channel.VOICE),)
MANY_LINES = tuple(
    (TenantId(name), channel)
    for name in ("shop", "plumber")
    for channel in (Channel.VOICE, Channel.CHAT, Channel.EMAIL)
)
# What a claim was lost over, and how it is called.
FOUGHT_OVER = {SeatTaken: "agent", ContactGone: "contact", LineMoved: "line"}


class Counted(threading.local):
    """Each thread's own count."""

    requests = 0


class Watched(RoutingStore):
    """Counts the claims that were lost, and over what."""

    def __init__(self, database: DynamoDatabase, lost: Counter[str]) -> None:
        super().__init__(database)
        self._lost = lost

    def claim(self, *seen: Any, **more: Any) -> Seat:
        try:
            return super().claim(*seen, **more)
        except tuple(FOUGHT_OVER) as lost:
            self._lost[FOUGHT_OVER[type(lost)]] += 1
            raise


class Floor:
    def __init__(self, names: dict[str, str], counted: Counted) -> None:
        self._database = DynamoDatabase(names)
        self.team = TeamId(f"team-{uuid.uuid4().hex[:8]}")
        self.contacts = Contacts(ContactStore(self._database))
        self.counted = counted
        self.lost: Counter[str] = Counter()
        self._seeds = itertools.count(1)
        self.router = self.worker()

    def worker(self) -> Router:
        """As every Lambda has its own."""
        dice = random.Random(next(self._seeds))
        return Router(Watched(self._database, self.lost), KeptQueue(), lambda tries: dice.randrange(2 ** min(tries, 4)))

    def agent(self, number: int) -> Agent:
        agent = Agent(agent=AgentId(f"a{number}-{self.team}"), name="", team=self.team)
        self.router.set_status(agent, Status.AVAILABLE, now())
        return agent

    def opened(self, channel: Channel, tenant: TenantId = SHOP) -> Contact:
        arrival = Arrival(channel=channel, entry_point="e", customer="c", source_id=uuid.uuid4().hex)
        return self.contacts.open(tenant, arrival, now())

    def count(self, does: Callable[[], Any]) -> tuple[Any, int]:
        before = self.counted.requests
        return does(), self.counted.requests - before

    def routed(self, router: Router, channel: Channel, tenant: TenantId = SHOP) -> tuple[Contact, str, int]:
        contact = self.opened(channel, tenant)
        asked = terms(tenant, self.team, target_s=20)
        outcome, first = self.count(lambda: router.enqueue(contact, asked, now=now()))
        assert isinstance(outcome, Offered), "there are more agents than calls"
        agent = outcome.agent
        _, second = self.count(lambda: router.accept(tenant, contact.contact, agent=agent, now=now()))
        return contact, agent, first + second

    def wrap(self, router: Router, contact: Contact, agent: str) -> None:
        self.contacts.end(contact.tenant, contact.contact, by="customer", now=now())
        router.finish(
            contact.tenant,
            contact.contact,
            contact.channel,
            agent=agent,
            team=self.team,
            disposition="solved",
            now=now(),
        )


def now() -> datetime:
    return datetime.now(UTC)


def bench() -> Iterator[Line]:
    counted = Counted()
    with emulator() as endpoint, environment(**aws(endpoint)):
        names = create_tables(endpoint, "bench")
        clients.client("dynamodb").meta.events.register("before-send.dynamodb", _count(counted))
        yield from _uncontended(Floor(names, counted))
        yield _waited(Floor(names, counted))
        yield from _contended(Floor(names, counted), "routing.requests.contended", ONE_LINE)
        yield from _contended(Floor(names, counted), "routing.requests.contended.lines", MANY_LINES)
        clients.client.cache_clear()


def _count(counted: Counted) -> Callable[..., None]:
    def sent(**_: Any) -> None:
        counted.requests += 1

    return sent


def _uncontended(floor: Floor) -> Iterator[Line]:
    floor.agent(1)
    worst = 0
    for channel in (Channel.VOICE, Channel.CHAT, Channel.EMAIL):
        for _ in range(5):
            contact, agent, requests = floor.routed(floor.worker(), channel)
            floor.wrap(floor.router, contact, agent)
            worst = max(worst, requests)
    yield Line(bench="routing.requests", value=worst, unit=UNIT, n=15, limit=LIMIT, ok=worst <= LIMIT)


def _waited(floor: Floor) -> Line:
    agent = floor.agent(1)
    first, _, _ = floor.routed(floor.router, Channel.VOICE)
    contact = floor.opened(Channel.VOICE)
    asked = terms(SHOP, floor.team, target_s=20)
    _, arrives = floor.count(lambda: floor.router.enqueue(contact, asked, now=now()))
    floor.contacts.end(SHOP, first.contact, by="customer", now=now())
    _, freed = floor.count(
        lambda: floor.router.finish(
            SHOP, first.contact, Channel.VOICE, agent=agent.agent, team=floor.team, disposition="solved", now=now()
        )
    )
    _, takes = floor.count(lambda: floor.router.accept(SHOP, contact.contact, agent=agent.agent, now=now()))
    return plain("routing.requests.waited", arrives + freed + takes, UNIT, 1)


def _contended(floor: Floor, name: str, lines: tuple[tuple[TenantId, Channel], ...]) -> Iterator[Line]:
    for number in range(AGENTS):
        floor.agent(number)
    found: list[int] = []
    failed: list[BaseException] = []
    lock, begin = threading.Lock(), threading.Barrier(CLIENTS)

    def client(number: int) -> None:
        router, dice = floor.worker(), random.Random(number)
        begin.wait()
        try:
            for _ in range(EACH):
                tenant, channel = dice.choice(lines)
                contact, agent, requests = floor.routed(router, channel, tenant)
                with lock:
                    found.append(requests)
                floor.wrap(router, contact, agent)
        except BaseException as failure:
            failed.append(failure)

    threads = [threading.Thread(target=client, args=(number,)) for number in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]
    yield plain(f"{name}.mean", statistics.fmean(found), UNIT, len(found))
    yield plain(f"{name}.p99", statistics.quantiles(found, n=100)[98], UNIT, len(found))
    for over in FOUGHT_OVER.values():
        unit = f"claims lost over the {over} per routed contact, wrap-ups with them"
        yield plain(f"{name}.lost.{over}", floor.lost[over] / len(found), unit, len(found))
