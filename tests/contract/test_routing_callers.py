"""Callers who are called back, who are handed on, and who are told where they stand."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest

from chalicelib.aws.table import Database
from chalicelib.contacts.model.contact import Arrival, Contact, State
from chalicelib.kernel.channel import Channel
from chalicelib.kernel.ids import TeamId
from chalicelib.routing.model.line import Line
from chalicelib.routing.model.offer import MOST_PLACES, OFFER_PATIENT_S, Offered, Place, Queued
from chalicelib.workforce.model import Status
from tests.contract.routing_team import SHOP, Floor, check, floor_of, seat_of
from tests.fakes.memory import MemoryDatabase
from tests.fakes.terms import terms

CALL = Channel.VOICE


@pytest.fixture
def floor(database: Database) -> Floor:
    return floor_of(database)


# Called back


def wants_a_call(floor: Floor, attempts: int = 2) -> Contact:
    contact, _ = floor.arrives(CALL)
    return floor.contacts.ask_callback(
        SHOP, contact.contact, number="+1", attempts=attempts, retry_s=60, now=floor.clock.passes(1)
    )


def test_who_was_not_reached_waits_for_the_next_attempt_at_his_old_place(floor: Floor) -> None:
    contact = wants_a_call(floor)
    maria = floor.agent("maria")
    before = floor.now_of(contact)
    assert before.agent == maria.agent
    after = floor.router.not_reached(SHOP, contact.contact, floor.clock.passes(30), id="c-1")
    assert after == floor.now_of(contact)
    assert (after.state, after.agent, after.offer, after.deadline) == (State.ARRIVED, "", "", before.deadline)
    assert after.facts[-1].data == {"attempt": 1, "id": "c-1", "agent": maria.agent}
    assert seat_of(floor, maria) == (0, [])
    assert floor.router.seat(floor.team, maria.agent).status is Status.AVAILABLE
    assert floor.router.not_reached(SHOP, contact.contact, floor.clock.passes(1), id="c-1") == after
    early, _ = floor.arrives(CALL)
    floor.clock.passes(300)
    again = floor.router.enqueue(after, terms(SHOP, floor.team, target_s=20), now=floor.clock.passes(1))
    assert again == Queued(before.deadline)
    floor.handle(early, maria)
    assert floor.now_of(contact).agent == maria.agent
    late = floor.router.not_reached(SHOP, contact.contact, floor.clock() - timedelta(seconds=200), id="c-0")
    assert late.state is State.OFFERED
    over = floor.router.not_reached(SHOP, contact.contact, floor.clock.passes(30), id="c-2")
    assert (over.state, over.facts[-1].data) == (State.ABANDONED, {"where": "callback"})
    assert floor.router.not_reached(SHOP, contact.contact, floor.clock.passes(1), id="c-2") == over
    assert seat_of(floor, maria) == (0, [])
    check(floor)


def test_an_attempt_that_ended_before_anybody_was_asked_takes_him_out_of_the_line(floor: Floor) -> None:
    contact = wants_a_call(floor)
    assert floor.router.not_reached(SHOP, contact.contact, floor.clock.passes(5), id="c-1").state is State.ARRIVED
    maria = floor.agent("maria")
    assert seat_of(floor, maria) == (0, [])
    check(floor)


def test_an_attempt_counts_that_failed_before_he_was_queued_again(floor: Floor) -> None:
    contact = wants_a_call(floor, attempts=3)
    ended = floor.clock.passes(5)
    for number in (1, 2):
        again = floor.router.not_reached(SHOP, contact.contact, floor.clock.passes(60), id=f"c-{number}")
        assert (again.state, again.facts[-1].data["attempt"]) == (State.ARRIVED, number)
    assert floor.router.not_reached(SHOP, contact.contact, ended, id="c-0") == again
    over = floor.router.not_reached(SHOP, contact.contact, floor.clock.passes(60), id="c-3")
    assert over.state is State.ABANDONED
    check(floor)


def test_nobody_is_missed_because_a_customer_does_not_pick_up(floor: Floor) -> None:
    contact = wants_a_call(floor)
    maria = floor.agent("maria")
    offer = floor.now_of(contact).offer
    offered_at = floor.now_of(contact).facts[-1].at
    message, delay = next((m, d) for m, d in floor.later.sent if m.get("offer") == offer)
    assert floor.router.due(message, offered_at + timedelta(seconds=delay))["missed"] is False
    assert floor.now_of(contact).agent == maria.agent
    assert floor.later.sent[-1] == (message, OFFER_PATIENT_S - delay)
    assert floor.router.due(message, offered_at + timedelta(seconds=OFFER_PATIENT_S))["missed"] is True
    assert floor.router.seat(floor.team, maria.agent).status is Status.MISSED


# Transfers


def test_a_transfer_to_a_team_is_routed_there_by_the_clients_own_terms(floor: Floor) -> None:
    night = floor_of(floor.database)
    night.clock = floor.clock
    floor.agent("maria", skills={"sales": 5})
    nora = night.agent("nora", skills={"sales": 5})
    night.agent("walled", walls=frozenset({SHOP}), skills={"sales": 5})
    own = terms(SHOP, floor.team, target_s=20, skill="sales", level=3, overflow=frozenset({TeamId("help")}))
    arrival = Arrival(channel=CALL, entry_point="e", customer="c", source_id=uuid.uuid4().hex, previous="v1")
    leg = floor.contacts.open(SHOP, arrival, floor.clock.passes(1))
    outcome = floor.router.enqueue(leg, own.to_team(night.team), now=floor.clock.passes(1))
    assert isinstance(outcome, Offered)
    assert outcome.agent == nora.agent
    assert floor.now_of(leg).team == night.team
    assert floor.now_of(leg).skill == "sales"
    assert Line.read(floor.now_of(leg).last("queued").data["line"]).need.overflow == frozenset()  # type: ignore[union-attr]
    night.handle(leg, nora)
    check(night)
    check(floor)


def test_a_transfer_to_an_agent_waits_for_him_first_whatever_ring_he_is_in(floor: Floor) -> None:
    maria = floor.agent("maria", skills={"sales": 5})
    ben = floor.agent("ben")
    own = terms(SHOP, floor.team, target_s=40, skill="sales", level=3)
    arrival = Arrival(channel=CALL, entry_point="e", customer="c", source_id=uuid.uuid4().hex)
    leg = floor.contacts.open(SHOP, arrival, floor.clock.passes(1))
    outcome = floor.router.enqueue(leg, own.to_agent(floor.team), now=floor.clock.passes(1), prefer=ben.agent)
    assert isinstance(outcome, Offered)
    assert outcome.agent == ben.agent
    arrival = Arrival(channel=CALL, entry_point="e", customer="c", source_id=uuid.uuid4().hex)
    second = floor.contacts.open(SHOP, arrival, floor.clock.passes(1))
    waits = floor.router.enqueue(second, own.to_agent(floor.team), now=floor.clock.passes(1), prefer=ben.agent)
    assert isinstance(waits, Queued)
    assert floor.router.again(SHOP, second.contact, floor.clock.passes(11)) is False
    assert floor.now_of(second).agent == maria.agent
    check(floor)


# Where a caller stands


def test_a_caller_is_told_his_place_and_how_long_it_will_be_once_that_is_known(floor: Floor) -> None:
    calls_ = [floor.arrives(CALL)[0] for _ in range(5)]
    places = [floor.router.place(SHOP, contact.contact, floor.clock()) for contact in calls_]
    assert places == [Place(position=number) for number in range(1, 6)]
    maria = floor.agent("maria")
    assert floor.router.place(SHOP, calls_[0].contact, floor.clock()) is None
    for contact in calls_[:2]:
        floor.clock.passes(117)
        floor.handle(contact, maria)
    last = floor.router.place(SHOP, calls_[4].contact, floor.clock())
    assert last == Place(position=2, expected_s=240)
    assert floor.router.place(SHOP, calls_[4].contact, floor.clock() + timedelta(hours=2)) == Place(position=2)


def test_the_time_in_which_nobody_waited_is_no_pace(floor: Floor) -> None:
    calls_ = [floor.arrives(CALL)[0] for _ in range(4)]
    maria = floor.agent("maria")
    for contact in calls_:
        floor.clock.passes(97)
        floor.handle(contact, maria)
    floor.clock.passes(1200)
    floor.arrives(CALL)
    waits, _ = floor.arrives(CALL)
    assert floor.router.place(SHOP, waits.contact, floor.clock()) == Place(position=1, expected_s=100)


def test_a_place_is_found_by_one_bounded_query() -> None:
    database = MemoryDatabase()
    floor = floor_of(database)
    calls_ = [floor.arrives(CALL)[0] for _ in range(MOST_PLACES + 2)]
    database.requests.clear()
    assert floor.router.place(SHOP, calls_[MOST_PLACES].contact, floor.clock()) == Place(position=MOST_PLACES + 1)
    assert database.requests == ["get", "query", "get"]
    beyond = floor.router.place(SHOP, calls_[-1].contact, floor.clock())
    assert beyond == Place(position=MOST_PLACES, more=True)
