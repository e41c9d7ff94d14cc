"""What if: the real months of a client on other plans and tiers."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.billing.model.plan import Plan
from chalicelib.billing.model.what_if import best, break_even
from chalicelib.billing.service.plan_desk import PlanDesk
from chalicelib.billing.service.what_if import WhatIf
from chalicelib.billing.store.plans import catalogue
from chalicelib.kernel.channel import Channel
from chalicelib.kernel.errors import Invalid, NotFound, TooLarge
from chalicelib.kernel.ids import TenantId
from chalicelib.kernel.money import Money
from chalicelib.tenancy.model.form import Amount
from chalicelib.tenancy.model.offer import Offer
from chalicelib.tenancy.model.plan import CountTerms, CreditStep, ServiceCredit
from tests.fakes.memory import MemoryDatabase
from tests.fakes.plan_counter import PlanCounter
from tests.fakes.tenants import sample, text_of
from tests.fakes.usage import handled, told

Steps = tuple[tuple[float, str, dict[str, Any]], ...]
SHOP, PLUMBER = TenantId("shop"), TenantId("plumber")
NOW = datetime(2026, 11, 16, 15, 0, tzinfo=UTC)
SEPTEMBER, OCTOBER = datetime(2026, 9, 8, 15, 0, tzinfo=UTC), datetime(2026, 10, 6, 15, 0, tzinfo=UTC)


@pytest.fixture
def counter() -> PlanCounter:
    """A shop with 20 h of calls and 160 chats in October, and nothing before but two calls in September."""
    counter = PlanCounter(MemoryDatabase(), sample("shop"), sample("plumber"), now=NOW)
    for place in range(20):
        start = OCTOBER + timedelta(days=place % 3, minutes=place)
        counter.tell(handled(talk=3570, wrap=30, start=start), start, contact=f"v{place}")
    for place in range(160):
        start = OCTOBER + timedelta(minutes=place)
        counter.tell(handled(start=start), start, contact=f"c{place}", channel=Channel.CHAT)
    for place in range(2):
        start = SEPTEMBER + timedelta(minutes=place)
        counter.tell(handled(talk=60, start=start), start, contact=f"s{place}")
    return counter


def by_name(document: dict) -> dict:  # type: ignore[type-arg]
    return {one["plan"]: one for one in document["plans"]}


def with_bonus() -> Offer:
    offer = catalogue()["omni_shared"]
    bonus = ServiceCredit(bonus=(CreditStep(points=Amount("1"), percent=Amount("3")),))
    return replace(offer, plan=replace(offer.plan, service=bonus))


def test_a_month_on_its_own_plan_costs_what_its_invoice_says(counter: PlanCounter) -> None:
    """1,200 min: 200 over at 1.45, less 100 that moved from September; of 160 chats 10 over, which moved as well."""
    held = by_name(counter.what_if.compare(SHOP, 1, NOW))["held"]
    assert held["total"] == 215_000 + 29_000 - 14_500
    draft = counter.drafting.draft(SHOP, "2026-10", NOW).as_document()
    assert held["total"] == draft["net"]


def test_a_month_that_nobody_used_or_billed_leaves_nothing_as_on_the_invoice() -> None:
    counter = PlanCounter(MemoryDatabase(), sample("shop"), sample("plumber"), now=NOW)
    for place in range(160):
        start = OCTOBER + timedelta(minutes=place)
        counter.tell(handled(start=start), start, contact=f"c{place}", channel=Channel.CHAT)
    held = by_name(counter.what_if.compare(SHOP, 3, NOW))["held"]["months"]
    assert [month["net"] for month in held] == [215_000, 215_000, 215_000 + 10 * 450]
    assert held[-1]["net"] == counter.drafting.draft(SHOP, "2026-10", NOW).as_document()["net"]


def test_every_plan_has_its_months_and_the_difference(counter: PlanCounter) -> None:
    document = counter.what_if.compare(SHOP, 2, NOW)
    assert document["periods"] == ["2026-09", "2026-10"]
    for plan in document["plans"]:
        held = by_name(document)["held"]["months"]
        assert plan["total"] == sum(month["net"] for month in plan["months"])
        assert [month["difference"] for month in plan["months"]] == [
            month["net"] - before["net"] for month, before in zip(plan["months"], held, strict=True)
        ]
    assert by_name(document)["omni_shared"]["difference"] == 0
    # Calls in the small plan: (72,000 s - 9,000 s) at 1.85 a minute; the chats cost nothing there.
    small = by_name(document)["voice_essentials"]["months"][1]
    assert small["net"] == 32_500 + 194_250
    assert small["refused"] == {"chat": 160}
    assert document["best"] == "held", "whoever is cheaper turns chats away"


def test_what_a_tier_that_was_held_has_let_in_stays_in(counter: PlanCounter) -> None:
    before = by_name(counter.what_if.compare(SHOP, 1, NOW))["held"]
    counter.desk.change(SHOP, offer="voice_essentials", by="carla", now=NOW)
    counter.now = later = datetime(2026, 12, 2, tzinfo=UTC)
    held = by_name(counter.what_if.compare(SHOP, 2, later))["held"]
    assert held["tier"] == "voice"
    assert held["months"][0]["refused"] == {}
    assert held["months"][0]["net"] == before["months"][0]["net"]


def test_a_tier_with_more_channels_lets_in_who_was_refused(counter: PlanCounter) -> None:
    for place in range(5):
        start = OCTOBER + timedelta(minutes=place)
        steps: Steps = ((0, "arrived", {}), (0, "refused", {"reason": "tier", "tier": "voice"}))
        counter.tell(told(*steps, start=start), start, contact=f"m{place}", tenant=PLUMBER, channel=Channel.EMAIL)
    start = OCTOBER
    paused: Steps = ((0, "arrived", {}), (0, "refused", {"reason": "paused", "tier": "voice"}))
    counter.tell(told(*paused, start=start), start, contact="p", tenant=PLUMBER, channel=Channel.EMAIL)
    plans = by_name(counter.what_if.compare(PLUMBER, 1, NOW, given=[with_bonus()]))
    (month,) = plans["omni_shared"]["months"]
    assert month["admitted"] == {"email": 5}
    # 5 of 5 mails in time would be a bonus, if anybody knew how long they would have waited.
    assert [line["kind"] for line in month["lines"] if line["kind"] == "service_credit"] == []
    assert [line["used"] for line in month["lines"] if line["kind"] == "email"] == [5]
    assert plans["held"]["months"][0]["admitted"] == {}


def test_a_tier_can_be_tried_alone(counter: PlanCounter) -> None:
    plans = by_name(counter.what_if.compare(SHOP, 1, NOW, offers=["omni_shared"], tier="voice"))
    (month,) = plans["omni_shared"]["months"]
    assert (month["refused"], month["net"]) == ({"chat": 160}, 215_000 + 29_000 - 14_500)
    with pytest.raises(Invalid, match="tier"):
        counter.what_if.compare(SHOP, 1, NOW, tier="gold")


def test_a_plan_may_be_another_clients_or_a_file(counter: PlanCounter) -> None:
    like = by_name(counter.what_if.compare(SHOP, 1, NOW, given=[counter.what_if.like(PLUMBER)]))
    file = by_name(counter.what_if.compare(SHOP, 1, NOW, given=[counter.what_if.brought(text_of("plumber"))]))
    assert like["plumber"]["total"] == file["given"]["total"] == 32_500 + 194_250 + 500
    with pytest.raises(Invalid, match="per_minute"):
        counter.what_if.brought(text_of("plumber").replace('per_minute = "1.85"', ""))


@pytest.mark.parametrize("months", [0, 13])
def test_so_many_months_cannot_be_asked_for(counter: PlanCounter, months: int) -> None:
    with pytest.raises(Invalid, match="months"):
        counter.what_if.compare(SHOP, months, NOW)


def test_more_traffic_than_can_be_counted_in_time_is_refused_and_the_options_come_without_it(
    counter: PlanCounter,
) -> None:
    small = WhatIf(counter.books, counter.ledger, counter.live, catalogue, most=300)
    with pytest.raises(TooLarge, match="fewer"):
        small.compare(SHOP, 1, NOW)
    desk = PlanDesk(counter.books, counter.switching, small, catalogue)
    assert [one["last_month"] for one in desk.options(SHOP, NOW)["offers"]] == [None] * 3


def test_what_is_not_there_is_not_found(counter: PlanCounter) -> None:
    with pytest.raises(NotFound, match="gold"):
        counter.what_if.compare(SHOP, 1, NOW, offers=["gold"])
    with pytest.raises(NotFound, match="month"):
        counter.what_if.compare(SHOP, 1, datetime(2026, 1, 20, tzinfo=UTC))


def test_seats_are_cheaper_from_the_minute_on_at_which_calls_cost_as_much(counter: PlanCounter) -> None:
    """4 seats × 160 h × 29.50 = 18,880. Minutes cost that from 1,000 + (18,880 - 2,150) / 1.45 = 12,537.93 on."""
    found = break_even(Plan.of(catalogue()["dedicated"].plan), Plan.of(catalogue()["omni_shared"].plan), 72_000)
    assert found is not None
    assert found.break_even == pytest.approx(12_537.93 * 60, abs=1)
    assert not found.dedicated_is_cheaper
    even = counter.what_if.compare(SHOP, 1, NOW)["break_even"]
    pairs = {(one["dedicated_plan"], one["shared_plan"]): one for one in even}
    assert pairs["dedicated", "omni_shared"]["break_even_seconds"] == found.break_even
    assert pairs["dedicated", "omni_shared"]["traffic_seconds"] == 72_000


def test_other_currencies_are_not_compared(counter: PlanCounter) -> None:
    money = {"held": Money(500, "USD"), "x": Money(400, "USD"), "y": Money(1, "EUR")}
    assert best(money, "held") == "x"
    assert best({**money, "z": Money(2, "EUR")}, "held") == "x", "however many others there are"
    clinic = counter.what_if.brought(text_of("clinic"))
    plans = by_name(counter.what_if.compare(SHOP, 1, NOW, given=[clinic]))
    assert plans["given"]["difference"] is None
    cheap = replace(clinic, plan=replace(clinic.plan, base=Amount("1.00")))
    assert counter.what_if.compare(SHOP, 1, NOW, given=[cheap])["best"] == "held"


def test_a_service_level_that_was_missed_is_credited_on_a_plan_that_says_so(counter: PlanCounter) -> None:
    offer = catalogue()["omni_shared"]
    without = replace(offer, id="without", plan=replace(offer.plan, service=None))
    for place in range(300):
        start = OCTOBER + timedelta(hours=1, minutes=place)
        counter.tell(handled(queue=999, talk=1, wrap=0, start=start), start, contact=f"w{place}", channel=Channel.CHAT)
    plans = by_name(counter.what_if.compare(SHOP, 1, NOW, offers=["omni_shared"], given=[without]))
    assert plans["omni_shared"]["total"] == plans["without"]["total"] - round(plans["without"]["total"] / 10)


def test_each_charge_of_the_offer_counts(counter: PlanCounter) -> None:
    offer = catalogue()["omni_shared"]
    dear = replace(offer, id="dear", plan=replace(offer.plan, chat=CountTerms(per_contact=Amount("9.00"))))
    plans = by_name(counter.what_if.compare(SHOP, 1, NOW, given=[dear]))
    assert plans["dear"]["difference"] == 160 * 900
