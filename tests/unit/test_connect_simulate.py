"""Flows alone in a seeded world: same seed, same call; every branch can be reached; nothing stays unhandled."""

from __future__ import annotations

import json
import os
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from infra.cli.flows_run import loaded
from infra.cli.flows_run import run as flows_run
from infra.local.connect.language import Flow, FlowType, read
from infra.local.connect.library import deployed, flow_arn
from infra.local.connect.simulate.chances import PLAIN
from infra.local.connect.simulate.coverage import Coverage
from infra.local.connect.simulate.folder import Folder, plain
from infra.local.connect.simulate.guide import calls
from infra.local.connect.simulate.journey import UNHANDLED, run
from infra.local.connect.simulate.study import study, summary
from tests.unit.test_connect_actions import ANY, BYE, action, menu, say

SEEDS = 1_000
WHY = "CONNECT_FLOW_CORPUS does not name a folder of exported flows"


def flow(*actions: dict[str, Any], name: str = "flow", type: FlowType = FlowType.INBOUND) -> Flow:
    document = {"Version": "2019-10-30", "StartAction": actions[0]["Identifier"], "Actions": list(actions)}
    return read(json.dumps(document), name=name, type=type)


def ours() -> list[Flow]:
    return list(deployed("arn:function").all().values())


def published() -> list[Any]:
    """Their files; one that is skipped where there are none, so that a run says so."""
    folder = os.environ.get("CONNECT_FLOW_CORPUS")
    if not folder:
        return [pytest.param(None, marks=pytest.mark.skip(reason=WHY), id="none")]
    return [pytest.param(path, id=path.stem.rsplit("__", 1)[-1]) for path in sorted(Path(folder).glob("*.json"))]


@cache
def corpus(folder: Path) -> Folder:
    flows, refused = loaded(sorted(folder.glob("*.json")), None)
    assert not refused
    return Folder(flows)


def tried(flow: Flow, folder: Folder, seeds: int = SEEDS) -> Coverage:
    """What calls that start in this flow take of it; all of them come to an end."""
    seen = Coverage(flow)
    for one in calls(flow, folder, seeds):
        assert one.end != UNHANDLED, f"seed {one.seed}: {one.fault}"
        for step in one.steps:
            if step.flow == flow.name:
                seen.see(step)
    return seen


def test_the_same_seed_gives_the_same_call_and_another_seed_another() -> None:
    inbound = deployed("arn:function").all()[flow_arn("InboundFlowArn")]
    traces = [run(inbound, Folder(ours()), seed).steps for seed in range(20)]
    again = [run(inbound, Folder(ours()), seed).steps for seed in range(20)]
    assert traces == again
    assert len({str(trace) for trace in traces}) > 10


@pytest.mark.parametrize("arn", sorted(deployed("arn:function").all()), ids=lambda arn: arn.rsplit("/", 1)[-1])
def test_a_flow_of_ours_comes_to_an_end_under_every_seed_and_every_branch_of_it_is_taken(arn: str) -> None:
    library = deployed("arn:function").all()
    assert tried(library[arn], Folder(library.values())).missed_branches() == []


def test_calls_through_our_flows_end_in_every_way() -> None:
    found = study(ours(), 60)
    assert {"talked", "hung-up", "disconnected"} <= {end for each in found for end in each.ends}
    assert summary(found)["unhandled"] == 0


def test_an_answer_is_one_that_the_question_s_own_flow_knows() -> None:
    """Of another flow's a hundred words it knows none: they are not drawn for it."""

    def asks(name: str, *words: str) -> Flow:
        ask = action(
            "ask", "InvokeLambdaFunction", "which", {ANY: "bye"}, LambdaFunctionARN="arn:f",
            InvocationTimeLimitSeconds="8",
        )  # fmt: skip
        which = action(
            "which", "Compare", "bye", {"NoMatchingCondition": "bye"}, dict.fromkeys(words, "heard"),
            ComparisonValue="$.External.metal",
        )  # fmt: skip
        return flow(ask, which, say("heard", "yes"), BYE, name=name)

    found, other = study([asks("few", "gold"), asks("many", *(f"word{n}" for n in range(100)))], 60)
    assert found.coverage.missed_branches() == []
    folder = Folder([found.flow, other.flow])
    ask = found.flow.action("ask")
    assert folder.guesses.after(found.flow, ask) == {("External", "metal"): ("gold", "gold")}


def test_answers_lead_into_every_branch_of_what_the_flow_compares() -> None:
    ask = action(
        "ask", "InvokeLambdaFunction", "which", {ANY: "bye"}, LambdaFunctionARN="arn:f", InvocationTimeLimitSeconds="8"
    )
    which = action(
        "which", "Compare", "bye", {"NoMatchingCondition": "bye"}, {"gold": "a", "lead": "b"},
        ComparisonValue="$.External.metal",
    )  # fmt: skip
    (found,) = study([flow(ask, which, say("a", "gold"), say("b", "lead"), BYE)], 100)
    assert found.coverage.missed_branches() == []


def test_menu_keys_and_time_outs_are_reached() -> None:
    keys = menu("m", k1="one", k2="two")
    (found,) = study([flow(keys, say("one", "1"), say("two", "2"), say("wrong", "x"), say("late", "y"), BYE)], 200)
    assert found.coverage.missed_branches() == []


def test_a_state_that_nothing_leads_out_of_is_unhandled_and_says_where() -> None:
    lost = action("ask", "TransferContactToQueue", None)
    (found,) = study([flow(lost)], 3, PLAIN)
    assert found.ends == {UNHANDLED: 3}
    assert "action='ask'" in found.faults[0]


def test_an_action_that_nobody_carries_out_is_unhandled_not_passed_over() -> None:
    (found,) = study([flow(action("odd", "SingToContact", "bye"), BYE)], 2, PLAIN)
    assert found.ends == {UNHANDLED: 2}
    assert "SingToContact" in found.faults[0]


def test_a_round_without_a_wait_is_cut_off() -> None:
    again = action("again", "UpdateFlowLoggingBehavior", "again", FlowLoggingBehavior="Enabled")
    assert run(flow(again, BYE), Folder([]), 1, PLAIN).end == "ran-away"


def test_flows_of_one_folder_find_each_other_by_the_names_that_exports_use() -> None:
    other = flow(say("hello", "hi"), BYE, name="/x/some-repo__Customer_Queue.json")
    folder = Folder([other])
    for reference in (
        "{{contactFlows.CustomerQueue.arn}}",
        "${CustomerQueueFlowArn}",
        "arn:x/contact-flow/CustomerQueue",
    ):
        assert folder.find(reference) is other, reference
    assert folder.find("${HoldFlowArn}") is None
    assert plain("%CustomerQueueFlowArn%") == plain("customer_queue.json")


def test_a_flow_that_lies_elsewhere_is_stood_in_for() -> None:
    to = action("to", "TransferToFlow", "lost", {ANY: "lost"}, ContactFlowId="elsewhere")
    steps = run(flow(to, say("lost", "lost"), BYE), Folder([]), 1, PLAIN).steps
    assert [(step.flow, step.way) for step in steps] == [("flow", "over"), ("stand-in", "over")]


def test_a_whisper_that_takes_two_minutes_drops_the_call() -> None:
    long = say("long", "x" * 2_900, "end")
    whisper = flow(long, action("end", "EndFlowExecution"), type=FlowType.AGENT_WHISPER)
    one = run(whisper, Folder([whisper]), 1, PLAIN)
    assert (one.end, one.seconds) == ("whisper-too-long", 120.0)


def test_the_command_ends_with_a_summary(tmp_path: Path) -> None:
    good = {"Version": "2019-10-30", "StartAction": "bye", "Actions": [BYE]}
    (tmp_path / "good.json").write_text(json.dumps(good))
    (tmp_path / "bad.json").write_text(json.dumps({**good, "StartAction": "nowhere"}))
    result = CliRunner().invoke(flows_run, [str(tmp_path), "--seeds", "7", "--json"])
    told = json.loads(result.output)["summary"]
    assert (told["files"], told["loaded"], told["runs"], told["unhandled"]) == (2, 1, 7, 0)
    assert told["ends"] == {"disconnected": 7}
    assert [reasons for reasons in told["refused"].values() if "nowhere" in reasons[0]]
    assert (told["action_coverage"], told["branch_coverage"]) == (1.0, 1.0)


@pytest.mark.parametrize("path", published())
def test_a_published_flow_runs_to_an_end_under_every_seed_and_its_branches_are_taken(path: Path) -> None:
    folder = corpus(path.parent)
    flow = next(flow for flow in folder.flows if flow.name == str(path))
    seen = tried(flow, folder)
    assert len(seen.missed_branches()) <= len(seen.all_branches()) / 10, seen.missed_branches()
    if path.stem.endswith("RulesEngineQueue"):  # the callback menu, a full queue, a number that cannot be dialled
        assert seen.missed_branches() == []


def test_the_command_tells_the_ends_of_all_flows_together(tmp_path: Path) -> None:
    for name in ("one.json", "two.json"):
        (tmp_path / name).write_text(json.dumps({"Version": "2019-10-30", "StartAction": "bye", "Actions": [BYE]}))
    last = CliRunner().invoke(flows_run, [str(tmp_path), "--seeds", "3"]).output.splitlines()[-1]
    assert last.startswith("2 files, 2 loaded, 0 refused; 6 runs: disconnected 6; 0 unhandled; ")
