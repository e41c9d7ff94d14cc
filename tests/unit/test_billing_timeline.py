from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.billing.model.ledger import Meter, UsageRecord
from chalicelib.billing.model.timeline import PARTS, timeline
from chalicelib.kernel.channel import Channel
from chalicelib.kernel.clock import second
from chalicelib.kernel.facts import Fact
from tests.fakes.usage import JONAS, MARIA, NOON, handled, message, record, refused, told, usage

KINDS = ("queued", "offered", "requeued", "connected", "held", "resumed", "ended", "wrapped", "moved_to_the_moon")


def test_a_call_is_talk_hold_and_wrap_up_and_the_wait_before_it() -> None:
    took = timeline(handled(queue=12, talk=100, hold=20, wrap=30))
    assert took.seconds == {"automated": 0, "queue": 12, "talk": 100, "hold": 20, "wrap": 30}
    assert took.agents == (MARIA,)


def test_a_call_is_billed_in_the_month_in_which_the_talk_ended_wrap_up_included() -> None:
    just_before = datetime(2026, 11, 30, 22, 59, 0, tzinfo=UTC)  # a minute to midnight in Berlin
    took = timeline(handled(start=just_before, queue=0, talk=50, wrap=600))
    assert took.ended_at == just_before + timedelta(seconds=50)


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
    assert all(took.seconds[part] >= 0 for part in PARTS)
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
