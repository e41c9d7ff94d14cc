"""Our own reading of the rules that an electronic invoice keeps: UBL 2.1, EN 16931, Peppol BIS Billing 3.0.

It shares no code with the writer. `broken` answers the ids of the rules that a document breaks, `order` what the OASIS
schema would refuse. Rules about who is named and which categories may stand together are asked only of a document that
claims to keep EN 16931; Peppol's only of one that claims Peppol. Sources: UBL-Invoice-2.1.xsd, UBL-CreditNote-2.1.xsd
and the common components; the Schematron of EN 16931 (ConnectingEurope/eInvoicing-EN16931, EN16931-UBL-model.sch) and
of Peppol BIS Billing 3.0 with its rules for Germany.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from xml.etree.ElementTree import Element, fromstring

NAMES = {
    "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2": "cac:",
    "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2": "cbc:",
    "urn:oasis:names:specification:ubl:schema:xsd:Invoice-2": "",
    "urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2": "",
}

_HEAD = "CustomizationID ProfileID ID IssueDate"
_BODY = (
    "DocumentCurrencyCode TaxCurrencyCode AccountingCost BuyerReference InvoicePeriod OrderReference BillingReference "
    "ContractDocumentReference AdditionalDocumentReference AccountingSupplierParty AccountingCustomerParty PayeeParty "
    "Delivery PaymentMeans PaymentTerms AllowanceCharge TaxTotal LegalMonetaryTotal"
)
_LINE = "LineExtensionAmount AccountingCost InvoicePeriod OrderLineReference AllowanceCharge Item Price"
_CATEGORY = "ID Percent TaxExemptionReasonCode TaxExemptionReason TaxScheme"

# What may stand inside what, in this order.
ORDER = {
    "Invoice": f"{_HEAD} DueDate InvoiceTypeCode Note TaxPointDate {_BODY} InvoiceLine",
    "CreditNote": f"{_HEAD} TaxPointDate CreditNoteTypeCode Note {_BODY} CreditNoteLine",
    "InvoiceLine": f"ID Note InvoicedQuantity {_LINE}",
    "CreditNoteLine": f"ID Note CreditedQuantity {_LINE}",
    "InvoicePeriod": "StartDate EndDate DescriptionCode",
    "BillingReference": "InvoiceDocumentReference",
    "InvoiceDocumentReference": "ID IssueDate",
    "AccountingSupplierParty": "Party",
    "AccountingCustomerParty": "Party",
    "Party": "EndpointID PartyIdentification PartyName PostalAddress PartyTaxScheme PartyLegalEntity Contact",
    "PartyName": "Name",
    "PostalAddress": "StreetName AdditionalStreetName CityName PostalZone CountrySubentity AddressLine Country",
    "AddressLine": "Line",
    "Country": "IdentificationCode",
    "PartyTaxScheme": "CompanyID TaxScheme",
    "TaxScheme": "ID",
    "PartyLegalEntity": "RegistrationName CompanyID CompanyLegalForm",
    "Contact": "Name Telephone ElectronicMail",
    "Delivery": "ActualDeliveryDate DeliveryLocation DeliveryParty",
    "DeliveryLocation": "ID Address",
    "Address": "StreetName AdditionalStreetName CityName PostalZone CountrySubentity AddressLine Country",
    "PaymentMeans": "PaymentMeansCode PaymentID PayeeFinancialAccount",
    "PayeeFinancialAccount": "ID Name FinancialInstitutionBranch",
    "FinancialInstitutionBranch": "ID",
    "PaymentTerms": "Note",
    "TaxTotal": "TaxAmount TaxSubtotal",
    "TaxSubtotal": "TaxableAmount TaxAmount TaxCategory",
    "TaxCategory": _CATEGORY,
    "ClassifiedTaxCategory": _CATEGORY,
    "LegalMonetaryTotal": (
        "LineExtensionAmount TaxExclusiveAmount TaxInclusiveAmount AllowanceTotalAmount ChargeTotalAmount "
        "PrepaidAmount PayableRoundingAmount PayableAmount"
    ),
    "Item": "Description Name SellersItemIdentification ClassifiedTaxCategory",
    "Price": "PriceAmount BaseQuantity",
}
_MANY = {"InvoiceLine", "CreditNoteLine", "TaxSubtotal", "BillingReference", "PaymentMeans", "PartyTaxScheme"}
_REASONED = {"E", "AE", "K", "G", "O"}
_CATEGORIES = {"S", "Z", *_REASONED}


class Read:
    """An element by the names of its children, with as few words as possible."""

    def __init__(self, element: Element) -> None:
        self.element = element
        self.name = _local(element)

    def all(self, path: str) -> list[Read]:
        found = [self]
        for step in path.split("/"):
            found = [Read(child) for one in found for child in one.element if _local(child) == step]
        return found

    def text(self, path: str) -> str:
        found = self.all(path)
        return (found[0].element.text or "") if found else ""

    def number(self, path: str) -> Decimal:
        return Decimal(self.text(path) or "0")


def read(xml: bytes) -> Read:
    return Read(fromstring(xml))


def _local(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def order(xml: bytes) -> list[str]:
    return list(_misplaced(fromstring(xml)))


def _misplaced(element: Element) -> Iterator[str]:
    name = _local(element)
    children = [_local(child) for child in element]
    if not children:
        yield from () if (element.text or "").strip() else (f"{name} is empty",)
        return
    allowed = ORDER[name].split()
    places = [allowed.index(child) if child in allowed else -1 for child in children]
    if -1 in places:
        yield f"{name} has {children[places.index(-1)]}"
    elif places != sorted(places):
        yield f"{name} has them as {children}"
    for child in sorted({child for child in children if children.count(child) > 1} - _MANY):
        yield f"{name} has {child} twice"
    for child in element:
        prefix = NAMES[child.tag[1:].partition("}")[0]]
        if prefix != ("cac:" if len(child) else "cbc:"):
            yield f"{_local(child)} is in the wrong namespace"
        yield from _misplaced(child)


def broken(xml: bytes, *, exponent: int = 2) -> set[str]:
    """The rules that hold for every document of ours, Peppol or not."""
    document = read(xml)
    lines = document.all("InvoiceLine") + document.all("CreditNoteLine")
    totals, groups = document.all("LegalMonetaryTotal")[0], document.all("TaxTotal/TaxSubtotal")
    rules = {
        "BR-02": bool(document.text("ID")),
        "BR-03": bool(document.text("IssueDate")),
        "BR-04": (document.text("InvoiceTypeCode") or document.text("CreditNoteTypeCode")) in ("380", "381"),
        "BR-05": len(document.text("DocumentCurrencyCode")) == 3,
        "BR-06": bool(document.text("AccountingSupplierParty/Party/PartyLegalEntity/RegistrationName")),
        "BR-07": bool(document.text("AccountingCustomerParty/Party/PartyLegalEntity/RegistrationName")),
        "BR-16": bool(lines),
        "BR-CO-10": totals.number("LineExtensionAmount") == sum(line.number("LineExtensionAmount") for line in lines),
        "BR-CO-13": totals.number("TaxExclusiveAmount") == totals.number("LineExtensionAmount"),
        "BR-CO-14": document.number("TaxTotal/TaxAmount") == sum(group.number("TaxAmount") for group in groups),
        "BR-CO-15": totals.number("TaxInclusiveAmount")
        == totals.number("TaxExclusiveAmount") + document.number("TaxTotal/TaxAmount"),
        "BR-CO-16": totals.number("PayableAmount")
        == totals.number("TaxInclusiveAmount") + totals.number("PayableRoundingAmount"),
        "BR-CO-18": bool(groups),
        "BR-DEC": all(_decimals(amount) <= exponent for amount in _amounts(document.element)),
        "R051": _currencies(document.element) == {document.text("DocumentCurrencyCode")},
    }
    if document.text("CustomizationID"):
        rules |= _of_the_norm(document, lines, groups)
    if "peppol" in document.text("CustomizationID"):
        rules |= _of_peppol(document)
    per_line = [rule for line in lines for rule in _broken_by_line(line)]
    per_group = [rule for group in groups for rule in _broken_by_group(group, lines)]
    return {rule for rule, kept in rules.items() if not kept} | set(per_line) | set(per_group)


def _of_the_norm(document: Read, lines: list[Read], groups: list[Read]) -> dict[str, bool]:
    """Of EN 16931 as a whole: parties, dates, payment, and the categories of tax beside each other."""
    seller, buyer = (
        document.all(f"{side}/Party")[0] for side in ("AccountingSupplierParty", "AccountingCustomerParty")
    )
    seller_vat, buyer_vat = seller.text("PartyTaxScheme/CompanyID"), buyer.text("PartyTaxScheme/CompanyID")
    on_lines = {line.text("Item/ClassifiedTaxCategory/ID") for line in lines}
    in_groups = [group.text("TaxCategory/ID") for group in groups]
    period = (document.text("InvoicePeriod/StartDate"), document.text("InvoicePeriod/EndDate"))
    payable = document.number("LegalMonetaryTotal/PayableAmount")
    transfer = document.all("PaymentMeans")
    rules = {
        "BR-01": document.text("CustomizationID").startswith("urn:cen.eu:en16931:2017"),
        "BR-08": bool(seller.all("PostalAddress")),
        "BR-09": _is_country(seller.text("PostalAddress/Country/IdentificationCode")),
        "BR-10": bool(buyer.all("PostalAddress")),
        "BR-11": _is_country(buyer.text("PostalAddress/Country/IdentificationCode")),
        "BR-29": period[0] <= period[1],
        "BR-30": all(_period(line)[0] <= _period(line)[1] for line in lines),
        "BR-49": all(means.text("PaymentMeansCode") for means in transfer),
        "BR-61": all(means.text("PayeeFinancialAccount/ID") for means in transfer),
        "BR-55": all(one.text("InvoiceDocumentReference/ID") for one in document.all("BillingReference")),
        "BR-62": all(_schemed(end) for end in seller.all("EndpointID")),
        "BR-63": all(_schemed(end) for end in buyer.all("EndpointID")),
        "BR-CO-09": all(_prefixed(number) for number in (seller_vat, buyer_vat) if number),
        "BR-CO-19": any(period),
        "BR-CO-25": document.name != "Invoice"
        or payable <= 0
        or bool(document.text("DueDate") or document.text("PaymentTerms/Note")),
        "BR-CO-26": bool(seller_vat or seller.text("PartyLegalEntity/CompanyID")),
        "BR-AE-02": "AE" not in on_lines
        or bool(seller_vat and (buyer_vat or buyer.text("PartyLegalEntity/CompanyID"))),
        "BR-IC-02": "K" not in on_lines or bool(seller_vat and buyer_vat),
        "BR-IC-11": "K" not in on_lines or any(period) or bool(document.text("Delivery/ActualDeliveryDate")),
        "BR-IC-12": "K" not in on_lines
        or _is_country(document.text("Delivery/DeliveryLocation/Address/Country/IdentificationCode")),
        "BR-O-02": "O" not in on_lines or not (seller_vat or buyer_vat),
        "BR-O-11": "O" not in in_groups or len(in_groups) == 1,
        "BR-O-12": "O" not in in_groups or on_lines == {"O"},
    }
    for category in _CATEGORIES:
        named = "IC" if category == "K" else category
        found = in_groups.count(category)
        rules[f"BR-{named}-01"] = (
            found == 0 if category not in on_lines else found == 1 or (category == "S" and found > 0)
        )
        if category not in ("O", "AE", "K"):
            rules[f"BR-{named}-02"] = category not in on_lines or bool(seller_vat)
    return rules


def _of_peppol(document: Read) -> dict[str, bool]:
    seller, buyer = (
        document.all(f"{side}/Party")[0] for side in ("AccountingSupplierParty", "AccountingCustomerParty")
    )
    lines = document.all("InvoiceLine") + document.all("CreditNoteLine")
    within = (document.text("InvoicePeriod/StartDate"), document.text("InvoicePeriod/EndDate"))
    rules = {
        "R001": bool(document.text("ProfileID")),
        "R003": bool(document.text("BuyerReference")),
        "R010": bool(buyer.text("EndpointID")),
        "R020": bool(seller.text("EndpointID")),
        "R110": all(_period(line)[0] >= within[0] for line in lines if _period(line)[0]),
        "R111": all(_period(line)[1] <= within[1] for line in lines),
    }
    countries = {one.text("PostalAddress/Country/IdentificationCode") for one in (seller, buyer)}
    if countries == {"DE"}:
        rules |= {
            "DE-R-001": document.name == "CreditNote" or bool(document.all("PaymentMeans")),
            "DE-R-003": bool(seller.text("PostalAddress/CityName")),
            "DE-R-004": bool(seller.text("PostalAddress/PostalZone")),
            "DE-R-005": bool(seller.text("Contact/Name")),
            "DE-R-006": bool(seller.text("Contact/Telephone")),
            "DE-R-007": bool(seller.text("Contact/ElectronicMail")),
            "DE-R-008": bool(buyer.text("PostalAddress/CityName")),
            "DE-R-009": bool(buyer.text("PostalAddress/PostalZone")),
        }
    return rules


def _is_country(code: str) -> bool:
    return re.fullmatch("[A-Z]{2}", code) is not None


def _schemed(endpoint: Read) -> bool:
    """BR-CL-25: a code of ISO 6523 or of the network's own."""
    return re.fullmatch("[0-9]{4}|[A-Z]{2}", endpoint.element.attrib.get("schemeID", "")) is not None


def _prefixed(number: str) -> bool:
    return _is_country(number[:2]) and len(number) > 3


def _period(line: Read) -> tuple[str, str]:
    return line.text("InvoicePeriod/StartDate"), line.text("InvoicePeriod/EndDate")


def _amounts(element: Element) -> list[str]:
    return [
        node.text or "" for node in element.iter() if _local(node).endswith("Amount") and _local(node) != "PriceAmount"
    ]


def _currencies(element: Element) -> set[str]:
    return {node.attrib["currencyID"] for node in element.iter() if _local(node).endswith("Amount")}


def _decimals(text: str) -> int:
    return len(text.partition(".")[2])


def _broken_by_line(line: Read) -> Iterator[str]:
    quantity = line.all("InvoicedQuantity") + line.all("CreditedQuantity")
    unit = quantity[0].element.attrib.get("unitCode", "")
    base = line.all("Price/BaseQuantity")
    per = Decimal(base[0].element.text or "") if base else Decimal(1)
    product = Decimal(quantity[0].element.text or "") * line.number("Price/PriceAmount") / per
    category = line.text("Item/ClassifiedTaxCategory/ID")
    rules = {
        "BR-21": bool(line.text("ID")),
        "BR-23": bool(unit),
        "BR-25": bool(line.text("Item/Name")),
        "BR-27": line.number("Price/PriceAmount") >= 0,
        "R120": abs(product - line.number("LineExtensionAmount")) <= Decimal("0.02"),
        "R121": per > 0,
        "R130": all(one.element.attrib["unitCode"] == unit for one in base),
        "BR-CO-04": category in _CATEGORIES,
        "BR-O-05": category != "O" or not line.text("Item/ClassifiedTaxCategory/Percent"),
        "BR-S-05": category != "S" or line.number("Item/ClassifiedTaxCategory/Percent") > 0,
        "BR-E-05": category in ("S", "O") or line.text("Item/ClassifiedTaxCategory/Percent") in ("0", "0.0", "0.00"),
        "BR-CL-23": unit in ("SEC", "MIN", "HUR", "DAY", "MON", "C62"),
    }
    yield from (rule for rule, kept in rules.items() if not kept)


def _broken_by_group(group: Read, lines: list[Read]) -> Iterator[str]:
    category, rate = group.text("TaxCategory/ID"), group.text("TaxCategory/Percent")
    mine = [
        line
        for line in lines
        if line.text("Item/ClassifiedTaxCategory/ID") == category
        and line.text("Item/ClassifiedTaxCategory/Percent") == rate
    ]
    exact = abs(group.number("TaxableAmount")) * Decimal(rate or "0") / 100
    reason = group.text("TaxCategory/TaxExemptionReason") or group.text("TaxCategory/TaxExemptionReasonCode")
    rules = {
        "BR-S-08": group.number("TaxableAmount") == sum(line.number("LineExtensionAmount") for line in mine),
        "BR-CO-17": abs(abs(group.number("TaxAmount")) - exact.quantize(Decimal("0.001"), ROUND_HALF_UP)) < 1,
        "BR-E-10": bool(reason) == (category in _REASONED),
        "BR-E-09": category == "S" or group.number("TaxAmount") == 0,
        "BR-48": category == "O" or bool(rate),
    }
    yield from (rule for rule, kept in rules.items() if not kept)
