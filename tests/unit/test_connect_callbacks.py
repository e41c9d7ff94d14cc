"""Callbacks: a contact waits without its customer, who is dialled when an agent has answered."""

from __future__ import annotations

import pytest

from infra.local.connect.language import Flow, FlowType
from infra.local.connect.parties import Call, CallState, LegState, Speaker
from infra.local.connect.views import ring_view
from tests.fakes.switchboard import ANY, BYE, CALLER, FALLBACK, FRIEND, Switchboard, act, aim, flow, heard, inbound


def asks(attempts: str = "2", **more: str) -> Flow:
    put = act("put", "UpdateContactAttributes", "tag", {ANY: "bye"}, Attributes={"who": "me"}, TargetContact="Current")
    tag = act("tag", "TagContact", "make", {ANY: "bye"}, Tags={"contactId": "ours"})
    make = act(
        "make", "CreateCallbackContact", "bye", {ANY: "bye"}, InitialCallDelaySeconds="60", RetryDelaySeconds="300",
        MaximumConnectionAttempts=attempts, **more,
    )  # fmt: skip
    return inbound(aim(FALLBACK, "put", "first"), put, tag, make, BYE)


def asked(board: Switchboard) -> Call:
    """The line of the callback."""
    first = board.dial()
    board.clock.advance(1)
    assert first.state is CallState.OVER
    return list(board.exchange.calls.values())[-1]


def test_a_callback_is_a_contact_of_its_chain_that_waits_for_its_time() -> None:
    board = Switchboard(flows={"InboundFlowArn": asks()})
    later = asked(board)
    (segment,) = later.segments
    assert segment.previous is not None
    assert (segment.method, segment.initial_id) == ("CALLBACK", segment.previous.contact_id)
    assert (later.state, later.customer) == (CallState.SCHEDULED, CALLER)
    board.clock.advance(58)
    assert later.state is CallState.SCHEDULED
    board.clock.advance(2)
    assert later.state is CallState.WAITING
    assert board.record(segment.previous.contact_id)["NextContactId"] == segment.contact_id


def test_attributes_are_copied_and_tags_are_not() -> None:
    board = Switchboard(flows={"InboundFlowArn": asks()})
    segment = asked(board).now
    assert segment.previous is not None
    segment.attributes["who"] = "another"
    assert segment.previous.attributes["who"] == "me"
    assert segment.tags == {}


def answered(board: Switchboard) -> Call:
    """Maria has taken the callback, and the customer's phone rings."""
    board.exchange.sign_in("maria", "Maria")
    later = asked(board)
    board.clock.advance(60)
    board.answer("maria")
    return later


def test_an_agent_answers_the_customer_is_dialled_and_both_talk() -> None:
    board = Switchboard(flows={"InboundFlowArn": asks(CallerId=FRIEND)})
    later = answered(board)
    assert (later.state, board.leg("maria").state) == (CallState.DIALLING, LegState.WHISPER)
    assert board.exchange.outgoing[board.out()].caller_id == FRIEND
    assert board.leg("maria").direction == "callback"
    assert heard(later.transcript, Speaker.SYSTEM) == []  # nobody was there to hear the queue flow
    board.clock.advance(9)
    board.exchange.answer_out(board.out())
    board.clock.advance(3)
    assert later.state is CallState.CONNECTED
    board.exchange.agent_says("maria", "You asked for a call")
    assert heard(later.transcript, Speaker.AGENT) == ["You asked for a call"]
    assert board.told(later.id) == [
        "INITIATED", "QUEUED", "CONNECTED_TO_SYSTEM", "CONNECTED_TO_AGENT"
    ]  # fmt: skip
    board.exchange.hang_up(later)
    board.exchange.clear("maria")
    record = board.record(later.id)
    assert record["SystemEndpoint"] is None
    assert record["ConnectedToSystemTimestamp"] > record["Queue"]["DequeueTimestamp"] > record["InitiationTimestamp"]


def test_a_customer_who_is_not_reached_is_tried_again_and_then_no_more() -> None:
    board = Switchboard(flows={"InboundFlowArn": asks("2")})
    later = answered(board)
    later.now.tags["contactId"] = "ours"
    board.exchange.refuse_out(board.out())
    assert later.state is CallState.SCHEDULED
    assert board.leg("maria").state is LegState.ENDED
    board.exchange.clear("maria")
    first, second = later.segments
    assert (second.method, second.previous, second.tags) == ("CALLBACK", first, {"contactId": "ours"})
    assert second.target is first.queue
    board.clock.advance(299)
    assert later.state is CallState.SCHEDULED
    board.clock.advance(1)
    assert later.state is CallState.RINGING
    board.answer("maria")
    board.clock.advance(46)  # nobody answers
    assert later.state is CallState.OVER
    board.clock.settle()
    assert len(later.segments) == 2
    assert [board.record(segment.contact_id)["Agent"] for segment in later.segments] == [None, None]
    assert not board.exchange.outgoing


def test_an_agent_who_gives_up_the_dialling_leaves_it_to_the_next_attempt() -> None:
    board = Switchboard(flows={"InboundFlowArn": asks("3")})
    later = answered(board)
    board.exchange.agent_hangs_up("maria")
    assert later.state is CallState.SCHEDULED
    assert later.segments[0].reason == "AGENT_DISCONNECT"
    assert not board.exchange.outgoing


def test_its_own_flow_runs_when_its_time_has_come_and_is_heard_by_nobody() -> None:
    own = flow(
        FlowType.INBOUND,
        act("say", "MessageParticipant", "aim", Text="To nobody"),
        act("aim", "UpdateContactTargetQueue", "wait", {ANY: "bye"}, AgentId="ben"),
    )  # fmt: skip
    board = Switchboard(flows={"InboundFlowArn": asks(ContactFlowId="own"), "own": own})
    later = asked(board)
    board.clock.advance(65)
    assert later.now.queue is not None
    assert later.now.queue.agent == "ben"
    assert heard(later.transcript, Speaker.SYSTEM) == []


def test_its_queue_flow_may_send_it_to_an_agent_who_then_calls() -> None:
    moves = flow(
        FlowType.CUSTOMER_QUEUE,
        act("loop", "MessageParticipantIteratively", None, None, {"MessagesInterrupted": "go"},
            Messages=[{"Text": "Please wait"}], InterruptFrequencySeconds="10"),
        act("go", "DequeueContactAndTransferToQueue", "loop", {ANY: "loop", "QueueAtCapacity": "loop"}, AgentId="ben"),
    )  # fmt: skip
    board = Switchboard(flows={"InboundFlowArn": asks(), "queue": moves})
    later = asked(board)
    board.clock.advance(75)
    board.exchange.sign_in("ben")
    board.answer("ben")
    assert (later.now.method, later.state) == ("QUEUE_TRANSFER", CallState.DIALLING)
    assert ring_view(board.exchange.outgoing[board.out()])["kind"] == "callback", "whatever the queues made of it"
    board.exchange.refuse_out(board.out())
    board.exchange.clear("ben")
    board.clock.advance(300)
    assert later.now.queue is not None
    assert later.now.queue.name == "Fallback"  # where it waited first


@pytest.mark.parametrize("strange", [{"ContactFlowId": "none"}, {"QueueId": "none"}, {"AgentId": "%%"}])
def test_one_that_has_nowhere_to_go_is_not_made(strange: dict[str, str]) -> None:
    board = Switchboard(flows={"InboundFlowArn": asks(**strange)})
    board.dial()
    board.clock.settle()
    assert len(board.exchange.calls) == 1


def test_a_callback_is_cut_when_the_exchange_closes_and_nothing_comes_after() -> None:
    board = Switchboard(flows={"InboundFlowArn": asks()})
    later = asked(board)
    board.exchange.close()
    board.clock.settle()
    assert later.state is CallState.OVER
    assert len(board.records.sent) == 2


def test_an_agents_queue_that_is_full_takes_no_callback() -> None:
    board = Switchboard(flows={"InboundFlowArn": asks(AgentId="ben")})
    laters = [asked(board) for _ in range(11)]
    board.clock.advance(120)
    assert [later.state for later in laters].count(CallState.WAITING) == 10
    assert laters[-1].state is CallState.OVER


def test_a_chain_of_attempts_ends_at_twelve_contacts() -> None:
    board = Switchboard(flows={"InboundFlowArn": asks("50")})
    later = answered(board)
    while later.state is not CallState.OVER:
        board.exchange.refuse_out(board.out())
        board.exchange.clear("maria")
        board.clock.advance(300)
        if later.state is CallState.RINGING:
            board.answer("maria")
    assert later.now.depth == 12


def test_a_callback_whose_flow_asks_for_another_one_does_so_at_most_twelve_times() -> None:
    own = asks("1", ContactFlowId="own")
    board = Switchboard(flows={"InboundFlowArn": own, "own": own})
    board.dial()
    board.clock.settle()
    assert len(board.exchange.calls) == 12
