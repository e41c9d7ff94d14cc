"""Service credit and bonus: from waiting times to a line of the invoice, with the contacts behind it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.billing.model.books import sums_of
from chalicelib.billing.model.invoice import Given
from chalicelib.billing.model.service_level import Level, levels, percent_of
from chalicelib.billing.model.terms import Agreed, terms_of
from chalicelib.kernel.channel import Channel
from chalicelib.kernel.ids import TenantId
from chalicelib.kernel.period import BillingPeriod
from chalicelib.tenancy.model.form import Amount
from chalicelib.tenancy.model.plan import CreditStep, ServiceCredit
from chalicelib.tenancy.model.tenant import Target, Tenant
from tests.fakes.counting_house import LONG_AGO, CountingHouse
from tests.fakes.memory import MemoryDatabase
from tests.fakes.usage import company, handled, record, refused, terms, told

SHOP = TenantId("shop")
OCTOBER = datetime(2026, 10, 5, 9, 0, tzinfo=UTC)
IN_NOVEMBER = datetime(2026, 11, 6, tzinfo=UTC)
AGREED = ServiceCredit(
    credit=(
        CreditStep(points=Amount("5"), percent=Amount("5")),
        CreditStep(points=Amount("10"), percent=Amount("10")),
    ),
    bonus=(CreditStep(points=Amount("15"), percent=Amount("2")),),
    cap=Amount("15"),
)


def client(service: ServiceCredit | None = AGREED, *, base: str = "1000.00", within_s: int = 20) -> Tenant:
    plan = replace(terms(base=base, per_minute="0"), service=service)
    known = company(SHOP, plan=plan)
    return replace(known, targets={Channel.VOICE: Target(percent=80, within_s=within_s)})


def left(after_s: float, start: datetime) -> tuple:  # type: ignore[type-arg]
    return told(
        (0, "arrived", {}), (0, "queued", {"team": "t"}), (after_s, "abandoned", {"where": "queue"}), start=start
    )


def a_month(house: CountingHouse, *, in_time: int, late: int, left_early: int = 0, left_late: int = 0) -> None:
    waits = [5] * in_time + [60] * late
    for place, wait in enumerate(waits):
        start = OCTOBER + timedelta(minutes=10 * place)
        house.tell(handled(queue=wait, start=start), start, contact=f"v{place}")
    for place, wait in enumerate([4] * left_early + [90] * left_late):
        start = OCTOBER + timedelta(days=3, minutes=place)
        house.tell(left(wait, start), start, contact=f"a{place}")


@pytest.mark.parametrize(
    ("in_time", "late", "left_early", "left_late", "percent"),
    [
        (74, 26, 0, 0, Decimal(-5)),  # six points under
        (75, 25, 0, 0, Decimal(-5)),  # just five
        (76, 24, 0, 0, None),
        (70, 30, 0, 0, Decimal(-10)),
        (10, 90, 0, 0, Decimal(-10)),
        (95, 5, 0, 0, Decimal(2)),
        (94, 6, 0, 0, None),
        (74, 0, 30, 0, Decimal(2)),  # who leaves before the target is over was not failed
        (74, 0, 0, 26, Decimal(-5)),  # who leaves after it was
    ],
)
def test_the_credit_follows_from_the_points_under_the_target(
    in_time: int, late: int, left_early: int, left_late: int, percent: Decimal | None
) -> None:
    house = CountingHouse(MemoryDatabase(), client())
    a_month(house, in_time=in_time, late=late, left_early=left_early, left_late=left_late)
    given = house.drafting.draft(SHOP, "2026-10", IN_NOVEMBER).given
    assert given.service == percent
    assert [level.offered for level in given.levels] == [in_time + late + left_late]


def test_six_points_under_cost_five_percent_and_the_line_names_the_contacts() -> None:
    house = CountingHouse(MemoryDatabase(), client())
    a_month(house, in_time=37, late=13)
    house.invoices.finalise(SHOP, "2026-10", "fiona", IN_NOVEMBER)
    document = house.invoices.document(SHOP, "2026-10")
    place, line = next((at, one) for at, one in enumerate(document["lines"]) if one["kind"] == "service_credit")
    assert (line["amount"], line["contacts"], document["net"]) == (-5_000, 50, 95_000)
    assert "calls 74.00 % within 20 s, agreed 80 %" in line["rule"]
    explained = house.explaining.explain(SHOP, "2026-10", place, IN_NOVEMBER)
    assert explained["of"] == 50
    assert sum(not row["in_time"] for row in explained["contacts"]) == 13
    assert house.replay.replay(SHOP, "2026-10", IN_NOVEMBER).ok


def test_nothing_is_said_of_the_level_while_the_period_runs() -> None:
    house = CountingHouse(MemoryDatabase(), client())
    a_month(house, in_time=1, late=9)
    draft = house.drafting.draft(SHOP, "2026-10", OCTOBER + timedelta(days=9))
    assert (draft.given.service, draft.given.levels[0].in_time) == (None, 1)
    assert not [line for line in draft.as_document()["lines"] if line["kind"] == "service_credit"]


def test_the_worst_channel_decides_unless_it_has_too_few_contacts() -> None:
    found = (
        Level(channel="chat", offered=3, in_time=1, target=80, within_s=60),
        Level(channel="voice", offered=100, in_time=90, target=80, within_s=20),
    )
    month = BillingPeriod.month(2026, 10, "Europe/Berlin")
    for least, percent in ((1, Decimal(-10)), (4, None)):
        agreed = (Agreed(applied=LONG_AGO, tenant=client(replace(AGREED, least=least))),)
        assert percent_of(found, terms_of(month, agreed)) == percent


def test_a_plan_without_the_terms_counts_nothing() -> None:
    house = CountingHouse(MemoryDatabase(), client(None))
    a_month(house, in_time=0, late=3)
    draft = house.drafting.draft(SHOP, "2026-10", IN_NOVEMBER)
    assert draft.given == Given()
    assert not [name for name in draft.usage.sums.named if name.startswith("level")]
    assert "levels" not in draft.as_document()["inputs"]["given"]


@pytest.mark.parametrize("came", [{"direction": "outbound"}, {"direction": "transfer"}, {"source_id": "c1/voicemail"}])
def test_whom_we_call_or_hand_on_and_who_left_a_message_waited_for_nobody(came: dict[str, str]) -> None:
    house = CountingHouse(MemoryDatabase(), client())
    a_month(house, in_time=80, late=20)
    before = house.drafting.draft(SHOP, "2026-10", IN_NOVEMBER).given.levels
    for place, wait in enumerate([1, 300] * 20):
        start = OCTOBER + timedelta(days=1, minutes=10 * place)
        first = told((0, "arrived", came), start=start)
        house.tell((*first, *handled(queue=wait, start=start)[1:]), start, contact=f"o{place}")
    assert house.drafting.draft(SHOP, "2026-10", IN_NOVEMBER).given.levels == before
    assert before[0].offered == 100


def test_a_colleague_whom_an_agent_gave_up_is_no_customer_who_left() -> None:
    house = CountingHouse(MemoryDatabase(), client())
    a_month(house, in_time=80, late=20)
    before = house.drafting.draft(SHOP, "2026-10", IN_NOVEMBER).given.levels
    for place in range(20):
        start = OCTOBER + timedelta(days=1, minutes=10 * place)
        *facts, last = left(300, start)
        house.tell((*facts, replace(last, by="agent:maria")), start, contact=f"g{place}")
    assert house.drafting.draft(SHOP, "2026-10", IN_NOVEMBER).given.levels == before


def test_another_target_counts_the_month_anew() -> None:
    house = CountingHouse(MemoryDatabase(), client())
    a_month(house, in_time=1, late=9)
    changed = replace(client(within_s=120), contract=client().contract)
    house.apply(LONG_AGO + timedelta(days=1), changed)
    (level,) = house.drafting.draft(SHOP, "2026-10", IN_NOVEMBER).given.levels
    assert (level.in_time, level.within_s) == (10, 120)


@given(waits=st.lists(st.tuples(st.integers(0, 40), st.booleans()), max_size=30))
def test_the_level_is_that_of_the_definition(waits: list[tuple[int, bool]]) -> None:
    records = [
        record(handled(queue=wait) if answered else left(wait, OCTOBER), contact=f"v{place}")
        for place, (wait, answered) in enumerate(waits)
    ]
    month = BillingPeriod.month(2026, 10, "Europe/Berlin")
    agreed = terms_of(month, (Agreed(applied=LONG_AGO, tenant=client()),))
    everything = [*records, record(refused(), contact="r", channel=Channel.EMAIL)]
    found = levels(sums_of(everything, agreed).named, agreed)
    in_time = sum(answered and wait <= 20 for wait, answered in waits)
    offered = sum(answered or wait > 20 for wait, answered in waits)
    assert [(level.in_time, level.offered) for level in found] == ([(in_time, offered)] if offered else [])
