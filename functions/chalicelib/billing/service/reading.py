"""A period's records gone through once, without keeping them: what they come to, and their annex as it is written."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from chalicelib.billing.model.annex import pieces
from chalicelib.billing.model.books import Sums, Tally
from chalicelib.billing.model.calendar import BookPeriod
from chalicelib.billing.model.invoice import Usage
from chalicelib.billing.model.ledger import UsageRecord
from chalicelib.billing.model.terms import Terms
from chalicelib.billing.service.books import Records
from chalicelib.kernel.errors import TooLarge
from chalicelib.kernel.ids import TenantId
from chalicelib.kernel.period import Period


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    used: Usage  # of what was recorded up to the cutoff
    since: int  # how many of those were recorded after another instant
    late: Sums  # of what came after the cutoff


class Limited:
    """Records for somebody who waits for the answer: no more than `most` of a month are gone through."""

    def __init__(self, records: Records, most: int) -> None:
        self._records = records
        self._most = most

    def pages(self, tenant: TenantId, period: Period) -> Iterator[list[UsageRecord]]:
        """Raises TooLarge where there are more, before the one that is too many is given."""
        read = 0
        for page in self._records.pages(tenant, period):
            read += len(page)
            if read > self._most:
                raise TooLarge(
                    f"a month of {tenant}, as far as it must be read while somebody waits,", read, self._most
                )
            yield page


def read(
    records: Records,
    period: BookPeriod,
    terms: Terms,
    cutoff: datetime,
    write: Callable[[bytes], object] | None = None,
    *,
    since: datetime | None = None,
) -> Read:
    """`write` takes the annex of what was recorded up to the cutoff, piece by piece."""
    mine, late = Tally(terms), Tally(terms)
    fresh = 0

    def counted() -> Iterator[UsageRecord]:
        nonlocal fresh
        for record in _all(records, period):
            if recorded_until(record, cutoff):
                mine.add(record)
                fresh += since is not None and not recorded_until(record, since)
                yield record
            else:
                late.add(record)

    if write is None:
        deque(counted(), maxlen=0)
    else:
        for piece in pieces(counted(), terms, period.period):
            write(piece)
    used = Usage(period=period.period, terms=terms, sums=mine.sums, shorts=mine.shorts)
    return Read(used=used, since=fresh, late=late.sums)


def recorded(
    records: Records, period: BookPeriod, cutoff: datetime, start: datetime | None = None
) -> Iterator[UsageRecord]:
    """What was recorded up to the cutoff, in the order of the ledger, from the instant `start` on."""
    return (record for record in _all(records, period, start) if recorded_until(record, cutoff))


def recorded_until(record: UsageRecord, cutoff: datetime) -> bool:
    return record.recorded_at is not None and record.recorded_at <= cutoff


def _all(records: Records, period: BookPeriod, start: datetime | None = None) -> Iterable[UsageRecord]:
    span = Period(max(start or period.period.start, period.period.start), period.period.end)
    return (record for page in records.pages(period.tenant, span) for record in page)
