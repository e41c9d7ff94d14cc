"""Calls out, calls put through and automation events: from the words of a plan, by facts, to a line of the invoice."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest

from chalicelib.billing.model.explain import audit
from chalicelib.billing.model.ledger import UsageRecord
from chalicelib.billing.model.line import Line
from chalicelib.billing.model.rating import rate
from chalicelib.billing.model.totals import totals_of
from chalicelib.billing.model.words import ENGLISH, GERMAN, Words
from tests.fakes.plans import WHOLE, planned
from tests.fakes.usage import handled, told, usage

PLAN = """
name = "Voice"
currency = "EUR"
base = "0"
tax = { category = "S", rate = "19" }

[voice]
per_minute = "1.20"
per_event_s = 6

[patched]
per_minute = "0.10"
included_minutes = 1

[dial]
per_contact = "0.50"
included = 1
"""


def call_out(n: int, answered: bool) -> tuple[UsageRecord, ...]:
    """A leg outside of 4 minutes, or one that nobody took."""
    facts = told((0, "arrived", {}), (0, "dialled", {"to": "outside", "call": f"x{n}"}))
    facts += told((20, "patched", {}), (260, "closed", {})) if answered else told((30, "closed", {}))
    return usage(facts, contact=f"v{n}").records


def lines(*found: UsageRecord, words: Words = ENGLISH) -> dict[str, Line]:
    plan = planned(tomllib.loads(PLAN))
    whole = audit(found, plan, WHOLE)
    said = rate(totals_of(found, plan), plan, WHOLE, words=words)
    assert [line.amount for line in whole.lines] == [line.amount for line in said]
    return {line.kind: line for line in said}


def looked(times: int) -> UsageRecord:
    events = told(*((10, "looked_up", {"what": "order", "found": "yes"}) for _ in range(times)))
    (record,) = usage((*handled(talk=60, wrap=30)[:4], *events, *handled(talk=60, wrap=30)[4:])).records
    return record


@pytest.mark.parametrize(
    ("words", "text", "rule"),
    [
        (
            ENGLISH,
            "Calls connected through",
            "2 calls: by the second; 1 min included; then 0.10 EUR per minute",
        ),
        (
            GERMAN,
            "Durchgestellte Anrufe",
            "2 Anrufe: auf die Sekunde; 1 min enthalten; dann 0,10 EUR je Minute",
        ),
    ],
)
def test_calls_put_through_are_minutes_with_somebody_outside(words: Words, text: str, rule: str) -> None:
    line = lines(*call_out(1, True), *call_out(2, True), *call_out(3, False), words=words)["patched_seconds"]
    assert (line.used, line.included, line.quantity, line.amount.text()) == (480, 60, 420, "0.70")
    assert (line.text, line.rule) == (text, rule)


@pytest.mark.parametrize(
    ("words", "text", "rule"),
    [
        (ENGLISH, "Attempts to reach somebody", "3 attempts; 1 included; then 0.50 EUR each"),
        (GERMAN, "Versuche, jemanden zu erreichen", "3 Versuche; 1 enthalten; dann je 0,50 EUR"),
    ],
)
def test_every_attempt_counts_whether_they_answered_or_not(words: Words, text: str, rule: str) -> None:
    line = lines(*call_out(1, True), *call_out(2, True), *call_out(3, False), words=words)["dial"]
    assert (line.used, line.included, line.quantity, line.amount.text()) == (3, 1, 2, "1.00")
    assert (line.text, line.rule) == (text, rule)


def test_each_automation_event_is_six_seconds_of_live_time() -> None:
    """90 s of talk and wrap-up and two look-ups: 102 s."""
    line = lines(looked(2))["voice_seconds"]
    assert (line.quantity, line.amount.text()) == (102, "2.04")
    assert "6 s added for each automation event" in line.rule
    assert lines(looked(0))["voice_seconds"].quantity == 90


def explained(kind: str) -> dict[str, Any]:
    records = [*call_out(1, True), *call_out(3, False)]
    whole = audit(records, planned(tomllib.loads(PLAN)), WHOLE)
    line = next(line for line in whole.lines if line.kind == kind)
    found = whole.explain(line)
    assert found is not None
    return next(found.as_document())


def test_what_is_behind_such_a_line_can_be_counted_again() -> None:
    put_through = explained("patched_seconds")
    assert (put_through["raw"], put_through["billed"], put_through["seconds"]["patched"]) == (240, 240, 240)
    assert (explained("dial")["raw"], explained("dial")["billed"]) == (1, 1)


DISPATCHED = """
name = "On call"
currency = "USD"
base = "0"
tax = { category = "O", rate = "0" }

[voice]
per_minute = "0"
per_call = "1.00"

[dial]
per_contact = "1.00"

[sms]
per_contact = "0.10"

[mail]
per_contact = "0.05"
"""


def dispatched(*ways: str) -> tuple[UsageRecord, ...]:
    """A message that went these ways to who is on call, and was taken in the end."""
    facts: list[tuple[int, str, dict[str, Any]]] = [
        (0, "arrived", {"direction": "outbound", "outreach": "dispatch:emergency"})
    ]
    for n, way in enumerate(ways, 1):
        if way == "voice":
            facts.append((n * 60, "dialled", {"to": "outside", "call": f"call-{n}"}))
        else:
            facts.append((n * 60, "notified", {"by": way, "to": "Ray", "id": f"{way}-{n}"}))
    facts += [(900, "acknowledged", {"who": "Ray", "how": "voice"}), (900, "closed", {"why": "acknowledged"})]
    return usage(told(*facts), contact="v9").records


def priced(*found: UsageRecord) -> dict[str, tuple[int, str]]:
    plan = planned(tomllib.loads(DISPATCHED))
    said = rate(totals_of(found, plan), plan, WHOLE, words=ENGLISH)
    return {line.kind: (line.used, line.amount.text()) for line in said if line.used and line.kind != "base"}


def test_one_call_and_three_dials_to_who_is_on_call_are_four() -> None:
    (call,) = usage(handled(talk=60, wrap=30)).records
    lines = priced(call, *dispatched("voice", "voice", "voice"))
    assert (lines["calls"], lines["dial"]) == ((1, "1.00"), (3, "3.00"))
    assert sum(lines[kind][0] for kind in ("calls", "dial")) == 4


def test_texts_and_mails_to_who_is_on_call_count_by_their_own_meters() -> None:
    lines = priced(*dispatched("voice", "sms", "email", "email"))
    assert lines == {"dial": (1, "1.00"), "sms": (1, "0.10"), "mail": (2, "0.10")}


def test_a_dispatch_is_no_minute_no_lost_call_and_nothing_that_a_machine_served() -> None:
    records = dispatched("voice", "sms")
    assert {one.meter.value for one in records} == {"dial", "sms"}
    assert all(one.seconds[part] == 0 for one in records for part in ("automated", "talk", "queue", "wrap"))
    assert {one.dimensions["direction"] for one in records} == {"outbound"}
    assert dispatched() == ()


@pytest.mark.parametrize(
    ("words", "text"), [(ENGLISH, "Mails to people on call"), (GERMAN, "E-Mails an die Rufbereitschaft")]
)
def test_the_invoice_says_what_those_mails_are(words: Words, text: str) -> None:
    plan = planned(tomllib.loads(DISPATCHED))
    found = rate(totals_of(dispatched("email"), plan), plan, WHOLE, words=words)
    assert text in {line.text for line in found}
