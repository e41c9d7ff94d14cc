"""Which branch a call sets out for: by the seeds before it, of the same flow."""

from __future__ import annotations

import random
from collections.abc import Iterator

from infra.local.connect.language import Flow
from infra.local.connect.simulate.chances import Chances
from infra.local.connect.simulate.coverage import Coverage
from infra.local.connect.simulate.errand import Errand
from infra.local.connect.simulate.folder import Folder
from infra.local.connect.simulate.journey import Run, run


class Guide:
    """Of one flow. A call has the errand to take a branch that none before it took, the least tried ones first."""

    def __init__(self, flow: Flow, share: float) -> None:
        self._flow, self._share = flow, share
        self._tried = dict.fromkeys(sorted(Coverage(flow).all_branches()), 0)

    def errand(self, seed: int) -> Errand | None:
        """None for the calls that go wholly by chance, and when there is nothing left to reach."""
        # Not for secrets: a run must be repeatable.
        dice = random.Random(f"{self._flow.name} {seed} errand")  # noqa: S311
        if not self._tried or dice.random() >= self._share:
            return None
        least = min(self._tried.values())
        goal = dice.choice([branch for branch, tried in self._tried.items() if tried == least])
        self._tried[goal] += 1
        return Errand(self._flow, goal, dice)

    def learn(self, one: Run) -> None:
        for step in one.steps:
            if step.flow == self._flow.name:
                self._tried.pop((step.action, step.way), None)


def calls(flow: Flow, folder: Folder, seeds: int, chances: Chances | None = None) -> Iterator[Run]:
    """Seeds 1 to `seeds`; what one of them does depends on those before it, and on no other flow's runs."""
    given = chances or Chances()
    guide = Guide(flow, given.errand)
    for seed in range(1, seeds + 1):
        one = run(flow, folder, seed, given, guide.errand(seed))
        guide.learn(one)
        yield one
