"""Calls that set out for a branch: one far off is taken too, and the same seeds make the same calls."""

from __future__ import annotations

from typing import Any

import pytest

from infra.local.connect.language import Flow, FlowType
from infra.local.connect.simulate.chances import PLAIN, Chances
from infra.local.connect.simulate.coverage import Coverage
from infra.local.connect.simulate.folder import Folder
from infra.local.connect.simulate.guide import Guide, calls
from infra.local.connect.simulate.journey import UNHANDLED
from infra.local.connect.simulate.study import study
from tests.unit.test_connect_actions import ANY, BYE, action, menu, say
from tests.unit.test_connect_simulate import flow, ours

FEW = 60


def ask(name: str, to: str) -> dict[str, Any]:
    return action(
        name, "InvokeLambdaFunction", to, {ANY: "bye"}, LambdaFunctionARN="arn:f", InvocationTimeLimitSeconds="8"
    )


def compare(name: str, reference: str, ways: dict[str, str]) -> dict[str, Any]:
    return action(name, "Compare", "bye", {"NoMatchingCondition": "bye"}, ways, ComparisonValue=reference)


def missed(found: Flow, seeds: int = FEW, chances: Chances | None = None) -> list[tuple[str, str]]:
    seen = Coverage(found)
    for one in calls(found, Folder([found]), seeds, chances):
        assert one.end != UNHANDLED, one.fault
        for step in one.steps:
            seen.see(step)
    return seen.missed_branches()


def row(length: int) -> Flow:
    """So many questions, each with eight answers of which one leads on."""
    words = [f"word{n}" for n in range(8)]
    actions = []
    for n in range(length):
        actions.append(ask(f"ask{n}", f"is{n}"))
        actions.append(compare(f"is{n}", "$.External.word", dict.fromkeys(words[:7], "bye") | {"on": f"ask{n + 1}"}))
    return flow(*actions, say(f"ask{length}", "there"), BYE)


def test_a_branch_behind_six_right_answers_is_taken_and_would_not_be_by_chance() -> None:
    assert ("ask6", "next") not in missed(row(6), 300)
    assert ("ask6", "next") in missed(row(6), 300, Chances(errand=0))


def test_an_answer_that_becomes_an_attribute_opens_what_is_compared_much_later() -> None:
    copied = action("copy", "UpdateContactAttributes", "again", {ANY: "bye"}, Attributes={"kind": "$.External.metal"})
    ways = {f"m{n}": "bye" for n in range(40)} | {"gold": "yes"}
    found = flow(
        ask("ask", "copy"), copied, ask("again", "which"), compare("which", "$.Attributes.kind", ways),
        say("yes", "gold"), BYE,
    )  # fmt: skip
    assert missed(found, 80, Chances(errand=1)) == []
    assert missed(found, 80, Chances(errand=0)) != []


def test_a_menu_between_keeps_the_number_that_was_keyed_before_it() -> None:
    number = action(
        "number", "GetParticipantInput", "m", {ANY: "bye"}, Text="Your number", StoreInput="True",
        InputTimeLimitSeconds="5", InputValidation={"CustomValidation": {"MaximumLength": "5"}},
    )  # fmt: skip
    ways = {str(n): "bye" for n in range(10_000, 10_040)} | {"73519": "yes"}
    which = compare("which", "$.StoredCustomerInput", ways)
    found = flow(
        number, menu("m", k1="which"), which, say("wrong", "x"), say("late", "y"), say("yes", "yours"), BYE
    )  # fmt: skip
    assert missed(found, 80, Chances(errand=1)) == []


def test_keys_a_full_queue_and_a_time_out_are_set_out_for() -> None:
    keys = menu("m", k1="q")
    full = action("q", "TransferContactToQueue", "bye", {ANY: "bye", "QueueAtCapacity": "full"})
    aimed = action("aim", "UpdateContactTargetQueue", "m", {ANY: "bye"}, QueueId="arn:q")
    found = flow(aimed, keys, full, say("full", "full"), say("wrong", "x"), say("late", "y"), BYE)
    assert missed(found) == []


def test_whoever_is_on_an_errand_in_a_queue_is_neither_answered_nor_loses_patience_before() -> None:
    loop = action(
        "loop", "MessageParticipantIteratively", None, None, {"MessagesInterrupted": "count"},
        Messages=[{"Text": "Please wait"}], InterruptFrequencySeconds="300",
    )  # fmt: skip
    count = action("count", "Loop", "far", None, {"ContinueLooping": "loop", "DoneLooping": "far"}, LoopCount="30")
    queue = flow(loop, count, say("far", "two and a half hours later"), BYE, type=FlowType.CUSTOMER_QUEUE)
    assert missed(queue) == []
    assert ("far", "next") in missed(queue, FEW, Chances(errand=0))


def test_an_errand_that_leads_nowhere_is_given_up() -> None:
    """What is below five is below ten, so the second condition never holds; the flow goes round for ever."""
    share = action("share", "DistributeByPercentage", "again", {"NoMatchingCondition": "again"})
    share["Transitions"]["Conditions"] = [
        {"NextAction": to, "Condition": {"Operator": "NumberLessThan", "Operands": [below]}}
        for below, to in (("10", "again"), ("5", "never"))
    ]
    again = action("again", "Wait", None, {ANY: "share"}, {"WaitCompleted": "share"}, TimeLimitSeconds="60")
    found = flow(share, again, say("never", "never"), BYE)
    ends = {one.end for one in calls(found, Folder([]), 10, Chances(errand=1))}
    assert ends == {"hung-up"}


def test_a_call_depends_on_the_seeds_before_it_and_on_no_other_flow_s_runs() -> None:
    flows = ours()
    folder = Folder(flows)
    inbound = next(found for found in flows if found.name.endswith("inbound.json"))
    few = [one.steps for one in calls(inbound, folder, 20)]
    many = [one.steps for one in calls(inbound, folder, 40)]
    assert many[:20] == few
    (alone,) = [each for each in study(flows, 20) if each.flow is inbound]
    assert alone.ends.total() == 20


def test_nobody_sets_out_any_more_when_every_branch_was_taken() -> None:
    guide = Guide(flow(BYE), 1.0)
    assert guide.errand(1) is not None
    (one,) = calls(flow(BYE), Folder([]), 1)
    guide.learn(one)
    assert guide.errand(2) is None


@pytest.mark.parametrize("seed", range(5))
def test_where_everything_goes_well_nobody_has_an_errand(seed: int) -> None:
    assert Guide(row(2), PLAIN.errand).errand(seed) is None
