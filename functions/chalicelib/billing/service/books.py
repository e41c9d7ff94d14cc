"""Keeps the books: opens a client's periods, and their running totals true to the ledger and to the contract.

Every record that comes is added to the totals in its own transaction. That transaction names the terms by which it
was counted; if the contract changed since the totals were begun, it is refused, and the totals are counted anew from
the records. So they never mix two contracts, and nobody has to be told that one changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from chalicelib.billing.model.books import (
    SHARDS,
    Booking,
    Shard,
    Short,
    Sums,
    booking,
    most_short,
    shard_of,
    shorts_of,
    sums_of,
)
from chalicelib.billing.model.calendar import BookPeriod, period_at, period_named
from chalicelib.billing.model.ledger import UsageRecord
from chalicelib.billing.model.terms import Agreed, Terms, terms_of
from chalicelib.kernel.clock import instant
from chalicelib.kernel.errors import Unavailable
from chalicelib.kernel.ids import TenantId
from chalicelib.kernel.period import CURRENT, BillingPeriod, Period
from chalicelib.tenancy.model.contract import Contract
from chalicelib.tenancy.service.directory import Version

_TRIES = 6
_MOST_KEPT = 1000


class Store(Protocol):
    def periods(self, tenant: TenantId) -> list[BookPeriod]: ...
    def open(self, opened: BookPeriod, shards: Sequence[Shard]) -> None: ...
    def shards(self, tenant: TenantId, label: str) -> list[Shard]: ...
    def shorts(self, tenant: TenantId, label: str, terms: str, segment: int, most: int) -> list[Short]: ...
    def replace(self, before: Shard, after: Shard, shorts: Iterable[Short]) -> bool: ...


class Records(Protocol):
    def pages(self, tenant: TenantId, period: Period) -> Iterator[list[UsageRecord]]:
        """Those with `usage_at` in the period, a page at a time. A record may be missing for a moment."""
        ...


class Tenants(Protocol):
    def versions(self, tenant: TenantId) -> Sequence[Version]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A period's books at one moment. `shards` is empty where nothing was ever recorded."""

    period: BookPeriod
    terms: Terms
    sums: Sums
    shorts: tuple[Short, ...]
    shards: tuple[Shard, ...]


@dataclass(frozen=True, slots=True)
class _Known:
    agreed: tuple[Agreed, ...]
    opened: tuple[BookPeriod, ...]


class Books:
    """`tzdata` is the version of the clocks' rules here; `pause(n)` waits before the n-th look at a late index."""

    def __init__(
        self,
        store: Store,
        records: Records,
        tenants: Tenants,
        tzdata: str,
        pause: Callable[[int], None] = lambda attempt: None,
    ) -> None:
        self._store = store
        self._records = records
        self._tenants = tenants
        self._tzdata = tzdata
        self._pause = pause
        self._kept: dict[TenantId, _Known] = {}
        self._terms: dict[tuple[TenantId, str, datetime | None], Terms] = {}

    def named(self, tenant: TenantId, label: str) -> None:
        """Raises NotFound where there is no such client, Invalid for what is no month: both before anything that a
        month of a client may lack."""
        self.agreed(tenant)
        BillingPeriod.parse(label, "UTC")

    # For what is recorded

    def booking(self, records: Sequence[UsageRecord], now: datetime, *, anew: bool = False) -> Booking:
        """What a contact's records add, which all end at one instant. `anew` looks at contract and books again, and
        puts them right.

        What is remembered may be old: then the transaction is refused, and asked for `anew`.
        """
        held, terms = self._held(records[0], anew)
        return booking(held, records, terms, now)

    def bookings(self, records: Sequence[UsageRecord], now: datetime, *, anew: bool = False) -> list[Booking]:
        """The same for records that may be of several periods: one for each."""
        parts: dict[str, tuple[BookPeriod, Terms, list[UsageRecord]]] = {}
        for record in records:
            held, terms = self._held(record, anew)
            parts.setdefault(held.label, (held, terms, []))[2].append(record)
        return [booking(held, mine, terms, now) for held, terms, mine in parts.values()]

    def _held(self, record: UsageRecord, anew: bool) -> tuple[BookPeriod, Terms]:
        tenant, at = record.tenant, record.usage_at
        known = self._known(tenant, anew)
        held = next((one for one in known.opened if one.period.contains(at)), None)
        if held is None or anew:
            held = self._opened(tenant, at)
            known = self._known(tenant)
            self._counted_by(held, self._terms_of(known, held))
        return held, self._terms_of(known, held)

    # For what is read

    def periods(self, tenant: TenantId, *, anew: bool = False) -> tuple[BookPeriod, ...]:
        """All that were opened, the oldest first; as they were when they were last looked at, or `anew`."""
        return self._known(tenant, anew).opened

    def agreed(self, tenant: TenantId, *, anew: bool = False) -> tuple[Agreed, ...]:
        """Every version of the client, in the order in which they were applied; as they were when they were last
        looked at, or `anew`. Raises NotFound."""
        return self._known(tenant, anew).agreed

    def period(self, tenant: TenantId, label: str, now: datetime) -> BookPeriod:
        """As it was opened, or as it would be now. `current` is the one under way."""
        known = self._known(tenant, anew=True)
        contract = _contract(known, now)
        if label == CURRENT:
            span = period_at(now, known.opened, contract.zone, contract.anchor_day)
        else:
            span = period_named(label, known.opened, contract.zone, contract.anchor_day)
        return self._as_opened(tenant, span, known)

    def view(self, tenant: TenantId, label: str, now: datetime, until: datetime | None = None) -> View:
        """The books of a period, true to the contract as it was `until` then, or is now.

        A period that has not begun has none.
        """
        period = self.period(tenant, label, now)
        if period.period.start > now:
            terms = self._terms_of(self._known(tenant), period)
            return View(period=period, terms=terms, sums=Sums(), shorts=(), shards=())
        known = self._known(tenant)
        if period.label not in {one.label for one in known.opened}:
            period = self._opened(tenant, period.period.start)
            known = self._known(tenant)
        terms = self._terms_of(known, period, until)
        shards = self._counted_by(period, terms)
        return View(
            period=period,
            terms=terms,
            sums=sum((shard.sums for shard in shards), Sums()),
            shorts=self._shorts(period, terms),
            shards=tuple(shards),
        )

    def rebuild(self, tenant: TenantId, label: str, now: datetime) -> View:
        """Counts the totals of a period anew from its records, whatever they say."""
        view = self.view(tenant, label, now)
        self._rebuild(view.period, view.terms, view.shards)
        return self.view(tenant, label, now)

    # What is kept in mind

    def _known(self, tenant: TenantId, anew: bool = False) -> _Known:
        known = self._kept.get(tenant)
        if known is None or anew:
            if len(self._kept) >= _MOST_KEPT:
                self._kept.clear()
                self._terms.clear()
            versions = self._tenants.versions(tenant)
            agreed = tuple(Agreed(applied=version.effective, tenant=version.tenant) for version in versions)
            known = _Known(agreed, tuple(self._store.periods(tenant)))
            self._kept[tenant] = known
            self._terms = {key: terms for key, terms in self._terms.items() if key[0] != tenant}
        return known

    def _terms_of(self, known: _Known, period: BookPeriod, until: datetime | None = None) -> Terms:
        """Of a closed period as they were when it was closed: a contract that came later does not reprice it."""
        until = instant(period.cutoff) if period.closed else until
        key = (period.tenant, period.label, until)
        if key not in self._terms:
            self._terms[key] = terms_of(period.period, known.agreed, until)
        return self._terms[key]

    # Periods

    def _opened(self, tenant: TenantId, at: datetime) -> BookPeriod:
        """The period with that instant; opened now if it was not yet."""
        known = self._known(tenant)
        held = next((one for one in known.opened if one.period.contains(at)), None)
        if held is None:
            contract = _contract(known, at)
            span = period_at(at, known.opened, contract.zone, contract.anchor_day)
            opening = self._as_opened(tenant, span, known)
            self._store.open(opening, self._first(opening, self._terms_of(known, opening)))
            known = self._known(tenant, anew=True)
            held = next(one for one in known.opened if one.period.contains(at))
        return held

    def _as_opened(self, tenant: TenantId, span: BillingPeriod, known: _Known) -> BookPeriod:
        opened = next((one for one in known.opened if one.label == span.label), None)
        return opened or BookPeriod(tenant=tenant, period=span, tzdata=self._tzdata)

    def _first(self, period: BookPeriod, terms: Terms) -> list[Shard]:
        """The totals with which a period opens: of what was recorded before there were any."""
        counted, _ = self._count(period, terms)
        return [
            Shard(tenant=period.tenant, label=period.label, shard=shard, terms=terms.version, sums=sums)
            for shard, sums in enumerate(counted)
        ]

    # Totals

    def _counted_by(self, period: BookPeriod, terms: Terms) -> list[Shard]:
        shards = self._store.shards(period.tenant, period.label)
        if any(shard.terms != terms.version for shard in shards):
            self._rebuild(period, terms, [shard for shard in shards if shard.terms != terms.version])
            shards = self._store.shards(period.tenant, period.label)
        return shards

    def _rebuild(self, period: BookPeriod, terms: Terms, stale: Sequence[Shard]) -> None:
        """Part by part, so that one that is cut off is taken up where it stopped."""
        left = {shard.shard: shard for shard in stale}
        for attempt in range(_TRIES):
            counted, shorts = self._count(period, terms)
            for number, before in list(left.items()):
                if not counted[number].same_records(before.sums):
                    continue  # the index does not show all of them yet, or more came
                after = Shard(
                    tenant=before.tenant,
                    label=before.label,
                    shard=number,
                    terms=terms.version,
                    closed=before.closed,
                    sums=counted[number],
                )
                if self._store.replace(before, after, shorts[number]):
                    del left[number]
            if not left:
                return
            self._pause(attempt)
            fresh = self._store.shards(period.tenant, period.label)
            left = {shard.shard: shard for shard in fresh if shard.shard in left}
        raise Unavailable(f"the index of the ledger of {period.tenant} in {period.label}")

    def _count(self, period: BookPeriod, terms: Terms) -> tuple[list[Sums], list[set[Short]]]:
        """The sums of the records, in parts as the totals are."""
        counted = [Sums() for _ in range(SHARDS)]
        shorts: list[dict[Short, int]] = [{} for _ in range(SHARDS)]
        for page in self._records.pages(period.tenant, period.period.span):
            for number in range(SHARDS):
                mine = [record for record in page if shard_of(record.contact) == number]
                counted[number] += sums_of(mine, terms)
                for short, times in shorts_of(mine, terms).items():
                    shorts[number][short] = shorts[number].get(short, 0) + times
        return counted, [{short for short, times in found.items() if times > 0} for found in shorts]

    def _shorts(self, period: BookPeriod, terms: Terms) -> tuple[Short, ...]:
        found: list[Short] = []
        for segment in range(len(terms.segments)):
            most = most_short(terms, segment)
            found += self._store.shorts(period.tenant, period.label, terms.version, segment, most)
        return tuple(found)


def _contract(known: _Known, at: datetime) -> Contract:
    held = [one for one in known.agreed if one.applied <= at] or list(known.agreed[:1])
    return held[-1].tenant.contract
