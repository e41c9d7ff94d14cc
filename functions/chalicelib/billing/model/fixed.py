"""The lines of what was not metered: the base fee, seats, add-ons, what is due once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from chalicelib.billing.model.line import Line, Writer
from chalicelib.billing.model.plan import Tax
from chalicelib.kernel.errors import NotFound
from chalicelib.kernel.money import Money, UnitPrice, price

OUTSIDE = Tax("O", Decimal(0))
EXEMPT = Tax("E", Decimal(0))


def once(writer: Writer) -> Iterator[Line]:
    """Setup and deposit, on the first invoice; never prorated."""
    plan, words = writer.plan, writer.words
    if plan.setup.amount:
        yield writer.line(
            "setup",
            words("Setup"),
            words("once, at the start"),
            unit="piece",
            unit_price=plan.setup,
            quantity=1,
            tax=plan.tax,
        )
    if plan.deposit.amount:
        yield writer.line(
            "deposit",
            words("Deposit"),
            words("once, at the start; it is paid back at the end"),
            unit="piece",
            unit_price=plan.deposit,
            quantity=1,
            tax=tax_of_deposit(plan.tax),
        )


def tax_of_deposit(usual: Tax) -> Tax:
    """A deposit is paid back, so it is no supply. Yet what is outside of VAT (O) stands alone on an electronic invoice
    (EN 16931, BR-O-11): beside anything else it is exempt (E) with that reason, as the code list itself does it with
    what is only passed on (VATEX-EU-79-C)."""
    return OUTSIDE if usual.category == OUTSIDE.category else EXEMPT


def base(writer: Writer) -> Line:
    plan = writer.plan
    rule = writer.words("the base fee of a month")
    return _monthly(writer, "base", plan.name, rule, plan.base, 1, "month", plan.tax)


def seats(writer: Writer) -> Iterator[Line]:
    terms = writer.plan.seats
    if terms is None or not terms.count * terms.hours:
        return
    hours, words = writer.segment.share(terms.count * terms.hours), writer.words
    price = words.price(terms.per_hour)
    sentence = "{seats} seats × {hours} h a month at {price} per hour"
    yield writer.line(
        "seats",
        words("Dedicated seats"),
        _days(writer, words(sentence, seats=terms.count, hours=terms.hours, price=price)),
        unit="hour",
        unit_price=terms.per_hour,
        quantity=hours,
        tax=terms.tax,
    )


def add_ons(writer: Writer) -> Iterator[Line]:
    for one in writer.plan.add_ons:
        rule = writer.words("{n} at {price} a month", n=one.quantity, price=writer.words.price(one.price))
        yield _monthly(writer, "add_on", one.text, rule, one.price, one.quantity, "month", one.tax)


def fees(writer: Writer, happened: Sequence[str]) -> Iterator[Line]:
    """One line for each time that it happened."""
    for name in happened:
        fee = writer.plan.fees.get(name)
        if fee is None:
            raise NotFound("fee of the plan", name)
        rule = writer.words("each time that it happens")
        yield writer.line("fee", fee.text, rule, unit="piece", unit_price=fee.price, quantity=1, tax=fee.tax)


def _monthly(
    writer: Writer, kind: str, text: str, rule: str, unit_price: UnitPrice, quantity: int, unit: str, tax: Tax
) -> Line:
    """In a part of a month: its days of the month's, or all or nothing of it, as the contract says."""
    segment, plan = writer.segment, writer.plan
    whole = price(quantity, unit_price)
    if segment.whole or plan.proration == "full":
        return writer.line(kind, text, rule, unit=unit, unit_price=unit_price, quantity=quantity, tax=tax)
    if plan.proration == "none":
        rule = writer.words("{rule}; a part of a month is free", rule=rule)
        return writer.line(kind, text, rule, unit=unit, unit_price=unit_price, quantity=0, tax=tax)
    return writer.line(
        kind,
        text,
        _days(writer, rule),
        unit="day",
        unit_price=unit_price,
        base_quantity=sum(segment.days),
        quantity=quantity * segment.length,
        tax=tax,
        amount=Money(segment.share(whole.minor), plan.currency),
    )


def _days(writer: Writer, rule: str) -> str:
    """The rule, and of how many days it is where that is not all of them."""
    segment = writer.segment
    if segment.whole:
        return rule
    return writer.words("{rule}, {n} of {days} days", rule=rule, n=segment.length, days=sum(segment.days))
