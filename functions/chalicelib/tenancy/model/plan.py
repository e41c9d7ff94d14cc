"""What a client pays, as the configuration writes it. Billing rates by these terms; nothing is computed here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from chalicelib.kernel.money import exponent
from chalicelib.tenancy.model.form import Amount, Line, Unfit, Written, Zone, rule


class Currency(Written):
    __slots__ = ()
    FORM = r"[A-Z]{3}"
    ALLOWED = "an ISO 4217 currency code like EUR"

    @classmethod
    def parse(cls, text: str) -> Currency:
        currency = super().parse(text)
        try:
            exponent(currency)
        except ValueError:
            raise Unfit(f"{text!r} is no currency", f"write {cls.ALLOWED}") from None
        return currency


class WrapUp(StrEnum):
    INCLUDED = "included"  # it counts as handle time, up to `wrap_up_cap` where there is one
    NONE = "none"


class TaxCategory(StrEnum):
    """EN 16931's codes."""

    STANDARD = "S"
    ZERO = "Z"
    EXEMPT = "E"
    REVERSE_CHARGE = "AE"
    WITHIN_THE_EU = "K"
    EXPORT = "G"
    OUTSIDE = "O"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tax:
    category: TaxCategory = rule(
        "S standard, Z zero, E exempt, AE reverse charge, K supply within the EU, G export, O outside of scope."
    )
    rate: Amount = rule('The rate in percent, as text: "19".')


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceTerms:
    """Calls are rated by handle time. All times but the included minutes are whole seconds."""

    per_minute: Amount = rule("The price of a further minute of handled calls.")
    included_minutes: int = rule("Minutes a month that the base fee covers.", default=0, least=0, most=1_000_000)
    initial_interval: int = rule("A call is billed for at least this many seconds.", default=1, least=1, most=3600)
    next_interval: int = rule("Beyond that, in steps of this many seconds.", default=1, least=1, most=3600)
    minimum: int = rule("A shorter call counts as this many seconds; 0 for none.", default=0, least=0, most=3600)
    wrap_up: WrapUp = rule("Whether wrap-up counts as handle time.", default=WrapUp.INCLUDED)
    wrap_up_cap: int | None = rule(
        "Seconds of a call's wrap-up that count at most; left out: all.", default=None, least=0, most=3600
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class CountTerms:
    """Chats and mails are rated one by one."""

    per_contact: Amount = rule("The price of each further contact.")
    included: int = rule("Contacts a month that the base fee covers.", default=0, least=0, most=1_000_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Prices are text in the currency's major unit, without tax."""

    name: Line = rule("What the plan is called on the invoice.")
    currency: Currency = rule("The one currency of the client's invoices.")
    base: Amount = rule("Each month, in full.")
    tax: Tax = rule("The tax on all of it.")
    voice: VoiceTerms | None = rule("Calls.", default=None)
    chat: CountTerms | None = rule("Chats.", default=None)
    email: CountTerms | None = rule("Mails.", default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """When and where the plan holds."""

    effective_from: date = rule("The first day of this plan, in the billing zone.")
    zone: Zone = rule("The billing zone: a period begins at its midnight.")
    anchor_day: int = rule(
        "The day of the month on which a period begins; a shorter month uses its last.", default=1, least=1, most=31
    )
