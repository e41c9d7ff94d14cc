"""Seat hours: what agents of a client alone were logged in, by local days, on the client's invoice."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from chalicelib.billing.service.seating import days_of
from chalicelib.kernel.ids import TenantId
from chalicelib.kernel.period import BillingPeriod
from chalicelib.tenancy.model.form import Amount
from chalicelib.tenancy.model.plan import SeatTerms
from chalicelib.workforce.model import Status
from chalicelib.workforce.store import status_put
from tests.fakes.counting_house import CountingHouse
from tests.fakes.memory import MemoryDatabase
from tests.fakes.usage import JONAS, MARIA, NOON, PLUMBER, SHOP, company, status, terms

NOVEMBER = "2026-11"
LATER = NOON + timedelta(days=5)


def built(*, extra: str | None = "30.00", dedicated: Iterable[str] = (SHOP,)) -> CountingHouse:
    """A client with a seat of 2 hours a month, and Maria for it alone; Jonas serves everybody."""
    seats = SeatTerms(seats=1, hours=2, per_hour=Amount("25.00"), extra_per_hour=Amount(extra) if extra else None)
    shop = company(SHOP, plan=replace(terms(), seats=seats))
    house = CountingHouse(MemoryDatabase(), shop, company(PLUMBER))
    house.people.put_agent(MARIA, "Maria", "shared", dedicated=dedicated)
    house.people.put_agent(JONAS, "Jonas", "shared")
    return house


def at_work(house: CountingHouse, start: datetime, hours: float, agent: object = MARIA) -> None:
    for at, kind in ((start, Status.AVAILABLE), (start + timedelta(hours=hours / 2), Status.PAUSED)):
        house.database.write(status_put(status(at, kind, agent)))  # type: ignore[arg-type]
    house.database.write(status_put(status(start + timedelta(hours=hours), Status.OFFLINE, agent)))  # type: ignore[arg-type]


def seat_line(house: CountingHouse, now: datetime = LATER) -> tuple[int, int]:
    """(seconds logged in, amount beyond the agreed hours)."""
    document = house.billing.draft(SHOP, NOVEMBER, now).as_document()
    (line,) = (line for line in document["lines"] if line["kind"] == "seat_seconds")
    return line["used"], line["amount"]


def test_hours_beyond_the_agreed_ones_are_charged_pauses_included() -> None:
    house = built()
    at_work(house, NOON, 3)
    assert seat_line(house) == (3 * 3600, 3_000)


def test_looking_twice_counts_once() -> None:
    house = built()
    at_work(house, NOON, 3)
    assert seat_line(house) == seat_line(house)


def test_a_day_counts_when_it_is_over() -> None:
    house = built()
    at_work(house, NOON, 3)
    assert seat_line(house, NOON + timedelta(hours=4)) == (0, 0)


def test_a_night_over_the_end_of_the_month_is_cut_there() -> None:
    house = built()
    at_work(house, datetime(2026, 11, 30, 21, 0, tzinfo=UTC), 4)  # 22:00 to 02:00 in Berlin
    assert seat_line(house, datetime(2026, 12, 2, tzinfo=UTC)) == (2 * 3600, 0)


def test_whoever_serves_others_too_is_no_seat() -> None:
    house = built(dedicated=(SHOP, PLUMBER))
    at_work(house, NOON, 3)
    at_work(house, NOON, 3, JONAS)
    assert seat_line(house) == (0, 0)


def test_a_contract_that_charges_no_seat_hours_reads_no_presence() -> None:
    house = built(extra=None)
    at_work(house, NOON, 3)
    document = house.billing.draft(SHOP, NOVEMBER, LATER).as_document()
    assert document["inputs"]["records"] == 0


def test_the_invoice_of_a_month_has_them_and_replays() -> None:
    house = built()
    at_work(house, NOON, 3)
    house.invoices.finalise(SHOP, NOVEMBER, "fiona", datetime(2026, 12, 5, tzinfo=UTC))
    assert house.invoices.document(SHOP, NOVEMBER)["inputs"]["records"] == 1
    assert house.replay.replay(SHOP, NOVEMBER, LATER).ok


def test_local_days_tile_the_month_in_which_clocks_change() -> None:
    october = BillingPeriod.month(2026, 10, "Europe/Berlin")
    spans = [span for _, span in days_of(october)]
    assert (spans[0].start, spans[-1].end) == (october.start, october.end)
    assert all(early.end == late.start for early, late in pairwise(spans))
    assert sorted({span.seconds for span in spans}) == [24 * 3600, 25 * 3600]


def shift(house: CountingHouse, start: datetime, hours: float, *tenants: TenantId) -> None:
    """As the desk tells it: with the clients whom Maria serves alone in that moment."""
    for at, kind in ((start, Status.AVAILABLE), (start + timedelta(hours=hours), Status.OFFLINE)):
        house.database.write(status_put(replace(status(at, kind, MARIA), dedicated=frozenset(tenants))))


def test_the_days_before_somebody_serves_a_client_alone_are_not_its_seat_hours() -> None:
    house = built(dedicated=())
    shift(house, NOON - timedelta(days=1), 8)
    house.people.put_agent(MARIA, "Maria", "shared", dedicated=(SHOP,))
    shift(house, NOON, 3, SHOP)
    assert seat_line(house) == (3 * 3600, 3_000)


def test_the_days_before_somebody_leaves_a_client_stay_its_seat_hours() -> None:
    """Nobody had looked at the month until then, and he sits in another team now."""
    house = built()
    shift(house, NOON, 3, SHOP)
    house.people.put_agent(MARIA, "Maria", "elsewhere", dedicated=(PLUMBER,))
    shift(house, NOON + timedelta(days=1), 8, PLUMBER)
    assert seat_line(house) == (3 * 3600, 3_000)


def test_looking_before_and_after_the_people_changed_gives_the_same() -> None:
    house, looked = built(), built()
    for one in (house, looked):
        shift(one, NOON, 3, SHOP)
    seat_line(looked)
    for one in (house, looked):
        one.people.put_agent(MARIA, "Maria", "shared")
    assert seat_line(house) == seat_line(looked) == (3 * 3600, 3_000)
