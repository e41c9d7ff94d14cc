"""The annex in the words of its reader, and what stands together on a page."""

from __future__ import annotations

import re

import pytest

from chalicelib.billing.model.documents.paper import paper
from tests.fakes.papers import CLINIC, Document, contact, contacts, invoice, line, voice_plan
from tests.unit.test_documents_paper import pages, text_of

FREE = ("refused", "abandoned", "self_served", "in_seats", "no_price:post", "no_price:dial")


def spoken(document: Document, language: str) -> Document:
    return {**document, "client": {**CLINIC, "language": language}}


def uncharged(document: Document, charge: str) -> Document:
    why = {"in_seats": "in_seat_hours"}.get(charge, charge.partition(":")[0])
    return contact(document["lines"][1], 0, charge=charge, contact=f"x-{charge[:3]}", billed=0, raw=75, free=why)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "en",
            (
                "Not charged: customers turned away",
                "Not charged: customers left before an agent answered",
                "Not charged: customers served without an agent",
                "Covered by the hours of the seats",
                "Not in the plan: letters",
                "Not in the plan: attempts to reach somebody",
            ),
        ),
        (
            "de",
            (
                "Nicht berechnet: Kunden abgewiesen",
                "Nicht berechnet: Kunden gingen, ehe jemand antwortete",
                "Nicht berechnet: Kunden ohne Mitarbeiter bedient",
                "In den Stunden der Plätze enthalten",
                "Nicht im Tarif: Briefe",
                "Nicht im Tarif: Versuche, jemanden zu erreichen",
            ),
        ),
    ],
)
def test_contacts_that_are_on_no_line_stand_under_words(language: str, words: tuple[str, ...]) -> None:
    document = spoken(voice_plan(), language)
    said = text_of(document, [uncharged(document, charge) for charge in FREE])
    for word in words:
        assert word in said
    for raw in ("self_served", "self served", "no_price", "no price", "in_seats", "automated_seconds", "refused"):
        assert raw not in said


@pytest.mark.parametrize(
    ("language", "free", "words"),
    [
        ("en", "short_call", "free short call"),
        ("de", "short_call", "freier kurzer Anruf"),
        ("de", "wrong_number", "Verwählt oder Werbung"),
        ("en", "of_no_label", "of no label"),
    ],
)
def test_a_contact_that_costs_nothing_says_why_in_words(language: str, free: str, words: str) -> None:
    document = spoken(voice_plan(outcomes={"wrong_number": "Verwählt oder Werbung"}), language)
    said = text_of(document, [contact(document["lines"][1], 0, contact="vfree", billed=0, free=free)])
    assert f"vfree {words}" in said


def test_a_rate_class_without_a_line_is_called_as_the_charge_is() -> None:
    document = voice_plan()
    annex = {"contacts": [contact(document["lines"][1], 0, rate_class="holiday")]}
    (group,) = paper(document, annex)["annex"]["groups"]
    assert (group["title"], group["lines"], group["timed"]) == ("Calls handled by agents", [], True)


def test_who_is_counted_for_an_agreed_volume_stands_in_the_annex_once() -> None:
    document = voice_plan()
    call = contact(document["lines"][1], 0, contact="vonce")
    said = text_of(document, [call, {**call, "charge": "band", "raw": 1, "billed": 1}])
    assert said.count("vonce") == 1


@pytest.mark.parametrize("lines", range(9, 24))
def test_total_and_payment_stand_on_one_page_whatever_is_before_them(lines: int) -> None:
    document = invoice([line("add_on", f"Further number {n}", 1, "5.00", rule="each month") for n in range(lines)])
    printed = pages(document)
    (total,) = (n for n, page in enumerate(printed) if "Total EUR" in page)
    assert "Please pay" in printed[total]


def test_a_second_page_with_room_is_gone_on_with_and_the_first_is_not() -> None:
    few, many = (
        invoice([line("voice", f"Calls {n}", 60, "1.00", unit="second", contacts=1) for n in range(lines)])
        for lines in (1, 20)
    )
    short, long = (pages(document, contacts(document)) for document in (few, many))
    (begins,) = (n for n, page in enumerate(short) if "Each contact with the time" in page)
    assert begins == 1
    (begins,) = (n for n, page in enumerate(long) if "Each contact with the time" in page)
    assert begins == 1
    assert "Handling time" in long[1]
    for printed in (short, long):
        assert [re.findall(r"Page (\d+) of (\d+)", page) for page in printed] == [
            [(str(n), str(len(printed)))] for n in range(1, len(printed) + 1)
        ]
