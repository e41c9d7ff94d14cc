"""Rating a month of a million calls, beside a bare loop that does only the 30/6 arithmetic and appends a tuple a call.

Ours takes usage records through the public function: what counts of each call (talk, hold, wrap-up), steps of 30/6,
an allowance, three tiers, the lines, and for each call its raw and billed seconds and where it fell. The bare loop gets
the whole seconds ready-made. Both are made before the clock starts.
"""

from __future__ import annotations

import gc
import random
import time
from collections.abc import Callable, Iterator
from datetime import timedelta

import duckdb

from chalicelib.billing.model.explain import Audit, audit
from chalicelib.billing.model.ledger import Meter, UsageRecord
from chalicelib.billing.model.line import net_of
from tests.bench.measure import Line, compared, plain
from tests.fakes.plans import NOVEMBER, WHOLE, simple, used

CALLS = 1_000_000
REPEATS = 5
PLAN = simple(
    voice={
        "initial_interval": 30,
        "next_interval": 6,
        "included_minutes": 100_000,
        "tiers": [{"up_to": 500_000, "price": "1.45"}, {"up_to": 2_000_000, "price": "1.30"}, {"price": "1.15"}],
    }
)


def bench() -> Iterator[Line]:
    records = month(CALLS)
    lengths = [record.quantity for record in records]
    gc.collect()
    gc.freeze()  # what was made beforehand is no work of either
    ours, base = [], []
    for _ in range(REPEATS):
        base.append(_took(lambda: bare(lengths)))
        ours.append(_took(lambda: audit(records, PLAN, WHOLE)))
    rated = audit(records, PLAN, WHOLE)
    _same(rated, lengths)
    yield compared("billing.rate", ours, "ns per call", base, limit=4.0)
    yield plain("billing.rate.calls", 1e9 / sorted(ours)[REPEATS // 2], "calls/s", CALLS)
    seconds, sql_total = in_sql(records)
    assert sql_total == net_of(rated.lines, "EUR").minor, "DuckDB says something else"
    yield plain("billing.rate.duckdb", seconds * 1000, "ms", CALLS)
    gc.unfreeze()


def month(calls: int, seed: int = 1) -> list[UsageRecord]:
    """In the order of the ledger. Many end in the same second."""
    random_ = random.Random(seed)
    ends = sorted(random_.randrange(NOVEMBER.span.seconds) for _ in range(calls))
    return [
        used(
            Meter.VOICE,
            contact=f"v{number:08d}",
            at=NOVEMBER.start + timedelta(seconds=end),
            seconds={
                "automated": 9,
                "queue": random_.randrange(40),
                "talk": 1 + int(random_.expovariate(1 / 180)),
                "hold": random_.randrange(60) if random_.random() < 0.2 else 0,
                "wrap": random_.randrange(5, 90),
            },
        )
        for number, end in enumerate(ends)
    ]


def bare(lengths: list[int]) -> list[tuple[int, int]]:
    billed: list[tuple[int, int]] = []
    append = billed.append
    for seconds in lengths:
        append((seconds, 30 if seconds <= 30 else 30 + (seconds - 30 + 5) // 6 * 6))
    return billed


def in_sql(records: list[UsageRecord]) -> tuple[float, int]:
    """Seconds of the best of some runs, and the net amount in cents, of the same in DuckDB on a table that is there."""
    with duckdb.connect() as base:
        base.execute("set threads = 1")
        columns = {part: [record.seconds[part] for record in records] for part in ("talk", "hold", "wrap")}
        base.execute("create table calls (id bigint, talk bigint, hold bigint, wrap bigint)")
        rows = ", ".join(f"unnest(${part})" for part in columns)
        base.execute(f"insert into calls select unnest($id), {rows}", {"id": list(range(len(records))), **columns})
        best, total = float("inf"), 0
        for _ in range(REPEATS):
            started = time.perf_counter()
            base.execute(_RATED)
            best = min(best, time.perf_counter() - started)
            (total,) = base.execute(_PRICED).fetchone() or (0,)
        return best, int(total)


_RATED = """
create or replace table rated as
with counted as (select id, talk + hold + wrap as raw from calls),
billed as (
    select id, raw, case when raw <= 0 then 0 when raw <= 30 then 30 else 30 + (raw - 30 + 5) // 6 * 6 end as billed
    from counted
)
select id, raw, billed, sum(billed) over (order by id) as after from billed
"""
_PRICED = """
with t as (select greatest(max(after) - 6000000, 0)::hugeint as over from rated),
tiers (low, high, price) as (values (0, 30000000, 145), (30000000, 120000000, 130), (120000000, 9000000000, 115))
select sum((greatest(least(over, high) - low, 0) * price * 2 + 60) // 120)::bigint from t, tiers
"""


def _took(work: Callable[[], object]) -> float:
    """Nanoseconds of the processor for each call."""
    started = time.process_time()
    kept = work()
    took = time.process_time() - started
    del kept  # to give it back is no work of either
    return took / CALLS * 1e9


def _same(rated: Audit, lengths: list[int]) -> None:
    (explained,) = rated.behind.values()
    assert list(zip(explained.raw, explained.billed, strict=True)) == bare(lengths), "both have billed the same"
