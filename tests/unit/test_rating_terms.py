"""Terms of a contract that few have: blocks of several sizes, months of thirty days, no small coins."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from chalicelib.billing.model import credit
from chalicelib.billing.model.credit import CreditNote
from chalicelib.billing.model.explain import Where, audit
from chalicelib.billing.model.invoice import Client, draft
from chalicelib.billing.model.ledger import Meter
from chalicelib.billing.model.line import Line, net_of
from chalicelib.billing.model.plan import Plan
from chalicelib.billing.model.rating import rate
from chalicelib.billing.model.segment import Segment, segments
from chalicelib.billing.model.standing import Numbered
from chalicelib.billing.model.totals import Totals
from chalicelib.kernel.period import BillingPeriod
from tests.fakes.plans import NOVEMBER, SHOP, WHOLE, simple, totals, used

BLOCKS = [{"size": 100, "most": 10, "price": "20"}, {"size": 1000, "price": "150"}]


def blocks(how: Plan, quantity: int, segment: Segment = WHOLE) -> list[Line]:
    return [line for line in rate(totals(chat=(quantity, quantity)), how, segment) if line.kind == "chat"]


def told(lines: list[Line]) -> list[tuple[str, int, str]]:
    return [(line.unit, line.quantity, line.amount.text()) for line in lines]


def test_blocks_of_each_size_have_a_line_and_begun_ones_count() -> None:
    how = simple(chat={"blocks": BLOCKS, "included": 50})
    small, large = "package of 100 chats", "package of 1000 chats"
    assert told(blocks(how, 50)) == [(small, 0, "0.00")]
    assert told(blocks(how, 1050)) == [(small, 10, "200.00")]
    assert told(blocks(how, 1051)) == [(small, 10, "200.00"), (large, 1, "150.00")]
    assert [(line.used, line.included, line.contacts, line.tier) for line in blocks(how, 1051)] == [
        (1051, 50, 1051, 0),
        (0, 0, 0, 1),
    ]
    first, then = blocks(how, 1051)
    assert first.rule.endswith("; up to 10 packages of 100 chats, begun ones in full, at 20 EUR each")
    assert then.rule.endswith("; in packages of 1000 chats, begun ones in full, at 150 EUR each")


def test_all_can_be_in_blocks_of_the_size_that_it_reaches() -> None:
    how = simple(chat={"blocks": BLOCKS, "tier_model": "volume"})
    assert told(blocks(how, 1000)) == [("package of 100 chats", 10, "200.00")]
    assert told(blocks(how, 1001)) == [("package of 1000 chats", 2, "300.00")]
    assert "all of it in packages of 1000 chats" in blocks(how, 1001)[0].rule


def test_minutes_are_sold_in_blocks_of_minutes() -> None:
    how = simple(voice={"blocks": [{"size": 60, "most": 1, "price": "50"}, {"size": 30, "price": "20"}]})
    lines = [line for line in rate(totals(voice_seconds=(3, 5401)), how, WHOLE) if line.kind == "voice_seconds"]
    assert told(lines) == [("package of 60 minutes", 1, "50.00"), ("package of 30 minutes", 2, "40.00")]


def test_a_contact_is_in_the_size_of_block_that_it_fell_into() -> None:
    how = simple(chat={"blocks": [{"size": 2, "most": 1, "price": "3"}, {"size": 5, "price": "1"}], "included": 1})
    records = [used(Meter.CHAT, contact=f"c{n}", at=NOVEMBER.start + timedelta(hours=n)) for n in range(5)]
    found = audit(records, how, WHOLE)
    explained = found.explain(found.lines[1])
    assert explained is not None
    assert [explained.where(place) for place in range(5)] == [[Where(tier, 1)] for tier in (-1, 0, 0, 1, 1)]


def test_a_part_of_a_month_can_have_fewer_blocks_of_a_size() -> None:
    half = Segment(label="2026-11", first_day=date(2026, 11, 16), last_day=date(2026, 11, 30), days=(15, 15), place=1)
    how = simple(chat={"blocks": BLOCKS}, prorate_tiers=True)
    assert [line.quantity for line in blocks(how, 600, half)] == [5, 1]
    assert [line.quantity for line in blocks(replace(how, prorate_tiers=False), 600, half)] == [6]


FEBRUARY, JULY = (BillingPeriod.month(2026, month, "Europe/Berlin") for month in (2, 7))


@pytest.mark.parametrize(
    ("period", "begins", "proration", "expected"),
    [
        (JULY, 23, "days_of_30", (8, 30, "8.00")),
        (JULY, 23, "days", (9, 31, "8.71")),
        (JULY, 31, "days_of_30", (1, 30, "1.00")),
        (FEBRUARY, 15, "days_of_30", (16, 30, "16.00")),
        (FEBRUARY, 15, "days", (14, 28, "15.00")),
    ],
)
def test_each_month_can_have_thirty_days(
    period: BillingPeriod, begins: int, proration: str, expected: tuple[int, int, str]
) -> None:
    how = simple(base="30", proration=proration)
    ((segment, plan),) = segments(period, [(period.first_day.replace(day=begins), how)])
    (base,) = rate(Totals(), plan, segment)
    assert (base.quantity, base.base_quantity, base.amount.text()) == expected


def test_parts_of_a_month_of_thirty_days_add_up_to_the_fee() -> None:
    one, other = (simple(name=name, base="29.99", proration="days_of_30") for name in ("One", "Other"))
    found = segments(JULY, [(JULY.first_day, one), (date(2026, 7, 12), other)])
    lines = [line for segment, plan in found for line in rate(Totals(), plan, segment)]
    assert [(line.quantity, line.base_quantity) for line in lines] == [(11, 30), (19, 30)]
    assert net_of(lines, "EUR").text() == "29.99"


def document(base: str, **rounding: str) -> dict[str, Any]:
    how = simple(base=base, **({"rounding": rounding} if rounding else {}))
    made = draft(records=[], plan=how, client=Client(SHOP, ("Shop",)), period=NOVEMBER, until=NOVEMBER.end)
    return made.as_document()


@pytest.mark.parametrize(
    ("base", "mode", "rounding"),
    [
        ("1.03", "half_up", 2),  # 1.23
        ("1.02", "half_up", -1),  # 1.21
        ("1.01", "half_up", None),  # 1.20
        ("1.02", "up", 4),
        ("1.03", "down", -3),
    ],
)
def test_the_total_is_rounded_to_what_can_be_paid_in_an_amount_of_its_own(
    base: str, mode: str, rounding: int | None
) -> None:
    made = document(base, step="0.05", mode=mode)
    assert made.get("rounding") == rounding
    assert made["total"] == made["net"] + made["tax"]
    assert (made["total"] + made.get("rounding", 0)) % 5 == 0


def test_without_the_term_nothing_is_said_of_rounding() -> None:
    assert "rounding" not in document("1.03")


def test_what_an_invoice_was_rounded_by_goes_back_with_the_last_of_it() -> None:
    invoice = {**document("1.03", step="0.05"), "number": "X-1", "entity": "e", "issued_on": "2026-12-04"}
    notes: list[CreditNote] = []
    paid_back = []
    for part in (40, 63):
        made = credit.document(
            invoice, notes, {0: part}, number="", series="", previous="", issued_on="", reason="late"
        )
        numbered = Numbered(entity="e", series="s", sequence=1, sha256="", key="")
        notes.append(
            CreditNote(
                of="X-1",
                numbered=numbered,
                lines={0: part},
                net=part,
                tax=made["tax"],
                reason="",
                by="",
                issued_on="",
            )
        )
        paid_back.append((made["total"], made.get("rounding")))
    assert paid_back == [(48, None), (75, 2)]
    assert sum(total for total, _ in paid_back) == invoice["total"]
