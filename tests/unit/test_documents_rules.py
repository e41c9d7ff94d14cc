"""Invoices as they are issued, from a client's file to the XML: each keeps the rules of what it claims to keep."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

import pytest

from chalicelib.billing.model.documents import ubl
from chalicelib.billing.model.documents.paper import paper
from chalicelib.billing.model.standing import State
from chalicelib.billing.store import operator
from chalicelib.kernel.channel import Channel
from chalicelib.kernel.errors import Invalid
from chalicelib.tenancy.model.tenant import Tenant
from tests.fakes.counting_house import LONG_AGO, CountingHouse
from tests.fakes.memory import MemoryDatabase
from tests.fakes.tenants import changed, sample
from tests.fakes.usage import NOON, handled
from tests.unit.en16931 import Read, broken, order, read

DECEMBER = datetime(2026, 12, 9, 9, tzinfo=UTC)
FIRST = date(2026, 11, 1)
NONE = {"rate": "0"}
PEPPOL, NORM, UBL = ubl.PEPPOL, ubl.EN16931, ""


class House:
    """A client whose November is issued, with a few calls and mails in it."""

    def __init__(self, client: Tenant) -> None:
        self.client = client
        self.office = CountingHouse(MemoryDatabase(), (LONG_AGO, client), seller=operator.seller)
        for n in range(9):
            facts = handled(talk=400 + 37 * n, hold=n, start=NOON.replace(day=2 + n))
            for channel in (Channel.VOICE, Channel.EMAIL):
                self.office.tell(facts, contact=f"{channel[0]}{n}", tenant=client.id, channel=channel)
        self.issued = self.office.invoices.finalise(client.id, "2026-11", "finance", DECEMBER)
        self.document = dict(self.office.archive.read(self.issued.key))

    def credit(self, wanted: Mapping[str, Any]) -> dict[str, Any]:
        note = self.office.crediting.credit(self.client.id, "2026-11", wanted, "as agreed", "finance", DECEMBER)
        return dict(self.office.archive.read(note.numbered.key))

    def differs(self) -> list[str]:
        return [proof.why for proof in self.office.replay.all([self.client.id], DECEMBER) if not proof.ok]


def kept(document: Mapping[str, Any], specification: str) -> Read:
    xml = ubl.xml(document)
    assert order(xml) == []
    assert broken(xml) == set()
    assert ubl.specification(document) == specification
    return read(xml)


@pytest.mark.parametrize(("name", "specification"), [("clinic", PEPPOL), ("shop", NORM), ("plumber", UBL)])
def test_the_samples_get_what_their_files_allow(name: str, specification: str) -> None:
    house = House(changed(name, contract__effective_from=FIRST))
    kept(house.document, specification)
    kept(house.credit({"everything": True}), specification)
    assert house.differs() == []


CASES: list[tuple[dict[str, Any], str]] = [
    ({}, PEPPOL),
    ({"plan__tax": {"category": "Z", **NONE}}, PEPPOL),
    ({"plan__tax": {"category": "E", **NONE}}, PEPPOL),
    ({"plan__tax": {"category": "AE", **NONE}}, PEPPOL),
    ({"plan__tax": {"category": "K", **NONE}, "buyer__country": "AT", "buyer__tax_number": "ATU12345678"}, PEPPOL),
    ({"plan__tax": {"category": "G", **NONE}, "buyer__country": "US", "buyer__endpoint": None}, NORM),
    ({"plan__tax": {"category": "O", **NONE}}, PEPPOL),
    ({"plan__taxes": {"mail": {"category": "E", "rate": "0.00"}}, "plan__email__tax": "mail"}, PEPPOL),
    ({"plan__taxes": {"mail": {"category": "S", "rate": "19.0"}}, "plan__email__tax": "mail"}, PEPPOL),
    ({"plan__taxes": {"mail": {"category": "S", "rate": "7"}}, "plan__email__tax": "mail"}, PEPPOL),
    ({"plan__taxes": {"mail": {"category": "AE", **NONE}}, "plan__email__tax": "mail"}, PEPPOL),
    ({"buyer__endpoint": None}, NORM),
    ({"buyer__city": None}, NORM),  # Peppol wants it between Germans
    ({"contract__entity": "operator"}, UBL),  # it has no VAT number
    ({"buyer": None}, UBL),
]


@pytest.mark.parametrize(("changes", "specification"), CASES)
def test_whatever_its_taxes_an_invoice_with_setup_and_deposit_keeps_the_rules(
    changes: dict[str, Any], specification: str
) -> None:
    usual = {"plan__setup": "150.00", "plan__deposit": "500.00", "plan__discount": "3.5", "plan__minimum": "2500.00"}
    house = House(changed("clinic", contract__effective_from=FIRST, **usual, **changes))
    assert {"setup", "deposit", "discount", "minimum"} <= {line["kind"] for line in house.document["lines"]}
    said = kept(house.document, specification)
    for group in said.all("TaxTotal/TaxSubtotal"):
        assert group.number("TaxAmount") == 0 or group.text("TaxCategory/ID") == "S"
    kept(house.credit({"amount": "12.34"}), specification)
    kept(house.credit({"everything": True}), specification)
    assert house.differs() == []


def test_a_deposit_is_exempt_beside_a_tax_and_says_why() -> None:
    house = House(changed("clinic", contract__effective_from=FIRST, plan__deposit="500.00"))
    said = kept(house.document, PEPPOL)
    reasons = {
        group.text("TaxCategory/ID"): (group.text("TaxableAmount"), group.text("TaxCategory/TaxExemptionReason"))
        for group in said.all("TaxTotal/TaxSubtotal")
    }
    assert reasons["E"] == ("500.00", "Rückzahlbare Kaution, keine Leistung")
    assert reasons["S"][1] == ""


def test_what_is_paid_can_be_rounded_and_goes_back_with_the_last_credit() -> None:
    terms = {"step": "0.10", "mode": "down"}
    house = House(changed("clinic", contract__effective_from=FIRST, plan__minimum="1600.03", plan__rounding=terms))
    off, total = house.document["rounding"], house.document["total"]
    assert -10 < off < 0
    assert (total + off) % 10 == 0
    said = kept(house.document, PEPPOL).number("LegalMonetaryTotal/PayableRoundingAmount")
    assert said * 100 == off
    sheet = paper(house.document)
    assert (sheet["rounding"], sheet["payable"]) == (off, total + off)
    part = house.credit({"amount": "12.34"})
    assert "rounding" not in part
    last = house.credit({"everything": True})
    kept(last, PEPPOL)
    assert part["total"] + last["total"] + last["rounding"] == total + off
    issued = house.office.invoices.get(house.client.id, "2026-11")
    assert (issued.left.minor, issued.state) == (0, State.CREDITED)
    assert house.differs() == []


def test_an_invoice_speaks_the_language_of_its_client_and_so_does_what_corrects_it() -> None:
    packed = {"package": {"size": 10, "price": "35.00"}, "factors": {}}
    terms = {"plan__chat": packed, "plan__pools": None, "plan__email": {"per_contact": "2.60"}}
    house = House(changed("clinic", contract__effective_from=FIRST, plan__factors=None, **terms))
    lines = {line["kind"]: line for line in house.document["lines"]}
    assert lines["voice_seconds"]["text"] == "Angenommene Anrufe"
    assert lines["voice_seconds"]["rule"] == (
        "9 Anrufe: Gespräch, Halten und Nacharbeit; jeder Anruf die ersten 30 s ganz, dann in Schritten von 10 s; "
        "600 min enthalten; dann 1,30 EUR je Minute in Stufe 1 (bis 400 Minuten)"
    )
    assert lines["chat"]["rule"] == "0 Chats; in Paketen zu 10 Chats, angefangene ganz, je 35,00 EUR"
    assert lines["chat"]["unit"] == "package of 10 chats"  # programs read it
    (credited,) = house.credit({"lines": {"0": "5.00"}})["lines"]
    assert credited["rule"] == "gutgeschrieben von Zeile 1 der Rechnung EU-000001: as agreed"
    late = handled(talk=900, start=NOON.replace(day=20))
    house.office.tell(late, DECEMBER, contact="e-late", tenant=house.client.id, channel=Channel.EMAIL)
    draft = house.office.drafting.draft(house.client.id, "2026-12", DECEMBER).as_document()
    assert [line["text"] for line in draft["lines"] if line["kind"] == "adjustment"][:2] == [
        "Bearbeitete E-Mails, 2026-11: wie berechnet",
        "Bearbeitete E-Mails, 2026-11: wie es jetzt ist",
    ]


def test_the_buyer_of_an_invoice_is_who_it_was_when_the_period_ended() -> None:
    house = House(changed("clinic", contract__effective_from=FIRST))
    moved = changed("clinic", contract__effective_from=FIRST, buyer__city="Potsdam", languages=["en", "de"])
    house.office.apply(DECEMBER, moved)
    assert house.differs() == []
    assert house.document["client"]["city"] == "Berlin"
    assert house.document["client"]["endpoint"] == {"scheme": "9930", "id": "DE123456789"}


def test_an_entity_that_is_not_the_operators_is_refused_before_anything_is_issued() -> None:
    with pytest.raises(Invalid, match="manyline-eu") as refusal:
        House(changed("clinic", contract__effective_from=FIRST, contract__entity="manyline-gb"))
    assert refusal.value.field == "contract.entity"


def test_every_sample_is_invoiced_by_an_entity_of_the_operator() -> None:
    for name in ("clinic", "shop", "plumber"):
        seller = operator.seller(str(sample(name).contract.entity))
        assert json.loads(json.dumps(seller))["country"] == ("DE" if name == "clinic" else "US")


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ('payment = { iban = "DE18 9999 9999 0000 1234 56" }', "payment.iban"),
        ('payment = { account = "1", routing = "012345678" }', "payment.routing"),
        ('tax_number = "999999999"', "tax_number"),
        ('endpoint = { scheme = "99", id = "1" }', "endpoint.scheme"),
        ('contry = "DE"', "contry"),
    ],
)
def test_a_mistake_in_the_operators_file_is_named(line: str, field: str) -> None:
    whole = '[entities.operator]\nname = "A"\nlines = ["B"]\ncountry = "DE"\n'
    assert operator.read_entities(whole)["operator"]["country"] == "DE"
    with pytest.raises(Invalid, match=f"entities.operator.{field}"):
        operator.read_entities(whole + line)
