from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.billing.model.ledger import Meter
from chalicelib.billing.model.plan import Plan, VoicePrice
from chalicelib.billing.model.rating import Line, rate, unpriced
from chalicelib.kernel.channel import Channel
from chalicelib.kernel.money import Money, UnitPrice, price
from chalicelib.tenancy.model.plan import WrapUp
from tests.fakes.usage import handled, plan, record, refused, terms
from tests.fakes.vectors import rows

RATE = UnitPrice.of("1.00", "EUR")
voice_prices = st.builds(
    VoicePrice,
    per_minute=st.just(RATE),
    initial_interval=st.integers(1, 120),
    next_interval=st.integers(1, 120),
    minimum=st.integers(0, 120),
    wrap_up_cap=st.none() | st.integers(0, 300),
)
seconds = st.integers(0, 10_000)


def line(kind: str, lines: list[Line]) -> Line:
    return next(line for line in lines if line.kind == kind)


def test_a_call_is_billed_by_its_first_interval_and_then_by_steps() -> None:
    terms = VoicePrice(per_minute=RATE, initial_interval=30, next_interval=6)
    assert [terms.rounded(s) for s in (0, 1, 30, 31, 36, 37)] == [0, 30, 30, 36, 36, 42]


def test_a_short_call_counts_as_the_minimum() -> None:
    terms = VoicePrice(per_minute=RATE, minimum=10)
    assert [terms.rounded(s) for s in (0, 4, 25)] == [0, 10, 25]


@pytest.mark.parametrize(
    ("talk", "wrap", "terms", "billed"),
    [
        (31, 0, VoicePrice(per_minute=RATE, initial_interval=6, next_interval=6), 36),
        (85, 0, VoicePrice(per_minute=RATE, initial_interval=60, next_interval=60), 120),
        (10, 0, VoicePrice(per_minute=RATE, initial_interval=30, next_interval=6), 30),
        (120, 30, VoicePrice(per_minute=RATE), 150),
        (120, 90, VoicePrice(per_minute=RATE, wrap_up_cap=60), 180),
        (120, 90, VoicePrice(per_minute=RATE, wrap_up_cap=0), 120),
    ],
)
def test_answering_services_bill_like_this(talk: int, wrap: int, terms: VoicePrice, billed: int) -> None:
    assert terms.billed(talk=talk, hold=0, wrap=wrap) == billed


@given(voice_prices, seconds, seconds, seconds)
def test_billed_is_at_least_what_it_took_and_less_than_a_step_more(
    terms: VoicePrice, talk: int, hold: int, wrap: int
) -> None:
    raw = talk + hold + terms.billable_wrap(wrap)
    billed = terms.billed(talk=talk, hold=hold, wrap=wrap)
    assert billed >= raw
    if raw > max(terms.initial_interval, terms.minimum):
        assert billed < raw + terms.next_interval


@given(voice_prices, seconds, seconds)
def test_a_longer_call_never_costs_less(terms: VoicePrice, shorter: int, more: int) -> None:
    assert terms.rounded(shorter) <= terms.rounded(shorter + more)


@pytest.mark.parametrize("row", rows("voice_increment"), ids=lambda row: row["id"])
def test_published_increments(row: dict[str, Any]) -> None:
    given, expected = row["input"], row["expected"]
    rate_of = UnitPrice.of(given.get("rate", "0"), "CLF")  # four decimals: the published costs are that fine
    terms = VoicePrice(
        per_minute=rate_of,
        initial_interval=given["initial_s"],
        next_interval=given["increment_s"],
        minimum=given.get("minimum_s", 0),
    )
    billed = terms.rounded(given["duration_s"])
    assert str(billed) == expected.get("billed_s", str(billed))
    if "cost" in expected:
        assert price(billed, rate_of, given["rate_unit_s"]) == Money.of(expected["cost"], "CLF")


@pytest.mark.parametrize("row", rows("voice_increment_compare"), ids=lambda row: row["id"])
def test_published_comparisons_of_whole_minutes_and_tenths(row: dict[str, Any]) -> None:
    for step in (60, 6):
        billed = VoicePrice(per_minute=RATE, initial_interval=step, next_interval=step).rounded(
            row["input"]["duration_s"]
        )
        assert price(billed, UnitPrice.of("1", "EUR"), 60) == Money.of(row["expected"][f"minutes_{step}_{step}"], "EUR")


@pytest.mark.parametrize("row", rows("standard"), ids=lambda row: row["id"])
def test_published_unit_prices(row: dict[str, Any]) -> None:
    assert price(row["input"]["quantity"], UnitPrice.of(row["input"]["unit"], "EUR")) == Money.of(
        row["expected"]["amount"], "EUR"
    )


def test_included_minutes_come_off_the_month_not_off_the_call() -> None:
    calls = [record(handled(talk=100, wrap=0), contact=f"v{n}") for n in range(3)]
    voice = line("voice_seconds", rate(calls, plan(per_minute="1.00", included_minutes=4)))
    assert (voice.used, voice.included, voice.quantity, voice.amount) == (300, 240, 60, Money(100, "EUR"))


def test_an_allowance_is_not_carried_below_zero() -> None:
    voice = line("voice_seconds", rate([record(handled(talk=10, wrap=0))], plan(included_minutes=100)))
    assert (voice.included, voice.quantity, voice.amount) == (10, 0, Money(0, "EUR"))


def test_the_worked_plan_for_voice() -> None:
    # 212.4 billed minutes with 150 included at 1.85: 115.44, and the base of 325.00.
    lines = rate(
        [record(handled(talk=12_744, wrap=0))],
        plan(base="325.00", per_minute="1.85", included_minutes=150, initial_interval=30, next_interval=6),
    )
    assert line("base", lines).amount == Money(32_500, "EUR")
    assert line("voice_seconds", lines).amount == Money(11_544, "EUR")


def test_the_worked_plan_for_every_channel() -> None:
    # 1,240.5 minutes, 171 chats, 188 mails; 1,000, 150 and 200 are included.
    records = [record(handled(talk=74_430, wrap=0))]
    records += [record(handled(), contact=f"c{n}", channel=Channel.CHAT) for n in range(171)]
    records += [record(handled(), contact=f"e{n}", channel=Channel.EMAIL) for n in range(188)]
    omni = plan(base="2150.00", per_minute="1.45", included_minutes=1000, included_chats=150, included_emails=200)
    assert [one.amount.minor for one in rate(records, omni)] == [215_000, 34_873, 9_450, 0]


def test_a_line_names_its_rule_its_plan_and_the_contacts_behind_it() -> None:
    terms = plan(per_minute="1.45", initial_interval=30, next_interval=6, wrap_up_cap=60, included_minutes=0)
    voice = line("voice_seconds", rate([record(handled(talk=31, wrap=90), contact="v7")], terms))
    assert voice.rule == (
        "1 call: talk, hold and up to 60 s of wrap-up; each call the first 30 s whole, then in steps of 6 s; "
        "0 min included; then 1.45 EUR per minute"
    )
    assert voice.plan_version == terms.version
    assert [(one.record.contact, one.raw, one.billed) for one in voice.contacts] == [("v7", 121, 96)]


def test_a_refused_contact_costs_nothing() -> None:
    with_it = rate([record(refused(), channel=Channel.CHAT)], plan(base="10"))
    assert [one.amount for one in with_it] == [one.amount for one in rate([], plan(base="10"))]


def test_what_the_plan_has_no_price_for_is_shown() -> None:
    letter = record(handled(), contact="p1", channel=Channel.POST)
    assert unpriced([letter, record(handled()), record(refused())], plan()) == {Meter.POST: 1}


def test_other_terms_are_another_version_and_the_same_terms_are_the_same() -> None:
    assert plan(per_minute="1.45").version == plan(per_minute="1.45").version
    assert plan(per_minute="1.45").version != plan(per_minute="1.46").version


def test_wrap_up_can_be_free() -> None:
    free = Plan.of(terms(wrap_up=WrapUp.NONE)).voice
    assert free is not None
    assert free.billed(talk=60, hold=0, wrap=60) == 60


def test_a_plan_without_calls_shows_calls_as_unpriced() -> None:
    mails_only = Plan(
        version="x", name="Mail", currency="EUR", base=RATE, tax=plan().tax, voice=None, counted=plan().counted
    )
    assert unpriced([record(handled())], mails_only) == {Meter.VOICE: 1}
    assert [one.kind for one in rate([record(handled())], mails_only)] == ["base", "chat", "email"]
