"""An agent asks a colleague first: what each of them hears, and what of it is on which tape."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.contacts.model.contact import Contact
from chalicelib.contacts.model.errand import TransferErrand
from chalicelib.desk.service.switchboard_recording import ON, PAUSED, ConversationRecording
from chalicelib.kernel.errors import Unavailable
from chalicelib.kernel.ids import AgentId
from infra.local.connect.parties import Call, Speaker
from tests.fakes.call_house import RINGS_S, CallHouse
from tests.fakes.telephone import MONDAY_MORNING, ExchangeRecorder, spoken
from tests.fakes.tenants import changed

CARD, AFTER, BEFORE = "4111 1111 1111 1111", "That was all of it.", "I would like to pay."
WAITS = "You keep your place in line."


@pytest.fixture
def house() -> CallHouse:
    return CallHouse(MONDAY_MORNING, changed("plumber", calls__recording__mode="on"))


def asks(house: CallHouse, call: Call, to: str, *, warm: bool = True) -> None:
    contact = house.contact(call)
    errand = TransferErrand(
        tenant=contact.tenant,
        contact=contact.contact,
        to=to,
        agent=AgentId("maria"),
        until=house.clock.now() + timedelta(seconds=60),
        warm=warm,
    )
    house.contacts.leave_transfer(errand)
    house.exchange.transfer("maria")
    house.clock.advance(RINGS_S)


def switches(house: CallHouse, contact: Contact, state: str) -> None:
    """At his desk."""
    contact = house.contacts.get(contact.tenant, contact.contact)
    recording = ConversationRecording(house.contacts, ExchangeRecorder(lambda: house.exchange))
    recording.switch(
        AgentId(contact.agent), contact, state, house.leg(contact.agent).segment.contact_id, house.clock.now()
    )


def says(house: CallHouse, call: Call, text: str) -> None:
    house.exchange.customer_says(call, text)
    house.clock.advance(3)


def on_tape(house: CallHouse) -> dict[str, list[str]]:
    """Of each agent's part."""
    agents = {segment.contact_id: segment.agent for call in house.exchange.calls.values() for segment in call.segments}
    told: dict[str, list[str]] = {}
    for take in house.tapes.takes:
        agent = agents[take.contact_id]
        if agent is not None:
            told.setdefault(agent.id, []).extend(spoken(take.lines, Speaker.CUSTOMER))
    return told


def over(house: CallHouse, call: Call) -> None:
    house.exchange.hang_up(call)
    for agent in ("maria", "jonas"):
        house.wraps(agent)


def test_who_is_asked_into_a_paused_conversation_begins_paused_and_may_let_it_go_on(house: CallHouse) -> None:
    call = house.talks()
    house.agent("jonas")
    says(house, call, BEFORE)
    switches(house, house.contact(call), PAUSED)
    asks(house, call, "agent:jonas")
    house.answers("jonas")
    (leg,) = house.legs(call)
    assert house.contacts.get(leg.tenant, leg.contact).recording == "paused"
    assert house.leg("jonas").segment.recording_state == "paused"
    house.exchange.join("maria")
    says(house, call, CARD)
    house.exchange.complete("maria")
    says(house, call, CARD)
    switches(house, leg, ON)
    says(house, call, AFTER)
    over(house, call)
    assert on_tape(house) == {"maria": [BEFORE], "jonas": [AFTER]}
    facts = house.contacts.get(leg.tenant, leg.contact).facts
    by = [(fact.kind, fact.by) for fact in facts if fact.kind.startswith("recording")]
    assert by == [("recording_paused", "agent:maria"), ("recording_resumed", "agent:jonas")]


def test_a_pause_while_all_three_speak_is_on_nobodys_tape(house: CallHouse) -> None:
    call = house.talks()
    house.agent("jonas")
    asks(house, call, "agent:jonas")
    house.answers("jonas")
    house.exchange.join("maria")
    (leg,) = house.legs(call)
    says(house, call, BEFORE)
    switches(house, leg, PAUSED)
    says(house, call, CARD)
    switches(house, house.contact(call), ON)
    says(house, call, AFTER)
    over(house, call)
    assert on_tape(house) == {"maria": [BEFORE, AFTER], "jonas": [BEFORE, AFTER]}


def test_words_before_a_colleague_came_are_not_on_his_tape_when_the_asking_agent_leaves(house: CallHouse) -> None:
    call = house.dials()
    house.clock.advance(300)  # he hears much that no agent does
    house.agent("maria")
    house.answers()
    house.agent("jonas")
    switches(house, house.contact(call), PAUSED)
    says(house, call, CARD)
    switches(house, house.contact(call), ON)
    asks(house, call, "agent:jonas")
    house.answers("jonas")
    house.exchange.complete("maria")
    says(house, call, AFTER)
    over(house, call)
    assert on_tape(house) == {"jonas": [AFTER], "maria": []}


def test_an_event_that_comes_again_does_not_pause_what_the_colleague_let_go_on(house: CallHouse) -> None:
    call = house.talks()
    house.agent("jonas")
    switches(house, house.contact(call), PAUSED)
    asks(house, call, "agent:jonas")
    house.answers("jonas")
    house.exchange.complete("maria")
    (leg,) = house.legs(call)
    switches(house, leg, ON)
    connected = [event for event in house.bus.kept if event["detail"]["eventType"] == "CONNECTED_TO_AGENT"]
    assert house.bus.deliver(connected[-1]) == "connected"
    assert house.contacts.get(leg.tenant, leg.contact).recording == ""
    over(house, call)


def test_a_part_that_telephony_did_not_pause_is_not_noted_as_paused(house: CallHouse) -> None:
    call = house.talks()
    house.agent("jonas")
    switches(house, house.contact(call), PAUSED)
    house.bus.held_back = {"CONNECTED_TO_AGENT"}
    asks(house, call, "agent:jonas")
    house.answers("jonas")
    (leg,) = house.legs(call)
    segment = house.leg("jonas").segment
    takes, segment.takes = segment.takes, []
    with pytest.raises(Unavailable):
        house.bus.deliver(house.bus.kept[-1])
    assert house.contacts.get(leg.tenant, leg.contact).recording == ""
    segment.takes = takes
    assert house.bus.deliver(house.bus.kept[-1]) == "connected"
    assert house.contacts.get(leg.tenant, leg.contact).recording == "paused"
    house.bus.held_back = set()
    over(house, call)


@pytest.mark.parametrize(("to", "asked"), [("agent:jonas", "Asking Jonas."), ("team:shared", "Asking the next free")])
def test_who_asks_first_is_told_once_whom_we_ask_and_hears_nothing_meant_for_customers(
    to: str, asked: str, house: CallHouse
) -> None:
    call = house.talks()
    house.agent("jonas")
    before = len(house.leg("maria").transcript.lines)
    asks(house, call, to)
    house.clock.advance(12)
    heard = spoken(list(house.leg("maria").transcript.lines)[before:], Speaker.SYSTEM)
    assert [text for text in heard if not text.startswith("<speak>")] == [text for text in heard if asked in text]
    assert len([text for text in heard if asked in text]) == 1
    house.exchange.drop("maria")
    over(house, call)


def test_a_customer_whose_agent_asked_and_left_hears_that_he_keeps_his_place(house: CallHouse) -> None:
    call = house.talks()
    asks(house, call, "team:shared")
    house.clock.advance(60)
    assert not [line for line in house.leg("maria").transcript.lines if WAITS in line.text]
    before = len(call.transcript.lines)
    house.exchange.complete("maria")
    house.clock.advance(25)
    heard = spoken(list(call.transcript.lines)[before:], Speaker.SYSTEM)
    assert any(WAITS in text for text in heard)
    assert not any("Asking" in text for text in heard)
    house.exchange.hang_up(call)
    house.wraps()


def test_a_customer_who_is_handed_on_without_asking_is_never_asked_for(house: CallHouse) -> None:
    call = house.talks()
    before = len(call.transcript.lines)
    asks(house, call, "team:shared", warm=False)
    house.exchange.complete("maria")
    house.clock.advance(12)
    heard = spoken(list(call.transcript.lines)[before:], Speaker.SYSTEM)
    assert any(WAITS in text for text in heard)
    assert not any("Asking" in text for text in heard)
    house.exchange.hang_up(call)
    house.wraps()


def test_a_call_that_goes_on_to_a_colleague_who_was_busy_says_no_second_time_whom_we_ask(house: CallHouse) -> None:
    call = house.talks()
    asks(house, call, "team:shared")
    house.clock.advance(20)
    house.agent("jonas")
    house.rings("jonas")
    asked = [line for line in house.leg("maria").transcript.lines if "Asking" in line.text]
    assert len(asked) == 1
    house.exchange.drop("maria")
    over(house, call)
