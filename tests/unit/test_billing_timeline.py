from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.billing.model.ledger import Engagement, Meter, Mode, UsageRecord
from chalicelib.billing.model.timeline import timeline
from chalicelib.contacts.model.parts import ALWAYS
from chalicelib.kernel.channel import Channel
from chalicelib.kernel.clock import second
from chalicelib.kernel.errors import Invalid
from chalicelib.kernel.facts import Fact
from chalicelib.kernel.ids import ContactId
from tests.fakes.usage import JONAS, MARIA, NOON, SHOP, handled, message, record, refused, told, usage

KINDS = ("queued", "offered", "requeued", "connected", "held", "resumed", "ended", "wrapped", "moved_to_the_moon")


def test_a_call_is_talk_hold_and_wrap_up_and_the_wait_before_it() -> None:
    took = timeline(handled(queue=12, talk=100, hold=20, wrap=30))
    assert took.seconds == {"automated": 0, "queue": 12, "talk": 100, "hold": 20, "wrap": 30}
    assert took.agents == (MARIA,)


def test_a_call_is_billed_in_the_month_in_which_the_talk_ended_wrap_up_included() -> None:
    just_before = datetime(2026, 11, 30, 22, 59, 0, tzinfo=UTC)  # a minute to midnight in Berlin
    took = timeline(handled(start=just_before, queue=0, talk=50, wrap=600))
    assert took.ended_at == just_before + timedelta(seconds=50)


def test_a_number_outside_counts_as_dialled_only_where_telephony_took_it_up() -> None:
    """A leg that telephony dials is closed, whether or not somebody answered; or its customer waits for an agent."""
    dialled = ((0, "arrived", {}), (1, "dialled", {"to": "outside", "call": "x1"}))
    given_up = told(*dialled, (9, "abandoned", {"where": "ivr"}))
    assert Meter.DIAL not in {one.meter for one in usage(given_up).records}
    for rest in (
        ((30, "closed", {"why": "no_answer"}),),
        ((9, "patched", {}), (30, "closed", {})),
        ((30, "queued", {}), (60, "abandoned", {"where": "queue"})),
    ):
        counted = {one.meter: one.quantity for one in usage(told(*dialled, *rest)).records}
        assert counted[Meter.DIAL] == 1
    missed = told((0, "arrived", {}), (1, "dialled", {"to": "customer", "call": "x"}), (9, "abandoned", {"where": "x"}))
    assert {one.meter: one.quantity for one in usage(missed).records}[Meter.DIAL] == 1


def test_a_call_that_comes_back_to_the_queue_is_a_turn_of_each_agent() -> None:
    took = timeline(
        told(
            (0, "arrived", {}),
            (2, "queued", {}),
            (10, "connected", {"agent": MARIA}),
            (40, "requeued", {"why": "vanished"}),
            (55, "connected", {"agent": JONAS}),
            (75, "ended", {}),
            (80, "wrapped", {}),
        )
    )
    assert took.seconds == {"automated": 2, "queue": 8 + 15, "talk": 30 + 20, "hold": 0, "wrap": 5}
    start = second(NOON)
    assert [(turn.agent, turn.start - start, turn.end - start) for turn in took.turns] == [
        (MARIA, 10, 40),
        (JONAS, 55, 80),
    ]


def test_fractions_of_seconds_do_not_add_up_to_seconds_that_never_were() -> None:
    took = timeline(
        told((0.9, "arrived", {}), (1.1, "connected", {"agent": MARIA}), (1.9, "ended", {}), (2.0, "wrapped", {}))
    )
    assert sum(took.seconds.values()) == 2


def test_a_clock_that_ran_backwards_makes_no_negative_time() -> None:
    took = timeline(
        told((10, "arrived", {}), (4, "connected", {"agent": MARIA}), (70, "ended", {}), (60, "wrapped", {}))
    )
    assert took.seconds["talk"] == 60
    assert took.seconds["wrap"] == 0


def test_a_clock_that_ran_backwards_over_the_end_of_a_month_ends_no_contact_in_the_one_before() -> None:
    midnight = datetime(2026, 11, 30, 23, tzinfo=UTC)
    took = record(told((1, "arrived", {}), (2, "connected", {"agent": MARIA}), (-60, "ended", {}), start=midnight))
    assert took.usage_at == took.opened_at == midnight + timedelta(seconds=1)


def test_a_call_that_was_put_through_to_somebody_outside_is_counted_apart() -> None:
    facts = told(
        (0, "arrived", {}),
        (0, "connected", {"agent": MARIA}),
        (60, "patched", {}),
        (360, "ended", {}),
        (370, "wrapped", {}),
    )
    assert {(one.meter, one.quantity) for one in usage(facts).records} == {(Meter.VOICE, 70), (Meter.PATCHED, 300)}


def test_what_a_machine_served_to_its_end_is_automated_and_waiting_for_an_agent_is_not() -> None:
    served = told((0, "arrived", {}), (45, "self_served", {"topic": "hours"}))
    assert {(one.meter, one.quantity) for one in usage(served).records} == {
        (Meter.SELF_SERVED, 1),
        (Meter.AUTOMATED, 45),
    }
    assert {one.meter for one in usage(served, channel=Channel.CHAT).records} == {Meter.SELF_SERVED, Meter.BOT_CHAT}
    waited = told((0, "arrived", {}), (45, "queued", {}), (50, "connected", {"agent": MARIA}), (60, "ended", {}))
    assert [one.meter for one in usage(waited).records] == [Meter.VOICE]


def test_texts_and_calls_out_are_counted_one_by_one() -> None:
    facts = (*handled()[:-1], *told((95, "texted", {}), (96, "texted", {}), (97, "dialled", {}), (98, "wrapped", {})))
    counts = {one.meter: one.quantity for one in usage(facts).records}
    assert (counts[Meter.SMS], counts[Meter.DIAL]) == (2, 1)


def test_a_leg_to_somebody_outside_is_its_time_with_them_and_the_attempt() -> None:
    rang = told((0, "arrived", {}), (1, "dialled", {"to": "outside", "call": "x1"}))
    answered = (*rang, *told((20, "patched", {}), (320, "closed", {})))
    assert {(one.meter, one.quantity) for one in usage(answered).records} == {(Meter.PATCHED, 300), (Meter.DIAL, 1)}
    nobody = (*rang, *told((31, "closed", {})))
    assert {(one.meter, one.quantity) for one in usage(nobody).records} == {(Meter.DIAL, 1)}
    assert usage(told((0, "arrived", {}), (2, "closed", {}))).records == ()


def test_whom_nobody_reached_is_each_attempt_and_no_agents_time() -> None:
    tried = told(
        (0, "arrived", {"direction": "outbound"}),
        (1, "offered", {"agent": MARIA}),
        (2, "dialled", {"to": "customer", "call": "x1"}),
        (40, "abandoned", {"where": "no_answer"}),
    )
    found = usage(tried)
    assert {(one.meter, one.quantity) for one in found.records} == {(Meter.DIAL, 1)}
    assert found.engagements == ()
    assert {one.dimensions["direction"] for one in found.records} == {"outbound"}


def test_what_a_machine_looked_up_is_an_automation_event_each_time_beside_those_that_were_told() -> None:
    looked = told((20, "looked_up", {"what": "order", "found": "yes"}), (21, "looked_up", {"found": "no"}))
    assert record((*handled()[:-2], *looked, *handled()[-2:])).dimensions["events"] == "2"
    wrapped = told((95, "wrapped", {"disposition": "solved", "events": 3}))
    assert record((*handled()[:-2], *looked, handled()[-2], *wrapped)).dimensions["events"] == "5"
    assert "events" not in record(handled()).dimensions


def test_a_rating_a_paused_recording_and_a_transfer_are_no_usage_of_their_own() -> None:
    more = told((20, "recording_paused", {}), (30, "recording_resumed", {}), (40, "transferred", {"to": "agent:jonas"}))
    assert record((*handled()[:-2], *more, *handled()[-2:])).payload == record(handled()).payload
    rated = told((80, "rated", {"score": 5}))
    assert record((*handled()[:-1], *rated, handled()[-1])).payload == record(handled()).payload


def test_the_decision_that_offered_a_contact_says_whether_the_agent_is_the_clients_own() -> None:
    def offered(why: list[str]) -> UsageRecord:
        return record(
            told(
                (0, "arrived", {}),
                (0, "offered", {"agent": JONAS, "why": ["dedicated=1"]}),
                (20, "requeued", {}),
                (20, "offered", {"agent": MARIA, "why": why}),
                (25, "connected", {"agent": MARIA}),
                (85, "ended", {}),
            )
        )

    assert offered(["turn=fair", "dedicated=1"]).mode is Mode.DEDICATED
    assert offered(["turn=fair"]).mode is Mode.SHARED
    assert record(refused()).mode is Mode.SHARED


def test_a_record_of_before_there_were_modes_says_the_same() -> None:
    """What is usual is left out of the payload, so that a redelivery of an old fact is still silence."""
    assert not {"mode", "reverses", "recorded_at"} & record(handled()).as_item().keys()
    assert "patched" not in record(handled()).seconds


@pytest.mark.parametrize(
    ("field", "changed"),
    [("quantity", {"quantity": -1}), ("seconds.talk", {"seconds": {"talk": -1}}),
     ("usage_at", {"usage_at": NOON - timedelta(seconds=1)}), ("revision", {"revision": 0}),
     ("revision", {"revision": 2, "reverses": 2})],
)  # fmt: skip
def test_a_record_that_cannot_be_names_the_field(field: str, changed: dict[str, Any]) -> None:
    with pytest.raises(Invalid) as refusal:
        replace(record(handled()), **changed)
    assert refusal.value.field == field


@pytest.mark.parametrize("end", [100, 99])
def test_work_that_ends_before_it_begins_is_refused(end: int) -> None:
    with pytest.raises(Invalid, match="end"):
        Engagement(agent=MARIA, tenant=SHOP, contact=ContactId("v1"), channel=Channel.VOICE, start=100, end=end)


def test_who_hangs_up_in_the_queue_was_with_nobody() -> None:
    took = timeline(told((0, "arrived", {}), (3, "queued", {}), (33, "abandoned", {"where": "queue"})))
    assert not took.connected
    assert took.seconds["queue"] == 30


@given(st.lists(st.tuples(st.sampled_from(KINDS), st.floats(-5, 1000)), max_size=20))
def test_the_parts_of_any_contact_lie_within_the_whole_of_it(steps: list[tuple[str, float]]) -> None:
    at, facts = NOON, [Fact(kind="arrived", at=NOON)]
    for kind, later in steps:
        at += timedelta(seconds=later)
        facts.append(Fact(kind=kind, at=at, data={"agent": MARIA}))
    took = timeline(facts)
    whole = second(max(fact.at for fact in facts)) - second(NOON)
    assert all(took.seconds[part] >= 0 for part in ALWAYS)
    assert sum(took.seconds.values()) <= whole
    assert all(turn.start <= turn.end for turn in took.turns)


def test_each_kind_of_contact_has_its_meter() -> None:
    assert record(handled()).meter is Meter.VOICE
    assert record(handled(), channel=Channel.CHAT).meter is Meter.CHAT
    assert record(handled(), channel=Channel.EMAIL).meter is Meter.EMAIL
    assert record(refused(), channel=Channel.CHAT).meter is Meter.REFUSED


def test_a_calls_quantity_is_its_handle_time_and_a_chats_is_one() -> None:
    assert record(handled(queue=99, talk=60, hold=10, wrap=30)).quantity == 100
    assert record(handled(talk=600), channel=Channel.CHAT).quantity == 1


def test_a_refused_contact_says_why_and_has_no_agent() -> None:
    turned_away = record(refused(), channel=Channel.EMAIL)
    assert turned_away.dimensions == {"reason": "channel_not_in_tier", "tier": "voice"}
    assert turned_away.agents == ()


def test_a_call_that_was_talked_through_and_then_abandoned_is_both() -> None:
    facts = told(
        (0, "arrived", {}),
        (0, "queued", {}),
        (5, "connected", {"agent": MARIA}),
        (65, "requeued", {"why": "vanished"}),
        (90, "abandoned", {"where": "queue"}),
    )
    both = usage(facts).records
    assert {(one.meter, one.quantity) for one in both} == {(Meter.VOICE, 60), (Meter.ABANDONED, 1)}


def test_a_contact_that_no_agent_had_is_not_billed_as_handled() -> None:
    closed_unread = told((0, "arrived", {}), (0, "queued", {}), (9, "wrapped", {"disposition": "spam"}))
    assert usage(closed_unread, channel=Channel.EMAIL).records == ()


def test_a_contact_that_took_no_whole_second_is_counted_but_is_no_work() -> None:
    at_once = usage(handled(talk=0.2, wrap=0.3), channel=Channel.CHAT)
    assert [one.quantity for one in at_once.records] == [1]
    assert at_once.engagements == ()


def test_nothing_a_person_said_or_is_gets_into_the_ledger() -> None:
    facts = (
        *handled()[:-1],
        Fact(kind="wrapped", at=NOON + timedelta(hours=1), data={"disposition": "solved", "note": "Ms Smith"}),
    )
    assert "Smith" not in str(usage(facts))


def test_the_same_delivery_has_the_same_payload_and_another_story_has_not() -> None:
    assert record(handled(talk=60)).payload == record(handled(talk=60)).payload
    assert record(handled(talk=60)).payload != record(handled(talk=61)).payload


def test_a_record_comes_back_from_its_item_as_it_was() -> None:
    written = record(handled())
    assert UsageRecord.from_item(written.as_item()) == written


def test_the_message_of_a_test_looks_like_a_delivered_one() -> None:
    assert message(handled())["seq"] == len(message(handled())["contact"]["facts"])
