"""Whole calls: our flow files, run block by block, against the two voice Lambdas on memory."""

from __future__ import annotations

import pytest

from infra.local.connect.parties import Call, CallState, LegState, Speaker
from tests.fakes.telephone import CLINIC, MONDAY_MORNING, PLUMBER, Telephone, heard, spoken

CALLER = "+15557654321"
BEFORE_THE_PHONE_RINGS_S = 8


def ringing(telephone: Telephone, keys: str = "1", to: str = PLUMBER) -> Call:
    call = telephone.exchange.dial(to, CALLER, keys)
    telephone.clock.advance(BEFORE_THE_PHONE_RINGS_S)
    return call


def answered(telephone: Telephone, agent: str = "maria", keys: str = "1", to: str = PLUMBER) -> Call:
    call = ringing(telephone, keys, to)
    telephone.exchange.accept(agent)
    telephone.clock.advance(10)
    assert call.state is CallState.CONNECTED
    return call


def test_a_caller_hears_the_greeting_of_the_client_whose_number_was_dialled() -> None:
    telephone = Telephone()
    call = telephone.exchange.dial(PLUMBER, CALLER)
    telephone.clock.advance(1)
    assert heard(call)[0].startswith("Thank you for calling Rapid Plumbing")


def test_a_call_is_routed_answered_ended_and_its_facts_are_told_in_order() -> None:
    telephone = Telephone()
    telephone.agent("maria")
    call = answered(telephone)
    telephone.exchange.agent_hangs_up("maria")
    telephone.clock.advance(30)
    assert telephone.facts(call) == ["arrived", "queued", "offered", "connected", "ended"]
    assert telephone.contact(call).skill == "emergency"
    assert call.state is CallState.OVER
    assert heard(call)[-1] == "Thank you for calling Rapid Plumbing. Goodbye."


def test_a_call_asks_the_database_at_most_ten_times_from_arrival_to_wrapped() -> None:
    telephone = Telephone()
    telephone.agent("maria")
    telephone.database.requests.clear()
    call = answered(telephone)
    telephone.exchange.hang_up(call)
    contact = telephone.contact(call)
    telephone.database.requests.pop()  # that last look was the test's
    telephone.router.finish(
        contact.tenant,
        contact.contact,
        contact.channel,
        agent="maria",
        team="shared",
        disposition="visit_booked",
        now=telephone.clock.now(),
    )
    asking_who_was_dialled, usage_record = 1, 1
    assert len(telephone.database.requests) + asking_who_was_dialled + usage_record <= 10


def test_the_agent_hears_whose_call_it_is_before_the_caller_is_there() -> None:
    telephone = Telephone()
    telephone.agent("maria")
    ringing(telephone)
    leg = telephone.exchange.accept("maria")
    telephone.clock.advance(10)
    assert spoken(leg.transcript.lines, Speaker.SYSTEM) == ["A call for Rapid Plumbing."]


def test_what_both_say_stands_in_both_transcripts_and_in_no_database() -> None:
    telephone = Telephone()
    telephone.agent("maria")
    call = answered(telephone)
    telephone.exchange.agent_says("maria", "Good morning")
    telephone.exchange.customer_says(call, "My sink leaks")
    leg = telephone.exchange.floor.agents["maria"].leg
    assert leg is not None
    for lines in (call.transcript.lines, leg.transcript.lines):
        assert spoken(lines, Speaker.AGENT) == ["Good morning"]
        assert spoken(lines, Speaker.CUSTOMER) == ["My sink leaks"]
    assert "sink" not in repr(telephone.database.tables)


def test_a_number_that_nobody_has_is_answered_politely_and_opens_no_contact() -> None:
    telephone = Telephone()
    call = telephone.exchange.dial("+15550999999", CALLER)
    telephone.clock.settle()
    assert heard(call) == ["This number is not in service. Please check the number and dial again. Goodbye."]
    assert call.state is CallState.OVER
    assert not telephone.database.tables


def test_who_is_alone_in_line_hears_at_once_that_he_is_the_next() -> None:
    telephone = Telephone()
    call = telephone.exchange.dial(PLUMBER, CALLER, "1")
    telephone.clock.advance(7)
    assert heard(call)[-1].endswith("You are the next in line.")
    second = telephone.exchange.dial(PLUMBER, "+15557650000", "1")
    telephone.clock.advance(7)
    assert heard(second)[-1].endswith("You are number 2 in line.")


def test_a_caller_waits_and_is_put_through_when_an_agent_becomes_free() -> None:
    telephone = Telephone()
    call = ringing(telephone)
    assert call.state is CallState.WAITING
    telephone.clock.advance(60)
    telephone.agent("maria")
    telephone.clock.advance(11)
    assert call.state is CallState.RINGING
    telephone.exchange.accept("maria")
    telephone.clock.advance(10)
    assert telephone.facts(call) == ["arrived", "queued", "offered", "connected"]
    first, second = call.segments
    assert (second.method, second.initial_id) == ("QUEUE_TRANSFER", first.contact_id)


def test_when_an_agent_misses_the_ring_the_next_one_gets_the_call() -> None:
    telephone = Telephone()
    telephone.agent("maria")
    call = ringing(telephone)
    telephone.agent("jonas")
    telephone.clock.advance(45)
    leg = telephone.exchange.floor.agents["maria"].leg
    assert leg is not None
    assert leg.state is LegState.MISSED
    assert telephone.contact(call).agent == "jonas"
    assert call.state is CallState.RINGING
    telephone.exchange.accept("jonas")
    telephone.clock.advance(10)
    assert telephone.facts(call) == ["arrived", "queued", "offered", "requeued", "offered", "connected"]


def test_when_the_only_agent_misses_the_ring_the_caller_goes_back_to_the_holding_queue() -> None:
    telephone = Telephone()
    telephone.agent("maria")
    call = ringing(telephone)
    telephone.clock.advance(60)
    assert telephone.facts(call)[-1] == "requeued"
    assert call.now.queue is not None
    assert call.now.queue.name == "Holding"


@pytest.mark.parametrize(
    ("after_s", "with_agent", "where"), [(2, False, "ivr"), (30, False, "queue"), (12, True, "offer")]
)
def test_a_caller_who_gives_up_is_abandoned_where_he_was(after_s: float, with_agent: bool, where: str) -> None:
    telephone = Telephone()
    if with_agent:
        telephone.agent("maria")
    call = telephone.exchange.dial(PLUMBER, CALLER, "" if where == "ivr" else "1")
    telephone.clock.advance(after_s)
    telephone.exchange.hang_up(call)
    assert telephone.contact(call).facts[-1].kind == "abandoned"
    assert telephone.contact(call).facts[-1].data == {"where": where}


def test_an_agent_whose_caller_gave_up_while_it_rang_gets_the_next_call() -> None:
    telephone = Telephone()
    telephone.agent("maria")
    telephone.exchange.hang_up(ringing(telephone))
    second = ringing(telephone)
    assert second.state is CallState.RINGING


def test_a_phone_stops_ringing_when_its_agent_declines_at_the_desk() -> None:
    telephone = Telephone()
    telephone.agent("maria")
    call = ringing(telephone)
    contact = telephone.contact(call)
    telephone.router.decline(contact.tenant, contact.contact, agent="maria", now=telephone.clock.now())
    telephone.clock.advance(9)
    assert telephone.exchange.floor.agents["maria"].leg is None
    assert call.state is CallState.WAITING
    assert call.now.queue is not None
    assert call.now.queue.name == "Holding"


def test_two_callers_at_once_do_not_share_an_agent() -> None:
    telephone = Telephone()
    telephone.agent("maria")
    first, second = ringing(telephone), ringing(telephone)
    assert [first.state, second.state] == [CallState.RINGING, CallState.WAITING]


def test_the_clinics_caller_never_reaches_an_agent_of_the_shared_team() -> None:
    telephone = Telephone()
    telephone.agent("maria")
    telephone.agent("amira", team="clinic")
    call = ringing(telephone, "12", to=CLINIC)
    telephone.clock.advance(20)
    assert telephone.contact(call, "clinic").agent == "amira"


def test_when_our_lambda_is_down_the_caller_is_sent_to_the_queue_that_every_agent_answers() -> None:
    telephone = Telephone()
    telephone.exchange.sign_in("maria", "Maria")
    telephone.functions.broken = {"arrive", "choose", "poll"}
    call = telephone.exchange.dial(PLUMBER, CALLER, "1")
    telephone.clock.advance(10)
    assert call.now.queue is not None
    assert call.now.queue.name == "Fallback"
    assert call.state is CallState.RINGING


def test_when_the_router_dies_under_a_waiting_caller_he_goes_to_the_fallback_queue_once() -> None:
    telephone = Telephone()
    call = ringing(telephone)
    telephone.functions.broken = {"poll"}
    telephone.clock.advance(120)
    assert call.now.queue is not None
    assert call.now.queue.name == "Fallback"
    assert len(call.segments) == 2


def test_when_the_router_is_back_a_caller_leaves_the_fallback_queue_for_his_agent() -> None:
    telephone = Telephone()
    call = ringing(telephone)
    telephone.functions.broken = {"poll"}
    telephone.clock.advance(60)
    telephone.functions.broken = set()
    telephone.agent("maria")
    telephone.exchange.reject("maria")  # the fallback queue rang first
    telephone.exchange.clear("maria")
    telephone.clock.advance(30)
    assert call.now.queue is not None
    assert call.now.queue.agent == "maria"


def test_a_lambda_that_fails_once_is_asked_again_and_the_contact_is_opened_once() -> None:
    telephone = Telephone()
    answer, failures = telephone.functions.invoke, iter([True])

    def flaky(function, event, then):  # type: ignore[no-untyped-def]
        if next(failures, False):
            telephone.functions.broken = {"arrive"}
            answer(function, event, then)
            telephone.functions.broken = set()
        else:
            answer(function, event, then)

    telephone.functions.invoke = flaky  # type: ignore[method-assign]
    call = ringing(telephone)
    assert telephone.facts(call) == ["arrived", "queued"]


def test_after_nine_moves_the_caller_stays_where_every_agent_answers() -> None:
    telephone = Telephone()
    telephone.agent("maria")
    call = ringing(telephone)
    for _ in range(40):  # the agent never answers, is available again, and is offered the call again
        telephone.clock.advance(45)
        telephone.exchange.clear("maria")
        telephone.agent("maria")
    assert len(call.segments) <= 12
    assert call.now.queue is not None
    assert call.now.queue.name == "Fallback"
    assert call.state in (CallState.WAITING, CallState.RINGING)


def test_the_connection_that_is_heard_of_after_the_end_is_still_told() -> None:
    telephone = Telephone()
    telephone.agent("maria")
    telephone.bus.held_back = {"CONNECTED_TO_AGENT"}
    call = answered(telephone)
    telephone.clock.advance(15)
    telephone.exchange.agent_hangs_up("maria")
    contact = telephone.contact(call)
    assert [fact.kind for fact in contact.facts[-2:]] == ["connected", "ended"]
    assert (contact.facts[-1].at - contact.facts[-2].at).total_seconds() >= 15
    telephone.bus.deliver(_event(telephone, "CONNECTED_TO_AGENT"))
    assert telephone.facts(call)[-2:] == ["connected", "ended"]


def _event(telephone: Telephone, kind: str) -> dict[str, object]:
    return next(event for event in telephone.bus.kept if event["detail"]["eventType"] == kind)


def test_every_event_delivered_twice_changes_nothing() -> None:
    telephone = Telephone()
    telephone.agent("maria")
    call = answered(telephone)
    telephone.exchange.hang_up(call)
    told = telephone.facts(call)
    for event in list(telephone.bus.kept):
        telephone.bus.deliver(event)
    assert telephone.facts(call) == told


def test_the_times_of_the_facts_are_those_of_the_telephone_network() -> None:
    telephone = Telephone()
    telephone.agent("maria")
    call = answered(telephone)
    telephone.clock.advance(92)
    telephone.exchange.hang_up(call)
    connected, ended = telephone.contact(call).facts[-2:]
    segment = call.segments[0]
    assert abs((connected.at - segment.connected_at).total_seconds()) < 0.001  # type: ignore[operator]
    assert abs((ended.at - segment.ended_at).total_seconds()) < 0.001  # type: ignore[operator]
    assert telephone.clock.now() > MONDAY_MORNING


def test_a_call_that_an_agent_took_from_the_fallback_queue_is_offered_to_nobody_any_more() -> None:
    telephone = Telephone()
    call = ringing(telephone)
    telephone.functions.broken = {"poll"}
    telephone.clock.advance(30)
    telephone.exchange.sign_in("jonas", "Jonas")
    telephone.exchange.accept("jonas")
    telephone.clock.advance(60)
    telephone.exchange.agent_hangs_up("jonas")
    assert telephone.bus.meanings.count("answered_outside_routing") == 2
    assert telephone.contact(call).over
