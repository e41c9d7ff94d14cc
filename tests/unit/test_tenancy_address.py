"""One way to write each address, whatever the outside world writes."""

from __future__ import annotations

import pytest

from chalicelib.tenancy.model.address import Address, AddressKind, address
from tests.fakes.tenants import changed, sample


@pytest.mark.parametrize(
    ("kind", "written", "known"),
    [
        ("phone", "+15550100100", "+15550100100"),
        ("phone", "+1 (555) 010-0100", "+15550100100"),
        ("mailbox", "Help@Luna-Shop.EXAMPLE", "help@luna-shop.example"),
        ("mailbox", " help+k3x9@luna-shop.example", "help@luna-shop.example"),
        ("mailbox", "hilfe@bücher.example", "hilfe@xn--bcher-kva.example"),
        ("widget", "wk_luna_7d41c09e", "wk_luna_7d41c09e"),
    ],
)
def test_an_address_is_known_however_it_is_written(kind: str, written: str, known: str) -> None:
    assert address(kind, written) == Address(AddressKind(kind), known)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("phone", "0555 0100100"),
        ("phone", ""),
        ("phone", "anonymous"),
        ("mailbox", "nobody"),
        ("mailbox", "a@b"),
        ("mailbox", "a@" + "x" * 70 + ".example"),
        ("mailbox", "@luna-shop.example"),
        ("widget", "wk_LUNA"),
        ("widget", "#ENTRY"),
        ("fax", "+15550100100"),
    ],
)
def test_what_can_be_nobodys_address_is_none(kind: str, text: str) -> None:
    assert address(kind, text) is None


def test_a_widget_knows_its_sites_and_no_other_does() -> None:
    points = changed(
        "shop",
        entry_points__widgets=[
            {"key": "wk_luna_7d41c09e", "origins": ["HTTPS://www.luna-shop.example:443", "http://localhost:8080"]}
        ],
    ).entry_points
    assert points.origins("wk_luna_7d41c09e") == ("https://www.luna-shop.example", "http://localhost:8080")
    assert points.origins("wk_other_1") == ()
    assert Address(AddressKind.WIDGET, "wk_luna_7d41c09e") in points.all()
    assert len(sample("shop").entry_points.all()) == 4
