"""Phones outside: third parties that a flow calls, and customers whom an agent calls."""

from __future__ import annotations

import pytest

from infra.local.connect.exchange import NotNow, NotOnTheLine
from infra.local.connect.language import Flow, FlowType
from infra.local.connect.parties import Call, CallState, LegState, OutsideState, Speaker
from tests.fakes.switchboard import (
    ANY,
    BYE,
    CALLER,
    DIALS,
    FALLBACK,
    FRIEND,
    FRONT_DESK,
    Switchboard,
    act,
    aim,
    flow,
    heard,
    inbound,
    journal,
    say,
)

SAID = (Speaker.CUSTOMER, Speaker.AGENT, Speaker.OUTSIDE)
_FAILS = {"CallFailed": "failed", "ConnectionTimeLimitExceeded": "late", ANY: "other"}
_ANSWERS = [say("back", "Welcome back", "bye"), say("failed", "Refused", "bye"), say("late", "Too late", "bye")]


def third(name: str, *, goes_on: bool) -> list[dict[str, object]]:
    dial = act(
        name, "TransferParticipantToThirdParty", "back" if goes_on else "other", _FAILS if goes_on else {ANY: "other"},
        ThirdPartyPhoneNumber=FRIEND, ThirdPartyConnectionTimeLimitSeconds="30", ContinueFlowExecution=str(goes_on),
        CallerId={"Number": FRONT_DESK}, ThirdPartyDTMFDigits="12#",
    )  # fmt: skip
    return [dial, *(_ANSWERS if goes_on else []), say("other", "No way", "bye"), BYE]


def calls_out(*, goes_on: bool) -> Flow:
    return inbound(*third("first", goes_on=goes_on))


def transfers_out(*, goes_on: bool = True) -> Flow:
    return flow(FlowType.QUEUE_TRANSFER, *third("dial", goes_on=goes_on))


def test_the_friend_is_called_with_our_number_hears_the_digits_and_talks_to_the_caller() -> None:
    board = Switchboard(flows={"InboundFlowArn": calls_out(goes_on=True)})
    call = board.dial()
    leg = board.out()
    outside = board.exchange.outgoing[leg]
    assert (outside.number, outside.caller_id, outside.kind) == (FRIEND, FRONT_DESK, "outside")
    board.exchange.answer_out(leg)
    board.exchange.out_says(leg, "Hello?")
    board.exchange.customer_says(call, "It is me")
    assert call.state is CallState.PATCHED
    for transcript in (call.transcript, outside.transcript):
        assert heard(transcript, *SAID) == ["Hello?", "It is me"]
    assert heard(outside.transcript, Speaker.KEYS) == ["12#"]
    with pytest.raises(NotNow, match="connected"):
        board.exchange.answer_out(leg)


def test_the_flow_goes_on_when_the_friend_hangs_up() -> None:
    board = Switchboard(flows={"InboundFlowArn": calls_out(goes_on=True)})
    call = board.dial()
    leg = board.out()
    board.exchange.answer_out(leg)
    board.clock.advance(40)
    board.exchange.out_hangs_up(leg)
    board.clock.settle()
    assert heard(call.transcript, Speaker.SYSTEM) == ["Welcome back"]
    record = board.record(call.id)
    assert record["TransferredToEndpoint"] == {"Address": FRIEND, "Type": "TELEPHONE_NUMBER"}
    assert record["TransferCompletedTimestamp"] == "2026-11-23T15:00:00Z"
    assert not board.exchange.outgoing
    with pytest.raises(NotOnTheLine):
        board.exchange.out_says(leg, "Hello?")


@pytest.mark.parametrize(("refused", "goes_on", "says"), [
    (True, True, "Refused"), (False, True, "Too late"), (True, False, "No way"), (False, False, "No way")
])  # fmt: skip
def test_a_call_that_is_refused_or_not_answered_takes_its_branch(refused: bool, goes_on: bool, says: str) -> None:
    board = Switchboard(flows={"InboundFlowArn": calls_out(goes_on=goes_on)})
    call = board.dial()
    if refused:
        board.exchange.refuse_out(board.out())
    else:
        board.clock.advance(29)
        assert board.exchange.outgoing
    board.clock.settle()
    assert heard(call.transcript, Speaker.SYSTEM) == [says]
    assert board.record(call.id)["TransferredToEndpoint"] is None


def test_for_good_the_call_lasts_until_the_friend_or_the_caller_hangs_up() -> None:
    board = Switchboard(flows={"InboundFlowArn": calls_out(goes_on=False)}, answers={FRIEND: 5})
    first, second = board.dial(), board.dial()
    board.clock.advance(60)
    assert [first.state, second.state] == [CallState.PATCHED, CallState.PATCHED]
    of_first = next(leg for leg, outside in board.exchange.outgoing.items() if outside.call is first)
    board.exchange.out_hangs_up(of_first)
    board.exchange.hang_up(second)
    assert board.record(first.id)["DisconnectReason"] == "THIRD_PARTY_DISCONNECT"
    assert board.record(second.id)["DisconnectReason"] == "CUSTOMER_DISCONNECT"
    assert not board.exchange.outgoing


def consulting(board: Switchboard) -> tuple[Call, str]:
    call = board.talking("maria")
    board.exchange.transfer("maria")
    leg = board.out()
    board.exchange.answer_out(leg)
    return call, leg


def test_an_agent_asks_the_friend_leaves_and_is_free_while_the_call_goes_on() -> None:
    board = Switchboard(flows={"QueueTransferFlowArn": transfers_out()})
    call, leg = consulting(board)
    board.exchange.out_says(leg, "Yes?")
    assert heard(board.leg("maria").transcript, *SAID) == ["Yes?"]
    assert heard(call.transcript, *SAID) == []
    assert board.leg("maria").ends()[1] == ("outside", FRIEND, "connected")
    board.clock.advance(10)
    board.exchange.complete("maria")
    board.exchange.clear("maria")
    board.clock.advance(600)
    board.exchange.out_says(leg, "Goodbye")
    assert heard(call.transcript, *SAID) == ["Goodbye"]
    board.exchange.out_hangs_up(leg)
    board.clock.settle()
    assert heard(call.transcript, Speaker.SYSTEM)[-1] == "Welcome back"
    first, outside = (board.record(segment.contact_id) for segment in call.segments)
    assert (first["Agent"]["Username"], first["TransferredToEndpoint"]) == ("maria", None)
    assert (outside["Agent"], outside["TransferredToEndpoint"]["Address"]) == (None, FRIEND)
    assert outside["DisconnectTimestamp"] > outside["TransferCompletedTimestamp"]


def test_swapped_the_friend_hears_nobody_and_dropped_he_is_gone() -> None:
    board = Switchboard(flows={"QueueTransferFlowArn": transfers_out(goes_on=False)})
    call, leg = consulting(board)
    board.exchange.swap("maria")
    board.exchange.out_says(leg, "Hello?")
    assert heard(board.leg("maria").transcript, *SAID) == []
    outside = board.exchange.outgoing[leg]
    board.exchange.drop("maria")
    assert outside.state is OutsideState.OVER
    assert (call.state, dict(board.exchange.outgoing)) == (CallState.CONNECTED, {})


def test_when_the_friend_hangs_up_on_the_agent_he_has_his_customer_back() -> None:
    board = Switchboard(flows={"QueueTransferFlowArn": transfers_out(goes_on=False)})
    call, leg = consulting(board)
    board.exchange.out_hangs_up(leg)
    assert call.state is CallState.CONNECTED


# An agent calls a customer


def dialling(board: Switchboard) -> Call:
    board.exchange.sign_in("maria", "Maria Diaz")
    return board.exchange.dial_out("maria", CALLER)


def test_an_outbound_call_dials_whispers_to_the_customer_and_connects() -> None:
    board = Switchboard()
    call = dialling(board)
    assert (call.state, board.leg("maria").state) == (CallState.DIALLING, LegState.WHISPER)
    assert board.leg("maria").direction == "outbound"
    assert board.exchange.outgoing[board.out()].caller_id == FRONT_DESK
    assert heard(call.transcript, Speaker.SYSTEM) == []
    board.clock.advance(12)
    board.exchange.answer_out(board.out())
    assert heard(call.transcript, Speaker.SYSTEM) == ["Hello from us"]
    board.clock.advance(3)
    assert call.state is CallState.CONNECTED
    board.exchange.out_says(board.out(), "Who is there?")
    assert heard(board.leg("maria").transcript, *SAID) == ["Who is there?"]
    assert board.told(call.id) == ["INITIATED", "CONNECTED_TO_SYSTEM", "CONNECTED_TO_AGENT"]
    board.exchange.out_hangs_up(board.out())
    board.exchange.clear("maria")
    record = board.record(call.id)
    assert (record["InitiationMethod"], record["SystemEndpoint"]["Address"]) == ("OUTBOUND", FRONT_DESK)
    assert record["ConnectedToSystemTimestamp"] == "2026-11-23T15:00:12Z"
    assert record["InitiationTimestamp"] == "2026-11-23T15:00:00Z"
    assert record["DisconnectReason"] == "CUSTOMER_DISCONNECT"


def test_the_first_prompt_dials_when_the_flow_does_not() -> None:
    whisper = flow(FlowType.OUTBOUND_WHISPER, say("hello", "Hello from us"))
    board = Switchboard(flows={"OutboundWhisperFlowArn": whisper}, answers={CALLER: 4}, caller_id=FRIEND)
    call = dialling(board)
    assert board.exchange.outgoing[board.out()].caller_id == FRIEND
    board.clock.advance(10)
    assert heard(call.transcript, Speaker.SYSTEM) == ["Hello from us"]
    assert call.state is CallState.CONNECTED


def test_a_whisper_that_ends_without_dialling_gives_the_call_up() -> None:
    attributes = act("set", "UpdateContactAttributes", "end", {ANY: "end"}, Attributes={"a": "b"})
    board = Switchboard(flows={"OutboundWhisperFlowArn": flow(FlowType.OUTBOUND_WHISPER, attributes)})
    call = dialling(board)
    assert (call.state, board.leg("maria").state) == (CallState.OVER, LegState.ENDED)
    assert not board.exchange.outgoing
    assert "not dialled" in journal(call)
    assert board.record(call.id)["DisconnectReason"] == "CONTACT_FLOW_DISCONNECT"


def test_a_whisper_without_a_word_connects_at_once_when_the_customer_answers() -> None:
    board = Switchboard(flows={"OutboundWhisperFlowArn": flow(FlowType.OUTBOUND_WHISPER, {**DIALS, "Transitions": {"NextAction": "end"}})})  # fmt: skip  # noqa: E501
    call = dialling(board)
    board.exchange.answer_out(board.out())
    assert call.state is CallState.CONNECTED


def test_a_caller_id_that_is_undefined_makes_no_call() -> None:
    bad = {**DIALS, "Parameters": {"CallerId": {"Number": "$.External.none"}}}
    board = Switchboard(flows={"OutboundWhisperFlowArn": flow(FlowType.OUTBOUND_WHISPER, bad, say("hello", "Hello"))})
    call = dialling(board)
    assert (call.state, board.leg("maria").state) == (CallState.OVER, LegState.ENDED)


@pytest.mark.parametrize("way", ["busy", "no answer", "gives up"])
def test_a_customer_who_is_not_reached_is_told_by_an_end_without_a_connection(way: str) -> None:
    board = Switchboard(outside_ring_s=30)
    call = dialling(board)
    match way:
        case "busy":
            board.exchange.refuse_out(board.out())
        case "no answer":
            board.clock.advance(31)
        case _:
            board.exchange.agent_hangs_up("maria")
    assert call.state is CallState.OVER
    assert not board.exchange.outgoing
    record = board.record(call.id)
    assert (record["ConnectedToSystemTimestamp"], record["Agent"]) == (None, None)
    assert record["DisconnectReason"] == ("AGENT_DISCONNECT" if way == "gives up" else "TELECOM_PROBLEM")
    assert board.leg("maria").state is LegState.ENDED
    board.exchange.clear("maria")
    assert board.exchange.dial_out("maria", CALLER).state is CallState.DIALLING


def test_who_has_a_call_or_is_not_here_or_dials_no_number_makes_no_call() -> None:
    board = Switchboard()
    with pytest.raises(NotOnTheLine):
        board.exchange.dial_out("ben", CALLER)
    board.talking("maria")
    with pytest.raises(NotNow, match="has a call"):
        board.exchange.dial_out("maria", CALLER)
    board.exchange.sign_in("ben")
    with pytest.raises(NotNow, match="no number"):
        board.exchange.dial_out("ben", "help")


def test_the_survey_after_the_call_takes_the_customers_key() -> None:
    board = Switchboard()
    call = board.talking("maria")
    board.exchange.press(call, "5")  # to the agent: not an answer
    board.exchange.hold("maria")
    board.exchange.press(call, "5")  # to the music: none either
    board.exchange.resume("maria")
    board.exchange.agent_hangs_up("maria")
    assert call.state is CallState.GOODBYE
    assert "score" not in call.now.attributes
    board.clock.advance(2)
    board.exchange.press(call, "5")
    board.clock.advance(10)
    assert call.segments[0].attributes["score"] == "5"
    assert board.record(call.segments[1].contact_id)["InitiationMethod"] == "DISCONNECT"
    assert "Contact event DISCONNECTED" in journal(call)


def test_a_disconnect_flow_may_send_the_customer_to_another_agent() -> None:
    board = Switchboard(flows={"goodbye": flow(FlowType.INBOUND, aim(FALLBACK))})
    call = board.talking("maria")
    board.exchange.agent_hangs_up("maria")
    assert (call.state, call.now.method) == (CallState.WAITING, "DISCONNECT")
    board.exchange.clear("maria")
    board.answer("maria")
    assert call.state is CallState.CONNECTED
