from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.billing.model.documents import ubl
from chalicelib.kernel.errors import Invalid
from tests.fakes.papers import CLINIC, SELLER, STANDARD, Document, credit_note, invoice, line, omni_plan, voice_plan
from tests.unit.en16931 import Read, broken, order, read


def written(document: Document, *, exponent: int = 2) -> Read:
    """The XML, once it is known to keep every rule."""
    xml = ubl.xml(document)
    assert order(xml) == []
    assert broken(xml, exponent=exponent) == set()
    return read(xml)


@pytest.mark.parametrize("document", [voice_plan(), omni_plan(), credit_note()], ids=["voice", "omni", "credit note"])
def test_an_electronic_invoice_keeps_the_order_of_ubl_and_the_rules_of_en_16931(document: Document) -> None:
    said = written(document)
    assert said.number("LegalMonetaryTotal/PayableAmount") == Decimal(document["total"]) / 100


def test_the_printed_sums_are_the_electronic_ones() -> None:
    said = written(voice_plan())
    assert said.text("LegalMonetaryTotal/TaxInclusiveAmount") == "465.94"
    assert [one.text("LineExtensionAmount") for one in said.all("InvoiceLine")][:2] == ["325.00", "115.44"]


def test_minutes_are_seconds_at_a_price_for_sixty() -> None:
    call = written(voice_plan()).all("InvoiceLine")[1]
    assert call.text("InvoicedQuantity") == "3744"
    assert call.all("InvoicedQuantity")[0].element.attrib == {"unitCode": "SEC"}
    assert (call.text("Price/PriceAmount"), call.text("Price/BaseQuantity")) == ("1.85", "60")


@pytest.mark.parametrize(("unit", "code"), [("month", "MON"), ("second", "SEC"), ("chat", "C62"), ("letter", "C62")])
def test_units_have_the_codes_of_recommendation_20(unit: str, code: str) -> None:
    (only,) = written(invoice([line("a", "A", 3, "1.00", unit=unit)])).all("InvoiceLine")
    assert only.all("InvoicedQuantity")[0].element.attrib["unitCode"] == code


def test_what_is_given_back_has_a_negative_quantity_and_never_a_negative_price() -> None:
    said = written(invoice([line("base", "Base", 1, "200.00"), line("service_credit", "Credit", 1, "-140.81")]))
    credit = said.all("InvoiceLine")[1]
    assert credit.text("InvoicedQuantity") == "-1"
    assert credit.text("Price/PriceAmount") == "140.81"
    assert credit.text("LineExtensionAmount") == "-140.81"


@pytest.mark.parametrize("amount", [107_500, -107_500])
def test_a_line_that_is_no_product_of_price_and_quantity_is_one_piece_at_its_amount(amount: int) -> None:
    base = line("base", "Half a month", 1, "2150.00", unit="month", amount=amount)
    (only,) = written(invoice([base])).all("InvoiceLine")
    assert Decimal(only.text("InvoicedQuantity")) * Decimal(only.text("Price/PriceAmount")) == Decimal(amount) / 100
    assert only.all("InvoicedQuantity")[0].element.attrib["unitCode"] == "C62"


def test_a_percentage_is_one_piece_too() -> None:
    of = line("service_credit", "Service credit", -281_623, "5", unit="minor unit", base_quantity=10_000)
    said = written(invoice([line("base", "Base", 1, "2816.23"), of])).all("InvoiceLine")[1]
    assert (said.text("InvoicedQuantity"), said.text("Price/PriceAmount")) == ("-1", "140.81")


def test_a_credit_note_names_the_invoice_that_it_corrects_and_why() -> None:
    said = written(credit_note())
    assert said.name == "CreditNote"
    reference = said.all("BillingReference/InvoiceDocumentReference")[0]
    assert (reference.text("ID"), reference.text("IssueDate")) == ("ML-2026-00042", "2026-12-04")
    assert said.text("Note") == "Spam, disputed on 9 December"
    assert said.text("CreditNoteTypeCode") == "381"


def test_a_credit_note_kept_as_negative_amounts_says_the_same() -> None:
    positive = credit_note()
    lines = [{**one, "quantity": -one["quantity"], "amount": -one["amount"]} for one in positive["lines"]]
    taxes = [{**group, "base": -group["base"], "tax": -group["tax"]} for group in positive["taxes"]]
    sums = {name: -positive[name] for name in ("net", "tax", "total")}
    assert ubl.xml(positive | sums | {"lines": lines, "taxes": taxes}) == ubl.xml(positive)


@pytest.mark.parametrize(
    ("category", "code"),
    [("E", ""), ("AE", "VATEX-EU-AE"), ("K", "VATEX-EU-IC"), ("G", "VATEX-EU-G"), ("O", "VATEX-EU-O")],
)
def test_what_is_not_taxed_says_why(category: str, code: str) -> None:
    said = written(invoice([line("base", "Base", 1, "10.00", tax=(category, "0"))]))
    group = said.all("TaxTotal/TaxSubtotal/TaxCategory")[0]
    assert group.text("TaxExemptionReasonCode") == code
    assert group.text("TaxExemptionReason") != ""


@pytest.mark.parametrize("category", ["S", "Z"])
def test_what_is_taxed_if_only_at_zero_gives_no_reason(category: str) -> None:
    written(invoice([line("base", "Base", 1, "10.00", tax=(category, "0" if category == "Z" else "7"))]))


def test_a_reason_of_the_tax_office_goes_before_ours() -> None:
    document = invoice([line("base", "Base", 1, "10.00", tax=("E", "0"))])
    document["taxes"][0]["reason"] = "§ 4 Nr. 8 UStG"
    assert read(ubl.xml(document)).text("TaxTotal/TaxSubtotal/TaxCategory/TaxExemptionReason") == "§ 4 Nr. 8 UStG"


def test_outside_of_vat_nobody_has_a_vat_number_and_no_rate_is_named() -> None:
    said = written(invoice([line("base", "Base", 1, "10.00", tax=("O", "0"))]))
    assert said.all("AccountingSupplierParty/Party/PartyTaxScheme") == []
    assert said.all("AccountingCustomerParty/Party/PartyTaxScheme") == []


def test_a_supply_within_the_eu_says_to_which_country() -> None:
    said = written(invoice([line("base", "Base", 1, "10.00", tax=("K", "0"))]))
    assert said.text("Delivery/DeliveryLocation/Address/Country/IdentificationCode") == "DE"


@pytest.mark.parametrize(
    ("change", "kept"),
    [
        ({}, ubl.PEPPOL),
        ({"client": {**CLINIC, "endpoint": None}}, ubl.EN16931),
        ({"seller": {**SELLER, "payment": None}}, ubl.EN16931),  # between Germans
        ({"seller": {**SELLER, "payment": None}, "client": {**CLINIC, "country": "AT"}}, ubl.PEPPOL),
        ({"client": {**CLINIC, "country": ""}}, ""),
        ({"seller": {**SELLER, "country": ""}}, ""),
        ({"seller": {**SELLER, "tax_number": ""}}, ""),
        ({"seller": None}, ""),
    ],
)
def test_a_document_claims_no_more_than_it_keeps(change: Document, kept: str) -> None:
    document = invoice([line("base", "Base", 1, "10.00")], **change)
    assert ubl.specification(document) == kept
    said = read(ubl.xml(document))
    assert said.text("CustomizationID") == kept
    assert bool(said.text("ProfileID")) == (kept == ubl.PEPPOL)


def test_a_reverse_charge_needs_the_tax_number_of_the_client() -> None:
    document = invoice([line("base", "Base", 1, "10.00", tax=("AE", "0"))], client={**CLINIC, "tax_number": ""})
    assert ubl.specification(document) == ""


def test_what_is_outside_of_vat_is_electronic_alone_and_from_a_registered_seller_only() -> None:
    outside, taxed = line("base", "Base", 1, "10.00", tax=("O", "0")), line("post", "Letters", 1, "4.00")
    assert ubl.specification(invoice([outside])) == ubl.PEPPOL
    assert ubl.specification(invoice([outside], seller={**SELLER, "registration": ""})) == ""
    assert ubl.specification(invoice([outside, taxed])) == ""


@pytest.mark.parametrize(
    ("currency", "price", "text", "exponent"), [("JPY", "1500", "1500", 0), ("KWD", "1.125", "1.125", 3)]
)
def test_amounts_have_the_decimals_of_their_currency(currency: str, price: str, text: str, exponent: int) -> None:
    said = written(invoice([line("base", "Base", 1, price, currency=currency)], currency=currency), exponent=exponent)
    assert said.text("LegalMonetaryTotal/LineExtensionAmount") == text
    assert (said.text("CustomizationID") != "") == (exponent <= 2)  # EN 16931 has no third decimal


@pytest.mark.parametrize(
    "change",
    [{"net": 1}, {"tax": 1}, {"total": 1}, {"taxes": [{"category": "S", "rate": "19", "base": 999, "tax": 190}]}],
    ids=["net", "tax", "total", "base"],
)
def test_an_invoice_that_does_not_add_up_is_not_written(change: Document) -> None:
    document = invoice([line("base", "Base", 1, "10.00")])
    ubl.xml(document)
    with pytest.raises(Invalid, match="add up to"):
        ubl.xml(document | change)


@pytest.mark.parametrize("change", [{"document": "draft invoice"}, {"number": None}, {"number": ""}])
def test_a_draft_has_no_electronic_form(change: Document) -> None:
    with pytest.raises(Invalid, match="finalise"):
        ubl.xml(omni_plan(**change))


def test_a_correction_of_another_month_names_no_days_of_this_one() -> None:
    lines = written(omni_plan()).all("InvoiceLine")
    assert [one.text("InvoicePeriod/StartDate") for one in lines[:4]] == ["2026-11-01"] * 3 + ["2026-11-16"]
    assert lines[-1].all("InvoicePeriod") == []


def test_hostile_names_stay_text() -> None:
    evil = '</cbc:Name><evil a="&b;">]]>\x00\x0b\ufffe'
    document = invoice([line("base", evil, 1, "10.00", rule=evil)], client={**CLINIC, "lines": [evil]})
    said = written(document)
    plain = '</cbc:Name><evil a="&b;">]]>'
    assert said.text("InvoiceLine/Item/Name") == plain
    assert said.text("AccountingCustomerParty/Party/PartyName/Name") == plain


def test_an_address_that_nobody_parted_keeps_its_lines() -> None:
    said = written(voice_plan()).all("AccountingCustomerParty/Party/PostalAddress")[0]
    assert said.text("StreetName") == "Accounts Payable"
    assert said.text("AdditionalStreetName") == "411 Elm Street"
    assert said.text("AddressLine/Line") == "Austin, TX 78701"


def test_the_same_document_is_the_same_bytes() -> None:
    assert ubl.xml(omni_plan()) == ubl.xml(omni_plan())


_PRICES = st.decimals(min_value="-500", max_value="500", places=4).map(lambda price: format(price, "f"))
_TAXES = st.sampled_from([STANDARD, ("S", "7"), ("Z", "0"), ("E", "0")])


@given(
    st.lists(
        st.tuples(st.integers(-9000, 90_000), _PRICES, st.sampled_from([1, 60, 100]), _TAXES), min_size=1, max_size=9
    )
)
def test_whatever_is_on_it_an_invoice_keeps_the_rules(sold: list[tuple[int, str, int, tuple[str, str]]]) -> None:
    lines = [
        line("a", "A", quantity, price, base_quantity=base, unit="second", tax=tax)
        for quantity, price, base, tax in sold
    ]
    written(invoice(lines))
