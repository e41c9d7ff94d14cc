"""The state machine of a contact."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.contacts.model.contact import (
    MOVES,
    OVER,
    Arrival,
    Contact,
    IllegalMove,
    SomebodyElses,
    opened,
    replayed,
)
from chalicelib.kernel.channel import Channel
from chalicelib.kernel.facts import Fact
from chalicelib.kernel.ids import ContactId, TenantId, contact_id
from tests.fakes.clock import MONDAY

KINDS = tuple(MOVES)


def a_call() -> Contact:
    arrival = Arrival(channel=Channel.VOICE, entry_point="+15550100100", customer="+15550100999", source_id="connect-1")
    return opened(TenantId("plumber"), contact_id("voice", "connect-1"), arrival, MONDAY)


def fact(kind: str, seconds: int = 0, **data: str) -> Fact:
    return Fact(kind=kind, at=MONDAY + timedelta(seconds=seconds), data=data)


def handled() -> list[Fact]:
    return [
        fact("queued", 5, team="shared", deadline="2026-11-23T09:00:25.000Z"),
        fact("offered", 6, agent="maria", offer="o1", reason="idle"),
        fact("requeued", 26, agent="maria", offer="o1", why="missed"),
        fact("offered", 27, agent="jonas", offer="o2", reason="idle"),
        fact("connected", 30, agent="jonas"),
        fact("held", 40),
        fact("resumed", 50),
        fact("ended", 60, why="customer"),
        fact("wrapped", 90, disposition="solved"),
    ]


def test_a_whole_call_ends_wrapped_and_remembers_who_had_it() -> None:
    contact = replayed(a_call(), handled())
    assert (contact.state, contact.agent, contact.disposition, contact.version) == ("wrapped", "jonas", "solved", 10)


def test_a_missed_offer_forgets_the_agent_but_not_the_place() -> None:
    contact = replayed(a_call(), handled()[:3])
    assert (contact.state, contact.agent, contact.offer) == ("queued", "", "")
    assert contact.deadline == "2026-11-23T09:00:25.000Z"


def test_only_the_agent_who_was_offered_the_contact_may_take_it() -> None:
    offered = replayed(a_call(), handled()[:2])
    with pytest.raises(SomebodyElses):
        offered.after(fact("connected", agent="jonas"), {"agent": "jonas"})


@given(st.lists(st.sampled_from(KINDS), max_size=12))
def test_no_order_of_moves_leaves_the_state_machine(kinds: list[str]) -> None:
    contact = a_call()
    for kind in kinds:
        try:
            contact = contact.after(fact(kind, agent="maria", offer="o1", team="shared", deadline="d", disposition="x"))
        except IllegalMove:
            lacks, has = MOVES[kind].lacks, MOVES[kind].has
            barred = any(getattr(contact, name) for name in lacks) or not all(getattr(contact, name) for name in has)
            assert barred or contact.state not in MOVES[kind].come_from
    assert contact.version == len(contact.facts)
    if contact.over:
        assert not any(contact.state in move.come_from for move in MOVES.values() if move.to)


def test_what_is_over_stays_over() -> None:
    for state in OVER:
        assert not any(state in move.come_from for move in MOVES.values() if move.to)


def test_a_repeated_fact_is_known_and_a_new_one_is_not() -> None:
    contact = replayed(a_call(), handled()[:5])
    assert contact.has_already(fact("connected", agent="jonas"), {"agent": "jonas"})
    assert not contact.has_already(fact("connected", agent="maria"), {"agent": "maria"})
    assert not contact.has_already(fact("ended"))
    held = contact.after(fact("held"))
    assert held.has_already(fact("held"), {"agent": "jonas"})
    assert not held.has_already(fact("held"), {"agent": "maria"})


def test_what_is_remembered_of_a_repeated_fact_is_by_what_it_is_one() -> None:
    talks = replayed(a_call(), [*handled()[:5], fact("dialled", 31, to="outside", call="c-1")])
    assert talks.has_already(fact("dialled", to="customer", call="c-1"))
    assert not talks.has_already(fact("dialled", to="outside", call="c-2"))
    assert not talks.has_already(fact("recording_resumed"))
    paused = talks.after(fact("recording_paused", 32))
    assert paused.has_already(fact("recording_paused"))
    assert not paused.has_already(fact("recording_resumed"))
    on = paused.after(fact("recording_resumed", 33))
    assert on.has_already(fact("recording_resumed"))
    assert not on.has_already(fact("recording_paused"))
    with pytest.raises(IllegalMove):
        on.after(fact("recording_resumed", 34))


def test_a_move_that_leaves_the_state_adds_only_what_it_says() -> None:
    talks = replayed(a_call(), handled()[:5])
    for kind, data in (("transferred", {"to": "agent:ben", "contact": "v1"}), ("looked_up", {"what": "order"})):
        after = talks.after(fact(kind, 40, **data))
        assert replace(after, facts=talks.facts, once=()) == talks
        assert after.facts[-1].kind == kind


def test_who_was_not_reached_is_with_us_and_keeps_his_place() -> None:
    asked = fact("callback_asked", 6, number="+1")
    waits = replayed(a_call(), [handled()[0], asked, handled()[1], fact("not_reached", 30, id="c-1")])
    assert (waits.state, waits.agent, waits.offer, waits.callback) == ("arrived", "", "", "+1")
    assert waits.deadline == "2026-11-23T09:00:25.000Z"
    assert waits.after(handled()[0]).state == "queued"
    assert (waits.patient, replayed(a_call(), handled()[:1]).patient) == (True, False)


@pytest.mark.parametrize(
    "more",
    [[], [Fact(kind="rated", at=MONDAY + timedelta(seconds=91), by="customer", data={"score": 4})]],
)
def test_a_contact_comes_back_from_its_item_as_it_was(more: list[Fact]) -> None:
    contact = replayed(a_call(), [*handled(), *more])
    assert Contact.from_item({"pk": "x", "sk": "CONTACT", **contact.as_item()}) == contact


def test_the_same_arrival_has_the_same_id_and_another_has_not() -> None:
    assert contact_id("voice", "a") == contact_id("voice", "a")
    assert len({contact_id("voice", "a"), contact_id("voice", "b"), contact_id("email", "a")}) == 3
    assert len(ContactId(contact_id("voice", "a"))) == 21
