from __future__ import annotations

import pytest

from chalicelib.billing.model.standing import Deed
from chalicelib.kernel.ids import TenantId
from chalicelib.kernel.signature import Signature, name_in
from chalicelib.tenancy.model.caller import Caller, Role, Scope


@pytest.mark.parametrize(
    ("text", "name", "id_"),
    [
        ("Fiona Finance <e188454b>", "Fiona Finance", "e188454b"),
        ("fiona@manyline.example <e188454b>", "fiona@manyline.example", "e188454b"),
        ("A <B> Team <x>", "A <B> Team", "x"),
        ("fiona", "fiona", ""),
        ("less <", "less <", ""),
        ("", "", ""),
    ],
)
def test_a_signature_is_read_as_it_was_written(text: str, name: str, id_: str) -> None:
    assert Signature.parse(text) == (name, id_)
    assert str(Signature(name, id_)) == text
    assert name_in(text) == name


def test_a_caller_signs_with_its_name_and_without_one_by_its_id() -> None:
    caller = Caller(user="e188", role=Role.FINANCE, name="Fiona Finance", scope=Scope.everyone())
    nameless = Caller(user="e188", role=Role.FINANCE, name="", scope=Scope.everyone())
    assert (caller.signature, nameless.signature) == ("Fiona Finance <e188>", "e188 <e188>")


def test_a_deed_keeps_the_id_for_an_audit_and_shows_the_name() -> None:
    deed = Deed(tenant=TenantId("shop"), what="paid", about="X-1", by="Fiona Finance <e188>", at="2026-11-05")
    assert Deed.from_item(deed.as_item()) == deed
    told = deed.as_document()
    assert (told["by"], told["by_id"]) == ("Fiona Finance", "e188")
