"""From a segment's totals to the lines of its invoice: pure, whole numbers, one rounding of money per line.

    graces → allowances → tiers → fees → surcharges → band → discount → minimum, maximum → service credit

Lines are priced from totals, so the order in which the records came changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction

from chalicelib.billing.model import fixed, wording
from chalicelib.billing.model.counting import BAND, UNPRICED
from chalicelib.billing.model.ledger import Meter
from chalicelib.billing.model.line import Line, Writer, net_of
from chalicelib.billing.model.metered import lines_of, usage
from chalicelib.billing.model.plan import Plan, Surcharge, Tax
from chalicelib.billing.model.pricing.allowance import Grant
from chalicelib.billing.model.pricing.limits import beyond, correction, excess, true_up
from chalicelib.billing.model.pricing.tiers import Portion, graduated
from chalicelib.billing.model.segment import Segment
from chalicelib.billing.model.totals import Totals
from chalicelib.billing.model.words import ENGLISH, Words
from chalicelib.kernel.money import Money

__all__ = ["Line", "rate", "unpriced"]

_OFF = "{percent} % off the base fee and all usage"
_OF: Mapping[str, str] = {
    "base": "{percent} % of base",
    "usage": "{percent} % of usage",
    "base_and_usage": "{percent} % of base and usage",
    "seats": "{percent} % of seats",
}
_BASE = frozenset({"base", "add_on"})
_ABOVE = (
    "Contacts above the agreed volume",
    "{contacts} contacts, {agreed} agreed; within {percent} % of them nothing changes; above that {price} each",
)
_BELOW = (
    "Contacts below the agreed volume",
    "{contacts} contacts, {agreed} agreed; within {percent} % of them nothing changes; below that {price} each",
)
_SEATS = frozenset({"seats", Meter.SEAT.value})


def rate(
    totals: Totals,
    plan: Plan,
    segment: Segment,
    *,
    grants: Sequence[Grant] = (),
    first: bool = False,
    complete: bool = True,
    service: Decimal | None = None,
    fees: Sequence[str] = (),
    words: Words = ENGLISH,
) -> list[Line]:
    """What a client owes for a segment of a period, before tax.

    `grants` are units that moved here from earlier periods; for the first segment only. `first`: setup and deposit are
    due. Not `complete`: the period still runs, so nothing is said yet of what falls short (minimum, RRC). `service` is
    the percentage of credit (negative) or bonus, as `plan.service.percent` or a scorecard has it. `fees` name what
    happened (late, returned), once each time.

    The base fee and each charge have a line even without usage; all else only where it comes to something.
    """
    writer = Writer(plan, segment, words)
    used, _ = usage(totals, plan, segment, grants)
    lines = [fixed.base(writer), *fixed.seats(writer)]
    for charge in plan.charges:
        lines += lines_of(charge, used[charge.id], writer)
    lines += fixed.add_ons(writer)
    for surcharge in plan.surcharges:
        lines += _surcharge(surcharge, lines, writer)
    lines += _band(totals, writer, complete)
    lines += _percent(lines, writer, "discount", "Discount", -plan.discount, _OFF)
    lines += _limits(lines, writer, complete)
    lines += _service(lines, writer, service)
    # What follows is no part of what a month costs: neither limits nor percentages see it.
    if first:
        lines += fixed.once(writer)
    return [*lines, *fixed.fees(writer, fees)]


def unpriced(totals: Totals) -> dict[Meter, int]:
    """What the plan has no price for, by meter: shown, never silently dropped. Contacts where time is metered; else
    what is counted, which of one contact may be several (numbers dialled, parts of a text)."""
    found = {
        Meter(key.charge.removeprefix(UNPRICED)): total
        for key, total in totals.of.items()
        if key.charge.startswith(UNPRICED)
    }
    return {meter: total.contacts if meter.is_time else total.raw for meter, total in sorted(found.items())}


def _surcharge(terms: Surcharge, lines: Sequence[Line], writer: Writer) -> Iterator[Line]:
    """A percentage of what other lines come to, by tiers of the amount; then held between its least and its most."""
    currency, words = writer.plan.currency, writer.words
    amount = net_of((line for line in lines if line.kind in terms.on), currency).minor
    if amount <= 0:
        return
    own: list[Line] = []
    for portion in graduated([amount], terms.tiers)[0]:
        own += _surcharge_tier(terms, portion, writer)
    least, most = (None if limit is None else limit.minor for limit in (terms.least, terms.most))
    off = correction(net_of(own, currency).minor, least, most)
    if terms.least is not None and off > 0:
        rule = words("at least {amount}", amount=words.amount(terms.least.text(), currency))
        text = words("{text}, minimum", text=terms.text)
        own.append(writer.lump("surcharge", text, rule, Money(off, currency), terms.tax))
    if terms.most is not None and off < 0:
        rule = words("at most {amount}", amount=words.amount(terms.most.text(), currency))
        text = words("{text}, maximum", text=terms.text)
        own.append(writer.lump("surcharge", text, rule, Money(off, currency), terms.tax))
    yield from own


def _surcharge_tier(terms: Surcharge, portion: Portion, writer: Writer) -> Iterator[Line]:
    currency, words, place, amount = writer.plan.currency, writer.words, portion.tier, int(portion.quantity)
    rule = words(
        "{percent} % of {amount} ({charges})",
        percent=words.number(format(portion.unit, "f")),
        amount=words.amount(Money(amount, currency).text(), currency),
        charges=wording.charges(terms.on, writer.plan, words),
    )
    yield writer.percentage("surcharge", terms.text, rule, of=amount, percent=portion.unit, tax=terms.tax, tier=place)
    if portion.flat:
        flat = Money(int(portion.flat), currency)
        once = words("once, as tier {n} is reached", n=place + 1)
        yield writer.lump("surcharge", terms.text, once, flat, terms.tax)


def _band(totals: Totals, writer: Writer, complete: bool) -> Iterator[Line]:
    """ARC and RRC: contacts outside of the deadband, one by one."""
    terms = writer.plan.band
    if terms is None:
        return
    contacts = totals.total(BAND).billed
    baseline = writer.segment.share(terms.baseline)
    away = beyond(contacts, baseline, Fraction(terms.deadband))
    if away == 0 or (away < 0 and not complete):
        return
    words = writer.words
    text, sentence, unit_price = (*_ABOVE, terms.arc) if away > 0 else (*_BELOW, terms.rrc)
    yield writer.line(
        "band",
        words(text),
        words(
            sentence,
            contacts=contacts,
            agreed=baseline,
            percent=words.number(format(terms.deadband, "f")),
            price=words.price(unit_price),
        ),
        unit="contact",
        unit_price=unit_price,
        quantity=away,
        used=contacts,
        tax=terms.tax,
        contacts=contacts,
    )


def _percent(lines: Iterable[Line], writer: Writer, kind: str, text: str, percent: Decimal, of: str) -> Iterator[Line]:
    """A percentage of lines: a line for each of their taxes, so that the tax falls or rises with them."""
    if not percent:
        return
    by_tax: dict[Tax, int] = {}
    for line in lines:
        by_tax[line.tax] = by_tax.get(line.tax, 0) + line.amount.minor
    for tax, amount in by_tax.items():
        if amount:
            told = writer.words(of, percent=writer.words.number(format(abs(percent), "f")))
            yield writer.percentage(kind, writer.words(text), told, of=amount, percent=percent, tax=tax)


def _limits(lines: Sequence[Line], writer: Writer, complete: bool) -> Iterator[Line]:
    plan, segment, words = writer.plan, writer.segment, writer.words
    net = net_of(lines, plan.currency).minor
    least = segment.share(plan.minimum.minor)
    if complete and (missing := true_up(net, least)):
        rule = words("a month comes to at least {amount}", amount=words.amount(plan.minimum.text(), plan.currency))
        yield writer.lump("minimum", words("Minimum"), rule, Money(missing, plan.currency), plan.tax)
    if plan.maximum is not None and (over := excess(net, segment.share(plan.maximum.minor), 0)):
        rule = words("a month comes to at most {amount}", amount=words.amount(plan.maximum.text(), plan.currency))
        by_tax: dict[Tax, int] = {}
        for line in lines:
            by_tax[line.tax] = by_tax.get(line.tax, 0) + line.amount.minor
        taxes = {str(place): tax for place, (tax, amount) in enumerate(by_tax.items()) if amount > 0}
        parts = Money(over, plan.currency).split({name: by_tax[tax] for name, tax in taxes.items()})
        for name, part in parts.items():
            if part.minor:
                yield writer.lump("maximum", words("Maximum"), rule, -part, taxes[name])


def _service(lines: Sequence[Line], writer: Writer, percent: Decimal | None) -> Iterator[Line]:
    terms = writer.plan.service
    if terms is None or not percent:
        return
    capped = terms.capped(percent)
    on = [line for line in lines if _counts(line, terms.on)]
    text = "Service bonus" if capped > 0 else "Service credit"
    yield from _percent(on, writer, "service_credit", text, capped, _OF[terms.on])


def _counts(line: Line, on: str) -> bool:
    match on:
        case "base":
            return line.kind in _BASE
        case "seats":
            return line.kind in _SEATS
        case "usage":
            return line.kind not in _BASE
        case _:
            return True
