"""The sweep repairs what no message came for, and counts it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.aws.table import Database, Delete, Key, Put, Update
from chalicelib.contacts.model.contact import State
from chalicelib.kernel.channel import Channel
from chalicelib.kernel.clock import stamp
from chalicelib.kernel.ids import AgentId, ContactId, TeamId, TenantId
from chalicelib.routing.model.eligibility import Ring
from chalicelib.routing.model.line import Line, Waiting
from chalicelib.routing.model.offer import Queued
from chalicelib.routing.model.share import Share
from chalicelib.routing.service.safety_net import SafetyNet
from chalicelib.routing.store import items
from chalicelib.tenancy.model.routing import Routing
from chalicelib.workforce.model import Status
from tests.contract.routing_team import NOTHING, SHOP, Floor, Meanwhile, floor_of


@dataclass(frozen=True)
class Client:
    id: TenantId
    team_id: TeamId
    routing: Routing


@pytest.fixture
def floor(database: Database) -> Floor:
    return floor_of(database)


def test_the_sweep_catches_what_no_message_came_for(floor: Floor) -> None:
    floor.agent("maria")
    contact, _ = floor.arrives()
    assert floor.net.sweep_team(floor.team, floor.clock.passes(10)) == NOTHING
    assert floor.net.sweep_team(floor.team, floor.clock.passes(40))["overdue_offers"] == 1
    assert floor.now_of(contact).state is State.QUEUED
    jonas = floor.agent("jonas")
    assert floor.now_of(contact).agent == jonas.agent
    gone = ("maria, who missed it", "jonas, who never answered")
    assert floor.net.sweep_team(floor.team, floor.clock.passes(700))["vanished"] == len(gone)
    assert floor.router.seat(floor.team, jonas.agent).status is Status.OFFLINE
    assert floor.now_of(contact).state is State.QUEUED


def test_a_contact_that_nobody_wraps_up_is_closed_and_frees_its_agent(floor: Floor) -> None:
    maria = floor.agent("maria")
    contact, _ = floor.arrives(Channel.VOICE)
    floor.router.accept(contact.tenant, contact.contact, agent=maria.agent, now=floor.clock.passes(1))
    floor.contacts.end(contact.tenant, contact.contact, by="customer", now=floor.clock.passes(1))
    floor.router.beat(floor.team, maria.agent, floor.clock.passes(899))
    assert floor.net.sweep_team(floor.team, floor.clock()) == NOTHING
    assert floor.net.sweep_team(floor.team, floor.clock.passes(2)) == {**NOTHING, "unwrapped": 1}
    assert floor.now_of(contact).disposition == "incomplete"
    assert floor.router.seat(floor.team, maria.agent).units == 0
    assert floor.net.sweep_team(floor.team, floor.clock.passes(60)) == NOTHING


def test_the_sweep_mends_what_is_wrong_and_counts_it(floor: Floor) -> None:
    maria = floor.agent("maria")
    floor.arrives(Channel.CHAT)
    floor.agent("amira", skills={"de": 5})
    waits, _ = floor.arrives(Channel.VOICE, skill="fr", widest=Ring.SECONDARY)
    assert floor.net.sweep_team(floor.team, floor.clock.passes(1)) == NOTHING
    pk = f"TEAM#{floor.team}"
    (line,) = (queue.line for queue in floor.store.board(floor.team).queues.values() if queue.waiting)
    later = "2027-01-01T00:00:00.000Z#2027-01-01T00:00:00.000Z#v1"
    for change in (
        Update(table="routing", key=Key(pk, f"LINE#{line.id}"), set={"head": later}),
        Update(table="routing", key=Key(pk, f"LINE#{SHOP}"), set={"units": 7}),
        Delete(table="routing", key=Key(pk, "LINE~" + floor.router.seat(floor.team, maria.agent).place)),
        Put(table="routing", item={"pk": pk, "sk": "LINE~1000#x#0#never#nobody", "agent": "nobody", "version": "x"}),
    ):
        floor.database.write(change)
    mended = floor.net.sweep_team(floor.team, floor.clock.passes(1))
    assert mended == {**NOTHING, "stale_heads": 1, "wrong_counts": 1, "lost_places": 2}
    assert floor.net.sweep_team(floor.team, floor.clock.passes(1)) == NOTHING
    assert floor.store.heads(line)[0].contact == waits.contact
    floor.check_books()


def places_of(floor: Floor, waiting: Waiting) -> list[Any]:
    key = items.waiting_key(waiting)
    return [item for item in (floor.database.get("routing", key),) if item]


GHOSTS = ["gone", "unknown", "queued anew"]


def ghost(floor: Floor, kind: str, line: Line, prefer: str = "") -> Waiting:
    """Somebody stands in a line, and is counted there, who does not wait in it."""
    since = stamp(floor.clock.passes(1))
    if kind == "unknown":
        this = ContactId("v-unknown")
    else:
        contact, _ = floor.arrives(Channel.VOICE, skill="fr", widest=Ring.SECONDARY)
        this = contact.contact
        if kind == "gone":
            floor.router.abandon(SHOP, this, "queue", floor.clock())
    waiting = Waiting(line=line, contact=this, deadline="2020-01-01T00:00:00.000Z", since=since, prefer=AgentId(prefer))
    floor.database.write(items.waiting_put(waiting))
    return waiting


@pytest.mark.parametrize("kind", GHOSTS)
def test_who_stands_in_a_line_and_waits_there_no_more_is_struck(kind: str, floor: Floor) -> None:
    waits, _ = floor.arrives(Channel.VOICE, skill="fr", widest=Ring.SECONDARY)
    (line,) = (queue.line for queue in floor.store.board(floor.team).queues.values() if queue.waiting)
    stray = ghost(floor, kind, line)
    queue = floor.store.queue(line)
    key, wrong = items.line_key(line), {"waiting": queue.waiting + 1, "head": stray.key}
    floor.database.write(Update(table="routing", key=key, set=wrong))
    assert floor.net.sweep_team(floor.team, floor.clock.passes(240)) == NOTHING  # it might be on its way
    assert floor.net.sweep_team(floor.team, floor.clock.passes(120)) == {**NOTHING, "ghosts": 1}
    assert places_of(floor, stray) == []
    assert floor.net.sweep_team(floor.team, floor.clock.passes(1)) == NOTHING
    queue = floor.store.queue(line)
    assert (queue.heads[0].contact, queue.waiting) == (waits.contact, len(floor.store.heads(line, 9)))
    claire = floor.agent("claire", skills={"fr": 5})
    assert floor.now_of(waits).agent == claire.agent


@pytest.mark.parametrize("kind", GHOSTS)
def test_who_stands_in_an_agents_own_line_and_waits_there_no_more_is_struck(kind: str, floor: Floor) -> None:
    maria = floor.agent("maria", Status.PAUSED)
    floor.arrives(Channel.VOICE, skill="fr", widest=Ring.SECONDARY)
    (line,) = (queue.line for queue in floor.store.board(floor.team).queues.values() if queue.waiting)
    stray = ghost(floor, kind, line, maria.agent)
    seat = items.seat_key(floor.team, maria.agent)
    floor.database.write(Update(table="routing", key=seat, add={"personal": 1}))
    floor.router.beat(floor.team, maria.agent, floor.clock.passes(360))
    assert floor.net.sweep_team(floor.team, floor.clock()) == {**NOTHING, "ghosts": 1}
    assert places_of(floor, stray) == []
    assert floor.router.seat(floor.team, maria.agent).personal == 0
    assert floor.net.sweep_team(floor.team, floor.clock.passes(1)) == NOTHING


@pytest.mark.parametrize("wrong", [-1, 1, 3])
def test_a_seat_that_counts_wrongly_who_waits_for_it_is_mended(wrong: int, floor: Floor) -> None:
    maria = floor.agent("maria")
    busy, _ = floor.arrives(Channel.VOICE)
    waits, _ = floor.arrives(Channel.VOICE, prefer=maria.agent, target_s=400)
    seat = items.seat_key(floor.team, maria.agent)
    floor.database.write(Update(table="routing", key=seat, add={"personal": wrong}))
    assert floor.net.sweep_team(floor.team, floor.clock.passes(1)) == {**NOTHING, "wrong_counts": 1}
    assert floor.router.seat(floor.team, maria.agent).personal == 1
    assert floor.net.sweep_team(floor.team, floor.clock.passes(1)) == NOTHING
    floor.handle(busy, maria)
    assert floor.now_of(waits).agent == maria.agent
    assert floor.net.sweep_team(floor.team, floor.clock.passes(1)) == NOTHING


def test_who_is_free_and_miscounted_stands_where_he_stood(floor: Floor) -> None:
    maria = floor.agent("maria")
    seat = items.seat_key(floor.team, maria.agent)
    floor.database.write(Update(table="routing", key=seat, add={"personal": -2}))
    assert floor.net.sweep_team(floor.team, floor.clock.passes(1)) == {**NOTHING, "wrong_counts": 1}
    assert floor.net.sweep_team(floor.team, floor.clock.passes(1)) == NOTHING
    contact, _ = floor.arrives()
    assert floor.now_of(contact).agent == maria.agent


def test_what_moves_while_the_sweep_looks_is_no_ghost_and_no_fault() -> None:
    """Somebody is given back to his place after the sweep saw that he is offered."""
    database = Meanwhile()
    floor = floor_of(database)
    contact, _ = floor.arrives(Channel.VOICE)
    (line,) = (queue.line for queue in floor.store.board(floor.team).queues.values() if queue.waiting)
    maria = floor.agent("maria")
    stray = Waiting.of(floor.now_of(contact))
    floor.database.write(items.waiting_put(stray))
    floor.database.write(Update(table="routing", key=items.line_key(line), set={"waiting": 1, "head": stray.key}))

    def given_back() -> None:
        floor.database.write(Delete(table="routing", key=items.waiting_key(stray)))
        floor.router.decline(SHOP, contact.contact, agent=maria.agent, now=floor.clock())

    floor.clock.passes(400)
    database.deed = given_back
    heads, counts, ghosts = floor.store.mend_lines(floor.team, floor.clock())
    assert (heads, counts, ghosts) == (0, 0, 0)
    assert [one.contact for one in floor.store.heads(line)] == [contact.contact]


def test_the_sweep_wakes_who_sleeps_and_counts_it(floor: Floor) -> None:
    """As if the process that brought the contact had died after it wrote, and before it looked."""
    maria = floor.agent("maria")
    place = floor.router.seat(floor.team, maria.agent).place
    key = Key(f"TEAM#{floor.team}", f"LINE~{place}")
    item = floor.database.get("routing", key)
    assert item is not None
    floor.database.write(Delete(table="routing", key=key))
    contact, outcome = floor.arrives(Channel.CHAT)
    assert isinstance(outcome, Queued)
    floor.database.write(Put(table="routing", item=item))
    assert floor.net.sweep_team(floor.team, floor.clock.passes(10)) == {**NOTHING, "slept": 1}
    assert floor.now_of(contact).agent == maria.agent


def test_terms_reach_the_team_with_the_sweep(floor: Floor) -> None:
    clients = [Client(id=SHOP, team_id=floor.team, routing=Routing(share=Decimal(60), reserve=2))]
    net = SafetyNet(floor.router, floor.store, lambda: [floor.team], lambda: clients)
    assert [net.renew_terms(), net.renew_terms()] == [1, 0]
    assert floor.store.board(floor.team).shares == {SHOP: Share(weight=0.6, reserve=2.0)}
