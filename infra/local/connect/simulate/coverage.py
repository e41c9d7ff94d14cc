"""Which actions and branches of a flow there are, and which of them runs took."""

from __future__ import annotations

from dataclasses import dataclass, field

from infra.local.connect.language import Flow
from infra.local.connect.simulate.journey import Step
from infra.local.connect.simulate.ways import Branch, branches


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
