"""Seller and client as an invoice names them.

What people read is `lines`: name and address. What programs read has names of its own:

    name, street, additional, city, postcode, region, country (ISO 3166-1, two letters), tax_number, registration,
    contact, phone, email, endpoint {scheme, id} (the electronic address; scheme of the EAS list),
    reference (of the buyer, BT-10)

All but `lines` may be missing; then the XML says less, and claims less. Sellers come from `entity`, buyers from a
client's configuration; both are checked there, and stand in the document as they were when it was issued.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    name: str
    lines: tuple[str, ...]  # below the name, as on paper
    street: str = ""
    additional: str = ""
    city: str = ""
    postcode: str = ""
    region: str = ""
    country: str = ""
    tax_number: str = ""
    registration: str = ""
    contact: str = ""
    phone: str = ""
    email: str = ""
    reference: str = ""
    endpoint: tuple[str, str] | None = None

    @property
    def placed(self) -> bool:
        """Whether a program can tell in which country it is (BR-09, BR-11)."""
        return bool(self.name and self.country)


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """Where the money goes: `iban`, or another `account` of the bank that `routing` names."""

    iban: str = ""
    bic: str = ""
    account: str = ""
    routing: str = ""
    bank: str = ""
    holder: str = ""


_PLAIN = (
    *("street", "additional", "city", "postcode", "region", "country"),
    *("tax_number", "registration", "contact", "phone", "email"),
)
_ACCOUNT = ("iban", "bic", "account", "routing", "bank", "holder")


def party(said: Mapping[str, Any]) -> Party:
    lines = tuple(said.get("lines", ()))
    name = said.get("name") or (lines[0] if lines else "")
    below = lines[1:] if lines[:1] == (name,) else lines
    endpoint = said.get("endpoint")
    return Party(
        name=name,
        lines=below,
        **{field: str(said.get(field, "")) for field in _PLAIN},
        reference=str(said.get("reference") or said.get("tenant") or ""),
        endpoint=(endpoint["scheme"], endpoint["id"]) if endpoint else None,
    )


def payment(document: Mapping[str, Any]) -> Payment:
    said = document.get("payment") or (document.get("seller") or {}).get("payment") or {}
    return Payment(**{field: str(said.get(field, "")) for field in _ACCOUNT})
