"""Somebody else acts just before a request of ours: what was looked at a moment ago holds no more."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.billing.model.books import shard_of
from chalicelib.billing.model.ledger import UsageRecord
from chalicelib.billing.service.books import Books
from chalicelib.billing.store.books import BookStore
from chalicelib.kernel.errors import Conflict, Unavailable
from chalicelib.kernel.ids import ContactId, TenantId
from chalicelib.kernel.period import Period
from chalicelib.tenancy.model.caller import Scope
from chalicelib.tenancy.model.form import Amount
from tests.fakes.counting_house import CountingHouse
from tests.fakes.memory import MemoryDatabase
from tests.fakes.usage import NOON, SHOP, company, handled, terms

OCTOBER, NOVEMBER, DECEMBER = "2026-10", "2026-11", "2026-12"
IN_OCTOBER = datetime(2026, 10, 14, 9, tzinfo=UTC)
AFTER_OCTOBER = datetime(2026, 11, 5, 9, tzinfo=UTC)
AFTER_NOVEMBER = datetime(2026, 12, 5, 9, tzinfo=UTC)
SHOP_OF_OURS = company(SHOP, plan=terms(base="100.00", per_minute="1.00"))
ROUNDED = replace(SHOP_OF_OURS, plan=terms(base="100.00", per_minute="1.00", initial_interval=90, next_interval=90))


def built() -> CountingHouse:
    return CountingHouse(MemoryDatabase(), SHOP_OF_OURS)


def called(house: CountingHouse, contact: str, start: datetime, now: datetime) -> None:
    """A call of a minute that nobody wraps up; by a worker of its own."""
    worker = CountingHouse(house.database, SHOP_OF_OURS)
    worker.tenants = house.tenants
    worker.tell(handled(talk=60, wrap=0, start=start), now, tenant=SHOP, contact=contact)


def just_before(house: CountingHouse, operation: str, nth: int, act: Callable[[], None]) -> None:
    """Acts once, ahead of the n-th request of that kind from now on."""
    seen = [0]
    database = house.database
    assert isinstance(database, MemoryDatabase)

    def before(asked: str) -> None:
        seen[0] += asked == operation
        if asked == operation and seen[0] == nth:
            database.before = lambda _: None
            act()

    database.before = before


def test_a_record_that_comes_before_the_number_is_taken_is_in_the_invoice() -> None:
    house = built()
    called(house, "v1", IN_OCTOBER, IN_OCTOBER)
    just_before(house, "transact", 1, lambda: called(house, "v2", IN_OCTOBER, AFTER_OCTOBER - timedelta(seconds=2)))
    house.invoices.finalise(SHOP, OCTOBER, "fiona", AFTER_OCTOBER)
    assert house.invoices.document(SHOP, OCTOBER)["inputs"]["records"] == 2
    assert house.replay.replay(SHOP, OCTOBER, AFTER_NOVEMBER).ok


def test_a_record_that_comes_after_the_cutoff_and_before_the_number_is_late() -> None:
    house = built()
    called(house, "v1", IN_OCTOBER, IN_OCTOBER)
    just_before(house, "transact", 1, lambda: called(house, "v2", IN_OCTOBER, AFTER_OCTOBER + timedelta(seconds=2)))
    house.invoices.finalise(SHOP, OCTOBER, "fiona", AFTER_OCTOBER)
    assert house.invoices.document(SHOP, OCTOBER)["inputs"]["records"] == 1
    (adjustment,) = house.billing.draft(SHOP, NOVEMBER, AFTER_NOVEMBER).adjustments
    assert adjustment.net == 100
    assert house.replay.replay(SHOP, OCTOBER, AFTER_NOVEMBER).ok


def test_a_late_record_that_comes_while_the_next_invoice_is_issued_waits_for_the_one_after() -> None:
    house = built()
    house.invoices.finalise(SHOP, OCTOBER, "fiona", AFTER_OCTOBER)
    called(house, "v1", IN_OCTOBER, AFTER_OCTOBER + timedelta(days=1))
    later = AFTER_NOVEMBER + timedelta(seconds=2)
    just_before(house, "transact", 1, lambda: called(house, "v2", IN_OCTOBER, later))
    house.invoices.finalise(SHOP, NOVEMBER, "fiona", AFTER_NOVEMBER)
    assert [one["net"] for one in house.invoices.document(SHOP, NOVEMBER)["adjustments"]] == [100]
    (adjustment,) = house.billing.draft(SHOP, DECEMBER, AFTER_NOVEMBER + timedelta(days=1)).adjustments
    assert adjustment.net == 100
    assert all(proof.ok for proof in house.replay.all([SHOP], AFTER_NOVEMBER + timedelta(days=1)))


def test_a_difference_that_is_too_little_stays_until_it_is_enough() -> None:
    generous = replace(SHOP_OF_OURS, contract=replace(SHOP_OF_OURS.contract, materiality=Amount("1.50")))
    house = CountingHouse(MemoryDatabase(), generous)
    house.invoices.finalise(SHOP, OCTOBER, "fiona", AFTER_OCTOBER)
    called(house, "v1", IN_OCTOBER, AFTER_OCTOBER + timedelta(days=1))
    house.invoices.finalise(SHOP, NOVEMBER, "fiona", AFTER_NOVEMBER)
    (waiting,) = house.billing.draft(SHOP, DECEMBER, AFTER_NOVEMBER + timedelta(days=1)).adjustments
    assert (waiting.net, waiting.due) == (100, False)


def test_a_record_that_comes_while_totals_are_counted_anew_is_counted_by_the_new_terms() -> None:
    house = built()
    called(house, "v1", NOON, NOON)
    house.apply(NOON - timedelta(days=20), ROUNDED)
    before = _old_worker(house)
    just_before(house, "write", 1, lambda: before("v2"))
    sums = house.books.view(SHOP, NOVEMBER, NOON + timedelta(days=1)).sums
    assert (sums.records, sums.named["charge|0|voice_seconds|usual|billed"]) == (2, 180)


def _old_worker(house: CountingHouse) -> Callable[[str], None]:
    """One that still knows the old contract only."""
    old = CountingHouse(house.database, SHOP_OF_OURS)

    def record(_: str) -> None:
        # A contact of the same part of the totals as the first one, so that this very part moves.
        old.tell(handled(talk=60, wrap=0, start=NOON), NOON, tenant=SHOP, contact=_neighbour("v1"))

    return record


def _neighbour(contact: str) -> str:
    return next(f"n{n}" for n in range(1000) if shard_of(ContactId(f"n{n}")) == shard_of(ContactId(contact)))


class Lagging:
    """An index that does not show the newest record for a while."""

    def __init__(self, house: CountingHouse, looks: int) -> None:
        self._ledger = house.ledger
        self._looks = looks

    def pages(self, tenant: TenantId, period: Period) -> Iterator[list[UsageRecord]]:
        self._looks -= 1
        for page in self._ledger.pages(tenant, period):
            yield page[:-1] if self._looks >= 0 else page


def test_an_index_that_lags_behind_loses_no_record() -> None:
    house = built()
    for n in range(5):
        called(house, f"v{n}", NOON + timedelta(minutes=n), NOON)
    house.apply(NOON - timedelta(days=20), ROUNDED)
    paused: list[int] = []
    for looks, complete in ((2, True), (50, False)):
        books = Books(BookStore(house.database), Lagging(house, looks), house.tenants, "2026f", paused.append)
        if complete:
            sums = books.view(SHOP, NOVEMBER, NOON + timedelta(days=1)).sums
            assert sums.named["charge|0|voice_seconds|usual|billed"] == 5 * 90
            assert paused == [0, 1]
        else:
            with pytest.raises(Unavailable, match="index"):
                books.rebuild(SHOP, NOVEMBER, NOON + timedelta(days=1))


def test_two_who_decide_about_one_doubt_do_not_both_get_their_way() -> None:
    house = built()
    for talk in (60, 90):
        house.tell(handled(talk=talk, wrap=0), NOON, tenant=SHOP, contact="v1")
    (row,) = house.corrections.waiting(Scope.everyone())["records"]
    other = CountingHouse(house.database, SHOP_OF_OURS)
    v1 = ContactId("v1")
    just_before(house, "transact", 1, lambda: other.corrections.reject(SHOP, v1, row["mark"], "a tape", "frank", NOON))
    with pytest.raises(Conflict, match="somebody else"):
        house.corrections.accept(SHOP, v1, row["mark"], "it was longer", "fiona", NOON + timedelta(seconds=1))
    assert house.books.view(SHOP, NOVEMBER, NOON + timedelta(days=1)).sums.records == 1
