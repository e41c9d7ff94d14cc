"""An invoice or a credit note in UBL 2.1, after EN 16931 and Peppol BIS Billing 3.0.

Elements stand in the order of the UBL schema; BT-… and BR-… are the terms and rules of EN 16931.
- Every sum is checked before anything is written: lines add up to net (BR-CO-10, -13), groups to tax (BR-CO-14), and
  net and tax to the total (BR-CO-15).
- A price is never negative (BR-27): a line that gives something back has a negative quantity.
- Seconds at a price by the minute have a base quantity of 60 (BT-149), so quantity × price is exact. Where a line is no
  product of its quantity and price (a part of a month), or is a percentage, it is one piece at its amount.
- A document claims the specification that it keeps. Without the electronic addresses of both sides it is no Peppol
  document; without their countries, or in a currency of three decimals, it is UBL and no more.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any
from xml.etree.ElementTree import Element, tostring

from chalicelib.billing.model.documents.parties import Party, party, payment
from chalicelib.billing.model.documents.reading import (
    CREDIT_NOTE,
    DEPOSIT,
    DRAFT,
    Document,
    Row,
    Tax,
    credited,
    currency,
    language,
    money,
    payable,
    reasons,
    rows,
)
from chalicelib.billing.model.words import words_in
from chalicelib.kernel.errors import Invalid
from chalicelib.kernel.money import Money, decimal, exponent, price

EN16931 = "urn:cen.eu:en16931:2017"
PEPPOL = f"{EN16931}#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0"
_PROCESS = "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0"
_UBL = "urn:oasis:names:specification:ubl:schema:xsd:"

_UNITS = {"second": "SEC", "minute": "MIN", "hour": "HUR", "day": "DAY", "month": "MON"}  # UN/ECE Recommendation 20
_PIECE = "C62"
_OF_AN_AMOUNT = "minor unit"  # of a percentage

# What EN 16931 wants beside a rate of zero: the code of the VATEX list and the words (BT-121, BT-120).
_EXEMPT = {
    "E": ("", "Exempt from VAT"),
    "AE": ("VATEX-EU-AE", "Reverse charge"),
    "K": ("VATEX-EU-IC", "Intra-Community supply"),
    "G": ("VATEX-EU-G", "Export outside the EU"),
    "O": ("VATEX-EU-O", "Not subject to VAT"),
    DEPOSIT: ("", "Deposit that is paid back, no supply"),
}
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, 2.2


def xml(document: Document) -> bytes:
    """Raises Invalid for a draft, which has no number, and for a document that does not add up."""
    if document["document"] == DRAFT or not document.get("number"):
        raise Invalid("document", "a draft has no number, and so no XML", "finalise the invoice first")
    _add_up(document)
    return bytes(tostring(_document(document), encoding="utf-8", xml_declaration=True))


def specification(document: Document) -> str:
    """The one that the document keeps: Peppol's, EN 16931, or none but UBL itself."""
    seller, buyer = party(document.get("seller") or {}), party(document["client"])
    two_decimals = exponent(currency(document)) <= 2  # BR-DEC-09 to -24
    if not (two_decimals and seller.placed and buyer.placed and _known_to_the_tax_office(document, seller, buyer)):
        return ""
    return PEPPOL if _in_the_network(document, seller, buyer) else EN16931


def _in_the_network(document: Document, seller: Party, buyer: Party) -> bool:
    """PEPPOL-EN16931-R003, R010, R020; between Germans also DE-R-001 to -009: how to pay, whom to ask, and where."""
    if not (seller.endpoint and buyer.endpoint and buyer.reference):
        return False
    german = seller.country == buyer.country == "DE"
    to = payment(document)
    asked = (
        to.iban or to.account,
        seller.contact,
        seller.phone,
        seller.email,
        *(one for who in (seller, buyer) for one in (who.city, who.postcode)),
    )
    return all(asked) or not german


def _known_to_the_tax_office(document: Document, seller: Party, buyer: Party) -> bool:
    categories = {group["category"] for group in document["taxes"]}
    if "O" in categories:  # BR-O-02, BR-O-11: no tax number, and nothing else beside it; BR-CO-26: then another number
        return categories == {"O"} and bool(seller.registration)
    if not seller.tax_number:  # BR-S-02, BR-Z-02, BR-E-02, BR-AE-02, BR-G-02, BR-IC-02
        return False
    return bool(buyer.tax_number) or not categories & {"AE", "K"}


def _add_up(document: Document) -> None:
    bases: dict[Tax, int] = {}
    for row in rows(document):
        bases[row.tax] = bases.get(row.tax, 0) + row.amount.minor
    groups = document["taxes"]
    for what, sum_, said in (
        ("its lines", sum(bases.values()), document["net"]),
        ("its taxes", sum(group["tax"] for group in groups), document["tax"]),
        ("the bases of its taxes", sum(group["base"] for group in groups), document["net"]),
        ("net and tax", document["net"] + document["tax"], document["total"]),
        *((f"the lines of tax {tax.category}", base, _base(groups, tax)) for tax, base in bases.items()),
    ):
        if sum_ != said:
            raise Invalid("document", f"{what} add up to {sum_}, and it says {said}", "rate the period again")


def _base(groups: list[dict[str, Any]], tax: Tax) -> int:
    return int(sum(group["base"] for group in groups if Tax(group["category"], group["rate"]) == tax))


def _document(document: Document) -> Element:
    credit = document["document"] == CREDIT_NOTE
    name = "CreditNote" if credit else "Invoice"
    kept = specification(document)
    untaxed = {group["category"] for group in document["taxes"]} == {"O"}
    sign = -1 if credit and document["total"] < 0 else 1  # the kind of the document says that money goes back
    number, issued_on, reason = credited(document)
    due, words = document.get("due_on"), words_in(language(document))
    root = _node(
        name,
        _text("cbc:CustomizationID", kept),
        _text("cbc:ProfileID", _PROCESS if kept == PEPPOL else ""),
        _text("cbc:ID", document["number"]),
        _text("cbc:IssueDate", document["issued_on"]),
        None if credit else _text("cbc:DueDate", due or ""),
        _text("cbc:CreditNoteTypeCode", "381") if credit else _text("cbc:InvoiceTypeCode", "380"),
        _text("cbc:Note", reason),
        _text("cbc:DocumentCurrencyCode", currency(document)),
        _text("cbc:BuyerReference", party(document["client"]).reference),
        _period(document["period"]["first_day"], document["period"]["last_day"]),
        _preceding(number, issued_on) if number else None,
        _node("cac:AccountingSupplierParty", _party(party(document.get("seller") or {}), untaxed)),
        _node("cac:AccountingCustomerParty", _party(party(document["client"]), untaxed)),
        _delivery(document),
        _means(document),
        _node("cac:PaymentTerms", _text("cbc:Note", words("Payable by {day}", day=due)))
        if due and not credit
        else None,
        _taxes(document, sign),
        _totals(document, sign),
        *(_line(row, document, credit, sign) for row in rows(document)),
    )
    root.set("xmlns", f"{_UBL}{name}-2")
    root.set("xmlns:cac", f"{_UBL}CommonAggregateComponents-2")
    root.set("xmlns:cbc", f"{_UBL}CommonBasicComponents-2")
    return root


def _preceding(number: str, issued_on: str) -> Element:
    """BG-3: BT-25 and BT-26."""
    reference = _node("cac:InvoiceDocumentReference", _text("cbc:ID", number), _text("cbc:IssueDate", issued_on))
    return _node("cac:BillingReference", reference)


def _party(one: Party, untaxed: bool) -> Element:
    endpoint = _text("cbc:EndpointID", one.endpoint[1], schemeID=one.endpoint[0]) if one.endpoint else None
    tax = _node("cac:PartyTaxScheme", _text("cbc:CompanyID", one.tax_number), _vat())
    return _node(
        "cac:Party",
        endpoint,
        _node("cac:PartyName", _text("cbc:Name", one.name)),
        _node("cac:PostalAddress", *_address(one)),
        tax if one.tax_number and not untaxed else None,
        _node(
            "cac:PartyLegalEntity",
            _text("cbc:RegistrationName", one.name),
            _text("cbc:CompanyID", one.registration),
        ),
        _contact(one) if one.contact or one.phone or one.email else None,
    )


def _contact(one: Party) -> Element:
    return _node(
        "cac:Contact",
        _text("cbc:Name", one.contact),
        _text("cbc:Telephone", one.phone),
        _text("cbc:ElectronicMail", one.email),
    )


def _address(one: Party) -> Iterator[Element | None]:
    """By its parts; without them, the lines as they stand on paper."""
    parted = bool(one.street or one.city)
    street, additional, rest = ("", "", "") if parted else _unparted(one.lines)
    yield _text("cbc:StreetName", one.street or street)
    yield _text("cbc:AdditionalStreetName", one.additional or additional)
    yield _text("cbc:CityName", one.city)
    yield _text("cbc:PostalZone", one.postcode)
    yield _text("cbc:CountrySubentity", one.region)
    yield _node("cac:AddressLine", _text("cbc:Line", rest)) if rest else None
    if one.country:
        yield _node("cac:Country", _text("cbc:IdentificationCode", one.country))


def _unparted(lines: tuple[str, ...]) -> tuple[str, str, str]:
    street, additional, *rest = (*lines, "", "")
    return street, additional, ", ".join(line for line in rest if line)


def _delivery(document: Document) -> Element | None:
    """A supply within the EU says to which country (BR-IC-12)."""
    country = party(document["client"]).country
    if not country or "K" not in {group["category"] for group in document["taxes"]}:
        return None
    where = _node("cac:Address", _node("cac:Country", _text("cbc:IdentificationCode", country)))
    return _node("cac:Delivery", _node("cac:DeliveryLocation", where))


def _means(document: Document) -> Element | None:
    to = payment(document)
    number, bank = (to.iban, to.bic) if to.iban else (to.account, to.routing)
    if not number:
        return None
    account = _node(
        "cac:PayeeFinancialAccount",
        _text("cbc:ID", re.sub(r"\s", "", number)),
        _text("cbc:Name", to.holder),
        _node("cac:FinancialInstitutionBranch", _text("cbc:ID", bank)) if bank else None,
    )
    credit_transfer = _text("cbc:PaymentMeansCode", "30")
    return _node("cac:PaymentMeans", credit_transfer, _text("cbc:PaymentID", document["number"]), account)


def _taxes(document: Document, sign: int) -> Element:
    """BT-110, and a BG-23 for each category and rate."""
    groups = [_group(group, document, sign) for group in document["taxes"]]
    return _node("cac:TaxTotal", _amount("cbc:TaxAmount", money(sign * document["tax"], document)), *groups)


def _group(group: Mapping[str, Any], document: Document, sign: int) -> Element:
    """With the reason why nothing is taxed, where nothing is: BR-AE-10, BR-E-10, BR-G-10, BR-IC-10, BR-O-10."""
    tax, words = Tax(group["category"], group["rate"]), words_in(language(document))
    found = [_EXEMPT[why] for why in reasons(document, tax) if why in _EXEMPT]
    reason = "; ".join(words(sentence) for _, sentence in found)
    return _node(
        "cac:TaxSubtotal",
        _amount("cbc:TaxableAmount", money(sign * group["base"], document)),
        _amount("cbc:TaxAmount", money(sign * group["tax"], document)),
        _category(
            "cac:TaxCategory",
            tax,
            _text("cbc:TaxExemptionReasonCode", "".join(code for code, _ in found)),
            _text("cbc:TaxExemptionReason", (group.get("reason") or reason) if found else ""),
        ),
    )


def _category(name: str, tax: Tax, *why: Element | None) -> Element:
    """Outside of VAT there is no rate (BR-O-05)."""
    rate = _text("cbc:Percent", "" if tax.category == "O" else tax.rate)
    return _node(name, _text("cbc:ID", tax.category), rate, *why, _vat())


def _totals(document: Document, sign: int) -> Element:
    def amount(name: str, minor: int) -> Element | None:
        return _amount(name, money(sign * minor, document))

    off = document.get("rounding", 0)
    return _node(
        "cac:LegalMonetaryTotal",
        amount("cbc:LineExtensionAmount", document["net"]),  # BT-106
        amount("cbc:TaxExclusiveAmount", document["net"]),  # BT-109: the whole document has no allowances or charges
        amount("cbc:TaxInclusiveAmount", document["total"]),  # BT-112
        *([amount("cbc:PayableRoundingAmount", off)] if off else []),  # BT-114
        amount("cbc:PayableAmount", payable(document)),  # BT-115
    )


def _line(row: Row, document: Document, credit: bool, sign: int) -> Element:
    quantity, unit_price, base, unit = _priced(row)
    name, quantity_name = (
        ("cac:CreditNoteLine", "cbc:CreditedQuantity") if credit else ("cac:InvoiceLine", "cbc:InvoicedQuantity")
    )
    return _node(
        name,
        _text("cbc:ID", str(row.number)),
        _text(quantity_name, str(sign * quantity), unitCode=unit),
        _amount("cbc:LineExtensionAmount", row.amount if sign > 0 else -row.amount),
        _within(row, document),
        _node(
            "cac:Item",
            _text("cbc:Description", row.rule),
            _text("cbc:Name", row.text or row.kind),
            _category("cac:ClassifiedTaxCategory", row.tax),
        ),
        _node(
            "cac:Price",
            _text("cbc:PriceAmount", format(unit_price, "f"), currencyID=row.amount.currency),
            _text("cbc:BaseQuantity", str(base), unitCode=unit) if base != 1 else None,
        ),
    )


def _priced(row: Row) -> tuple[int, Decimal, int, str]:
    """Quantity, price, base quantity and unit of which the amount is the product; the price is zero or more."""
    if row.unit == _OF_AN_AMOUNT or price(row.quantity, row.price, row.base_quantity) != row.amount:
        back = -1 if row.amount.minor < 0 else 1
        whole = row.amount if back > 0 else -row.amount
        return back, decimal(whole.text()), 1, _PIECE
    turned = -1 if row.unit_price < 0 else 1
    return turned * row.quantity, abs(row.unit_price), row.base_quantity, _UNITS.get(row.unit, _PIECE)


def _within(row: Row, document: Document) -> Element | None:
    """The days of the line (BG-26), unless they lie outside of the period: a correction of another one."""
    first, last = row.segment.first_day, row.segment.last_day
    if not first or first < document["period"]["first_day"] or last > document["period"]["last_day"]:
        return None
    return _period(first, last)


def _period(first_day: str, last_day: str) -> Element:
    return _node("cac:InvoicePeriod", _text("cbc:StartDate", first_day), _text("cbc:EndDate", last_day))


def _vat() -> Element:
    return _node("cac:TaxScheme", _text("cbc:ID", "VAT"))


def _amount(name: str, amount: Money) -> Element | None:
    return _text(name, amount.text(), currencyID=amount.currency)


def _node(name: str, *inside: Element | None) -> Element:
    node = Element(name)
    node.extend(child for child in inside if child is not None)
    return node


def _text(name: str, text: str, **attributes: str) -> Element | None:
    """None if there is nothing to say. What XML has no way to write is left out."""
    plain = _NOT_XML.sub("", text)
    if not plain:
        return None
    node = Element(name, attributes)
    node.text = plain
    return node
