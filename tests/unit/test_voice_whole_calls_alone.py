"""Whole calls that a machine serves, and those where something of ours fails: from the first ring to the last record.

Every story ends with `ends_well`: all is over, nobody is kept for anything, and telephony's records agree with us.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from chalicelib.channels.voice.service.ports import Found
from chalicelib.channels.voice.service.records import Read
from chalicelib.contacts.model.contact import Contact, State
from chalicelib.kernel.errors import Unavailable
from chalicelib.kernel.ids import TeamId
from chalicelib.routing.model.offer import Outcome
from chalicelib.routing.model.terms import Terms
from infra.local.connect.parties import CallState
from infra.local.connect.views import call_view
from tests.fakes.call_house import CALLER, COURIER, CallHouse
from tests.fakes.telephone import CLINIC, MONDAY_MORNING, PLUMBER, heard
from tests.fakes.tenants import changed

SUNDAY = datetime(2026, 11, 22, 18, 0, tzinfo=UTC)
SHOP = "+15550100200"


def test_a_message_is_left_and_waits_for_an_agent() -> None:
    house = CallHouse(SUNDAY)
    call = house.exchange.dial(CLINIC, CALLER)
    house.clock.advance(30)
    house.exchange.customer_says(call, "My name is Ada")
    house.clock.advance(20)
    house.exchange.hang_up(call)
    house.clock.advance(5)
    (message,) = [one for one in house.all() if one.voicemail]
    (take,) = house.tapes.takes
    assert message.voicemail
    assert take.location.endswith(message.voicemail)
    assert "My name is Ada" in [line.text for line in take.lines]
    assert house.contact(call, "clinic").state is State.SELF_SERVED
    assert (message.state, message.previous) == (State.QUEUED, house.contact(call, "clinic").contact)


def test_a_message_that_cannot_be_taken_at_once_is_when_the_call_is_settled(monkeypatch: pytest.MonkeyPatch) -> None:
    house, reads = CallHouse(SUNDAY), list[Read]()
    house.records.then = lambda record: reads.append(house.keeper.take(json.dumps(record), "1", house.clock.now()))

    def raises(contact: Contact, terms: Terms, *, now: datetime) -> Outcome:
        raise Unavailable("the line")

    with monkeypatch.context() as broken:
        broken.setattr(house.router, "enqueue", raises)
        call = house.exchange.dial(CLINIC, CALLER)
        house.clock.advance(50)
        house.exchange.hang_up(call)
        house.clock.advance(5)
    assert [(read.outcome, type(read.failed)) for read in reads] == [("new", Unavailable)]
    house.settles()
    (message,) = [one for one in house.all() if one.voicemail]
    assert message.state is State.QUEUED


def test_what_is_said_while_the_prompt_still_plays_is_on_the_tape() -> None:
    house = CallHouse(SUNDAY)
    call = house.exchange.dial(CLINIC, CALLER)
    while not any("Geburtsdatum" in line for line in heard(call)):
        house.clock.advance(1)
    assert call_view(call)["recorded"]
    house.exchange.customer_says(call, "My name is Ada")
    house.clock.advance(1)
    house.exchange.hang_up(call)
    house.clock.advance(5)
    (take,) = house.tapes.takes
    (message,) = [one for one in house.all() if one.voicemail]
    assert take.location.endswith(message.voicemail)
    asked, said = [line.text for line in take.lines]
    assert ("Geburtsdatum" in asked, said) == (True, "My name is Ada")


def test_who_hangs_up_during_the_prompt_without_a_word_opens_a_message_too() -> None:
    house = CallHouse(SUNDAY)
    call = house.exchange.dial(CLINIC, CALLER)
    assert not call_view(call)["recorded"], "the greeting is not on the tape"
    while not any("Geburtsdatum" in line for line in heard(call)):
        house.clock.advance(1)
    house.exchange.hang_up(call)
    house.clock.advance(5)
    (message,) = [one for one in house.all() if one.voicemail]
    assert message.state is State.QUEUED


@pytest.mark.parametrize(("key", "recorded"), [("1", True), ("2", False), ("", False)])
def test_a_talk_is_recorded_only_if_the_caller_agrees(key: str, recorded: bool) -> None:
    house = CallHouse()
    house.agent("maria", team="clinic")
    call = house.exchange.dial(CLINIC, CALLER, "1")
    house.clock.advance(12)
    house.presses(call, key)
    house.answers("maria")
    assert call.state is CallState.CONNECTED
    house.clock.advance(20)
    house.exchange.hang_up(call)
    assert [take.kind for take in house.tapes.takes] == (["call"] if recorded else [])


def test_who_stays_on_the_line_is_asked_once_and_his_score_is_the_contacts() -> None:
    house = CallHouse()
    call = house.talks(keys="1", to=SHOP)
    house.clock.advance(30)
    house.exchange.agent_hangs_up("maria")
    house.clock.advance(2)
    house.presses(call, "4", 20)
    assert house.contact(call, "shop").score == 4
    assert call.state is CallState.OVER
    house.wraps("maria")
    house.ends_well()


@pytest.mark.parametrize(
    ("keys", "to", "topic"),
    [
        ("51", SHOP, "returns"),
        ("3", CLINIC, "opening_hours"),
        ("44711#", SHOP, "order_status"),
        ("67001#", SHOP, "account_status"),
    ],
)
@pytest.mark.parametrize("by_record", [False, True])
def test_who_hangs_up_while_he_is_told_what_he_asked_has_served_himself(
    keys: str, to: str, topic: str, by_record: bool
) -> None:
    house = CallHouse()
    house.lookups.orders["4711"] = "It left our house this morning."
    house.lookups.accounts["7001"] = Found("Your account is settled.")
    house.bus.held_back = {"DISCONNECTED"} if by_record else set()
    call = house.exchange.dial(to, CALLER, keys)
    house.clock.advance(14)
    house.exchange.hang_up(call)
    house.settles()
    tenant = "shop" if to == SHOP else "clinic"
    assert house.contact(call, tenant).facts[-1].data == {"topic": topic}, heard(call)
    assert house.contact(call, tenant).state is State.SELF_SERVED
    house.ends_well()


@pytest.mark.parametrize("keys", ["", "49999#", "5"])
def test_who_hangs_up_before_he_was_told_anything_is_abandoned_in_the_menu(keys: str) -> None:
    house = CallHouse()
    call = house.exchange.dial(SHOP, CALLER, keys)
    house.clock.advance(14)
    house.exchange.hang_up(call)
    assert house.contact(call, "shop").facts[-1].data == {"where": "ivr"}
    house.ends_well()


# When something of ours fails


def test_a_call_that_fell_back_before_it_came_into_any_line_is_his_who_answers() -> None:
    house = CallHouse()
    house.functions.broken = {"choose"}
    call = house.talks()
    assert house.contact(call).state is State.CONNECTED
    assert house.contact(call).agent == "maria"
    house.functions.broken = set()
    house.clock.advance(40)
    house.exchange.hang_up(call)
    house.wraps()
    assert house.facts(call) == ["arrived", "offered", "connected", "ended", "wrapped"]
    house.ends_well()


def test_a_call_of_which_our_functions_know_nothing_is_answered_all_the_same() -> None:
    house = CallHouse()
    house.functions.broken = {"arrive", "poll"}
    call = house.talks(keys="")
    assert call.state is CallState.CONNECTED
    house.exchange.hang_up(call)
    house.exchange.clear("maria")
    assert house.all() == []


@pytest.mark.parametrize("slow", [9.0, 5.0])
def test_functions_that_are_slow_lose_nobody(slow: float) -> None:
    """Nine seconds are more than a flow waits: it goes on by itself. What they did all the same, they did."""
    house = CallHouse()
    house.agent("maria")
    house.functions.delay_s = slow
    call = house.exchange.dial(PLUMBER, CALLER, "1")
    house.answers()
    house.functions.delay_s = 0.0
    assert call.state is CallState.CONNECTED
    house.clock.advance(40)
    house.exchange.hang_up(call)
    house.wraps()
    assert house.kinds(house.all()[0])[-3:] == ["connected", "ended", "wrapped"]
    house.settles()
    assert [one for one in house.all() if not one.over] == []


@pytest.mark.parametrize("to", ["team:shared", f"number:{COURIER}"])
@pytest.mark.parametrize("by_record", [False, True])
def test_an_answer_too_late_for_the_flow_of_a_transfer_leaves_nobody_in_a_line(to: str, by_record: bool) -> None:
    house = CallHouse()
    call = house.talks()
    house.functions.delay_s = 9.0
    house.bus.held_back = {"DISCONNECTED"} if by_record else set()
    house.hands_on(call, to)
    house.clock.advance(30)
    house.functions.delay_s, house.bus.held_back = 0.0, set()
    house.agent("jonas")
    (leg,) = house.legs(call)
    assert leg.over is not by_record
    assert call.state is CallState.CONNECTED
    house.settles()
    assert house.kinds(leg)[-1] == "abandoned"
    assert house.contact(call).agent == "maria"
    house.exchange.hang_up(call)
    house.wraps("maria")
    house.ends_well()


@pytest.mark.parametrize("by", ["customer", "agent:maria"])
def test_an_end_that_no_event_told_is_told_by_the_record_and_frees_the_agent(by: str) -> None:
    house = CallHouse()
    call = house.talks()
    house.clock.advance(60)
    house.bus.held_back = {"DISCONNECTED"}
    if by == "customer":
        house.exchange.hang_up(call)
    else:
        house.exchange.agent_hangs_up("maria")
        house.clock.advance(20)
    hung_up_at = call.segments[0].ended_at
    house.bus.held_back = set()
    house.exchange.clear("maria")
    assert house.contact(call).state is State.CONNECTED
    house.settles()
    ended = house.contact(call).last("ended")
    assert ended is not None
    assert (ended.by, ended.at) == (by, hung_up_at)
    house.wraps()
    assert list(house.settles().values()) == ["telephony_rules"], "of the wrap-up, which we began to count too late"
    assert [one for one in house.all() if not one.over] == []
    assert [seat.contacts for seat in house.router.seats(TeamId("shared")) if seat.contacts] == []


def test_a_router_that_raises_sends_the_caller_to_whoever_answers() -> None:
    house = CallHouse()

    def raises(operation: str) -> None:
        if operation == "transact":
            raise Unavailable("the table is not there")

    call = house.exchange.dial(PLUMBER, CALLER)
    house.clock.advance(2)
    house.agent("maria")
    house.functions.broken = {"choose"}
    house.database.before = raises
    house.exchange.press(call, "1")
    house.clock.advance(10)
    house.database.before = lambda operation: None
    house.answers()
    assert house.contact(call).agent == "maria"
    house.exchange.hang_up(call)
    house.wraps()
    house.ends_well()


@pytest.mark.parametrize(
    ("full", "said"), [("message", "busy"), ("voicemail", "message"), ("callback", "call you back")]
)
def test_when_too_many_wait_the_next_caller_is_told_so(full: str, said: str) -> None:
    house = CallHouse(MONDAY_MORNING, changed("plumber", calls__queue_most=1, calls__full=full))
    first = house.dials()
    second = house.dials()
    house.clock.advance(5)
    assert any(said in line for line in heard(second)), heard(second)
    third = house.dials(caller="+15557654399")
    house.clock.advance(60)
    for call in (first, second, third):
        if call.state is not CallState.OVER:
            house.exchange.hang_up(call)
    house.settles()
    assert house.contact(first).facts[-1].data == {"where": "queue"}


def test_outside_of_the_hours_the_caller_hears_when_to_call_again() -> None:
    house = CallHouse(SUNDAY, changed("clinic", calls__closed="message", calls__voicemail=None))
    call = house.exchange.dial(CLINIC, CALLER)
    house.clock.settle(60)
    assert call.state is CallState.OVER
    assert house.contact(call, "clinic").facts[-1].data == {"topic": "closed"}
    house.ends_well()
