"""Agents who act by themselves: who answers what was not offered to him, and who calls a customer."""

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
from chalicelib.kernel.ids import AgentId
from chalicelib.routing.model.offer import OFFER_PATIENT_S, Offered, Queued
from chalicelib.routing.model.share import Share
from chalicelib.routing.model.story import story_of
from chalicelib.workforce.model import Agent, Status
from tests.contract.routing_team import NOTHING, SHOP, Floor, check, floor_of, seat_of
from tests.fakes.memory import MemoryDatabase
from tests.fakes.terms import terms

CALL = Channel.VOICE


@pytest.fixture
def floor(database: Database) -> Floor:
    return floor_of(database)


def answers(floor: Floor, contact: Contact, agent: Agent) -> Contact:
    return floor.router.take(SHOP, contact.contact, agent.agent, floor.clock.passes(1))


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
        assert [floor.router.seat(floor.team, one.agent).personal for one in (ben, maria)] == [0, 0]
    assert floor.now_of(contact).agent == ben.agent
    check(floor)


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
