"""Calls with chats beside them, simulated with the real matcher: the mean wait of calls with and without the drain.

200 agents, 92 % of their units asked for, with and without chats. The first hour of each day, in which the floor fills
up, is left out.
"""

from __future__ import annotations

from collections.abc import Iterator

from chalicelib.kernel.channel import Channel
from chalicelib.routing.model.erlang import delay
from chalicelib.routing.service.outcome import Run
from chalicelib.routing.service.study import Each, Estimate, Study, study
from tests.bench.measure import Line, plain
from tests.bench.routing_cases import AHT_S, LOAD, MIXED_WARM_UP, SEATS, mixed, side_by_side

DAYS = range(1, 21)
HOURS = 9.0
CHATS = 0.3  # of the contacts
RULES = {"drain": True, "nodrain": False}


def bench() -> Iterator[Line]:
    with side_by_side() as each:
        yield from _lines(each)


def _lines(each: Each) -> Iterator[Line]:
    """The baseline is the wait of calls alone, at the same part of the units asked for."""
    alone = study(mixed(0.0, drain=True, hours=HOURS), DAYS, each)
    calls = _wait(alone, Channel.VOICE)
    exact = delay.asa(LOAD * SEATS, SEATS, AHT_S)
    yield _wait_line("routing.mixed.voice", calls, exact)
    yield plain("routing.mixed.voice.error", calls.error, "standard error, s", calls.n)
    found = {name: study(mixed(CHATS, drain=drain, hours=HOURS), DAYS, each) for name, drain in RULES.items()}
    for name, days in found.items():
        waits = _wait(days, Channel.VOICE)
        yield _wait_line(f"routing.mixed.{name}", waits, calls.mean)
        yield plain(f"routing.mixed.{name}.error", waits.error, "standard error, s", waits.n)
        level = days.service_level(channel=Channel.VOICE, since=MIXED_WARM_UP)
        yield plain(f"routing.mixed.{name}.level", level.mean, "service level of calls", level.n)
        chats = _wait(days, Channel.CHAT)
        yield plain(f"routing.mixed.{name}.chats", chats.mean, "s, mean wait of chats", chats.n)
    gain = Estimate.of(
        _wait_of(without) - _wait_of(drained)
        for without, drained in zip(found["nodrain"].runs, found["drain"].runs, strict=True)
    )
    yield plain("routing.mixed.gain", gain.mean, "s of a call's wait, by draining, day by day", gain.n)
    yield plain("routing.mixed.gain.error", gain.error, "standard error, s", gain.n)


def _wait_of(run: Run) -> float:
    return run.tally(channel=Channel.VOICE, since=MIXED_WARM_UP).mean_wait_s


def _wait(found: Study, channel: Channel) -> Estimate:
    return found.mean_wait_s(channel=channel, since=MIXED_WARM_UP)


def _wait_line(name: str, waits: Estimate, baseline: float) -> Line:
    return Line(
        bench=name,
        value=round(waits.mean, 2),
        unit="s, mean wait of calls",
        baseline=round(baseline, 2),
        ratio=round(waits.mean / baseline, 3),
        n=waits.n,
    )
