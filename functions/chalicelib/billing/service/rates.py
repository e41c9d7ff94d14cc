"""The rate files read and checked: `aws.toml` (what the cloud charges) and `operator.toml` (what all else costs)."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import date
from typing import Any, TypeVar

import msgspec

from chalicelib.billing.model.cost.margin import Exchange, FxRate
from chalicelib.billing.model.cost.overhead import Common, Driver
from chalicelib.billing.model.cost.platform import Rate, RateCard, Unit
from chalicelib.billing.model.cost.rates import Rates
from chalicelib.billing.model.cost.shares import Policies, Policy
from chalicelib.billing.model.ledger import Meter
from chalicelib.contacts.model.parts import ALWAYS, SOMETIMES
from chalicelib.kernel.channel import Channel
from chalicelib.kernel.errors import Invalid
from chalicelib.kernel.money import UnitPrice, decimal, exponent
from chalicelib.tenancy.model.form import Unfit, Zone

CARD, OPERATOR = "aws.toml", "operator.toml"
_PARTS = (*ALWAYS, *SOMETIMES)
_Form = TypeVar("_Form", bound=msgspec.Struct)


class PriceForm(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    id: str
    text: str
    channel: Channel
    unit: Unit
    price: str
    base_quantity: int = 1
    parts: tuple[str, ...] = ()
    meters: tuple[Meter, ...] = ()
    each: int = 1
    least: int = 0


class CardForm(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True, rename={"day": "from"}):
    day: date
    source: str
    currency: str
    prices: tuple[PriceForm, ...]


class CardsForm(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    cards: tuple[CardForm, ...]


class CommonForm(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True, rename={"day": "from"}):
    id: str
    text: str
    day: date
    per_month: str
    currency: str
    driver: Driver


class FxForm(
    msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True, rename={"base": "from", "quote": "to"}
):
    base: str
    quote: str
    day: date
    rate: str
    source: str


class OperatorForm(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    zone: str
    currency: str
    idle: Policy = Policy.UNUSED_CAPACITY
    shrinkage: Policy = Policy.UNUSED_CAPACITY
    by_volume: bool = False
    common: tuple[CommonForm, ...] = ()
    exchange: tuple[FxForm, ...] = ()


def read_rates(card: str, operator: str) -> Rates:
    """From the texts of the two files. Raises Invalid with everything that cannot be: place, what is wrong, the fix."""
    cards, said = _read(CARD, card, CardsForm), _read(OPERATOR, operator, OperatorForm)
    wrong = _Wrong()
    rates = Rates(
        zone=wrong.of("zone", lambda: _zone(said.zone), "UTC"),
        home=wrong.of("currency", lambda: _currency(said.currency), "EUR"),
        policies=Policies(idle=said.idle, shrinkage=said.shrinkage),
        by_volume=said.by_volume,
        cards=tuple(_card(form, f"cards[{place}]", wrong) for place, form in enumerate(cards.cards, 1)),
        common=tuple(_common(form, f"common {form.id} from {form.day}", wrong) for form in said.common),
        exchange=Exchange(tuple(_fx(form, f"exchange {form.base} {form.day}", wrong) for form in said.exchange)),
    )
    wrong.twice("cards", [str(form.day) for form in cards.cards])
    wrong.twice("common", [f"{form.id} from {form.day}" for form in said.common])
    wrong.twice("exchange", [f"{form.base} to {form.quote} on {form.day}" for form in said.exchange])
    if wrong.found:
        raise Invalid("rates", "; ".join(wrong.found), "mend them in templates/rates")
    return rates


class _Wrong:
    """Collects what is wrong, so that all of it is told at once."""

    def __init__(self) -> None:
        self.found: list[str] = []

    def of(self, place: str, made: Callable[[], Any], instead: Any) -> Any:
        try:
            return made()
        except (ValueError, TypeError, Unfit) as error:
            self.found.append(f"{place}: {error}")
            return instead

    def unless(self, holds: bool, place: str, why: str) -> None:
        if not holds:
            self.found.append(f"{place}: {why}")

    def twice(self, place: str, names: Iterable[str]) -> None:
        self.found += [f"{place}: {name} stands twice, keep one" for name, n in Counter(names).items() if n > 1]


def _read(file: str, text: str, form: type[_Form]) -> _Form:
    try:
        return msgspec.convert(tomllib.loads(text), form)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise Invalid(file, str(error), "see templates/rates for the form") from None


def _zone(text: str) -> str:
    return str(Zone.parse(text))


def _currency(text: str) -> str:
    exponent(text)
    return text


def _card(form: CardForm, place: str, wrong: _Wrong) -> RateCard:
    wrong.twice(place, [one.id for one in form.prices])
    rates = tuple(_rate(one, form.currency, f"{place}.{one.id}", wrong) for one in form.prices)
    return RateCard(first_day=form.day, source=form.source, rates=rates)


def _rate(form: PriceForm, currency: str, place: str, wrong: _Wrong) -> Rate:
    price = wrong.of(f"{place}.price", lambda: UnitPrice.of(form.price, currency), UnitPrice.of("0", "EUR"))
    wrong.unless(price.amount >= 0, f"{place}.price", f"is {form.price}, write 0 or more")
    wrong.unless(form.base_quantity >= 1, f"{place}.base_quantity", f"is {form.base_quantity}, write 1 or more")
    wrong.unless(form.each >= 1, f"{place}.each", f"is {form.each}, write 1 or more")
    wrong.unless(form.least >= 0, f"{place}.least", f"is {form.least}, write 0 or more")
    strange = [part for part in form.parts if part not in _PARTS]
    wrong.unless(not strange, f"{place}.parts", f"names {strange}, parts are {', '.join(_PARTS)}")
    seconds = form.unit is Unit.SECOND
    wrong.unless(seconds == bool(form.parts), f"{place}.parts", "stand with unit = 'second', and only there")
    wrong.unless(
        form.unit is not Unit.COUNT or bool(form.meters), f"{place}.meters", "are missing; a count is of some meter"
    )
    return Rate(
        id=form.id,
        text=form.text,
        channel=form.channel.value,
        unit=form.unit,
        price=price,
        base_quantity=max(1, form.base_quantity),
        parts=form.parts,
        meters=tuple(meter.value for meter in form.meters),
        each=form.each,
        least=form.least,
    )


def _common(form: CommonForm, place: str, wrong: _Wrong) -> Common:
    amount = wrong.of(place, lambda: UnitPrice.of(form.per_month, form.currency), UnitPrice.of("0", "EUR"))
    wrong.unless(amount.amount >= 0, place, f"per_month is {form.per_month}, write 0 or more")
    return Common(id=form.id, text=form.text, first_day=form.day, per_month=amount, driver=form.driver)


def _fx(form: FxForm, place: str, wrong: _Wrong) -> FxRate:
    for currency in (form.base, form.quote):
        wrong.of(place, lambda code=currency: _currency(code), "")  # type: ignore[misc]
    rate = wrong.of(place, lambda: decimal(form.rate), decimal("1"))
    wrong.unless(rate > 0, place, f"rate is {form.rate}, write more than 0")
    return FxRate(base=form.base, quote=form.quote, day=form.day, rate=rate, source=form.source)
