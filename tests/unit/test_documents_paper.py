from __future__ import annotations

import io
import json
from collections.abc import Sequence
from typing import Any

import pypdf
import pytest

from chalicelib.billing.model.documents import ubl
from chalicelib.billing.model.documents.paper import MOST_CONTACTS, paper
from chalicelib.billing.store.typeset import Typst
from tests.fakes.papers import (
    CLINIC,
    NOVEMBER,
    OUTSIDE,
    SECOND_HALF,
    SELLER,
    Document,
    contacts,
    credit_note,
    invoice,
    line,
    omni_plan,
    voice_plan,
)


def draft(document: Document) -> Document:
    return {**document, "document": "draft invoice", "number": None, "issued_on": None, "due_on": None}


def pages(document: Document, annex: Sequence[Document] = (), most: int = MOST_CONTACTS) -> list[str]:
    """The text of each page, blanks and line ends made one."""
    printed = Typst().invoice(paper(document, {"contacts": annex}, most))
    return [" ".join(page.extract_text().split()) for page in pypdf.PdfReader(io.BytesIO(printed)).pages]


def text_of(document: Document, annex: Sequence[Document] = ()) -> str:
    return " ".join(pages(document, annex))


def test_paper_shows_what_the_document_says() -> None:
    said = text_of(voice_plan())
    for words in (
        "Invoice",
        "November 2026",
        "ML-2026-00042",
        "4 December 2026",
        "1 to 30 November 2026, 30 days",
        "Rapid Plumbing LLC",
        "411 Elm Street",
        "Manyline Operations",
        "62:24 min 1.85 /min 115.44",
        "Used 212:24 min, included 150:00 min",
        "128 calls: talk, hold and up to 60 s of wrap-up",
        "Net 465.94",
        "Outside of the scope of tax, on 465.94 0.00",
        "Total USD 465.94",
        "Please pay 465.94 USD by 18 December 2026.",
        "41 customers left before an agent answered, after waiting 32 min 10 s in all",
        "Your contacts were handled for 3 h 58 min 30 s: calls 3 h 58 min 30 s.",
        "Page 1 of 1",
    ):
        assert words in said, words


TRANSLATED = ("Calls handled by agents", "Chats handled by agents")


def test_every_line_is_printed_with_its_amount() -> None:
    document = omni_plan()
    said = text_of(document)
    for one in document["lines"]:
        assert one["text"] in said or one["text"] in TRANSLATED
        assert one["rule"] in said
        minor = one["amount"]
        written = f"{abs(minor) // 100:,}".replace(",", ".") + f",{abs(minor) % 100:02d}"
        assert ("−" if minor < 0 else "") + written in said


def test_a_german_client_reads_german() -> None:
    said = text_of(omni_plan())
    for words in (
        "Rechnung",
        "4. Dezember 2026",
        "1. bis 30. November 2026, 30 Tage",
        "Netto 3.962,22",
        "USt 19 % auf 3.874,22 (S) 736,10",
        "Steuerfrei, auf 88,00 (E) 0,00",
        "Summe EUR 4.698,32",
        "Bitte zahlen Sie 4.698,32 EUR bis zum 18. Dezember 2026.",
        "DE75 5121 0800 1245 1261 99",
        "Seite 1 von",
    ):
        assert words in said, words


@pytest.mark.parametrize(
    ("tag", "words"), [("de-AT", "Rechnung"), ("en-GB", "Invoice"), ("pl", "Invoice"), ("", "Invoice")]
)
def test_a_language_that_nobody_wrote_down_is_english(tag: str, words: str) -> None:
    assert words in text_of(omni_plan(client={**CLINIC, "language": tag}))


def test_stretches_of_a_month_and_corrections_of_another_stand_apart() -> None:
    said = text_of(omni_plan())
    places = [
        said.index(words)
        for words in (
            "Omni Shared, 1. bis 15. November 2026",
            "Omni Shared Plus, 16. bis 30. November 2026",
            "Für den ganzen Zeitraum",
            "Service level missed",
            "Korrekturen früherer Zeiträume",
            "October: calls as invoiced",
        )
    ]
    assert places == sorted(places)


def test_lines_are_printed_in_the_words_of_the_document_whatever_the_language_of_the_paper() -> None:
    document = invoice([line("a", "Texts sent, tier 2", 1, "1.00", rule="60 texts: 5 % off")])
    for language, head in (("en", "Invoice"), ("de-AT", "Rechnung"), ("fr", "Invoice")):
        said = text_of({**document, "client": {**CLINIC, "language": language}})
        assert head in said
        assert "Texts sent, tier 2 60 texts: 5 % off" in said


def test_what_the_plan_has_no_price_for_has_a_name_in_the_language_of_the_paper() -> None:
    document = voice_plan(without_price={"automated_seconds": 1, "bot_chat": 22})
    assert "not in the plan: 1 automated call, 22 chats resolved by the bot." in text_of(document)
    german = {**document, "client": {**document["client"], "language": "de"}}
    assert "1 automatisch bedienter Anruf, 22 vom Bot gelöste Chats." in text_of(german)


def test_paper_has_the_tax_numbers_of_both_sides_and_the_register_of_the_seller() -> None:
    client = {**CLINIC, "lines": ["Praxis am Park", "Parkallee 12", "10557 Berlin"], "language": "de"}
    seller = {**SELLER, "lines": ["Vermittlungsgasse 1", "10115 Berlin"]}
    said = text_of(omni_plan(seller=seller, client=client))
    assert "IHRE UST-IDNR. DE123456789" in said.upper()
    assert "Manyline Operations GmbH · USt-IdNr. DE811907980 · HRB 4711 B · +493055501900" in said
    assert said.count("DE811907980") == len(pages(omni_plan()))  # at the foot of each page
    assert text_of(omni_plan()).count("DE123456789") == 1  # it stands in the address already


@pytest.mark.parametrize(
    ("payment", "printed"),
    [
        ({"iban": "DE19999999990000123456", "bic": "XMPLDEBBXXX"}, "IBAN DE19 9999 9999 0000 1234 56 BIC XMPLDEBBXXX"),
        ({"account": "000123456789", "routing": "012345672"}, "ACCOUNT 000123456789 ROUTING NO. 012345672"),
    ],
)
def test_paper_says_where_the_money_goes(payment: dict[str, str], printed: str) -> None:
    assert printed in text_of(voice_plan(payment=payment)).upper()
    assert printed not in text_of(credit_note(payment=payment)).upper()


def test_a_deposit_says_that_it_is_no_supply() -> None:
    deposit = line("deposit", "Deposit", 1, "500.00", tax=("E", "0"))
    assert "Deposit that is paid back, no supply, on 500.00" in text_of(invoice([deposit]))
    both = invoice([deposit, line("base", "Base", 1, "10.00", tax=("E", "0"))])
    assert "Exempt from tax; Deposit that is paid back, no supply, on 510.00" in text_of(both)


def test_what_came_too_late_to_be_charged_is_reported() -> None:
    old = {
        "period": "2026-07",
        "number": "ML-2026-00003",
        "net": 1_230,
        "booked": False,
        "why": "below the materiality",
    }
    said = text_of(voice_plan(adjustments=[old, {**old, "booked": True, "net": 99}]))
    assert "Reported late and not charged: 12.30 USD of July 2026 (below the materiality)." in said


def test_a_percentage_is_printed_as_one() -> None:
    credit = line("service_credit", "Service credit", -281_623, "5", unit="minor unit", base_quantity=10_000)
    assert credit["amount"] == -14_081
    assert "−2,816.23 EUR 5 % −140.81" in text_of(invoice([line("base", "Base", 1, "2816.23"), credit]))


def test_a_part_of_a_month_is_printed_as_its_days() -> None:
    part = line("base", "Omni", 15, "2150.00", unit="day", base_quantity=30)
    assert "15 days 2,150.00 /30 days 1,075.00" in text_of(invoice([part]))


def test_what_is_sold_in_packages_is_counted_in_packages() -> None:
    packed = line("voice", "Calls", 3, "90.00", unit="package of 100 minutes", included=600, contacts=1)
    said = text_of(invoice([packed]), contacts({"lines": [packed]}))
    assert "3 × 100 min 90.00" in said
    assert "included" not in said
    assert "ENDED CONTACT TALK" in said.upper()


def test_a_month_with_one_plan_has_no_stretches() -> None:
    assert [section["kind"] for section in paper(voice_plan())["sections"]] == [""]


def test_a_credit_note_says_what_it_corrects_and_asks_for_nothing() -> None:
    said = text_of(credit_note())
    assert "Credit note" in said
    assert "This note corrects invoice ML-2026-00042 of 4 December 2026. Reason: Spam, disputed on 9 December." in said
    assert "27.04 EUR will be set off against your next invoice or paid back." in said
    assert "Please pay" not in said


def test_a_draft_says_so_and_asks_for_nothing() -> None:
    said = text_of(draft(voice_plan()))
    assert "Draft invoice" in said
    assert "DRAFT" in said
    assert "Draft, not a demand for payment" in said
    assert "Please pay" not in said
    assert "DRAFT" not in text_of(voice_plan())


@pytest.mark.parametrize(
    ("currency", "price", "shown"),
    [
        ("JPY", "1234567", "1,234,567"),
        ("KWD", "30000.125", "30,000.125"),
        ("EUR", "1234567.80", "1,234,567.80"),
        ("KWD", "0.005", "0.005"),
    ],
)
def test_amounts_have_the_decimals_of_their_currency(currency: str, price: str, shown: str) -> None:
    document = invoice([line("base", "Base", 1, price, currency=currency, tax=OUTSIDE)], currency=currency)
    assert f"Total {currency} {shown}" in text_of(document)


def test_a_credit_is_printed_with_its_sign() -> None:
    document = invoice([line("base", "Base", 1, "5.00"), line("service_credit", "Missed", -1, "1005.25")])
    assert "−1 1,005.25 −1,005.25" in text_of(document)


def test_a_contact_has_its_raw_seconds_beside_the_billed_ones() -> None:
    document = voice_plan()
    said = {**contacts(document)[0], "talk": 125, "hold": 20, "wrap": 41, "raw": 186, "billed": 192, "contact": "vcall"}
    free = {**said, "contact": "vspam", "billed": 0, "free": "wrong_number"}
    shown = text_of(document, [said, free])
    assert "vcall 2:05 0:20 0:41 3:06 3:12" in shown
    assert "vspam wrong number 2:05 0:20 0:41 3:06 –" in shown
    assert "2 contacts 6:12 3:12" in shown
    assert "Calls handled by agents (line 2)" in shown


def test_contacts_stand_under_the_lines_that_they_are_on() -> None:
    document = omni_plan()
    groups = paper(document, {"contacts": contacts(document)})["annex"]["groups"]
    assert [(group["title"], group["lines"], group["all"]) for group in groups] == [
        ("Calls handled by agents", [2, 5, 6], 412),
        ("Chats handled by agents", [3], 96),
        ("Calls after hours", [7], 38),
        ("Letters, with postage", [8], 22),
    ]


def test_of_five_thousand_contacts_the_first_are_printed_and_the_rest_is_pointed_at() -> None:
    document = invoice([line("voice", "Calls", 60, "1.00", unit="second", contacts=5000)])
    annex = contacts(document)
    printed = pages(document, annex, most=300)
    said = " ".join(printed)
    assert "Of 5,000 contacts, the first 300 are printed." in said
    assert "contacts.csv" in said
    assert annex[299]["contact"] in said
    assert annex[300]["contact"] not in said
    assert f"Page {len(printed)} of {len(printed)}" in printed[-1]
    assert all("ENDED CONTACT" in page.upper() for page in printed[1:])  # the head comes again
    (group,) = paper(document, {"contacts": annex})["annex"]["groups"]
    assert (group["all"], len(group["contacts"])) == (5000, MOST_CONTACTS)
    assert group["raw"] == sum(one["raw"] for one in annex)


def test_an_annex_that_is_printed_whole_points_nowhere() -> None:
    document = {**voice_plan(), "annex": {"sha256": "0" * 64, "contacts": 500}}  # of records, refused ones too
    said = text_of(document, contacts(document, most=3))
    assert "3 contacts" in said
    assert "contacts.csv" not in said


def test_contacts_that_are_not_at_hand_are_pointed_at() -> None:
    document = {**voice_plan(), "annex": {"sha256": "0" * 64, "contacts": 1_000_000}}
    assert "The 1,000,000 contacts are in the table of contacts (contacts.csv)" in text_of(document)


def test_a_long_invoice_repeats_the_head_of_its_table() -> None:
    document = invoice([line("add_on", f"Further number {n}", 1, "5.00", segment=SECOND_HALF) for n in range(60)])
    printed = pages(document)
    assert len(printed) > 1
    assert all("WHAT QUANTITY PRICE" in page.upper() for page in printed[:-1])
    assert "Invoice ML-2026-00042 · Praxis am Park" in printed[1]


HOSTILE = '#panic("x") *bold* $x$ <a> @ref `raw` \\ // ~ [b] {c} "q" {first} ${n}'


def test_markup_in_names_is_not_carried_out() -> None:
    document = invoice(
        [line(HOSTILE, HOSTILE, 1, "10.00", rule=HOSTILE, unit=HOSTILE, contacts=1)],
        client={"tenant": "shop", "lines": [HOSTILE, HOSTILE]},
        number=HOSTILE,
        plans=[{"name": HOSTILE, "version": HOSTILE, **NOVEMBER}],
        without_price={HOSTILE: 2},
    )
    said = text_of(document, contacts(document))
    assert '#panic("x") *bold* $x$ <a> @ref `raw`' in said


def test_a_name_that_no_font_has_letters_for_still_prints() -> None:
    document = voice_plan(client={"tenant": "shop", "lines": ["株式会社"]})
    assert Typst().invoice(paper(document)).startswith(b"%PDF")


def test_what_is_issued_may_be_archived_and_carries_its_electronic_form() -> None:
    document = omni_plan()
    xml = ubl.xml(document)
    printed = Typst().invoice(paper(document), xml)
    file = pypdf.PdfReader(io.BytesIO(printed))
    assert file.attachments == {"invoice.xml": [xml]}
    metadata: Any = file.trailer["/Root"]["/Metadata"].get_data()  # type: ignore[index]
    assert b"<pdfaid:part>3</pdfaid:part>" in metadata
    assert b"<pdfaid:conformance>B</pdfaid:conformance>" in metadata


@pytest.mark.parametrize("document", [voice_plan(), omni_plan(), credit_note(), draft(omni_plan())])
def test_the_same_document_is_the_same_bytes(document: Document) -> None:
    again = json.loads(json.dumps(document, sort_keys=True))
    assert Typst().invoice(paper(document)) == Typst().invoice(paper(again))


def test_a_draft_of_nothing_prints_too() -> None:
    document = draft(invoice([], handle_time={"seconds": 0, "channels": {}}, not_charged={}))
    said = text_of(document)
    assert "Total EUR 0.00" in said
    assert "No agent worked for you in this period." in said


@pytest.mark.parametrize(
    ("written", "shown"),
    [("1.6250", "1.625 "), ("1.40", "1.40 "), ("1.00", "1.00 "), ("7", "7 "), ("0.0075", "0.0075 ")],
)
def test_a_price_is_printed_as_fine_as_it_is(written: str, shown: str) -> None:
    assert f"3 {shown}" in text_of(invoice([line("a", "A", 3, written, unit="piece")]))
