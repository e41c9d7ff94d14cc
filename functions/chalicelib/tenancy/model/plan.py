"""What a client pays, as the configuration writes it. Billing rates by these terms; nothing is computed here.

A charge is priced in one of four ways: `per_minute` (or `per_contact`, `per_hour`), `tiers`, `package` or `blocks`.
Prices are texts in the currency's major unit, without tax; times are whole seconds where no other unit is said.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from chalicelib.kernel.money import exponent
from chalicelib.tenancy.model.address import Mailbox
from chalicelib.tenancy.model.form import Amount, Line, Name, Unfit, Written, rule
from chalicelib.tenancy.model.hours import Hours

_MOST = 1_000_000_000


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
    SEPARATE = "separate"  # it is a charge of its own, by the second, at `wrap_up_per_minute`
    NONE = "none"


class SubSecond(StrEnum):
    """What a part of a second at the end of a contact counts."""

    DOWN = "down"
    UP = "up"
    HALF_UP = "half_up"


class Scope(StrEnum):
    CONTACT = "contact"
    PERIOD = "period"


class Mode(StrEnum):
    ANY = "any"
    SHARED = "shared"
    DEDICATED = "dedicated"


class TierModel(StrEnum):
    GRADUATED = "graduated"  # each part of the quantity at the price of its own tier
    VOLUME = "volume"  # the whole quantity at the price of the tier that it reaches, in blocks of that tier's size


class Proration(StrEnum):
    DAYS = "days"
    DAYS_OF_30 = "days_of_30"  # each month has 30 days
    FULL = "full"
    NONE = "none"


class Across(StrEnum):
    """How a contact is rated that runs over a change between usual hours, after hours and holidays."""

    WHOLE = "whole"  # by the instant at which its conversation ended
    SPLIT = "split"  # cut there: each second at its own price, what rounding adds at that of the last one


class RoundMode(StrEnum):
    HALF_UP = "half_up"
    HALF_EVEN = "half_even"
    UP = "up"
    DOWN = "down"


class CreditOn(StrEnum):
    BASE = "base"
    USAGE = "usage"
    BASE_AND_USAGE = "base_and_usage"
    SEATS = "seats"


class CapAction(StrEnum):
    NONE = "none"  # people are told, nothing else happens
    LAST = "last"  # the client's contacts wait behind those of all others
    REFUSE = "refuse"  # customers get the client's polite answer


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
class Tier:
    """It begins where the one before it ends, so there is no gap."""

    up_to: int | None = rule(
        "The last minute, contact or hour of the tier; left out in the last one.", default=None, least=1, most=_MOST
    )
    price: Amount = rule("The price of one minute, contact or hour in it.", default=Amount("0"))
    flat: Amount = rule("Once, as soon as the tier is reached.", default=Amount("0"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    size: int = rule("Minutes, contacts or hours in one package.", least=1, most=_MOST)
    price: Amount = rule("The price of a package; one that is begun counts in full.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A price by whole blocks; one that is begun counts in full. The last tier has no `most`."""

    size: int = rule("Minutes, contacts or hours in one block.", least=1, most=_MOST)
    most: int | None = rule(
        "So many blocks of this size, then those of the next; left out in the last one.",
        default=None,
        least=1,
        most=_MOST,
    )
    price: Amount = rule("The price of a block.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollover:
    """Included units that were not used may be used later."""

    percent: Amount = rule("How much of the included units may move on at most.")
    months: int = rule("For how many months they are good.", default=1, least=1, most=12)


@dataclass(frozen=True, slots=True, kw_only=True)
class Factors:
    """What the price of a unit is multiplied by."""

    after_hours: Amount = rule("Outside of the client's hours.", default=Amount("1"))
    holiday: Amount = rule("On its special days.", default=Amount("1"))
    across: Across = rule(
        "A call over a change of them: whole as of the end of its conversation, or split there.", default=Across.WHOLE
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What all metered charges have."""

    tiers: tuple[Tier, ...] = rule("Prices by quantity, in place of the one price.", empty=tuple, most=20)
    tier_model: TierModel = rule("How tiers and blocks are read.", default=TierModel.GRADUATED)
    flat_at_zero: bool = rule("Whether the first tier's `flat` is due without any usage.", default=False)
    package: Package | None = rule("A price by whole packages, in place of the one price.", default=None)
    blocks: tuple[Block, ...] = rule("Prices by blocks of several sizes, in place of the one.", empty=tuple, most=20)
    rollover: Rollover | None = rule("What becomes of included units that were not used.", default=None)
    mode: Mode = rule("Which contacts: those of shared agents, of dedicated ones, or any.", default=Mode.ANY)
    factors: Factors | None = rule("In place of the plan's factors.", default=None)
    tax: Name = rule("One of plan.taxes; left out: the usual tax.", default=Name(""))


@dataclass(frozen=True, slots=True, kw_only=True)
class MinuteTerms(Terms):
    """Time is billed in steps, priced by the minute."""

    per_minute: Amount | None = rule("The price of a further minute.", default=None)
    included_minutes: int = rule("Minutes a month that the base fee covers.", default=0, least=0, most=1_000_000)
    initial_interval: int = rule("A call is billed for at least this many seconds.", default=1, least=1, most=3600)
    next_interval: int = rule("Beyond that, in steps of this many seconds.", default=1, least=1, most=3600)
    minimum: int = rule("A shorter call counts as this many seconds; 0 for none.", default=0, least=0, most=3600)
    round_each: Scope = rule("What is rounded up to steps: each contact, or the period's sum.", default=Scope.CONTACT)
    sub_second: SubSecond = rule("What a part of a second counts.", default=SubSecond.DOWN)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShortCalls:
    free: int = rule("So many short calls a month are free, the first ones.", least=1, most=100_000)
    below_s: int = rule("A call is short if it took fewer seconds than this.", least=1, most=3600)


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceTerms(MinuteTerms):
    """Calls are rated by handle time. All times but the included minutes are whole seconds."""

    hold: bool = rule("Whether hold counts as handle time.", default=True)
    wrap_up: WrapUp = rule("Whether wrap-up counts as handle time.", default=WrapUp.INCLUDED)
    wrap_up_cap: int | None = rule(
        "Seconds of a call's wrap-up that count at most; left out: all.", default=None, least=0, most=3600
    )
    wrap_up_fixed: int = rule("Seconds added to each call for wrap-up, after rounding.", default=0, least=0, most=3600)
    wrap_up_per_minute: Amount | None = rule('The price of a minute of wrap-up that is "separate".', default=None)
    per_event_s: int = rule("Seconds added for each automation event of a call.", default=0, least=0, most=600)
    per_call: Amount | None = rule("The price of each call, beside that of its minutes.", default=None)
    included_calls: int = rule("Calls a month without that price.", default=0, least=0, most=1_000_000)
    short_calls: ShortCalls | None = rule("The month's first short calls that are free.", default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class CountTerms(Terms):
    """Contacts are rated one by one."""

    per_contact: Amount | None = rule("The price of each further contact.", default=None)
    included: int = rule("Contacts a month that the base fee covers.", default=0, least=0, most=1_000_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatTerms:
    """Agents of the client's own, by the hour."""

    seats: int = rule("Seats that the client has at all hours agreed.", default=0, least=0, most=10_000)
    hours: int = rule("Hours a month of each seat.", default=0, least=0, most=744)
    per_hour: Amount = rule("The price of an hour of a seat.")
    extra_per_hour: Amount | None = rule(
        "The price of an hour worked beyond those; left out: hours worked are not counted.", default=None
    )
    tax: Name = rule("One of plan.taxes; left out: the usual tax.", default=Name(""))


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """Included units that several charges draw from, in the order of the plan."""

    included: int = rule("Units a month.", least=1, most=1_000_000)
    draws: Mapping[Name, int] = rule("How many units a minute, contact or hour of a charge takes.", least=1, most=20)
    rollover: Rollover | None = rule("What becomes of units that were not used.", default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class AddOn:
    """A number, a licence, paper invoices: so much each, every month."""

    id: Name = rule("The add-on as programs know it.")
    text: Line = rule("The add-on as the invoice shows it.")
    price: Amount = rule("The price of one for a month.")
    quantity: int = rule("How many.", default=1, least=0, most=100_000)
    tax: Name = rule("One of plan.taxes; left out: the usual tax.", default=Name(""))


@dataclass(frozen=True, slots=True, kw_only=True)
class Fee:
    """Once, when it happens: a late payment, a returned debit."""

    text: Line = rule("The fee as the invoice shows it.")
    price: Amount = rule("The fee.")
    tax: Name = rule("One of plan.taxes; left out: the usual tax.", default=Name(""))


@dataclass(frozen=True, slots=True, kw_only=True)
class PercentTier:
    up_to: Amount | None = rule("The last amount of the tier; left out in the last one.", default=None)
    percent: Amount = rule("Percent of the amount in it.")
    flat: Amount = rule("Once, as soon as the tier is reached.", default=Amount("0"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Surcharge:
    """A percentage of what other charges come to."""

    id: Name = rule("The surcharge as programs know it.")
    text: Line = rule("The surcharge as the invoice shows it.")
    on: tuple[Name, ...] = rule("The charges whose amounts count.", least=1, most=20)
    percent: Amount | None = rule("Percent of the amount.", default=None)
    tiers: tuple[PercentTier, ...] = rule("Percentages by amount, in place of the one.", empty=tuple, most=20)
    least: Amount | None = rule("At least this much, as soon as there is any amount.", default=None)
    most: Amount | None = rule("At most this much.", default=None)
    tax: Name = rule("One of plan.taxes; left out: the usual tax.", default=Name(""))


@dataclass(frozen=True, slots=True, kw_only=True)
class Rounding:
    """Of what is to be paid, where there are no smaller coins. The difference stands on the invoice by itself."""

    step: Amount = rule('To a multiple of this, like "0.05".')
    mode: RoundMode = rule("To the nearest, up or down; how a tie goes.", default=RoundMode.HALF_UP)


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """A volume of contacts that the price is made for; far from it, contacts are charged or credited one by one."""

    baseline: int = rule("Contacts a month.", least=1, most=_MOST)
    deadband: Amount = rule("Percent of the baseline, above and below it, within which nothing changes.")
    arc: Amount = rule("The price of each contact above (additional resource charge).")
    rrc: Amount = rule("The credit for each contact below (reduced resource credit).")
    tax: Name = rule("One of plan.taxes; left out: the usual tax.", default=Name(""))


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditStep:
    points: Amount = rule("Points under the target (above it, for a bonus) from which it holds.")
    percent: Amount = rule("Percent of the amount.")


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceCredit:
    """What missing the service targets costs the operator, and what beating them earns."""

    on: CreditOn = rule("Of which amount it is a percentage.", default=CreditOn.BASE_AND_USAGE)
    credit: tuple[CreditStep, ...] = rule("By points under the target.", empty=tuple, most=10)
    bonus: tuple[CreditStep, ...] = rule("By points above it.", empty=tuple, most=10)
    cap: Amount = rule("Percent at most, either way.", default=Amount("100"))
    least: int = rule("A channel with fewer contacts in the period does not count.", default=1, least=1, most=100_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What the client means to spend in a month, without tax."""

    amount: Amount = rule("The budget of a month.")
    alerts: tuple[int, ...] = rule("Percent of it at which people are told.", empty=tuple, least=1, most=1000)
    tell: tuple[Mailbox, ...] = rule("Whom of the client's to tell by mail, beside finance.", empty=tuple, most=10)
    cap: bool = rule("Whether reaching it does something.", default=False)
    action: CapAction = rule("What reaching it does.", default=CapAction.NONE)
    interim: Amount | None = rule("Usage beyond the base fee that is charged at once.", default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Prices are text in the currency's major unit, without tax."""

    name: Line = rule("What the plan is called on the invoice.")
    currency: Currency = rule("The one currency of the client's invoices.")
    base: Amount = rule("Each month, in advance.")
    tax: Tax = rule("The usual tax.")
    taxes: Mapping[Name, Tax] = rule("Other taxes, by name, for charges that name one.", empty=dict, most=10)
    setup: Amount = rule("Once, at the start.", default=Amount("0"))
    deposit: Amount = rule("Once, at the start; paid back at the end, so it has no tax.", default=Amount("0"))
    minimum: Amount = rule("At least so much a month, base fee and all usage together.", default=Amount("0"))
    maximum: Amount | None = rule("At most so much a month, base fee and all usage together.", default=None)
    discount: Amount = rule("Percent off the base fee and all usage.", default=Amount("0"))
    proration: Proration = rule(
        "What a part of a month costs of fees: by days, by days of 30, in full, nothing.", default=Proration.DAYS
    )
    prorate_tiers: bool = rule("Whether a part of a month shortens the tiers, too.", default=False)
    rounding: Rounding | None = rule("To which step the sum to be paid is rounded.", default=None)
    non_billable: tuple[Name, ...] = rule("Dispositions of contacts that cost nothing.", empty=tuple, most=60)
    factors: Factors = rule("After-hours and holiday prices of what agents handle.", empty=Factors)
    usual_hours: Hours | None = rule("Hours at the usual price; left out: the client's hours.", default=None)
    voice: VoiceTerms | None = rule("Calls.", default=None)
    chat: CountTerms | None = rule("Chats.", default=None)
    email: CountTerms | None = rule("Mails.", default=None)
    message: CountTerms | None = rule("Messages: SMS, WhatsApp, social.", default=None)
    post: CountTerms | None = rule("Letters and faxes.", default=None)
    bot_chat: CountTerms | None = rule("Chats that a bot resolved alone.", default=None)
    automated: MinuteTerms | None = rule("Minutes in the menu and with automata.", default=None)
    patched: MinuteTerms | None = rule("Minutes connected through to the client.", default=None)
    sms: CountTerms | None = rule("Texts sent; a long one counts once for each of its parts.", default=None)
    dial: CountTerms | None = rule("Attempts to reach somebody.", default=None)
    mail: CountTerms | None = rule("Mails to people on call.", default=None)
    seats: SeatTerms | None = rule("Dedicated seats.", default=None)
    pools: Mapping[Name, Pool] = rule("Included units shared by several charges.", empty=dict, most=10)
    add_ons: tuple[AddOn, ...] = rule("Numbers, licences and the like.", empty=tuple, most=50)
    fees: Mapping[Name, Fee] = rule("What is due when it happens: late, returned.", empty=dict, most=20)
    surcharges: tuple[Surcharge, ...] = rule("Percentages of other charges.", empty=tuple, most=10)
    band: Band | None = rule("The volume that the price is made for.", default=None)
    service: ServiceCredit | None = rule("Credit and bonus by service level.", default=None)
    budget: Budget | None = rule("Alerts and the cap.", default=None)


METERED = (
    *("voice", "chat", "email", "message", "post", "bot_chat", "automated", "patched", "sms", "dial", "mail"),
    "seats",
)
