"""Begins the run of a month for all clients, takes it up where it stopped, and says how far it is.

What is to be done is written as a list that the map reads; how far it is, is read from rows that the workers write. So
a run that was cut off is taken up by beginning it again: who is finished is not in the next list.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from chalicelib.billing.model.bill_run import (
    Head,
    Row,
    RunId,
    Task,
    begun_again,
    document,
    from_the_start,
    left,
)
from chalicelib.kernel.errors import Conflict, Invalid, NotFound
from chalicelib.kernel.ids import TenantId
from chalicelib.kernel.period import BillingPeriod
from chalicelib.tenancy.model.caller import Scope
from chalicelib.tenancy.service.directory import Listing

_FIRST_CLOCK = "Pacific/Kiritimati"  # nowhere does a day begin before
FOLDER = "runs/"  # of the bucket of documents: the lists of clients


class Store(Protocol):
    def head(self, run: RunId) -> Head | None: ...
    def begin(self, before: Head | None, after: Head) -> bool: ...
    def rows(self, run: RunId) -> list[Row]: ...


class Directory(Protocol):
    def listings(self, scope: Scope) -> list[Listing]: ...


class Cabinet(Protocol):
    def put(self, key: str, content: bytes, media_type: str) -> None: ...


class Machine(Protocol):
    def start(self, name: str, question: Mapping[str, Any]) -> None:
        """Begins; one of that name that was begun before goes on."""
        ...

    def running(self, name: str) -> bool: ...


class BillRuns:
    def __init__(self, store: Store, directory: Directory, cabinet: Cabinet, machine: Machine) -> None:
        self._store = store
        self._directory = directory
        self._cabinet = cabinet
        self._machine = machine

    def begin(
        self,
        period: str,
        kind: str,
        by: str,
        now: datetime,
        *,
        anew: bool = False,
        failed: bool = False,
        only: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Begins it or takes it up; one that is under way goes on, and is only told about.

        `anew` does again what is done, `failed` what failed, and `only` names the clients to do now. Raises Invalid
        also for a month that has begun nowhere, NotFound for a name that no client has, and Conflict for `anew` while
        it is under way.
        """
        run = RunId.of(period, kind)
        if BillingPeriod.parse(run.label, _FIRST_CLOCK).start > now:
            raise Invalid("period", f"{run.label} has not begun anywhere", "take this month or an earlier one")
        before = self._store.head(run)
        if before is not None and self._running(before):
            if anew:
                raise Conflict(f"the run of {run.label} is under way; wait for its end", state="running")
            return self._progress(run)
        clients = [listing.tenant for listing in self._directory.listings(Scope.everyone())]
        wanted = _named(clients, only)
        held = from_the_start(before) if anew and before is not None else before
        rows = {row.tenant: row for row in self._store.rows(run)}
        tasks = left(wanted, rows, held.round if held is not None else 1, failed=failed)
        head = begun_again(held, tasks, len(clients), run, by, now)
        if before is not None and not tasks and not anew:
            return self._progress(run)
        if self._store.begin(before, head) and tasks:
            self._machine.start(head.execution, {"list": self._listed(head, tasks)})
        return self._progress(run)

    def progress(self, period: str, kind: str, *, every: bool = False) -> dict[str, Any]:
        """How far it is; `every` adds every client's row. Raises Invalid."""
        return self._progress(RunId.of(period, kind), every=every)

    def _progress(self, run: RunId, *, every: bool = False) -> dict[str, Any]:
        head = self._store.head(run)
        rows = self._store.rows(run) if head is not None else []
        return document(run, head, rows, running=head is not None and self._running(head), every=every)

    def _running(self, head: Head) -> bool:
        return bool(head.execution) and self._machine.running(head.execution)

    def _listed(self, head: Head, tenants: Sequence[TenantId]) -> str:
        """Where the list lies: too long for a message, whose limit is 256 KB."""
        tasks = [Task(run=head.run, round=head.round, tenant=tenant, by=head.by).as_item() for tenant in tenants]
        key = f"{FOLDER}{head.run.label}/{head.execution}.json"
        self._cabinet.put(key, json.dumps(tasks).encode(), "application/json")
        return key


def _named(clients: Sequence[TenantId], only: Sequence[str]) -> Sequence[TenantId]:
    for name in only:
        if name not in clients:
            raise NotFound("tenant", name)
    return [tenant for tenant in clients if tenant in only] if only else clients
