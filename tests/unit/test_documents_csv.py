from __future__ import annotations

import csv as reader
import io
import json

import pytest

from chalicelib.billing.model.documents import csv
from tests.fakes.papers import (
    FIRST_HALF,
    SECOND_HALF,
    Document,
    contact,
    contacts,
    credit_note,
    invoice,
    line,
    omni_plan,
    voice_plan,
)


def table(content: bytes) -> list[dict[str, str]]:
    return list(reader.DictReader(io.StringIO(content.decode(), newline=""), strict=True))


def test_each_line_is_a_row_whose_amounts_add_up_to_the_net() -> None:
    for document in (voice_plan(), omni_plan(), credit_note()):
        rows = table(csv.lines(document))
        assert [row["line"] for row in rows] == [str(n) for n in range(1, len(document["lines"]) + 1)]
        assert sum(round(float(row["amount"]) * 100) for row in rows) == document["net"]


def test_a_row_says_all_that_the_line_says() -> None:
    row = table(csv.lines(omni_plan()))[5]
    assert row == {
        "document": "invoice",
        "number": "ML-2026-00042",
        "issued_on": "2026-12-04",
        "tenant": "clinic",
        "period": "2026-11",
        "currency": "EUR",
        "line": "6",
        "kind": "voice",
        "text": "Calls, next 500",
        "rule": "talk, hold and up to 120 s of wrap-up, by the second; the minutes from 500 to 1,000 at this price",
        "first_day": "2026-11-16",
        "last_day": "2026-11-30",
        "plan_version": "4f1c09aa27d3",
        "rate_class": "usual",
        "tier": "2",
        "unit": "second",
        "used": "17745",
        "included": "0",
        "quantity": "17745",
        "unit_price": "1.30",
        "base_quantity": "60",
        "amount": "384.48",
        "tax_category": "S",
        "tax_rate": "19",
        "contacts": "530",
    }


def test_a_charge_without_tiers_names_none() -> None:
    assert [row["tier"] for row in table(csv.lines(omni_plan()))][3:7] == ["", "1", "2", ""]


def test_the_columns_are_the_documented_ones() -> None:
    assert tuple(table(csv.lines(voice_plan()))[0]) == csv.LINES
    assert tuple(table(csv.contacts(voice_plan(), {"contacts": contacts(voice_plan())}))[0]) == csv.CONTACTS


def test_it_is_written_as_rfc_4180_says() -> None:
    nasty = 'commas, "quotes"\r\nand new lines'
    content = csv.lines(invoice([line("base", nasty, 1, "10.00")]))
    assert b'"commas, ""quotes""\r\nand new lines"' in content
    assert content.startswith(b"document,number,")
    assert content.endswith(b"\r\n")
    assert content.count(b"\r\n") == 3  # the head, the one in the text, the row
    assert table(content)[0]["text"] == nasty


@pytest.mark.parametrize("formula", ["=1+1", "+1", "-1", "@SUM(A1)", " =1", "\t=1", "\r=1", "\nx", "＝1+1", "\u00a0-1"])
def test_no_cell_of_text_is_a_formula(formula: str) -> None:
    document = voice_plan(client={"tenant": "shop", "lines": ["x"]}, number=formula)
    document["lines"] = [line("base", formula, 1, "10.00", rule=formula, unit=formula)]
    (row,) = table(csv.lines(document))
    assert {row[name] for name in ("number", "text", "rule", "unit")} == {f"'{formula}"}
    said = contact(document["lines"][0], 0, contact=formula, free=formula, channel=formula)
    (row,) = table(csv.contacts(document, {"contacts": [said]}))
    assert {row[name] for name in ("number", "contact", "free", "channel")} == {f"'{formula}"}


@pytest.mark.parametrize("harmless", ["Calls", "a=1", "1 - 2", "'", "", "…"])
def test_other_texts_stay_as_they_are(harmless: str) -> None:
    (row,) = table(csv.lines(invoice([line("base", harmless, 1, "10.00")])))
    assert row["text"] == harmless


def test_a_negative_amount_stays_a_number() -> None:
    row = table(csv.lines(omni_plan()))[8]
    assert (row["quantity"], row["amount"]) == ("-1", "-140.81")


@pytest.mark.parametrize(("currency", "price", "amount"), [("JPY", "1500", "1500"), ("KWD", "1.125", "1.125")])
def test_amounts_have_the_decimals_of_their_currency(currency: str, price: str, amount: str) -> None:
    (row,) = table(csv.lines(invoice([line("base", "Base", 1, price, currency=currency)], currency=currency)))
    assert row["amount"] == amount


def test_a_contact_names_the_lines_on_which_it_is() -> None:
    calls = line("voice", "Calls", 60, "1.00", unit="second", segment=SECOND_HALF, contacts=1)
    document = invoice(
        [
            line("base", "Base", 1, "10.00"),
            {**calls, "segment": FIRST_HALF},
            {**calls, "tier": 0},
            {**calls, "tier": 1},
            {**calls, "rate_class": "holiday"},
        ]
    )
    said = [
        contact(calls, 0),
        contact(calls, 1, segment=FIRST_HALF),
        contact(calls, 2, segment=SECOND_HALF),
        contact(calls, 3, rate_class="holiday"),
        contact(calls, 4, charge="unknown"),
    ]
    rows = table(csv.contacts(document, {"contacts": said}))
    assert [row["line"] for row in rows] == ["2 3 4", "2", "3 4", "5", ""]


def test_contacts_show_raw_seconds_beside_billed_ones() -> None:
    document = voice_plan()
    said = contact(document["lines"][1], 4, talk=125, hold=20, wrap=41, raw=186, billed=192)
    (row,) = table(csv.contacts(document, {"contacts": [said]}))
    assert [row[name] for name in ("talk", "hold", "wrap", "raw", "billed")] == ["125", "20", "41", "186", "192"]


def test_an_annex_of_five_thousand_contacts_is_whole() -> None:
    document = invoice([line("voice", "Calls", 60, "1.00", unit="second", contacts=5000)])
    annex = {"contacts": contacts(document)}
    rows = table(csv.contacts(document, annex))
    assert [row["contact"] for row in rows] == [one["contact"] for one in annex["contacts"]]


def test_a_draft_with_its_contacts_in_its_lines_has_the_same_table() -> None:
    document = voice_plan()
    annex = {"contacts": contacts(document)}
    within: Document = json.loads(json.dumps(document))
    for one in within["lines"]:
        one["contacts"] = [said for said in annex["contacts"] if said["charge"] == one["kind"]]
    assert csv.contacts(within) == csv.contacts(document, annex)
