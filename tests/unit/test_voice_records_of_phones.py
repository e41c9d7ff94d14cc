"""Events of agents' phones: what they tell that our floor does not know."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from chalicelib.channels.voice.model.agent_event import AgentEvent, Kind, Note, agent_event, notes
from chalicelib.channels.voice.model.record import Fault, Unreadable
from chalicelib.workforce.model import Status

SINCE = "2026-11-10T11:59:00.000Z"


def raw(
    kind: str = "STATE_CHANGE",
    *,
    status: str = "Available",
    type: str | None = "ROUTABLE",
    calls: dict[str, str] | None = None,
    before: dict[str, str] | None = None,
    **more: Any,
) -> dict[str, Any]:
    def snapshot(states: dict[str, str] | None) -> dict[str, Any]:
        told = {"Name": status, "StartTimestamp": SINCE} | ({"Type": type} if type else {})
        contacts = [{"ContactId": at, "Channel": "Voice", "State": state} for at, state in (states or {}).items()]
        return {"AgentStatus": told, "Configuration": {"Username": "maria"}, "Contacts": contacts}

    return {
        "EventId": "e1",
        "EventType": kind,
        "EventTimestamp": "2026-11-10T12:00:00.000Z",
        "CurrentAgentSnapshot": snapshot(calls),
        "PreviousAgentSnapshot": snapshot(before),
    } | more


def event(*told: Any, **how: Any) -> AgentEvent:
    return agent_event(raw(*told, **how))


def test_the_published_heartbeat_is_read() -> None:
    folder = os.environ.get("CONNECT_EVENT_SAMPLES")
    if not folder:
        pytest.skip("CONNECT_EVENT_SAMPLES names no folder with published events of Amazon Connect")
    read = agent_event(json.loads(Path(folder, "agent_event_heartbeat.json").read_text()))
    assert (read.type, read.agent, read.status, read.since) == (
        "HEART_BEAT", "aestest", "Available", "2019-08-13T20:52:30.704Z",
    )  # fmt: skip
    assert read.rings
    assert notes(read, Status.AVAILABLE) == []


@pytest.mark.parametrize("state", ["MISSED", "REJECTED"])
def test_a_missed_call_is_noted_once_though_the_phone_goes_on_showing_it(state: str) -> None:
    assert notes(event(calls={"c1": state}, before={"c1": "CONNECTING"}), Status.AVAILABLE) == [
        Note(kind=Kind.MISSED_CALL, about="c1")
    ]
    assert notes(event("HEART_BEAT", calls={"c1": state}, before={"c1": state}), Status.AVAILABLE) == []


def test_a_call_that_failed_on_the_way_is_noted_and_one_that_is_answered_is_not() -> None:
    assert [note.kind for note in notes(event(calls={"c1": "ERROR"}), Status.AVAILABLE)] == [Kind.PHONE_ERROR]
    assert notes(event(calls={"c1": "CONNECTED"}, before={"c1": "CONNECTING"}), Status.AVAILABLE) == []


@pytest.mark.parametrize(
    "off",
    [
        raw("LOGOUT"),
        raw(status="Offline", type="OFFLINE"),
        raw("HEART_BEAT", status="Offline", type=None),
    ],
)
def test_a_phone_that_is_off_is_noted_only_where_our_seat_says_available(off: dict[str, Any]) -> None:
    read = agent_event(off)
    assert notes(read, Status.AVAILABLE) == [Note(kind=Kind.PHONE_OFFLINE, about=SINCE)]
    for seat in (Status.PAUSED, Status.MISSED, Status.OFFLINE):
        assert notes(read, seat) == []


def test_a_phone_that_rings_for_an_empty_seat_is_noted() -> None:
    assert [note.kind for note in notes(event("LOGIN"), Status.OFFLINE)] == [Kind.PHONE_OPEN]
    assert notes(event(status="Lunch", type="CUSTOM"), Status.OFFLINE) == []


def test_a_status_that_nobody_knows_tells_nothing() -> None:
    read = event(status="Zen", type=None)
    assert not read.off
    assert not read.rings


def test_an_agent_without_a_snapshot_is_the_end_of_the_arn() -> None:
    bare = {"AgentARN": "arn:x/instance/y/agent/maria"}
    assert event(CurrentAgentSnapshot=None, PreviousAgentSnapshot=None, **bare).agent == "maria"


@pytest.mark.parametrize(
    ("broken", "fault"),
    [
        ({"EventId": None}, Fault.NO_EVENT_ID),
        ({"EventTimestamp": None}, Fault.NO_UPDATE_TIME),
        ({"EventTimestamp": "noon"}, Fault.BAD_TIME),
        ({"CurrentAgentSnapshot": None, "PreviousAgentSnapshot": None}, Fault.NO_AGENT),
    ],
)
def test_what_cannot_be_read_says_why(broken: dict[str, Any], fault: Fault) -> None:
    with pytest.raises(Unreadable) as refused:
        event(**broken)
    assert refused.value.fault is fault
