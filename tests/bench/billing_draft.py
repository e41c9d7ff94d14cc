"""A draft of a client with a million records against one of a client with ten thousand, in requests and time.

The database is the tests' one in memory, with a shelf for each partition, as DynamoDB has: a query costs by what lies
in its partition, so a draft that read records would show it. Ten thousand records come by the real way, one
transaction each; the million is laid in as that would leave it, which is checked on the ten thousand.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from chalicelib.aws.table import Cursor, Item, Key, Page, Put, Write
from chalicelib.billing.model.books import SHARDS, Shard, Sums, shard_of, sums_of
from chalicelib.billing.model.ledger import UsageRecord
from chalicelib.billing.store.books import shard_key, unchanged
from chalicelib.billing.store.ledger import _record_put
from chalicelib.kernel.channel import Channel
from chalicelib.kernel.ids import ContactId, TenantId
from tests.bench.measure import Line, against, plain
from tests.fakes.counting_house import CountingHouse
from tests.fakes.memory import MemoryDatabase
from tests.fakes.usage import company, handled, record, terms

SMALL, LARGE = 10_000, 1_000_000
_LIMIT = 2.0
_TIMES = 60
_LABEL = "2026-10"
_FIRST = datetime(2026, 10, 1, 6, tzinfo=UTC)
_NOW = datetime(2026, 11, 2, tzinfo=UTC)
_TALKS = (35, 62, 125, 180, 240, 601)


class Shelves(MemoryDatabase):
    """Each partition apart, of tables and of their index."""

    def __init__(self) -> None:
        super().__init__()
        self._shelves: dict[tuple[str, str, str], dict[Key, Item]] = {}

    def query(
        self,
        table: str,
        pk: str,
        *,
        begins: str = "",
        after: Cursor | None = None,
        between: tuple[str, str] | None = None,
        limit: int = 0,
        newest_first: bool = False,
        index: str = "",
    ) -> Page:
        self._count("query")
        one = MemoryDatabase()
        one.tables[table] = self._shelves.get((table, index, pk), {})
        how: dict[str, Any] = {"begins": begins, "after": after, "between": between, "limit": limit}
        return one.query(table, pk, newest_first=newest_first, index=index, **how)

    def forget(self, pk_is: Callable[[str], bool]) -> None:
        """Drops whole partitions, and what an index shows of them."""
        for table, index, pk in list(self._shelves):
            shelf = self._shelves[table, index, pk]
            for key in [key for key in shelf if pk_is(key.pk)]:
                del shelf[key]
            if not shelf:
                del self._shelves[table, index, pk]
        for items in self.tables.values():
            for key in [key for key in items if pk_is(key.pk)]:
                del items[key]

    def _apply(self, write: Write) -> Item | None:
        new = super()._apply(write)
        if new is not None:
            self._shelves.setdefault((write.table, "", new["pk"]), {})[Key(*write.key)] = new
            if "period_pk" in new:
                self._shelves.setdefault((write.table, "period", new["period_pk"]), {})[Key(*write.key)] = new
        return new


def bench() -> Iterator[Line]:
    shops = {size: company(TenantId(f"shop-{size}"), plan=_plan()) for size in (SMALL, LARGE)}
    database = Shelves()
    house = CountingHouse(database, *shops.values())
    took = _by_the_real_way(house, shops[SMALL].id)
    yield plain("billing.draft.record", 1e6 * took / SMALL, "us/record", SMALL)
    _laid_in(house, database, shops[LARGE].id, LARGE)
    check = CountingHouse(Shelves(), *shops.values())
    _laid_in(check, check.database, shops[SMALL].id, SMALL)
    drafts = [one.billing.draft(shops[SMALL].id, _LABEL, _NOW).as_json() for one in (house, check)]
    assert drafts[0] == drafts[1], "what is laid in is not what the real way leaves"
    yield from _compared(house, database, shops[SMALL].id, shops[LARGE].id)


def _compared(house: CountingHouse, database: Shelves, small: TenantId, large: TenantId) -> Iterator[Line]:
    requests: dict[TenantId, int] = {}
    times: dict[TenantId, list[float]] = {small: [], large: []}
    for _ in range(_TIMES):
        for tenant, found in times.items():
            database.requests.clear()
            begun = time.perf_counter()
            document = house.billing.draft(tenant, _LABEL, _NOW).as_json()
            found.append(1e3 * (time.perf_counter() - begun))
            requests[tenant] = len(database.requests)
            assert document
    yield against("billing.draft.requests", requests[large], requests[small], "requests", _TIMES, _LIMIT)
    medians = {tenant: statistics.median(found) for tenant, found in times.items()}
    yield against("billing.draft.time", medians[large], medians[small], "ms", _TIMES, _LIMIT)


def _plan() -> Any:
    return terms(base="2150.00", per_minute="1.45", included_minutes=1000, initial_interval=30, next_interval=6)


def _by_the_real_way(house: CountingHouse, tenant: TenantId) -> float:
    begun = time.perf_counter()
    for n in range(SMALL):
        talk, start = _call(n, SMALL)
        house.tell(handled(talk=talk, wrap=30, start=start), tenant=tenant, contact=f"v{n:07d}")
    return time.perf_counter() - begun


def _call(n: int, size: int) -> tuple[int, datetime]:
    """The n-th call, evenly over 28 days."""
    return _TALKS[n % len(_TALKS)], _FIRST + timedelta(seconds=n * 28 * 86_400 // size)


def _laid_in(house: CountingHouse, database: Any, tenant: TenantId, size: int) -> None:
    """Records and totals as the real way leaves them."""
    house.billing.draft(tenant, _LABEL, _NOW)  # opens the period
    view = house.books.view(tenant, _LABEL, _NOW)
    sums = [Sums() for _ in range(SHARDS)]
    chunk: list[UsageRecord] = []
    for made in _records(tenant, size):
        chunk.append(made)
        database._apply(_record_put(made, _NOW))
        if len(chunk) == 20_000:
            sums = _added(sums, chunk, view.terms)
            chunk = []
    sums = _added(sums, chunk, view.terms)
    for shard in view.shards:
        key = shard_key(tenant, _LABEL, shard.shard)
        item = _shard_item(replace(shard, sums=sums[shard.shard]))
        database.write(Put(table="ledger", item={"pk": key.pk, "sk": key.sk, **item}, when=unchanged(shard)))


def _added(sums: Sequence[Sums], chunk: Sequence[UsageRecord], terms: Any) -> list[Sums]:
    parts: list[list[UsageRecord]] = [[] for _ in sums]
    for made in chunk:
        parts[shard_of(made.contact)].append(made)
    return [one + sums_of(part, terms) for one, part in zip(sums, parts, strict=True)]


def _shard_item(shard: Shard) -> Item:
    counts = {"records": shard.sums.records, "high": shard.sums.high, "low": shard.sums.low}
    return {"terms": shard.terms, "closed": shard.closed, **counts, **shard.sums.named}


def _records(tenant: TenantId, size: int) -> Iterator[UsageRecord]:
    """Made of one call for each length: a million builders would be slower than what is measured."""
    models = [record(handled(talk=talk, wrap=30, start=_FIRST), tenant=tenant) for talk in _TALKS]
    for n in range(size):
        model, (_, start) = models[n % len(models)], _call(n, size)
        later = start - _FIRST
        yield replace(
            model,
            contact=ContactId(f"v{n:07d}"),
            channel=Channel.VOICE,
            opened_at=model.opened_at + later,
            usage_at=model.usage_at + later,
        )
