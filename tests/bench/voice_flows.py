"""Calls through the whole exchange with our flows and our two voice Lambdas in one process, on a virtual clock.

A call: menu, an agent's phone, talk, wrap-up, record. `voice.flows` is how many of them a second the simulator does,
one agent each; its baseline is the same number of calls of which the menu is the end (a wrong number).
`voice.flows.crowd` is the same for 1,000 on the line at once, `voice.flows.memory` what is held in memory after many
calls that are over, to that after a few. The Lambdas are the real ones in all of them. What they write is the table's
on AWS and not the simulator's, so the test's table in memory is emptied of calls that are over before memory is read;
how much that was is said on standard error.
"""

from __future__ import annotations

import gc
import logging
import sys
import time
import tracemalloc
from collections.abc import Iterator

from chalicelib.kernel.channel import Channel
from chalicelib.kernel.ids import ContactId, TenantId
from infra.local.connect.clock import VirtualClock
from infra.local.connect.exchange import Exchange
from tests.bench.measure import Line, against, plain
from tests.fakes.telephone import PLUMBER, Telephone

CALLS, CROWD, AGENTS, WAVES = 200, 1_000, 50, 20
_NOBODY = "+15550999999"
_FLAT = 1.2
_SLOWER = 3.0  # a call of a crowd may take so many times what one of a few takes


def bench() -> Iterator[Line]:
    logging.getLogger("manyline").setLevel(logging.WARNING)
    one = _seconds_each(CALLS, at_once=AGENTS)
    wrong = _wrong_numbers(CALLS)
    yield Line(
        bench="voice.flows",
        value=round(1 / one, 1),
        unit="calls/s",
        baseline=round(1 / wrong, 1),
        ratio=round(wrong / one, 3),
        n=CALLS,
    )
    crowd = _seconds_each(CROWD, at_once=CROWD)
    yield against("voice.flows.crowd", crowd * 1000, one * 1000, "ms per call", CROWD, _SLOWER)
    early, late = _memory()
    yield against("voice.flows.memory", late, early, "KiB", WAVES * AGENTS, _FLAT)
    yield plain("voice.flows.most", CROWD, "calls on the line at once", CROWD)


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


def _wave(telephone: Telephone, calls: int, first: int) -> None:
    exchange, clock = telephone.exchange, telephone.clock
    for agent, contact in _talk(exchange, clock, calls, first).items():
        exchange.clear(agent)
        telephone.router.finish(
            TenantId("plumber"), contact, Channel.VOICE, agent=agent, team="shared", disposition="x", now=clock.now()
        )
    clock.advance(1)
    # What the test's own ports keep.
    for seen in (telephone.bus.kept, telephone.bus.meanings, telephone.functions.events, telephone.functions.answers):
        seen.clear()
    telephone.records.records.clear()
    telephone.database.requests.clear()


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
    """KiB that are held after a few waves, and after many."""
    telephone = _staffed(AGENTS)
    tracemalloc.start()
    held, table = [], 0.0
    for wave in range(WAVES):
        _wave(telephone, AGENTS, wave * AGENTS)
        before = _held()
        _forget_contacts(telephone)
        held.append(_held())
        table += before - held[-1]
    tracemalloc.stop()
    print(f"voice.flows.memory: {table:,.0f} KiB of contacts that DynamoDB holds on AWS are left out", file=sys.stderr)
    return held[2], held[-1]


def _held() -> float:
    gc.collect()
    return tracemalloc.get_traced_memory()[0] / 1024


def _forget_contacts(telephone: Telephone) -> None:
    """All of them are over, which the seats say."""
    working = [agent for agent in telephone.exchange.floor.agents.values() if agent.leg is not None]
    assert not working, f"{len(working)} agents are still in a call"
    telephone.database.tables["contacts"].clear()
