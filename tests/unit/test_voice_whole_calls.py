"""Whole calls from the first ring to the last record: our flows, our Lambdas, the exchange, and what both sides say.

Every story ends with `ends_well`: all is over, nobody is kept for anything, and telephony's records agree with us.
"""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from chalicelib.contacts.model.contact import State
from chalicelib.routing.model.offer import OFFER_PATIENT_S
from infra.local.connect.parties import Call, CallState
from tests.fakes.call_house import CALLER, COURIER, PICKED_UP_S, POLL_S, RINGS_S, CallHouse
from tests.fakes.telephone import heard

SUNDAY = datetime(2026, 11, 22, 18, 0, tzinfo=UTC)
SHOP = "+15550100200"
OFFERED_S = 110  # the plumber offers it after a minute and a half


# Called back


def asked_in_line(house: CallHouse) -> Call:
    """He has waited, is offered it, and confirms his own number."""
    call = house.dials()
    house.clock.advance(OFFERED_S - RINGS_S)
    house.presses(call, "1")
    house.presses(call, "1", 40)
    assert house.contact(call).callback == CALLER, heard(call)
    return call


def asked_from_the_menu(house: CallHouse) -> Call:
    call = house.dials("4")
    house.clock.advance(5)
    house.presses(call, "1", 40)
    assert house.contact(call).callback == CALLER, heard(call)
    return call


@pytest.mark.parametrize("asks", [asked_in_line, asked_from_the_menu])
def test_who_asked_to_be_called_back_is_and_it_is_one_contact(asks: object) -> None:
    house = CallHouse()
    call = asks(house)  # type: ignore[operator]
    assert call.state is CallState.OVER
    house.agent("maria")
    house.clock.advance(POLL_S)
    house.answers()
    house.exchange.answer_out(house.out())
    house.clock.advance(PICKED_UP_S)
    assert house.contact(call).state is State.CONNECTED
    house.clock.advance(60)
    house.exchange.agent_hangs_up("maria")
    house.clock.advance(20)
    house.wraps()
    assert house.facts(call) == [
        "arrived", "queued", "callback_asked", "offered", "dialled", "connected", "ended", "wrapped",
    ]  # fmt: skip
    house.ends_well()


def rings_in_vain(house: CallHouse) -> None:
    """Maria answers for him, and he does not pick up."""
    house.answers()
    house.exchange.refuse_out(house.out())
    house.exchange.clear("maria")


def test_who_is_not_reached_is_tried_again_and_each_attempt_counts_once() -> None:
    house = CallHouse()
    call = asked_in_line(house)
    house.agent("maria")
    house.clock.advance(POLL_S)
    rings_in_vain(house)
    assert house.contact(call).state is State.ARRIVED
    house.answers()
    house.exchange.answer_out(house.out())
    house.clock.advance(30)
    house.exchange.hang_up(house.back())
    house.wraps()
    assert house.facts(call)[2:] == [
        "callback_asked", "offered", "dialled", "not_reached", "queued", "offered", "dialled", "connected", "ended",
        "wrapped",
    ]  # fmt: skip
    house.ends_well()


def test_after_the_last_attempt_nobody_is_called_any_more() -> None:
    house = CallHouse()
    call = asked_in_line(house)
    house.agent("maria")
    house.clock.advance(POLL_S)
    for _ in range(3):
        rings_in_vain(house)
    assert house.facts(call).count("dialled") == 3
    assert house.contact(call).facts[-1].data == {"where": "callback"}
    house.clock.advance(600)
    assert house.back().state is CallState.OVER
    house.ends_well()


def test_a_callback_that_is_taken_back_before_its_time_is_abandoned() -> None:
    house = CallHouse()
    call = asked_in_line(house)
    house.exchange.hang_up(house.back())
    assert house.contact(call).facts[-1].data == {"where": "callback"}
    assert "dialled" not in house.facts(call)
    house.ends_well()


def test_an_agent_who_is_found_while_a_callback_is_made_keeps_his_caller() -> None:
    """The callback that telephony has by then is nobody's, and must not end the call."""
    house = CallHouse()
    call = house.dials()
    house.clock.advance(OFFERED_S - RINGS_S)
    house.presses(call, "1")
    house.functions.delay_s = 3.0
    house.exchange.press(call, "1")
    house.clock.advance(2)
    house.agent("maria")
    house.clock.advance(8)
    house.functions.delay_s = 0.0
    house.clock.advance(POLL_S)
    assert house.contact(call).callback == ""
    house.answers()
    assert house.contact(call).state is State.CONNECTED
    house.clock.advance(60)
    assert house.back().state is CallState.OVER
    assert house.contact(call).state is State.CONNECTED
    house.exchange.hang_up(call)
    house.wraps()
    house.ends_well()


# Handed on


def test_a_blind_transfer_gives_the_caller_to_a_colleague_and_each_has_his_own_leg() -> None:
    house = CallHouse()
    call = house.talks()
    house.agent("jonas")
    house.hands_on(call, "agent:jonas")
    house.exchange.complete("maria")
    house.wraps("maria")
    house.answers("jonas")
    house.clock.advance(30)
    house.exchange.hang_up(call)
    house.wraps("jonas")
    (leg,) = house.legs(call)
    assert house.facts(call)[-3:] == ["transferred", "ended", "wrapped"]
    assert house.kinds(leg) == ["arrived", "queued", "offered", "connected", "ended", "wrapped"]
    house.ends_well()


def test_a_warm_transfer_lets_both_agents_talk_before_the_caller_is_handed_over() -> None:
    house = CallHouse()
    call = house.talks()
    house.agent("jonas")
    house.hands_on(call, "agent:jonas")
    house.answers("jonas")
    house.clock.advance(20)
    assert call.state is CallState.HELD
    house.exchange.complete("maria")
    house.wraps("maria")
    house.clock.advance(30)
    house.exchange.agent_hangs_up("jonas")
    house.clock.advance(20)
    house.wraps("jonas")
    house.ends_well()


def test_a_consultation_that_is_dropped_was_the_agents_and_the_caller_is_back() -> None:
    house = CallHouse()
    call = house.talks()
    house.agent("jonas")
    house.hands_on(call, "agent:jonas")
    house.answers("jonas")
    house.clock.advance(20)
    house.exchange.drop("maria")
    house.wraps("jonas")
    assert call.state is CallState.CONNECTED
    (leg,) = house.legs(call)
    ended = house.contacts.get(leg.tenant, leg.contact).last("ended")
    assert ended is not None
    assert ended.data["why"] == "agent"
    house.clock.advance(30)
    house.exchange.hang_up(call)
    house.wraps("maria")
    house.ends_well()


@pytest.mark.parametrize("by_record", [False, True])
def test_a_consultation_that_nobody_answered_is_given_up_by_who_asked_and_not_by_the_customer(by_record: bool) -> None:
    house = CallHouse()
    call = house.talks()
    house.hands_on(call, "team:shared")
    house.bus.held_back = {"DISCONNECTED"} if by_record else set()
    house.exchange.drop("maria")
    house.bus.held_back = set()
    house.settles()
    (leg,) = house.legs(call)
    last = house.contacts.get(leg.tenant, leg.contact).facts[-1]
    assert (last.kind, last.by, last.data) == ("abandoned", "agent:maria", {"where": "queue"})
    house.exchange.hang_up(call)
    house.wraps("maria")
    house.ends_well()


def test_all_three_talk_and_the_first_agent_leaves() -> None:
    house = CallHouse()
    call = house.talks()
    house.agent("jonas")
    house.hands_on(call, "agent:jonas")
    house.answers("jonas")
    house.exchange.join("maria")
    house.clock.advance(20)
    house.exchange.agent_hangs_up("maria")
    house.wraps("maria")
    assert call.state is CallState.CONNECTED
    house.exchange.agent_hangs_up("jonas")
    house.clock.advance(20)
    house.wraps("jonas")
    house.ends_well()


def test_a_team_gets_the_caller_who_waits_there_until_somebody_is_free() -> None:
    house = CallHouse()
    call = house.talks()
    house.hands_on(call, "team:shared")
    house.exchange.complete("maria")
    house.agent("jonas")
    house.clock.advance(POLL_S)
    house.answers("jonas")
    house.clock.advance(10)
    house.exchange.hang_up(call)
    house.wraps("jonas")
    house.wraps("maria")
    house.ends_well()


@pytest.mark.parametrize("joined", [False, True])
def test_a_caller_who_is_put_through_outside_is_metered_after_the_agent_left(joined: bool) -> None:
    house = CallHouse()
    call = house.talks()
    house.hands_on(call, f"number:{COURIER}")
    house.exchange.answer_out(house.out())
    house.clock.advance(10)
    if joined:
        house.exchange.join("maria")
        house.clock.advance(10)
    house.exchange.complete("maria")
    house.clock.advance(120)
    house.wraps("maria")
    house.exchange.out_hangs_up(house.out())
    house.settles()
    (leg,) = house.legs(call)
    assert house.kinds(leg) == ["arrived", "dialled", "patched", "closed"]
    house.ends_well()


def test_nobody_answers_outside_after_the_agent_has_left_and_the_caller_waits_for_another_one() -> None:
    house = CallHouse()
    call = house.talks()
    house.hands_on(call, f"number:{COURIER}")
    house.exchange.complete("maria")
    house.clock.advance(2)
    house.exchange.refuse_out(house.out())
    house.clock.advance(10)
    assert any("Nobody answered there. We are putting you through" in text for text in heard(call))
    (leg,) = house.legs(call)
    assert (leg.state, leg.skill) == (State.QUEUED, "emergency")
    house.agent("jonas")
    house.answers("jonas")
    assert call.state is CallState.CONNECTED
    house.exchange.agent_hangs_up("jonas")
    house.wraps("jonas")
    house.wraps("maria")
    house.ends_well()


def test_nobody_answers_outside_and_the_agent_has_his_caller_back() -> None:
    house = CallHouse()
    call = house.talks()
    house.hands_on(call, f"number:{COURIER}")
    house.exchange.refuse_out(house.out())
    house.clock.advance(20)
    assert call.state is CallState.CONNECTED
    (leg,) = house.legs(call)
    assert house.kinds(leg) == ["arrived", "dialled", "closed"]
    house.exchange.hang_up(call)
    house.wraps("maria")
    house.ends_well()


# Called out


@pytest.mark.parametrize("sent", [True, False])
def test_a_call_out_that_our_lambda_does_not_know_or_answer_is_not_made(sent: bool) -> None:
    house = CallHouse()
    house.agent("maria")
    if sent:
        house.functions.broken.add("outbound")
        call, _ = house.calls_out()
    else:
        call = house.exchange.dial_out("maria", CALLER)
    house.clock.advance(20)  # Lambda is asked more than once
    assert (call.state, dict(house.exchange.outgoing)) == (CallState.OVER, {})
    house.clock.advance(OFFER_PATIENT_S + 1)
    assert [house.kinds(one) for one in house.all()] == ([["arrived", "offered", "abandoned"]] if sent else [])
    assert [one.facts[-1].data["where"] for one in house.all()] == (["no_answer"] if sent else [])


@pytest.mark.parametrize("reached", [True, False])
def test_an_agent_calls_a_customer_from_his_desk(reached: bool) -> None:
    house = CallHouse()
    house.agent("maria")
    call, contact = house.calls_out()
    house.clock.advance(10)
    if reached:
        house.exchange.answer_out(house.out())
        house.clock.advance(60)
        house.exchange.hang_up(call)
    else:
        house.exchange.refuse_out(house.out())
    house.wraps("maria")
    (known,) = house.all()
    assert known.contact == contact
    talked = ["connected", "ended", "wrapped"] if reached else ["abandoned"]
    assert house.kinds(known) == ["arrived", "offered", "dialled", *talked]
    house.ends_well()
