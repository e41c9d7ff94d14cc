"""Many days of one scenario: means, and how far they can be trusted.

One day near saturation says little (a hundred hours of a pool of 179 agents still move by two points of service level),
so every figure is a mean over seeds with its standard error.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from math import inf, isnan, nan, sqrt
from statistics import fmean, stdev
from typing import Protocol

from chalicelib.kernel.channel import Channel
from chalicelib.kernel.errors import Invalid
from chalicelib.kernel.ids import TenantId
from chalicelib.routing.service.outcome import SERVICE_LEVEL, Run
from chalicelib.routing.service.simulator import simulate
from chalicelib.routing.service.traffic import Scenario, check


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean over `n` days; `error` is its standard error, nan of fewer than two days."""

    mean: float
    error: float
    n: int

    @staticmethod
    def of(values: Iterable[float]) -> Estimate:
        """Days without a figure (nan) are left out, and `n` tells."""
        known = [value for value in values if not isnan(value)]
        if not known:
            return Estimate(nan, nan, 0)
        return Estimate(fmean(known), stdev(known) / sqrt(len(known)) if len(known) > 1 else nan, len(known))

    def agrees(self, exact: float, errors: float = 3.0) -> bool:
        """Whether the exact value is within so many standard errors."""
        return abs(self.mean - exact) <= errors * self.error


class Each(Protocol):
    """`map`, or the `map` of a pool of processes."""

    def __call__(self, simulate: Callable[[int], Run], seeds: Iterable[int], /) -> Iterable[Run]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """`warnings` say what is odd about the scenario, such as a skill that nobody has."""

    scenario: Scenario
    runs: tuple[Run, ...]
    warnings: tuple[str, ...] = ()
    definition: str = SERVICE_LEVEL

    def over(self, figure: Callable[[Run], float]) -> Estimate:
        """Any figure of a day, over all days."""
        return Estimate.of(figure(run) for run in self.runs)

    def service_level(
        self, tenant: TenantId | None = None, channel: Channel | None = None, since: float = 0.0, until: float = inf
    ) -> Estimate:
        """Answered within target / offered, every abandoned contact a miss (`definition`)."""
        return self.over(lambda run: run.tally(tenant, channel, since=since, until=until).service_level)

    def asa_s(
        self, tenant: TenantId | None = None, channel: Channel | None = None, since: float = 0.0, until: float = inf
    ) -> Estimate:
        return self.over(lambda run: run.tally(tenant, channel, since=since, until=until).asa_s)

    def mean_wait_s(
        self, tenant: TenantId | None = None, channel: Channel | None = None, since: float = 0.0, until: float = inf
    ) -> Estimate:
        return self.over(lambda run: run.tally(tenant, channel, since=since, until=until).mean_wait_s)

    def abandonment(
        self, tenant: TenantId | None = None, channel: Channel | None = None, since: float = 0.0, until: float = inf
    ) -> Estimate:
        return self.over(lambda run: run.tally(tenant, channel, since=since, until=until).abandonment)

    def occupancy(self, since: float = 0.0, until: float = inf) -> Estimate:
        return self.over(lambda run: run.occupancy(since, until))

    def idle_while_waiting_s(self, tenant: TenantId | None = None, since: float = 0.0, until: float = inf) -> Estimate:
        return self.over(lambda run: run.idle_while_waiting_s(tenant, since, until))


def study(scenario: Scenario, seeds: Sequence[int], each: Each = map) -> Study:
    """The scenario on every seed. `each` may be the `map` of a pool of processes.

    Raises:
        Invalid: a scenario that cannot be run, or no seeds.
    """
    if not seeds or len(set(seeds)) < len(seeds):
        raise Invalid("seeds", f"are {len(seeds)}, {len(set(seeds))} of them different", "give each seed once")
    warnings = check(scenario)
    return Study(scenario=scenario, runs=(*each(partial(simulate, scenario), seeds),), warnings=warnings)
