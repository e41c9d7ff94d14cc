"""The operator's legal entities, as `templates/invoices/operator.toml` writes them: who sends the invoices."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from chalicelib.tenancy.model.form import Line, Slug, Unfit, Written, rule
from chalicelib.tenancy.model.party import COUNTRIES, Party


class Iban(Written):
    """ISO 13616: the country, two check digits, the account. Kept without blanks."""

    __slots__ = ()
    FORM = r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}"
    ALLOWED = "the IBAN as the bank writes it, like DE07 1234 1234 1234 1234 12"

    @classmethod
    def normal(cls, text: str) -> str:
        return re.sub(r"\s", "", text).upper()

    @classmethod
    def parse(cls, text: str) -> Iban:
        iban = super().parse(text)
        turned = "".join(str(int(letter, 36)) for letter in iban[4:] + iban[:4])  # ISO 7064, MOD 97-10
        if iban[:2] not in COUNTRIES or int(turned) % 97 != 1:
            raise Unfit(f"{text!r} has not the check digits of its account", f"write {cls.ALLOWED}")
        return iban


class Bic(Written):
    __slots__ = ()
    FORM = r"[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3})?"
    ALLOWED = "the BIC of the bank, 8 or 11 letters and digits"


class Routing(Written):
    """A bank in the United States (ABA)."""

    __slots__ = ()
    FORM = r"[0-9]{9}"
    ALLOWED = "the nine digits of the bank's routing number"

    @classmethod
    def parse(cls, text: str) -> Routing:
        number = super().parse(text)
        if sum(int(digit) * weight for digit, weight in zip(number, (3, 7, 1) * 3, strict=True)) % 10:
            raise Unfit(f"{text!r} has not the check digit of a routing number", f"write {cls.ALLOWED}")
        return number


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Where the money goes: an `iban`, or another `account` of a bank that `routing` names."""

    iban: Iban | None = rule("The account in the countries that have IBANs.", default=None)
    bic: Bic | None = rule("The bank, beside an IBAN.", default=None)
    account: Line | None = rule("The number of another account.", default=None)
    routing: Routing | None = rule("Its bank in the United States.", default=None)
    bank: Line | None = rule("The bank's name.", default=None)
    holder: Line | None = rule("Whose account it is; the entity's if left out.", default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity(Party):
    name: Line = rule("The name in the register.")
    lines: tuple[Line, ...] = rule("The address as people read it, line by line.", least=1, most=8)
    payment: Account | None = rule("Where the money goes.", default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    entities: Mapping[Slug, Entity] = rule("By the id that contracts name (contract.entity).", least=1, most=50)
