"""What must hold for every contract and every month (hypothesis makes both)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chalicelib.billing.model.columns import column
from chalicelib.billing.model.counting import BAND, counted, rate_class_of
from chalicelib.billing.model.explain import audit
from chalicelib.billing.model.ledger import Meter, Mode, UsageRecord, reversal
from chalicelib.billing.model.line import net_of
from chalicelib.billing.model.plan import AFTER_HOURS, HOLIDAY, USUAL, Blocked, Plan, Tiered, Unit
from chalicelib.billing.model.pricing import tiers
from chalicelib.billing.model.rating import Line, rate
from chalicelib.billing.model.segment import Segment, segments
from chalicelib.billing.model.totals import Key, Totals, totals_of
from chalicelib.kernel.money import price
from chalicelib.kernel.period import BillingPeriod
from chalicelib.tenancy.model.hours import Hours, Span, SpecialDay
from tests.fakes.plans import DEDICATED, NOVEMBER, OMNI_SHARED, VOICE_ESSENTIALS, WHOLE, planned, simple, totals, used
from tests.vectors.terms import cost

BERLIN = ZoneInfo("Europe/Berlin")
HOURS = Hours(
    **{day: (Span("08:00-18:00"),) for day in ("monday", "tuesday", "wednesday", "thursday", "friday")},
    special=(SpecialDay(date=date(2026, 11, 18), name="Day of Repentance"),),  # type: ignore[arg-type]
)


def amount(low: str = "0", high: str = "9", places: int = 3) -> st.SearchStrategy[str]:
    return st.decimals(low, high, places=places).map(str)


@st.composite
def priced(draw: st.DrawFn, word: str, places: int = 3) -> dict[str, Any]:
    match draw(st.sampled_from(["one", "tiers", "package", "blocks"])):
        case "one":
            return {word: draw(amount(places=places))}
        case "package":
            return {
                "package": {"size": draw(st.integers(1, 20)), "price": draw(st.decimals("0", "9", places=2).map(str))}
            }
        case "blocks":
            sizes = draw(st.lists(st.integers(1, 12), min_size=1, max_size=3))
            blocks = [{"size": size, "price": draw(st.decimals("0", "9", places=2).map(str))} for size in sizes]
            most = [{"most": draw(st.integers(1, 5))} for _ in sizes[1:]]
            blocks = [block | limit for block, limit in zip(blocks, [*most, {}], strict=True)]
            return {"blocks": blocks, "tier_model": draw(st.sampled_from(["graduated", "volume"]))}
        case _:
            bounds = [*sorted(draw(st.sets(st.integers(1, 60), max_size=3))), None]
            said = [{"price": draw(amount(places=places)), "flat": str(draw(st.integers(0, 3)))} for _ in bounds]
            said = [tier | ({"up_to": bound} if bound else {}) for tier, bound in zip(said, bounds, strict=True)]
            return {"tiers": said, "tier_model": draw(st.sampled_from(["graduated", "volume"]))}


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    voice = draw(priced("per_minute")) | {
        "included_minutes": draw(st.integers(0, 30)),
        "initial_interval": draw(st.sampled_from([1, 6, 30, 60])),
        "next_interval": draw(st.sampled_from([1, 6, 60])),
        "minimum": draw(st.sampled_from([0, 30])),
        "hold": draw(st.booleans()),
        "wrap_up": draw(st.sampled_from(["included", "separate", "none"])),
        "wrap_up_fixed": draw(st.sampled_from([0, 60])),
        "mode": draw(st.sampled_from(["any", "shared"])),
        "per_call": draw(amount()),
        "sub_second": draw(st.sampled_from(["down", "up"])),
    }
    if voice["wrap_up"] != "none" and draw(st.booleans()):
        voice["wrap_up_cap"] = draw(st.integers(0, 60))
    if draw(st.booleans()):
        voice["short_calls"] = {"free": draw(st.integers(1, 3)), "below_s": 60}
    said: dict[str, Any] = {
        "base": str(draw(st.integers(0, 300))),
        "voice": voice,
        "chat": draw(priced("per_contact")) | {"included": draw(st.integers(0, 3))},
        "minimum": str(draw(st.sampled_from([0, 150]))),
        "discount": str(draw(st.sampled_from([0, 10]))),
        "factors": {
            "after_hours": draw(amount("1", "2")),
            "holiday": "2",
            "across": draw(st.sampled_from(["whole", "split"])),
        },
        "non_billable": ["spam"],
        "pools": {"all": {"included": draw(st.integers(1, 20)), "draws": {"voice": 1, "chat": 2}}},
    }
    if draw(st.booleans()):
        said["band"] = {"baseline": 5, "deadband": "20", "arc": "2", "rrc": "1"}
    return simple(**said)


def contact(random: Random) -> UsageRecord:
    at = NOVEMBER.start + timedelta(seconds=random.randrange(NOVEMBER.span.seconds))
    if random.random() < 0.3:  # about where the rate class changes
        edge = timedelta(days=random.randrange(30), hours=random.choice([0, 8, 18]))
        at = NOVEMBER.start + edge + timedelta(seconds=random.randrange(-300, 300))
    meter = random.choice([Meter.VOICE, Meter.VOICE, Meter.CHAT, Meter.POST, Meter.ABANDONED])
    more: dict[str, Any] = {
        "contact": f"x{random.randrange(10**9)}",
        "at": at,
        "mode": random.choice(list(Mode)),
        "disposition": random.choice(["", "solved", "spam"]),
    }
    if meter is not Meter.VOICE:
        return used(meter, **more)
    took = {part: random.choice([0, 10, 29, 30, 60, random.randrange(200)]) for part in ("talk", "hold", "wrap")}
    if random.random() < 0.2:
        took["ms"] = random.randrange(1000)
    return used(meter, seconds=took, **more)


def month(seed: int, size: int) -> list[UsageRecord]:
    random = Random(seed)
    return [contact(random) for _ in range(size)]


# Whole months at once: of single draws for each contact, few would have any.
months = st.builds(month, st.integers(0, 2**32), st.integers(0, 30))
CLASS = rate_class_of(simple(factors={"holiday": "2"}, chat={"per_contact": "1"}), HOURS, BERLIN)


def priced_lines(records: Sequence[UsageRecord], plan: Plan) -> list[Line]:
    return rate(totals_of(records, plan, CLASS), plan, WHOLE)


@given(plans(), months, st.randoms(use_true_random=False))
def test_the_order_of_records_changes_nothing(plan: Plan, records: list[UsageRecord], random: Any) -> None:
    mixed = list(records)
    random.shuffle(mixed)
    assert priced_lines(records, plan) == priced_lines(mixed, plan)


@given(plans(), months, st.integers(0, 25))
def test_totals_of_parts_add_up_and_come_apart(plan: Plan, records: list[UsageRecord], cut: int) -> None:
    one, other = totals_of(records[:cut], plan, CLASS), totals_of(records[cut:], plan, CLASS)
    both = totals_of(records, plan, CLASS)
    assert one + other == both
    assert both - other == one
    assert rate(one + other, plan, WHOLE) == priced_lines(records, plan)


@given(plans(), months, months)
def test_what_comes_late_is_the_difference_to_what_was_booked(
    plan: Plan, booked: list[UsageRecord], late: list[UsageRecord]
) -> None:
    """f(A) + delta(B) = f(A∪B): reversal of what was booked, and the cumulative lines."""
    known = {record.contact for record in booked}
    late = [record for record in late if record.contact not in known]
    before, after = priced_lines(booked, plan), priced_lines([*booked, *late], plan)
    delta = net_of(after, "EUR") - net_of(before, "EUR")
    assert net_of(before, "EUR") + delta == net_of(priced_lines([*late, *booked], plan), "EUR")


@given(plans(), months)
def test_taking_everything_back_leaves_nothing(plan: Plan, records: list[UsageRecord]) -> None:
    back = [reversal([record]) for record in records]
    nothing = totals_of([*records, *back], plan, CLASS)
    assert (nothing.of, nothing.short) == ({}, {})


@given(plans(), months)
def test_the_audit_rates_as_the_totals_do_and_its_contacts_add_up(plan: Plan, records: list[UsageRecord]) -> None:
    found = audit(records, plan, WHOLE, rate_class=CLASS)
    summed = totals_of(records, plan, CLASS)
    assert replace(found.totals, digest=summed.digest) == summed
    assert found.lines == rate(summed, plan, WHOLE)
    for line in found.lines:
        explained = found.explain(line)
        if explained is None or not line.contacts:
            continue
        if line.unit == plan_unit(plan, line):
            assert (len(explained), sum(explained.billed)) == (line.contacts, line.used)
        for place in range(len(explained)):
            assert sum(where.quantity for where in explained.where(place)) == explained.billed[place]


def plan_unit(plan: Plan, line: Line) -> str:
    charge = plan.charge(line.kind)
    return charge.unit if charge else ""


@given(plans(), months)
def test_many_are_counted_as_one_is(plan: Plan, records: list[UsageRecord]) -> None:
    for charge in plan.charges:
        found = column(records, charge, plan)
        singly = [one for record in records for one in counted(record, plan) if one.charge == charge.id]
        assert list(zip(found.raw, found.billed, strict=True)) == [(one.raw, one.billed) for one in singly]
        assert [found.free.get(place, "") for place in range(len(singly))] == [one.free for one in singly]


@given(plans(), months)
def test_quantity_times_price_is_the_amount_and_used_less_included_the_quantity(
    plan: Plan, records: list[UsageRecord]
) -> None:
    lines = priced_lines(records, plan)
    for line in lines:
        assert line.amount == price(line.quantity, line.unit_price, line.base_quantity)
        assert not line.unit_price.amount.is_signed()
    for charge in plan.charges:
        own = [line for line in lines if line.kind == charge.id and line.unit == charge.unit]
        if own:
            assert sum(line.used - line.included for line in own if line.contacts or line.used) >= 0
            first = {line.rate_class: line for line in reversed(own)}
            over = sum(line.used - line.included for line in first.values())
            assert over == sum(line.quantity for line in own)


@given(plans(), months, st.builds(contact, st.builds(Random, st.integers(0, 2**32))))
def test_one_more_contact_never_makes_graduated_prices_cheaper(
    plan: Plan, records: list[UsageRecord], more: UsageRecord
) -> None:
    plain = replace(
        plan,
        charges=tuple(
            replace(charge, counting=replace(charge.counting, short_free=0))
            for charge in plan.charges
            if not getattr(charge.pricing, "volume", False) and not getattr(charge.pricing, "top", False)
        ),
        band=None,
    )
    assert (
        net_of(priced_lines([*records, more], plain), "EUR").minor >= net_of(priced_lines(records, plain), "EUR").minor
    )


@given(priced("per_contact", places=2), st.integers(0, 200), st.integers(0, 30))
def test_lines_come_to_what_the_price_functions_say(chat: dict[str, Any], number: int, included: int) -> None:
    """With prices that need no rounding: exactly."""
    plan = simple(chat=chat | {"included": included})
    over = max(0, number - included)
    match plan.charges[0].pricing:
        case Unit(unit_price):
            expected = over * Fraction(unit_price.amount)
        case Blocked() as blocked:
            expected = cost((tiers.top_block if blocked.top else tiers.blocks)(over, blocked.blocks))
        case Tiered() as tiered:
            priced_by = tiers.volume if tiered.volume else tiers.graduated
            expected = cost(priced_by([over], tiered.tiers)[0])
    found = rate(totals(chat=(number, number)), plan, WHOLE)
    assert net_of((line for line in found if line.kind == "chat"), "EUR").minor == expected * 100


@given(plans(), months)
def test_the_band_counts_each_handled_contact_once(plan: Plan, records: list[UsageRecord]) -> None:
    handled = [record for record in records if record.meter in (Meter.VOICE, Meter.CHAT, Meter.POST)]
    wanted = [record for record in handled if record.dimensions.get("disposition") != "spam"]
    assert totals_of(records, plan).total(BAND).billed == (len(wanted) if plan.band else 0)


PERIODS = [
    BillingPeriod.month(2024, 2, "Europe/Paris"),  # a leap month
    BillingPeriod.month(2026, 2, "America/New_York"),
    BillingPeriod.month(2026, 3, "Europe/Paris"),  # clocks go forward
    BillingPeriod.month(2026, 10, "Europe/London"),  # and back
    BillingPeriod.month(2026, 9, "America/Santiago"),  # at midnight
    BillingPeriod.month(2026, 1, "Europe/Berlin", anchor_day=31),
]


@given(st.sampled_from(PERIODS), st.lists(st.integers(-5, 40), min_size=1, max_size=4), st.integers(0, 10**6))
def test_segments_tile_the_period_and_their_parts_add_up(period: BillingPeriod, starts: list[int], whole: int) -> None:
    versions = [
        (period.first_day + timedelta(days=start), simple(base=str(number)))
        for number, start in enumerate(sorted(starts))
    ]
    found = segments(period, versions)
    covered = [segment.first_day + timedelta(days=ahead) for segment, _ in found for ahead in range(segment.length)]
    first = max(period.first_day, versions[0][0])
    assert covered == [first + timedelta(days=ahead) for ahead in range(max(0, (period.last_day - first).days + 1))]
    for segment, _ in found:
        assert sum(segment.days) == period.days
        assert (segment.last_day - segment.first_day).days + 1 == segment.length
    if found and found[0][0].first_day == period.first_day:
        assert sum(segment.share(whole) for segment, _ in found) == whole


@given(st.sampled_from(PERIODS), st.integers(1, 27), st.integers(0, 10**5))
def test_a_base_fee_cut_in_two_adds_up_to_the_fee(period: BillingPeriod, cut: int, cents: int) -> None:
    base = str(Decimal(cents).scaleb(-2))
    one, other = simple(base=base, name="One"), simple(base=base, name="Other")
    found = segments(period, [(period.first_day, one), (period.first_day + timedelta(days=cut), other)])
    lines = [line for segment, plan in found for line in rate(Totals(), plan, segment)]
    assert net_of(lines, "EUR").minor == cents
    assert [line.quantity for line in lines] == [cut, period.days - cut]
    for line in lines:
        assert abs(line.amount.minor - price(line.quantity, line.unit_price, line.base_quantity).minor) <= 1


@given(st.sampled_from([VOICE_ESSENTIALS, OMNI_SHARED, DEDICATED]), st.integers(1, 29))
def test_a_change_that_changes_nothing_costs_nothing(said: dict[str, Any], cut: int) -> None:
    """The same terms from another day on are no other contract: no cut, no proration."""
    plan = planned(said)
    found = segments(NOVEMBER, [(date(2026, 1, 1), plan), (NOVEMBER.first_day + timedelta(days=cut), planned(said))])
    assert found == [(WHOLE, plan)]


def test_a_client_that_starts_in_the_month_pays_its_days_of_it() -> None:
    ((segment, plan),) = segments(PERIODS[0], [(date(2024, 2, 20), simple(base="29"))])
    (base,) = rate(Totals(), plan, segment)
    assert (base.quantity, base.base_quantity, base.amount.text()) == (10, 29, "10.00")


@pytest.mark.parametrize(("proration", "amount"), [("days", "15.00"), ("full", "30.00"), ("none", "0.00")])
def test_proration_is_a_term_of_the_contract(proration: str, amount: str) -> None:
    how = simple(base="30", proration=proration)
    half = Segment(label="2026-11", first_day=date(2026, 11, 16), last_day=date(2026, 11, 30), days=(15, 15), place=1)
    assert rate(Totals(), how, half)[0].amount.text() == amount


@given(st.integers(0, NOVEMBER.span.seconds - 1))
@example(17 * 86_400)
@example(18 * 86_400 - 1)
@example(86_400 + 8 * 3600)
@example(86_400 + 18 * 3600)
def test_the_hour_decides_the_rate_class(second: int) -> None:
    at = NOVEMBER.start + timedelta(seconds=second)
    local = at.astimezone(BERLIN)
    open_ = local.weekday() < 5 and 8 <= local.hour < 18
    expected = HOLIDAY if local.date() == date(2026, 11, 18) else USUAL if open_ else AFTER_HOURS
    assert CLASS(at) == expected


def test_own_usual_hours_of_a_plan_come_before_the_clients() -> None:
    always = Hours(
        **{f"{day}day": (Span("00:00-24:00"),) for day in ("mon", "tues", "wednes", "thurs", "fri", "satur", "sun")}
    )
    how = simple(
        chat={"per_contact": "1"},
        factors={"after_hours": "2"},
        usual_hours={"monday": ["09:00-10:00"]},
    )
    classes = rate_class_of(how, always, BERLIN)
    monday = NOVEMBER.start + timedelta(days=1)
    assert [classes(monday + timedelta(hours=hour)) for hour in (8, 9, 10)] == [AFTER_HOURS, USUAL, AFTER_HOURS]


def test_totals_name_what_they_count() -> None:
    call = used(Meter.VOICE, 90)
    assert totals_of([call], simple(voice={"per_minute": "1"})).of == {Key("voice_seconds", USUAL): (1, 90, 90)}
