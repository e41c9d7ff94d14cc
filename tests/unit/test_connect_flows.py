"""The flow language: what is published, what is refused and why, and published flows of others."""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from infra.flows import FLOWS
from infra.local.connect.actions.registry import HANDLERS
from infra.local.connect.catalogue import NOT_SIMULATED, RULES, WRONG_NAMES
from infra.local.connect.language import FlowRefused, FlowType
from infra.local.connect.library import deployed, filled
from infra.local.connect.validator import load

INBOUND = FlowType.INBOUND
ANY = "NoMatchingError"
XML = {"ResponseType": "XML"}
TWO_HOOKS = {"AgentHold": "a", "CustomerHold": "b"}


def our(name: str) -> dict[str, Any]:
    text = FLOWS[name].read()
    stage = dict.fromkeys(("ContactFlowFunctionArn", "HoldingQueueArn", "FallbackQueueArn"), "arn:x")
    flow: dict[str, Any] = json.loads(filled(text, stage | dict.fromkeys(FLOWS, "arn:flow")))
    return flow


def refusals(flow: Any, type: FlowType = INBOUND) -> set[str]:
    text = flow if isinstance(flow, str) else json.dumps(flow)
    try:
        load(text, name="changed.json", type=type)
    except FlowRefused as refused:
        return {finding.rule for finding in refused.findings if finding.says and finding.fix}
    return set()


def of_type(flow: dict[str, Any], type: str) -> dict[str, Any]:
    action: dict[str, Any] = next(action for action in flow["Actions"] if action["Type"] == type)
    return action


def changed(change: Callable[[dict[str, Any]], None], name: str = "InboundFlowArn") -> dict[str, Any]:
    flow = copy.deepcopy(our(name))
    change(flow)
    return flow


def test_our_own_flows_have_nothing_to_refuse() -> None:
    assert len(deployed("arn:function").all()) == len(FLOWS)


def test_every_rule_has_its_action_and_no_name_stands_in_two_lists() -> None:
    assert HANDLERS.keys() == RULES.keys()
    assert not RULES.keys() & NOT_SIMULATED
    assert not WRONG_NAMES.keys() & (RULES.keys() | NOT_SIMULATED)


def _set(type: str, **parameters: Any) -> Callable[[dict[str, Any]], None]:
    return lambda flow: of_type(flow, type)["Parameters"].update(parameters)


def _drop(type: str, parameter: str) -> Callable[[dict[str, Any]], None]:
    return lambda flow: of_type(flow, type)["Parameters"].pop(parameter)


def _ways(type: str, **ways: Any) -> Callable[[dict[str, Any]], None]:
    return lambda flow: of_type(flow, type)["Transitions"].update(ways)


def _retype(old: str, new: str) -> Callable[[dict[str, Any]], None]:
    return lambda flow: of_type(flow, old).update(Type=new)


def _without(type: str, way: str) -> Callable[[dict[str, Any]], None]:
    return lambda flow: of_type(flow, type)["Transitions"].pop(way)


def _errors(type: str, *errors: str) -> Callable[[dict[str, Any]], None]:
    return _ways(type, Errors=[{"ErrorType": error, "NextAction": "arrive"} for error in errors])


def _condition(**parts: Any) -> Callable[[dict[str, Any]], None]:
    return lambda flow: of_type(flow, "Compare")["Transitions"]["Conditions"][0]["Condition"].update(parts)


def _double(flow: dict[str, Any]) -> None:
    flow["Actions"].append(copy.deepcopy(flow["Actions"][0]))


def _orphan(flow: dict[str, Any]) -> None:
    flow["Actions"].append({"Identifier": "lost", "Type": "DisconnectParticipant", "Parameters": {}, "Transitions": {}})


def _crowd(flow: dict[str, Any]) -> None:
    for n in range(250):
        flow["Actions"].append({**flow["Actions"][-1], "Identifier": f"n{n}"})


FAULTS: list[tuple[str, Callable[[dict[str, Any]], None], str]] = [
    ("another version", lambda flow: flow.update(Version="2020-01-01"), "version"),
    ("a start that is not there", lambda flow: flow.update(StartAction="nowhere"), "dangling"),
    ("a target that is not there", _ways("Compare", NextAction="nowhere"), "dangling"),
    ("two actions of one name", _double, "duplicate-identifier"),
    ("an action that nothing leads to", _orphan, "unreachable"),
    ("251 actions", _crowd, "too-many-actions"),
    ("module settings in a flow", lambda flow: flow.update(Settings={}), "settings"),
    ("a block's name as a type", _retype("GetParticipantInput", "StoreUserInput"), "unknown-type"),
    ("the documentation's wrong name", _retype("TagContact", "UnTagContact"), "unknown-type"),
    ("a type out of the air", _retype("TagContact", "SingToContact"), "unknown-type"),
    ("a real type that is not simulated", _retype("TagContact", "EvaluateDataTableValues"), "unsupported-type"),
    ("an empty text", _set("MessageParticipant", Text=""), "empty-text"),
    ("an empty attribute", _set("UpdateContactAttributes", Attributes={"tenantId": ""}), "empty-text"),
    ("two prompts at once", _set("MessageParticipant", SSML="<speak>hi</speak>"), "missing-parameter"),
    ("no prompt at all", _drop("MessageParticipant", "Text"), "missing-parameter"),
    ("an unknown parameter", _set("TransferContactToQueue", QueueId="x"), "unknown-parameter"),
    ("a prompt that is too long", _set("MessageParticipant", Text="x" * 6001), "parameter"),
    ("a Lambda that may take nine seconds", _set("InvokeLambdaFunction", InvocationTimeLimitSeconds="9"), "parameter"),
    ("an answer of a strange kind", _set("InvokeLambdaFunction", ResponseValidation=XML), "parameter"),
    ("a Lambda without an error branch", _without("InvokeLambdaFunction", "Errors"), "missing-branch"),
    ("a transfer without a branch for a full queue", _errors("TransferContactToQueue", ANY), "missing-branch"),
    ("an error that never comes", _errors("UpdateFlowLoggingBehavior", ANY), "unknown-branch"),
    ("the same error twice", _errors("TagContact", ANY, ANY), "duplicate-branch"),
    ("no way on", _without("TagContact", "NextAction"), "missing-next"),
    ("a way on from the end", _ways("DisconnectParticipant", NextAction="arrive"), "terminal"),
    ("a literal compared", _set("Compare", ComparisonValue="menu"), "reference"),
    ("a whole namespace compared", _set("Compare", ComparisonValue="$.External"), "reference"),
    ("an operator that is none", _condition(Operator="Is"), "operator"),
    ("two operands", _condition(Operands=["a", "b"]), "operand"),
    ("two hooks in one action", _set("UpdateContactEventHooks", EventHooks=TWO_HOOKS), "parameter"),
    ("a hook that is none", _set("UpdateContactEventHooks", EventHooks={"CustomerBored": "a"}), "parameter"),
    ("stored input that times out", _errors("GetParticipantInput", ANY, "InputTimeLimitExceeded"), "unknown-branch"),
    ("a menu without its branches", _set("GetParticipantInput", StoreInput="False"), "missing-branch"),
    ("input that waits for an hour", _set("GetParticipantInput", InputTimeLimitSeconds="3600"), "parameter"),
    ("a tag of AWS's own", _set("TagContact", Tags={"aws:x": "y"}), "parameter"),
    ("seven tags", _set("TagContact", Tags={str(n): "y" for n in range(7)}), "parameter"),
    ("a placeholder that nobody filled in", _set("MessageParticipant", Text="${Forgotten}"), "placeholder"),
    ("a name that Connect bars", lambda flow: flow["Actions"][-1].update(Identifier="a(b)"), "identifier"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "rule"), [(c, r) for _, c, r in FAULTS], ids=[name for name, _, _ in FAULTS])
def test_a_flow_is_refused_with_the_reason_for(change: Callable[[dict[str, Any]], None], rule: str) -> None:
    assert rule in refusals(changed(change))


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"Version": 1}', '{"Version":"2019-10-30","Actions":[{}]}', "nope"])
def test_what_is_no_flow_at_all_is_refused_and_raises_nothing_else(text: str) -> None:
    assert refusals(text) & {"json", "outline"}


def test_a_flow_of_one_type_is_refused_as_another() -> None:
    assert "flow-type" in refusals(our("CustomerQueueFlowArn"), INBOUND)
    assert "flow-type" in refusals(our("InboundFlowArn"), FlowType.AGENT_WHISPER)


def _published() -> list[Any]:
    folder = os.environ.get("CONNECT_FLOW_CORPUS")
    if not folder:
        why = "CONNECT_FLOW_CORPUS does not name a folder of exported flows"
        return [pytest.param(None, marks=pytest.mark.skip(reason=why), id="none")]
    return [pytest.param(path, id=path.stem.rsplit("__", 1)[-1]) for path in sorted(Path(folder).glob("*.json"))]


def _type_of(path: Path) -> FlowType:
    name = path.name.lower().replace("-", "")
    kinds = {
        "customerqueue": FlowType.CUSTOMER_QUEUE,
        "whisper": FlowType.AGENT_WHISPER,
        "holds": FlowType.CUSTOMER_HOLD,
        "module": FlowType.MODULE,
    }
    return next((kind for word, kind in kinds.items() if word in name), INBOUND)


@pytest.mark.parametrize("path", _published())
def test_a_published_flow_has_nothing_to_refuse(path: Path) -> None:
    assert refusals(path.read_text(), _type_of(path)) == set()
