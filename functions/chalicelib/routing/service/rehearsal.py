"""A plan played in virtual time with the real matcher: dedicated, pooled, and by agents who know some clients each.

The formulas see one queue in the long run; here every client's contacts come as the forecast says, interval after
interval, to agents who come and go as planned, and the matcher decides. A forecast of one interval is held for hours.
Before the first interval an hour of its load passes that is not counted, so that the floor is not empty.

Agents who know `k` clients stand in a ring: those of the first client know the next k - 1 as well, and so on
(W. Jordan, S. Graves, "Principles on the benefits of manufacturing process flexibility", 1995). How many are needed
is searched between the pooled and the dedicated plan.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil, floor, inf, isnan
from statistics import fmean

from chalicelib.kernel.channel import Channel
from chalicelib.kernel.errors import Invalid
from chalicelib.kernel.ids import TeamId, TenantId
from chalicelib.routing.model.eligibility import Need, Profile, Ring
from chalicelib.routing.model.forecast import Demand
from chalicelib.routing.model.share import Share
from chalicelib.routing.service.outcome import SERVICE_LEVEL
from chalicelib.routing.service.planner import Plan
from chalicelib.routing.service.study import Each, Estimate, Study, study
from chalicelib.routing.service.traffic import Crew, Handle, Scenario, Source

_TEAM = TeamId("planned")
_BEFORE_S = 3600.0  # that is played and not counted
_DOUBT = 3.0  # standard errors by which a client may seem too low: of twenty, one is always two off
assert SERVICE_LEVEL.startswith("answered within target / offered"), "the formulas count like the simulation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    seeds: tuple[int, ...] = tuple(range(1, 6))
    hours: float = 10.0  # for which a forecast of one interval is held
    known: tuple[int, ...] = ()  # clients that an agent knows: one answer for each number

    def __post_init__(self) -> None:
        if not self.seeds:
            raise Invalid("seeds", "are none", "give at least 1; 5 or more for a standard error to rely on")
        if not 0 < self.hours <= 1000:
            raise Invalid("hours", f"is {self.hours:g}", "give more than 0 and at most 1000")
        if any(known < 1 for known in self.known):
            raise Invalid("known_tenants", f"is {min(self.known)}", "give 1 or more clients per agent")


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What came of it, over seeds."""

    service_level: Estimate
    asa_s: Estimate  # of the answered
    occupancy: Estimate
    abandoned: Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """One way to staff. `met`: all clients together, and each one but for doubt, were served as they should be."""

    agents: tuple[int, ...]  # per interval
    overall: Seen
    intervals: tuple[Seen, ...]
    worst: tuple[str, Channel, Estimate]  # the client furthest below its target, or least above
    met: bool
    contacts: int  # that were simulated


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    setting: Setting
    dedicated: Played
    pooled: Played
    known: dict[int, Played]


def rehearse(plan: Plan, setting: Setting, each: Each = map) -> Rehearsal:
    """Raises Invalid where nothing is expected. `each` may be the `map` of a pool of processes."""
    stage = _Stage(plan, setting, each)
    return Rehearsal(
        setting=setting,
        dedicated=stage.played(stage.dedicated()),
        pooled=stage.played(stage.pooled()),
        known={known: _fewest(stage, known) for known in setting.known},
    )


def contacts_of(plan: Plan, setting: Setting) -> int:
    """About how many contacts a rehearsal simulates, the search included: what it costs."""
    length = setting.hours * 3600 / plan.forecast.interval_s if len(plan.staffed) == 1 else 1
    once = sum(staffed.interval.contacts for staffed in plan.staffed) * max(1.0, length)
    before = plan.staffed[0].interval.contacts * ceil(_BEFORE_S / plan.forecast.interval_s) if plan.staffed else 0
    spread = max((abs(staffed.dedicated_agents - staffed.pooled_agents) for staffed in plan.staffed), default=0)
    searches = len(setting.known) * (spread.bit_length() + 1)
    return round((once + before) * len(setting.seeds) * (2 + searches))


@dataclass(frozen=True, slots=True)
class _Cast:
    """Agents by profile: `counts[i][t]` of the i-th in interval t. `alike`: everybody knows every client."""

    profiles: tuple[Profile, ...]
    counts: tuple[tuple[int, ...], ...]
    alike: bool = False

    @property
    def agents(self) -> tuple[int, ...]:
        return tuple(sum(column) for column in zip(*self.counts, strict=True))


@dataclass(frozen=True, slots=True)
class _Stream:
    """Contacts of one kind: one source of the simulation."""

    client: str
    channel: Channel
    aht_s: float
    within_s: float
    patience_s: float | None

    @staticmethod
    def of(demand: Demand) -> _Stream:
        return _Stream(demand.client, demand.channel, demand.aht_s, demand.within_s, demand.patience_s)


class _Stage:
    """The forecast as a day of the simulator."""

    def __init__(self, plan: Plan, setting: Setting, each: Each) -> None:
        self.plan, self._setting, self._each = plan, setting, each
        self._forecast = forecast = plan.forecast
        if not any(staffed.pooled for staffed in plan.staffed):
            raise Invalid("contacts", "are none in any interval", "there is nothing to simulate")
        self.clients = forecast.clients
        step = forecast.interval_s
        self._before = ceil(_BEFORE_S / step)
        held = max(1, round(setting.hours * 3600 / step)) if len(plan.staffed) == 1 else 1
        # The interval of the forecast that is played in each interval of the simulation.
        self._order = [0] * self._before + [place for place in range(len(plan.staffed)) for _ in range(held)]
        self._starts = [(self._before + place * held) * step for place in range(len(plan.staffed))]
        self._held_s = held * step
        self._streams = tuple(dict.fromkeys(_Stream.of(demand) for demand in forecast.demands()))

    # Ways to staff

    def dedicated(self) -> _Cast:
        counts = [[0] * len(self.plan.staffed) for _ in self.clients]
        for place, staffed in enumerate(self.plan.staffed):
            for pool in staffed.dedicated:
                counts[self.clients.index(pool.demands[0].client)][place] = pool.agents
        return _Cast(self._ring(1), tuple(map(tuple, counts)))

    def pooled(self) -> _Cast:
        return _Cast((Profile(team=_TEAM),), (tuple(one.pooled_agents for one in self.plan.staffed),), alike=True)

    def knowing(self, known: int, step: int, of: int) -> _Cast:
        """`step` of `of` steps on the way from the pooled plan to the dedicated one, or back where pooling hurts."""
        columns = []
        for staffed in self.plan.staffed:
            fewer, more = sorted((staffed.dedicated_agents, staffed.pooled_agents))
            agents = fewer + ceil((more - fewer) * step / max(of, 1))
            loads = [self._forecast.load(staffed.interval, client) for client in self.clients]
            columns.append(apportion(agents, loads))
        return _Cast(self._ring(known), tuple(zip(*columns, strict=True)))

    def _ring(self, known: int) -> tuple[Profile, ...]:
        around = (*self.clients, *self.clients)
        most = min(known, len(self.clients))
        return tuple(
            Profile.of(_TEAM, dict.fromkeys(around[place : place + most], 1)) for place in range(len(self.clients))
        )

    # Playing

    def played(self, cast: _Cast) -> Played:
        seen = study(self._scenario(cast), self._setting.seeds, self._each)
        since = self._starts[0]
        levels = [
            (client, channel, target, level)
            for client, channel, target in self._targets()
            for level in [seen.service_level(TenantId(client), channel, since)]
            if level.n
        ]
        doubt = _DOUBT * _usual_error([level for *_, level in levels])
        served = all(level.mean + doubt >= target for *_, target, level in levels)
        client, channel, _, least = min(levels, key=lambda one: one[3].mean - one[2])
        overall = self._seen(seen, since, inf)
        contacts = [demand.contacts for demand in self._forecast.demands()]
        asked = [demand.level for demand in self._forecast.demands()]
        wanted = sum(level * part for level, part in zip(asked, contacts, strict=True)) / sum(contacts)
        return Played(
            agents=cast.agents,
            overall=overall,
            intervals=tuple(self._seen(seen, start, start + self._held_s) for start in self._starts),
            worst=(client, channel, least),
            met=overall.service_level.mean >= wanted and served,
            contacts=sum(run.tally().offered for run in seen.runs),
        )

    def _seen(self, seen: Study, since: float, until: float) -> Seen:
        return Seen(
            service_level=seen.service_level(since=since, until=until),
            asa_s=seen.asa_s(since=since, until=until),
            occupancy=seen.occupancy(since, until),
            abandoned=seen.abandonment(since=since, until=until),
        )

    def _targets(self) -> Iterator[tuple[str, Channel, float]]:
        """Each client's part per channel; of several over the day, their mean by contacts."""
        sums: dict[tuple[str, Channel], tuple[float, float]] = {}
        for demand in self._forecast.demands():
            met, contacts = sums.get((demand.client, demand.channel), (0.0, 0.0))
            sums[demand.client, demand.channel] = met + demand.level * demand.contacts, contacts + demand.contacts
        yield from ((*of, met / contacts) for of, (met, contacts) in sums.items())

    def _scenario(self, cast: _Cast) -> Scenario:
        step = self._forecast.interval_s
        return Scenario(
            sources=tuple(self._source(stream, alike=cast.alike) for stream in self._streams),
            crews=tuple(self._crews(cast)),
            shares=self._shares(),
            interval_s=step,
            length_s=step * len(self._order),
        )

    def _source(self, stream: _Stream, *, alike: bool) -> Source:
        rates = [
            sum(one.contacts for one in staffed.interval.demands if _Stream.of(one) == stream)
            / self._forecast.interval_s
            for staffed in self.plan.staffed
        ]
        need = Need(
            tenant=TenantId(stream.client),  # a name in a forecast: it opens nothing
            team=_TEAM,
            skill="" if alike else stream.client,
            widest=Ring.PRIMARY,
        )
        return Source(
            need=need,
            channel=stream.channel,
            target_s=stream.within_s,
            rates=tuple(rates[place] for place in self._order),
            handle=Handle(mean_s=stream.aht_s),
            patience_s=inf if stream.patience_s is None else stream.patience_s,
        )

    def _crews(self, cast: _Cast) -> Iterator[Crew]:
        step = self._forecast.interval_s
        for profile, counts in zip(cast.profiles, cast.counts, strict=True):
            shifts = tuple(_shifts([counts[place] for place in self._order], step))
            if shifts:
                yield Crew(profile=profile, shifts=shifts)

    def _shares(self) -> dict[TenantId, Share]:
        """By the forecast, with nothing reserved: what the rule does for clients without special terms."""
        loads = {
            client: sum(self._forecast.load(interval, client) for interval in self._forecast.intervals)
            for client in self.clients
        }
        whole = sum(loads.values())
        return {TenantId(client): Share(weight=load / whole) for client, load in loads.items()}


def apportion(seats: int, loads: Sequence[float]) -> tuple[int, ...]:
    """Whole seats in proportion to the loads; what is left over goes to the largest remainders."""
    whole = sum(loads)
    if not whole:
        return (0,) * len(loads)
    exact = [seats * load / whole for load in loads]
    given = [floor(part) for part in exact]
    largest = sorted(range(len(loads)), key=lambda place: (given[place] - exact[place], place))
    for place in largest[: seats - sum(given)]:
        given[place] += 1
    return tuple(given)


def _fewest(stage: _Stage, known: int) -> Played:
    """The smallest step from the smaller plan to the larger one that meets the targets; the last if none does."""
    steps = max((abs(one.dedicated_agents - one.pooled_agents) for one in stage.plan.staffed), default=0)
    fewest = stage.played(stage.knowing(known, 0, steps))
    if fewest.met or not steps:
        return fewest
    low, high, best = 0, steps, None
    while high - low > 1:
        middle = (low + high) // 2
        played = stage.played(stage.knowing(known, middle, steps))
        if played.met:
            high, best = middle, played
        else:
            low = middle
    return best or stage.played(stage.knowing(known, steps, steps))


def _shifts(counts: Sequence[int], step: float) -> Iterator[tuple[float, float]]:
    """Of so many agents in each interval, the shifts: the first to come is the last to go."""
    for agent in range(max(counts, default=0)):
        on: int | None = None
        for place, count in enumerate([*counts, 0]):
            if count > agent and on is None:
                on = place
            elif count <= agent and on is not None:
                yield on * step, place * step
                on = None


def _usual_error(levels: Sequence[Estimate]) -> float:
    """The mean standard error: that of one client, from a few days, is at times far too small. 0 of a single day."""
    known = [level.error for level in levels if not isnan(level.error)]
    return fmean(known) if known else 0.0
