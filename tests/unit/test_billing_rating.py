from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.billing.model.counting import counted
from chalicelib.billing.model.explain import audit
from chalicelib.billing.model.ledger import Meter, Mode, reversal
from chalicelib.billing.model.line import net_of
from chalicelib.billing.model.metered import carried
from chalicelib.billing.model.plan import Plan
from chalicelib.billing.model.pricing.allowance import Grant
from chalicelib.billing.model.rating import Line, rate, unpriced
from chalicelib.billing.model.totals import totals_of
from chalicelib.kernel.channel import Channel
from chalicelib.kernel.errors import NotFound
from chalicelib.kernel.money import Money
from chalicelib.tenancy.model.plan import WrapUp
from tests.fakes.plans import WHOLE, simple, totals, used
from tests.fakes.usage import handled, plan, record, refused, terms


def line(kind: str, lines: list[Line]) -> Line:
    return next(line for line in lines if line.kind == kind)


def rated(plan: Plan, **quantities: Any) -> list[Line]:
    return rate(totals(**quantities), plan, WHOLE)


def told(lines: list[Line], kind: str) -> list[tuple[int, str, str]]:
    """(quantity, unit price, amount) of the lines of a kind."""
    return [(one.quantity, one.unit_price.text(), one.amount.text()) for one in lines if one.kind == kind]


def billed(call: dict[str, int], disposition: str = "", **voice: Any) -> int:
    how = simple(voice={"per_minute": "1", **voice})
    return counted(used(Meter.VOICE, seconds=call, disposition=disposition), how)[0].billed


CALL = {"talk": 100, "hold": 20, "wrap": 90}


@pytest.mark.parametrize(
    ("talk", "wrap", "voice", "expected"),
    [
        (31, 0, {"initial_interval": 6, "next_interval": 6}, 36),  # VoiceNation
        (85, 0, {"initial_interval": 60, "next_interval": 60}, 120),  # AnswerConnect
        (10, 0, {"initial_interval": 30, "next_interval": 6}, 30),  # Ruby
        (120, 30, {}, 150),  # Specialty Answering
        (120, 90, {"wrap_up_cap": 60}, 180),
        (120, 90, {"wrap_up": "none"}, 120),
        (
            61,
            40,
            {"initial_interval": 60, "next_interval": 60, "wrap_up": "none", "wrap_up_fixed": 60},
            180,
        ),  # Signpost
        (4, 0, {"minimum": 30, "initial_interval": 6, "next_interval": 6}, 30),
        (0, 0, {"minimum": 30, "wrap_up_fixed": 60}, 0),
    ],
)
def test_answering_services_bill_like_this(talk: int, wrap: int, voice: dict[str, Any], expected: int) -> None:
    assert billed({"talk": talk, "hold": 0, "wrap": wrap}, **voice) == expected


def test_hold_can_be_free() -> None:
    assert (billed(CALL), billed(CALL, hold=False)) == (210, 190)


def test_separate_wrap_up_is_a_charge_of_its_own_by_the_second() -> None:
    how = simple(
        voice={"per_minute": "2", "initial_interval": 60, "next_interval": 60}
        | {"wrap_up": "separate", "wrap_up_per_minute": "1", "wrap_up_cap": 80}
    )
    lines = rate(totals_of([used(Meter.VOICE, seconds=CALL)], how), how, WHOLE)
    assert told(lines, "voice_seconds") == [(120, "2", "4.00")]
    assert told(lines, "wrap_up") == [(80, "1", "1.33")]


def test_calls_can_be_sold_by_the_call_together_with_attempts_to_reach_somebody() -> None:
    """Specialty Answering: one call and three attempts are four counts."""
    how = simple(
        voice={"per_minute": "0", "per_call": "1"},
        dial={"per_contact": "1"},
        pools={"counts": {"included": 2, "draws": {"calls": 1, "dial": 1}}},
    )
    records = [used(Meter.VOICE, 300), used(Meter.DIAL, 3)]
    lines = rate(totals_of(records, how), how, WHOLE)
    assert [(one.kind, one.used, one.quantity) for one in lines[2:]] == [("calls", 1, 0), ("dial", 3, 2)]


def test_a_short_call_that_is_free_has_free_wrap_up_and_no_price_of_its_own() -> None:
    how = simple(
        voice={"per_minute": "60", "per_call": "1", "wrap_up": "separate", "wrap_up_per_minute": "60"}
        | {"short_calls": {"free": 1, "below_s": 30}}
    )
    call = used(Meter.VOICE, seconds={"talk": 10, "hold": 0, "wrap": 5})
    assert net_of(audit([call], how, WHOLE).lines, "EUR").minor == 0
    assert net_of(rate(totals_of([call], how), how, WHOLE), "EUR").minor == 0


def test_automation_events_add_seconds() -> None:
    how = simple(voice={"per_minute": "1", "per_event_s": 6})
    call = used(Meter.VOICE, 60)
    with_two = type(call)(**{name: getattr(call, name) for name in call.__slots__} | {"dimensions": {"events": "2"}})
    assert [counted(one, how)[0].billed for one in (call, with_two)] == [60, 72]


@pytest.mark.parametrize(("rule", "expected"), [("down", [61, 61]), ("half_up", [61, 62]), ("up", [62, 62])])
def test_a_part_of_a_second_counts_as_the_contract_says(rule: str, expected: list[int]) -> None:
    lengths = ({**CALL, "talk": 61, "hold": 0, "wrap": 0, "ms": ms} for ms in (400, 500))
    assert [billed(call, sub_second=rule) for call in lengths] == expected


def test_rounding_can_be_of_the_period_and_not_of_each_call() -> None:
    calls = [used(Meter.VOICE, 61, contact=f"v{n}") for n in range(3)]
    step = {"per_minute": "1", "initial_interval": 60, "next_interval": 60}
    each, once = simple(voice=step), simple(voice={**step, "round_each": "period"})
    assert line("voice_seconds", rate(totals_of(calls, each), each, WHOLE)).used == 360
    assert line("voice_seconds", rate(totals_of(calls, once), once, WHOLE)).used == 240


def test_dispositions_can_be_free() -> None:
    how = simple(voice={"per_minute": "1"}, chat={"per_contact": "2"}, non_billable=["spam"])
    spam = [used(Meter.VOICE, 90, disposition="spam"), used(Meter.CHAT, disposition="spam")]
    assert [(one.raw, one.billed, one.free) for each in spam for one in counted(each, how)] == [
        (90, 0, "spam"),
        (1, 0, "spam"),
    ]


def test_the_first_short_calls_of_a_month_are_free_and_long_ones_never() -> None:
    how = simple(voice={"per_minute": "6", "short_calls": {"free": 2, "below_s": 30}})
    calls = [used(Meter.VOICE, seconds, contact=f"v{n}") for n, seconds in enumerate((20, 60, 20, 29, 30))]
    lines = rate(totals_of(calls, how), how, WHOLE)
    assert line("voice_seconds", lines).used == 60 + 29 + 30
    generous = simple(voice={"per_minute": "6", "short_calls": {"free": 9, "below_s": 30}})
    for lines_ in (rate(totals_of(calls, generous), generous, WHOLE), audit(calls, generous, WHOLE).lines):
        assert line("voice_seconds", lines_).used == 60 + 30
    explained = audit(calls, how, WHOLE).explain(lines[1])
    assert explained is not None
    assert [explained.free.get(place, "") for place in range(5)] == ["short_call", "", "short_call", "", ""]


def test_a_short_call_that_was_taken_back_makes_room_for_the_next_one() -> None:
    how = simple(voice={"per_minute": "6", "short_calls": {"free": 1, "below_s": 30}})
    calls = [used(Meter.VOICE, 20 + n, contact=f"v{n}") for n in range(2)]
    records = [*calls, reversal([calls[0]])]
    assert {call.contact: times for call, times in totals_of(records, how).short.items()} == {"v1": 1}
    assert line("voice_seconds", rate(totals_of(records, how), how, WHOLE)).used == 0
    assert line("voice_seconds", audit(records, how, WHOLE).lines).used == 0


def test_included_minutes_come_off_the_month_not_off_the_call() -> None:
    voice = line("voice_seconds", rated(plan(included_minutes=4), voice_seconds=(3, 300)))
    assert (voice.used, voice.included, voice.quantity, voice.amount) == (300, 240, 60, Money(100, "EUR"))


def test_an_allowance_is_not_carried_below_zero() -> None:
    voice = line("voice_seconds", rated(plan(included_minutes=100), voice_seconds=10))
    assert (voice.included, voice.quantity, voice.amount) == (10, 0, Money(0, "EUR"))


TIERS = [{"up_to": 10, "price": "2"}, {"up_to": 20, "price": "1", "flat": "5"}, {"price": "0.50"}]


def test_graduated_tiers_are_a_line_each_and_flats_too() -> None:
    how = simple(chat={"tiers": TIERS})
    assert told(rated(how, chat=25), "chat") == [
        (10, "2", "20.00"),
        (10, "1", "10.00"),
        (5, "0.50", "2.50"),
        (1, "5", "5.00"),
    ]
    assert told(rated(how, chat=10), "chat") == [(10, "2", "20.00")]
    assert told(rated(how), "chat") == [(0, "2", "0.00")]
    assert [one.tier for one in rated(how, chat=25)[1:]] == [0, 1, 2, 1]


def test_a_volume_price_is_for_all_of_it() -> None:
    how = simple(chat={"tiers": TIERS, "tier_model": "volume"})
    assert told(rated(how, chat=11), "chat") == [(11, "1", "11.00"), (1, "5", "5.00")]
    assert told(rated(how, chat=21), "chat") == [(21, "0.50", "10.50")]


def test_a_flat_at_zero_is_due_only_if_the_contract_says_so() -> None:
    tiers = [{"price": "1", "flat": "9"}]
    assert net_of(rated(simple(chat={"tiers": tiers})), "EUR").minor == 0
    assert net_of(rated(simple(chat={"tiers": tiers, "flat_at_zero": True})), "EUR").minor == 900


def test_packages_that_are_begun_count() -> None:
    how = simple(voice={"package": {"size": 60, "price": "45"}, "included_minutes": 10})
    (package,) = [one for one in rated(how, voice_seconds=10 * 60 + 3601) if one.kind == "voice_seconds"]
    assert (package.unit, package.quantity, package.amount.text()) == ("package of 60 minutes", 2, "90.00")


def test_the_hour_of_a_contact_multiplies_its_price_and_takes_the_allowance_last() -> None:
    how = simple(chat={"per_contact": "4", "included": 5}, factors={"after_hours": "1.5", "holiday": "2"})
    lines = rated(how, chat=3, chat__after_hours=4, chat__holiday=1)
    assert told(lines, "chat") == [(0, "4", "0.00"), (2, "6.0", "12.00"), (1, "8", "8.00")]
    assert [one.included for one in lines[1:]] == [3, 2, 0]


def test_the_hour_does_not_matter_to_what_no_agent_handles() -> None:
    how = simple(
        sms={"per_contact": "4"}, dial={"per_contact": "4", "factors": {"holiday": "3"}}, factors={"holiday": "2"}
    )
    lines = rated(how, sms__holiday=1, dial__holiday=1)
    assert net_of((one for one in lines if one.kind == "sms"), "EUR").text() == "4.00"
    assert net_of((one for one in lines if one.kind == "dial"), "EUR").text() == "12.00"


def test_rate_classes_fill_the_tiers_one_after_the_other() -> None:
    how = simple(chat={"tiers": TIERS}, factors={"holiday": "2"})
    lines = rated(how, chat=8, chat__holiday=15)
    assert told(lines, "chat") == [
        (8, "2", "16.00"),
        (2, "4", "8.00"),
        (10, "2", "20.00"),
        (3, "1.00", "3.00"),
        (1, "5", "5.00"),
    ]


def test_a_pool_is_drawn_by_weight_in_the_order_of_the_plan() -> None:
    how = simple(
        voice={"per_minute": "1"},
        chat={"per_contact": "5"},
        pools={"all": {"included": 100, "draws": {"voice": 1, "chat": 3}}},
    )
    lines = rated(how, voice_seconds=(9, 40 * 60), chat=25)
    assert told(lines, "voice_seconds") == [(0, "1", "0.00")]
    assert told(lines, "chat") == [(5, "5", "25.00")]


def test_grants_are_used_before_what_the_month_includes_and_the_rest_moves_on_capped() -> None:
    how = simple(chat={"per_contact": "4", "included": 100, "rollover": {"percent": "10", "months": 1}})
    grants = [Grant("chat", "2026-11", 10), Grant("chat", "2026-10", 99)]
    after = {1: "2026-12"}
    assert line("chat", rate(totals(chat=115), how, WHOLE, grants=grants)).quantity == 5
    assert carried(totals(chat=95), how, WHOLE, grants, after) == [Grant("chat", "2026-12", 10)]
    assert carried(totals(chat=107), how, WHOLE, grants, after) == [Grant("chat", "2026-12", 3)]
    assert carried(totals(chat=110), how, WHOLE, grants, after) == []
    longer = [*grants, Grant("chat", "2027-01", 7)]
    left = [Grant("chat", "2027-01", 7), Grant("chat", "2026-12", 10)]
    assert carried(totals(chat=5), how, WHOLE, longer, after) == left


def test_a_minimum_is_made_up_for_when_the_month_is_over() -> None:
    how = simple(base="100", chat={"per_contact": "2", "included": 50}, minimum="130")
    assert net_of(rated(how, chat=7), "EUR").text() == "130.00"
    assert net_of(rated(how, chat=70), "EUR").text() == "140.00"
    assert net_of(rate(totals(chat=7), how, WHOLE, complete=False), "EUR").text() == "100.00"


def test_chat_plans_of_the_trade() -> None:
    """100 for 50 chats, 2 each beyond them: 7 chats cost 100, 70 cost 140."""
    how = simple(base="100", chat={"per_contact": "2", "included": 50})
    assert [net_of(rated(how, chat=number), "EUR").text() for number in (7, 70)] == ["100.00", "140.00"]


def test_a_maximum_takes_off_what_is_above_it_where_the_tax_is() -> None:
    how = simple(
        chat={"per_contact": "1", "tax": "low"},
        email={"per_contact": "1"},
        taxes={"low": {"category": "S", "rate": "7"}},
        maximum="100",
    )
    lines = rated(how, chat=150, email=50)
    assert told(lines, "maximum") == [(-1, "25.00", "-25.00"), (-1, "75.00", "-75.00")]
    assert [str(one.tax.rate) for one in lines if one.kind == "maximum"] == ["19", "7"]


def test_a_discount_is_taken_off_before_the_maximum() -> None:
    how = simple(chat={"per_contact": "10"}, discount="50", maximum="65")
    lines = rated(how, chat=20)
    assert told(lines, "discount") == [(-20_000, "50", "-100.00")]
    assert net_of(lines, "EUR").text() == "65.00"


def test_a_surcharge_is_a_percentage_of_other_lines_between_its_least_and_its_most() -> None:
    tight = {"id": "tight", "text": "Tight targets", "on": ["voice"], "percent": "20", "least": "5", "most": "50"}
    how = simple(base="1000", voice={"per_minute": "1"}, surcharges=[tight])
    for minutes, surcharge in ((100, "20.00"), (10, "5.00"), (1000, "50.00"), (0, "0.00")):
        lines = rated(how, voice_seconds=minutes * 60)
        assert net_of((one for one in lines if one.kind == "surcharge"), "EUR").text() == surcharge


def test_a_surcharge_can_have_tiers() -> None:
    tiers = [{"up_to": "100", "percent": "10"}, {"percent": "5", "flat": "2"}]
    managed = {"id": "managed", "text": "Management", "on": ["base"], "tiers": tiers}
    assert told(rated(simple(base="300", surcharges=[managed])), "surcharge") == [
        (10_000, "10", "10.00"),
        (20_000, "5", "10.00"),
        (1, "2.00", "2.00"),
    ]


def test_hours_of_seats_beyond_the_agreed_ones_are_charged() -> None:
    how = simple(seats={"seats": 2, "hours": 100, "per_hour": "30", "extra_per_hour": "40"})
    lines = rated(how, seat_seconds=205 * 3600 + 1800)
    assert told(lines, "seats") == [(200, "30", "6000.00")]
    assert told(lines, "seat_seconds") == [(5 * 3600 + 1800, "40", "220.00")]


def test_dedicated_work_is_paid_by_the_seats() -> None:
    how = simple(voice={"per_minute": "1", "mode": "shared"}, seats={"seats": 1, "hours": 1, "per_hour": "1"})
    call = used(Meter.VOICE, 90, mode=Mode.DEDICATED)
    assert [(one.charge, one.billed, one.free) for one in counted(call, how)] == [("in_seats", 0, "in_seat_hours")]
    assert unpriced(totals_of([call], how)) == {}


def test_fees_are_due_when_they_happen_and_a_deposit_has_no_tax() -> None:
    how = simple(deposit="20", fees={"late": {"text": "Late payment", "price": "10"}})
    lines = rate(totals(), how, WHOLE, first=True, fees=["late", "late"])
    assert [(one.kind, one.amount.text(), one.tax.category) for one in lines[1:]] == [
        ("deposit", "20.00", "E"),
        ("fee", "10.00", "S"),
        ("fee", "10.00", "S"),
    ]
    with pytest.raises(NotFound, match="returned"):
        rate(totals(), how, WHOLE, fees=["returned"])
    outside = simple(deposit="20", tax={"category": "O", "rate": "0"})
    assert {one.tax.category for one in rate(totals(), outside, WHOLE, first=True)} == {"O"}


@pytest.mark.parametrize(
    ("points", "percent"), [("-4.9", "0"), ("-5", "-5"), ("-9", "-5"), ("-10", "-8"), ("3", "0"), ("5", "2")]
)
def test_service_credit_by_points_and_its_cap(points: str, percent: str) -> None:
    how = simple(
        service={"cap": "8", "credit": [{"points": "5", "percent": "5"}, {"points": "10", "percent": "10"}]}
        | {"bonus": [{"points": "5", "percent": "2"}]}
    )
    assert how.service is not None
    assert how.service.percent(Decimal(points)) == Decimal(percent)


@pytest.mark.parametrize(("currency", "amount"), [("JPY", "302"), ("EUR", "301.50"), ("KWD", "301.500")])
def test_amounts_have_the_decimals_of_the_currency(currency: str, amount: str) -> None:
    how = simple(currency=currency, voice={"per_minute": "150.75"})
    assert line("voice_seconds", rated(how, voice_seconds=120)).amount.text() == amount


def test_a_line_names_its_rule_its_plan_and_the_contacts_behind_it() -> None:
    terms = plan(per_minute="1.45", initial_interval=30, next_interval=6, wrap_up_cap=60, included_minutes=0)
    call = record(handled(talk=31, wrap=90), contact="v7")
    found = audit([call], terms, WHOLE)
    voice = line("voice_seconds", found.lines)
    assert voice.rule == (
        "1 call: talk, hold and up to 60 s of wrap-up; each call the first 30 s whole, then in steps of 6 s; "
        "1.45 EUR per minute"
    )
    assert (voice.plan_version, voice.contacts) == (terms.version, 1)
    explained = found.explain(voice)
    assert explained is not None
    assert [(one["contact"], one["raw"], one["billed"]) for one in explained.as_document()] == [("v7", 121, 96)]


def test_a_contact_says_where_it_fell() -> None:
    """10 included, then a tier of 10, then the last one; contacts of 8 each run over both edges."""
    how = simple(dial={"included": 10, "tiers": [{"up_to": 10, "price": "2"}, {"price": "1"}]})
    calls = [used(Meter.DIAL, 8, contact=f"d{n}") for n in range(3)]
    found = audit(list(reversed(calls)), how, WHOLE)
    explained = found.explain(line("dial", found.lines))
    assert explained is not None
    told = [[(where.tier, where.quantity) for where in explained.where(place)] for place in range(3)]
    assert told == [[(-1, 8)], [(-1, 2), (0, 6)], [(0, 4), (1, 4)]]
    assert [(one["contact"], one["before"]) for one in explained.as_document()] == [("d0", 0), ("d1", 8), ("d2", 16)]


def test_a_refused_contact_costs_nothing_and_is_counted() -> None:
    call = record(refused(), channel=Channel.CHAT)
    assert [(one.charge, one.billed) for one in counted(call, plan())] == [("refused", 0)]
    assert net_of(rate(totals_of([call], plan()), plan(), WHOLE), "EUR").minor == 0


def test_what_the_plan_has_no_price_for_is_shown() -> None:
    letter = record(handled(), contact="p1", channel=Channel.POST)
    assert unpriced(totals_of([letter, record(handled()), record(refused())], plan())) == {Meter.POST: 1}


def test_of_what_has_no_price_each_is_counted_and_of_time_each_contact() -> None:
    how = simple(chat={"per_contact": "1"})
    totals = totals_of([used(Meter.DIAL, 8), used(Meter.MAIL, 2), used(Meter.VOICE, 90)], how)
    assert unpriced(totals) == {Meter.DIAL: 8, Meter.MAIL: 2, Meter.VOICE: 1}


def test_other_terms_are_another_version_and_the_same_terms_are_the_same() -> None:
    assert plan(per_minute="1.45").version == plan(per_minute="1.45").version
    assert plan(per_minute="1.45").version != plan(per_minute="1.46").version


def test_wrap_up_can_be_free() -> None:
    free = Plan.of(terms(wrap_up=WrapUp.NONE))
    assert counted(record(handled(talk=60, wrap=60)), free)[0].billed == 60


def test_a_part_of_a_month_has_its_part_of_what_is_included_and_says_so() -> None:
    """19 of 30 days: 63 of 100 minutes, and tiers shortened the same way where the contract says so."""
    part = replace(WHOLE, days=(11, 19), place=1)
    voice = {"included_minutes": 100, "tiers": [{"up_to": 60, "price": "2"}, {"price": "1"}]}
    month = totals(voice_seconds=(1, 200 * 60))
    for prorate, quantities, reach in ((False, [3600, 4600], "60 minutes"), (True, [2280, 5920], "38 minutes")):
        lines = rate(month, simple(voice=voice, prorate_tiers=prorate), part)
        found = [one for one in lines if one.kind == "voice_seconds"]
        assert (found[0].included, [one.quantity for one in found]) == (3800, quantities)
        assert f"63 min included; then 2 EUR per minute in tier 1 (up to {reach})" in found[0].rule
