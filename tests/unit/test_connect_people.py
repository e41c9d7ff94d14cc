"""The agent event stream."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from chalicelib.channels.voice.model.agent_event import Kind, agent_event, notes
from chalicelib.workforce.model import Status
from infra.local.connect.parties import CallState
from tests.fakes.switchboard import CALLER, Switchboard
from tests.unit.test_connect_callbacks import asked, asks


def states(board: Switchboard, agent: str = "maria") -> list[str]:
    """Each event as its type, the status, and the state of the contact."""
    found = []
    for event in board.people.sent:
        now = event["CurrentAgentSnapshot"]
        if now["Configuration"]["Username"] == agent:
            contact = [one["State"] for one in now["Contacts"]]
            found.append(" ".join([event["EventType"], now["AgentStatus"]["Name"], *contact]))
    return found


def test_every_change_of_a_contacts_state_is_told_in_its_order() -> None:
    board = Switchboard()
    board.talking("maria")
    board.exchange.hold("maria")
    board.exchange.resume("maria")
    board.exchange.agent_hangs_up("maria")
    board.exchange.clear("maria")
    board.exchange.sign_out("maria")
    assert states(board) == [
        "LOGIN Available",
        "STATE_CHANGE Available CONNECTING",
        "STATE_CHANGE Available CONNECTED",
        "STATE_CHANGE Available CONNECTED_ONHOLD",
        "STATE_CHANGE Available CONNECTED",
        "STATE_CHANGE Available ENDED",
        "STATE_CHANGE Available",
        "LOGOUT Offline",
    ]


def test_a_missed_call_is_told_and_our_reading_notes_it() -> None:
    board = Switchboard()
    board.exchange.sign_in("maria")
    call = board.dial()
    board.clock.advance(21)
    event = agent_event(board.people.sent[-1])
    assert event.contacts == {call.id: "MISSED"}
    assert [note.kind for note in notes(event, Status.AVAILABLE)] == [Kind.MISSED_CALL]
    assert event.before == {call.id: "CONNECTING"}


def test_a_callback_is_pending_then_connecting() -> None:
    board = Switchboard(flows={"InboundFlowArn": asks()})
    board.exchange.sign_in("maria")
    later = asked(board)
    board.clock.advance(60)
    assert states(board)[-1] == "STATE_CHANGE Available PENDING"
    board.answer("maria")
    assert later.state is CallState.DIALLING
    assert states(board)[-1] == "STATE_CHANGE Available CONNECTING"


def test_an_outbound_call_is_connecting_and_ends_when_nobody_answers() -> None:
    board = Switchboard()
    board.exchange.sign_in("maria")
    board.exchange.dial_out("maria", CALLER)
    board.exchange.refuse_out(board.out())
    assert states(board)[-2:] == ["STATE_CHANGE Available CONNECTING", "STATE_CHANGE Available ENDED"]


def test_the_heart_beats_after_two_minutes_of_silence_and_an_hour_after_the_sign_out() -> None:
    board = Switchboard()
    board.exchange.sign_in("maria")
    board.clock.advance(119)
    board.dial()
    board.exchange.reject("maria")
    board.clock.advance(119)
    assert "HEART_BEAT" not in "".join(states(board))
    board.clock.advance(1)
    assert states(board)[-1] == "HEART_BEAT Available MISSED"
    board.exchange.sign_out("maria")
    board.clock.advance(7_200)
    assert sum(state.startswith("HEART_BEAT Offline") for state in states(board)) == 30


def test_a_status_of_his_own_waits_until_the_call_is_done() -> None:
    board = Switchboard()
    board.talking("maria")
    board.exchange.set_status("maria", "Lunch")
    event = board.people.sent[-1]["CurrentAgentSnapshot"]
    assert (event["AgentStatus"]["Name"], event["NextAgentStatus"]["Name"]) == ("Available", "Lunch")
    board.exchange.agent_hangs_up("maria")
    board.exchange.clear("maria")
    last = agent_event(board.people.sent[-1])
    assert (last.status, last.status_type) == ("Lunch", "CUSTOM")
    waiting = board.dial()
    board.exchange.sign_in("maria")  # the page asks again: she stays at lunch
    assert waiting.state is CallState.WAITING
    board.exchange.set_status("maria", "Available")
    assert waiting.state is CallState.RINGING
    board.exchange.set_status("maria", "Offline")
    assert states(board)[-1] == "LOGOUT Offline"


def test_a_telephone_that_is_only_open_does_not_ring() -> None:
    board = Switchboard()
    board.exchange.opens_phone("maria", "Maria")
    waiting = board.dial()
    assert (waiting.state, states(board)) == (CallState.WAITING, [])
    board.exchange.set_status("maria", "Busy elsewhere")
    assert (waiting.state, states(board)) == (CallState.WAITING, ["LOGIN Busy elsewhere"])
    board.exchange.set_status("maria", "Available")
    assert waiting.state is CallState.RINGING


def test_every_event_is_read_by_our_own_model_and_has_an_id_of_its_own() -> None:
    board = Switchboard()
    board.talking("maria")
    board.exchange.agent_hangs_up("maria")
    read = [agent_event(event) for event in board.people.sent]
    assert len({event.id for event in read}) == len(read)
    assert {event.agent for event in read} == {"maria"}


def _shape(value: Any) -> Any:
    """The names at every level; of a list its first."""
    if isinstance(value, dict):
        return {name: _shape(inner) for name, inner in value.items()}
    return [_shape(value[0])] if isinstance(value, list) and value else None


def _lacks(ours: Any, sample: Any, path: str = "") -> list[str]:
    if isinstance(sample, list):
        return _lacks(ours[0], sample[0], path) if sample and ours else []
    if not isinstance(sample, dict):
        return []
    if not isinstance(ours, dict):
        return [] if ours is None else [path]
    missing = [f"{path}.{name}" for name in sample if name not in ours]
    return missing + [
        lack for name in sample if name in ours for lack in _lacks(ours[name], sample[name], f"{path}.{name}")
    ]


def test_an_event_has_every_field_of_the_published_sample() -> None:
    samples = os.environ.get("CONNECT_EVENT_SAMPLES")
    if not samples:
        pytest.skip("CONNECT_EVENT_SAMPLES names no folder of published samples")
    sample = json.loads((Path(samples) / "agent_event_heartbeat.json").read_text())
    board = Switchboard()
    board.exchange.sign_in("maria")
    board.clock.advance(120)
    assert _lacks(_shape(board.people.sent[-1]), _shape(sample)) == []
