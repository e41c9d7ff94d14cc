"""What else an invoice depends on: units that moved on, setup, service credit, fees, and what came late."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from chalicelib.billing.model.adjustment import Adjustment, booked_lines
from chalicelib.billing.model.invoice import Given
from chalicelib.kernel.channel import Channel
from chalicelib.kernel.ids import TenantId
from chalicelib.kernel.period import BillingPeriod
from chalicelib.tenancy.model.form import Amount, Line, Name
from chalicelib.tenancy.model.plan import CountTerms, Fee, Rollover
from tests.fakes.counting_house import CountingHouse
from tests.fakes.memory import MemoryDatabase
from tests.fakes.usage import CONTRACT, SHOP, company, handled, terms

OCTOBER, NOVEMBER = "2026-10", "2026-11"
IN_OCTOBER = datetime(2026, 10, 14, 9, tzinfo=UTC)
IN_NOVEMBER = datetime(2026, 11, 14, 9, tzinfo=UTC)
AFTER_OCTOBER = datetime(2026, 11, 5, 9, tzinfo=UTC)
AFTER_NOVEMBER = datetime(2026, 12, 5, 9, tzinfo=UTC)


def rolling() -> CountingHouse:
    chats = CountTerms(per_contact=Amount("4.50"), included=10, rollover=Rollover(percent=Amount("50"), months=1))
    house = CountingHouse(MemoryDatabase(), company(SHOP, plan=replace(terms(base="100.00"), chat=chats)))
    for n in range(2):
        house.tell(handled(start=IN_OCTOBER), tenant=SHOP, contact=f"c{n}", channel=Channel.CHAT)
    for n in range(16):
        house.tell(handled(start=IN_NOVEMBER), tenant=SHOP, contact=f"d{n}", channel=Channel.CHAT)
    return house


def chats(house: CountingHouse, now: datetime) -> tuple[int, int]:
    """(included, amount) of November's chats."""
    document = house.billing.draft(SHOP, NOVEMBER, now).as_document()
    (line,) = (line for line in document["lines"] if line["kind"] == "chat")
    return line["included"], line["amount"]


def test_units_that_were_not_used_move_on_before_and_after_the_invoice() -> None:
    house = rolling()
    assert chats(house, IN_NOVEMBER) == (15, 450)
    house.invoices.finalise(SHOP, OCTOBER, "fiona", AFTER_OCTOBER)
    assert house.invoices.document(SHOP, OCTOBER)["carried"] == [{"charge": "chat", "until": NOVEMBER, "units": 5}]
    assert chats(house, IN_NOVEMBER) == (15, 450)


def test_an_invoice_with_units_that_moved_here_replays() -> None:
    house = rolling()
    house.invoices.finalise(SHOP, OCTOBER, "fiona", AFTER_OCTOBER)
    house.invoices.finalise(SHOP, NOVEMBER, "fiona", AFTER_NOVEMBER)
    assert house.invoices.document(SHOP, NOVEMBER)["inputs"]["given"]["grants"][0]["units"] == 5
    assert house.invoices.document(SHOP, NOVEMBER)["carried"] == []
    assert [proof.why for proof in house.replay.all([SHOP], AFTER_NOVEMBER)] == ["", ""]


def test_setup_is_due_once_in_the_month_in_which_the_contract_begins() -> None:
    plan = replace(terms(base="100.00"), setup=Amount("150.00"))
    begun = replace(company(SHOP, plan=plan), contract=replace(CONTRACT, effective_from=date(2026, 10, 12)))
    house = CountingHouse(MemoryDatabase(), begun)
    kinds = [
        [line["kind"] for line in house.billing.draft(SHOP, label, AFTER_NOVEMBER).as_document()["lines"]]
        for label in (OCTOBER, NOVEMBER)
    ]
    assert ["setup" in found for found in kinds] == [True, False]


class Told:
    """A month in which the service was missed and a debit came back."""

    def given(self, tenant: TenantId, period: BillingPeriod) -> Given:
        return Given(service=Decimal("-5"), fees=("returned",)) if period.label == OCTOBER else Given()


def test_what_others_give_stands_in_the_invoice_for_the_replay() -> None:
    fees = {Name("returned"): Fee(text=Line("Returned debit"), price=Amount("10.00"))}
    house = CountingHouse(MemoryDatabase(), company(SHOP, plan=replace(terms(base="100.00"), fees=fees)), extras=Told())
    house.invoices.finalise(SHOP, OCTOBER, "fiona", AFTER_OCTOBER)
    document = house.invoices.document(SHOP, OCTOBER)
    assert document["inputs"]["given"]["service"] == "-5"
    assert [line["amount"] for line in document["lines"] if line["kind"] == "fee"] == [1_000]
    assert Given.from_document(document["inputs"]["given"]) == Given(service=Decimal("-5"), fees=("returned",))
    assert house.replay.replay(SHOP, OCTOBER, AFTER_NOVEMBER).ok


def line(quantity: int, amount: int, *, tier: int = -1, text: str = "Calls") -> dict[str, object]:
    return {
        "kind": "voice_seconds", "text": text, "rule": "so much", "rate_class": "usual", "tier": tier,
        "segment": {"first_day": "2026-10-01", "last_day": "2026-10-31"}, "quantity": quantity, "used": quantity,
        "included": 0, "amount": amount, "contacts": quantity,
    }  # fmt: skip


def adjusted(booked: list[dict[str, object]], now: list[dict[str, object]]) -> Adjustment:
    return Adjustment(period=OCTOBER, number="INV-1", against="x", booked=tuple(booked), now=tuple(now))


def test_a_published_late_event_takes_back_fifteen_at_ten_and_bills_sixteen_at_five() -> None:
    found = adjusted([line(15, 150)], [line(16, 80)])
    assert [one["amount"] for one in found.lines()] == [-150, 80]
    assert [one["quantity"] for one in found.lines()] == [-15, 16]
    assert (*found.delta, found.net) == (-150, 80, -70)


def test_only_what_changed_is_taken_back_also_where_a_tier_is_new() -> None:
    same, first = line(100, 500, text="Same"), line(10, 100, tier=0)
    found = adjusted([same, first], [same, first, line(5, 25, tier=1)])
    assert [(one["tier"], one["amount"]) for one in found.lines()] == [(1, 25)]


@pytest.mark.parametrize("why", ["below the materiality", "older than the contract looks back"])
def test_what_is_not_due_has_no_lines_and_is_still_said(why: str) -> None:
    found = replace(adjusted([line(15, 150)], [line(16, 160)]), why=why)
    assert found.lines() == []
    assert (found.as_document()["net"], found.as_document()["booked"], found.as_document()["why"]) == (10, False, why)


def test_the_next_difference_starts_from_what_the_last_one_booked() -> None:
    first = adjusted([line(15, 150)], [line(16, 160)])
    document = {"period": {"label": NOVEMBER}, "lines": [], "adjustments": [first.as_document()]}
    assert booked_lines(document, OCTOBER) == (line(16, 160),)
