"""The buyer of an electronic invoice: what a file may say of it, and what the taxes of a plan ask of it."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.tenancy.model.form import Unfit
from chalicelib.tenancy.model.party import COUNTRIES, EU, Country, Scheme, TaxNumber
from tests.fakes.tenants import changed, mistakes_of, sample

BERLIN = {"country": "DE", "city": "Berlin", "tax_number": "DE 123 456 789"}


def test_a_buyer_is_read_whole_and_its_number_is_written_in_one_way() -> None:
    buyer = sample("clinic").buyer
    assert buyer is not None
    assert (buyer.country, buyer.tax_number, buyer.reference) == ("DE", "DE123456789", "Empfang 2026")
    assert buyer.endpoint is not None
    assert (buyer.endpoint.scheme, buyer.endpoint.id) == ("9930", "DE123456789")
    other = changed("clinic", buyer=BERLIN).buyer
    assert other is not None
    assert other.tax_number == "DE123456789"


def test_a_client_without_a_buyer_is_as_good() -> None:
    assert sample("plumber").buyer is None


@pytest.mark.parametrize(
    ("change", "key", "fix"),
    [
        ({"country": "UK"}, "buyer.country", "did you mean 'GB'?"),
        ({"country": "Germany"}, "buyer.country", "two letters of ISO 3166-1"),
        ({"country": "XX"}, "buyer.country", "two letters of ISO 3166-1"),
        ({"tax_number": "DE12345678"}, "buyer.tax_number", "like DE123456789"),
        ({"tax_number": "98-7654321"}, "buyer.tax_number", "`registration`"),
        ({"tax_number": "GR123456789"}, "buyer.tax_number", "Greece: EL"),
        ({"email": "nobody"}, "buyer.email", "a mail address"),
        ({"phone": "030 5550"}, "buyer.phone", "with + and the country's code"),
        ({"endpoint": {"scheme": "9999", "id": "1"}}, "buyer.endpoint.scheme", "EAS list"),
        ({"endpoint": {"scheme": "9930"}}, "buyer.endpoint.id", "add it"),
        ({"steet": "Parkallee 7"}, "buyer.steet", "did you mean 'street'?"),
        ({"country": None}, "buyer.country", "add it"),
    ],
)
def test_a_mistake_names_the_field_and_the_fix(change: dict[str, Any], key: str, fix: str) -> None:
    buyer = {name: value for name, value in (BERLIN | change).items() if value is not None}
    (mistake,) = mistakes_of("clinic", buyer=buyer)
    assert mistake.key == key
    assert fix in mistake.fix


OTHERS = (
    *("ATU12345678", "BE0123456789", "CHE123456789MWST", "EL123456789", "ESX1234567X", "FRXX123456789"),
    *("IE1234567WA", "NL123456789B01", "XI123456789", "SE123456789001", "AU51824753556"),
)


@pytest.mark.parametrize("number", OTHERS)
def test_numbers_of_other_countries_have_their_own_shapes(number: str) -> None:
    assert TaxNumber.parse(number) == number
    with pytest.raises(Unfit):
        TaxNumber.parse(f"{number}00000")


def test_the_lists_are_whole() -> None:
    assert (len(COUNTRIES), len(EU)) == (249, 27)
    assert Country.parse("DE") == "DE"
    assert Scheme.parse("EM") == "EM"


@pytest.mark.parametrize(
    ("changes", "key", "why"),
    [
        ({"plan__tax": {"category": "AE", "rate": "0"}, "buyer__tax_number": None}, "buyer.tax_number", "owes the tax"),
        ({"plan__tax": {"category": "K", "rate": "0"}, "buyer": None}, "buyer.tax_number", "K (plan.tax)"),
        (
            {"plan__taxes": {"abroad": {"category": "AE", "rate": "0"}}, "buyer__tax_number": None},
            "buyer.tax_number",
            "AE (plan.taxes.abroad)",
        ),
        (
            {"plan__tax": {"category": "K", "rate": "0"}, "buyer__country": "US"},
            "plan.tax.category",
            "US (buyer.country) is not in the EU",
        ),
        ({"plan__tax": {"category": "G", "rate": "0"}}, "plan.tax.category", "DE (buyer.country) is in the EU"),
        (
            {"plan__taxes": {"post": {"category": "O", "rate": "0"}}},
            "plan.taxes.post.category",
            "cannot have beside S (EN 16931, BR-O-11)",
        ),
    ],
)
def test_a_tax_that_the_electronic_invoice_could_not_carry_is_refused(
    changes: dict[str, Any], key: str, why: str
) -> None:
    (mistake,) = mistakes_of("clinic", **changes)
    assert mistake.key == key
    assert why in mistake.why
    assert mistake.fix


@pytest.mark.parametrize(
    "changes",
    [
        {"plan__tax": {"category": "AE", "rate": "0"}},
        {"plan__tax": {"category": "K", "rate": "0"}},
        {"plan__tax": {"category": "G", "rate": "0"}, "buyer__country": "US"},
        {"plan__tax": {"category": "O", "rate": "0"}},
        {"plan__taxes": {"post": {"category": "E", "rate": "0"}}},
        {"plan__taxes": {"post": {"category": "O", "rate": "0"}}, "buyer": None},  # no program reads it
    ],
)
def test_what_it_can_carry_is_taken(changes: dict[str, Any]) -> None:
    assert mistakes_of("clinic", **changes) == []
