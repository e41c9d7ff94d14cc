"""From usage records to invoice lines: pure, whole numbers, one rounding of money per line.

Lines are priced from the totals of the period, so the order in which the records came changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from chalicelib.billing.model.ledger import Meter, UsageRecord
from chalicelib.billing.model.plan import CountPrice, Plan, VoicePrice
from chalicelib.kernel.money import Money, UnitPrice, price

MINUTE = 60
INFORMATION = frozenset({Meter.REFUSED, Meter.ABANDONED, Meter.SELF_SERVED})  # shown, and never charged


@dataclass(frozen=True, slots=True, kw_only=True)
class Rated:
    """A contact behind a line: what it took, and what of that is billed before the allowance."""

    record: UsageRecord
    raw: int
    billed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """`quantity` × `unit_price` per `base_quantity` = `amount`, rounded once.

    `used` is the billed quantity of all contacts, `included` the part of it that the base fee covers.
    """

    kind: str
    text: str
    rule: str
    unit: str
    unit_price: UnitPrice
    used: int
    included: int
    base_quantity: int = 1
    plan_version: str
    tax_category: str
    contacts: tuple[Rated, ...] = ()

    @property
    def quantity(self) -> int:
        return self.used - self.included

    @property
    def amount(self) -> Money:
        return price(self.quantity, self.unit_price, self.base_quantity)


def rate(records: Iterable[UsageRecord], plan: Plan) -> list[Line]:
    """One line per kind of charge of the plan, in the plan's order; a kind without usage is a line of zero.

    The contacts behind a line stand in the order of the records.
    """
    by_meter: dict[Meter, list[UsageRecord]] = {}
    for record in records:
        by_meter.setdefault(record.meter, []).append(record)
    lines = [_base(plan)]
    if plan.voice is not None:
        lines.append(_voice(plan, plan.voice, by_meter.get(Meter.VOICE, ())))
    lines += [_count(plan, meter, terms, by_meter.get(meter, ())) for meter, terms in plan.counted.items()]
    return lines


def unpriced(records: Iterable[UsageRecord], plan: Plan) -> dict[Meter, int]:
    """Handled contacts, by meter, for which the plan has no price: shown, never silently dropped."""
    priced = {*plan.counted, *INFORMATION, *({Meter.VOICE} if plan.voice else ())}
    counts: dict[Meter, int] = {}
    for record in records:
        if record.meter not in priced:
            counts[record.meter] = counts.get(record.meter, 0) + 1
    return dict(sorted(counts.items()))


_NOUNS: Mapping[Meter, tuple[str, str]] = {Meter.CHAT: ("chat", "chats"), Meter.EMAIL: ("email", "emails")}


def _base(plan: Plan) -> Line:
    return Line(
        kind="base",
        text=plan.name,
        rule="the base fee of a month",
        unit="month",
        unit_price=plan.base,
        used=1,
        included=0,
        plan_version=plan.version,
        tax_category=plan.tax.category,
    )


def _voice(plan: Plan, terms: VoicePrice, records: Sequence[UsageRecord]) -> Line:
    rated = tuple(_rated_call(terms, record) for record in records)
    used = sum(call.billed for call in rated)
    return Line(
        kind=Meter.VOICE.value,
        text="Calls handled by agents",
        rule=_voice_rule(terms, len(rated)),
        unit="second",
        unit_price=terms.per_minute,
        base_quantity=MINUTE,
        used=used,
        included=min(used, terms.included_minutes * MINUTE),
        plan_version=plan.version,
        tax_category=plan.tax.category,
        contacts=rated,
    )


def _rated_call(terms: VoicePrice, record: UsageRecord) -> Rated:
    parts = {part: record.seconds.get(part, 0) for part in ("talk", "hold", "wrap")}
    return Rated(record=record, raw=record.quantity, billed=terms.billed(**parts))


def _voice_rule(terms: VoicePrice, calls: int) -> str:
    minimum = f", at least {terms.minimum} s" if terms.minimum > terms.initial_interval else ""
    return (
        f"{calls} {'call' if calls == 1 else 'calls'}: {_counted_words(terms)}; {_step_words(terms)}{minimum}; "
        f"{terms.included_minutes} min included; then {terms.per_minute.text()} {terms.per_minute.currency} per minute"
    )


def _counted_words(terms: VoicePrice) -> str:
    if terms.wrap_up_cap is None:
        return "talk, hold and wrap-up"
    return f"talk, hold and up to {terms.wrap_up_cap} s of wrap-up" if terms.wrap_up_cap else "talk and hold"


def _step_words(terms: VoicePrice) -> str:
    if terms.initial_interval != terms.next_interval:
        return f"each call the first {terms.initial_interval} s whole, then in steps of {terms.next_interval} s"
    return "by the second" if terms.next_interval == 1 else f"each call in steps of {terms.next_interval} s"


def _count(plan: Plan, meter: Meter, terms: CountPrice, records: Sequence[UsageRecord]) -> Line:
    one, many = _NOUNS[meter]
    used = sum(record.quantity for record in records)
    rated = tuple(Rated(record=record, raw=record.quantity, billed=record.quantity) for record in records)
    return Line(
        kind=meter.value,
        text=f"{many.capitalize()} handled by agents",
        rule=(
            f"{used} {one if used == 1 else many}; {terms.included} included; "
            f"then {terms.per_contact.text()} {terms.per_contact.currency} each"
        ),
        unit=one,
        unit_price=terms.per_contact,
        used=used,
        included=min(used, terms.included),
        plan_version=plan.version,
        tax_category=plan.tax.category,
        contacts=rated,
    )
