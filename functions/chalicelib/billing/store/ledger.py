"""The ledger in DynamoDB. No record is ever changed or deleted.

    T#<tenant>#U#<contact>   <meter>#<revision>         a usage record; the natural key is the key, for ever
    AGENT#<agent>#<yyyy-mm>  WORK#<start>#<contact>     an agent's turn at a contact, in each UTC month it touches
    T#<tenant>#Q#<contact>   <meter>#<revision>#<hash>  a record that contradicts the one in the ledger, and its end
    QUARANTINE               <tenant>#<contact>#...     where one of those lies that nobody has decided about

On the index `period`: a tenant's records of a UTC month by `usage_at`, and its quarantine.
A record is written in one transaction with what it adds to the running totals (`store/books.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime

from chalicelib.aws.table import (
    Absent,
    ConditionLost,
    Database,
    Delete,
    Exists,
    Item,
    Key,
    Put,
    Update,
    Write,
    every,
)
from chalicelib.billing.model.books import Booking, BooksMoved
from chalicelib.billing.model.ledger import Doubt, Engagement, Meter, NaturalKey, Usage, UsageRecord
from chalicelib.billing.model.standing import Deed
from chalicelib.billing.service.metering import Appended, Book
from chalicelib.billing.store.books import writes_of
from chalicelib.kernel.channel import Channel
from chalicelib.kernel.clock import instant, second, stamp
from chalicelib.kernel.errors import Conflict
from chalicelib.kernel.ids import AgentId, ContactId, TenantId
from chalicelib.kernel.period import Period

TABLE = "ledger"
_INDEX = "period"
_OPEN = "QUARANTINE"


class LedgerStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    def append(self, usage: Usage, now: datetime, book: Book | None = None) -> Appended:
        """One transaction; a second and third only where the ledger holds a part of it, or something else.

        `book` says what records add to the books. Raises BooksMoved where they are not as it took them to be.
        """
        booking = book(usage.records) if book is not None and usage.records else None
        at = booking.recorded_at if booking is not None else now
        puts = [_record_put(record, at) for record in usage.records]
        puts += [put for engagement in usage.engagements for put in _work_puts(engagement)]
        try:
            self._write([*puts, *(writes_of(booking) if booking is not None else ())])
            return Appended(new=len(puts), contradicted=())
        except ConditionLost as lost:
            standing = {place: item for place, item in lost.lost.items() if place < len(puts)}
        if not standing:
            raise BooksMoved from None
        # A contact that is told in two ways is doubtful as a whole: none of the second telling is taken.
        if any(at in standing and not _same(standing[at], record) for at, record in enumerate(usage.records)):
            return Appended(new=0, contradicted=self._quarantine(usage, standing, now))
        return self._append_missing(usage, puts, standing, now, book)

    def _append_missing(
        self, usage: Usage, puts: Sequence[Put], standing: Mapping[int, Item | None], now: datetime, book: Book | None
    ) -> Appended:
        new = [record for place, record in enumerate(usage.records) if place not in standing]
        booking = book(new) if book is not None and new else None
        missing = [put for place, put in enumerate(puts) if place not in standing]
        if not missing:
            return Appended(new=0, contradicted=())
        try:
            self._write([*missing, *(writes_of(booking) if booking is not None else ())])
        except ConditionLost as lost:
            if all(place >= len(missing) for place in lost.lost):
                raise BooksMoved from None
            return self.append(usage, now, book)  # another delivery wrote in between: look again
        return Appended(new=len(missing), contradicted=())

    def _quarantine(self, usage: Usage, standing: Mapping[int, Item | None], now: datetime) -> tuple[NaturalKey, ...]:
        doubtful = [
            record for position, record in enumerate(usage.records) if not _same(standing.get(position), record)
        ]
        for record in doubtful:
            with suppress(ConditionLost):  # here already
                self._database.transact([_quarantine_put(record, now), _open_put(record, now)])
        return tuple(record.key for record in doubtful)

    def _write(self, writes: Sequence[Write]) -> None:
        if len(writes) == 1:
            self._database.write(writes[0])
        elif writes:
            self._database.transact(writes)

    def amend(
        self, records: Sequence[UsageRecord], bookings: Sequence[Booking], deed: Deed, settles: Doubt | None
    ) -> None:
        """Further revisions of one key, with who decided so, and the doubt that it settles. Raises BooksMoved, and
        Conflict where somebody else amended the key or settled the doubt in between."""
        at = max(booking.recorded_at for booking in bookings)
        puts: list[Write] = [_record_put(record, at) for record in records]
        writes = [*puts, deed_put(deed), *(_settling(settles, deed) if settles is not None else ())]
        try:
            self._database.transact([*writes, *(write for booking in bookings for write in writes_of(booking))])
        except ConditionLost as lost:
            if min(lost.lost) >= len(writes):
                raise BooksMoved from None
            raise Conflict("somebody else decided about this record in that moment; look again") from None

    def drop(self, doubt: Doubt, deed: Deed) -> None:
        """The ledger stays as it is, and the doubt is settled. Raises Conflict where it was settled before."""
        try:
            self._database.transact([deed_put(deed), *_settling(doubt, deed)])
        except ConditionLost:
            raise Conflict("somebody else decided about this record in that moment; look again") from None

    def revisions(self, tenant: TenantId, contact: ContactId, meter: Meter) -> list[UsageRecord]:
        items = every(self._database, TABLE, f"T#{tenant}#U#{contact}", begins=f"{meter.value}#")
        return [UsageRecord.from_item(item) for item in items]

    def of_contact(self, tenant: TenantId, contact: ContactId) -> list[UsageRecord]:
        return [UsageRecord.from_item(item) for item in every(self._database, TABLE, f"T#{tenant}#U#{contact}")]

    def doubts(self, after: str = "", most: int = 50) -> tuple[list[Doubt], str]:
        """Of all clients, a page of what nobody has decided about, and where the next one begins."""
        cursor = {"pk": _OPEN, "sk": after} if after else None
        page = self._database.query(TABLE, _OPEN, after=cursor, limit=most)
        keys = [Key(item["quarantine_pk"], item["quarantine_sk"]) for item in page.items]
        found = {Key(item["pk"], item["sk"]): item for item in self._database.get_many(TABLE, keys)} if keys else {}
        doubts = [_as_doubt(found[key]) for key in keys if key in found]
        return doubts, page.next["sk"] if page.next else ""

    def doubt(self, tenant: TenantId, contact: ContactId, mark: str) -> Doubt | None:
        """`mark` is the end of its key, as an address can hold it: meter.revision.hash."""
        item = self._database.get(TABLE, Key(f"T#{tenant}#Q#{contact}", mark.replace(".", "#")))
        return _as_doubt(item) if item is not None else None

    def records(self, tenant: TenantId, period: Period) -> list[UsageRecord]:
        """Those with `usage_at` in the period, in its order."""
        between = (stamp(period.start), stamp(period.end))
        return [
            UsageRecord.from_item(item)
            for month in period.utc_months()
            for item in every(self._database, TABLE, f"T#{tenant}#{month}", index=_INDEX, between=between)
        ]

    def pages(self, tenant: TenantId, period: Period) -> Iterator[list[UsageRecord]]:
        """The same, page by page: a month of a large client need not fit into memory at once."""
        between = (stamp(period.start), stamp(period.end))
        for month in period.utc_months():
            after = None
            while True:
                page = self._database.query(TABLE, f"T#{tenant}#{month}", index=_INDEX, between=between, after=after)
                yield [UsageRecord.from_item(item) for item in page.items]
                if (after := page.next) is None:
                    break

    def quarantined(self, tenant: TenantId) -> list[UsageRecord]:
        items = every(self._database, TABLE, f"T#{tenant}#Q", index=_INDEX)
        return [UsageRecord.from_item(item) for item in items]

    def work(self, agent: AgentId, period: Period) -> list[Engagement]:
        """The agent's turns that have a part in the period, each once."""
        found = {
            item["sk"]: _as_engagement(item)
            for month in period.utc_months()
            for item in every(self._database, TABLE, f"AGENT#{agent}#{month}", begins="WORK#")
        }
        start, end = second(period.start), second(period.end)
        return [turn for turn in found.values() if turn.start < end and turn.end > start]


def _record_put(record: UsageRecord, now: datetime) -> Put:
    at = stamp(record.usage_at)
    item: Item = {
        "pk": f"T#{record.tenant}#U#{record.contact}",
        "sk": f"{record.meter.value}#{record.revision}",
        "period_pk": f"T#{record.tenant}#{at[:7]}",
        "period_sk": f"{at}#{record.contact}#{record.meter.value}#{record.revision}",
    }
    return Put(table=TABLE, item=item | _told(record, now), when=(Absent(),))


def _quarantine_put(record: UsageRecord, now: datetime) -> Put:
    payload = record.payload
    item: Item = {
        "pk": f"T#{record.tenant}#Q#{record.contact}",
        "sk": f"{record.meter.value}#{record.revision}#{payload}",
        "period_pk": f"T#{record.tenant}#Q",
        "period_sk": f"{stamp(record.usage_at)}#{record.contact}#{record.meter.value}#{payload}",
    }
    return Put(table=TABLE, item=item | _told(record, now), when=(Absent(),))


def _open_put(record: UsageRecord, now: datetime) -> Put:
    put = _quarantine_put(record, now)
    key = Key(_OPEN, f"{record.tenant}#{record.contact}#{put.key.sk}")
    where = {"quarantine_pk": put.key.pk, "quarantine_sk": put.key.sk}
    return Put(table=TABLE, item={"pk": key.pk, "sk": key.sk, **where})


def _settling(doubt: Doubt, deed: Deed) -> list[Write]:
    """It stays for ever, and leaves the lists."""
    end = doubt.mark.replace(".", "#")
    key = Key(f"T#{doubt.told.tenant}#Q#{doubt.told.contact}", end)
    said = {"settled": deed.what, "settled_by": deed.by, "settled_at": deed.at, "why": deed.why}
    return [
        Update(table=TABLE, key=key, set=said, remove=("period_pk", "period_sk"), when=(Exists(), Absent("settled"))),
        Delete(table=TABLE, key=Key(_OPEN, f"{doubt.told.tenant}#{doubt.told.contact}#{end}")),
    ]


def _as_doubt(item: Item) -> Doubt:
    return Doubt(
        told=UsageRecord.from_item(item),
        mark=item["sk"].replace("#", "."),
        since=item["recorded_at"],
        settled=item.get("settled", ""),
    )


def deed_put(deed: Deed) -> Put:
    item: Item = {"pk": f"T#{deed.tenant}#A", "sk": f"{deed.at}#{deed.what}#{deed.about}", **deed.as_item()}
    return Put(table=TABLE, item=item, when=(Absent(),))


def _told(record: UsageRecord, now: datetime) -> Item:
    return record.as_item() | {"payload": record.payload, "recorded_at": stamp(now)}


def _same(standing: Item | None, record: UsageRecord) -> bool:
    return standing is not None and standing["payload"] == record.payload


def _work_puts(engagement: Engagement) -> Iterator[Put]:
    """One item per UTC month: whoever reads a month finds all that was done in it."""
    start, end = _at(engagement.start), _at(engagement.end)
    for month in Period(start, end).utc_months():
        yield Put(
            table=TABLE,
            item={
                "pk": f"AGENT#{engagement.agent}#{month}",
                "sk": f"WORK#{stamp(start)}#{engagement.contact}",
                "agent": engagement.agent,
                "tenant": engagement.tenant,
                "contact": engagement.contact,
                "channel": engagement.channel.value,
                "start": stamp(start),
                "end": stamp(end),
            },
            when=(Absent(),),
        )


def _as_engagement(item: Item) -> Engagement:
    return Engagement(
        agent=AgentId(item["agent"]),
        tenant=TenantId(item["tenant"]),
        contact=ContactId(item["contact"]),
        channel=Channel(item["channel"]),
        start=second(instant(item["start"])),
        end=second(instant(item["end"])),
    )


def _at(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
