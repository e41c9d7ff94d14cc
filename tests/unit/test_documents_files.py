from __future__ import annotations

import json

import pytest

from chalicelib.billing.service.documents import Artefact, Documents, title
from chalicelib.billing.service.print_room import PrintRoom
from chalicelib.billing.store import operator
from chalicelib.billing.store.typeset import Typst
from chalicelib.kernel.errors import Invalid, NotFound, TooLarge
from chalicelib.kernel.ids import TenantId
from tests.fakes.drawer import Drawer, NextDoor
from tests.fakes.papers import CLINIC, Document, canonical, contacts, credit_note, omni_plan, voice_plan, with_annex

PLUMBER, OTHER = TenantId("plumber"), TenantId("plumb")


def office() -> tuple[Documents, Drawer]:
    drawer = Drawer()
    return Documents(drawer, NextDoor(drawer)), drawer


@pytest.mark.parametrize(
    ("artefact", "begins", "kind"),
    [
        (Artefact.JSON, b'{"annex":', "application/json"),
        (Artefact.PDF, b"%PDF-", "application/pdf"),
        (Artefact.LINES, b"document,number,", "text/csv; charset=utf-8; header=present"),
        (Artefact.CONTACTS, b"number,period,line,", "text/csv; charset=utf-8; header=present"),
        (Artefact.XML, b"<?xml version='1.0' encoding='utf-8'?>\n<Invoice ", "application/xml"),
    ],
)
def test_each_form_of_an_invoice_has_a_name_and_a_link_that_expires(
    artefact: Artefact, begins: bytes, kind: str
) -> None:
    documents, drawer = office()
    kept = documents.keep(*with_annex(voice_plan(), contacts(voice_plan())))
    link = documents.link(PLUMBER, kept.key, artefact)
    place = link.removeprefix("https://files.example/").partition("?")[0]
    assert drawer.files[place].startswith(begins)
    assert drawer.kinds[place] == kind
    assert link.endswith(f"?name=invoice-ML-2026-00042.{artefact}&seconds=300")


def test_a_document_lies_under_the_hash_of_what_it_says() -> None:
    documents, drawer = office()
    first = documents.keep(canonical(voice_plan()))
    assert documents.keep(canonical(voice_plan())) == first
    other = documents.keep(canonical(voice_plan(due_on="2026-12-19")))
    assert other.key != first.key
    assert set(drawer.files) == {first.key, other.key}
    assert first.key.startswith("invoices/plumber/2026-11/invoice-")
    assert first.sha256.startswith(first.key.rpartition("-")[2].removesuffix(".json"))


def test_the_annex_is_there_before_the_invoice_that_names_it() -> None:
    documents, drawer = office()
    document, annex = with_annex(voice_plan(), contacts(voice_plan()))
    kept = documents.keep(document, annex)
    named = json.loads(document)["annex"]["sha256"]
    assert drawer.puts == [f"invoices/plumber/2026-11/annex-{named}.json", kept.key]


def test_another_annex_than_the_one_that_was_counted_is_refused() -> None:
    documents, drawer = office()
    document, annex = with_annex(voice_plan(), contacts(voice_plan()))
    with pytest.raises(Invalid, match="another annex"):
        documents.keep(document, annex + b" ")
    assert drawer.files == {}


def test_the_tables_and_the_paper_come_from_the_annex() -> None:
    documents, drawer = office()
    made = contacts(voice_plan())
    kept = documents.keep(*with_annex(voice_plan(), made))
    documents.link(PLUMBER, kept.key, Artefact.CONTACTS)
    table = drawer.files[kept.key.replace(".json", ".contacts.csv")].decode()
    assert all(one["contact"] in table for one in made)
    documents.link(PLUMBER, kept.key, Artefact.PDF)
    assert len(drawer.files[kept.key.replace(".json", ".pdf")]) > 100_000  # with its contacts


def test_an_invoice_whose_annex_is_lost_has_no_table_of_contacts() -> None:
    documents, drawer = office()
    kept = documents.keep(*with_annex(voice_plan(), contacts(voice_plan())))
    del drawer.files[next(key for key in drawer.files if "annex" in key)]
    with pytest.raises(NotFound):
        documents.link(PLUMBER, kept.key, Artefact.CONTACTS)
    assert documents.link(PLUMBER, kept.key, Artefact.PDF)  # the paper points at the table


def test_a_client_gets_no_link_to_the_invoice_of_another() -> None:
    documents, _ = office()
    kept = documents.keep(canonical(voice_plan()))
    with pytest.raises(NotFound):
        documents.link(OTHER, kept.key, Artefact.PDF)


def test_a_draft_has_no_electronic_form_and_a_name_without_number() -> None:
    documents, _ = office()
    draft = voice_plan(document="draft invoice", number=None, issued_on=None, due_on=None)
    kept = documents.keep(canonical(draft))
    assert kept.key.startswith("invoices/plumber/2026-11/draft-")
    assert "name=draft-plumber-2026-11.pdf" in documents.link(PLUMBER, kept.key, Artefact.PDF)
    with pytest.raises(Invalid, match="finalise"):
        documents.link(PLUMBER, kept.key, Artefact.XML)


@pytest.mark.parametrize(
    ("document", "name"),
    [
        (credit_note(), "credit-note-ML-2026-00051"),
        (omni_plan(number="2026/11 №7; ../x"), "invoice-2026-11--7--..-x"),
        (omni_plan(document="draft invoice"), "draft-clinic-2026-11"),
    ],
)
def test_files_have_names_that_say_what_they_are(document: Document, name: str) -> None:
    assert title(document) == name


def test_a_file_that_does_not_fit_is_too_large() -> None:
    documents, drawer = office()
    kept = documents.keep(canonical(voice_plan()))
    drawer.files[kept.key] += b" " * (64 * 1024 * 1024)
    with pytest.raises(TooLarge):
        documents.link(PLUMBER, kept.key, Artefact.LINES)
    with pytest.raises(TooLarge):
        PrintRoom(drawer, Typst()).print(kept.key)


@pytest.mark.parametrize("key", ["mail/raw/1", "invoices/shop/2026-11/draft.pdf", "x.json"])
def test_only_invoices_are_printed(key: str) -> None:
    with pytest.raises(Invalid):
        PrintRoom(Drawer(), Typst()).print(key)


def test_an_invoice_that_is_not_there_is_not_found() -> None:
    documents, drawer = office()
    with pytest.raises(NotFound):
        PrintRoom(drawer, Typst()).print("invoices/shop/2026-11/draft-x.json")
    with pytest.raises(NotFound):
        documents.link(PLUMBER, "invoices/plumber/2026-11/invoice-x.json", Artefact.JSON)


def test_the_operator_of_the_templates_can_be_the_seller() -> None:
    document = omni_plan(seller=operator.seller(), client=dict(CLINIC))
    documents, _ = office()
    kept = documents.keep(canonical(document))
    assert documents.link(TenantId("clinic"), kept.key, Artefact.PDF)
