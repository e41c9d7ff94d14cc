"""What came of a simulated day, counted per source and interval.

A contact counts in the interval in which it arrived. The service level of this house is *answered within the target,
of all offered*: every abandoned contact is a miss. Three others that the trade reports under the same name stand
beside it, because the same day gives four different figures; each is named for what it divides. Where nothing was
counted a figure is nan, never 0 or 1.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from math import inf, nan

from chalicelib.kernel.channel import Channel
from chalicelib.kernel.ids import TenantId
from chalicelib.routing.service.traffic import Scenario

SERVICE_LEVEL = "answered within target / offered; every abandoned contact is a miss"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Contacts; seconds end in `_s`. offered = wrapped + in_service + abandoned + waiting."""

    offered: int = 0
    at_once: int = 0  # of the answered, those who did not wait
    answered: int = 0
    in_target: int = 0  # of the answered
    abandoned: int = 0
    abandoned_in_target: int = 0
    waiting: int = 0  # at the end of the day
    in_service: int = 0  # at the end of the day
    wrapped: int = 0
    answered_after_s: float = 0.0  # waits of the answered
    abandoned_after_s: float = 0.0  # waits of the abandoned
    waiting_s: float = 0.0  # waits, until the end of the day, of those who still wait
    queue_s: float = 0.0  # time spent in the queue within the interval, whenever they arrived

    def __add__(self, other: Tally) -> Tally:
        return Tally(**{one.name: getattr(self, one.name) + getattr(other, one.name) for one in fields(self)})

    @property
    def service_level(self) -> float:
        """Answered within target / offered. Who still waits at the end of the day counts as a miss too."""
        return _ratio(self.in_target, self.offered)

    @property
    def within_of_answered(self) -> float:
        """Answered within target / answered: abandoned contacts are left out."""
        return _ratio(self.in_target, self.answered)

    @property
    def within_of_answered_or_late(self) -> float:
        """Answered within target / (answered + abandoned after the target): short abandons are left out."""
        return _ratio(self.in_target, self.answered + self.abandoned - self.abandoned_in_target)

    @property
    def left_queue_within(self) -> float:
        """(Answered + abandoned, both within target) / offered: who gives up early counts as served well."""
        return _ratio(self.in_target + self.abandoned_in_target, self.offered)

    @property
    def asa_s(self) -> float:
        """Average speed of answer: the mean wait of the answered."""
        return _ratio(self.answered_after_s, self.answered)

    @property
    def mean_wait_s(self) -> float:
        """Of all offered, however their wait ended."""
        return _ratio(self.answered_after_s + self.abandoned_after_s + self.waiting_s, self.offered)

    @property
    def abandonment(self) -> float:
        return _ratio(self.abandoned, self.offered)

    @property
    def delayed(self) -> float:
        """The part of the offered who had to wait at all."""
        return _ratio(self.offered - self.at_once, self.offered)


@dataclass(frozen=True, slots=True, kw_only=True)
class Floor:
    """The agents in one interval, in seconds of seats. `stuck_s`: idle while somebody waited whom they may serve."""

    staffed_s: float = 0.0
    engaged_s: float = 0.0  # with at least one contact
    stuck_s: float = 0.0  # every seat once
    stuck_for_s: dict[TenantId, float]  # a seat counts for each client who waited for it


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One day of one seed. `cells` has a row per source and a column per interval."""

    scenario: Scenario
    seed: int
    cells: tuple[tuple[Tally, ...], ...]
    floors: tuple[Floor, ...]

    def tally(
        self,
        tenant: TenantId | None = None,
        channel: Channel | None = None,
        *,
        source: int | None = None,
        since: float = 0.0,
        until: float = inf,
    ) -> Tally:
        """The sum over the sources asked for, of the intervals that begin in [since, until)."""
        total = Tally()
        for place, (one, row) in enumerate(zip(self.scenario.sources, self.cells, strict=True)):
            if tenant in (None, one.need.tenant) and channel in (None, one.channel) and source in (None, place):
                for interval in self._between(since, until):
                    total += row[interval]
        return total

    def occupancy(self, since: float = 0.0, until: float = inf) -> float:
        """The time with at least one contact, of the time on the floor."""
        floors = [self.floors[interval] for interval in self._between(since, until)]
        return _ratio(sum(one.engaged_s for one in floors), sum(one.staffed_s for one in floors))

    def idle_while_waiting_s(self, tenant: TenantId | None = None, since: float = 0.0, until: float = inf) -> float:
        """Seat-seconds that agents sat idle while a contact (of the client) waited that they might serve.

        Not counted: contacts at their client's hard ceiling, rings not yet open, agents who carry written work.
        """
        floors = [self.floors[interval] for interval in self._between(since, until)]
        return sum(one.stuck_s if tenant is None else one.stuck_for_s.get(tenant, 0.0) for one in floors)

    def queue(self, tenant: TenantId | None = None, since: float = 0.0, until: float = inf) -> float:
        """The mean number of contacts waiting."""
        step, length = self.scenario.interval_s, self.scenario.length_s
        spans = (min(step, length - interval * step) for interval in self._between(since, until))
        return _ratio(self.tally(tenant, since=since, until=until).queue_s, sum(spans))

    def of_tenants(self, figure: Callable[[Tally], float], since: float = 0.0, until: float = inf) -> dict[str, float]:
        return {one: figure(self.tally(one, since=since, until=until)) for one in self.scenario.tenants}

    def _between(self, since: float, until: float) -> Iterator[int]:
        step = self.scenario.interval_s
        return (interval for interval in range(self.scenario.intervals) if since <= interval * step < until)


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else nan
