"""The exchange: rings, holds, ends, and the records that it writes of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.channels.voice.model.event import contact_event
from infra.local.connect.exchange import NotNow, NotOnTheLine
from infra.local.connect.parties import Call, CallState
from tests.fakes.telephone import PLUMBER, Telephone


def connected(telephone: Telephone) -> Call:
    telephone.agent("maria")
    call = telephone.exchange.dial(PLUMBER, "+15557654321", "1")
    telephone.clock.advance(8)
    telephone.exchange.accept("maria")
    telephone.clock.advance(10)
    return call


def record_of(telephone: Telephone, call: Call) -> dict[str, Any]:
    return next(dict(r) for r in telephone.records.records if r["ContactId"] == call.segments[0].contact_id)


def test_a_record_is_written_when_the_wrap_up_is_done() -> None:
    telephone = Telephone()
    call = connected(telephone)
    telephone.exchange.hang_up(call)
    assert not telephone.records.records
    telephone.clock.advance(25)
    telephone.exchange.clear("maria")
    record = record_of(telephone, call)
    assert record["Agent"]["AfterContactWorkDuration"] == 25
    assert record["DisconnectReason"] == "CUSTOMER_DISCONNECT"


@settings(max_examples=60, deadline=None)
@given(
    talk=st.lists(st.tuples(st.floats(0.1, 90), st.floats(0.1, 90)), max_size=4),
    last=st.floats(0.1, 300),
    wrap_up=st.floats(0.1, 200),
    by_agent=st.booleans(),
)
def test_interaction_excludes_hold_and_all_seconds_add_up(
    talk: list[tuple[float, float]], last: float, wrap_up: float, by_agent: bool
) -> None:
    telephone = Telephone()
    call = connected(telephone)
    for speech, hold in talk:
        telephone.clock.advance(speech)
        telephone.exchange.hold("maria")
        telephone.clock.advance(hold)
        telephone.exchange.resume("maria")
    telephone.clock.advance(last)
    telephone.exchange.agent_hangs_up("maria") if by_agent else telephone.exchange.hang_up(call)
    telephone.clock.advance(wrap_up)
    telephone.exchange.clear("maria")
    record = record_of(telephone, call)
    agent, queue = record["Agent"], record["Queue"]
    began, ended = seconds(agent["ConnectedToAgentTimestamp"]), seconds(agent["AfterContactWorkStartTimestamp"])
    assert ended - began == agent["AgentInteractionDuration"] + agent["CustomerHoldDuration"]
    assert agent["NumberOfHolds"] == len(talk)
    assert agent["LongestHoldDuration"] <= agent["CustomerHoldDuration"]
    assert agent["AfterContactWorkDuration"] == seconds(agent["AfterContactWorkEndTimestamp"]) - ended
    assert queue["Duration"] == seconds(queue["DequeueTimestamp"]) - seconds(queue["EnqueueTimestamp"])


def seconds(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


def test_a_caller_who_hangs_up_on_hold_has_the_hold_counted_to_the_end() -> None:
    telephone = Telephone()
    call = connected(telephone)
    telephone.exchange.hold("maria")
    telephone.clock.advance(30)
    telephone.exchange.hang_up(call)
    telephone.exchange.clear("maria")
    assert record_of(telephone, call)["Agent"]["CustomerHoldDuration"] == 30


def test_an_unanswered_call_has_attempts_and_no_agent_in_its_record() -> None:
    telephone = Telephone()
    telephone.agent("maria")
    call = telephone.exchange.dial(PLUMBER, "", "1")
    telephone.clock.advance(12)
    telephone.exchange.hang_up(call)
    record = record_of(telephone, call)
    assert (record["Agent"], record["AgentConnectionAttempts"]) == (None, 1)
    assert record["CustomerEndpoint"] is None


def test_a_requeued_segment_has_its_predecessor_and_no_dialled_number() -> None:
    telephone = Telephone()
    call = telephone.exchange.dial(PLUMBER, "+15557654321", "1")
    telephone.clock.advance(8)
    telephone.agent("maria")
    telephone.clock.advance(20)
    first, second = call.segments
    record = record_of(telephone, call)
    assert record["NextContactId"] == second.contact_id
    telephone.exchange.hang_up(call)
    last = telephone.records.records[-1]
    assert (last["PreviousContactId"], last["InitialContactId"]) == (first.contact_id, first.contact_id)
    assert last["SystemEndpoint"] is None
    assert telephone.functions.events[-1]["Details"]["ContactData"]["InitialContactId"] == first.contact_id


def test_an_agent_cannot_answer_what_does_not_ring_nor_hold_what_is_not_connected() -> None:
    telephone = Telephone()
    telephone.agent("maria")
    with pytest.raises(NotOnTheLine):
        telephone.exchange.accept("maria")
    telephone.exchange.dial(PLUMBER, "", "1")
    telephone.clock.advance(8)
    with pytest.raises(NotNow):
        telephone.exchange.hold("maria")


def test_an_agent_in_wrap_up_gets_no_call_until_it_is_cleared() -> None:
    telephone = Telephone()
    telephone.exchange.hang_up(connected(telephone))
    second = telephone.exchange.dial(PLUMBER, "", "1")
    telephone.functions.broken = {"poll"}  # to the fallback queue, which every free phone answers
    telephone.clock.advance(30)
    assert second.state is CallState.WAITING
    telephone.exchange.clear("maria")
    assert second.state is CallState.RINGING


def test_two_free_agents_ring_for_the_two_callers_in_the_fallback_queue() -> None:
    telephone = Telephone()
    telephone.functions.broken = {"arrive"}
    calls = [telephone.exchange.dial(PLUMBER) for _ in range(2)]
    telephone.clock.advance(10)
    for agent in ("maria", "jonas"):  # both sign in before the exchange looks
        found = telephone.exchange.floor.agent(agent, telephone.clock.now())
        assert found is not None
        found.available = True
    telephone.exchange.sign_in("sam")
    telephone.exchange.sign_out("sam")
    assert [call.state for call in calls] == [CallState.RINGING, CallState.RINGING]


def test_when_the_exchange_closes_every_call_is_cut_and_told() -> None:
    telephone = Telephone()
    call = connected(telephone)
    telephone.exchange.close()
    assert call.state is CallState.OVER
    assert telephone.facts(call)[-1] == "ended"


def test_calls_that_are_over_are_forgotten_after_a_while() -> None:
    telephone = Telephone(keep=3)
    for _ in range(10):
        telephone.exchange.hang_up(telephone.exchange.dial(PLUMBER))
    assert len(telephone.exchange.calls) == 3


def test_junk_on_the_keypad_is_not_pressed() -> None:
    telephone = Telephone()
    call = telephone.exchange.dial(PLUMBER, "", "abc\u0661 ")
    telephone.exchange.press(call, "x1y\n")
    assert list(call.keys) == ["1"]


def test_our_own_reading_of_events_takes_what_the_exchange_emits() -> None:
    telephone = Telephone()
    telephone.exchange.hang_up(connected(telephone))
    telephone.exchange.clear("maria")
    kinds = {contact_event(event).type for event in telephone.bus.kept}
    assert kinds == {
        *("INITIATED", "CONNECTED_TO_SYSTEM", "CONTACT_DATA_UPDATED"),
        *("QUEUED", "CONNECTED_TO_AGENT", "DISCONNECTED", "COMPLETED"),
    }


_DEEDS = st.lists(
    st.tuples(
        st.sampled_from(
            ["dial", "press", "hangup", "accept", "reject", "hold", "resume", "end", "clear", "available", "pass"]
        ),
        st.integers(0, 40),
    ),
    max_size=60,
)


@settings(max_examples=80, deadline=None)
@given(deeds=_DEEDS, broken=st.sets(st.sampled_from(["arrive", "choose", "poll"])))
def test_whatever_callers_and_agents_do_no_call_is_lost_and_no_two_share_a_phone(
    deeds: list[tuple[str, int]], broken: set[str]
) -> None:
    telephone = Telephone()
    exchange = telephone.exchange
    telephone.functions.broken = broken
    for agent in ("maria", "jonas"):
        telephone.agent(agent)
    dialled: list[Call] = []
    for deed, n in deeds:
        agent = ("maria", "jonas")[n % 2]
        call = dialled[n % len(dialled)] if dialled else None
        try:
            match deed:
                case "dial":
                    dialled.append(exchange.dial(PLUMBER, "+15557654321", "1234567890*#"[n % 12]))
                case "press" if call:
                    exchange.press(call, str(n % 10))
                case "hangup" if call:
                    exchange.hang_up(call)
                case "accept":
                    exchange.accept(agent)
                case "reject":
                    exchange.reject(agent)
                case "hold":
                    exchange.hold(agent)
                case "resume":
                    exchange.resume(agent)
                case "end":
                    exchange.agent_hangs_up(agent)
                case "clear":
                    exchange.clear(agent)
                case "available":
                    telephone.agent(agent)
                case _:
                    telephone.clock.advance(n)
        except (NotNow, NotOnTheLine):
            pass
        phones = [agent.leg for agent in exchange.floor.agents.values()]
        for call in dialled:
            assert call.leg is None or [leg is call.leg for leg in phones].count(True) == 1
    exchange.close()
    for agent in ("maria", "jonas"):
        exchange.clear(agent)
    segments = [segment.contact_id for call in dialled for segment in call.segments]
    assert sorted(r["ContactId"] for r in telephone.records.records) == sorted(segments)
    assert all(queue.waiting == [] for queue in exchange.floor.queues.values())
