"""Periods and their running totals in DynamoDB.

    T#<tenant>#P            <label>                             a period as it was opened; closed by its invoice
    T#<tenant>#P#<label>    TOTAL#<shard>                       running totals of a part of the contacts
    T#<tenant>#P#<label>    SHORT#<terms>#<segment>#<usage_at>#<contact>#<charge>  a call that a grace may make free

All totals of a period are one query, and a record adds to one item, in the transaction that writes the record
(`writes_of`). The item says by which terms its sums were counted, so nobody adds by others to them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta

from chalicelib.aws.table import (
    Absent,
    AtMost,
    Condition,
    ConditionLost,
    Database,
    Delete,
    Equals,
    Item,
    Key,
    Put,
    Update,
    Write,
    every,
)
from chalicelib.billing.model.books import SHARDS, Booking, Shard, Short, Sums
from chalicelib.billing.model.calendar import BookPeriod
from chalicelib.kernel.clock import instant, stamp
from chalicelib.kernel.ids import ContactId, TenantId

TABLE = "ledger"
_MOST = 90  # items of one transaction, with room for others
_INSTANT = timedelta(milliseconds=1)


class BookStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    def periods(self, tenant: TenantId) -> list[BookPeriod]:
        """All that were opened, the oldest first."""
        opened = [BookPeriod.from_item(item) for item in every(self._database, TABLE, f"T#{tenant}#P")]
        return sorted(opened, key=lambda one: one.period.start)

    def open(self, opened: BookPeriod, shards: Sequence[Shard]) -> None:
        """The period with its totals. Opened by somebody else in that moment: silence."""
        item: Item = {"pk": f"T#{opened.tenant}#P", "sk": opened.label, **opened.as_item()}
        puts = [Put(table=TABLE, item=item, when=(Absent(),))]
        puts += [Put(table=TABLE, item=_shard_item(shard), when=(Absent(),)) for shard in shards]
        try:
            self._database.transact(puts)
        except ConditionLost:
            return

    def shards(self, tenant: TenantId, label: str) -> list[Shard]:
        items = every(self._database, TABLE, f"T#{tenant}#P#{label}", begins="TOTAL#")
        return [_as_shard(tenant, label, item) for item in items]

    def shorts(self, tenant: TenantId, label: str, terms: str, segment: int, most: int) -> list[Short]:
        """The first ones of a segment, in the order of their time."""
        if most <= 0:
            return []
        begins = f"SHORT#{terms}#{segment}#"
        page = self._database.query(TABLE, f"T#{tenant}#P#{label}", begins=begins, limit=most)
        return [_as_short(item) for item in page.items]

    def replace(self, before: Shard, after: Shard, shorts: Iterable[Short]) -> bool:
        """Other totals in place of these; False if a record came in between: then nothing is changed.

        The short calls go first: until the totals name their terms, nobody asks for them.
        """
        puts = [_short_put(after.tenant, after.label, after.terms, short) for short in shorts]
        for first in range(0, len(puts), _MOST):
            self._database.transact(puts[first : first + _MOST])
        try:
            self._database.write(Put(table=TABLE, item=_shard_item(after), when=unchanged(before)))
        except ConditionLost:
            return False
        return True


def unchanged(shard: Shard) -> tuple[Condition, ...]:
    """Nothing was recorded since, and nobody counted anew."""
    return (
        Equals("terms", shard.terms),
        Equals("records", shard.sums.records),
        Equals("high", shard.sums.high),
        Equals("low", shard.sums.low),
        Equals("closed", shard.closed),
    )


def shard_key(tenant: TenantId, label: str, shard: int) -> Key:
    return Key(f"T#{tenant}#P#{label}", f"TOTAL#{shard}")


def period_key(tenant: TenantId, label: str) -> Key:
    return Key(f"T#{tenant}#P", label)


def writes_of(booking: Booking) -> list[Write]:
    """What a record adds to the books, for the transaction that writes it; the condition of each tells why not."""
    tenant, label = booking.tenant, booking.label
    sums = booking.sums
    add = {"records": sums.records, "high": sums.high, "low": sums.low, **sums.named}
    writes: list[Write] = [
        Update(
            table=TABLE,
            key=shard_key(tenant, label, booking.shard),
            add={name: number for name, number in add.items() if number},
            when=(Equals("terms", booking.terms), Equals("closed", booking.closed)),
        )
    ]
    if booking.closed:
        late = {"late": sums.records}
        # What an invoice has looked at does not change behind it.
        fence = AtMost("fence", stamp(booking.recorded_at - _INSTANT))
        writes.append(Update(table=TABLE, key=period_key(tenant, label), add=late, when=(fence,)))
    writes += [_short_put(tenant, label, booking.terms, short) for short in booking.shorts]
    gone = (_short_key(tenant, label, booking.terms, short) for short in booking.no_longer_short)
    return [*writes, *(Delete(table=TABLE, key=key) for key in gone)]


def _shard_item(shard: Shard) -> Item:
    key = shard_key(shard.tenant, shard.label, shard.shard)
    sums = {"records": shard.sums.records, "high": shard.sums.high, "low": shard.sums.low, **shard.sums.named}
    return {"pk": key.pk, "sk": key.sk, "terms": shard.terms, "closed": shard.closed, **sums}


def _as_shard(tenant: TenantId, label: str, item: Item) -> Shard:
    return Shard(
        tenant=tenant,
        label=label,
        shard=int(item["sk"].removeprefix("TOTAL#")),
        terms=item["terms"],
        closed=item["closed"],
        sums=Sums(records=item["records"], high=item["high"], low=item["low"], named=_named(item)),
    )


def _named(item: Mapping[str, int]) -> dict[str, int]:
    return {name: number for name, number in item.items() if "|" in name and number}


def _short_key(tenant: TenantId, label: str, terms: str, short: Short) -> Key:
    place = f"{short.segment}#{stamp(short.usage_at)}#{short.contact}#{short.charge}"
    return Key(f"T#{tenant}#P#{label}", f"SHORT#{terms}#{place}")


def _short_put(tenant: TenantId, label: str, terms: str, short: Short) -> Put:
    key = _short_key(tenant, label, terms, short)
    told = {
        "segment": short.segment,
        "usage_at": stamp(short.usage_at),
        "contact": short.contact,
        "charge": short.charge,
        "rate_class": short.rate_class,
        "raw": short.raw,
        "billed": short.billed,
    }
    return Put(table=TABLE, item={"pk": key.pk, "sk": key.sk, **told})


def _as_short(item: Item) -> Short:
    return Short(
        segment=item["segment"],
        usage_at=instant(item["usage_at"]),
        contact=ContactId(item["contact"]),
        charge=item["charge"],
        rate_class=item["rate_class"],
        raw=item["raw"],
        billed=item["billed"],
    )


assert SHARDS <= 10, "the shards of a period sort as text"
