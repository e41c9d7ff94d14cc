"""An agent asks around: consults, joins, swaps, leaves, drops; and what his transfer flow may do."""

from __future__ import annotations

import pytest

from infra.local.connect.exchange import NotNow
from infra.local.connect.language import FlowType
from infra.local.connect.parties import Call, CallState, LegState, Speaker
from tests.fakes.switchboard import (
    ANY,
    BYE,
    FALLBACK,
    Switchboard,
    act,
    aim,
    flow,
    heard,
    say,
    to_queue,
)

SAID = (Speaker.CUSTOMER, Speaker.AGENT)


def consulting(board: Switchboard) -> Call:
    """Maria has a customer on hold and Ben on the line."""
    call = board.talking("maria")
    board.exchange.sign_in("ben", "Ben")
    board.exchange.transfer("maria")
    board.clock.advance(3)
    board.answer("ben")
    return call


def chat(board: Switchboard, call: Call) -> None:
    board.exchange.customer_says(call, "customer")
    board.exchange.agent_says("maria", "maria")
    board.exchange.agent_says("ben", "ben")


def test_a_transfer_holds_the_customer_and_speaks_to_the_agent() -> None:
    board = Switchboard()
    call = board.talking("maria")
    asked = board.exchange.transfer("maria")
    board.clock.advance(3)
    assert call.state is CallState.HELD
    assert heard(call.transcript, Speaker.SYSTEM)[-1] == "Music"
    assert heard(board.leg("maria").transcript, Speaker.SYSTEM)[-2:] == ["One moment", "Please wait"]
    assert (asked.method, asked.previous) == ("TRANSFER", call.segments[0])
    assert [end.kind for end in board.leg("maria").ends()] == ["customer", "queue"]


def test_while_they_consult_the_customer_hears_neither() -> None:
    board = Switchboard()
    call = consulting(board)
    chat(board, call)
    assert heard(call.transcript, *SAID) == ["customer"]
    assert heard(board.leg("maria").transcript, *SAID) == ["maria", "ben"]
    assert heard(board.leg("ben").transcript, *SAID) == ["maria", "ben"]


def test_a_leg_says_which_way_its_call_came() -> None:
    board = Switchboard()
    consulting(board)
    assert [board.leg(agent).direction for agent in ("maria", "ben")] == ["inbound", "transfer"]


def test_joined_all_hear_all() -> None:
    board = Switchboard()
    call = consulting(board)
    board.exchange.join("maria")
    chat(board, call)
    for transcript in (call.transcript, board.leg("maria").transcript, board.leg("ben").transcript):
        assert heard(transcript, *SAID) == ["customer", "maria", "ben"]
    with pytest.raises(NotNow, match="nobody is on hold"):
        board.exchange.swap("maria")


def test_a_swap_changes_who_is_on_hold_and_back() -> None:
    board = Switchboard()
    call = consulting(board)
    board.exchange.swap("maria")
    chat(board, call)
    assert heard(call.transcript, *SAID) == ["customer", "maria"]
    assert heard(board.leg("ben").transcript, *SAID) == ["ben"]
    assert heard(board.leg("ben").transcript, Speaker.SYSTEM)[-1] == "Quiet"
    assert [end.state for end in board.leg("maria").ends()] == ["connected", "held"]
    board.exchange.swap("maria")
    assert call.state is CallState.HELD
    board.exchange.agent_says("ben", "again")
    assert heard(board.leg("maria").transcript, *SAID)[-1] == "again"


def test_a_warm_transfer_leaves_the_customer_with_the_other_agent() -> None:
    board = Switchboard()
    call = consulting(board)
    board.clock.advance(20)
    board.exchange.complete("maria")
    board.exchange.agent_says("ben", "Good morning")
    assert heard(call.transcript, *SAID) == ["Good morning"]
    assert call.state is CallState.CONNECTED
    assert board.leg("maria").state is LegState.ENDED
    board.exchange.clear("maria")
    board.exchange.agent_hangs_up("ben")
    board.clock.advance(20)
    board.exchange.clear("ben")
    first, second = call.segments[0], call.segments[1]
    record = board.record(first.contact_id)
    assert (record["NextContactId"], record["DisconnectReason"]) == (second.contact_id, "AGENT_DISCONNECT")
    assert board.record(second.contact_id)["Agent"]["Username"] == "ben"
    assert call.state is CallState.OVER


def test_a_blind_transfer_lets_the_customer_hear_the_queue_that_the_agent_heard() -> None:
    board = Switchboard()
    call = board.talking("maria")
    board.exchange.transfer("maria")
    board.clock.advance(3)
    board.exchange.agent_hangs_up("maria")
    board.exchange.sign_out("maria")
    assert call.state is CallState.WAITING
    board.clock.advance(20)
    assert heard(call.transcript, Speaker.SYSTEM)[-1] == "Please wait"
    board.exchange.sign_in("ben", "Ben")
    board.answer("ben")
    board.exchange.customer_says(call, "Hello")
    assert heard(board.leg("ben").transcript, *SAID) == ["Hello"]


def test_the_customer_keeps_his_place_when_the_transfer_flow_is_left_before_the_queue() -> None:
    board = Switchboard()
    call = board.talking("maria")
    board.exchange.transfer("maria")
    board.exchange.complete("maria")
    board.clock.advance(3)
    assert call.state is CallState.WAITING


def test_dropped_the_other_end_is_gone_and_the_customer_is_back() -> None:
    board = Switchboard()
    call = consulting(board)
    board.exchange.drop("maria")
    assert board.leg("ben").state is LegState.ENDED
    assert call.state is CallState.CONNECTED
    board.exchange.agent_says("maria", "I am back")
    assert heard(call.transcript, *SAID) == ["I am back"]
    with pytest.raises(NotNow, match="no transfer"):
        board.exchange.join("maria")


def test_when_the_other_agent_hangs_up_the_first_has_his_customer_back() -> None:
    board = Switchboard()
    call = consulting(board)
    board.exchange.agent_hangs_up("ben")
    assert (call.state, board.leg("ben").state) == (CallState.CONNECTED, LegState.ENDED)


def test_when_the_transfer_flow_ends_the_call_the_agent_has_his_customer_back() -> None:
    sorry = flow(FlowType.QUEUE_TRANSFER, say("sorry", "Nobody is there", "bye"), BYE)
    board = Switchboard(flows={"QueueTransferFlowArn": sorry})
    call = board.talking("maria")
    board.exchange.transfer("maria")
    board.clock.advance(3)
    assert call.state is CallState.CONNECTED
    assert heard(board.leg("maria").transcript, Speaker.SYSTEM)[-1] == "Nobody is there"


def test_when_the_customer_hangs_up_on_hold_everyone_is_let_go() -> None:
    board = Switchboard()
    call = consulting(board)
    board.exchange.hang_up(call)
    assert [board.leg(agent).state for agent in ("maria", "ben")] == [LegState.ENDED, LegState.ENDED]
    assert all(segment.ended_at for segment in call.segments)


def test_a_transfer_that_nobody_answers_cannot_be_joined_nor_begun_twice() -> None:
    board = Switchboard()
    board.talking("maria")
    board.exchange.transfer("maria")
    for deed in (board.exchange.join, board.exchange.swap, board.exchange.transfer, board.exchange.resume):
        with pytest.raises(NotNow):
            deed("maria")


def test_an_agent_who_is_only_asked_cannot_pass_it_on() -> None:
    board = Switchboard()
    consulting(board)
    with pytest.raises(NotNow, match="still with the agent"):
        board.exchange.transfer("ben")
    board.exchange.complete("maria")
    assert board.exchange.transfer("ben").depth == 3


def test_what_a_consult_sets_does_not_change_the_first_contact() -> None:
    put = act("put", "UpdateContactAttributes", "tag", {ANY: "bye"}, Attributes={"who": "new"}, TargetContact="Current")
    tag = act("tag", "TagContact", "aim", {ANY: "bye"}, Tags={"contactId": "new"})
    board = Switchboard(flows={"QueueTransferFlowArn": flow(FlowType.QUEUE_TRANSFER, put, tag, aim(FALLBACK))})
    call = board.talking("maria")
    call.now.attributes["who"] = "old"
    asked = board.exchange.transfer("maria")
    assert (call.segments[0].attributes["who"], asked.attributes["who"]) == ("old", "new")
    assert "contactId" not in call.segments[0].tags


def test_a_consult_that_its_queue_flow_sends_on_keeps_its_tags_and_its_agent() -> None:
    tag = act("tag", "TagContact", "aim", {ANY: "bye"}, Tags={"contactId": "b"})
    moves = flow(
        FlowType.CUSTOMER_QUEUE,
        act("loop", "MessageParticipantIteratively", None, None, {"MessagesInterrupted": "go"},
            Messages=[{"Text": "Please wait"}], InterruptFrequencySeconds="10"),
        act("go", "DequeueContactAndTransferToQueue", "loop", {ANY: "loop", "QueueAtCapacity": "loop"}, AgentId="ben"),
    )  # fmt: skip
    board = Switchboard(
        flows={"QueueTransferFlowArn": flow(FlowType.QUEUE_TRANSFER, tag, aim(FALLBACK)), "queue": moves}
    )
    call = board.talking("maria")
    board.exchange.transfer("maria")
    board.clock.advance(15)
    moved = board.leg("maria").consult
    assert moved is not None
    assert (moved.method, moved.tags["contactId"], moved.near) == ("QUEUE_TRANSFER", "b", board.leg("maria"))
    assert call.state is CallState.HELD
    board.exchange.sign_in("ben")
    board.answer("ben")
    board.exchange.agent_says("ben", "Yes?")
    assert heard(board.leg("maria").transcript, *SAID) == ["Yes?"]


def test_the_quick_connect_of_an_agent_rings_at_that_agent_alone() -> None:
    board = Switchboard()
    board.talking("maria")
    board.exchange.sign_in("adam")
    board.exchange.sign_in("ben")
    board.exchange.transfer("maria", "ben")
    board.clock.advance(3)
    assert board.leg("ben").state is LegState.CONNECTING
    assert board.exchange.floor.agents["adam"].leg is None


def test_the_quick_connect_of_an_agent_who_is_away_gives_the_customer_back() -> None:
    board = Switchboard()
    call = board.talking("maria")
    board.exchange.transfer("maria", "ben")
    board.clock.advance(3)
    assert call.state is CallState.CONNECTED


@pytest.mark.parametrize(
    ("state", "customer_hears", "maria_hears"),
    [("CustomerOnHold", ["customer"], ["maria"]), ("OffHold", ["customer", "maria"], ["customer", "maria"]),
     ("AgentOnHold", ["customer"], ["maria"])],
)  # fmt: skip
def test_a_transfer_flow_says_who_of_the_two_is_on_hold(
    state: str, customer_hears: list[str], maria_hears: list[str]
) -> None:
    put = act(
        "put", "UpdatePreviousContactParticipantState", "say", {ANY: "bye"}, PreviousContactParticipantState=state
    )
    transfer = flow(FlowType.QUEUE_TRANSFER, put, say("say", "One moment", "aim"), aim(FALLBACK))
    board = Switchboard(flows={"QueueTransferFlowArn": transfer})
    call = board.talking("maria")
    board.exchange.transfer("maria")
    board.exchange.customer_says(call, "customer")
    board.exchange.agent_says("maria", "maria")
    assert heard(call.transcript, *SAID) == customer_hears
    assert heard(board.leg("maria").transcript, *SAID) == maria_hears


def test_an_agent_presses_keys_for_the_transfer_flow_and_else_for_those_who_hear_him() -> None:
    errors = {"InputTimeLimitExceeded": "bye", "NoMatchingCondition": "bye", ANY: "bye"}
    ask = act("ask", "GetParticipantInput", "bye", errors, {"2": "aim"}, Text="Which?", StoreInput="False",
              InputTimeLimitSeconds="5")  # fmt: skip
    board = Switchboard(flows={"QueueTransferFlowArn": flow(FlowType.QUEUE_TRANSFER, ask, aim(FALLBACK))})
    call = board.talking("maria")
    board.exchange.keys("maria", "7")
    assert heard(call.transcript, Speaker.KEYS) == ["7"]
    asked = board.exchange.transfer("maria")
    board.exchange.keys("maria", "x2")
    assert asked.queue is not None
    assert heard(call.transcript, Speaker.KEYS) == ["7"]


def test_a_muted_agent_is_heard_by_nobody_until_he_unmutes() -> None:
    board = Switchboard()
    call = board.talking("maria")
    board.exchange.mute("maria")
    board.exchange.agent_says("maria", "(aside)")
    board.exchange.unmute("maria")
    board.exchange.agent_says("maria", "Hello")
    assert heard(call.transcript, *SAID) == ["Hello"]


def test_a_chain_ends_at_twelve_contacts() -> None:
    board = Switchboard(flows={"InboundFlowArn": to_queue()})
    board.talking("a0")
    for n in range(11):
        board.exchange.transfer(f"a{n}")
        board.clock.advance(3)
        board.exchange.sign_in(f"a{n + 1}")
        board.answer(f"a{n + 1}")
        board.exchange.complete(f"a{n}")
    with pytest.raises(NotNow, match="12 contacts"):
        board.exchange.transfer("a11")


def test_an_agent_who_leaves_in_the_customers_whisper_sends_the_caller_back_to_the_queue() -> None:
    board = Switchboard()
    board.exchange.sign_in("maria")
    call = board.dial()
    board.exchange.accept("maria")
    board.clock.advance(1.5)
    assert call.now.dequeued_at is not None
    board.exchange.reject("maria")
    board.exchange.sign_in("ben")
    board.answer("ben")
    assert call.state is CallState.CONNECTED
