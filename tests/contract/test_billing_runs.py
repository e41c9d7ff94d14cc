"""The rows of a run, on the fake and on the emulator."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import UTC, datetime

from chalicelib.aws.table import Database
from chalicelib.billing.model.bill_run import Kind, Row, RunId, State, begun_again
from chalicelib.billing.store.bill_runs import BillRunStore
from chalicelib.kernel.clock import stamp
from chalicelib.kernel.ids import TenantId

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)


def a_run() -> RunId:
    """The emulator's tables are shared by the tests."""
    return RunId(f"2026-10-{uuid.uuid4().hex[:8]}", Kind.FINAL)


def a_row(tenant: str, state: State = State.FAILED, **more: int) -> Row:
    return Row(tenant=TenantId(tenant), round=1, state=state, at=stamp(NOW), reason="why", **more)  # type: ignore[arg-type]


def test_a_run_that_nobody_began_has_nothing(database: Database) -> None:
    store, run = BillRunStore(database), a_run()
    assert (store.head(run), store.rows(run), store.row(run, TenantId("shop"))) == (None, [], None)


def test_of_two_who_begin_at_once_one_does(database: Database) -> None:
    store, run = BillRunStore(database), a_run()
    first = begun_again(None, [TenantId("shop")], 1, run, "fiona", NOW)
    assert [store.begin(None, first), store.begin(None, replace(first, by="frank"))] == [True, False]
    assert store.head(run) == first
    second = begun_again(first, [TenantId("shop")], 1, run, "frank", NOW)
    assert [store.begin(first, second), store.begin(first, second)] == [True, False]
    assert store.head(run) == second


def test_a_row_is_written_over_only_by_who_knows_it(database: Database) -> None:
    store, run = BillRunStore(database), a_run()
    failed, done = a_row("shop"), replace(a_row("shop", State.DONE, tries=2, total=144637), reason="", currency="USD")
    assert [store.write(run, None, failed), store.write(run, None, done)] == [True, False]
    assert [store.write(run, failed, done), store.write(run, failed, failed)] == [True, False]
    assert store.row(run, TenantId("shop")) == done


def test_rows_of_many_clients_come_whole_and_of_one_run_alone(database: Database) -> None:
    store, run = BillRunStore(database), a_run()
    other = RunId(run.label, Kind.DRAFT)
    rows = [a_row(f"client-{n:03d}", State.DONE) for n in range(120)]
    for row in rows:
        store.write(run, None, row)
    store.write(other, None, a_row("client-000"))
    store.begin(None, begun_again(None, [], 120, run, "fiona", NOW))
    assert store.rows(run) == rows
    assert len(store.rows(other)) == 1
