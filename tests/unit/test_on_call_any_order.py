"""An urgent message, in whatever order things happen: one has it, once, and each attempt is counted."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.billing.model.ledger import Meter, usage_of
from chalicelib.kernel.errors import Conflict
from chalicelib.kernel.ids import ContactId
from chalicelib.outreach.model.dispatch import Result
from chalicelib.tenancy.model.on_call import By, Step
from tests.fakes.night import DANA, KIM, PEOPLE, RAY, Night, ladder, step


def usage(night: Night) -> dict[Meter, int]:
    contact = night.contact
    return {
        one.meter: one.quantity
        for one in usage_of(contact.tenant, contact.contact, contact.channel, contact.facts).records
    }


DEEDS = st.one_of(
    st.tuples(st.just("passes"), st.sampled_from([0, 1, 30, 60, 120, 241, 301])),
    st.tuples(st.just("hangs_up"), st.integers(0, 20)),
    st.tuples(st.just("record"), st.integers(0, 20)),
    st.tuples(st.just("answers"), st.integers(0, 20)),
    st.tuples(st.just("passes_on"), st.integers(0, 20)),
    st.tuples(st.just("takes"), st.sampled_from([RAY, DANA])),
    st.tuples(st.just("links"), st.integers(0, 20)),
    st.tuples(st.just("cancels"), st.just(0)),
    st.tuples(st.just("begins"), st.just(0)),
    st.tuples(st.just("breaks"), st.sampled_from(["voice", "sms", "email"])),
    st.tuples(st.just("forgets"), st.sampled_from(["voice"])),
    st.tuples(st.just("refuses"), st.sampled_from(["voice", "sms"])),
    st.tuples(st.just("puts_off"), st.integers(1, 400)),
    st.tuples(st.just("mends"), st.just(0)),
)
RUNGS = st.lists(
    st.builds(
        step,
        st.sampled_from([RAY, DANA, KIM, "on_duty"]),
        st.sampled_from([By.VOICE, By.SMS]),
        st.sampled_from([30, 120]),
    ),
    min_size=1,
    max_size=4,
)


def do(night: Night, deed: str, what: Any, first: ContactId) -> None:
    rang, carrier, dispatches = night.carrier.rang, night.carrier, night.dispatches
    match deed:
        case "passes":
            night.passes(what)
        case "hangs_up" if rang:
            night.hangs_up(what % len(rang), answered=bool(what % 2))
        case "record" if rang:
            one = rang[what % len(rang)]
            dispatches.call_over(night.client.id, first, one.call, night.now, at=night.now, answered=True)
        case "answers" | "passes_on" if rang:
            one = rang[what % len(rang)]
            n = int(one.attributes["attempt"])
            found = dispatches.on_the_line(night.client.id, first, call=one.call, number=one.number, n=n, now=night.now)
            if found is not None and deed == "passes_on":
                dispatches.pass_on(night.client.id, first, found[1].n, night.now)
        case "takes":
            night.takes(what, "desk")
        case "links" if carrier.texted:
            text = carrier.texted[what % len(carrier.texted)][1]
            dispatches.take(text.split("/oncall/")[1], night.now)
        case "cancels":
            with suppress(Conflict):  # where it was taken, or nobody took it
                dispatches.cancel(night.client.id, first, by="agent:maria", now=night.now)
        case "begins" if night.it.running:
            night.begins()
        case "breaks":
            carrier.dead.add(what)
        case "forgets":
            carrier.lost.add(what)
        case "refuses":
            carrier.refused.add(what)
        case "puts_off":
            for entry in night.pages.due(night.now + timedelta(days=9), 10):
                night.pages.move(entry, entry.at + timedelta(seconds=what))
        case "mends":
            carrier.refused.clear()
            carrier.dead.clear()
            carrier.lost.clear()


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=150)
@given(RUNGS, st.integers(1, 3), st.lists(DEEDS, max_size=25))
def test_in_any_order_one_has_it_nothing_follows_the_end_and_each_attempt_counts_once(
    rungs: list[Step], rounds: int, deeds: list[tuple[str, Any]]
) -> None:
    night = Night(ladder(*rungs, rounds=rounds))
    first = night.begins().contact
    over_with: int | None = None
    for deed, what in deeds:
        do(night, deed, what, first)
        if not night.it.running:
            assert all(one.result is not Result.PLACED for one in night.it.ringing(night.now))
            over_with = len(night.it.attempts) if over_with is None else over_with
            assert len(night.it.attempts) == over_with
    if not night.it.running:
        # An attempt that was open is given up, if nobody said meanwhile that it was made; however late the clock is
        night.passes(60 + sum(what for deed, what in deeds if deed == "puts_off"))
    made = [one for one in night.it.attempts if one.made]
    facts = night.facts()
    assert night.failed == []
    assert facts.count("acknowledged") <= 1
    assert facts.count("closed") <= 1
    assert facts.count("dialled") == sum(one.by is By.VOICE for one in made)
    assert facts.count("notified") == sum(one.by is By.SMS for one in made) == len(night.carrier.texted)
    assert len({one.id for one in made}) == len(made)
    assert len(made) <= rounds * len(rungs) * len(PEOPLE)
    if night.it.running:
        assert night.pages.due(night.now + timedelta(days=9), 10), "lost for ever"
    else:
        assert facts[-1] == "closed"
        night.passes(86_400)
        assert night.pages.due(night.now + timedelta(days=9), 10) == []
        counted = usage(night)
        assert counted.get(Meter.DIAL, 0) == facts.count("dialled")
        assert counted.get(Meter.SMS, 0) == facts.count("notified")
        assert counted.keys() <= {Meter.DIAL, Meter.SMS}
