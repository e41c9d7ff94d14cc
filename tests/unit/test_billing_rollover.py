"""Units that move on where a plan changes within the month: each segment's own, and none of them twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import accumulate
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.billing.model.books import Sums
from chalicelib.billing.model.invoice import Given, Usage
from chalicelib.billing.model.plan import Plan
from chalicelib.billing.model.pricing.allowance import Grant
from chalicelib.billing.model.segment import segments
from chalicelib.billing.model.terms import terms_by
from chalicelib.kernel.channel import Channel
from chalicelib.tenancy.model.form import Amount
from chalicelib.tenancy.model.plan import CountTerms, Rollover
from tests.fakes.counting_house import CountingHouse
from tests.fakes.memory import MemoryDatabase
from tests.fakes.plans import NOVEMBER, simple
from tests.fakes.usage import CONTRACT, SHOP, company, handled, terms

HALF = date(2026, 11, 16)


def chats(included: int, percent: int | None = 50, price: str = "4.00", months: int = 1) -> Plan:
    rollover = {} if percent is None else {"rollover": {"percent": str(percent), "months": months}}
    return simple(chat={"per_contact": price, "included": included, **rollover})


def used(plans: list[tuple[date, Plan]], *chats: int) -> Usage:
    """So many chats in each segment of November."""
    cut = segments(NOVEMBER, plans)
    named = {
        f"charge|{place}|chat|usual|{what}": number
        for place, number in enumerate(chats)
        for what in ("contacts", "raw", "billed")
        if number
    }
    whole = terms_by(plans[0][1], NOVEMBER)
    return Usage(period=NOVEMBER, terms=replace(whole, segments=tuple(cut)), sums=Sums(named=named))


def included(usage: Usage, *grants: Grant) -> list[int]:
    """What was covered in each segment."""
    return [line.included for line in usage.lines(Given(grants=grants), complete=True) if line.kind == "chat"]


def moved(usage: Usage, *grants: Grant) -> dict[str, int]:
    """Units by the last month in which they can be used."""
    found: dict[str, int] = {}
    for grant in usage.carried(Given(grants=grants)):
        found[grant.until] = found.get(grant.until, 0) + grant.units
    return found


def test_each_segment_leaves_what_its_own_days_allow() -> None:
    """100 a month, half of it may move on: of 50 in the first half at most 25, of 50 in the second at most 25."""
    plans = [(NOVEMBER.first_day, chats(100)), (HALF, chats(100, price="5.00"))]
    assert moved(used(plans, 0, 0)) == {"2026-12": 50}
    assert moved(used(plans, 40, 0)) == {"2026-12": 10 + 25}
    assert moved(used(plans, 0, 60)) == {"2026-12": 25}


def test_a_short_segment_of_a_large_plan_leaves_no_more_than_its_part() -> None:
    """300 a month for the last 5 of 30 days are 50, of which half may move on; the plan before lets nothing move."""
    plans = [(NOVEMBER.first_day, chats(60, percent=None)), (date(2026, 11, 26), chats(300))]
    assert moved(used(plans, 0, 0)) == {"2026-12": 25}
    assert moved(used(plans, 0, 30)) == {"2026-12": 20}


def test_units_that_moved_here_may_be_used_until_the_month_is_over() -> None:
    """Ten came from October: four are used in the first half, six in the second, before what that includes."""
    plans = [(NOVEMBER.first_day, chats(0, percent=None)), (HALF, chats(20))]
    usage = used(plans, 4, 9)
    assert included(usage, Grant("chat", "2026-11", 10)) == [4, 9]
    assert moved(usage, Grant("chat", "2026-11", 10)) == {"2026-12": 5}


def test_units_that_last_longer_move_on_also_through_a_change() -> None:
    plans = [(NOVEMBER.first_day, chats(100, months=2)), (HALF, chats(100, price="5.00", months=2))]
    assert moved(used(plans, 3, 0), Grant("chat", "2026-12", 10)) == {"2026-12": 7, "2027-01": 50}


@given(
    st.lists(st.tuples(st.integers(0, 90), st.sampled_from([None, 0, 10, 50, 100])), min_size=1, max_size=4),
    st.lists(st.integers(1, 25), min_size=3, max_size=3, unique=True),
    st.lists(st.integers(0, 80), min_size=4, max_size=4),
    st.lists(st.tuples(st.sampled_from(["2026-11", "2026-12"]), st.integers(1, 40)), max_size=3),
)
def test_what_is_used_moved_on_and_lost_is_what_there_was(
    said: list[tuple[int, int | None]], days: list[int], used_: list[int], came: list[tuple[str, int]]
) -> None:
    """No unit twice, and none out of nothing; of each segment's own no more moves on than its plan lets."""
    firsts = [NOVEMBER.first_day, *(date(2026, 11, 1 + day) for day in sorted(days))]
    plans = [
        (day, chats(*one, price=f"{place}.00")) for place, (day, one) in enumerate(zip(firsts, said, strict=False))
    ]
    usage = used(plans, *used_[: len(plans)])
    grants = [Grant("chat", until, units) for until, units in came]
    cut = usage.terms.segments
    allowed = [segment.share(plan.charges[0].included) for segment, plan in cut]
    consumed = included(usage, *grants)
    granted = sum(units for _, units in came)
    assert all(one <= number for one, number in zip(consumed, used_, strict=False))
    # Step by step: nothing is covered that was not there by then.
    assert all(so_far <= granted + own for so_far, own in zip(accumulate(consumed), accumulate(allowed), strict=True))
    on = usage.carried(Given(grants=tuple(grants)))
    assert sum(consumed) + sum(grant.units for grant in on) <= granted + sum(allowed)
    new = moved(usage, *grants).get("2026-12", 0)
    before = sum(units for until, units in came if until == "2026-12")
    most = [
        int(own * plan.charges[0].rollover.percent / 100) if plan.charges[0].rollover else 0
        for own, (_, plan) in zip(allowed, cut, strict=True)
    ]
    assert new <= before + sum(most)
    # All that was not used and could move on did so: what is lost is above the cap, or over.
    left = [max(0, own - number) for own, number in zip(allowed, used_, strict=False)]
    assert new >= sum(min(one, cap) for one, cap in zip(left, most, strict=True))


def test_the_invoice_after_a_month_with_two_plans_has_what_both_left_and_replays() -> None:
    def agreed(price: str) -> Any:
        rollover = Rollover(percent=Amount("50"), months=1)
        chat = CountTerms(per_contact=Amount(price), included=62, rollover=rollover)
        return replace(terms(base="100.00"), chat=chat)

    shop = company(SHOP, plan=agreed("4.50"))
    house = CountingHouse(MemoryDatabase(), shop)
    later = replace(company(SHOP, plan=agreed("5.00")), contract=replace(CONTRACT, effective_from=date(2026, 10, 16)))
    house.apply(datetime(2026, 10, 10, tzinfo=UTC), later)
    house.tell(handled(start=datetime(2026, 10, 3, 9, tzinfo=UTC)), tenant=SHOP, contact="c1", channel=Channel.CHAT)
    house.invoices.finalise(SHOP, "2026-10", "fiona", datetime(2026, 11, 5, tzinfo=UTC))
    carried = house.invoices.document(SHOP, "2026-10")["carried"]
    assert sum(grant["units"] for grant in carried) == 15 + 16  # half of 30, and half of 32
    house.invoices.finalise(SHOP, "2026-11", "fiona", datetime(2026, 12, 5, tzinfo=UTC))
    assert [proof.why for proof in house.replay.all([SHOP], datetime(2026, 12, 6, tzinfo=UTC))] == ["", ""]
