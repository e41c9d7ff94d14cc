"""The state machine of the run for all clients, as it would be deployed here and on AWS."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.infra.conftest import Stacks


def definition(stacks: Stacks) -> dict[str, Any]:
    [machine] = stacks.all("AWS::StepFunctions::StateMachine").values()
    parts = machine["Properties"]["DefinitionString"]["Fn::Join"][1]
    text = "".join(part if isinstance(part, str) else next(iter(part.values()))[0] for part in parts)
    found: dict[str, Any] = json.loads(text)
    return found


def the_map(stacks: Stacks) -> dict[str, Any]:
    [(_, state)] = definition(stacks)["States"].items()
    found: dict[str, Any] = state
    return found


def test_it_is_the_same_here_and_on_aws_but_for_how_many_at_once(local: Stacks, prod: Stacks) -> None:
    here, there = the_map(local), the_map(prod)
    assert 0 < here.pop("MaxConcurrency") < there.pop("MaxConcurrency") <= 40
    # The name of the bucket is another stack's.
    assert here.pop("ItemReader")["Resource"] == there.pop("ItemReader")["Resource"]
    assert here.pop("ResultWriter")["Resource"] == there.pop("ResultWriter")["Resource"]
    assert here == there


def test_it_reads_its_clients_from_a_list_and_no_client_stops_the_others(prod: Stacks) -> None:
    state = the_map(prod)
    assert (state["Type"], state["ItemProcessor"]["ProcessorConfig"]["Mode"]) == ("Map", "DISTRIBUTED")
    assert state["ItemReader"]["Resource"].endswith(":states:::s3:getObject")
    assert state["ItemReader"]["Parameters"]["Key.$"] == "$.list"
    assert state["ToleratedFailurePercentage"] == 100
    assert "ResultWriter" in state, "the results of thousands are too long for a state"


def test_what_a_worker_found_is_looked_at_as_data_and_what_broke_is_reported(prod: Stacks) -> None:
    states = the_map(prod)["ItemProcessor"]["States"]
    assert states["Again"]["Choices"] == [{"Variable": "$.answer.again", "BooleanEquals": True, "Next": "Wait"}]
    assert states["Wait"]["Next"] == "Bill"
    assert states["Bill"]["Catch"] == [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.broken", "Next": "Report"}]
    # Names of Python's errors never match on the emulator.
    assert {name for retry in states["Bill"]["Retry"] for name in retry["ErrorEquals"]} == {"States.TaskFailed"}
    assert states["Report"]["Resource"] == states["Bill"]["Resource"]


def test_a_worker_has_a_quarter_of_an_hour(prod: Stacks) -> None:
    assert prod.functions()["contacts/BillTenant"]["Properties"]["Timeout"] == 900


@pytest.mark.parametrize("stage", ["local", "prod"])
def test_the_api_and_nobody_else_may_begin_it(stage: str, request: pytest.FixtureRequest) -> None:
    stacks: Stacks = request.getfixturevalue(stage)
    may = {
        name.partition("/")[2].partition("Role")[0]
        for name, policy in stacks.all("AWS::IAM::Policy", "contacts").items()
        if "states:StartExecution" in json.dumps(policy) and "BillRunMachine" not in name
    }
    assert may == {"APIHandler"}
