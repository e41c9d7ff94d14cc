"""Which actions and branches of a flow there are, and which of them runs took."""

from __future__ import annotations

from dataclasses import dataclass, field

from infra.local.connect.catalogue import RULES, Next, next_of
from infra.local.connect.language import Action, Flow
from infra.local.connect.simulate.journey import Step

Branch = tuple[str, str]  # action, way

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


@dataclass(slots=True)
class Coverage:
    """Of one flow."""

    flow: Flow
    actions: set[str] = field(default_factory=set)  # begun, whether or not they came to an end
    taken: set[Branch] = field(default_factory=set)

    def see(self, step: Step) -> None:
        self.taken.add((step.action, step.way))

    def all_branches(self) -> frozenset[Branch]:
        return frozenset((action.identifier, way) for action in self.flow.actions for way in branches(action))

    def missed_actions(self) -> list[str]:
        return [action.identifier for action in self.flow.actions if action.identifier not in self.actions]

    def missed_branches(self) -> list[Branch]:
        return sorted(self.all_branches() - self.taken)


def share(done: int, of: int) -> float:
    return round(done / of, 4) if of else 1.0
