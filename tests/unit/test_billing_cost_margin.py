"""The cloud's bill, common costs, exchange and margins; and seats against minutes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.billing.model.agent_time import Share
from chalicelib.billing.model.cost.allocation import GENERAL, UNUSED, Allocated, Kind, Origin, share
from chalicelib.billing.model.cost.margin import Earned, Exchange, FxRate, converted, earned, profit_and_loss
from chalicelib.billing.model.cost.overhead import Common, Driver, overhead
from chalicelib.billing.model.cost.platform import Rate, RateCard, Unit, direct, held, units
from chalicelib.billing.model.ledger import Meter, UsageRecord
from chalicelib.billing.service.revenue import Invoiced
from chalicelib.kernel.channel import Channel
from chalicelib.kernel.errors import Invalid
from chalicelib.kernel.ids import ContactId, TenantId
from chalicelib.kernel.money import Money, UnitPrice, half_up
from tests.fakes.usage import CLINIC, NOON, PLUMBER, SHOP

UTC_ = ZoneInfo("UTC")
FIRST, LAST = date(2026, 11, 1), date(2026, 11, 30)


def call(contact: str, talk: int, *, at: datetime = NOON, meter: Meter = Meter.VOICE, **said: Any) -> UsageRecord:
    return UsageRecord(
        tenant=SHOP,
        contact=ContactId(contact),
        meter=meter,
        channel=said.pop("channel", Channel.VOICE),
        usage_at=at,
        opened_at=at - timedelta(hours=1),
        quantity=said.pop("quantity", talk),
        seconds={"queue": 10, "talk": talk, "wrap": 40},
        **said,
    )


VOICE = Rate(
    id="voice",
    text="",
    channel="voice",
    unit=Unit.SECOND,
    parts=("queue", "talk"),
    price=UnitPrice.of("0.038", "USD"),
    base_quantity=60,
    least=60,
)
SMS = Rate(id="sms", text="", channel="message", unit=Unit.COUNT, meters=("sms",), price=UnitPrice.of("0.014", "USD"))
CHAT = Rate(id="chat", text="", channel="chat", unit=Unit.CONTACT, each=20, price=UnitPrice.of("0.010", "USD"))
CARD = RateCard(first_day=date(2026, 1, 1), source="list", rates=(VOICE, SMS, CHAT))


def used(*records: UsageRecord, card: RateCard = CARD) -> dict[str, int]:
    cards = held([card], FIRST, LAST)
    return {line.rate: amount for line, amount in units(records, cards, UTC_).items()}


def test_a_call_costs_from_its_queue_to_its_end_and_a_minute_at_least() -> None:
    assert used(call("a", 110), call("b", 5)) == {"voice": 120 + 60}


def test_a_contact_with_two_meters_was_one_call_to_the_cloud() -> None:
    assert used(call("a", 110), call("a", 110, meter=Meter.ABANDONED)) == {"voice": 120}


def test_texts_are_counted_beside_the_call_that_they_belong_to() -> None:
    assert used(call("a", 110), call("a", 110, meter=Meter.SMS, quantity=3)) == {"voice": 120, "sms": 3}


def test_what_was_taken_back_costs_nothing_and_what_stands_instead_does() -> None:
    told = call("a", 110)
    back, again = call("a", 110, revision=2, reverses=1), call("a", 230, revision=3)
    assert used(told, back) == {}
    assert used(again, told, back) == {"voice": 240}


def test_chats_are_counted_in_messages() -> None:
    assert used(call("c", 1, meter=Meter.CHAT, channel=Channel.CHAT)) == {"chat": 20}


def test_a_new_card_holds_from_its_day_in_the_operators_zone() -> None:
    dearer = RateCard(first_day=date(2026, 11, 11), source="list", rates=(VOICE,))
    cards = held([dearer, CARD], FIRST, LAST)
    assert [(one.first_day.day, one.last_day.day) for one in cards] == [(1, 10), (11, 30)]
    late = datetime(2026, 11, 11, 3, tzinfo=UTC)  # the evening of the 10th in Chicago
    found = units([call("a", 110, at=late)], cards, ZoneInfo("America/Chicago"))
    assert [line.card for line in found] == [0]
    assert [line.card for line in units([call("a", 110, at=late)], cards, UTC_)] == [1]


def test_days_before_the_first_card_cost_nothing_yet() -> None:
    assert held([CARD], date(2025, 12, 1), date(2025, 12, 31)) == []
    (one,) = held([CARD], date(2025, 12, 15), date(2026, 1, 14))
    assert (one.first_day, one.last_day) == (date(2026, 1, 1), date(2026, 1, 14))


def test_a_line_of_the_clouds_bill_is_rounded_once_and_shared_by_use() -> None:
    """1000 s at 0.038 a minute are 63.33 cents; per client rounded they would be 21 + 21 + 21 = 63, by luck."""
    cards = held([CARD], FIRST, LAST)
    records = {tenant: units([call("a", n)], cards, UTC_) for tenant, n in ((SHOP, 90), (PLUMBER, 440), (CLINIC, 440))}
    (bill,) = direct(records, cards, "2026-11")
    assert (bill.origin.weight, bill.origin.cost) == (1000, Money(63, "USD"))
    assert {row.tenant: (row.weight, row.minor) for row in bill.rows}[SHOP] == (100, 6)
    assert sum(row.minor for row in bill.rows) == 63


# Common costs


def common(amount: str, first_day: date = FIRST, driver: Driver = Driver.EVEN) -> Common:
    return Common(id="seats", text="Seats", first_day=first_day, per_month=UnitPrice.of(amount, "USD"), driver=driver)


def shared(*costs: Common, last_day: date = LAST, **drivers: Mapping[Share, int]) -> list[Allocated]:
    weights = {Driver(name): weight for name, weight in drivers.items()}
    return overhead(costs, weights, first_day=FIRST, last_day=last_day, days_of_period=30, label="2026-11")


def test_a_common_cost_is_borne_by_its_driver_and_unused_capacity_bears_its_part() -> None:
    seconds = {Share(SHOP, "voice"): 100, Share(SHOP, "chat"): 100, Share(UNUSED, "idle"): 200}
    (one,) = shared(common("100.00", driver=Driver.AGENT_SECONDS), agent_seconds=seconds)
    assert {(row.tenant, row.channel): row.minor for row in one.rows} == {
        (SHOP, "voice"): 2500,
        (SHOP, "chat"): 2500,
        (UNUSED, "idle"): 5000,
    }


def test_a_common_cost_is_by_the_day_where_it_changes() -> None:
    found = shared(common("300.00"), common("600.00", date(2026, 11, 11)), even={Share(SHOP, GENERAL): 1})
    assert [(one.origin.last_day.day, one.origin.cost.minor) for one in found] == [(10, 10_000), (30, 40_000)]
    (so_far,) = shared(common("300.00"), last_day=date(2026, 11, 15), even={Share(SHOP, GENERAL): 1})
    assert so_far.origin.cost.minor == 15_000


def test_a_common_cost_that_nothing_drives_is_of_unused_capacity() -> None:
    (one,) = shared(common("300.00", driver=Driver.CONTACTS))
    assert [(row.tenant, row.minor) for row in one.rows] == [(UNUSED, 30_000)]


# Margins

EURO = FxRate(base="EUR", quote="USD", day=date(2026, 11, 1), rate=Decimal("1.1"), source="bank")


def cost(kind: Kind, minor: int, currency: str, **weights: int) -> Allocated:
    where = {Share(TenantId(UNUSED if name == "unused" else name), "voice"): weight for name, weight in weights.items()}
    origin = Origin(
        id=f"{kind}|{minor}|{currency}",
        kind=kind,
        subject="",
        text="",
        method="",
        first_day=FIRST,
        last_day=LAST,
        weight=sum(weights.values()),
        cost=Money(minor, currency),
    )
    return share(origin, where)


def income(tenant: TenantId, currency: str, **net: int) -> Earned:
    return Earned(tenant=tenant, document="draft", currency=currency, net=net)


def test_margins_add_up_to_the_result_with_unused_capacity_as_a_row() -> None:
    result = profit_and_loss(
        [income(SHOP, "USD", voice=50_000, general=10_000), income(CLINIC, "EUR", voice=20_000)],
        [
            cost(Kind.LABOUR, 30_000, "USD", shop=2, unused=1),
            cost(Kind.LABOUR, 10_000, "EUR", clinic=1),
            cost(Kind.DIRECT, 1_000, "USD", shop=1),
            cost(Kind.OVERHEAD, 3_000, "USD", shop=1, clinic=1, unused=1),
        ],
        home="USD",
        exchange=Exchange((EURO,)),
        on=LAST,
    )
    margins = {(row.tenant, row.channel): row.margin for row in result.rows}
    assert margins == {
        (CLINIC, "voice"): 22_000 - 11_000 - 1_000,
        (SHOP, "general"): 10_000,
        (SHOP, "voice"): 50_000 - 20_000 - 1_000 - 1_000,
        (UNUSED, "voice"): -10_000 - 1_000,
    }
    assert result.rows[-1].tenant == UNUSED
    assert result.total.margin == 60_000 + 22_000 - 30_000 - 11_000 - 1_000 - 3_000
    assert [(row.tenant, row.margin) for row in result.clients()] == [
        (CLINIC, 10_000),
        (SHOP, 38_000),
        (UNUSED, -11_000),
    ]


kinds = st.sampled_from(Kind)
clients_ = st.sampled_from([SHOP, PLUMBER, CLINIC, UNUSED])
costs_ = st.lists(
    st.tuples(
        kinds,
        st.integers(-(10**6), 10**7),
        st.sampled_from(["USD", "EUR"]),
        st.dictionaries(clients_, st.integers(0, 9_999)),
    ),
    max_size=12,
)
incomes = st.lists(
    st.tuples(clients_, st.sampled_from(["USD", "EUR"]), st.integers(-(10**6), 10**7), st.integers(-(10**5), 10**6)),
    max_size=6,
)


@given(costs_, incomes)
def test_margins_add_up_to_the_result_whatever_happened(
    bills: list[tuple[Kind, int, str, dict[TenantId, int]]], earnings: list[tuple[TenantId, str, int, int]]
) -> None:
    allocated = [cost(kind, minor, currency, **weights) for kind, minor, currency, weights in bills]
    revenue = [income(tenant, currency, voice=one, general=two) for tenant, currency, one, two in earnings]
    result = profit_and_loss(revenue, allocated, home="USD", exchange=Exchange((EURO,)), on=LAST)
    nets: dict[tuple[TenantId, str], int] = {}
    for tenant, currency, one, two in earnings:
        nets[tenant, currency] = nets.get((tenant, currency), 0) + one + two
    expected = sum(_dollars(net, currency) for (_, currency), net in nets.items())
    for kind in Kind:
        for currency in ("USD", "EUR"):
            expected -= _dollars(sum(bill[1] for bill in bills if (bill[0], bill[2]) == (kind, currency)), currency)
    assert result.total.margin == sum(row.margin for row in result.rows) == expected
    assert sum(row.margin for row in result.clients()) == expected


def _dollars(minor: int, currency: str) -> int:
    return minor if currency == "USD" else half_up(minor * 11, 10)


@given(st.lists(st.tuples(st.integers(-500, 10_000), st.integers(1, 10_000)), min_size=1, max_size=4))
def test_what_was_invoiced_and_credited_in_full_in_any_parts_leaves_nothing(lines: list[tuple[int, int]]) -> None:
    channels = [f"channel-{n}" for n in range(len(lines))]
    whole = {channel: amount for channel, (amount, _) in zip(channels, lines, strict=True)}
    first = {channel: -min(part, amount) for channel, (amount, part) in zip(channels, lines, strict=True)}
    rest = {channel: -amount - first[channel] for channel, amount in whole.items()}
    revenue = [income(CLINIC, "EUR", **net) for net in (whole, first, rest)]
    result = profit_and_loss(revenue, [], home="USD", exchange=Exchange((EURO,)), on=LAST)
    assert (result.rows, result.total.revenue) == ((), 0)


def test_the_rates_that_were_used_are_said_and_no_others() -> None:
    yen = FxRate(base="JPY", quote="USD", day=FIRST, rate=Decimal("0.0065"), source="bank")
    how: dict[str, Any] = {"home": "USD", "exchange": Exchange((EURO, yen)), "on": LAST}
    assert profit_and_loss([income(SHOP, "USD", voice=1)], [], **how).rates == ()
    assert profit_and_loss([income(CLINIC, "EUR", voice=1)], [], **how).rates == (EURO,)
    assert profit_and_loss([], [cost(Kind.LABOUR, 1, "JPY", shop=1)], **how).rates == (yen,)


def test_a_currency_without_a_rate_is_told_with_the_fix() -> None:
    with pytest.raises(Invalid, match="no rate from EUR to USD on 2026-10-31"):
        profit_and_loss(
            [income(SHOP, "EUR", voice=1)], [], home="USD", exchange=Exchange((EURO,)), on=date(2026, 10, 31)
        )


def test_the_newest_rate_until_the_day_is_taken_and_exponents_are_minded() -> None:
    older = FxRate(base="EUR", quote="USD", day=date(2026, 1, 1), rate=Decimal("1.2"), source="bank")
    yen = FxRate(base="JPY", quote="USD", day=FIRST, rate=Decimal("0.0065"), source="bank")
    exchange = Exchange((EURO, older, yen))
    assert exchange.factor("EUR", "USD", LAST) == Fraction("1.1")
    assert exchange.factor("EUR", "USD", date(2026, 10, 1)) == Fraction("1.2")
    assert exchange.factor("JPY", "USD", LAST) * 10_000 == 6_500  # 10,000 yen are 65.00 dollars


@given(
    st.dictionaries(st.integers(0, 40), st.integers(-(10**7), 10**7), min_size=1),
    st.fractions(min_value=Fraction(1, 1000), max_value=1000),
)
def test_no_cent_appears_or_goes_in_an_exchange(amounts: dict[int, int], factor: Fraction) -> None:
    parts = converted({Share(TenantId(f"t{n}"), "voice"): amount for n, amount in amounts.items()}, factor)
    exact = sum(amounts.values()) * factor
    assert abs(sum(parts.values()) - exact) <= Fraction(1, 2)
    for n, amount in amounts.items():
        assert abs(parts[Share(TenantId(f"t{n}"), "voice")] - amount * factor) <= 1


def document(kind: str, lines: Mapping[str, int], net: int) -> dict[str, Any]:
    return {
        "document": kind,
        "number": "ML-7" if kind != "draft invoice" else None,
        "client": {"tenant": "shop"},
        "currency": {"code": "USD", "exponent": 2},
        "lines": [{"kind": name, "amount": amount} for name, amount in lines.items()],
        "net": net,
    }


def test_revenue_is_the_lines_of_the_documents_by_channel() -> None:
    lines = {"base": 215_000, "voice_seconds": 34_873, "chat": 9_450, "bot_chat": 4_500, "service_credit": -14_081}
    found = earned(document("invoice", lines, 249_742))
    assert found.net == {GENERAL: 200_919, "voice": 34_873, "chat": 13_950}
    assert found.document == "ML-7"
    assert earned(document("draft invoice", {}, 0)).document == "draft invoice"


def test_a_credit_note_takes_revenue_back() -> None:
    assert earned(document("credit note", {"voice_seconds": 1_822}, 1_822)).net == {"voice": -1_822}


def test_a_document_whose_lines_are_not_its_net_is_refused() -> None:
    with pytest.raises(Invalid, match="the lines of ML-7 of shop are not its net amount"):
        earned(document("invoice", {"base": 100}, 99))


# Where revenue comes from


class Papers:
    """One client's invoice and credit note, and the drafts of others."""

    def __init__(self) -> None:
        self.papers = {
            "i.json": document("invoice", {"voice_seconds": 9_000}, 9_000),
            "c.json": document("credit note", {"voice_seconds": 500}, 500),
        }

    def get(self, tenant: TenantId, label: str) -> Any:
        return SimpleNamespace(key="i.json") if (tenant, label) == (SHOP, "2026-11") else None

    def credits(self, tenant: TenantId, label: str) -> list[Any]:
        return [SimpleNamespace(numbered=SimpleNamespace(key="c.json"))]

    def read(self, key: str) -> Mapping[str, Any]:
        return self.papers[key]

    def draft(self, tenant_id: TenantId, label: str, now: datetime) -> Any:
        return SimpleNamespace(as_document=lambda: document("draft invoice", {"base": 100}, 100))


def test_a_month_earned_its_invoice_less_what_was_credited_and_before_that_its_draft() -> None:
    papers = Papers()
    revenue = Invoiced(papers, papers, papers)
    november = [dict(earned(one).net) for one in revenue.documents(SHOP, "2026-11", NOON)]
    december = [dict(earned(one).net) for one in revenue.documents(SHOP, "2026-12", NOON)]
    assert (november, december) == ([{"voice": 9_000}, {"voice": -500}], [{GENERAL: 100}])
