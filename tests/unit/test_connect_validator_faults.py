"""Faults put into good flows, ours and published ones: each is found, at its place, under its name."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from infra.layout import FLOWS
from infra.local.connect.language import Finding, FlowType, read
from infra.local.connect.validator import check, guess
from tests.fakes.faults import Change
from tests.fakes.flows import action
from tests.unit.connect_faults import MESSAGE, OURS, PUBLISHED


def _cases(rows: list[tuple[str, str, Change, str]]) -> list[Any]:
    return [pytest.param(file, change, rule, id=name) for name, file, change, rule in rows]


def findings(text: str, name: str, type: FlowType) -> list[Finding]:
    return [one for one in check(read(text, name=name, type=type)) if one.rule != "placeholder"]


def assert_found(path: Path, change: Change, rule: str) -> None:
    text = path.read_text()
    type = guess(text, path.name)
    flow = json.loads(text)
    assert findings(text, path.name, type) == []
    change(flow)
    found = findings(json.dumps(flow), path.name, type)
    assert rule in {one.rule for one in found}
    assert all(one.says and one.fix for one in found)


@pytest.mark.parametrize(("file", "change", "rule"), _cases(OURS))
def test_a_fault_in_our_own_flow_is_found(file: str, change: Change, rule: str) -> None:
    assert_found(FLOWS / file, change, rule)


@pytest.mark.parametrize(("file", "change", "rule"), _cases(PUBLISHED))
def test_a_fault_in_a_published_flow_is_found(file: str, change: Change, rule: str) -> None:
    folder = os.environ.get("CONNECT_FLOW_CORPUS")
    if not folder:
        pytest.skip("set CONNECT_FLOW_CORPUS to a folder of exported flows")
    assert_found(Path(folder) / file, change, rule)


def test_there_are_thirty_faults_and_more_without_the_published_flows() -> None:
    assert len({name for name, *_ in OURS}) >= 30
    assert len({name for name, *_ in OURS + PUBLISHED}) == len(OURS) + len(PUBLISHED)


def test_an_outbound_whisper_that_speaks_before_it_dials_is_found() -> None:
    say = action("say", MESSAGE, {"Text": "Hello"}, to="dial")
    dial = action("dial", "CompleteOutboundCall", to="end")
    end = action("end", "EndFlowExecution", ends=True)
    flow = {"Version": "2019-10-30", "StartAction": "say", "Actions": [say, dial, end]}
    found = findings(json.dumps(flow), "w.json", FlowType.OUTBOUND_WHISPER)
    assert [(one.rule, one.action) for one in found] == [("order", "say")]
    say["Transitions"]["NextAction"], dial["Transitions"]["NextAction"] = "end", "say"
    turned = json.dumps({**flow, "StartAction": "dial"})
    assert findings(turned, "w.json", FlowType.OUTBOUND_WHISPER) == []
