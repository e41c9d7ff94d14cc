"""A month gone through once: annex and pages behind a line, the same as of all records at hand, in less room."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.billing.model.annex import annex, pieces
from chalicelib.billing.model.beside import BEGIN, Beside, Reached
from chalicelib.billing.model.books import Tally, sums_of
from chalicelib.billing.model.calendar import BookPeriod
from chalicelib.billing.model.counting import always_usual
from chalicelib.billing.model.explain import audit
from chalicelib.billing.model.in_turn import by_time, in_turn
from chalicelib.billing.model.invoice import Given, Usage
from chalicelib.billing.model.ledger import Meter, UsageRecord, reversal, standing
from chalicelib.billing.model.plan import AFTER_HOURS, USUAL, Plan
from chalicelib.billing.model.terms import terms_by
from chalicelib.billing.service.packed import Packed
from chalicelib.billing.service.reading import read
from chalicelib.kernel.errors import Invalid
from chalicelib.kernel.period import Period
from tests.fakes.plans import NOVEMBER, SHOP, WHOLE, simple, used

START = datetime(2026, 11, 2, 8, tzinfo=UTC)
CUTOFF = datetime(2026, 12, 4, tzinfo=UTC)
VOICE = {
    "initial_interval": 30,
    "next_interval": 6,
    "included_minutes": 3,
    "short_calls": {"free": 2, "below_s": 40},
    "tiers": [{"up_to": 5, "price": "1.45"}, {"up_to": 9, "price": "1.30"}, {"price": "1.15"}],
}
SPLIT = simple(voice=VOICE, factors={"after_hours": "1.5", "across": "split"}, non_billable=["spam"])
GRACED = simple(
    voice=VOICE,
    chat={"package": {"size": 2, "price": "7.00"}, "included": 1},
    non_billable=["spam"],
)


def every_other_minute(at: datetime) -> str:
    return AFTER_HOURS if at.minute % 2 else USUAL


@st.composite
def months(draw: st.DrawFn) -> list[UsageRecord]:
    """Calls and chats of which many end at one instant, and some were taken back."""
    seconds_ = st.sampled_from([5, 20, 33, 36, 39, 41, 60, 90, 200])  # 33: spam
    one = st.tuples(st.sampled_from([Meter.VOICE, Meter.VOICE, Meter.CHAT]), st.integers(0, 9), seconds_, st.booleans())
    told = draw(st.lists(one, max_size=30))
    found: list[UsageRecord] = []
    for number, (meter, minute, seconds, back) in enumerate(told):
        record = used(
            meter,
            seconds if meter is Meter.VOICE else 1,
            contact=f"v{number * 7919 % 997:03d}",
            at=START + timedelta(minutes=minute),
            disposition="spam" if seconds % 11 == 0 else "",
        )
        found += [record, reversal([record])] if back and number % 3 == 0 else [record]
    at = [START + timedelta(days=place % 3) for place in range(len(found))]
    known = [replace(record, recorded_at=when) for record, when in zip(found, at, strict=True)]
    return draw(st.permutations(known))


@settings(max_examples=60, deadline=None)
@given(months(), st.sampled_from([GRACED, SPLIT]))
def test_pages_put_together_are_what_all_records_at_hand_say(records: list[UsageRecord], plan: Plan) -> None:
    """Also where calls are cut at the minutes at which the price changes."""
    terms = replace(terms_by(plan, NOVEMBER), classes=(every_other_minute if plan is SPLIT else always_usual,))
    whole = audit(by_time(records), plan, WHOLE, rate_class=terms.rate_class)
    lines = [line.as_document() for line in whole.lines]
    for key, explained in whole.behind.items():
        charge = plan.charge(key.charge)
        assert charge is not None
        beside = Beside(charge=charge, segment=0, lines=lines, rate_class=key.rate_class)
        rows: list[dict[str, Any]] = []
        reached = BEGIN
        while True:
            page, reached = beside.page(_from(records, reached), terms, len(rows), 3, reached)
            assert page == beside.page(by_time(records), terms, len(rows), 3)[0]  # without a cursor, too
            reached = Reached.parse(str(reached))
            rows += page
            if len(page) < 3:
                break
        assert rows == list(explained.as_document())
        assert beside.contacts == len(rows)


def _from(records: list[UsageRecord], reached: Reached) -> list[UsageRecord]:
    return [record for record in by_time(records) if reached.at is None or record.usage_at >= reached.at]


@pytest.mark.parametrize("text", ["x", "1.2.3", "1.2.3.yesterday", "a.b.c.2026-11-02T08:00:00.000Z"])
def test_a_cursor_that_we_never_gave_out_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match="cursor"):
        Reached.parse(text)


@given(months())
def test_the_annex_is_the_same_whatever_the_order_and_says_what_stands(records: list[UsageRecord]) -> None:
    bill = Usage.of(records, terms_by(GRACED, NOVEMBER), NOVEMBER)
    written = annex(records, bill)
    assert written == annex(list(reversed(records)), bill)
    rows = json.loads(written)["contacts"]
    assert [(row["at"], row["contact"]) for row in rows] == sorted((row["at"], row["contact"]) for row in rows)
    assert sorted((row["contact"], row["revision"]) for row in rows) == sorted(
        (record.contact, record.revision) for record in standing(records)
    )
    # What each contact is billed comes to what the lines bill, grace and all.
    calls = [line for line in bill.lines(Given(), complete=True) if line.kind == "voice_seconds"]
    assert sum(row["billed"] for row in rows if row["charge"] == "voice_seconds") == sum(
        line.used for line in calls[:1]
    )


def test_an_annex_of_nothing_is_json_as_well() -> None:
    assert json.loads(annex([], Usage.of([], terms_by(GRACED, NOVEMBER), NOVEMBER))) == {"contacts": []}


def test_a_record_is_written_before_the_next_instant_is_read() -> None:
    """However long the month, only the records of one instant are held."""
    taken = 0

    def month() -> Iterator[UsageRecord]:
        nonlocal taken
        for number in range(1_000):
            taken += 1
            yield used(Meter.CHAT, contact=f"c{number:04d}", at=START + timedelta(seconds=number // 2))

    for written, _ in enumerate(in_turn(month()), start=1):
        assert taken - written <= 3
    taken = 0
    for written, _ in enumerate(pieces(month(), terms_by(GRACED, NOVEMBER), NOVEMBER)):
        assert taken - written <= 3


class Ledger:
    def __init__(self, records: list[UsageRecord]) -> None:
        self._records = by_time(records)

    def pages(self, tenant: object, period: Period) -> Iterator[list[UsageRecord]]:
        mine = [record for record in self._records if period.contains(record.usage_at)]
        for first in range(0, len(mine), 3):
            yield mine[first : first + 3]


@given(months(), st.sampled_from([START, START + timedelta(days=1), CUTOFF]))
def test_one_reading_says_what_was_recorded_until_then_and_what_after(
    records: list[UsageRecord], cutoff: datetime
) -> None:
    terms = terms_by(GRACED, NOVEMBER)
    digest = hashlib.sha256()
    period = BookPeriod(tenant=SHOP, period=NOVEMBER, tzdata="x")
    once = read(Ledger(records), period, terms, cutoff, digest.update, since=START)
    mine = [record for record in records if record.recorded_at and record.recorded_at <= cutoff]
    after = [record for record in records if record.recorded_at and record.recorded_at > cutoff]
    assert once.used == Usage.of(mine, terms, NOVEMBER)
    assert once.late == sums_of(after, terms)
    assert once.used.sums + once.late == sums_of(records, terms)
    assert once.since == sum(record.recorded_at != START for record in mine)
    assert digest.hexdigest() == hashlib.sha256(annex(mine, once.used)).hexdigest()


@given(months())
def test_short_calls_are_kept_only_where_a_grace_is_agreed(records: list[UsageRecord]) -> None:
    def shorts(plan: Plan) -> int:
        tally = Tally(terms_by(plan, NOVEMBER))
        for record in records:
            tally.add(record)
        return len(tally.shorts)

    calls = [record for record in standing(records) if record.meter is Meter.VOICE and record.quantity < 40]
    assert shorts(GRACED) == sum(not record.dimensions for record in calls)
    assert shorts(simple(voice={"per_minute": "1.00"})) == 0


def test_what_is_packed_comes_out_as_it_went_in_and_takes_less_room() -> None:
    packed = Packed()
    said = [f'{{"contact":"v{number:06d}","billed":36}},\n'.encode() for number in range(20_000)]
    for piece in said:
        packed.write(piece)
    for _ in range(2):
        with packed.opened() as content:
            assert content.read() == b"".join(said)
    assert packed.sha256 == hashlib.sha256(b"".join(said)).hexdigest()
    assert packed.size < len(b"".join(said)) / 4
