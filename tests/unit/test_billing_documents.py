from __future__ import annotations

import io
import json
from dataclasses import dataclass
from typing import Any

import pypdf
import pytest

from chalicelib.billing.service.billing import Billing
from chalicelib.billing.service.documents import Drafts
from chalicelib.billing.service.print_room import PrintRoom
from chalicelib.billing.store.ledger import LedgerStore
from chalicelib.billing.store.typeset import Typst
from chalicelib.kernel.channel import Channel
from chalicelib.kernel.errors import Invalid, NotFound
from chalicelib.kernel.period import CURRENT
from chalicelib.workforce.service import Workforce
from chalicelib.workforce.store import WorkforceStore
from tests.fakes.memory import MemoryDatabase
from tests.fakes.usage import NOON, SHOP, KnownTenants, company, handled, refused, terms, usage


@dataclass(frozen=True)
class Sheet:
    content: bytes

    @property
    def size(self) -> int:
        return len(self.content)


class Drawer:
    """A cabinet in memory."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}

    def put(self, key: str, content: bytes, media_type: str) -> None:
        self.files[key] = content

    def fetch(self, key: str, most: int) -> Sheet | None:
        return Sheet(self.files[key]) if key in self.files else None

    def link(self, key: str, *, name: str, media_type: str, seconds: int) -> str:
        return f"https://files.example/{key}?name={name}"


class Office:
    """Billing with a print room next door, instead of in another Lambda."""

    def __init__(self, **plan: Any) -> None:
        database = MemoryDatabase()
        self.drawer = Drawer()
        self.ledger = LedgerStore(database)
        tenants = KnownTenants((NOON, company(SHOP, plan=terms(**plan), bill_to=("Löwenzahn & Søn #1 *Ltd*", "Łódź"))))
        billing = Billing(self.ledger, Workforce(WorkforceStore(database)), tenants)
        self.drafts = Drafts(billing, self.drawer, self)

    def ask(self, question: dict[str, Any]) -> dict[str, str]:
        room = PrintRoom(self.drawer, Typst())
        return {"pdf": room.print(question["document"])}

    def printed(self) -> str:
        self.drafts.pdf(SHOP, CURRENT, NOON.replace(day=22))
        (pdf,) = (content for key, content in self.drawer.files.items() if key.endswith(".pdf"))
        pages = pypdf.PdfReader(io.BytesIO(pdf)).pages
        return " ".join(" ".join(page.extract_text() for page in pages).split())


def test_a_draft_can_be_fetched_as_a_pdf_under_a_name_that_says_what_it_is() -> None:
    link = Office().drafts.pdf(SHOP, CURRENT, NOON)
    assert link.startswith("https://files.example/invoices/shop/2026-11/draft-")
    assert link.endswith("?name=draft-shop-2026-11.pdf")


def test_the_pdf_says_what_the_document_says() -> None:
    office = Office(
        base="2150.00", per_minute="1.45", included_minutes=1, initial_interval=30, next_interval=6, tax="19"
    )
    office.ledger.append(usage(handled(talk=125, hold=20, wrap=41), contact="vcall"), NOON)
    office.ledger.append(usage(handled(), contact="cchat", channel=Channel.CHAT), NOON)
    office.ledger.append(usage(refused(), contact="email1", channel=Channel.EMAIL), NOON)
    text = office.printed()
    (written,) = (json.loads(content) for key, content in office.drawer.files.items() if key.endswith(".json"))
    total = f"{written['total'] // 100:,}.{written['total'] % 100:02d}"
    for words in (total, "2,150.00", "November 2026", "Löwenzahn & Søn #1 *Ltd*", "Łódź", "vcall", "cchat", "email1"):
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


def test_a_name_that_no_font_has_letters_for_still_prints() -> None:
    office = Office()
    document = office.drafts.draft(SHOP, CURRENT, NOON).as_json().replace("Łódź".encode(), "株式会社".encode())
    assert Typst().invoice(document).startswith(b"%PDF")


@pytest.mark.parametrize("key", ["mail/raw/1", "invoices/shop/2026-11/draft.pdf", "x.json"])
def test_only_invoices_are_printed(key: str) -> None:
    with pytest.raises(Invalid):
        PrintRoom(Drawer(), Typst()).print(key)


def test_an_invoice_that_is_not_there_is_not_found() -> None:
    with pytest.raises(NotFound):
        PrintRoom(Drawer(), Typst()).print("invoices/shop/2026-11/draft-x.json")
