"""Limits of the language, on both sides: the last value that is let pass, and the first that is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest

from infra.local.connect.language import Finding, FlowType, read
from infra.local.connect.validator import check, guess
from tests.fakes.flows import action, document, written
from tests.unit.connect_examples import EXAMPLES, STREAM, example, place

DAYS_3, WEEK = 259_200, 604_800
LAMBDA, INPUT = "InvokeLambdaFunction", "GetParticipantInput"
SECRET = {"EncryptionKeyId": "i", "Key": "k"}


def rules(tried: dict[str, Any], where: FlowType) -> set[str]:
    flow = document([tried], where)
    found = check(read(written(flow), name="tried", type=where))
    return {one.rule for one in found if one.action in ("tried", "")}


def judged(type: str, **parameters: Any) -> set[str]:
    tried = example(type)
    tried["Parameters"].update(parameters)
    return rules(tried, place(type))


def _stored(**more: Any) -> dict[str, Any]:
    return {"StoreInput": "True", "InputValidation": {"CustomValidation": {"MaximumLength": "4"}}, **more}


# Type, parameter, the last that passes below, and above; None: there is no such end.
NUMBERS = [
    ("Loop", "LoopCount", 0, 100),
    ("Wait", "TimeLimitSeconds", 1, WEEK),
    (INPUT, "InputTimeLimitSeconds", 1, 180),
    ("MessageParticipantIteratively", "InterruptFrequencySeconds", 1, 600),
    (LAMBDA, "InvocationTimeLimitSeconds", 1, 8),
    ("CreateCallbackContact", "InitialCallDelaySeconds", 1, DAYS_3),
    ("CreateCallbackContact", "RetryDelaySeconds", 1, DAYS_3),
    ("CreateCallbackContact", "MaximumConnectionAttempts", 1, None),
    ("TransferParticipantToThirdParty", "ThirdPartyConnectionTimeLimitSeconds", 1, 600),
    ("ShowView", "InvocationTimeLimitSeconds", 1, WEEK),
    ("CreateTask", "DelaySeconds", 1, 518_400),
]


@pytest.mark.parametrize(("type", "name", "least", "most"), NUMBERS)
def test_a_number_passes_up_to_its_limits(type: str, name: str, least: int, most: int | None) -> None:
    assert judged(type, **{name: str(least)}) == set()
    assert judged(type, **{name: str(least - 1)}) == {"parameter"}
    if most is not None:
        assert judged(type, **{name: str(most)}) == judged(type, **{name: most}) == set()
        assert judged(type, **{name: str(most + 1)}) == {"parameter"}


@pytest.mark.parametrize(
    ("type", "name", "dynamic"),
    [
        ("Loop", "LoopCount", True),
        ("Wait", "TimeLimitSeconds", True),
        ("TransferParticipantToThirdParty", "ThirdPartyConnectionTimeLimitSeconds", True),
        ("ShowView", "InvocationTimeLimitSeconds", True),
        ("CreateTask", "DelaySeconds", True),
        (INPUT, "InputTimeLimitSeconds", False),
        ("MessageParticipantIteratively", "InterruptFrequencySeconds", False),
        (LAMBDA, "InvocationTimeLimitSeconds", False),
        ("CreateCallbackContact", "RetryDelaySeconds", False),
    ],
)
def test_a_number_may_be_a_reference_where_connect_takes_one(type: str, name: str, dynamic: bool) -> None:
    assert judged(type, **{name: "$.Attributes.n"}) == (set() if dynamic else {"static"})


def test_a_lambda_out_of_band_may_take_a_minute() -> None:
    later = {"InvocationType": "ASYNCHRONOUS"}
    assert judged(LAMBDA, **later, InvocationTimeLimitSeconds="60") == set()
    assert judged(LAMBDA, **later, InvocationTimeLimitSeconds="61") == {"parameter"}


def _named(name: str) -> set[str]:
    one = action(name, "ResumeContact", {}, ["NoMatchingError"])
    flow = document([one], FlowType.INBOUND)
    return {found.rule for found in check(read(written(flow), name="n", type=FlowType.INBOUND))}


def test_an_identifier_has_fifty_characters_and_none_that_is_barred() -> None:
    assert _named("x" * 50) == set()
    assert _named("x" * 51) == _named("") == {"identifier"}
    for barred in "%:(\\/)=$,;[]{}":
        assert _named(f"a{barred}b") == {"identifier"}
    for name in ("__proto__", "constructor", "toString", "valueOf"):
        assert _named(name) == {"identifier"}
    assert _named("a-b_c d.e!") == set()


def test_a_flow_has_250_actions() -> None:
    def crowd(count: int) -> set[str]:
        row = [action(f"n{n}", "ResumeContact", {}, ["NoMatchingError"], to=f"n{n + 1}") for n in range(count - 2)]
        row[-1]["Transitions"] = {**row[-1]["Transitions"], "NextAction": "last", "Errors": [
            {"ErrorType": "NoMatchingError", "NextAction": "last"}]}  # fmt: skip
        last = action("last", "ResumeContact", {}, ["NoMatchingError"])
        flow = document([*row, last], FlowType.INBOUND)
        assert len(flow["Actions"]) == count
        return {found.rule for found in check(read(written(flow), name="n", type=FlowType.INBOUND))}

    assert crowd(250) == set()
    assert crowd(251) == {"too-many-actions"}


def test_prompts_tags_and_attributes_have_their_sizes() -> None:
    assert judged("MessageParticipant", Text="x" * 6_000) == set()
    assert judged("MessageParticipant", Text="x" * 6_001) == {"parameter"}
    assert judged("TagContact", Tags={str(n): "x" for n in range(6)}) == set()
    assert judged("TagContact", Tags={str(n): "x" for n in range(7)}) == {"parameter"}
    assert judged("TagContact", Tags={"k" * 128: "v" * 256}) == set()
    assert judged("TagContact", Tags={"k" * 129: "v"}) == judged("TagContact", Tags={"k": "v" * 257}) == {"parameter"}
    assert judged("UpdateContactAttributes", Attributes={"a": "x" * (32 * 1024 - 1)}) == set()
    assert judged("UpdateContactAttributes", Attributes={"a": "x" * 32 * 1024}) == {"too-large"}
    assert judged("UpdateContactAttributes", Attributes={"a": "é" * 16 * 1024}) == {"too-large"}


@pytest.mark.parametrize(
    ("keys", "passes"),
    [
        ({"InputTerminationSequence": "*####"}, True),
        ({"InputTerminationSequence": "######"}, False),
        ({"InputTerminationSequence": "#a"}, False),
        ({"InterdigitTimeLimitSeconds": "1"}, True),
        ({"InterdigitTimeLimitSeconds": "20"}, True),
        ({"InterdigitTimeLimitSeconds": "0"}, False),
        ({"InterdigitTimeLimitSeconds": "21"}, False),
        ({"DisableCancelKey": "True"}, True),
    ],
)
def test_how_keys_are_taken(keys: dict[str, str], passes: bool) -> None:
    tried = action("tried", INPUT, {"Text": "Key it", "InputTimeLimitSeconds": "5", **_stored(DTMFConfiguration=keys)},
                   ["NoMatchingError"])  # fmt: skip
    assert rules(tried, FlowType.INBOUND) == (set() if passes else {"parameter"})


@pytest.mark.parametrize(
    ("secret", "found"),
    [(SECRET, set()), ({"Key": "k"}, {"missing-parameter"}), ({"EncryptionKeyId": "i"}, {"missing-parameter"}),
     ("secret", {"missing-parameter"})],
)  # fmt: skip
def test_a_secret_is_whole(secret: Any, found: set[str]) -> None:
    tried = action("tried", INPUT, {"Text": "Key it", "InputTimeLimitSeconds": "5", **_stored(InputEncryption=secret)},
                   ["NoMatchingError"])  # fmt: skip
    assert rules(tried, FlowType.INBOUND) == found


@pytest.mark.parametrize(
    ("length", "found"), [("1", set()), ("1000", set()), ("0", {"parameter"}), ("1001", {"parameter"}), (None, None)]
)
def test_stored_keys_have_a_length(length: str | None, found: set[str] | None) -> None:
    custom = {"MaximumLength": length} if length else {}
    tried = action("tried", INPUT, {"Text": "Key it", "InputTimeLimitSeconds": "5", "StoreInput": "true",
                   "InputValidation": {"CustomValidation": custom}}, ["NoMatchingError"])  # fmt: skip
    assert rules(tried, FlowType.INBOUND) == ({"parameter"} if found is None else found)


@pytest.mark.parametrize(
    ("operands", "found"),
    [
        (("2",), set()),
        (("2", "3"), set()),
        (("4", "10", "18"), set()),
        (("100",), set()),
        (("1",), {"percentage"}),
        (("101",), {"percentage"}),
        (("10", "5"), {"percentage"}),
        (("2.5",), {"percentage"}),
        (("10", "10"), {"percentage", "duplicate-branch"}),
    ],
)
def test_shares_add_up_to_less_than_a_hundred(operands: tuple[str, ...], found: set[str]) -> None:
    conditions = [("NumberLessThan", operand) for operand in operands]
    one = action("tried", "DistributeByPercentage", {}, ["NoMatchingCondition"], conditions)
    assert rules(one, FlowType.INBOUND) == found


@pytest.mark.parametrize(
    ("participants", "found"),
    [
        ([STREAM], set()),
        ([{"ParticipantType": "Customer", "MediaDirections": ["From"]}], set()),
        ([{"ParticipantType": "Customer", "MediaDirections": []}], set()),
        ([{"ParticipantType": "Agent", "MediaDirections": ["From"]}], {"parameter"}),
        ([{"ParticipantType": "Customer", "MediaDirections": ["Up"]}], {"parameter"}),
        ([{"ParticipantType": "Customer"}], {"parameter"}),
        ([STREAM, "Customer"], {"parameter"}),
        ("Customer", {"parameter"}),
    ],
)
def test_the_customer_alone_is_streamed(participants: Any, found: set[str]) -> None:
    assert judged("UpdateContactMediaStreamingBehavior", Participants=participants) == found


@pytest.mark.parametrize(
    ("recorded", "found"),
    [([], set()), (["Agent", "Customer"], set()), (["Agent", "Cat"], {"parameter"}), ("Agent", {"parameter"})],
)
def test_the_agent_and_the_customer_are_recorded(recorded: Any, found: set[str]) -> None:
    assert judged("UpdateContactRecordingBehavior", RecordingBehavior={"RecordedParticipants": recorded}) == found


@pytest.mark.parametrize(
    ("seconds", "found"), [("1", set()), (str(WEEK), set()), ("0", {"parameter"}), (str(WEEK + 1), {"parameter"})]
)
def test_a_step_of_routing_expires_within_a_week(seconds: str, found: set[str]) -> None:
    step = {"Expression": {"AttributeCondition": {"Name": "x"}}, "Expiry": {"DurationInSeconds": seconds}}
    assert judged("UpdateContactRoutingCriteria", RoutingCriteria={"Steps": [step]}) == found
    assert judged("UpdateContactRoutingCriteria", RoutingCriteria="$.External.criteria") == set()


@pytest.mark.parametrize(
    ("metric", "operator", "operand", "found"),
    [
        ("NumberOfAgentsOnline", "NumberGreaterThan", "0", set()),
        ("NumberOfAgentsOnline", "NumberGreaterThan", "1", {"operand"}),
        ("NumberOfAgentsOnline", "NumberGreaterOrEqualTo", "0", {"operand"}),
        ("NumberOfContactsInQueue", "Equals", "3", set()),
        ("NumberOfContactsInQueue", "NumberLessThan", "$.Attributes.n", set()),
        ("NumberOfContactsInQueue", "TextContains", "3", {"operand"}),
        ("OldestContactInQueueAgeSeconds", "NumberGreaterThan", "30000", set()),
        ("OldestContactInQueueAgeSeconds", "NumberGreaterThan", "long", {"operand"}),
    ],
)
def test_a_figure_is_compared_as_connect_allows(metric: str, operator: str, operand: str, found: set[str]) -> None:
    tried = action("tried", "CheckMetricData", {"MetricType": metric}, ["NoMatchingCondition", "NoMatchingError"],
                   [(operator, operand)])  # fmt: skip
    assert rules(tried, FlowType.INBOUND) == found


def test_every_example_is_written_for_a_limit_to_be_moved() -> None:
    assert {type for type, *_ in NUMBERS} <= EXAMPLES.keys()


def test_module_content_is_known_by_either_of_its_marks() -> None:
    back = action("back", "EndFlowModuleExecution", ends=True)
    other = action("put", "ResumeContact", {}, ["NoMatchingError"], to="put")
    for flow in ({"Actions": [back]}, {"Actions": [other], "Settings": {}}):
        assert guess(json.dumps(flow), "x.json") is FlowType.MODULE
    assert guess(json.dumps({"Actions": [other]}), "x.json") is FlowType.INBOUND


def test_a_finding_names_its_action_where_it_has_one() -> None:
    assert str(Finding("a.json", "version", "is old", "export it")) == "a.json: version: is old; export it"
    one = Finding("a.json", "operand", "is empty", "fill it", "menu")
    assert str(one) == "a.json: menu: operand: is empty; fill it"
