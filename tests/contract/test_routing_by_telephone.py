"""Agents who act by themselves, callers who are called back, and callers who are told where they stand."""

from __future__ import annotations

import threading
import uuid
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.aws.dynamo import DynamoDatabase
from chalicelib.aws.table import Database
from chalicelib.contacts.model.contact import Arrival, Contact, IllegalMove, SomebodyElses, State
from chalicelib.kernel.channel import Channel
from chalicelib.kernel.errors import Conflict, NotAllowed
from chalicelib.kernel.ids import AgentId, TeamId
from chalicelib.routing.model.line import Line
from chalicelib.routing.model.offer import MOST_PLACES, OFFER_PATIENT_S, Offered, Place, Queued
from chalicelib.routing.model.share import Share
from chalicelib.routing.model.story import story_of
from chalicelib.workforce.model import Agent, Status
from tests.contract.routing_team import NOTHING, SHOP, Floor, floor_of
from tests.fakes.memory import MemoryDatabase
from tests.fakes.terms import terms

CALL = Channel.VOICE


@pytest.fixture
def floor(database: Database) -> Floor:
    return floor_of(database)


def answers(floor: Floor, contact: Contact, agent: Agent) -> Contact:
    return floor.router.take(SHOP, contact.contact, agent.agent, floor.clock.passes(1))


def seat_of(floor: Floor, agent: Agent) -> tuple[int, list[str]]:
    seat = floor.router.seat(floor.team, agent.agent)
    return seat.units, sorted(seat.contacts)


def check(floor: Floor) -> None:
    """Nothing for the sweep to mend, and every seat holds what its agent has."""
    for seat in floor.router.seats(floor.team):
        held = floor.store.contacts([(one.tenant, contact) for contact, one in seat.contacts.items()])
        assert seat.units == sum(one.load for one in seat.contacts.values()) <= 3
        assert all(contact.agent == seat.agent for contact in held)
    assert floor.net.sweep_team(floor.team, floor.clock()) == NOTHING


# Answered outside of routing


def test_who_answers_a_call_that_waits_has_it(floor: Floor) -> None:
    contact, _ = floor.arrives(CALL)
    maria = floor.agent("maria", Status.PAUSED)
    taken = answers(floor, contact, maria)
    assert taken == floor.now_of(contact)
    assert (taken.state, taken.agent) == (State.CONNECTED, maria.agent)
    assert [fact.kind for fact in taken.facts] == ["arrived", "queued", "offered", "connected"]
    assert taken.facts[-1].data["agent"] == maria.agent
    assert seat_of(floor, maria) == (3, [contact.contact])
    assert answers(floor, contact, maria) == taken
    check(floor)
    floor.contacts.end(SHOP, contact.contact, by="customer", now=floor.clock.passes(1))
    floor.finish(contact, maria)
    assert seat_of(floor, maria) == (0, [])
    check(floor)


def test_whom_it_was_offered_to_is_free_again_and_looks_for_work(floor: Floor) -> None:
    jonas = floor.agent("jonas")
    contact, _ = floor.arrives(CALL)
    other, _ = floor.arrives(CALL)
    maria = floor.agent("maria", Status.PAUSED)
    taken = answers(floor, contact, maria)
    assert [fact.kind for fact in taken.facts[-3:]] == ["requeued", "offered", "connected"]
    assert taken.agent == maria.agent
    assert floor.now_of(other).agent == jonas.agent
    assert seat_of(floor, jonas) == (3, [other.contact])
    check(floor)


def test_who_answers_gives_back_what_he_was_offered_and_lays_aside_what_he_had(floor: Floor) -> None:
    maria = floor.agent("maria")
    chat, _ = floor.arrives(Channel.CHAT)
    floor.router.accept(SHOP, chat.contact, agent=maria.agent, now=floor.clock.passes(1))
    mail, _ = floor.arrives(Channel.EMAIL)
    assert floor.now_of(mail).agent == maria.agent
    contact, _ = floor.arrives(CALL)
    jonas = floor.agent("jonas", Status.PAUSED)
    answers(floor, contact, maria)
    assert floor.now_of(mail).state is State.QUEUED
    assert floor.now_of(mail).facts[-1].data["why"] == "busy"
    assert floor.now_of(chat).state is State.HELD
    assert seat_of(floor, maria) == (3, sorted([chat.contact, contact.contact]))
    check(floor)
    floor.router.set_status(jonas, Status.AVAILABLE, floor.clock.passes(1))
    assert floor.now_of(mail).agent == jonas.agent
    floor.contacts.end(SHOP, contact.contact, by="customer", now=floor.clock.passes(1))
    floor.finish(contact, maria)
    assert floor.now_of(chat).state is State.CONNECTED
    assert seat_of(floor, maria) == (1, [chat.contact])
    check(floor)


def test_a_case_that_waits_for_its_own_agent_is_anybodys_who_answers_it(floor: Floor) -> None:
    ben, maria = floor.agent("ben"), floor.agent("maria", Status.PAUSED)
    floor.arrives(CALL)
    for answerer in (maria, ben):
        contact, _ = floor.arrives(CALL, target_s=400, prefer=ben.agent)
        assert floor.now_of(contact).last("queued").data["prefer"] == ben.agent  # type: ignore[union-attr]
        assert answers(floor, contact, answerer).agent == answerer.agent
        assert floor.router.seat(floor.team, ben.agent).personal == 0
    assert floor.now_of(contact).agent == ben.agent


def test_what_is_over_somebody_elses_or_none_of_his_is_not_taken(floor: Floor) -> None:
    jonas, maria = floor.agent("jonas"), floor.agent("maria", Status.PAUSED)
    walled = floor.agent("walled", Status.PAUSED, walls=frozenset({SHOP}))
    contact, _ = floor.arrives(CALL)
    waits, _ = floor.arrives(CALL)
    with pytest.raises(Conflict):
        answers(floor, waits, walled)
    with pytest.raises(Conflict):
        floor.router.take(SHOP, waits.contact, AgentId("stranger"), floor.clock())
    with pytest.raises(Conflict, match="queued again"):
        floor.router.take(SHOP, waits.contact, maria.agent, floor.clock() - timedelta(hours=1))
    assert floor.now_of(waits).state is State.QUEUED
    floor.router.accept(SHOP, contact.contact, agent=jonas.agent, now=floor.clock.passes(1))
    with pytest.raises(SomebodyElses):
        answers(floor, contact, maria)
    floor.contacts.end(SHOP, contact.contact, by="customer", now=floor.clock.passes(1))
    with pytest.raises(SomebodyElses):
        answers(floor, contact, maria)
    floor.router.abandon(SHOP, waits.contact, "", floor.clock.passes(1))
    with pytest.raises(IllegalMove):
        answers(floor, waits, maria)
    check(floor)


def test_who_answers_what_was_kept_for_him_after_all_has_it_once(floor: Floor) -> None:
    maria = floor.agent("maria")
    contact, _ = floor.arrives(CALL)
    taken = answers(floor, contact, maria)
    assert [fact.kind for fact in taken.facts] == ["arrived", "queued", "offered", "connected"]
    assert seat_of(floor, maria) == (3, [contact.contact])
    check(floor)


def test_to_take_a_call_that_waits_costs_five_requests_before_all_others_look() -> None:
    database = MemoryDatabase()
    floor = floor_of(database)
    contact, _ = floor.arrives(CALL)
    floor.arrives(CALL)
    maria = floor.agent("maria", Status.PAUSED)
    database.requests.clear()
    answers(floor, contact, maria)
    all_others_look = ["query"]
    assert database.requests == ["get", "get_many", "get", "query", "transact", *all_others_look]


def test_an_agents_own_call_costs_three_requests() -> None:
    database = MemoryDatabase()
    floor = floor_of(database)
    maria, contact = floor.agent("maria"), opens(floor)
    database.requests.clear()
    calls(floor, contact, maria)
    assert database.requests == ["get_many", "query", "transact"]


@pytest.mark.parametrize("run", range(4))
def test_of_an_agent_who_answers_and_one_who_is_offered_it_exactly_one_has_it(
    emulated: DynamoDatabase, run: int
) -> None:
    floor = floor_of(emulated)
    contact, _ = floor.arrives(CALL)
    maria = floor.agent("maria", Status.PAUSED)
    jonas = Agent(agent=AgentId(f"jonas-{floor.team}"), name="", team=floor.team)
    now = floor.clock.passes(1)
    deeds = [
        lambda: floor.router.take(SHOP, contact.contact, maria.agent, now),
        lambda: floor.router.set_status(jonas, Status.AVAILABLE, now),
    ]
    threads = [threading.Thread(target=deed) for deed in (deeds if run % 2 else reversed(deeds))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert floor.now_of(contact).agent == maria.agent
    assert floor.now_of(contact).state is State.CONNECTED
    assert seat_of(floor, jonas) == (0, [])
    check(floor)


# An agent calls


def opens(floor: Floor) -> Contact:
    arrival = Arrival(
        channel=CALL, entry_point="e", customer="+1", source_id=uuid.uuid4().hex, direction="outbound"
    )  # fmt: skip
    return floor.contacts.open(SHOP, arrival, floor.clock.passes(1))


def calls(floor: Floor, contact: Contact, agent: Agent, **asked: Any) -> Offered:
    wanted = terms(SHOP, floor.team, target_s=20, **asked)
    return floor.router.claim_own(contact, wanted, agent, floor.clock.passes(1))


def test_an_agents_own_call_is_his_and_keeps_everything_else_from_him(floor: Floor) -> None:
    maria = floor.agent("maria")
    contact = opens(floor)
    offered = calls(floor, contact, maria)
    standing = floor.now_of(contact)
    assert (standing.state, standing.agent, standing.offer) == (State.OFFERED, maria.agent, offered.offer)
    assert [fact.kind for fact in standing.facts] == ["arrived", "offered"]
    assert isinstance(floor.arrives()[1], Queued)
    assert calls(floor, contact, maria).offer == offered.offer
    expiries = [delay for message, delay in floor.later.sent if message.get("offer") == offered.offer]
    assert expiries == [OFFER_PATIENT_S]
    floor.router.accept(SHOP, contact.contact, agent=maria.agent, now=floor.clock.passes(1))
    floor.contacts.end(SHOP, contact.contact, by="customer", now=floor.clock.passes(1))
    floor.finish(contact, maria)
    check(floor)


def test_mail_rests_while_he_calls_and_a_chat_or_a_break_does_not(floor: Floor) -> None:
    maria, other = floor.agent("maria"), opens(floor)
    mail, _ = floor.arrives(Channel.EMAIL)
    floor.router.accept(SHOP, mail.contact, agent=maria.agent, now=floor.clock.passes(1))
    calls(floor, other, maria)
    assert floor.now_of(mail).state is State.HELD
    assert seat_of(floor, maria) == (3, sorted([mail.contact, other.contact]))
    with pytest.raises(Conflict, match="busy"):
        calls(floor, opens(floor), maria)
    floor.router.abandon(SHOP, other.contact, "no_answer", floor.clock.passes(1))
    assert floor.now_of(mail).state is State.CONNECTED
    chat, _ = floor.arrives(Channel.CHAT)
    assert floor.now_of(chat).agent == maria.agent
    with pytest.raises(Conflict, match="busy"):
        calls(floor, opens(floor), maria)
    jonas = floor.agent("jonas", Status.PAUSED)
    with pytest.raises(Conflict, match="available"):
        calls(floor, opens(floor), jonas)
    check(floor)


def test_a_wall_a_certificate_and_a_ceiling_hold_for_his_own_calls_too(floor: Floor) -> None:
    walled = floor.agent("walled", walls=frozenset({SHOP}))
    maria = floor.agent("maria")
    with pytest.raises(NotAllowed):
        calls(floor, opens(floor), walled)
    with pytest.raises(NotAllowed):
        calls(floor, opens(floor), maria, certifications=frozenset({"gas"}))
    floor.router.set_terms(floor.team, {SHOP: Share(weight=1, ceiling=1)}, frozenset())
    calls(floor, opens(floor), maria)
    jonas = floor.agent("jonas")
    with pytest.raises(Conflict, match="ceiling"):
        calls(floor, opens(floor), jonas)
    stranger = Agent(agent=AgentId("stranger"), name="", team=floor.team)
    with pytest.raises(Conflict, match="seat"):
        calls(floor, opens(floor), stranger)


@pytest.mark.parametrize("how", ["missed", "declined", "break", "swept"])
def test_what_comes_of_nothing_is_offered_to_nobody_else(floor: Floor, how: str) -> None:
    maria = floor.agent("maria")
    contact = opens(floor)
    offered = calls(floor, contact, maria)
    jonas = floor.agent("jonas")
    if how == "missed":
        assert not floor.router.miss(SHOP, contact.contact, offered.offer, floor.clock.passes(OFFER_PATIENT_S - 2))
        assert floor.now_of(contact).state is State.OFFERED
        assert floor.router.miss(SHOP, contact.contact, offered.offer, floor.clock.passes(2))
    elif how == "declined":
        floor.router.decline(SHOP, contact.contact, agent=maria.agent, now=floor.clock.passes(1))
    elif how == "break":
        floor.router.set_status(maria, Status.PAUSED, floor.clock.passes(1))
    else:
        sent = len(floor.later.sent)
        assert floor.net.sweep_team(floor.team, floor.clock.passes(60)) == NOTHING
        assert len(floor.later.sent) == sent
        assert floor.net.sweep_team(floor.team, floor.clock.passes(60))["overdue_offers"] == 1
    gone = floor.now_of(contact)
    assert (gone.state, gone.facts[-1].data) == (State.ABANDONED, {"where": "no_answer"})
    assert seat_of(floor, maria) == seat_of(floor, jonas) == (0, [])
    expected = Status.PAUSED if how == "break" else Status.AVAILABLE
    assert floor.router.seat(floor.team, maria.agent).status is expected
    check(floor)


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


def test_why_tells_it_in_plain_words(floor: Floor) -> None:
    jonas = floor.agent("jonas")
    contact, _ = floor.arrives(CALL)
    maria = floor.agent("maria", Status.PAUSED)
    answers(floor, contact, maria)
    words = [step.words for step in story_of(floor.now_of(contact)).steps]
    assert words[-3:] == [
        f"back to its place: {jonas.agent} was asked, and a colleague answered it",
        f"offered to {maria.agent}",
        f"connected to {maria.agent}",
    ]
    assert story_of(floor.now_of(contact)).steps[-2].reason.startswith("he answered it at the telephone")
