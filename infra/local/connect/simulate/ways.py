"""The ways that an action has, where they lead, and which of them a value takes."""

from __future__ import annotations

from infra.local.connect.catalogue import RULES, Next, next_of
from infra.local.connect.language import Action
from infra.local.connect.script import compare
from infra.local.connect.values import is_reference

Branch = tuple[str, str]  # action, way
Value = str | None  # None: nothing is there

# Types whose success ends the flow.
_ENDS = frozenset(
    {
        "TransferContactToQueue",
        "DequeueContactAndTransferToQueue",
        "TransferToFlow",
        "TransferContactToAgent",
        "EndFlowExecution",
        "DisconnectParticipant",
    }
)


def branches(action: Action) -> frozenset[str]:
    """The ways that an action has, by the names under which a run tells them."""
    ways = {error for error, _ in action.errors}
    ways |= {f"{condition.operator} {condition.operands[0]}" for condition in action.conditions}
    match action.type:
        case kind if kind in _ENDS:
            ways.add("over")
        case "EndFlowModuleExecution":
            ways.add("return")
        case "InvokeFlowModule":
            ways.add("enter")
        case "TransferParticipantToThirdParty":
            goes_on = str(action.parameters.get("ContinueFlowExecution")).lower() == "true"
            ways.add("next" if goes_on else "over")
        case kind if kind in RULES and next_of(kind, action.parameters) is Next.SUCCESS:
            ways.add("next")
    return frozenset(ways)


def targets(action: Action) -> dict[str, str]:
    """Where each way of an action leads, by the names under which a run tells them."""
    ways = {} if action.target is None else {"next": action.target}
    for condition in reversed(action.conditions):
        ways[f"{condition.operator} {condition.operands[0]}"] = condition.target
    return ways | dict(action.errors)


def way_of(action: Action, value: Value) -> str:
    """The way that an action takes for a value; a reference as operand stands for nothing here."""
    for condition in action.conditions:
        operand = condition.operands[0]
        if not is_reference(operand) and compare(condition.operator, value, operand):
            return f"{condition.operator} {operand}"
    return "NoMatchingCondition" if any(error == "NoMatchingCondition" for error, _ in action.errors) else "next"
