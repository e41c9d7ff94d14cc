"""Write, then look: contacts and agents find each other, whoever comes first, and nobody gets what another has."""

from __future__ import annotations

import random
import threading
import uuid
from datetime import UTC, datetime

import pytest

from chalicelib.aws.dynamo import DynamoDatabase
from chalicelib.aws.table import Database
from chalicelib.contacts.model.contact import Arrival, Contact, SomebodyElses, State
from chalicelib.kernel.channel import Channel
from chalicelib.kernel.ids import AgentId
from chalicelib.routing.model.offer import Gone, Offered, Queued
from chalicelib.workforce.model import Agent, Status
from tests.contract.routing_team import NOTHING, SHOP, TENANTS, Floor, floor_of
from tests.fakes.memory import MemoryDatabase
from tests.fakes.terms import terms


@pytest.fixture
def floor(database: Database) -> Floor:
    return floor_of(database)


def test_who_comes_to_a_free_agent_is_offered_at_once_with_the_reason(floor: Floor) -> None:
    maria = floor.agent("maria")
    contact, outcome = floor.arrives()
    assert isinstance(outcome, Offered)
    assert outcome.agent == maria.agent
    assert "idle" in outcome.reason
    assert floor.now_of(contact).state is State.OFFERED
    assert floor.now_of(contact).facts[-1].data["reason"] == outcome.reason
    floor.check_books()


def test_who_waits_is_served_when_an_agent_gets_free_earliest_deadline_first(floor: Floor) -> None:
    late, _ = floor.arrives(Channel.VOICE, target_s=120)
    soon, _ = floor.arrives(Channel.VOICE, target_s=20)
    maria = floor.agent("maria")
    assert floor.now_of(soon).state is State.OFFERED
    assert floor.now_of(late).state is State.QUEUED
    floor.handle(soon, maria)
    assert floor.now_of(late).agent == maria.agent
    floor.check_books()


def test_an_agent_has_one_call_or_several_written_contacts(floor: Floor) -> None:
    floor.agent("maria")
    assert isinstance(floor.arrives(Channel.CHAT)[1], Offered)
    assert isinstance(floor.arrives(Channel.VOICE)[1], Queued)
    assert isinstance(floor.arrives(Channel.EMAIL)[1], Offered)
    assert isinstance(floor.arrives(Channel.CHAT)[1], Offered)
    assert isinstance(floor.arrives(Channel.CHAT)[1], Queued)
    floor.check_books()


def test_a_missed_offer_goes_to_the_next_agent_and_keeps_its_place(floor: Floor) -> None:
    maria = floor.agent("maria")
    contact, outcome = floor.arrives()
    assert isinstance(outcome, Offered)
    expiry, delay = floor.later.sent[-1]
    assert (expiry["offer"], delay) == (outcome.offer, 20)
    deadline = floor.now_of(contact).deadline
    jonas = floor.agent("jonas")
    assert floor.router.miss(contact.tenant, contact.contact, outcome.offer, floor.clock.passes(20))
    again = floor.now_of(contact)
    assert (again.agent, again.deadline) == (jonas.agent, deadline)
    assert floor.router.seat(floor.team, maria.agent).status is Status.MISSED
    month = floor.workforce.presence(maria.agent, datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC))
    assert [status.status for status in month] == [Status.AVAILABLE, Status.MISSED]
    floor.check_books()


def test_an_expiry_that_comes_too_late_twice_or_for_an_old_offer_does_nothing(floor: Floor) -> None:
    maria = floor.agent("maria")
    contact, outcome = floor.arrives()
    assert isinstance(outcome, Offered)
    floor.router.accept(contact.tenant, contact.contact, agent=maria.agent, now=floor.clock.passes(1))
    assert not floor.router.miss(contact.tenant, contact.contact, outcome.offer, floor.clock.passes(20))
    assert floor.now_of(contact).state is State.CONNECTED


def test_an_agent_who_goes_on_a_break_gives_back_what_he_was_offered(floor: Floor) -> None:
    maria = floor.agent("maria")
    contact, _ = floor.arrives()
    floor.router.set_status(maria, Status.PAUSED, floor.clock.passes(1), "lunch")
    assert floor.now_of(contact).state is State.QUEUED
    assert floor.router.seat(floor.team, maria.agent).units == 0


def test_a_declined_contact_goes_back_and_the_agent_gets_no_more(floor: Floor) -> None:
    maria = floor.agent("maria")
    contact, _ = floor.arrives()
    floor.router.decline(contact.tenant, contact.contact, agent=maria.agent, now=floor.clock.passes(1))
    assert floor.now_of(contact).state is State.QUEUED
    assert isinstance(floor.arrives()[1], Queued)
    floor.router.set_status(maria, Status.AVAILABLE, floor.clock.passes(1))
    assert floor.now_of(contact).agent == maria.agent


@pytest.mark.parametrize("when", ["ivr", "queue", "offer"])
def test_a_caller_who_hangs_up_leaves_nothing_behind(floor: Floor, when: str) -> None:
    if when == "ivr":
        arrival = Arrival(channel=Channel.VOICE, entry_point="e", customer="c", source_id=uuid.uuid4().hex)
        contact = floor.contacts.open(SHOP, arrival, floor.clock())
    else:
        if when == "offer":
            floor.agent("maria")
        contact, _ = floor.arrives(Channel.VOICE)
    gone = floor.router.abandon(contact.tenant, contact.contact, "", floor.clock.passes(1))
    assert gone.facts[-1].data == {"where": when}
    assert floor.now_of(contact) == gone
    assert floor.router.abandon(contact.tenant, contact.contact, "", floor.clock.passes(1)) == gone
    late = floor.agent("jonas")
    assert floor.router.seat(floor.team, late.agent).units == 0
    floor.check_books()


def test_only_the_agent_who_was_offered_it_takes_it_and_taking_it_twice_is_silence(floor: Floor) -> None:
    maria = floor.agent("maria")
    contact, _ = floor.arrives()
    with pytest.raises(SomebodyElses):
        floor.router.accept(contact.tenant, contact.contact, agent="jonas", now=floor.clock())
    first = floor.router.accept(contact.tenant, contact.contact, agent=maria.agent, now=floor.clock.passes(1))
    again = floor.router.accept(contact.tenant, contact.contact, agent=maria.agent, now=floor.clock.passes(9))
    assert again == first


def test_wrapping_up_twice_frees_the_seat_once(floor: Floor) -> None:
    maria = floor.agent("maria")
    contact, _ = floor.arrives()
    floor.handle(contact, maria)
    floor.finish(contact, maria)
    assert floor.router.seat(floor.team, maria.agent).units == 0
    assert floor.now_of(contact).state is State.WRAPPED


def test_queueing_again_says_where_the_contact_stands(floor: Floor) -> None:
    contact, first = floor.arrives()
    again = floor.router.enqueue(contact, terms(SHOP, floor.team, target_s=999), now=floor.clock.passes(1))
    assert again == first
    maria = floor.agent("maria")
    offered = floor.router.enqueue(contact, terms(SHOP, floor.team, target_s=999), now=floor.clock.passes(1))
    assert isinstance(offered, Offered)
    floor.router.accept(contact.tenant, contact.contact, agent=maria.agent, now=floor.clock())
    assert floor.router.poll(contact.tenant, contact.contact, floor.clock()) == Gone(State.CONNECTED)


def test_a_contact_from_queue_to_wrapped_costs_six_requests() -> None:
    database = MemoryDatabase()
    floor = floor_of(database)
    maria = floor.agent("maria")
    arrival = Arrival(channel=Channel.VOICE, entry_point="e", customer="c", source_id="s")
    contact = floor.contacts.open(SHOP, arrival, floor.clock())
    database.requests.clear()
    floor.router.enqueue(contact, terms(SHOP, floor.team, target_s=20), now=floor.clock())
    assert database.requests == ["transact", "query", "transact"]
    database.requests.clear()
    floor.handle(contact, maria)
    assert database.requests == ["write", "write", "transact", "query"]


def test_without_the_second_look_a_contact_would_sleep() -> None:
    """The agent gets free in the very moment between the contact's look and its claim: the order that kills
    a router that looks before it writes."""
    database = MemoryDatabase()
    floor = floor_of(database)
    agent = Agent(agent=AgentId("maria"), name="Maria", team=floor.team)
    floor.router.set_status(agent, Status.OFFLINE, floor.clock())
    seen: list[str] = []

    def agent_gets_free(operation: str) -> None:
        seen.append(operation)
        if seen == ["transact", "query"]:  # the contact has written that it waits, and is about to look
            database.before = lambda _: None
            floor.router.set_status(agent, Status.AVAILABLE, floor.clock())

    arrival = Arrival(channel=Channel.CHAT, entry_point="e", customer="c", source_id="s")
    contact = floor.contacts.open(SHOP, arrival, floor.clock())
    database.before = agent_gets_free
    floor.router.enqueue(contact, terms(SHOP, floor.team, target_s=20), now=floor.clock())
    assert floor.now_of(contact).agent == "maria"
    floor.check_books()


@pytest.mark.parametrize("seed", [1, 2])
def test_thirty_writers_lose_nobody_and_give_nobody_twice(emulated: DynamoDatabase, seed: int) -> None:
    """15 bring contacts of three tenants, 15 are agents who take, refuse, end and finish them, all at once."""
    floor = floor_of(emulated)
    agents = [floor.agent(f"a{number}", Status.OFFLINE) for number in range(15)]
    opened: list[Contact] = []
    wrapped: list[str] = []
    errors: list[BaseException] = []
    lock, done = threading.Lock(), threading.Event()

    def brings(number: int) -> None:
        dice = random.Random(seed * 100 + number)
        for _ in range(6):
            channel = dice.choice([Channel.VOICE, Channel.CHAT, Channel.EMAIL])
            contact, _ = floor.arrives(channel, tenant=dice.choice(TENANTS), target_s=dice.choice([20, 60]))
            with lock:
                opened.append(contact)

    def works(agent: Agent, number: int) -> None:
        dice = random.Random(seed * 1000 + number)
        floor.router.set_status(agent, Status.AVAILABLE, floor.clock())
        while not done.is_set():
            seat = floor.router.seat(floor.team, agent.agent)
            if seat.status is not Status.AVAILABLE:
                floor.router.set_status(agent, Status.AVAILABLE, floor.clock())
            for contact_id, held in seat.contacts.items():
                contact = floor.contacts.get(held.tenant, contact_id)
                if contact.state is not State.OFFERED or contact.agent != agent.agent:
                    continue
                if dice.random() < 0.2:
                    floor.router.decline(contact.tenant, contact.contact, agent=agent.agent, now=floor.clock())
                    continue
                floor.handle(contact, agent)
                with lock:
                    wrapped.append(contact.contact)

    def guarded(work: threading.Thread, *arguments: object) -> None:
        try:
            work(*arguments)  # type: ignore[operator]
        except BaseException as error:
            errors.append(error)

    bringing = [threading.Thread(target=guarded, args=(brings, number)) for number in range(15)]
    working = [threading.Thread(target=guarded, args=(works, agent, n)) for n, agent in enumerate(agents)]
    for thread in bringing + working:
        thread.start()
    for thread in bringing:
        thread.join()
    for _ in range(2400):
        if len(wrapped) == 90 or errors:
            break
        done.wait(0.05)
    done.set()
    for thread in working:
        thread.join()
    assert not errors, errors[:3]
    assert sorted(wrapped) == sorted(contact.contact for contact in opened)
    assert all(floor.now_of(contact).state is State.WRAPPED for contact in opened)
    assert floor.net.sweep_team(floor.team, floor.clock()) == NOTHING
    floor.check_books()
