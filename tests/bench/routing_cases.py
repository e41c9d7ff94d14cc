"""The scenarios of the routing studies, for the benches, the plots and the tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from math import ceil, inf
from statistics import fmean

from chalicelib.kernel.channel import Channel
from chalicelib.kernel.ids import TeamId, TenantId
from chalicelib.routing.model.eligibility import Need, Profile, Ring
from chalicelib.routing.model.share import SOFT_CAP, Share
from chalicelib.routing.service.outcome import Run, Tally
from chalicelib.routing.service.study import Each, Estimate, Study
from chalicelib.routing.service.traffic import Crew, Handle, Scenario, Source

TEAM = TeamId("floor")
HOUR = 3600.0
CLIENTS = tuple(TenantId(f"client-{number:02}") for number in range(20))
AHT_S = 240.0
ALL_DAY = (0.0, inf)


@contextmanager
def side_by_side(processes: int = 2) -> Iterator[Each]:
    """A `map` for `study` that uses more than one processor."""
    with ProcessPoolExecutor(processes) as workers:
        yield workers.map


def one_queue(
    seats: int, erlangs: float, *, hours: float, aht_s: float, target_s: float, patience_s: float
) -> Scenario:
    """One client and one skill: a queue of the textbooks. An interval is an hour."""
    source = Source(
        need=Need(tenant=CLIENTS[0], team=TEAM),
        channel=Channel.VOICE,
        target_s=target_s,
        rates=(erlangs / aht_s,) * ceil(hours),
        handle=Handle(mean_s=aht_s),
        patience_s=patience_s,
    )
    return Scenario(sources=(source,), crews=(universal(seats),), interval_s=HOUR, length_s=hours * HOUR)


def universal(seats: int) -> Crew:
    return Crew(profile=Profile(team=TEAM), shifts=(ALL_DAY,) * seats)


# --- fairness: a storm on one client's line ---------------------------------------------------------------------------

SEATS = 200
STORM, OTHERS = CLIENTS[0], CLIENTS[1:]
STORM_FROM, STORM_UNTIL = 1 * HOUR, 3 * HOUR
STORM_DAY = 4 * HOUR
TIMES_FORECAST = 5.0
ERLANGS = 170.0  # as forecast, of all
TARGETS = (20.0,) * 10 + (60.0,) * 5 + (120.0,) * 5
EXPERIMENTS: Mapping[str, float] = {"a": 1 / 20, "b": 0.20}  # the storming client's part of the forecast
RESERVED = 0.8  # of the seats by weight


@dataclass(frozen=True, slots=True)
class Terms:
    """What the clients are promised: the reserve as a part of the seats by weight, and the cap in times of them."""

    reserve: float
    cap: float

    def of(self, weight: float) -> Share:
        return Share(weight=weight, reserve=self.reserve * SEATS * weight, cap=self.cap)


RULES: Mapping[str, Terms] = {
    "rule": Terms(RESERVED, SOFT_CAP),
    "deadlines": Terms(0.0, inf),
    "reserve": Terms(RESERVED, inf),
}


def storm(experiment: str, terms: Terms, times: float = TIMES_FORECAST) -> Scenario:
    """Four hours; client 0 calls `times` its forecast in the second and third. Intervals of ten minutes."""
    part = EXPERIMENTS[experiment]
    weights = {STORM: part} | {other: (1 - part) / len(OTHERS) for other in OTHERS}
    step = 600.0
    starts = [number * step for number in range(int(STORM_DAY / step))]
    sources = tuple(
        Source(
            need=Need(tenant=client, team=TEAM),
            channel=Channel.VOICE,
            target_s=target_s,
            rates=tuple(
                weights[client] * ERLANGS / AHT_S * (times if client == STORM and _storms(start) else 1.0)
                for start in starts
            ),
            handle=Handle(mean_s=AHT_S),
            patience_s=300.0,
        )
        for client, target_s in zip(CLIENTS, TARGETS, strict=True)
    )
    return Scenario(
        sources=sources,
        crews=(universal(SEATS),),
        shares={client: terms.of(weight) for client, weight in weights.items()},
        interval_s=step,
        length_s=STORM_DAY,
    )


def _storms(start: float) -> bool:
    return STORM_FROM <= start < STORM_UNTIL


@dataclass(frozen=True, slots=True, kw_only=True)
class StormFigures:
    """Of the two hours of the storm; service levels are answered within target / offered."""

    others: Estimate  # the mean of the nineteen
    worst: float  # the mean over the seeds of the one of them who fared worst
    storming: Estimate
    abandoned: Estimate  # by customers of the nineteen
    idle: Estimate  # seats idle while somebody waited, on average
    occupancy: Estimate

    @staticmethod
    def of(study: Study) -> StormFigures:
        window = {"since": STORM_FROM, "until": STORM_UNTIL}
        per_run = [run.of_tenants(lambda tally: tally.service_level, **window) for run in study.runs]
        length = STORM_UNTIL - STORM_FROM
        return StormFigures(
            others=Estimate.of(fmean(levels[other] for other in OTHERS) for levels in per_run),
            worst=min(fmean(levels[other] for levels in per_run) for other in OTHERS),
            storming=Estimate.of(levels[STORM] for levels in per_run),
            abandoned=study.over(lambda run: _sum(run, STORM_FROM, STORM_UNTIL).abandonment),
            idle=study.over(lambda run: run.idle_while_waiting_s(**window) / length),
            occupancy=study.occupancy(**window),
        )


def _sum(run: Run, since: float, until: float) -> Tally:
    return sum((run.tally(other, since=since, until=until) for other in OTHERS), Tally())


# --- pooling: how many clients an agent must know ---------------------------------------------------------------------

PER_CLIENT = 8.5  # Erlang
GOAL, WITHIN_S = 0.80, 20.0
POOL_WARM_UP = HOUR


def chain(seats: int, skills: int, hours: float, *, by_share: bool = False) -> Scenario:
    """Every agent knows `skills` neighbouring clients of a ring of twenty. 1: dedicated pools; 20: all shared.

    `by_share`: with reserves and caps. Without, all targets being the same, the line is first come, first served.
    """
    clients = len(CLIENTS)
    homes = [number * clients // seats for number in range(seats)]
    crews = tuple(
        Crew(
            profile=Profile.of(TEAM, {CLIENTS[(home + step) % clients]: 5 for step in range(skills)}),
            shifts=(ALL_DAY,) * homes.count(home),
        )
        for home in range(clients)
    )
    sources = tuple(
        Source(
            need=Need(tenant=client, team=TEAM, skill=client, widest=Ring.PRIMARY),
            channel=Channel.VOICE,
            target_s=WITHIN_S,
            rates=(PER_CLIENT / AHT_S,) * ceil(hours),
            handle=Handle(mean_s=AHT_S),
        )
        for client in CLIENTS
    )
    share = Share(weight=1 / clients, reserve=RESERVED * seats / clients)
    shares = dict.fromkeys(CLIENTS, share) if by_share else {}
    return Scenario(sources=sources, crews=crews, shares=shares, interval_s=HOUR, length_s=hours * HOUR)


def fewest(enough: Callable[[int], bool], guess: int) -> int:
    """The smallest number that is enough, sought from the guess in growing steps, then by bisection."""
    low = high = guess
    step = 1
    if enough(guess):
        while enough(low := high - step):
            high, step = low, 2 * step
    else:
        while not enough(high := low + step):
            low, step = high, 2 * step
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


# --- mixed channels: calls beside chats -------------------------------------------------------------------------------

LOAD = 0.92  # of all units
MIXED_WARM_UP = HOUR


def mixed(chats: float, *, drain: bool, hours: float, clients: int = 20) -> Scenario:
    """200 agents, 92 % of their units asked for; `chats` is the part of the contacts that are chats, 1 unit of 3."""
    units = 3 * (1 - chats) + chats
    arrivals = LOAD * SEATS * 3 / units / AHT_S  # contacts per second
    parts = {Channel.VOICE: 1 - chats, Channel.CHAT: chats}
    sources = tuple(
        Source(
            need=Need(tenant=client, team=TEAM),
            channel=channel,
            target_s=20.0 if channel is Channel.VOICE else 60.0,
            rates=(arrivals * part / clients,) * ceil(hours),
            handle=Handle(mean_s=AHT_S),
        )
        for client in CLIENTS[:clients]
        for channel, part in parts.items()
        if part
    )
    shares = dict.fromkeys(CLIENTS[:clients], RULES["rule"].of(1 / clients))
    crews = (universal(SEATS),)
    return Scenario(sources=sources, crews=crews, shares=shares, interval_s=HOUR, length_s=hours * HOUR, drain=drain)
