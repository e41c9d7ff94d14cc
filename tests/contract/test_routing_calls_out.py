"""Calls that we begin and that wait for an agent: who gets them, who gives them back, and when they are taken back."""

from __future__ import annotations

import threading
import uuid
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.aws.dynamo import DynamoDatabase
from chalicelib.aws.table import Database
from chalicelib.billing.model.ledger import Meter, usage_of
from chalicelib.contacts.model.contact import Arrival, Contact, SomebodyElses, State
from chalicelib.contacts.service import CUSTOMER
from chalicelib.kernel.channel import Channel
from chalicelib.kernel.errors import Conflict
from chalicelib.kernel.ids import AgentId
from chalicelib.routing.model.line import Line
from chalicelib.routing.model.offer import OFFER_PATIENT_S, Offered, Place, Queued, offered_until
from chalicelib.routing.model.story import story_of
from chalicelib.workforce.model import Agent, Status
from tests.contract.routing_team import NOTHING, SHOP, Floor, Meanwhile, calls_out, check, floor_of, seat_of
from tests.fakes.terms import terms

CALL = Channel.VOICE
HOUR = 3600


@pytest.fixture
def floor(database: Database) -> Floor:
    return floor_of(database)


def dials(floor: Floor, contact: Contact, agent: Agent, call: str = "x1") -> Contact:
    return floor.contacts.dialled(
        SHOP, contact.contact, to=CUSTOMER, call=call, now=floor.clock.passes(1), agent=agent.agent, offered=True
    )


def of_lines(contact: Contact) -> list[tuple[Meter, int]]:
    found = usage_of(contact.tenant, contact.contact, contact.channel, contact.facts)
    return [(record.meter, record.quantity) for record in found.records]


# Who gets them


def test_it_goes_to_who_has_room_for_a_call_and_lasts_until_the_customer_picks_up(floor: Floor) -> None:
    contact, outcome = calls_out(floor)
    assert isinstance(outcome, Queued)
    maria = floor.agent("maria")
    standing = floor.now_of(contact)
    assert (standing.state, standing.agent) == (State.OFFERED, maria.agent)
    assert not floor.router.miss(SHOP, contact.contact, standing.offer, floor.clock.passes(OFFER_PATIENT_S - 2))
    assert floor.now_of(contact).state is State.OFFERED
    dials(floor, contact, maria)
    floor.handle(contact, maria)
    assert [fact.kind for fact in floor.now_of(contact).facts] == [
        "arrived", "queued", "offered", "dialled", "connected", "ended", "wrapped",
    ]  # fmt: skip
    check(floor)


def test_who_reads_first_and_then_calls_has_all_of_the_time_in_which_a_customer_picks_up(floor: Floor) -> None:
    contact, _ = calls_out(floor)
    maria = floor.agent("maria")
    standing = floor.now_of(contact)
    floor.clock.passes(75)
    called = dials(floor, contact, maria).facts[-1].at
    expiry = {"tenant": SHOP, "contact": contact.contact, "offer": standing.offer}
    assert floor.router.due(expiry, floor.clock.passes(15))["missed"] is False
    assert floor.later.sent[-1] == (expiry, OFFER_PATIENT_S - 15)
    assert offered_until(floor.now_of(contact)) == called + timedelta(seconds=OFFER_PATIENT_S)
    sent = len(floor.later.sent)
    assert floor.net.sweep_team(floor.team, floor.clock.passes(60)) == NOTHING  # his telephone rings for long
    assert len(floor.later.sent) == sent
    floor.handle(contact, maria)
    assert floor.now_of(contact).state is State.WRAPPED
    check(floor)


@pytest.mark.parametrize("asks", ["message", "sweep"])
def test_who_does_not_pick_up_is_not_rung_for_ever(asks: str, floor: Floor) -> None:
    contact, _ = calls_out(floor)
    maria = floor.agent("maria")
    offer = floor.now_of(contact).offer
    floor.clock.passes(75)
    dials(floor, contact, maria)
    if asks == "message":
        assert floor.router.miss(SHOP, contact.contact, offer, floor.clock.passes(OFFER_PATIENT_S))
    else:
        told = floor.net.sweep_team(floor.team, floor.clock.passes(OFFER_PATIENT_S + 16))
        assert told == {**NOTHING, "overdue_offers": 1}
    assert floor.now_of(contact).facts[-1].data["where"] == "no_answer"
    assert seat_of(floor, maria) == (0, [])


@pytest.mark.parametrize("own", [True, False])
def test_who_calls_in_the_moment_in_which_the_offer_runs_out_is_in_time(own: bool) -> None:
    database = Meanwhile()
    floor = floor_of(database)
    maria = floor.agent("maria")
    if own:
        arrival = Arrival(channel=CALL, entry_point="e", customer="+1", source_id="s", direction="outbound")
        contact = floor.contacts.open(SHOP, arrival, floor.clock.passes(1))
        floor.router.claim_own(contact, terms(SHOP, floor.team), maria, floor.clock())
    else:
        contact, _ = calls_out(floor)
    offer = floor.now_of(contact).offer
    database.deed = lambda: dials(floor, contact, maria)
    assert not floor.router.miss(SHOP, contact.contact, offer, floor.clock.passes(OFFER_PATIENT_S))
    expiry = {"tenant": SHOP, "contact": contact.contact, "offer": offer}
    assert floor.later.sent[-1] == (expiry, OFFER_PATIENT_S + 1)
    floor.handle(contact, maria)
    check(floor)


def test_what_somebody_else_dialled_before_prolongs_no_offer(floor: Floor) -> None:
    contact, _ = calls_out(floor)
    floor.agent("maria")
    standing = floor.now_of(contact)
    for by in ("", "ben"):
        now = floor.clock.passes(10)
        floor.contacts.dialled(SHOP, contact.contact, to=CUSTOMER, call=f"x-{by}", now=now, agent=by)
    assert floor.router.miss(SHOP, contact.contact, standing.offer, floor.clock.passes(OFFER_PATIENT_S - 20))


def test_callers_go_first_and_a_promised_time_before_a_campaign(floor: Floor) -> None:
    campaign, _ = calls_out(floor)
    promised, _ = calls_out(floor, 300)
    caller, _ = floor.arrives(CALL)
    ben = floor.agent("ben")
    order = []
    for _ in range(3):
        (held,) = floor.router.seat(floor.team, ben.agent).contacts
        order.append(held)
        contact = floor.contacts.get(SHOP, held)
        floor.handle(contact, ben)
    assert order == [caller.contact, promised.contact, campaign.contact]


def test_a_promised_call_waits_for_who_promised_it(floor: Floor) -> None:
    maria, jonas = floor.agent("maria"), floor.agent("jonas")
    busy, _ = floor.arrives(CALL)
    assert floor.now_of(busy).agent == maria.agent
    contact, outcome = calls_out(floor, 300, prefer=maria.agent)
    assert isinstance(outcome, Queued)
    assert seat_of(floor, jonas) == (0, [])
    floor.handle(busy, maria)
    assert floor.now_of(contact).agent == maria.agent


def test_nobody_who_calls_in_is_told_of_calls_out_before_him(floor: Floor) -> None:
    for target_s in (20, 300, 4 * HOUR):
        calls_out(floor, target_s)
    caller, _ = floor.arrives(CALL, target_s=20)
    assert floor.router.place(SHOP, caller.contact, floor.clock()) == Place(position=1)


@given(target_s=st.integers(1, 90_000))
def test_a_line_of_calls_out_is_spelled_and_read_as_itself_and_is_no_line_of_callers(target_s: int) -> None:
    asked = terms(SHOP, "shared", target_s=target_s, skill="orders")
    own, callers = Line.of(asked.calling_out(target_s), CALL), Line.of(asked, CALL)
    assert Line.read(own.text) == own
    assert Line.read(callers.text) == callers
    assert own.id != callers.id
    assert own.need == callers.need


# Given back, or over


@pytest.mark.parametrize("how", ["missed", "declined", "break", "vanished", "busy"])
def test_what_was_not_dialled_goes_to_the_next_one(floor: Floor, how: str) -> None:
    maria = floor.agent("maria")
    contact, _ = calls_out(floor)
    if how == "missed":
        assert floor.router.miss(SHOP, contact.contact, floor.now_of(contact).offer, floor.clock.passes(90))
    elif how == "declined":
        floor.router.decline(SHOP, contact.contact, agent=maria.agent, now=floor.clock.passes(1))
    elif how == "break":
        floor.router.set_status(maria, Status.PAUSED, floor.clock.passes(1))
    elif how == "vanished":
        floor.router.sign_out(floor.router.seat(floor.team, maria.agent), floor.clock.passes(1), "vanished")
    else:
        caller, _ = floor.arrives(CALL)
        floor.router.take(SHOP, caller.contact, maria.agent, floor.clock.passes(1))
    waits = floor.now_of(contact)
    assert (waits.state, waits.agent, waits.facts[-1].kind) == (State.QUEUED, "", "requeued")
    jonas = floor.agent("jonas")
    assert floor.now_of(contact).agent == jonas.agent
    check(floor)


@pytest.mark.parametrize("how", ["missed", "declined", "break"])
def test_who_was_dialled_is_called_by_nobody_else(floor: Floor, how: str) -> None:
    maria, jonas = floor.agent("maria"), floor.agent("jonas")
    contact, _ = calls_out(floor)
    dials(floor, contact, maria)
    if how == "missed":
        assert floor.router.miss(SHOP, contact.contact, floor.now_of(contact).offer, floor.clock.passes(90))
    elif how == "declined":
        floor.router.decline(SHOP, contact.contact, agent=maria.agent, now=floor.clock.passes(1))
    else:
        floor.router.set_status(maria, Status.PAUSED, floor.clock.passes(1))
    gone = floor.now_of(contact)
    assert (gone.state, gone.facts[-1].data) == (State.ABANDONED, {"where": "no_answer"})
    assert seat_of(floor, maria) == seat_of(floor, jonas) == (0, [])
    assert of_lines(gone) == [(Meter.DIAL, 1)]
    check(floor)


def test_the_telephone_dials_only_for_whom_it_is_offered_to(floor: Floor) -> None:
    maria = floor.agent("maria")
    contact, _ = calls_out(floor)
    floor.router.decline(SHOP, contact.contact, agent=maria.agent, now=floor.clock.passes(1))
    with pytest.raises(SomebodyElses):
        dials(floor, contact, maria)
    jonas = floor.agent("jonas")
    with pytest.raises(SomebodyElses):
        dials(floor, contact, maria)
    dialled = dials(floor, contact, jonas)
    assert dials(floor, contact, jonas) == dialled
    with pytest.raises(SomebodyElses):
        dials(floor, contact, jonas, call="of another window")


@pytest.mark.parametrize("how", ["declined", "withdrawn"])
def test_who_is_dialled_in_the_moment_in_which_it_is_taken_back_is_not_called_twice(how: str) -> None:
    database = Meanwhile()
    floor = floor_of(database)
    maria = floor.agent("maria")
    contact, _ = calls_out(floor)
    database.deed = lambda: dials(floor, contact, maria)
    now = floor.clock.passes(50) + timedelta(seconds=2)
    if how == "declined":
        floor.router.decline(SHOP, contact.contact, agent=maria.agent, now=now)
        assert floor.now_of(contact).facts[-1].data == {"where": "no_answer"}
    else:
        with pytest.raises(Conflict, match="being called"):
            floor.router.abandon(SHOP, contact.contact, "withdrawn", now)
        assert floor.now_of(contact).state is State.OFFERED
    assert database.deed is None


@pytest.mark.parametrize("run", range(4))
def test_of_dialling_and_taking_back_exactly_one_happens(emulated: DynamoDatabase, run: int) -> None:
    floor = floor_of(emulated)
    maria = floor.agent("maria")
    contact, _ = calls_out(floor)
    now, failed = floor.clock.passes(1), []

    def trying(deed: int) -> None:
        try:
            if deed:
                dials(floor, contact, maria)
            else:
                floor.router.abandon(SHOP, contact.contact, "withdrawn", now)
        except Conflict:
            failed.append(deed)

    threads = [threading.Thread(target=trying, args=(deed,)) for deed in ([0, 1] if run % 2 else [1, 0])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    standing = floor.now_of(contact)
    assert len(failed) == 1
    assert standing.is_dialled == (standing.state is State.OFFERED) == (failed == [0])
    check(floor)


def test_who_is_said_to_be_dialled_while_his_call_waits_is_not_taken_back() -> None:
    database = Meanwhile()
    floor = floor_of(database)
    contact, _ = calls_out(floor)
    told = {"to": CUSTOMER, "call": "x1", "now": floor.clock.passes(1), "agent": "maria"}
    database.deed = lambda: floor.contacts.dialled(SHOP, contact.contact, **told)  # type: ignore[arg-type]
    with pytest.raises(Conflict, match="being called"):
        floor.router.abandon(SHOP, contact.contact, "withdrawn", floor.clock.passes(1))
    assert floor.now_of(contact).state is State.QUEUED


# Taken back


@pytest.mark.parametrize("state", ["arrived", "queued", "personal", "offered"])
def test_what_was_not_dialled_can_be_taken_back_and_costs_nothing(floor: Floor, state: str) -> None:
    maria = floor.agent("maria", Status.AVAILABLE if state == "offered" else Status.PAUSED)
    if state == "arrived":
        arrival = Arrival(
            channel=CALL, entry_point="e", customer="+1", source_id=uuid.uuid4().hex, direction="outbound"
        )
        contact = floor.contacts.open(SHOP, arrival, floor.clock.passes(1))
    else:
        contact, _ = calls_out(floor, prefer=maria.agent if state == "personal" else "")
    gone = floor.router.abandon(SHOP, contact.contact, "withdrawn", floor.clock.passes(1))
    assert gone == floor.now_of(contact)
    assert (gone.state, gone.facts[-1].data, gone.facts[-1].by) == (
        State.ABANDONED, {"where": "withdrawn"}, "system",
    )  # fmt: skip
    assert floor.router.abandon(SHOP, contact.contact, "withdrawn", floor.clock.passes(1)) == gone
    assert of_lines(gone) == []
    seat = floor.router.seat(floor.team, maria.agent)
    assert (seat.contacts, seat.personal) == ({}, 0)
    assert seat.available is (state == "offered")
    check(floor)


def test_what_is_dialled_or_talked_about_is_not_taken_back(floor: Floor) -> None:
    maria = floor.agent("maria")
    contact, _ = calls_out(floor)
    dials(floor, contact, maria)
    with pytest.raises(Conflict, match="being called"):
        floor.router.abandon(SHOP, contact.contact, "withdrawn", floor.clock.passes(1))
    floor.router.accept(SHOP, contact.contact, agent=maria.agent, now=floor.clock.passes(1))
    with pytest.raises(Conflict):
        floor.router.abandon(SHOP, contact.contact, "withdrawn", floor.clock.passes(1))
    assert floor.now_of(contact).state is State.CONNECTED


def test_the_sweep_finds_nothing_to_mend_and_a_call_that_nobody_pressed_is_missed(floor: Floor) -> None:
    floor.agent("maria")
    contact, outcome = calls_out(floor)
    assert isinstance(outcome, Offered)
    assert floor.net.sweep_team(floor.team, floor.clock.passes(60)) == NOTHING
    assert floor.net.sweep_team(floor.team, floor.clock.passes(60))["overdue_offers"] == 1
    assert floor.now_of(contact).state is State.QUEUED


def test_an_event_of_who_dialled_although_it_had_moved_on_makes_it_his(floor: Floor) -> None:
    maria = floor.agent("maria")
    contact, _ = calls_out(floor)
    floor.router.decline(SHOP, contact.contact, agent=maria.agent, now=floor.clock.passes(1))
    jonas = floor.agent("jonas")
    assert floor.now_of(contact).agent == jonas.agent
    taken = floor.router.take(SHOP, contact.contact, AgentId(maria.agent), floor.clock.passes(1))
    assert (taken.state, taken.agent) == (State.CONNECTED, maria.agent)
    assert seat_of(floor, jonas) == (0, [])


def test_talk_and_wrap_up_are_billed_and_the_wait_is_free(floor: Floor) -> None:
    contact, _ = calls_out(floor)
    floor.clock.passes(600)
    maria = floor.agent("maria")
    dials(floor, contact, maria)
    floor.handle(contact, maria)
    done = floor.now_of(contact)
    lines = dict(of_lines(done))
    assert lines == {Meter.VOICE: 2, Meter.DIAL: 1}


def test_why_tells_it_in_plain_words(floor: Floor) -> None:
    maria = floor.agent("maria")
    contact, _ = calls_out(floor)
    floor.router.abandon(SHOP, contact.contact, "withdrawn", floor.clock.passes(1))
    words = [step.words for step in story_of(floor.now_of(contact)).steps]
    assert words[0] == "calls out for the campaign checkups"
    assert words[2:] == [f"offered to {maria.agent}", "taken back before anybody was called"]
