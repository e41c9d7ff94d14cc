"""The run for all clients: 2,000 of them with 500 records each, against 200, every one to its final invoice.

The database is the tests' one in memory, with a shelf for each partition. Records are laid in as the real way leaves
them (`billing_draft`), so that what is measured is the run: list, audit, document, annex, number, row, client by client
as the map hands them over to one worker. Memory is what the last clients of a run take at their peak; documents go to
a cabinet that keeps none of them.
"""

from __future__ import annotations

import gc
import json
import time
import tracemalloc
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from chalicelib.billing.model.bill_run import Kind
from chalicelib.billing.service.bill_runs import BillRuns
from chalicelib.billing.service.bill_worker import BillWorker
from chalicelib.billing.store.bill_runs import BillRunStore
from chalicelib.kernel.ids import TenantId
from chalicelib.tenancy.model.caller import Scope
from chalicelib.tenancy.model.tier import Tier
from chalicelib.tenancy.service.directory import Listing
from tests.bench.billing_draft import Shelves, _laid_in, _plan
from tests.bench.measure import Line, against, plain
from tests.fakes.counting_house import CountingHouse
from tests.fakes.drawer import Drawer
from tests.fakes.usage import company

FEW, MANY, RECORDS = 200, 2_000, 500
_LIMIT = 1.3
_PIECE = 100  # clients whose records are there at once
_WATCHED = 10  # clients whose memory is looked at; that takes time, so they are not on the clock
_LABEL = "2026-10"
_NOW = datetime(2026, 11, 12, tzinfo=UTC)


class Forgetful(Drawer):
    """A bucket elsewhere: what is put there takes no room here."""

    def put(self, key: str, content: bytes, media_type: str) -> None:
        self.kinds[key] = media_type


class Names:
    def __init__(self, tenants: list[TenantId]) -> None:
        self._tenants = tenants

    def listings(self, scope: Scope) -> list[Listing]:
        known: dict[str, Any] = {"tier": Tier.VOICE, "status": "live", "team": "shared", "colour": ""}
        return [Listing(tenant=tenant, name=tenant, **known) for tenant in self._tenants]


class Asked:
    """The state machine, which only remembers the list."""

    def __init__(self) -> None:
        self.lists: list[bytes] = []

    def put(self, key: str, content: bytes, media_type: str) -> None:
        self.lists.append(content)

    def start(self, name: str, question: Mapping[str, Any]) -> None:
        """Carried out by hand."""

    def running(self, name: str) -> bool:
        return False


class Floor:
    """So many clients, of whom a few at a time have their records laid in: a database of a million is another bench."""

    def __init__(self, size: int) -> None:
        self.tenants = [TenantId(f"client-{n:05d}") for n in range(size)]
        self.shelves = Shelves()
        known = (company(tenant, plan=_plan()) for tenant in self.tenants)
        self.house = CountingHouse(self.shelves, *known, drawer=Forgetful())
        self.asked = Asked()
        self.worker = BillWorker(BillRunStore(self.shelves), self.house, lambda: _NOW)
        self.runs = BillRuns(BillRunStore(self.shelves), Names(self.tenants), self.asked, self.asked)

    def run(self) -> tuple[float, int]:
        """Seconds of the run alone, and the bytes that its last few clients held at their peak."""
        begun = time.perf_counter()
        self.runs.begin(_LABEL, Kind.FINAL.value, "bench", _NOW)
        tasks = json.loads(self.asked.lists[0])
        took, peak = time.perf_counter() - begun, 0
        for first in range(0, len(tasks), _PIECE):
            piece = tasks[first : first + _PIECE]
            for task in piece:
                _laid_in(self.house, self.shelves, TenantId(task["tenant"]), RECORDS)
            last = first + _PIECE >= len(tasks)
            took += self._carried_out(piece[:-_WATCHED] if last else piece)
            if last:
                peak = self._watched(piece[-_WATCHED:])
            self._cleared()
        begun = time.perf_counter()
        told = self.runs.progress(_LABEL, Kind.FINAL.value)
        assert (told["done"], told["left"]) == (len(tasks), 0), told["failures"][:3]
        return took + time.perf_counter() - begun, peak

    def _carried_out(self, tasks: list[dict[str, Any]]) -> float:
        begun = time.perf_counter()
        for task in tasks:
            self.worker.told(task, _NOW)
        return time.perf_counter() - begun

    def _watched(self, tasks: list[dict[str, Any]]) -> int:
        gc.collect()
        tracemalloc.start()
        self._carried_out(tasks)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak

    def _cleared(self) -> None:
        """The records of clients whose turn is over; all else stays."""
        self.shelves.forget(lambda pk: "#U#" in pk)


def bench() -> Iterator[Line]:
    before, few_peak = Floor(FEW).run()
    many, many_peak = Floor(MANY).run()
    after, _ = Floor(FEW).run()  # the machine may have become faster or slower since
    few = (before + after) / 2
    yield plain("billing.run.clients", (MANY - _WATCHED) / many, "clients/s", MANY)
    each, of_few = 1e3 * many / (MANY - _WATCHED), 1e3 * few / (FEW - _WATCHED)
    yield against("billing.run.time", each, of_few, "ms/client", MANY, _LIMIT)
    yield against("billing.run.peak", many_peak / 2**20, few_peak / 2**20, "MiB", MANY, _LIMIT)
