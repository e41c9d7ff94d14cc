"""Flows of a few actions that end with "ok" or "no", on a scripted stage."""

from __future__ import annotations

import json
from typing import Any

from infra.local.connect.language import VERSION, Flow, FlowType, read
from tests.fakes.flows import action
from tests.fakes.scripted_stage import Inputs, Trace, play

ANY, NONE, FULL = "NoMatchingError", "NoMatchingCondition", "QueueAtCapacity"


def say(name: str, text: str = "", to: str = "bye") -> dict[str, Any]:
    return action(name, "MessageParticipant", {"Text": text or name}, to=to)


BYE = action("bye", "DisconnectParticipant", ends=True)
OK, NO = say("ok"), say("no")


def flow(*actions: dict[str, Any], type: FlowType = FlowType.INBOUND, name: str = "flow") -> Flow:
    document = {"Version": VERSION, "StartAction": actions[0]["Identifier"], "Actions": [*actions, OK, NO, BYE]}
    return read(json.dumps(document), name=name, type=type)


def ran(*actions: dict[str, Any], **inputs: Any) -> Trace:
    return play(flow(*actions), Inputs(**inputs))


def either(name: str, type: str, parameters: dict[str, Any] | None = None, *errors: str) -> dict[str, Any]:
    """Goes on to "ok", and by each error branch to "no"."""
    one = action(name, type, parameters, errors or (ANY,), to="no")
    one["Transitions"]["NextAction"] = "ok"
    return one


def switch(name: str, value: str, *conditions: tuple[str, str, str]) -> dict[str, Any]:
    one = action(name, "Compare", {"ComparisonValue": value}, [NONE], [(o, v) for o, v, _ in conditions], to="no")
    for way, (_, _, target) in zip(one["Transitions"]["Conditions"], conditions, strict=True):
        way["NextAction"] = target
    return one
