"""What each of our flows does with an answer: the branch of every outcome, and what the way behind it reads of it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from infra.flows import FLOWS

_READ = re.compile(r"\$\.External\.(\w+)")
_ASKS = "InvokeLambdaFunction"
NEXT = "$.External.next"


@dataclass(frozen=True, slots=True)
class Question:
    """An action that asks: `step` is NEXT where the answer before it says which."""

    flow: str
    action: str
    step: str


@cache
def actions(flow: str) -> Mapping[str, Mapping[str, Any]]:
    return {one["Identifier"]: one for one in json.loads(FLOWS[flow].read())["Actions"]}


def questions() -> Iterator[Question]:
    for flow in FLOWS:
        for name, action in actions(flow).items():
            if action["Type"] == _ASKS:
                yield Question(flow, name, action["Parameters"]["LambdaInvocationAttributes"]["step"])


def askers(step: str) -> list[Question]:
    """Whoever may ask this: those that name it, and in the flows where it is told those that ask what they are told."""
    every = list(questions())
    return [one for one in every if one.step == step or (one.step == NEXT and step in TOLD_IN[one.flow])]


# The steps that an answer may name as `next`, by the flow that gets that answer.
TOLD_IN: Mapping[str, frozenset[str]] = {
    "InboundFlowArn": frozenset({"choose", "told", "faq", "order", "account", "consent", "left"}),
    "CustomerQueueFlowArn": frozenset({"callback", "callback_number", "callback_time", "callback_at", "callback_set"}),
    "DisconnectFlowArn": frozenset({"survey"}),
    "DispatchFlowArn": frozenset({"paged"}),
}


def branch(question: Question, outcome: str) -> str | None:
    """Where the flow goes with this outcome; None where no condition knows it. One that compares nothing: its end."""
    flow = actions(question.flow)
    here = flow[question.action]["Transitions"]["NextAction"]
    if flow[here]["Type"] != "Compare":
        return str(here)
    for condition in flow[here]["Transitions"]["Conditions"]:
        if condition["Condition"]["Operands"] == [outcome]:
            return str(condition["NextAction"])
    return None


def reads(question: Question, outcome: str) -> set[str]:
    """What is read of the answer on the way of this outcome, until the next question; whatever goes wrong on it."""
    flow, found, seen = actions(question.flow), set[str](), set[str]()
    ahead = [branch(question, outcome)]
    while ahead:
        here = ahead.pop()
        if here is None or here in seen:
            continue
        seen.add(here)
        action = flow[here]
        found |= set(_READ.findall(json.dumps(action["Parameters"])))
        if action["Type"] != _ASKS:
            ahead += _ways(action, outcome)
    return found - {"outcome"}


def _ways(action: Mapping[str, Any], outcome: str) -> list[str]:
    """Only its own way where the outcome is compared once more; no error branch, where something else is missing."""
    ways = action["Transitions"]
    conditions = ways.get("Conditions", [])
    if action["Type"] == "Compare" and action["Parameters"]["ComparisonValue"] == "$.External.outcome":
        own = [one["NextAction"] for one in conditions if one["Condition"]["Operands"] == [outcome]]
        return own or [ways["NextAction"]]
    return [one["NextAction"] for one in conditions] + ([ways["NextAction"]] if "NextAction" in ways else [])
