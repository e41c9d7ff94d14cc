"""Flow documents made to measure: one action in the middle, an end behind it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from infra.local.connect.catalogue import RULES
from infra.local.connect.language import VERSION, FlowType

SETTINGS = {"InputParameters": [], "OutputParameters": [], "Transitions": [{"ReferenceName": "Success"}]}
_LOOP = {"Messages": [{"Text": "Wait"}]}


def action(
    identifier: str,
    type: str,
    parameters: dict[str, Any] | None = None,
    errors: Sequence[str] = (),
    conditions: Sequence[tuple[str, str]] = (),
    *,
    ends: bool = False,
    to: str = "end",
) -> dict[str, Any]:
    ways = {
        "NextAction": to,
        "Errors": [{"ErrorType": error, "NextAction": to} for error in errors],
        "Conditions": [
            {"NextAction": to, "Condition": {"Operator": operator, "Operands": [operand]}}
            for operator, operand in conditions
        ],
    }
    return {"Identifier": identifier, "Type": type, "Parameters": parameters or {}, "Transitions": {} if ends else ways}


def document(actions: Sequence[dict[str, Any]], type: FlowType) -> dict[str, Any]:
    """A flow of these actions and of an end that its type allows; a queue flow plays its loop first."""
    first = actions[0]["Identifier"]
    end = action("end", _end(type), _LOOP if _end(type) == "MessageParticipantIteratively" else None, ends=True)
    before = (
        [action("loop", "MessageParticipantIteratively", _LOOP, to=first)] if type == FlowType.CUSTOMER_QUEUE else []
    )
    actions = [*before, *actions]
    ends = any("end" in json.dumps(one["Transitions"]) for one in actions)
    flow = {
        "Version": VERSION,
        "StartAction": actions[0]["Identifier"],
        "Metadata": {},
        "Actions": [*actions, end] if ends else actions,
    }
    return {**flow, "Settings": SETTINGS} if type is FlowType.MODULE else flow


def _end(type: FlowType) -> str:
    choices = ("DisconnectParticipant", "EndFlowExecution", "MessageParticipantIteratively")
    return next(name for name in choices if RULES[name].allowed_in(type))


def written(flow: Any) -> str:
    return json.dumps(flow)
