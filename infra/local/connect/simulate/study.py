"""Many calls through each flow of a folder, and what came of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from infra.local.connect.language import Flow
from infra.local.connect.simulate.chances import Chances
from infra.local.connect.simulate.coverage import Coverage, share
from infra.local.connect.simulate.folder import Folder
from infra.local.connect.simulate.guide import calls
from infra.local.connect.simulate.journey import UNHANDLED, Run

MOST_FAULTS = 5  # kept of each flow: the first say enough


@dataclass(slots=True)
class FlowStudy:
    """The runs that started in this flow; its coverage counts the runs of the others too."""

    flow: Flow
    coverage: Coverage
    runs: int = 0
    ends: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)  # seed: why

    @property
    def unhandled(self) -> int:
        return self.ends[UNHANDLED]

    def count(self, one: Run) -> None:
        self.runs += 1
        self.ends[one.end] += 1
        if one.end == UNHANDLED and len(self.faults) < MOST_FAULTS:
            self.faults.append(f"seed {one.seed}: {one.fault}")

    def row(self) -> dict[str, object]:
        """As JSON: shares from 0 to 1."""
        ways = len(self.coverage.all_branches())
        return {
            "flow": self.flow.name,
            "type": self.flow.type.value,
            "runs": self.runs,
            "ends": dict(sorted(self.ends.items())),
            "unhandled": self.unhandled,
            "faults": self.faults,
            "actions": len(self.flow.actions),
            "action_coverage": share(
                len(self.flow.actions) - len(self.coverage.missed_actions()), len(self.flow.actions)
            ),
            "branches": ways,
            "branch_coverage": share(ways - len(self.coverage.missed_branches()), ways),
            "missed": [f"{action}: {way}" for action, way in self.coverage.missed_branches()],
        }


def study(flows: Sequence[Flow], seeds: int, chances: Chances | None = None) -> list[FlowStudy]:
    """Seeds 1 to `seeds` for each flow; the flows find each other by name."""
    folder = Folder(flows)
    studies = {flow.name: FlowStudy(flow, Coverage(flow)) for flow in flows}
    for each in studies.values():
        for one in calls(each.flow, folder, seeds, chances):
            each.count(one)
            for begun in one.covered:
                flow, _, action = begun.rpartition("/")
                if flow in studies:
                    studies[flow].coverage.actions.add(action)
            for step in one.steps:
                if step.flow in studies:
                    studies[step.flow].coverage.see(step)
    return list(studies.values())


def summary(studies: Sequence[FlowStudy]) -> dict[str, object]:
    """All flows together; a share of nothing is None."""
    ends: Counter[str] = Counter()
    for each in studies:
        ends.update(each.ends)
    actions = sum(len(each.flow.actions) for each in studies)
    ways = sum(len(each.coverage.all_branches()) for each in studies)
    missed_actions = sum(len(each.coverage.missed_actions()) for each in studies)
    missed = sum(len(each.coverage.missed_branches()) for each in studies)
    return {
        "runs": sum(each.runs for each in studies),
        "ends": dict(sorted(ends.items())),
        "unhandled": ends[UNHANDLED],
        "actions": actions,
        "action_coverage": share(actions - missed_actions, actions) if studies else None,
        "branches": ways,
        "branch_coverage": share(ways - missed, ways) if studies else None,
    }
