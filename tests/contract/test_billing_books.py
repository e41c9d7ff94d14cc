"""Periods and running totals, on both databases: they follow the ledger and the contract, whatever comes when."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest

from chalicelib.aws.dynamo import DynamoDatabase
from chalicelib.aws.table import Database, Key
from chalicelib.billing.model.books import sums_of
from chalicelib.billing.model.invoice import Draft, Usage
from chalicelib.billing.service.metering import Outcome
from chalicelib.kernel.ids import ContactId, TenantId
from chalicelib.tenancy.model.form import Amount, Zone
from chalicelib.tenancy.model.hours import Hours, Span
from chalicelib.tenancy.model.plan import Factors, ShortCalls, VoiceTerms
from chalicelib.tenancy.model.tenant import Tenant
from tests.fakes.counting_house import CountingHouse, called
from tests.fakes.memory import MemoryDatabase
from tests.fakes.usage import CONTRACT, NOON, company, handled, refused, terms, usage

NOVEMBER = "2026-11"
LATER = NOON + timedelta(days=3)


@pytest.fixture
def shop() -> Tenant:
    return company(TenantId(f"shop-{uuid.uuid4().hex[:8]}"), plan=terms(base="100.00", per_minute="1.00"))


def rated_from_records(house: CountingHouse, shop: Tenant, label: str = NOVEMBER, now: datetime = LATER) -> bytes:
    """The draft without running totals, and the same but for that."""
    view = house.books.view(shop.id, label, now)
    draft = house.billing.draft(shop.id, label, now)
    used = Usage.of(house.recorded(shop, label, now), view.terms, view.period.period)
    return Draft(client=draft.client, usage=used, given=draft.given, until=draft.until, seller=draft.seller).as_json()


def test_a_draft_of_running_totals_is_the_one_that_the_records_give(house: CountingHouse, shop: Tenant) -> None:
    for n in range(30):
        called(house, shop, f"v{n}", NOON + timedelta(minutes=n), talk=40 + n)
    house.tell(refused(NOON), tenant=shop.id, contact="r1")
    assert house.billing.draft(shop.id, NOVEMBER, LATER).as_json() == rated_from_records(house, shop)


def test_a_redelivery_adds_nothing_to_the_totals(house: CountingHouse, shop: Tenant) -> None:
    called(house, shop, "v1")
    once = house.books.view(shop.id, NOVEMBER, LATER).sums
    for _ in range(3):
        called(house, shop, "v1")
    assert house.books.view(shop.id, NOVEMBER, LATER).sums == once


def test_recording_takes_one_request_once_the_period_is_known(shop: Tenant) -> None:
    database = MemoryDatabase()
    house = CountingHouse(database, shop)
    called(house, shop, "v1")
    database.requests.clear()
    called(house, shop, "v2")
    assert database.requests == ["transact"]


def test_a_plan_that_changes_within_the_month_cuts_it(house: CountingHouse, shop: Tenant) -> None:
    called(house, shop, "before", NOON - timedelta(days=8))
    dear = replace(shop, plan=terms(base="200.00", per_minute="2.00"))
    house.apply(datetime(2026, 11, 6, 15, tzinfo=UTC), dear)
    called(house, shop, "after")
    document = house.billing.draft(shop.id, NOVEMBER, LATER).as_document()
    bases = [(line["amount"], line["segment"]["first_day"]) for line in document["lines"] if line["kind"] == "base"]
    assert bases == [(1_667, "2026-11-01"), (16_667, "2026-11-06")]
    assert [line["amount"] for line in document["lines"] if line["kind"] == "voice_seconds"] == [100, 200]


def test_totals_are_counted_anew_when_the_contract_of_an_open_period_changed(
    house: CountingHouse, shop: Tenant
) -> None:
    for n in range(12):
        called(house, shop, f"v{n}")
    rounded = replace(shop, plan=terms(base="100.00", per_minute="1.00", initial_interval=90, next_interval=90))
    house.apply(NOON - timedelta(days=20), rounded)  # dated back, to before the month
    document = house.billing.draft(shop.id, NOVEMBER, LATER).as_document()
    assert [line["used"] for line in document["lines"] if line["kind"] == "voice_seconds"] == [12 * 90]
    assert house.billing.draft(shop.id, NOVEMBER, LATER).as_json() == rated_from_records(house, shop)


def test_a_worker_that_remembers_the_old_contract_does_not_count_by_it(database: Database, shop: Tenant) -> None:
    old = CountingHouse(database, shop)
    called(old, shop, "v1")
    new = CountingHouse(database, shop)
    new.tenants = old.tenants
    rounded = replace(shop, plan=terms(base="100.00", per_minute="1.00", initial_interval=90, next_interval=90))
    old.apply(NOON - timedelta(days=20), rounded)
    fresh = CountingHouse(database, shop)
    fresh.apply(NOON - timedelta(days=20), rounded)
    called(fresh, shop, "v2")
    fresh.billing.draft(shop.id, NOVEMBER, LATER)
    called(old, shop, "v3")
    sums = fresh.books.view(shop.id, NOVEMBER, LATER).sums.named
    assert sums["charge|0|voice_seconds|usual|billed"] == 3 * 90


def test_records_from_before_there_were_totals_are_in_them(house: CountingHouse, shop: Tenant) -> None:
    house.ledger.append(usage(handled(talk=60, wrap=0), tenant=shop.id, contact="v0"), NOON)
    called(house, shop, "v1")
    sums = house.books.view(shop.id, NOVEMBER, LATER).sums
    assert (sums.records, sums.named["charge|0|voice_seconds|usual|billed"]) == (2, 120)


def test_a_short_call_that_two_charges_are_for_is_free_in_both(database: Database, shop: Tenant) -> None:
    """Calls are charged by the minute and by the piece; the first short one costs neither."""
    voice = VoiceTerms(per_minute=Amount("3.00"), per_call=Amount("0.50"), short_calls=ShortCalls(free=1, below_s=30))
    house = CountingHouse(database, replace(shop, plan=replace(shop.plan, voice=voice)))
    for minute, talk in enumerate((20, 20, 60)):
        called(house, shop, f"v{minute}", NOON + timedelta(minutes=minute), talk=talk)
    document = house.billing.draft(shop.id, NOVEMBER, LATER).as_document()
    amounts = {line["kind"]: line["amount"] for line in document["lines"]}
    assert (amounts["voice_seconds"], amounts["calls"]) == (400, 100)
    assert house.billing.draft(shop.id, NOVEMBER, LATER).as_json() == rated_from_records(house, shop)


def test_the_first_short_calls_of_a_month_are_free_in_whatever_order_they_came(
    database: Database, shop: Tenant
) -> None:
    voice = terms(base="0", per_minute="1.00").voice
    assert voice is not None
    grace = replace(shop.plan, voice=replace(voice, short_calls=ShortCalls(free=2, below_s=30)))
    shop = replace(shop, plan=grace)
    house = CountingHouse(database, shop)
    for minute, talk in ((5, 20), (1, 10), (9, 29), (3, 25), (2, 60)):
        called(house, shop, f"v{minute}", NOON + timedelta(minutes=minute), talk=talk)
    document = house.billing.draft(shop.id, NOVEMBER, LATER).as_document()
    assert [line["used"] for line in document["lines"] if line["kind"] == "voice_seconds"] == [60 + 20 + 29]
    house.corrections.reverse(
        house.corrections.key(shop.id, ContactId("v1"), "voice_seconds"), "test call", "fiona", LATER
    )
    document = house.billing.draft(shop.id, NOVEMBER, LATER).as_document()
    assert [line["used"] for line in document["lines"] if line["kind"] == "voice_seconds"] == [60 + 29]
    assert house.billing.draft(shop.id, NOVEMBER, LATER).as_json() == rated_from_records(house, shop)


def test_hours_that_change_within_the_month_change_the_class_and_cut_nothing(database: Database, shop: Tenant) -> None:
    day = (Span("08:00-18:00"),)
    hours = Hours(monday=day, tuesday=day, wednesday=day, thursday=day, friday=day)
    factors = Factors(after_hours=Amount("1.5"))
    shop = replace(shop, zone=Zone("Europe/Berlin"), hours=hours, plan=replace(shop.plan, factors=factors))
    house = CountingHouse(database, shop)
    evening = NOON.replace(hour=18)  # 19:00 in Berlin
    called(house, shop, "v1", evening)
    house.apply(NOON + timedelta(days=1), replace(shop, hours=replace(hours, thursday=(Span("08:00-22:00"),))))
    called(house, shop, "v2", evening + timedelta(days=2))  # a Thursday
    document = house.billing.draft(shop.id, NOVEMBER, LATER).as_document()
    lines = [(line["rate_class"], line["amount"]) for line in document["lines"] if line["kind"] == "voice_seconds"]
    assert lines == [("usual", 100), ("after_hours", 150)]
    assert len(document["plans"]) == 1


def test_a_period_keeps_the_bounds_with_which_it_was_opened(house: CountingHouse, shop: Tenant) -> None:
    called(house, shop, "v1")
    opened = house.books.period(shop.id, NOVEMBER, NOON)
    assert (opened.tzdata, opened.period.start) == ("2026f", datetime(2026, 10, 31, 23, tzinfo=UTC))
    moved = replace(shop, contract=replace(CONTRACT, zone=Zone("America/New_York"), anchor_day=15))
    house.apply(NOON + timedelta(hours=1), moved)
    assert house.books.period(shop.id, NOVEMBER, LATER).period == opened.period


@pytest.mark.parametrize("anchor", [1, 15, 31])
@pytest.mark.parametrize("zone", ["America/New_York", "Pacific/Auckland", "Europe/Berlin"])
def test_periods_tile_time_over_a_change_of_zone_and_anchor_day(
    house: CountingHouse, shop: Tenant, zone: str, anchor: int
) -> None:
    called(house, shop, "v1")
    house.apply(
        NOON + timedelta(hours=1), replace(shop, contract=replace(CONTRACT, zone=Zone(zone), anchor_day=anchor))
    )
    for days in range(0, 120, 6):
        called(house, shop, f"d{days}", NOON + timedelta(days=days))
    opened = [one.period for one in house.books.periods(shop.id, anew=True)]
    assert len(opened) >= 4
    assert all(early.end == late.start for early, late in pairwise(opened))
    assert len({one.label for one in opened}) == len(opened)


EDGES: Sequence[tuple[str, datetime, int, str]] = (
    ("over midnight at the end of the month", datetime(2026, 11, 30, 22, 59, 30, tzinfo=UTC), 60, "2026-12"),
    ("to the last second of it", datetime(2026, 11, 30, 22, 58, 59, tzinfo=UTC), 60, "2026-11"),
    ("over the hour that comes twice", datetime(2026, 10, 25, 0, 30, tzinfo=UTC), 3600, "2026-10"),
    ("over the hour that is skipped", datetime(2026, 3, 29, 0, 30, tzinfo=UTC), 3600, "2026-03"),
    ("on the leap day of its year", datetime(2028, 2, 29, 23, 30, tzinfo=UTC), 1800, "2028-03"),
)


@pytest.mark.parametrize(("start", "talk", "label"), [edge[1:] for edge in EDGES], ids=[edge[0] for edge in EDGES])
def test_a_call_is_in_the_month_in_which_it_ended_with_all_its_seconds(
    house: CountingHouse, shop: Tenant, start: datetime, talk: int, label: str
) -> None:
    called(house, shop, "v1", start, talk=talk, queue=0)
    document = house.billing.draft(shop.id, label, start + timedelta(days=1)).as_document()
    assert [line["used"] for line in document["lines"] if line["kind"] == "voice_seconds"] == [talk]


def test_another_clients_records_do_not_touch_the_totals(database: Database, shop: Tenant) -> None:
    other = replace(shop, id=TenantId(f"{shop.id}-2"))
    house = CountingHouse(database, shop, other)
    called(house, shop, "v1")
    before = house.billing.draft(shop.id, NOVEMBER, LATER).as_json()
    for n in range(5):
        called(house, other, f"v{n}")
    assert house.billing.draft(shop.id, NOVEMBER, LATER).as_json() == before


def test_a_contract_may_start_within_a_month(database: Database, shop: Tenant) -> None:
    begun = replace(shop, contract=replace(CONTRACT, effective_from=date(2026, 11, 16)))
    house = CountingHouse(database, begun)
    document = house.billing.draft(shop.id, NOVEMBER, LATER).as_document()
    assert (document["net"], document["inputs"]["given"]["first"]) == (5_000, True)


def test_many_workers_at_once_lose_nothing(emulated: DynamoDatabase, shop: Tenant) -> None:
    """Each worker begins cold: all want to open the period, and all add to the same few items."""

    def work(worker: int) -> list[Outcome]:
        house = CountingHouse(emulated, shop)
        return [
            house.tell(handled(talk=60, wrap=0), tenant=shop.id, contact=f"v{worker}-{n}").outcome for n in range(8)
        ]

    with ThreadPoolExecutor(8) as crowd:
        outcomes = [outcome for said in crowd.map(work, range(8)) for outcome in said]
    assert outcomes == [Outcome.RECORDED] * 64
    house = CountingHouse(emulated, shop)
    view = house.books.view(shop.id, NOVEMBER, LATER)
    assert view.sums == sums_of(house.recorded(shop, NOVEMBER, LATER), view.terms)
    assert view.sums.records == 64


def test_records_that_come_while_the_totals_are_counted_anew_are_in_them(
    emulated: DynamoDatabase, shop: Tenant
) -> None:
    house = CountingHouse(emulated, shop)
    for n in range(20):
        called(house, shop, f"v{n}")
    rounded = replace(shop, plan=terms(base="100.00", per_minute="1.00", initial_interval=90, next_interval=90))

    def work(worker: int) -> None:
        mine = CountingHouse(emulated, shop)
        mine.apply(NOON - timedelta(days=20), rounded)
        for n in range(5):
            called(mine, shop, f"w{worker}-{n}")

    with ThreadPoolExecutor(6) as crowd:
        list(crowd.map(work, range(6)))
    after = CountingHouse(emulated, shop)
    after.apply(NOON - timedelta(days=20), rounded)
    sums = after.books.view(shop.id, NOVEMBER, LATER).sums
    assert (sums.records, sums.named["charge|0|voice_seconds|usual|billed"]) == (50, 50 * 90)


def test_the_books_of_a_client_lie_under_its_own_keys(shop: Tenant) -> None:
    database = MemoryDatabase()
    house = CountingHouse(database, shop)
    called(house, shop, "v1")
    keys = [key for key in database.tables["ledger"] if not key.pk.startswith("AGENT#")]
    assert all(key.pk.startswith(f"T#{shop.id}#") for key in keys)
    assert Key(f"T#{shop.id}#P", NOVEMBER) in keys
