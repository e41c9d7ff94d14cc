"""`manyline flows check`: findings with their place and their fix, a summary, and an exit code for scripts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from infra.cli import main
from infra.flows import FLOWS
from infra.layout import FLOWS as OURS
from tests.fakes.flows import action, written


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(main, ["flows", "check", *map(str, words)])


def _faulty(folder: Path, name: str = "hurried.json") -> Path:
    flow = json.loads(FLOWS["InboundFlowArn"].read())
    one = next(one for one in flow["Actions"] if one["Type"] == "InvokeLambdaFunction")
    one["Parameters"]["InvocationTimeLimitSeconds"] = "9"
    (folder / name).write_text(written(flow))
    return folder / name


def test_good_flows_end_well_and_placeholders_are_counted() -> None:
    result = run(OURS)
    assert result.exit_code == 0
    assert result.output.startswith("12 flows: nothing to refuse; 56 placeholders left")


def test_a_placeholder_counts_where_everything_should_be_filled_in() -> None:
    result = run("--filled", OURS / "customer_queue.json")
    assert result.exit_code == 1
    assert "poll: placeholder: LambdaFunctionARN still holds '${ContactFlowFunctionArn}'" in result.output


def test_a_finding_names_its_file_action_rule_and_fix(tmp_path: Path) -> None:
    path = _faulty(tmp_path)
    result = run(path)
    line, summary = result.output.splitlines()
    assert result.exit_code == 1
    assert line.startswith(f"{path} (CONTACT_FLOW): ")
    assert line.endswith(": parameter: InvocationTimeLimitSeconds is '9'; fix: use 1 to 8")
    assert summary.startswith("1 flow, 1 refused: 1 finding; ")


def test_a_folder_stands_for_every_flow_below_it_and_a_file_counts_once(tmp_path: Path) -> None:
    deeper = tmp_path / "below"
    deeper.mkdir()
    path = _faulty(deeper)
    (tmp_path / "README.md").write_text("no flow")
    (tmp_path / "broken.json").write_text("{")
    result = run(tmp_path, path)
    assert "broken.json: the file: json: is not JSON: Expecting" in result.output
    assert "2 flows, 2 refused: 2 findings" in result.output


def test_json_has_the_findings_and_the_summary_that_a_run_has(tmp_path: Path) -> None:
    path = _faulty(tmp_path)
    (tmp_path / "good.json").write_text((OURS / "customer_hold.json").read_text())
    result = run("--json", tmp_path)
    told = json.loads(result.output)
    (finding,) = told["findings"]
    assert result.exit_code == 1
    assert (finding["flow"], finding["type"], finding["rule"]) == (str(path), "CONTACT_FLOW", "parameter")
    assert finding["fix"] == "use 1 to 8"
    summary = told["summary"]
    assert (summary["files"], summary["loaded"], summary["findings"]) == (2, 1, 1)
    assert "InvocationTimeLimitSeconds is '9'" in summary["refused"][str(path)][0]
    assert summary["placeholders"] > 0


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{}", "Version, StartAction and Actions are missing"),
        ('{"Version": "2019-10-30", "StartAction": "a"}', "Actions is missing"),
        ("[1]", "it is no JSON object"),
        ('{"Version": "2019-10-30", "StartAction": "a", "Actions": 3}', "Actions is no list"),
        ('{"Version": 1, "StartAction": "a", "Actions": []}', "Version is no text"),
        ('{"Version": "1", "StartAction": "a", "Actions": ["x"]}', "action 1: it is no JSON object"),
        ('{"Version": "1", "StartAction": "a", "Actions": [{"Type": "Wait"}]}', "action 1: Identifier is missing"),
        (
            '{"Version": "1", "StartAction": "a", "Actions": [{"Identifier": "a", "Type": "Wait", "Transitions": 4}]}',
            "action 1: its Identifier, Type, Parameters or Transitions are not as Connect writes them",
        ),
        ('{"Version": "1", "StartAction": "a", "Actions": [], "Settings": 1}', "Settings is not as a module has them"),
    ],
)
def test_what_is_no_flow_is_said_in_words_of_the_format_and_has_no_type(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "other.json"
    path.write_text(text)
    line, _ = run(path).output.splitlines()
    assert line.startswith(f"{path}: the file: outline: no flow of Amazon Connect: {told}; fix: ")


def _broken(folder: Path, target: str = "nowhere") -> Path:
    flow = json.loads(FLOWS["InboundFlowArn"].read())
    next(one for one in flow["Actions"] if one["Identifier"] == "logging")["Transitions"]["NextAction"] = target
    (folder / "broken.json").write_text(written(flow))
    return folder / "broken.json"


def test_one_lost_target_is_told_first_and_what_follows_from_it_in_one_line(tmp_path: Path) -> None:
    cause, consequence, summary = run(_broken(tmp_path)).output.splitlines()
    others = len(json.loads(FLOWS["InboundFlowArn"].read())["Actions"]) - 1
    assert "logging: dangling: leads to 'nowhere'" in cause
    assert f"the file: unreachable: {others} actions cannot be reached: hook-queue, hook-agent-whisper, " in consequence
    assert ", …; this follows from a target that is no action; fix: name a target that is there" in consequence
    assert "1 refused: 2 findings" in summary


def test_actions_cut_off_without_a_lost_target_are_to_be_led_to(tmp_path: Path) -> None:
    line, _ = run(_broken(tmp_path, "hook-agent-whisper")).output.splitlines()
    assert "unreachable: 1 action cannot be reached: hook-queue; fix: lead to them or take them out" in line


def played(*words: str | Path) -> Result:
    return CliRunner().invoke(main, ["flows", "run", *map(str, words)])


def test_where_nothing_could_be_run_there_are_no_shares_and_the_exit_code_says_so(tmp_path: Path) -> None:
    (tmp_path / "other.json").write_text("{}")
    result = played(tmp_path)
    assert result.exit_code == 1
    assert "%" not in result.output
    assert result.output.endswith("1 files, 0 loaded, 1 refused; nothing could be run\n")
    told = played(tmp_path, "--json")
    summary = json.loads(told.output)["summary"]
    assert (told.exit_code, summary["action_coverage"], summary["branch_coverage"]) == (1, None, None)


def test_a_refused_file_among_others_is_told_and_the_others_run(tmp_path: Path) -> None:
    (tmp_path / "other.json").write_text("{}")
    (tmp_path / "good.json").write_text(FLOWS["DisconnectFlowArn"].read())
    result = played(tmp_path, "--seeds", "20")
    assert result.exit_code == 0
    assert "no flow of Amazon Connect" in result.output
    assert "1 loaded, 1 refused; 20 runs" in result.output


def test_branches_that_no_run_took_are_named_at_most_twenty_and_all_in_json(tmp_path: Path) -> None:
    path = tmp_path / "inbound.json"
    path.write_text(FLOWS["InboundFlowArn"].read())
    missed = json.loads(played(path, "--seeds", "1", "--json").output)["flows"][0]["missed"]
    told = [line for line in played(path, "--seeds", "1").output.splitlines() if line.startswith("never taken: ")]
    action, _, way = missed[0].partition(": ")
    assert told[0] == f"never taken: {path}: {action} → {way}"
    assert told[20:] == [f"never taken: and {len(missed) - 20} more"]


def test_where_every_branch_was_taken_nothing_is_said_of_them(tmp_path: Path) -> None:
    end = action("bye", "DisconnectParticipant", ends=True)
    (tmp_path / "good.json").write_text(written({"Version": "2019-10-30", "StartAction": "bye", "Actions": [end]}))
    assert "never taken" not in played(tmp_path, "--seeds", "2").output


def test_the_type_can_be_said(tmp_path: Path) -> None:
    path = tmp_path / "plain.json"
    path.write_text(FLOWS["DisconnectFlowArn"].read())
    assert run(path).exit_code == 0
    result = run(path, "--type", "agent_whisper")
    assert result.exit_code == 1
    assert "flow-type: DisconnectParticipant is not allowed in a AGENT_WHISPER flow" in result.output


def test_what_the_api_exports_is_unwrapped_with_its_type(tmp_path: Path) -> None:
    content = FLOWS["DisconnectFlowArn"].read()
    for name, type in (("said.json", "CUSTOMER_WHISPER"), ("strange.json", "NOTHING_KNOWN")):
        (tmp_path / name).write_text(json.dumps({"ContactFlow": {"Type": type, "Content": content}}))
    result = run(tmp_path)
    assert "said.json (CUSTOMER_WHISPER): " in result.output
    assert "2 flows, 1 refused" in result.output


def test_a_module_without_settings_is_told_from_a_flow(tmp_path: Path) -> None:
    end = action("back", "EndFlowModuleExecution", ends=True)
    flow = {"Version": "2019-10-30", "StartAction": "back", "Actions": [end]}
    (tmp_path / "m.json").write_text(json.dumps({"ContactFlowModule": {"Content": written(flow)}}))
    assert "(MODULE): the file: settings: has no Settings object" in run(tmp_path).output


def test_a_folder_without_flows_and_a_path_that_is_not_there_are_said(tmp_path: Path) -> None:
    assert (run(tmp_path).exit_code, run(tmp_path / "gone.json").exit_code, run().exit_code) == (2, 2, 2)
    (tmp_path / "latin.json").write_bytes(b"\xff\xfe")
    assert "cannot be read" in run(tmp_path).output
