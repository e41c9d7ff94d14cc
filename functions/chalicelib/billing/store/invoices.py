"""Invoices in DynamoDB: what was issued, in which order, and what happened since. Documents lie in the bucket.

    T#<tenant>#I               INVOICE#<label>            started: when, and up to which record; then issued
    T#<tenant>#I               CREDIT#<label>#<number>    a credit note of it
    T#<tenant>#I               DISPUTE#<label>#<contact>  a contact that the client does not want to pay for
    T#<tenant>#A               <stamp>#<what>#<about>     who did what, when and why
    SERIES#<entity>#<series>   LAST                       the last number, and the hash of its document
    SERIES#<entity>#<series>   N#<sequence>               each number with its document and the hash of the one before

A number is taken in the transaction that issues what it is for. So there is no number without a document, and no
two of one.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from chalicelib.aws.table import (
    Absent,
    ConditionLost,
    Database,
    Equals,
    Item,
    Key,
    Put,
    Update,
    Write,
    every,
)
from chalicelib.billing.model.books import Shard
from chalicelib.billing.model.calendar import BookPeriod
from chalicelib.billing.model.credit import CreditNote
from chalicelib.billing.model.dispute import Answer, Dispute
from chalicelib.billing.model.standing import AlreadyFinal, Deed, Issued, Last, Numbered, Overtaken, Start, Taken
from chalicelib.billing.store.books import period_key, shard_key, unchanged
from chalicelib.billing.store.ledger import deed_put
from chalicelib.kernel.clock import stamp
from chalicelib.kernel.errors import Conflict
from chalicelib.kernel.ids import ContactId, TenantId

TABLE = "ledger"
_LAST_NUMBER = 999_999_999


class InvoiceStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    def issued(self, tenant: TenantId) -> list[Issued]:
        """Every invoice of the client, the oldest period first."""
        items = every(self._database, TABLE, _of(tenant), begins="INVOICE#")
        return [Issued.from_item(item) for item in items if "sequence" in item]

    def get(self, tenant: TenantId, label: str) -> Issued | None:
        item = self._database.get(TABLE, _invoice_key(tenant, label))
        return Issued.from_item(item) if item is not None and "sequence" in item else None

    def start(self, tenant: TenantId, label: str, start: Start, older_than: datetime) -> Start:
        """What a finalisation began with; one that did not get to its end some time ago begins anew."""
        item: Item = {"started": stamp(start.at), "cutoff": stamp(start.cutoff)}
        key = _invoice_key(tenant, label)
        put = Put(table=TABLE, item={"pk": key.pk, "sk": key.sk, **item}, when=(Absent(),))
        try:
            return Start.from_item(self._database.write(put))
        except ConditionLost as lost:
            standing = lost.lost[0]
        if standing is None:
            return self.start(tenant, label, start, older_than)
        if "sequence" in standing:
            raise AlreadyFinal(label, Issued.from_item(standing).number)
        if standing["started"] >= stamp(older_than):
            return Start.from_item(standing)
        again = Update(
            table=TABLE, key=key, set=item, when=(Absent("sequence"), Equals("started", standing["started"]))
        )
        try:
            return Start.from_item(self._database.write(again))
        except ConditionLost:
            return self.start(tenant, label, start, older_than)

    def last(self, entity: str, series: str) -> Last:
        item = self._database.get(TABLE, Key(_series(entity, series), "LAST"))
        return Last(sequence=item["sequence"], sha256=item["sha256"]) if item is not None else Last()

    def numbers(self, entity: str, series: str, first: int, most: int) -> list[Taken]:
        """Numbers of a series in their order from `first` on, for a proof that there is no gap and the chain holds."""
        places = (_number(first), _number(_LAST_NUMBER))
        items = self._database.query(TABLE, _series(entity, series), between=places, limit=most).items
        return [
            Taken(
                tenant=TenantId(item["tenant"]),
                numbered=Numbered(
                    entity=entity,
                    series=series,
                    sequence=item["sequence"],
                    sha256=item["sha256"],
                    key=item["key"],
                ),
                previous=item["previous"],
            )
            for item in items
        ]

    def finalise(
        self,
        issued: Issued,
        last: Last,
        start: Start,
        shards: Sequence[Shard],
        late: int,
        others: Sequence[tuple[BookPeriod, int, bool]],
        deed: Deed,
    ) -> None:
        """Number, frozen books and the invoice at once, or nothing.

        `late` records came after the cutoff. `others` are the closed periods that were looked at for those: how many
        late records are settled now, and whether lines of them are in the invoice.
        Raises AlreadyFinal, and Overtaken where the number is gone or a record came in between.
        """
        numbered = Numbered(
            entity=issued.entity,
            series=issued.series,
            sequence=issued.sequence,
            sha256=issued.sha256,
            key=issued.key,
        )
        key = _invoice_key(issued.tenant, issued.label)
        begun = (Absent("sequence"), Equals("started", stamp(start.at)))
        writes: list[Write] = [
            Put(table=TABLE, item={"pk": key.pk, "sk": key.sk, **issued.as_item()}, when=begun),
            *_number_writes(issued.tenant, numbered, last),
            deed_put(deed),
            _close(issued, late),
            *(_freeze(shard) for shard in shards),
            *(_looked_at(other, settled, with_lines, issued) for other, settled, with_lines in others),
        ]
        try:
            self._database.transact(writes)
        except ConditionLost as lost:
            standing = lost.lost.get(0)
            if standing is not None and "sequence" in standing:
                raise AlreadyFinal(issued.label, Issued.from_item(standing).number) from None
            raise Overtaken(number=1 in lost.lost) from None

    # After it was issued

    def change(self, before: Issued, after: Issued, deed: Deed, dispute: Dispute | None = None) -> None:
        """Raises Conflict where somebody else changed the invoice or the dispute in between."""
        writes = [_summary(before, after), deed_put(deed), *_dispute_puts(dispute)]
        try:
            self._database.transact(writes)
        except ConditionLost:
            raise Conflict(f"{before.number} was changed by somebody else in that moment; look again") from None

    def credit(
        self,
        before: Issued,
        after: Issued,
        note: CreditNote,
        last: Last,
        deed: Deed,
        dispute: Dispute | None = None,
    ) -> None:
        """Raises Overtaken where the number went to another document in between."""
        key = Key(_of(before.tenant), f"CREDIT#{before.label}#{note.numbered.number}")
        put = Put(table=TABLE, item={"pk": key.pk, "sk": key.sk, **note.as_item()}, when=(Absent(),))
        writes = [
            _summary(before, after),
            *_number_writes(before.tenant, note.numbered, last),
            put,
            deed_put(deed),
            *_dispute_puts(dispute),
        ]
        try:
            self._database.transact(writes)
        except ConditionLost as lost:
            if 0 not in lost.lost and 1 in lost.lost:
                raise Overtaken(number=True) from None
            raise Conflict(f"{before.number} was changed by somebody else in that moment; look again") from None

    def credits(self, tenant: TenantId, label: str) -> list[CreditNote]:
        items = every(self._database, TABLE, _of(tenant), begins=f"CREDIT#{label}#")
        return [CreditNote.from_item(item) for item in items]

    def disputes(self, tenant: TenantId, label: str = "") -> list[Dispute]:
        begins = f"DISPUTE#{label}#" if label else "DISPUTE#"
        return [Dispute.from_item(item) for item in every(self._database, TABLE, _of(tenant), begins=begins)]

    def dispute(self, tenant: TenantId, label: str, contact: ContactId) -> Dispute | None:
        item = self._database.get(TABLE, _dispute_key(tenant, label, contact))
        return Dispute.from_item(item) if item is not None else None

    def deeds(self, tenant: TenantId) -> list[Deed]:
        return [Deed.from_item(item) for item in every(self._database, TABLE, f"T#{tenant}#A")]


def _of(tenant: TenantId) -> str:
    return f"T#{tenant}#I"


def _series(entity: str, series: str) -> str:
    return f"SERIES#{entity}#{series}"


def _number(sequence: int) -> str:
    return f"N#{sequence:09d}"


def _invoice_key(tenant: TenantId, label: str) -> Key:
    return Key(_of(tenant), f"INVOICE#{label}")


def _dispute_key(tenant: TenantId, label: str, contact: ContactId) -> Key:
    return Key(_of(tenant), f"DISPUTE#{label}#{contact}")


def _number_writes(tenant: TenantId, numbered: Numbered, last: Last) -> list[Write]:
    """The next number of the series, if it is still the next; the counter comes first."""
    pk = _series(numbered.entity, numbered.series)
    said = {"sequence": numbered.sequence, "sha256": numbered.sha256}
    free = Equals("sequence", last.sequence) if last.sequence else Absent()
    place: Item = {"tenant": tenant, "key": numbered.key, "previous": last.sha256, **said}
    return [
        Put(table=TABLE, item={"pk": pk, "sk": "LAST", **said}, when=(free,)),
        Put(table=TABLE, item={"pk": pk, "sk": _number(numbered.sequence), **place}, when=(Absent(),)),
    ]


def _close(issued: Issued, late: int) -> Update:
    """The period is closed: from now on, what comes for it is late."""
    closed = {"cutoff": issued.cutoff, "fence": issued.cutoff, "booked_in": issued.label, "late": late}
    return Update(table=TABLE, key=period_key(issued.tenant, issued.label), set=closed, when=(Equals("cutoff", ""),))


def _freeze(shard: Shard) -> Update:
    key = shard_key(shard.tenant, shard.label, shard.shard)
    return Update(table=TABLE, key=key, set={"closed": True}, when=unchanged(shard))


def _looked_at(other: BookPeriod, settled: int, with_lines: bool, issued: Issued) -> Update:
    """What was recorded late for it until then is known, and nothing can be slipped in before that any more."""
    said: Item = {"fence": issued.cutoff, "booked": settled}
    said |= {"booked_in": issued.label} if with_lines else {}
    return Update(table=TABLE, key=period_key(other.tenant, other.label), set=said, when=(Equals("late", other.late),))


def _summary(before: Issued, after: Issued) -> Put:
    key = _invoice_key(before.tenant, before.label)
    item: Item = {"pk": key.pk, "sk": key.sk, **after.as_item()}
    return Put(table=TABLE, item=item, when=(Equals("revision", before.revision),))


def _dispute_puts(dispute: Dispute | None) -> list[Put]:
    """A new one, or the answer to one that is open."""
    if dispute is None:
        return []
    key = _dispute_key(dispute.tenant, dispute.label, dispute.contact)
    when = Absent() if dispute.answer is Answer.OPEN else Equals("answer", Answer.OPEN.value)
    return [Put(table=TABLE, item={"pk": key.pk, "sk": key.sk, **dispute.as_item()}, when=(when,))]
