"""Simulated calls a second through our inbound flow, in a world where all goes well.

The baseline is a bare loop of as many steps, each a look-up of the next action: what no simulator can do without.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

from infra.local.connect.library import deployed, flow_arn
from infra.local.connect.simulate.chances import PLAIN
from infra.local.connect.simulate.folder import Folder
from infra.local.connect.simulate.journey import run
from tests.bench.measure import Line

CALLS = 1_000


def bench() -> Iterator[Line]:
    library = deployed("arn:function")
    flow = library.all()[flow_arn("InboundFlowArn")]
    folder = Folder([flow])
    began = time.perf_counter()
    runs = [run(flow, folder, seed, PLAIN) for seed in range(CALLS)]
    took = time.perf_counter() - began
    ways = {action.identifier: action.target or flow.start for action in flow.actions}
    began = time.perf_counter()
    for one in runs:
        _walk(ways, flow.start, len(one.steps))
    bare = time.perf_counter() - began
    yield Line(
        bench="voice.flows.random",
        value=round(CALLS / took),
        unit="calls/s",
        baseline=round(CALLS / bare),
        ratio=round(bare / took, 5),
        n=CALLS,
    )
    steps = sum(len(one.steps) for one in runs)
    yield Line(bench="voice.flows.random.steps", value=round(steps / took), unit="actions/s", n=steps)


def _walk(ways: dict[str, str], here: str, steps: int) -> str:
    for _ in range(steps):
        here = ways[here]
    return here
