"""Calls through the whole exchange with our flows and our two voice Lambdas in one process, on a virtual clock.

A call: menu, an agent's phone, talk, wrap-up, record. `voice.calls` is how many of them a second the simulator does,
one agent each; its baseline is the same number of calls of which the menu is the end (a wrong number).
`voice.calls.crowd` is the same for 1,000 on the line at once, `voice.calls.memory` what is held in memory after many
calls that are over, to that after a few.
"""

from __future__ import annotations

import gc
import itertools
import logging
import time
import tracemalloc
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from chalicelib.kernel.channel import Channel
from chalicelib.kernel.ids import ContactId, TenantId
from infra.local.connect.clock import VirtualClock
from infra.local.connect.exchange import Exchange, Setup
from infra.local.connect.library import deployed
from infra.local.connect.script import Reply
from tests.bench.measure import Line, against, plain
from tests.fakes.telephone import FUNCTION, MONDAY_MORNING, PLUMBER, Telephone

CALLS, CROWD, AGENTS, WAVES = 200, 1_000, 50, 20
_NOBODY = "+15550999999"
_FLAT = 1.2
_SLOWER = 3.0  # a call of a crowd may take so many times what one of a few takes


def bench() -> Iterator[Line]:
    logging.getLogger("manyline").setLevel(logging.WARNING)
    one = _seconds_each(CALLS, at_once=AGENTS)
    wrong = _wrong_numbers(CALLS)
    yield Line(
        bench="voice.calls",
        value=round(1 / one, 1),
        unit="calls/s",
        baseline=round(1 / wrong, 1),
        ratio=round(wrong / one, 3),
        n=CALLS,
    )
    crowd = _seconds_each(CROWD, at_once=CROWD)
    yield against("voice.calls.crowd", crowd * 1000, one * 1000, "ms per call", CROWD, _SLOWER)
    early, late = _memory()
    yield against("voice.calls.memory", late, early, "KiB", WAVES * AGENTS, _FLAT)
    yield plain("voice.calls.most", CROWD, "calls on the line at once", CROWD)


def _seconds_each(calls: int, *, at_once: int) -> float:
    telephone = _staffed(at_once)
    began = time.perf_counter()
    for first in range(0, calls, at_once):
        _wave(telephone, min(at_once, calls - first), first)
    return (time.perf_counter() - began) / calls


def _staffed(agents: int) -> Telephone:
    telephone = Telephone(keep=50)
    for number in range(agents):
        telephone.agent(f"agent{number:04d}")
    return telephone


def _wave(telephone: Telephone, calls: int, first: int, *, forgets: bool = True) -> None:
    exchange, clock = telephone.exchange, telephone.clock
    for agent, contact in _talk(exchange, clock, calls, first).items():
        exchange.clear(agent)
        telephone.router.finish(
            TenantId("plumber"), contact, Channel.VOICE, agent=agent, team="shared", disposition="x", now=clock.now()
        )
    clock.advance(1)
    if not forgets:
        return
    for seen in (telephone.bus.kept, telephone.bus.meanings, telephone.functions.events, telephone.functions.answers):
        seen.clear()  # what the test's own ports keep
    telephone.records.records.clear()


def _talk(exchange: Exchange, clock: VirtualClock, calls: int, first: int) -> dict[str, ContactId]:
    """So many callers dial in the same moment, are answered, and talk for three minutes: each agent's contact."""
    there = [exchange.dial(PLUMBER, f"+1555{first + place:07d}", "2") for place in range(calls)]
    clock.advance(12)
    ringing = [agent for agent in exchange.floor.agents.values() if agent.leg is not None]
    assert len(ringing) == calls, f"{len(ringing)} of {calls} phones ring"
    talks = {agent.id: ContactId(agent.leg.segment.tags["contactId"]) for agent in ringing if agent.leg}
    for agent in talks:
        exchange.accept(agent)
    clock.advance(180)
    for call in there:
        exchange.hang_up(call)
    return talks


def _wrong_numbers(calls: int) -> float:
    telephone = _staffed(0)
    began = time.perf_counter()
    for place in range(calls):
        telephone.exchange.dial(_NOBODY, f"+1555{place:07d}")
    telephone.clock.advance(30)
    return (time.perf_counter() - began) / calls


def _memory() -> tuple[float, float]:
    """KiB that are held after a few waves, and after many. The Lambdas say by heart what they answered once."""
    telephone = _staffed(AGENTS)
    heart = _ByHeart(telephone)
    clock, numbers = VirtualClock(MONDAY_MORNING), itertools.count(1)
    exchange = Exchange(
        clock=clock,
        library=deployed(FUNCTION),
        lambdas=heart,
        events=_Nowhere(),
        records=_Nowhere(),
        mint=lambda: f"connect-{next(numbers):06d}",
        setup=Setup(keep=50),
    )
    for number in range(AGENTS):
        exchange.sign_in(f"agent{number:04d}")
    tracemalloc.start()
    held = []
    for wave in range(WAVES):
        there = _talk(exchange, clock, AGENTS, wave * AGENTS)
        for agent in there:
            exchange.clear(agent)
        gc.collect()
        held.append(tracemalloc.get_traced_memory()[0] / 1024)
    tracemalloc.stop()
    return held[2], held[-1]


class _ByHeart:
    """The port `Lambdas`: each agent in turn for whoever wants one."""

    def __init__(self, telephone: Telephone) -> None:
        _wave(telephone, 1, 0, forgets=False)
        asked = [event["Details"]["Parameters"]["step"] for event in telephone.functions.events]
        self._answers = dict(zip(asked, telephone.functions.answers, strict=True))
        self._turn = itertools.cycle(range(AGENTS))

    def invoke(self, function: str, event: Mapping[str, Any], then: Callable[[Reply], None]) -> None:
        answer = self._answers[event["Details"]["Parameters"]["step"]]
        if "agent" in answer:
            answer = {**answer, "agent": f"agent{next(self._turn):04d}"}
        then(Reply(value=answer))


class _Nowhere:
    def put(self, *told: object) -> None:
        """The ports `Events` and `Records`, and nobody behind them."""
