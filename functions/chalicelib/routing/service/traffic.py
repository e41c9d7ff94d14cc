"""What a simulated day is made of: who asks and how often, how long it takes, how long they wait, who works when.

All times are seconds from the beginning of the day. Every source draws its arrivals, its handle times and its patience
from streams of its own, and the n-th contact of a source is the same one whatever the rule does with it. So two rules
are compared on the same contacts (common random numbers).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from math import ceil, inf, isfinite, log, sqrt
from random import Random
from typing import Literal

from chalicelib.kernel.channel import Channel
from chalicelib.kernel.errors import Invalid
from chalicelib.kernel.ids import TenantId
from chalicelib.routing.model.eligibility import Need, Profile, Ring, ring_of
from chalicelib.routing.model.share import Share

Arrival = tuple[float, int, float, float]  # arrives at, source, handle time, patience


@dataclass(frozen=True, slots=True, kw_only=True)
class Handle:
    """How long a contact keeps its agent, wrap-up included. `cv` is the standard deviation over the mean."""

    mean_s: float
    cv: float = 1.0  # of an exponential always 1
    shape: Literal["exponential", "lognormal"] = "exponential"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A stream of contacts that ask for the same. Arrivals are Poisson, with a constant rate in each interval."""

    need: Need
    channel: Channel
    target_s: float
    rates: tuple[float, ...]  # contacts per second, one for each interval of the scenario
    handle: Handle
    patience_s: float = inf  # the mean of an exponential; inf: they wait for ever
    boost_s: float = 0.0  # off their deadlines


@dataclass(frozen=True, slots=True, kw_only=True)
class Crew:
    """Agents of one profile: one for each shift. Who goes off finishes what he has."""

    profile: Profile
    shifts: tuple[tuple[float, float], ...]  # on from, off at


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    sources: tuple[Source, ...]
    crews: tuple[Crew, ...]
    shares: Mapping[TenantId, Share] = field(default_factory=dict)
    interval_s: float = 900.0
    length_s: float
    drain: bool = True

    @property
    def intervals(self) -> int:
        return ceil(self.length_s / self.interval_s - 1e-9)

    @property
    def tenants(self) -> tuple[TenantId, ...]:
        """In the order of the sources."""
        return tuple(dict.fromkeys(source.need.tenant for source in self.sources))


class Traffic:
    """The arrivals of one scenario and seed, interval by interval. Ask for the intervals in order, each once."""

    def __init__(self, scenario: Scenario, seed: int) -> None:
        self._scenario = scenario
        self._streams = [_Stream(source, f"{seed}/{place}") for place, source in enumerate(scenario.sources)]

    def of(self, interval: int) -> list[Arrival]:
        """Everyone who arrives in the interval, in order of arrival."""
        scenario = self._scenario
        start = interval * scenario.interval_s
        length = min(scenario.interval_s, scenario.length_s - start)
        arriving = [
            (at, place, stream.handle(), stream.patience())
            for place, stream in enumerate(self._streams)
            for at in stream.arrivals(start, length, scenario.sources[place].rates[interval])
        ]
        arriving.sort()
        return arriving


class _Stream:
    """A unit Poisson process that is stretched by the rate: a little more load moves each arrival a little forward."""

    def __init__(self, source: Source, name: str) -> None:
        self._gaps = Random(f"{name}/arrivals")  # noqa: S311  a simulation must be repeatable
        self._ahead = self._gaps.expovariate(1.0)
        self.handle = _draws(source.handle, Random(f"{name}/handle"))  # noqa: S311
        self.patience = _patience(source.patience_s, Random(f"{name}/patience"))  # noqa: S311

    def arrivals(self, start: float, length: float, rate: float) -> Iterator[float]:
        expected = rate * length
        passed = 0.0
        while passed + self._ahead < expected:
            passed += self._ahead
            self._ahead = self._gaps.expovariate(1.0)
            yield start + passed / rate
        self._ahead -= expected - passed


def _draws(handle: Handle, random: Random) -> Callable[[], float]:
    if handle.shape == "exponential":
        rate = 1 / handle.mean_s
        return lambda: random.expovariate(rate)
    sigma2 = log(1 + handle.cv**2)
    mu, sigma = log(handle.mean_s) - sigma2 / 2, sqrt(sigma2)
    return lambda: random.lognormvariate(mu, sigma)


def _patience(mean_s: float, random: Random) -> Callable[[], float]:
    return (lambda: random.expovariate(1 / mean_s)) if mean_s < inf else (lambda: inf)


def check(scenario: Scenario) -> tuple[str, ...]:
    """What is odd about a scenario but can be run, in words.

    Raises:
        Invalid: the field that cannot be used, and what to write instead.
    """
    _must(_positive(scenario.interval_s), "interval_s", f"is {scenario.interval_s}", "give seconds above 0")
    _must(_positive(scenario.length_s), "length_s", f"is {scenario.length_s}", "give seconds above 0")
    _must(bool(scenario.sources), "sources", "nobody arrives", "give at least one source")
    _must(any(crew.shifts for crew in scenario.crews), "crews", "there are no agents", "give at least one shift")
    for place, source in enumerate(scenario.sources):
        _check_source(f"sources[{place}]", source, scenario.intervals)
    for place, crew in enumerate(scenario.crews):
        for number, (start, end) in enumerate(crew.shifts):
            where = f"crews[{place}].shifts[{number}]"
            _must(0 <= start < end, where, f"is {start} to {end}", "begin at 0 or later and end after the beginning")
    _check_shares(scenario.shares)
    return (*_oddities(scenario),)


def _check_source(where: str, source: Source, intervals: int) -> None:
    given = len(source.rates)
    _must(given == intervals, f"{where}.rates", f"has {given} of {intervals} intervals", "give one rate each")
    for interval, rate in enumerate(source.rates):
        usable = rate >= 0 and isfinite(rate)
        _must(usable, f"{where}.rates[{interval}]", f"is {rate}", "give contacts per second, 0 or more")
    _must(_positive(source.target_s), f"{where}.target_s", f"is {source.target_s}", "give seconds above 0")
    bounded = 0 <= source.boost_s <= source.target_s
    _must(bounded, f"{where}.boost_s", f"is {source.boost_s}", f"give seconds from 0 to the target, {source.target_s}")
    _must(source.patience_s > 0, f"{where}.patience_s", f"is {source.patience_s}", "give seconds above 0, or inf")
    handle = source.handle
    _must(_positive(handle.mean_s), f"{where}.handle.mean_s", f"is {handle.mean_s}", "give seconds above 0")
    _must(_positive(handle.cv), f"{where}.handle.cv", f"is {handle.cv}", "give a number above 0")
    fits = handle.shape == "lognormal" or (handle.shape == "exponential" and handle.cv == 1)
    why = f"is {handle.cv} with shape {handle.shape!r}"
    _must(fits, f"{where}.handle.cv", why, "leave it at 1, or make the shape lognormal")


def _check_shares(shares: Mapping[TenantId, Share]) -> None:
    for tenant, share in shares.items():
        where = f"shares[{tenant!r}]"
        usable = 0 <= share.weight <= 1
        _must(usable, f"{where}.weight", f"is {share.weight}", "give a part of the work, 0 to 1")
        _must(0 <= share.reserve < inf, f"{where}.reserve", f"is {share.reserve}", "give seats, 0 or more")
        _must(share.cap >= 0, f"{where}.cap", f"is {share.cap}", "give 0 or more times the seats by weight, or inf")
        fine = share.ceiling is None or share.ceiling > 0
        _must(fine, f"{where}.ceiling", f"is {share.ceiling}", "give seats above 0, or none")
    total = sum(share.weight for share in shares.values())
    _must(total <= 1 + 1e-9, "shares", f"add up to {100 * total:g} % of the team", "lower weights until they are 100 %")


def _oddities(scenario: Scenario) -> Iterator[str]:
    profiles = {crew.profile for crew in scenario.crews if crew.shifts}
    for place, source in enumerate(scenario.sources):
        need, where = source.need, f"sources[{place}]"
        rings = {ring_of(profile, need) for profile in profiles} - {None}
        if not rings:
            yield f"{where}: no agent may ever serve {need.tenant}{_skill(need)}; its contacts only wait"
        elif rings == {Ring.ANYONE} and need.skill:
            yield f"{where}: nobody has the skill {need.skill!r}; {need.tenant} is served by agents without it"
        if scenario.shares and need.tenant not in scenario.shares:
            yield f"{where}: {need.tenant} has no share, so it is neither reserved for nor capped"
    promised = sum(share.reserve for share in scenario.shares.values())
    seats = sum(len(crew.shifts) for crew in scenario.crews)
    if promised > seats:
        yield f"shares: reserves add up to {promised:g} seats of {seats} agents, so they shrink in proportion"
    for interval in range(scenario.intervals):
        if not _manned(scenario, interval) and any(source.rates[interval] for source in scenario.sources):
            yield f"interval {interval}: contacts arrive and no agent is signed in"


def _manned(scenario: Scenario, interval: int) -> bool:
    start, end = interval * scenario.interval_s, (interval + 1) * scenario.interval_s
    return any(on < end and off > start for crew in scenario.crews for on, off in crew.shifts)


def _skill(need: Need) -> str:
    return f" with skill {need.skill!r}" if need.skill else ""


def _positive(value: float) -> bool:
    return value > 0 and isfinite(value)


def _must(usable: bool, field_: str, why: str, fix: str) -> None:
    if not usable:
        raise Invalid(field_, why, fix)
