"""Single actions, in flows of a few lines."""

from __future__ import annotations

import json
from typing import Any

import pytest

from infra.local.connect.language import FlowType
from infra.local.connect.library import Library, flow_arn
from infra.local.connect.parties import Call, CallState
from infra.local.connect.script import Reply, compare
from infra.local.connect.validator import load
from infra.local.connect.values import interpolated, look_up
from tests.fakes.telephone import Telephone, heard

Way = dict[str, str]


def action(
    name: str, type: str, to: str | None = None, errors: Way | None = None, cases: Way | None = None, **parameters: Any
) -> dict[str, Any]:
    ways: dict[str, Any] = {"NextAction": to} if to else {}
    if errors:
        ways["Errors"] = [{"ErrorType": error, "NextAction": way} for error, way in errors.items()]
    if cases:
        ways["Conditions"] = [
            {"Condition": {"Operator": "Equals", "Operands": [case]}, "NextAction": way} for case, way in cases.items()
        ]
    return {"Identifier": name, "Type": type, "Parameters": parameters, "Transitions": ways}


def say(name: str, text: str, to: str = "bye") -> dict[str, Any]:
    return action(name, "MessageParticipant", to, Text=text)


BYE = action("bye", "DisconnectParticipant")
ANY = "NoMatchingError"


def telephone(*actions: dict[str, Any], **others: list[dict[str, Any]]) -> Telephone:
    """An exchange whose inbound flow is this one; `others` are inbound flows by name."""
    flows = {flow_arn("InboundFlowArn"): _flow(list(actions))}
    flows |= {flow_arn(name): _flow(more) for name, more in others.items()}
    return Telephone(library=Library(flows))


def _flow(actions: list[dict[str, Any]]) -> Any:
    document = {"Version": "2019-10-30", "StartAction": actions[0]["Identifier"], "Actions": actions}
    return load(json.dumps(document), name="flow", type=FlowType.INBOUND)


def run(phone: Telephone, keys: str = "") -> Call:
    call = phone.exchange.dial("+15550100100", "+15557654321", keys)
    phone.clock.settle()
    return call


def menu(name: str, **cases: str) -> dict[str, Any]:
    errors = {"InputTimeLimitExceeded": "late", "NoMatchingCondition": "wrong", ANY: "bye"}
    keys = {key.lstrip("k"): way for key, way in cases.items()}
    return action(
        name, "GetParticipantInput", "wrong", errors, keys, Text="Press", StoreInput="False", InputTimeLimitSeconds="5"
    )


@pytest.mark.parametrize(("keys", "end"), [("1", "one"), ("9", "wrong"), ("", "late")])
def test_a_menu_goes_by_the_key_by_another_key_or_by_none(keys: str, end: str) -> None:
    phone = telephone(menu("m", k1="one"), say("one", "one"), say("wrong", "wrong"), say("late", "late"), BYE)
    assert heard(run(phone, keys))[-1] == end


def test_a_key_cuts_the_prompt_short_and_is_taken_once() -> None:
    phone = telephone(
        menu("first", k1="second"),
        menu("second", k1="one"),
        say("one", "x"),
        say("wrong", "x"),
        say("late", "late"),
        BYE,
    )
    assert heard(run(phone, "1"))[-1] == "late"


def stored(length: str = "4", **more: Any) -> dict[str, Any]:
    return action(
        "ask", "GetParticipantInput", "told", {ANY: "bye"}, Text="Number?", StoreInput="True",
        InputTimeLimitSeconds="5", InputValidation={"CustomValidation": {"MaximumLength": length}}, **more,
    )  # fmt: skip


@pytest.mark.parametrize(("keys", "value"), [("12", "12"), ("123456", "1234"), ("12#", "12"), ("", "Timeout")])
def test_stored_input_ends_by_length_by_hash_or_by_a_pause(keys: str, value: str) -> None:
    phone = telephone(stored(), say("told", "got $.StoredCustomerInput"), BYE)
    assert heard(run(phone, keys))[-1] == f"got {value}"


def test_a_star_begins_stored_input_anew_unless_that_is_off() -> None:
    again = telephone(stored(), say("told", "$.StoredCustomerInput"), BYE)
    kept = telephone(stored(DTMFConfiguration={"DisableCancelKey": "True"}), say("told", "$.StoredCustomerInput"), BYE)
    assert heard(run(again, "12*3#"))[-1] == "3"
    assert heard(run(kept, "12*3"))[-1] == "12*3"


def test_a_phone_number_that_is_none_takes_its_branch() -> None:
    ask = action(
        "ask", "GetParticipantInput", "told", {ANY: "bye", "InvalidPhoneNumber": "bad"}, Text="Number?",
        StoreInput="True", InputTimeLimitSeconds="5",
        InputValidation={"PhoneNumberValidation": {"NumberFormat": "E164"}},
    )  # fmt: skip
    phone = telephone(ask, say("told", "$.StoredCustomerInput"), say("bad", "bad"), BYE)
    assert heard(run(phone, "12#"))[-1] == "bad"
    assert heard(run(phone, "15550100100#"))[-1] == "+15550100100"


def test_a_loop_continues_as_often_as_it_says_and_then_is_done() -> None:
    loop = action("loop", "Loop", "bye", None, {"ContinueLooping": "again", "DoneLooping": "done"}, LoopCount="3")
    phone = telephone(loop, say("again", "again", "loop"), say("done", "done"), BYE)
    assert heard(run(phone)) == ["again", "again", "again", "done"]


def test_a_flow_that_goes_round_without_waiting_ends_the_call_and_not_the_exchange() -> None:
    count = action("count", "UpdateContactAttributes", "count", {ANY: "bye"}, Attributes={"a": "b"})
    call = run(telephone(count, BYE))
    assert call.state is CallState.OVER
    assert "ran-away" in call.journal.lines[-3].text


def test_a_wait_takes_its_time() -> None:
    wait = action("wait", "Wait", "bye", {ANY: "bye"}, {"WaitCompleted": "done"}, TimeLimitSeconds="90")
    phone = telephone(wait, say("done", "done"), BYE)
    call = phone.exchange.dial("+15550100100")
    phone.clock.advance(89)
    assert heard(call) == []
    phone.clock.advance(1)
    assert heard(call) == ["done"]


def test_a_flow_can_hand_over_to_another_and_an_unknown_one_is_the_error_branch() -> None:
    to = action("to", "TransferToFlow", "lost", {ANY: "lost"}, ContactFlowId="$.Attributes.flow")
    known = action("set", "UpdateContactAttributes", "to", {ANY: "to"}, Attributes={"flow": "other"})
    other = [say("hello", "other"), BYE]
    assert heard(run(telephone(known, to, say("lost", "lost"), BYE, other=other))) == ["other"]
    assert heard(run(telephone(known, to, say("lost", "lost"), BYE))) == ["lost"]


LAMBDA = {"LambdaFunctionARN": "arn:f", "InvocationTimeLimitSeconds": "8", "LambdaInvocationAttributes": {"step": "x"}}


@pytest.mark.parametrize(
    ("answer", "way"),
    [
        ({"name": "Ann"}, "hello Ann"),
        ({"name": 3}, "failed"),
        ({"name": None}, "failed"),
        (["name"], "failed"),
        ("name", "failed"),
        ({"name": "x" * 33_000}, "failed"),
    ],
)
def test_an_answer_that_connect_would_not_take_is_the_error_branch(answer: Any, way: str) -> None:
    ask = action("ask", "InvokeLambdaFunction", "ok", {ANY: "no"}, **LAMBDA)
    phone = telephone(ask, say("ok", "hello $.External.name"), say("no", "failed"), BYE)
    phone.functions.invoke = lambda function, event, then: then(Reply(value=answer))  # type: ignore[method-assign]
    assert heard(run(phone)) == [way]


def test_a_lambda_that_does_not_answer_is_given_up_after_its_time_limit() -> None:
    ask = action("ask", "InvokeLambdaFunction", "ok", {ANY: "no"}, **LAMBDA)
    phone = telephone(ask, say("ok", "ok"), say("no", "failed"), BYE)
    phone.functions.invoke = lambda function, event, then: None  # type: ignore[method-assign]
    call = phone.exchange.dial("+15550100100")
    phone.clock.advance(7.9)
    assert heard(call) == []
    phone.clock.advance(0.2)
    assert heard(call) == ["failed"]


def test_a_lambda_is_asked_four_times_at_most() -> None:
    ask = action("ask", "InvokeLambdaFunction", "ok", {ANY: "no"}, **LAMBDA)
    phone = telephone(ask, say("ok", "ok"), say("no", "failed"), BYE)
    asked: list[str] = []

    def fails(function: str, event: Any, then: Any) -> None:
        asked.append(function)
        then(Reply(failed="Throttled"))

    phone.functions.invoke = fails  # type: ignore[method-assign]
    assert heard(run(phone)) == ["failed"]
    assert len(asked) == 4


def test_a_lambda_is_not_asked_again_after_its_time_is_over() -> None:
    ask = action("ask", "InvokeLambdaFunction", "ok", {ANY: "no"}, **LAMBDA)
    phone = telephone(ask, say("ok", "ok"), say("no", "failed"), BYE)
    asked: list[str] = []

    def fails_slowly(function: str, event: Any, then: Any) -> None:
        asked.append(function)
        phone.clock.later(3, lambda: then(Reply(failed="Unhandled")))

    phone.functions.invoke = fails_slowly  # type: ignore[method-assign]
    assert heard(run(phone)) == ["failed"]
    assert len(asked) == 3


def test_an_attribute_that_would_be_empty_changes_none() -> None:
    first = action("first", "UpdateContactAttributes", "then", {ANY: "then"}, Attributes={"a": "1"})
    second = action("then", "UpdateContactAttributes", "ok", {ANY: "no"}, Attributes={"a": "2", "b": "$.External.none"})
    phone = telephone(first, second, say("ok", "ok"), say("no", "a is $.Attributes.a"), BYE)
    assert heard(run(phone)) == ["a is 1"]


def test_attributes_over_32_kilobytes_are_the_error_branch() -> None:
    half = action("half", "UpdateContactAttributes", "big", {ANY: "bye"}, Attributes={"a": "x" * 20_000})
    big = action("big", "UpdateContactAttributes", "ok", {ANY: "no"}, Attributes={"b": "x" * 20_000})
    assert heard(run(telephone(half, big, say("ok", "ok"), say("no", "no"), BYE))) == ["no"]


def test_a_transfer_without_a_target_queue_is_the_error_branch() -> None:
    to = action("to", "TransferContactToQueue", "no", {ANY: "no", "QueueAtCapacity": "no"})
    assert heard(run(telephone(to, say("no", "no target"), BYE))) == ["no target"]


def test_references_are_looked_up_whole_or_within_a_text() -> None:
    scope = {"External": {"name": "Ann", "map": {}}, "SegmentAttributes": {"connect:Subtype": "x"}}
    assert look_up("$.External.name", scope) == "Ann"
    assert look_up("$.External.map", scope) is None
    assert look_up("$.SegmentAttributes['connect:Subtype']", scope) == "x"
    assert interpolated("Hello $.External.name. $.External.gone!", scope) == "Hello Ann. !"
    assert interpolated("It costs $5", scope) == "It costs $5"


@pytest.mark.parametrize(
    ("operator", "value", "operand", "holds"),
    [
        ("Equals", "a", "a", True),
        ("Equals", None, "a", False),
        ("TextStartsWith", "abc", "ab", True),
        ("TextEndsWith", "abc", "bc", True),
        ("TextContains", "abc", "b", True),
        ("NumberGreaterThan", "10", "9", True),
        ("NumberGreaterThan", "x", "9", False),
        ("NumberLessOrEqualTo", "9", "9", True),
        ("KeyExists", None, "any", False),
    ],
)
def test_operators_compare_texts_as_texts_and_numbers_as_numbers(
    operator: str, value: str | None, operand: str, holds: bool
) -> None:
    assert compare(operator, value, operand) is holds
