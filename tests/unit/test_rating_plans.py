"""The three worked invoices: from totals, and from the records of a month."""

from __future__ import annotations

import random
from collections.abc import Sequence
from decimal import Decimal

from chalicelib.billing.model.explain import audit
from chalicelib.billing.model.ledger import Meter, Mode, UsageRecord
from chalicelib.billing.model.line import net_of
from chalicelib.billing.model.rating import Line, rate
from chalicelib.billing.model.totals import totals_of
from tests.fakes.plans import (
    DEDICATED,
    OMNI_SHARED,
    VOICE_ESSENTIALS,
    WHOLE,
    planned,
    spread_over,
    totals,
    used,
)

A, B, C = planned(VOICE_ESSENTIALS), planned(OMNI_SHARED), planned(DEDICATED)


def amounts(lines: Sequence[Line]) -> dict[str, str]:
    return {line.kind: line.amount.text() for line in lines if line.amount.minor}


def test_plan_a_from_totals() -> None:
    month = totals(voice_seconds=12_744, automated_seconds=5_400, patched_seconds=2_400, sms=60)
    lines = rate(month, A, WHOLE)
    assert amounts(lines) == {
        "base": "325.00",
        "voice_seconds": "115.44",
        "automated_seconds": "13.50",
        "patched_seconds": "4.00",
        "sms": "3.00",
        "add_on": "5.00",
    }
    assert net_of(lines, "USD").text() == "465.94"


def records_of_a() -> list[UsageRecord]:
    """212.4 billed minutes: 59 calls of 3 min 31 s that count 216 s; 30 short ones that are free; and spam."""
    records = list(spread_over(Meter.VOICE, 59 * 211, 211, "a"))
    records += spread_over(Meter.VOICE, 30 * 20, 20, "s")
    records += spread_over(Meter.VOICE, 5 * 90, 90, "x", disposition="spam")
    records += spread_over(Meter.AUTOMATED, 5_400, 45, "i")
    records += spread_over(Meter.PATCHED, 2_400, 120, "p")
    records += spread_over(Meter.SMS, 60, 2, "t")
    return records


def test_plan_a_from_records_in_any_order() -> None:
    records = records_of_a()
    random.Random(7).shuffle(records)
    for lines in (rate(totals_of(records, A), A, WHOLE), audit(records, A, WHOLE).lines):
        assert net_of(lines, "USD").text() == "465.94"


def test_plan_b_from_totals() -> None:
    month = totals(voice_seconds=74_430, chat=171, email=188, message=130, post=22, bot_chat=60)
    assert net_of(rate(month, B, WHOLE), "USD").text() == "2816.23"
    assert B.service is not None
    lines = rate(month, B, WHOLE, service=B.service.percent(Decimal(-6)))
    assert amounts(lines) == {
        "base": "2150.00",
        "voice_seconds": "348.73",
        "chat": "94.50",
        "message": "90.00",
        "post": "88.00",
        "bot_chat": "45.00",
        "service_credit": "-140.81",
    }
    assert net_of(lines, "USD").text() == "2675.42"
    rules = {line.kind: line.rule for line in lines}
    assert rules["chat"] == "171 chats; 150 included; then 4.50 USD each"
    assert rules["post"] == "22 letters; 4.00 USD each"


def test_plan_b_from_records() -> None:
    """Calls of 7 min whose wrap-up of 3 min counts 2, so 6 are billed; chats without intent are free."""
    call = {"talk": 190, "hold": 50, "wrap": 180}
    records = [used(Meter.VOICE, contact=f"v{n}", seconds=call) for n in range(206)]
    records += spread_over(Meter.VOICE, 270, 270, "w")
    records += spread_over(Meter.CHAT, 171, 1, "c")
    records += spread_over(Meter.CHAT, 12, 1, "n", disposition="no_intent")
    records += spread_over(Meter.EMAIL, 188, 1, "e")
    records += spread_over(Meter.MESSAGE, 130, 1, "m")
    records += spread_over(Meter.POST, 22, 1, "p")
    records += spread_over(Meter.BOT_CHAT, 60, 1, "b")
    for lines in (
        rate(totals_of(records, B), B, WHOLE, service=Decimal(-5)),
        audit(records, B, WHOLE, service=Decimal(-5)).lines,
    ):
        assert net_of(lines, "USD").text() == "2675.42"


def test_plan_c_from_totals() -> None:
    month = totals(voice_seconds=51_000, band=7_050)
    lines = rate(month, C, WHOLE, service=Decimal(-3))
    assert amounts(lines) == {
        "seats": "18880.00",
        "voice_seconds": "1020.00",
        "band": "1080.00",
        "service_credit": "-566.40",
    }
    assert net_of(lines, "USD").text() == "20413.60"


def test_plan_c_from_records() -> None:
    """Dedicated contacts are paid by the seats and count for the band only."""
    records = list(spread_over(Meter.VOICE, 51_000, 300, "o"))  # 170 calls to shared agents
    records += spread_over(Meter.VOICE, 4_880 * 200, 200, "d", mode=Mode.DEDICATED)
    records += spread_over(Meter.CHAT, 2_000, 1, "c", mode=Mode.DEDICATED)
    for lines in (
        rate(totals_of(records, C), C, WHOLE, service=Decimal(-3)),
        audit(records, C, WHOLE, service=Decimal(-3)).lines,
    ):
        assert net_of(lines, "USD").text() == "20413.60"


def test_a_scorecard_is_capped() -> None:
    lines = rate(totals(), C, WHOLE, service=Decimal(-30), complete=False)
    assert amounts(lines)["service_credit"] == "-944.00"


def test_a_quiet_month_of_plan_c_is_credited_below_the_band_once_it_is_over() -> None:
    month = totals(band=5_000)
    assert amounts(rate(month, C, WHOLE))["band"] == "-640.00"
    assert "band" not in amounts(rate(month, C, WHOLE, complete=False))
    assert "band" not in amounts(rate(totals(band=5_400), C, WHOLE))


def test_setup_is_due_once_and_never_prorated() -> None:
    lines = rate(totals(), B, WHOLE, first=True)
    assert amounts(lines) == {"base": "2150.00", "setup": "750.00"}
