"""Does one client's part of a run. What goes wrong is written into the client's row, and stops nobody else's.

Doing it twice is doing it once: who is finished is left alone, a draft is the same figures again, and an invoice that
is there already is the answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Protocol

from chalicelib.billing.model.bill_run import MOST_TRIES, Kind, Row, RunId, State, Task
from chalicelib.billing.model.invoice import Draft
from chalicelib.billing.model.standing import AlreadyFinal, Issued
from chalicelib.billing.model.terms import Agreed, begins_on
from chalicelib.billing.service.invoices import TooEarly
from chalicelib.kernel.clock import stamp
from chalicelib.kernel.errors import ManylineError, NotFound, Unavailable
from chalicelib.kernel.ids import TenantId
from chalicelib.kernel.period import BillingPeriod


class Store(Protocol):
    def row(self, run: RunId, tenant: TenantId) -> Row | None: ...
    def write(self, run: RunId, before: Row | None, after: Row) -> bool: ...


class Billing(Protocol):
    def draft(self, tenant_id: TenantId, label: str, now: datetime) -> Draft: ...


class Invoices(Protocol):
    def get(self, tenant: TenantId, label: str) -> Issued: ...
    def finalise(self, tenant: TenantId, label: str, by: str, now: datetime) -> Issued: ...


class Books(Protocol):
    def agreed(self, tenant: TenantId) -> tuple[Agreed, ...]: ...


class Drafting(Protocol):
    def period(self, tenant: TenantId, label: str, now: datetime) -> BillingPeriod: ...


class Office(Protocol):
    @property
    def billing(self) -> Billing: ...
    @property
    def invoices(self) -> Invoices: ...
    @property
    def books(self) -> Books: ...
    @property
    def drafting(self) -> Drafting: ...


@dataclass(frozen=True, slots=True)
class Done:
    """The client's row; `fault` is an error that nobody foresaw, for the log."""

    row: Row
    fault: Exception | None = field(default=None, compare=False)


class BillWorker:
    """`clock` tells when a row is written; the invoice is dated by the instant at which its work began."""

    def __init__(self, store: Store, office: Office, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._office = office
        self._clock = clock

    def told(self, event: Mapping[str, Any], now: datetime) -> list[Done]:
        """What the map hands over: a task, or {"Items": [tasks]}. With `broken` the worker before this one did not
        come to its end, and only that is written down."""
        tasks = [Task.from_item(item) for item in event.get("Items", [event])]
        if broken := event.get("broken"):
            return [Done(self.gave_up(task, f"the worker broke ({broken.get('Error', 'unknown')})")) for task in tasks]
        return [self.work(task, now) for task in tasks]

    @staticmethod
    def answer(done: Sequence[Done]) -> Mapping[str, Any]:
        """What the map's Choice looks at."""
        states = [one.row.state for one in done]
        return {"clients": len(done), "failed": states.count(State.FAILED), "again": State.AGAIN in states}

    def work(self, task: Task, now: datetime) -> Done:
        before = self._store.row(task.run, task.tenant)
        if before is not None and before.finished(task.round):
            return Done(before)
        tries = before.tries if before is not None and before.round == task.round else 0
        row = Row(tenant=task.tenant, round=task.round, state=State.DONE, at="", tries=tries % MOST_TRIES + 1)
        fault: Exception | None = None
        try:
            row = self._billed(task, row, now)
        except TooEarly as early:
            row = replace(row, state=State.EARLY, reason=early.ready)
        except Unavailable as error:
            state = State.AGAIN if row.tries < MOST_TRIES else State.FAILED
            row = replace(row, state=state, reason=error.message)
        except ManylineError as error:
            row = replace(row, state=State.FAILED, reason=error.message)
        except Exception as error:  # whatever it is, the other clients get their invoices
            fault = error
            row = replace(row, state=State.FAILED, reason=f"{type(error).__name__}; the log of bill_tenant says more")
        return Done(self._written(task, before, row), fault)

    def gave_up(self, task: Task, why: str) -> Row:
        """The worker itself broke: too slow, out of memory."""
        before = self._store.row(task.run, task.tenant)
        if before is not None and before.finished(task.round):
            return before
        row = Row(
            tenant=task.tenant,
            round=task.round,
            state=State.FAILED,
            at="",
            tries=before.tries if before is not None else 1,
            reason=why,
        )
        return self._written(task, before, row)

    def _billed(self, task: Task, row: Row, now: datetime) -> Row:
        tenant, label = task.tenant, task.run.label
        period = self._office.drafting.period(tenant, label, now)
        begins = begins_on(self._office.books.agreed(tenant))
        if period.last_day < begins:
            return replace(row, state=State.NOTHING, reason=f"the contract begins on {begins}")
        if task.run.kind is Kind.FINAL:
            return _issued(row, self._final(task, now))
        if (issued := self._issued(tenant, label)) is not None:
            return _issued(replace(row, state=State.FINAL), issued)
        drafted = self._office.billing.draft(tenant, label, now).as_document()
        return replace(row, total=drafted["total"], currency=drafted["currency"]["code"])

    def _issued(self, tenant: TenantId, label: str) -> Issued | None:
        try:
            return self._office.invoices.get(tenant, label)
        except NotFound:
            return None

    def _final(self, task: Task, now: datetime) -> Issued:
        try:
            return self._office.invoices.finalise(task.tenant, task.run.label, task.by, now)
        except AlreadyFinal:
            return self._office.invoices.get(task.tenant, task.run.label)

    def _written(self, task: Task, before: Row | None, row: Row) -> Row:
        """What another worker wrote in between stays where it says that the client is finished."""
        row = replace(row, at=stamp(self._clock()))
        while not self._store.write(task.run, before, row):
            before = self._store.row(task.run, task.tenant)
            if before is not None and before.finished(task.round):
                return before
        return row


def _issued(row: Row, issued: Issued) -> Row:
    return replace(row, number=issued.number, total=issued.total, currency=issued.currency)
