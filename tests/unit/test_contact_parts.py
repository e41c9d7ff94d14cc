"""The parts of a contact's time: of any legal story they add up to the whole, for billing and for telephony alike."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.billing.model.timeline import timeline
from chalicelib.contacts.model.contact import MOVES, OVER, Arrival, Contact, opened
from chalicelib.contacts.model.parts import ALWAYS, SOMETIMES, seconds_of
from chalicelib.kernel.channel import Channel
from chalicelib.kernel.clock import second
from chalicelib.kernel.errors import Conflict
from chalicelib.kernel.facts import Fact
from chalicelib.kernel.ids import ContactId, TenantId
from tests.fakes.usage import MARIA, NOON, handled, told

DATA: dict[str, Any] = {
    "agent": MARIA, "offer": "o1", "number": "+1", "call": "x", "to": "customer", "id": "i", "attempt": 1,
    "contact": "v9", "what": "order", "found": "yes", "score": 5, "where": "queue", "topic": "hours",
}  # fmt: skip


@st.composite
def stories(draw: st.DrawFn, channel: Channel = Channel.VOICE) -> tuple[Fact, ...]:
    """Any that the state machine allows, by a clock that may run backwards; most of them come to an end."""
    arrival = Arrival(
        channel=channel, entry_point="e", customer="", source_id="c1", direction=draw(st.sampled_from(["", "outbound"]))
    )
    contact = opened(TenantId("shop"), ContactId("v1"), arrival, NOON)
    at = NOON
    for n in range(draw(st.integers(0, 25))):
        kinds = [kind for kind in sorted(MOVES) if _may(contact, kind)]
        if contact.over or not kinds:
            break
        at += timedelta(seconds=draw(st.floats(-3, 600)))
        fact = Fact(kind=draw(st.sampled_from(kinds)), at=at, data=DATA | {"id": f"i{n}", "call": f"x{n}"})
        contact = contact.after(fact)
    return contact.facts


def _may(contact: Contact, kind: str) -> bool:
    try:
        contact.check(kind)
    except Conflict:
        return False
    return True


@given(stories())
def test_the_parts_of_any_legal_story_add_up_to_the_whole_of_it(facts: tuple[Fact, ...]) -> None:
    found = seconds_of(facts)
    assert sum(found.values()) == max(second(fact.at) for fact in facts) - second(NOON)
    assert set(ALWAYS) <= set(found) <= {*ALWAYS, *SOMETIMES}
    assert min(found.values()) >= 0


@given(stories())
def test_an_agent_is_bound_for_exactly_his_talk_hold_and_wrap_up(facts: tuple[Fact, ...]) -> None:
    """An agent's time is conserved: what a client is billed for of it is what the agent's day has of it."""
    took = timeline(facts)
    assert sum(turn.end - turn.start for turn in took.turns) == sum(
        took.seconds[one] for one in ("talk", "hold", "wrap")
    )


@given(stories(), st.sampled_from(["rated", "transferred", "recording_paused", "recording_resumed", "looked_up"]))
def test_facts_that_only_tell_something_begin_nothing(facts: tuple[Fact, ...], kind: str) -> None:
    more = [one for fact in facts for one in (fact, Fact(kind=kind, at=fact.at))]
    assert seconds_of(more) == seconds_of(facts)


def test_every_move_that_ends_a_contact_ends_what_is_counted() -> None:
    for kind, move in MOVES.items():
        if move.to in OVER:
            facts = told((0, "arrived", {}), (10, kind, {}), (500, "rated", {"score": 5}))
            assert sum(seconds_of(facts).values()) == 10, kind


def test_who_is_called_back_waits_on_the_line_first_and_then_at_home() -> None:
    facts = told(
        (0, "arrived", {}),
        (5, "queued", {}),
        (65, "callback_asked", {"number": "+1"}),
        (600, "offered", {"agent": MARIA}),
        (610, "dialled", {"to": "customer", "call": "x1"}),
        (640, "not_reached", {"attempt": 1}),
        (2000, "queued", {}),
        (2100, "offered", {"agent": MARIA}),
        (2130, "connected", {"agent": MARIA}),
        (2190, "ended", {}),
        (2200, "wrapped", {}),
    )
    assert seconds_of(facts) == {"automated": 5, "queue": 60, "callback": 2065, "talk": 60, "hold": 0, "wrap": 10}


def test_whom_we_call_neither_waits_nor_is_served_by_a_machine() -> None:
    outbound = told((0, "arrived", {"direction": "outbound"}), (2, "offered", {"agent": MARIA}))
    rang = (*outbound, *told((5, "dialled", {"to": "customer", "call": "x1"}), (25, "connected", {"agent": MARIA})))
    assert seconds_of(rang) == dict.fromkeys(ALWAYS, 0) | {"dialling": 25}
    outside = told((0, "arrived", {}), (1, "dialled", {"to": "outside", "call": "x1"}), (20, "patched", {}))
    done = seconds_of((*outside, *told((80, "closed", {}))))
    assert done == dict.fromkeys(ALWAYS, 0) | {"automated": 1, "dialling": 19, "patched": 60}


def test_a_call_as_it_always_was_says_what_it_always_said() -> None:
    """What happens only sometimes is left out, so that a redelivery of an old fact is still silence."""
    assert set(seconds_of(handled())) == set(ALWAYS)
