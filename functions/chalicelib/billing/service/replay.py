"""The proof of an invoice: made again from ledger and contracts, it must be the same bytes.

From the document come only what no ledger knows: number, dates, seller, service credit and fees. Records count up to
its cutoff, versions of the client that were applied up to then; what was booked before is read in the documents
before it. The chain of a series is followed number by number: none is missing, each names the hash of the one before.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from chalicelib.billing.model import credit
from chalicelib.billing.model.adjustment import Adjustment
from chalicelib.billing.model.calendar import BookPeriod
from chalicelib.billing.model.credit import CreditNote
from chalicelib.billing.model.invoice import ENGINE, Draft, Given, Issue, Usage, canonical, sha256
from chalicelib.billing.model.pricing.allowance import Grant
from chalicelib.billing.model.standing import Issued, Taken
from chalicelib.billing.model.terms import Terms, begins_on, terms_of
from chalicelib.billing.service.books import Books, Records
from chalicelib.billing.service.drafting import adjustment_of, client_of, judged
from chalicelib.billing.service.reading import read
from chalicelib.kernel.clock import instant
from chalicelib.kernel.errors import NotFound
from chalicelib.kernel.ids import TenantId

Document = Mapping[str, Any]


class Store(Protocol):
    def issued(self, tenant: TenantId) -> list[Issued]: ...
    def credits(self, tenant: TenantId, label: str) -> list[CreditNote]: ...
    def numbers(self, entity: str, series: str, first: int, most: int) -> list[Taken]: ...


class Archive(Protocol):
    def content(self, key: str) -> bytes: ...
    def read(self, key: str) -> Document: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """`why` is empty where the document is what it should be."""

    tenant: TenantId
    number: str
    why: str = ""

    @property
    def ok(self) -> bool:
        return not self.why

    def as_document(self) -> dict[str, Any]:
        return {"tenant": self.tenant, "number": self.number, "ok": self.ok, "why": self.why}


class Replay:
    def __init__(self, store: Store, records: Records, books: Books, archive: Archive) -> None:
        self._store = store
        self._records = records
        self._books = books
        self._archive = archive

    def all(self, tenants: Iterable[TenantId], now: datetime) -> Iterator[Proof]:
        """Every invoice and credit note of the clients, then the series that they are in."""
        series: set[tuple[str, str]] = set()
        for tenant in tenants:
            everything = self._store.issued(tenant)
            for issued in everything:
                series |= {(issued.entity, issued.series), (issued.entity, credit.series_of(issued.series))}
                yield self._made_again(issued, everything, now)
                yield from self.notes(issued)
        for entity, name in sorted(series):
            yield from self.chain(entity, name)

    def documents(self, tenant: TenantId, label: str, now: datetime) -> Iterator[Proof]:
        """An invoice, and its credit notes."""
        issued, everything = self._found(tenant, label)
        yield self._made_again(issued, everything, now)
        yield from self.notes(issued)

    def replay(self, tenant: TenantId, label: str, now: datetime) -> Proof:
        return self._made_again(*self._found(tenant, label), now)

    def _found(self, tenant: TenantId, label: str) -> tuple[Issued, Sequence[Issued]]:
        """The invoice, and all of the client's. Raises NotFound."""
        everything = self._store.issued(tenant)
        issued = next((one for one in everything if one.label == label), None)
        if issued is None:
            self._books.named(tenant, label)
            raise NotFound("invoice", label)
        return issued, everything

    def _made_again(self, issued: Issued, everything: Sequence[Issued], now: datetime) -> Proof:
        stored = self._archive.content(issued.key)
        if sha256(stored) != issued.sha256:
            return Proof(tenant=issued.tenant, number=issued.number, why="the file is not the one that was issued")
        document = json.loads(stored)
        if document["engine"] != ENGINE:
            why = self._of_another_engine(issued, document, now)
        else:
            again = canonical(self._again(issued, document, everything, now))
            why = "" if again == stored else _difference(stored, again)
        return Proof(tenant=issued.tenant, number=issued.number, why=why)

    def _of_another_engine(self, issued: Issued, document: Document, now: datetime) -> str:
        """The file is what was issued. Its records can be proved by any engine, its amounts by its own only."""
        period, cutoff = self._books.period(issued.tenant, issued.label, now), instant(issued.cutoff)
        sums = read(self._records, period, self._terms(period, cutoff), cutoff).used.sums
        said = (document["inputs"]["records"], document["inputs"]["digest"])
        there = "there" if (sums.records, f"{sums.digest:x}") == said else "not those that it was made from"
        return f"{_foreign(document)}; its file is the one that was issued, its records are {there}"

    def notes(self, issued: Issued) -> Iterator[Proof]:
        """The credit notes of an invoice, made again from it and from each other."""
        notes = sorted(self._store.credits(issued.tenant, issued.label), key=lambda note: note.numbered.sequence)
        if not notes:
            return
        invoice = self._archive.read(issued.key)
        for place, note in enumerate(notes):
            stored = self._archive.content(note.numbered.key)
            said = json.loads(stored)
            if said["engine"] != ENGINE:
                yield Proof(tenant=issued.tenant, number=note.numbered.number, why=_foreign(said))
                continue
            document = credit.document(
                invoice,
                notes[:place],
                note.lines,
                number=note.numbered.number,
                series=note.numbered.series,
                previous=said["previous"],
                issued_on=note.issued_on,
                reason=note.reason,
            )
            again = canonical(document)
            why = "" if again == stored else _difference(stored, again)
            yield Proof(tenant=issued.tenant, number=note.numbered.number, why=why)

    def chain(self, entity: str, series: str) -> Iterator[Proof]:
        """What is wrong with a series; nothing where it is whole."""
        after: int | None = 0
        while after is not None:
            wrong, after = self.links(entity, series, after)
            yield from wrong

    def links(self, entity: str, series: str, after: int, most: int = 200) -> tuple[list[Proof], int | None]:
        """What is wrong first behind the number `after` (0: from the beginning), if anything, and where the next links
        begin; None at the end, or where the chain is broken."""
        taken = self._store.numbers(entity, series, max(1, after), most + 1)
        before = taken.pop(0).numbered.sha256 if after and taken else ""
        for place, one in enumerate(taken, start=after + 1):
            why = ""
            if one.numbered.sequence != place:
                why = f"number {place} of the series is missing"
            elif one.previous != before or sha256(self._archive.content(one.numbered.key)) != one.numbered.sha256:
                why = "the chain of hashes is broken here"
            if why:
                return [Proof(tenant=one.tenant, number=one.numbered.number, why=why)], None
            before = one.numbered.sha256
        return [], after + len(taken) if len(taken) >= most else None

    def _again(self, issued: Issued, document: Document, everything: Sequence[Issued], now: datetime) -> Document:
        cutoff = instant(issued.cutoff)
        period = self._books.period(issued.tenant, issued.label, now)
        terms = self._terms(period, cutoff)
        behind = hashlib.sha256()
        used = read(self._records, period, terms, cutoff, behind.update).used
        given = self._given(document, period, everything, used, cutoff)
        draft = Draft(
            client=client_of(terms),
            usage=used,
            given=given,
            until=period.period.end,
            seller=document["seller"],
            adjustments=tuple(self._adjustments(document, terms, everything, issued, now)),
        )
        issue = Issue(
            entity=issued.entity,
            series=issued.series,
            number=issued.number,
            previous=document["previous"],
            issued_on=issued.issued_on,
            due_on=issued.due_on,
            cutoff=cutoff,
            annex={"sha256": behind.hexdigest(), "contacts": used.behind},
        )
        return draft.as_document(issue)

    def _given(
        self, document: Document, period: BookPeriod, everything: Sequence[Issued], used: Usage, cutoff: datetime
    ) -> Given:
        said = Given.from_document(document["inputs"]["given"])
        agreed = self._books.agreed(period.tenant)
        begins = begins_on(agreed)
        before = next(
            (one for one in self._books.periods(period.tenant) if one.period.end == period.period.start), None
        )
        grants = said.grants
        issued = next((one for one in everything if before is not None and one.label == before.label), None)
        if issued is not None and instant(issued.cutoff) <= cutoff:  # it was there by then
            grants = tuple(Grant(**grant) for grant in self._archive.read(issued.key)["carried"])
        first = period.period.first_day <= begins <= period.period.last_day
        return Given(first=first, grants=grants, service=said.service, fees=said.fees, levels=used.levels())

    def _adjustments(
        self, document: Document, terms: Terms, everything: Sequence[Issued], issued: Issued, now: datetime
    ) -> Iterator[Adjustment]:
        cutoff = instant(issued.cutoff)
        for said in document["adjustments"]:
            own = next(one for one in everything if one.label == said["period"])
            booked = next(one for one in everything if one.sha256 == said["against"])
            period = self._books.period(issued.tenant, own.label, now)
            used = read(self._records, period, self._terms(period, instant(own.cutoff)), cutoff).used
            adjustment = adjustment_of(
                own.label, self._archive.read(own.key), self._archive.read(booked.key), booked.sha256, used
            )
            yield judged(adjustment, issued.label, terms.tenant.contract, issued.currency)

    def _terms(self, period: BookPeriod, until: datetime) -> Terms:
        return terms_of(period.period, self._books.agreed(period.tenant), until)


def _foreign(document: Document) -> str:
    return f"engine {document['engine']} made it, and this is engine {ENGINE}: only its own engine makes it again"


def _difference(stored: bytes, again: bytes) -> str:
    """Where two documents part, by the names of their attributes."""
    before, after = json.loads(stored), json.loads(again)
    names = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
    return f"made again, it differs in {', '.join(names) or 'its spelling'}"
