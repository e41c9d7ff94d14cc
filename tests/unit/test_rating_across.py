"""Contacts that run over a change between usual hours, after hours and holidays, where the contract has them cut."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pytest

from chalicelib.billing.model.annex import annex
from chalicelib.billing.model.counting import counted, rate_class_of
from chalicelib.billing.model.explain import audit
from chalicelib.billing.model.invoice import Usage
from chalicelib.billing.model.ledger import Meter, UsageRecord, reversal
from chalicelib.billing.model.plan import AFTER_HOURS, HOLIDAY, USUAL, Plan
from chalicelib.billing.model.terms import Agreed, terms_of
from chalicelib.billing.model.totals import totals_of
from chalicelib.kernel.period import BillingPeriod
from chalicelib.tenancy.model.form import Line
from chalicelib.tenancy.model.hours import Hours, Span, SpecialDay
from tests.fakes.plans import NOVEMBER, WHOLE, simple, used
from tests.fakes.tenants import changed

BERLIN = ZoneInfo("Europe/Berlin")
HOURS = Hours(
    **dict.fromkeys(("monday", "tuesday", "wednesday", "thursday", "friday"), (Span("08:00-18:00"),)),
    special=(SpecialDay(date=date(2026, 11, 18), name=Line("Day of Repentance")),),
)
FACTORS = {"after_hours": "1.5", "holiday": "2", "across": "split"}


def plan(**voice: Any) -> Plan:
    return simple(voice={"per_minute": "60"} | voice, factors=FACTORS)


def local(day: int, hour: int, minute: int, second: int = 0, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, minute, second, tzinfo=BERLIN).astimezone(UTC)


def call(at: datetime, talk: int, wrap: int = 0, hold: int = 0, **more: Any) -> UsageRecord:
    return used(Meter.VOICE, seconds={"talk": talk, "hold": hold, "wrap": wrap}, at=at, **more)


def parts(record: UsageRecord, how: Plan, hours: Hours = HOURS) -> list[tuple[str, str, int, int]]:
    found = counted(record, how, rate_class_of(how, hours, BERLIN))
    return [(one.charge, one.rate_class, one.raw, one.billed) for one in found]


def voice(record: UsageRecord, hours: Hours = HOURS, /, **terms: Any) -> list[tuple[str, int, int]]:
    return [part[1:] for part in parts(record, plan(**terms), hours) if part[0] == "voice_seconds"]


def test_talk_ends_at_the_end_of_the_conversation_and_wrap_up_begins_there() -> None:
    """Closing at 18:00: 100 s of the talk and 0 s of the wrap-up lie before it, 20 s and 30 s after it."""
    assert voice(call(local(2, 18, 0, 20), talk=120, wrap=30)) == [(USUAL, 100, 100), (AFTER_HOURS, 50, 50)]


def test_without_the_term_the_end_of_the_conversation_decides() -> None:
    whole = simple(voice={"per_minute": "60"}, factors={"after_hours": "1.5"})
    assert parts(call(local(2, 18, 0, 20), talk=120, wrap=30), whole) == [("voice_seconds", AFTER_HOURS, 150, 150)]
    assert parts(call(local(2, 17, 59, 59), talk=120, wrap=30), whole) == [("voice_seconds", USUAL, 150, 150)]


def test_a_call_that_touches_no_change_is_whole() -> None:
    assert voice(call(local(2, 18, 0), talk=120)) == [(USUAL, 120, 120)]
    assert voice(call(local(2, 18, 2), talk=120)) == [(AFTER_HOURS, 120, 120)]
    assert voice(call(local(2, 12, 0), talk=0)) == [(USUAL, 0, 0)]


def test_increments_are_of_the_whole_call_and_what_they_add_is_of_its_last_part() -> None:
    """130 s at 60/60 are 180 s, and 60 s of wrap-up are added to the call once."""
    late = call(local(2, 18, 0, 30), talk=130)
    assert voice(late, initial_interval=60, next_interval=60) == [(USUAL, 100, 100), (AFTER_HOURS, 30, 80)]
    assert voice(late, wrap_up_fixed=60) == [(USUAL, 100, 100), (AFTER_HOURS, 30, 90)]


def test_only_seconds_that_count_are_cut() -> None:
    """Of 90 s of wrap-up 40 count; hold is free. What took time and does not count stands with the last part."""
    late = call(local(2, 17, 59, 50), talk=60, hold=30, wrap=90)
    assert voice(late, wrap_up_cap=40, hold=False) == [(USUAL, 70, 70), (AFTER_HOURS, 110, 30)]


def test_wrap_up_with_a_price_of_its_own_is_cut_by_itself() -> None:
    how = plan(wrap_up="separate", wrap_up_per_minute="6", per_call="1")
    found = parts(call(local(2, 17, 59, 30), talk=60, wrap=90), how)
    assert found == [
        ("voice_seconds", USUAL, 150, 60),
        ("calls", USUAL, 1, 1),
        ("wrap_up", USUAL, 30, 30),
        ("wrap_up", AFTER_HOURS, 60, 60),
    ]


def test_a_midnight_that_begins_a_holiday_cuts() -> None:
    """And one between two evenings does not."""
    assert voice(call(local(18, 0, 1), talk=300)) == [(AFTER_HOURS, 240, 240), (HOLIDAY, 60, 60)]
    assert voice(call(local(4, 0, 1), talk=300)) == [(AFTER_HOURS, 300, 300)]


def test_a_class_that_comes_again_is_one_part() -> None:
    lunch = Hours(monday=(Span("08:00-12:00"), Span("12:05-18:00")))
    late = call(local(2, 12, 10), talk=20 * 60)
    assert voice(late, lunch) == [(AFTER_HOURS, 300, 300), (USUAL, 900, 900)]


def test_a_night_of_clock_change_costs_the_seconds_that_there_were() -> None:
    """On 25 October 2026 the clocks of Berlin go back from 3:00 to 2:00. Open until 2:30, which is the first one."""
    night = Hours(sunday=(Span("00:00-02:30"),))
    end = datetime(2026, 10, 25, 1, 10, tzinfo=UTC)  # 2:10 for the second time
    assert voice(call(end, talk=3600), night) == [(USUAL, 20 * 60, 20 * 60), (AFTER_HOURS, 40 * 60, 40 * 60)]
    spring = Hours(sunday=(Span("03:00-06:00"),))  # on 29 March 2:00 to 3:00 is no hour
    end = datetime(2026, 3, 29, 1, 10, tzinfo=UTC)
    assert voice(call(end, talk=1800), spring) == [(AFTER_HOURS, 20 * 60, 20 * 60), (USUAL, 10 * 60, 10 * 60)]


def test_a_call_over_the_edge_of_a_period_is_all_of_the_one_in_which_its_conversation_ended() -> None:
    tenant = changed("shop", plan__factors=FACTORS, contract__zone="Europe/Berlin", plan__usual_hours={})
    october, november = (BillingPeriod.month(2026, month, "Europe/Berlin") for month in (10, 11))
    late = call(local(1, 0, 1), talk=300, wrap=60)
    agreed = (Agreed(applied=datetime(2025, 1, 1, tzinfo=UTC), tenant=tenant),)
    counts = []
    for period in (october, november):
        (found,) = Usage.of([late], terms_of(period, agreed), period).totals()
        counts.append(sum(total.raw for key, total in found.of.items() if key.charge == "voice_seconds"))
    assert counts == [0, 360]


def test_a_call_that_a_grace_may_free_is_one_call_and_not_cut() -> None:
    grace: dict[str, Any] = {"short_calls": {"free": 1, "below_s": 60}}
    short = call(local(2, 18, 0, 20), talk=40)
    assert voice(short, **grace) == [(AFTER_HOURS, 40, 40)]
    assert voice(call(local(2, 18, 0, 20), talk=60), **grace) == [(USUAL, 40, 40), (AFTER_HOURS, 20, 20)]
    how = plan(**grace)
    second = call(local(2, 18, 0, 30), talk=40, contact="v2")
    lines = audit([short, second], how, WHOLE, rate_class=rate_class_of(how, HOURS, BERLIN)).lines
    assert [(line.rate_class, line.quantity) for line in lines[1:]] == [(USUAL, 0), (AFTER_HOURS, 40)]


def test_a_call_that_costs_nothing_is_not_cut() -> None:
    how = simple(voice={"per_minute": "60"}, factors=FACTORS, non_billable=["spam"])
    spam = call(local(2, 18, 0, 20), talk=120, disposition="spam")
    assert parts(spam, how) == [("voice_seconds", AFTER_HOURS, 120, 0)]
    found = audit([spam], how, WHOLE, rate_class=rate_class_of(how, HOURS, BERLIN))
    assert {key.rate_class: total for key, total in found.totals.of.items()} == {AFTER_HOURS: (1, 120, 0)}


def test_each_part_has_a_line_and_each_line_its_part_of_the_call() -> None:
    how = plan(included_minutes=1)
    records = [call(local(2, 18, 0, 20), talk=120, wrap=30), call(local(3, 9, 0), talk=60, contact="v2")]
    found = audit(records, how, WHOLE, rate_class=rate_class_of(how, HOURS, BERLIN))
    lines = [line for line in found.lines if line.kind == "voice_seconds"]
    assert [(line.rate_class, line.contacts, line.used, line.quantity, line.amount.text()) for line in lines] == [
        (USUAL, 2, 160, 100, "100.00"),
        (AFTER_HOURS, 1, 50, 50, "75.00"),
    ]
    assert all("; a call over a change of hours is cut there; 1 min included" in line.rule for line in lines)
    told = []
    for line in lines:
        explained = found.explain(line)
        assert explained is not None
        told.append([(one["contact"], one["raw"], one["counted"], one["billed"]) for one in explained.as_document()])
    assert told == [[("v1", 100, 100, 100), ("v2", 60, 60, 60)], [("v1", 50, 50, 50)]]


def test_the_annex_has_a_row_for_each_part_and_taking_a_call_back_takes_all_of_them() -> None:
    tenant = changed("shop", zone="Europe/Berlin", plan__factors=FACTORS, plan__usual_hours={"monday": ["08:00-18:00"]})
    agreed = (Agreed(applied=datetime(2025, 1, 1, tzinfo=UTC), tenant=tenant),)
    terms, late = terms_of(NOVEMBER, agreed), call(local(2, 18, 0, 20), talk=120)
    rows = json.loads(annex([late], Usage.of([late], terms, NOVEMBER)))["contacts"]
    assert [(row["rate_class"], row["raw"], row["billed"]) for row in rows if row["charge"] == "voice_seconds"] == [
        (USUAL, 100, 100),
        (AFTER_HOURS, 20, 20),
    ]
    assert Usage.of([late, reversal([late])], terms, NOVEMBER).totals()[0].of == {}


SECONDS = """
with each as (
    select id, billed, unnest(generate_series(ended - before, ended + after - 1)) as instant from calls
),
told as (
    select id, billed, instant, make_timestamp((instant + 3600) * 1000000) as clock from each
),
classed as (
    select id, billed, instant, case
        when clock::date = date '2026-11-18' then 'holiday'
        when isodow(clock) <= 5 and hour(clock) >= 8 and hour(clock) < 18 then 'usual'
        else 'after_hours' end as class
    from told
),
ends as (select id, any_value(billed) - count(*) as more, arg_max(class, instant) as class from classed group by id)
select class, (sum(number))::bigint from (
    select class, count(*) as number from classed group by class union all
    select class, sum(more) as number from ends group by class
) group by class
"""


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_each_second_is_of_its_own_hour_in_sql_as_well(seed: int) -> None:
    """A row for each second of each call, in November an hour ahead of UTC; what rounding adds is of the last one."""
    records = month(seed)
    how = plan(initial_interval=30, next_interval=6, wrap_up_cap=60)
    totals = totals_of(records, how, rate_class_of(how, HOURS, BERLIN))
    ours = {key.rate_class: total.billed for key, total in totals.of.items()}
    assert ours == in_sql(records)
    assert len(ours) == 3


def month(seed: int) -> list[UsageRecord]:
    """Most of them about an edge."""
    random = Random(seed)
    records = []
    for number in range(400):
        edge = timedelta(days=random.randrange(1, 29), hours=random.choice([0, 8, 18]))
        at = NOVEMBER.start + edge + timedelta(seconds=random.randrange(-400, 400))
        took = {"talk": random.randrange(1, 600), "hold": random.randrange(60), "wrap": random.randrange(120)}
        records.append(call(at, contact=f"x{number}", **took))
    return records


def in_sql(records: Sequence[UsageRecord]) -> dict[str, int]:
    before = [record.seconds["talk"] + record.seconds["hold"] for record in records]
    after = [min(60, record.seconds["wrap"]) for record in records]
    sums = [one + other for one, other in zip(before, after, strict=True)]
    columns = {
        "id": list(range(len(records))),
        "ended": [int(record.usage_at.timestamp()) for record in records],
        "before": before,
        "after": after,
        "billed": [30 if took <= 30 else 30 + (took - 30 + 5) // 6 * 6 for took in sums],
    }
    with duckdb.connect() as base:
        base.execute("set threads = 1")
        told = ", ".join(f"unnest(${column}) as {column}" for column in columns)
        base.execute(f"create table calls as select {told}", columns)
        return dict(base.execute(SECONDS).fetchall())
