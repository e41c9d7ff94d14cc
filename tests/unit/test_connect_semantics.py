"""What a running flow does at the edges of the language: transfers, conditions, loops, references, Lambdas."""

from __future__ import annotations

import json
from typing import Any

import pytest

from infra.local.connect.language import FlowType
from infra.local.connect.script import compare
from infra.local.connect.values import interpolated, look_up
from infra.local.connect.wishes import Metrics
from tests.fakes.flows import action
from tests.fakes.scripted_stage import FAILS, HUNG_UP, SILENT, Inputs, Trace, play
from tests.fakes.short_flows import ANY, FULL, NONE, either, flow, ran, say, switch

LAMBDA = {"LambdaFunctionARN": "arn:f", "InvocationTimeLimitSeconds": "8"}
MOST = 32 * 1024


# Success of a transfer


@pytest.mark.parametrize(
    ("one", "inputs", "end"),
    [
        (either("to", "TransferContactToQueue", {}, ANY, FULL), {"target": "q"}, "queued"),
        (either("to", "TransferToFlow", {"ContactFlowId": "f"}), {"flows": {"f": None}}, "disconnected"),
        (
            either("to", "TransferParticipantToThirdParty", {
                "ThirdPartyPhoneNumber": "+15550100124", "ThirdPartyConnectionTimeLimitSeconds": "30",
                "ContinueFlowExecution": "False",
            }),
            {}, "third-party",
        ),
    ],
)  # fmt: skip
def test_a_transfer_that_succeeds_ends_the_flow_whatever_next_action_says(
    one: dict[str, Any], inputs: dict[str, Any], end: str
) -> None:
    trace = ran(one, **inputs)
    assert (trace.spoken, trace.end) == ([], end)
    assert trace.ways[0] == ("to", "over")


def test_a_dequeue_that_succeeds_ends_the_queue_flow() -> None:
    loop = action(
        "loop", "MessageParticipantIteratively", {"Messages": [{"Text": "Hold"}], "InterruptFrequencySeconds": "10"},
        [ANY], [("Equals", "MessagesInterrupted")], to="to",
    )  # fmt: skip
    to = either("to", "DequeueContactAndTransferToQueue", {"AgentId": "maria"}, ANY, FULL)
    done = play(flow(loop, to, type=FlowType.CUSTOMER_QUEUE))
    assert (done.spoken, done.end, done.seconds) == (["Hold"], "queued", 10)
    full = play(flow(loop, to, type=FlowType.CUSTOMER_QUEUE), Inputs(full=True))
    assert (full.spoken, full.ways[1]) == (["Hold", "no"], ("to", FULL))


# Conditions


def test_the_first_condition_that_holds_is_taken() -> None:
    ask = switch("ask", "$.Attributes.a", ("TextContains", "b", "ok"), ("Equals", "abc", "no"))
    turned = switch("ask", "$.Attributes.a", ("Equals", "abc", "no"), ("TextContains", "b", "ok"))
    assert ran(ask, attributes={"a": "abc"}).spoken == ["ok"]
    assert ran(turned, attributes={"a": "abc"}).spoken == ["no"]


@pytest.mark.parametrize("strange", ["nan", "inf", "-inf", "1_000", "0x10", "1e3", "", "five", "1,5", "٥"])
def test_no_number_operator_holds_for_what_is_no_number(strange: str) -> None:
    for operator in ("NumberGreaterThan", "NumberGreaterOrEqualTo", "NumberLessThan", "NumberLessOrEqualTo"):
        assert not compare(operator, strange, "5")
        assert not compare(operator, "5", strange)


@pytest.mark.parametrize(
    ("operator", "below", "same", "above"),
    [
        ("NumberGreaterThan", False, False, True),
        ("NumberGreaterOrEqualTo", False, True, True),
        ("NumberLessThan", True, False, False),
        ("NumberLessOrEqualTo", True, True, False),
    ],
)
def test_numbers_are_compared_as_numbers(operator: str, below: bool, same: bool, above: bool) -> None:
    assert (compare(operator, "9", "10"), compare(operator, "-1.5", "2")) == (below, below)
    assert (compare(operator, "10", "10.0"), compare(operator, "11", "10")) == (same, above)


def test_an_operand_may_be_a_reference_and_an_undefined_one_holds_for_nothing() -> None:
    ask = switch("ask", "$.Attributes.a", ("Equals", "$.Attributes.b", "ok"))
    assert ran(ask, attributes={"a": "x", "b": "x"}).spoken == ["ok"]
    assert ran(ask, attributes={"a": "x"}).spoken == ["no"]
    assert ran(ask).spoken == ["no"]


@pytest.mark.parametrize(
    ("roll", "way"),
    [(1, "3"), (3, "3"), (4, "6"), (9, "6"), (10, "8"), (17, "8"), (18, "rest"), (100, "rest")],
)
def test_shares_of_3_6_and_8_in_a_hundred_are_written_as_a_sum(roll: int, way: str) -> None:
    chain = [("NumberLessThan", "4"), ("NumberLessThan", "10"), ("NumberLessThan", "18")]
    split = action("split", "DistributeByPercentage", {}, [NONE], chain, to="rest")
    for one, target in zip(split["Transitions"]["Conditions"], ("3", "6", "8"), strict=True):
        one["NextAction"] = target
    assert ran(split, say("3"), say("6"), say("8"), say("rest"), rolls=roll).spoken == [way]


@pytest.mark.parametrize("kind", ["Available", "Staffed", "Online"])
def test_each_metric_of_agents_is_its_own(kind: str) -> None:
    check = action("check", "CheckMetricData", {"MetricType": f"NumberOfAgents{kind}"}, [NONE, ANY],
                   [("NumberGreaterThan", "0")], to="no")  # fmt: skip
    check["Transitions"]["Conditions"][0]["NextAction"] = "ok"
    for name in ("available", "staffed", "online"):
        figures = Metrics(name="q", arn="q", **{name: 1})
        assert ran(check, metrics=figures).spoken == ["ok" if name == kind.lower() else "no"]


def test_contacts_in_a_queue_are_counted_and_the_oldest_is_in_milliseconds() -> None:
    for kind, operand in (("NumberOfContactsInQueue", "4"), ("OldestContactInQueueAgeSeconds", "12500")):
        check = action("check", "CheckMetricData", {"MetricType": kind}, [NONE, ANY], [("Equals", operand)], to="no")
        check["Transitions"]["Conditions"][0]["NextAction"] = "ok"
        assert ran(check, metrics=Metrics(name="q", arn="q", size=4, oldest_s=12.5)).spoken == ["ok"]


# Loops


def loops(count: str, **inputs: Any) -> Trace:
    one = action(
        "loop", "Loop", {"LoopCount": count}, (), [("Equals", "ContinueLooping"), ("Equals", "DoneLooping")], to="bye"
    )
    for way, target in zip(one["Transitions"]["Conditions"], ("again", "done"), strict=True):
        way["NextAction"] = target
    return ran(one, say("again", to="loop"), say("done", to="loop"), hangs_up=29, **inputs)


def test_a_loop_is_done_once_and_begins_anew() -> None:
    assert loops("2").spoken == ["again", "again", "done"] * 3 + ["again"]
    assert loops("0").spoken == ["done"] * 10


def test_a_loop_may_be_counted_by_a_reference_and_a_count_that_is_none_is_passed_over() -> None:
    assert loops("$.Attributes.n", attributes={"n": "1"}).spoken == ["again", "done"] * 5
    assert loops("$.Attributes.n", attributes={"n": "often"}).end == "disconnected"


def test_a_round_that_takes_time_is_no_round_without_a_wait() -> None:
    again = say("again", to="again")
    assert (trace := ran(again, prompt_s=0.5, hangs_up=1_000)).end == HUNG_UP
    assert len(trace.said) == 2_000


@pytest.mark.parametrize(
    "one",
    [
        action("again", "MessageParticipant", {"Text": "$.External.none"}, [ANY], to="again"),
        action("again", "MessageParticipant", {"SSML": "<speak></speak>"}, [ANY], to="again"),
        action("again", "InvokeLambdaFunction", {**LAMBDA, "LambdaFunctionARN": "$.External.none"}, [ANY], to="again"),
        action("again", "Wait", {"TimeLimitSeconds": "soon"}, [ANY], to="again"),
        action("again", "UpdateContactAttributes", {"Attributes": {"a": "b"}}, [ANY], to="again"),
    ],
    ids=["no words", "silence", "no function", "no time", "no wait"],
)
def test_a_round_in_which_no_time_passes_is_cut_off(one: dict[str, Any]) -> None:
    trace = ran(one)
    assert (trace.end, trace.seconds, len(trace.ways)) == ("ran-away", 0, 1_000)


# References


def test_what_is_undefined_is_the_error_branch_of_an_id_and_nothing_in_a_text() -> None:
    assert ran(either("to", "UpdateContactTargetQueue", {"QueueId": "$.External.q"})).spoken == ["no"]
    assert ran(
        either("to", "UpdateContactTargetQueue", {"QueueId": "$.Attributes.q"}), attributes={"q": "x"}
    ).spoken == ["ok"]
    assert ran(say("hi", "Hi $.External.name, hello")).spoken == ["Hi , hello"]
    assert ran(
        either("get", "GetMetricData", {"AgentId": "$.External.a"}), metrics=Metrics(name="", arn="")
    ).spoken == ["no"]


def test_references_reach_into_lists_and_odd_names() -> None:
    scope = {"External": {"rows": [{"name": "Ann"}], "open": True, "n": 3}, "Tags": {"aws:x": "y"}}
    assert look_up("$.External.rows[0].name", scope) == "Ann"
    assert look_up("$.External.rows[1].name", scope) is None
    assert look_up("$.External.rows", scope) is None
    assert (look_up("$.External.open", scope), look_up("$.External.n", scope)) == ("true", "3")
    assert interpolated('$["Tags"]["aws:x"] $.Tags["aws:x"]', scope).endswith("y")


# Lambdas


def answered(*answers: Any, **parameters: Any) -> Trace:
    ask = action("ask", "InvokeLambdaFunction", {**LAMBDA, **parameters}, [ANY], to="no")
    ask["Transitions"]["NextAction"] = "read"
    return ran(ask, say("read", "a is $.External.a.b."), answers={"f": answers})


def test_an_answer_may_be_32_kilobytes_and_not_one_more() -> None:
    frame = len(json.dumps({"a": ""}))
    assert answered({"a": "x" * (MOST - frame)}).ways[0] == ("ask", "next")
    assert answered({"a": "x" * (MOST - frame + 1)}).ways[0] == ("ask", ANY)


def test_only_a_flat_map_of_texts_is_an_answer_unless_the_flow_asks_for_json() -> None:
    json_ = {"ResponseValidation": {"ResponseType": "JSON"}}
    flat = {"ResponseValidation": {"ResponseType": "STRING_MAP"}}
    for answer in ({"a": {"b": "1"}}, {"a": None}, {"a": True}):
        assert answered(answer, **flat).spoken == answered(answer).spoken == ["no"]
    assert answered({"a": {"b": "1"}}, **json_).spoken == ["a is 1."]
    assert answered(["a"], **json_).spoken == ["no"]


def test_each_answer_replaces_the_one_before_and_a_failure_replaces_nothing() -> None:
    first = either("first", "InvokeLambdaFunction", {**LAMBDA, "LambdaFunctionARN": "one"})
    second = action("second", "InvokeLambdaFunction", {**LAMBDA, "LambdaFunctionARN": "two"}, [ANY], to="read")
    first["Transitions"]["NextAction"] = "second"
    read_ = say("read", "$.External.a $.External.b!")
    answers = {"one": ({"a": "1"},), "two": ({"b": "2"},)}
    assert ran(first, second, read_, answers=answers).spoken == ["2!"]
    assert ran(first, second, read_, answers={**answers, "two": (FAILS,)}).spoken == ["1 !"]


@pytest.mark.parametrize(("given", "seconds"), [("1", 1), ("7", 7), ("8", 8), ("9", 8)])
def test_an_answer_is_waited_for_as_long_as_the_flow_says_and_eight_seconds_at_most(given: str, seconds: int) -> None:
    trace = answered(SILENT, InvocationTimeLimitSeconds=given)
    assert (trace.spoken, trace.seconds) == (["no"], seconds + 3)


def test_an_answer_that_comes_after_the_caller_has_hung_up_moves_nothing() -> None:
    ask = action("ask", "InvokeLambdaFunction", LAMBDA, [ANY], to="ok")
    trace = ran(ask, answers={"f": ({"a": "1"},)}, hangs_up=0.5)
    assert (trace.end, trace.spoken, trace.ways) == (HUNG_UP, [], [])


# Modules


@pytest.mark.parametrize(("result", "way"), [("done", "Equals done"), ("odd", NONE), (None, "next")])
def test_a_module_tells_when_it_is_entered_when_it_returns_and_by_which_way_the_flow_goes_on(
    result: str | None, way: str
) -> None:
    back = action("back", "EndFlowModuleExecution", {"Result": result} if result else {}, ends=True)
    call = action("call", "InvokeFlowModule", {"FlowModuleId": "m"}, [ANY, NONE], [("Equals", "done")], to="bye")
    module = flow(back, type=FlowType.MODULE, name="module")
    assert ran(call, flows={"m": module}).ways == [
        ("call", "enter"),
        ("back", "return"),
        ("call", way),
        ("bye", "over"),
    ]
