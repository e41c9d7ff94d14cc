from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pypdf
import pytest

from chalicelib.billing.service.documents import Artefact, Documents, Drafts
from chalicelib.kernel.channel import Channel
from chalicelib.kernel.period import CURRENT
from tests.fakes.counting_house import CountingHouse
from tests.fakes.drawer import Drawer, NextDoor
from tests.fakes.memory import MemoryDatabase
from tests.fakes.plans import OMNI_SHARED, configured
from tests.fakes.usage import NOON, SHOP, company, handled, refused, terms, usage
from tests.unit.en16931 import broken, order, read


class Office:
    """Billing with a print room."""

    def __init__(self, **plan: Any) -> None:
        database = MemoryDatabase()
        self.drawer = Drawer()
        shop = company(SHOP, plan=terms(**plan), bill_to=("Löwenzahn & Søn #1 *Ltd*", "Łódź"))
        house = CountingHouse(database, (NOON, shop))
        self.metering = house.metering
        self.drafts = Drafts(house.billing, self.drawer, NextDoor(self.drawer))

    def printed(self) -> str:
        self.drafts.pdf(SHOP, CURRENT, NOON.replace(day=22))
        (pdf,) = (content for key, content in self.drawer.files.items() if key.endswith(".pdf"))
        pages = pypdf.PdfReader(io.BytesIO(pdf)).pages
        return " ".join(" ".join(page.extract_text() for page in pages).split())


def test_a_draft_can_be_fetched_as_a_pdf_under_a_name_that_says_what_it_is() -> None:
    link = Office().drafts.pdf(SHOP, CURRENT, NOON)
    assert link.startswith("https://files.example/invoices/shop/2026-11/draft-")
    assert link.endswith("?name=draft-shop-2026-11.pdf&seconds=300")


def test_the_pdf_says_what_the_document_says() -> None:
    office = Office(
        base="2150.00", per_minute="1.45", included_minutes=1, initial_interval=30, next_interval=6, tax="19"
    )
    office.metering.append(usage(handled(talk=125, hold=20, wrap=41), contact="vcall"), NOON)
    office.metering.append(usage(handled(), contact="cchat", channel=Channel.CHAT), NOON)
    office.metering.append(usage(refused(), contact="email1", channel=Channel.EMAIL), NOON)
    text = office.printed()
    (written,) = (
        json.loads(content) for key, content in office.drawer.files.items() if "draft" in key and "json" in key
    )
    total = f"{written['total'] // 100:,}.{written['total'] % 100:02d}"
    for words in (
        total,
        "2,150.00",
        "November 2026",
        "Löwenzahn & Søn #1 *Ltd*",
        "Łódź",
        "vcall",
        "cchat",
        "1 customer turned away",
    ):
        assert words in text
    assert "3:06 3:06" in text  # taken and billed: 186 s


def test_a_draft_of_nothing_prints_too() -> None:
    assert "No agent worked for you" in Office().printed()


@pytest.mark.parametrize("currency", ["JPY", "KWD"])
def test_amounts_have_the_decimals_of_their_currency(currency: str) -> None:
    base = {"JPY": "30000", "KWD": "30000.125"}[currency]
    assert {"JPY": "30,000", "KWD": "30,000.125"}[currency] in Office(base=base, currency=currency).printed()


def test_the_same_draft_is_the_same_bytes_on_paper() -> None:
    first, second = Office(), Office()
    first.printed()
    second.printed()
    assert first.drawer.files == second.drawer.files


def test_a_draft_with_very_many_contacts_does_not_wait_for_them() -> None:
    office = Office()
    office.metering.append(usage(handled(), contact="vcall"), NOON)
    draft = office.drafts.draft(SHOP, CURRENT, NOON)
    many = replace(draft, usage=replace(draft.usage, sums=replace(draft.usage.sums, records=5_001)))
    office.drafts.draft = lambda *_: many  # type: ignore[method-assign]
    assert "vcall" not in office.printed()
    assert not [key for key in office.drawer.files if "annex" in key]


AFTER = datetime(2026, 12, 20, 8, tzinfo=UTC)


class Issued:
    """An invoice that was issued in December for what happened in November, and its files."""

    def __init__(self) -> None:
        tax = {"category": "S", "rate": "19"}
        plan = configured(OMNI_SHARED, currency="EUR", tax=tax)
        self.house = CountingHouse(MemoryDatabase(), company(SHOP, plan=plan, bill_to=("=Luna & <Sons>", "Portland")))
        for n in range(40):
            start = NOON + timedelta(hours=n)
            self.house.tell(
                handled(talk=1900, wrap=45, start=start), contact=f"vcall{n}", now=start + timedelta(hours=1)
            )
        self.house.tell(handled(), contact="cchat", channel=Channel.CHAT)
        self.house.tell(refused(), contact="email1", channel=Channel.EMAIL)
        self.invoice = self.house.invoices.finalise(SHOP, "2026-11", "finance", AFTER)
        self.documents = Documents(self.house.drawer, NextDoor(self.house.drawer))

    def file(self, artefact: Artefact, key: str = "") -> bytes:
        link = self.documents.link(SHOP, key or self.invoice.key, artefact)
        return self.house.drawer.files[link.removeprefix("https://files.example/").partition("?")[0]]

    def table(self, artefact: Artefact) -> list[dict[str, str]]:
        return list(csv.DictReader(io.StringIO(self.file(artefact).decode(), newline=""), strict=True))


def test_an_issued_invoice_has_every_form_and_all_say_the_same() -> None:
    issued = Issued()
    said = json.loads(issued.file(Artefact.JSON))
    total = f"{said['total'] // 100}.{said['total'] % 100:02d}"
    electronic = issued.file(Artefact.XML)
    assert (order(electronic), broken(electronic)) == ([], set())
    assert read(electronic).text("LegalMonetaryTotal/PayableAmount") == total
    assert sum(round(float(row["amount"]) * 100) for row in issued.table(Artefact.LINES)) == said["net"]
    pages = pypdf.PdfReader(io.BytesIO(issued.file(Artefact.PDF))).pages
    paper = " ".join(" ".join(page.extract_text() for page in pages).split())
    assert f"Total EUR {said['total'] // 100:,}.{said['total'] % 100:02d}" in paper
    assert "=Luna & <Sons>" in paper
    assert said["number"] in paper


def test_the_contacts_of_an_issued_invoice_are_on_the_lines_that_the_table_names() -> None:
    issued = Issued()
    lines = {row["line"]: row for row in issued.table(Artefact.LINES)}
    contacts = issued.table(Artefact.CONTACTS)
    calls = [row for row in contacts if row["contact"].startswith("vcall")]
    assert len(calls) == 40
    assert {lines[row["line"]]["kind"] for row in calls} == {"voice_seconds"}
    (place,) = {row["line"] for row in calls}
    assert sum(int(row["billed"]) for row in calls) == int(lines[place]["used"])


def test_the_credit_note_of_an_issued_invoice_has_its_forms_too() -> None:
    issued = Issued()
    note = issued.house.crediting.credit(SHOP, "2026-11", {"everything": True}, "= all of it", "finance", AFTER)
    electronic = issued.file(Artefact.XML, note.numbered.key)
    assert (order(electronic), broken(electronic)) == ([], set())
    said = read(electronic)
    assert said.name == "CreditNote"
    assert said.text("BillingReference/InvoiceDocumentReference/ID") == issued.invoice.number
    paper = pypdf.PdfReader(io.BytesIO(issued.file(Artefact.PDF, note.numbered.key))).pages[0].extract_text()
    assert "Credit note" in paper
    assert issued.invoice.number in paper
