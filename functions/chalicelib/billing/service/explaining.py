"""From a line of an invoice or a draft to the contacts behind it, a page at a time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from itertools import islice
from typing import Any, NamedTuple, Protocol

from chalicelib.billing.model.beside import Beside, Reached
from chalicelib.billing.model.difference import differences
from chalicelib.billing.model.in_turn import in_turn
from chalicelib.billing.model.service_level import behind
from chalicelib.billing.model.standing import Issued
from chalicelib.billing.service.books import Books, Records, View
from chalicelib.billing.service.drafting import Archive, Drafting
from chalicelib.billing.service.late import late_in
from chalicelib.billing.service.reading import recorded
from chalicelib.kernel.clock import instant
from chalicelib.kernel.errors import Invalid, NotFound
from chalicelib.kernel.ids import TenantId

_MOST = 200


class Store(Protocol):
    def get(self, tenant: TenantId, label: str) -> Issued | None: ...
    def issued(self, tenant: TenantId) -> list[Issued]: ...


class _Page(NamedTuple):
    after: int
    most: int
    reached: Reached


class _Behind(NamedTuple):
    rows: list[dict[str, Any]]
    number: int  # on all pages
    reached: Reached = Reached()


class Explaining:
    def __init__(self, store: Store, records: Records, books: Books, drafting: Drafting, archive: Archive) -> None:
        self._store = store
        self._records = records
        self._books = books
        self._drafting = drafting
        self._archive = archive

    def explain(
        self,
        tenant: TenantId,
        label: str,
        line: int,
        now: datetime,
        *,
        after: int = 0,
        most: int = 100,
        cursor: str = "",
    ) -> dict[str, Any]:
        """The line at that place (from 0) with its contacts from the one at `after` on, in the order of their time.

        `next` is where the following page begins, or None; with `cursor`, too, it need not begin at the month's first
        contact. A line without contacts of its own (a fee, a percentage) has none; one that adjusts an earlier period
        has those that made the difference. Raises NotFound for a place that is none, Invalid for a page that is none
        and a period that has not begun, BeforeContract.
        """
        if most < 1:
            raise Invalid("most", f"is {most}", "ask for 1 or more")
        issued = self._store.get(tenant, label)
        document = self._document(tenant, label, issued, now)
        if not 0 <= line < len(document["lines"]):
            raise NotFound(f"line of {label}", str(line))
        said = document["lines"][line]
        cutoff = instant(issued.cutoff) if issued is not None else now
        page = _Page(max(0, after), min(most, _MOST), Reached.parse(cursor))
        if "adjusts" in said:
            behind = self._late(tenant, document, line, cutoff, now, page)
        else:
            behind = self._own(self._books.view(tenant, label, now), document, said, cutoff, page)
        if page.after and page.after >= behind.number:
            fix = f"write 0 to {behind.number - 1}" if behind.number else "leave it out"
            raise Invalid("after", f"is {page.after}, and the line has {behind.number} contacts", fix)
        until = page.after + len(behind.rows)
        return {
            "number": document["number"],
            "period": document["period"],
            "line": said,
            "contacts": behind.rows,
            "of": behind.number,
            "next": until if until < behind.number else None,
            "cursor": str(behind.reached),
        }

    def _document(self, tenant: TenantId, label: str, issued: Issued | None, now: datetime) -> Mapping[str, Any]:
        if issued is not None:
            return self._archive.read(issued.key)
        self._drafting.begun(tenant, label, now)
        return self._drafting.draft(tenant, label, now).as_document()

    def _own(
        self, view: View, document: Mapping[str, Any], line: Mapping[str, Any], cutoff: datetime, page: _Page
    ) -> _Behind:
        first_day = line["segment"]["first_day"]
        segments = view.terms.segments
        place = next((at for at, (one, _) in enumerate(segments) if one.first_day.isoformat() == first_day), None)
        if line["kind"] == "service_credit":
            known = in_turn(recorded(self._records, view.period, cutoff))
            waited = (row for record in known for row in behind([record], view.terms))
            return _Behind(list(islice(waited, page.after, page.after + page.most)), line["contacts"])
        charge = view.terms.plan(place).charge(line["kind"]) if place is not None else None
        if place is None or charge is None:
            return _Behind([], 0)
        lines = [one for one in document["lines"] if one["segment"]["first_day"] == first_day and "adjusts" not in one]
        beside = Beside(charge=charge, segment=place, lines=lines, rate_class=line["rate_class"])
        known = recorded(self._records, view.period, cutoff, page.reached.at)
        rows, reached = beside.page(known, view.terms, page.after, page.most, page.reached)
        return _Behind(rows, beside.contacts, reached)

    def _late(
        self, tenant: TenantId, document: Mapping[str, Any], line: int, cutoff: datetime, now: datetime, page: _Page
    ) -> _Behind:
        """The contacts of the charge that were added, changed or taken back; of all, where none of that charge were:
        a minimum, a pool or a tier moves by what other charges come to."""
        billed = late_in(document, self._store.issued(tenant), self._archive.read)
        late = next(one for one in billed if line in one.sources)
        view = self._books.view(tenant, late.own.label, now)
        rows = differences(recorded(self._records, view.period, cutoff), late.since, view.terms)
        rows = [row for row in rows if row["charge"] == late.sources[line]["kind"]] or rows
        return _Behind(rows[page.after : page.after + page.most], len(rows))
