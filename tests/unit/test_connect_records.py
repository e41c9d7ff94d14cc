"""What is left of a call: its events, its record, and recordings that say where they lie."""

from __future__ import annotations

import gc
import json
import os
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from infra.local.connect.exchange import NotNow, NotOnTheLine
from infra.local.connect.language import Flow, FlowType
from infra.local.connect.parties import CallState, Speaker
from tests.fakes.switchboard import (
    ANY,
    BYE,
    FALLBACK,
    SURVEY,
    Action,
    Switchboard,
    act,
    aim,
    flow,
    heard,
    inbound,
    records,
    say,
)


def test_of_every_contact_each_event_comes_once_and_ends_with_completed() -> None:
    board = Switchboard()
    call = board.talking("maria")
    board.exchange.hang_up(call)
    board.exchange.clear("maria")
    assert board.told(call.id) == [
        "INITIATED", "CONNECTED_TO_SYSTEM", "QUEUED", "CONNECTED_TO_AGENT", "DISCONNECTED", "COMPLETED"
    ]  # fmt: skip
    last = board.events.sent[-1]
    assert last["tags"] == {"aws:connect:systemEndpoint": call.dialled}
    assert last["agentInfo"]["afterContactWorkEndTimestamp"]


# Recordings


def recorded(*actions: Action, **flows: Flow) -> Switchboard:
    return Switchboard(flows={"InboundFlowArn": inbound(*actions), **flows})


def test_who_is_to_be_recorded_is_and_the_record_says_where_it_lies() -> None:
    board = recorded(records("first", "aim", "Agent", "Customer"), aim(FALLBACK))
    call = board.talking("maria")
    assert call.now.recording_state == "on"
    board.exchange.agent_says("maria", "Good morning")
    board.exchange.suspend_recording(call.id)
    board.clock.advance(5)
    board.exchange.customer_says(call, "4111 1111")
    assert call.now.recording_state == "paused"
    board.clock.advance(5)
    board.exchange.resume_recording(call.id)
    board.exchange.customer_says(call, "Thank you")
    board.exchange.hang_up(call)
    board.exchange.clear("maria")
    (take,) = board.tapes.takes
    assert [line.text for line in take.lines] == ["Good morning", "Thank you"]
    assert [(end - begin).total_seconds() for begin, end in take.pauses] == [10]
    (told,) = board.record(call.id)["Recordings"]
    assert told["Location"] == take.location
    assert take.location.startswith(f"recordings/recordings/2026/11/23/{call.id}_20261123T15:00")
    assert board.record(call.id)["Recording"]["Location"] == take.location


def test_nobody_is_recorded_unless_the_flow_says_so() -> None:
    board = Switchboard()
    call = board.talking("maria")
    with pytest.raises(NotNow, match="nothing is recorded"):
        board.exchange.suspend_recording(call.id)
    board.exchange.hang_up(call)
    board.exchange.clear("maria")
    assert board.record(call.id)["Recordings"] is None
    assert board.tapes.takes == []


def test_only_the_customer_is_kept_where_only_he_is_named() -> None:
    board = recorded(records("first", "aim", "Customer"), aim(FALLBACK))
    call = board.talking("maria")
    board.exchange.agent_says("maria", "Good morning")
    board.exchange.customer_says(call, "Hello")
    board.exchange.hang_up(call)
    assert [line.text for line in board.tapes.takes[0].lines] == ["Hello"]


def test_a_message_for_the_voicemail_is_recorded_from_the_tone_to_the_key() -> None:
    board = recorded(
        say("first", "Leave a message", "on"),
        records("on", "wait", ivr="Enabled"),
        act("wait", "Wait", "bye", {ANY: "bye"}, {"WaitCompleted": "off"}, TimeLimitSeconds="60"),
        records("off", "thanks"),
        say("thanks", "Thank you", "bye"),
        BYE,
    )
    call = board.dial()
    board.clock.advance(5)
    board.exchange.customer_says(call, "Please call me")
    board.clock.settle()
    (take,) = board.tapes.takes
    assert [line.text for line in take.lines] == ["Please call me"]
    assert take.ended_at is not None
    assert (take.ended_at - take.began_at).total_seconds() == 60
    (told,) = board.record(call.id)["Recordings"]
    assert (told["ParticipantType"], "/recordings/ivr/2026/" in told["Location"]) == ("IVR", True)


def test_what_a_flow_records_ends_when_the_agent_answers_and_the_talk_is_another_recording() -> None:
    board = recorded(records("first", "aim", "Customer", ivr="Enabled"), aim(FALLBACK))
    call = board.talking("maria")
    board.exchange.hang_up(call)
    assert [take.kind for take in board.tapes.takes] == ["ivr", "call"]


def test_a_recording_ends_where_the_next_contact_begins_and_each_has_its_own() -> None:
    board = recorded(records("first", "aim", "Agent", "Customer"), aim(FALLBACK))
    call = board.talking("maria")
    board.exchange.sign_in("ben")
    board.exchange.transfer("maria")
    board.clock.advance(3)
    board.answer("ben")
    board.exchange.complete("maria")
    board.exchange.customer_says(call, "Hello Ben")
    board.exchange.hang_up(call)
    assert [take.contact_id for take in board.tapes.takes] == [segment.contact_id for segment in call.segments]


# By contact id


def test_a_contact_is_stopped_by_its_id_unless_it_is_one_that_cannot_be() -> None:
    board = Switchboard()
    call = board.talking("maria")
    asked = board.exchange.transfer("maria")
    with pytest.raises(NotNow, match="TRANSFER"):
        board.exchange.stop(asked.contact_id)
    board.exchange.stop(call.id)
    assert (call.state, call.segments[0].reason) == (CallState.OVER, "API")
    with pytest.raises(NotOnTheLine):
        board.exchange.stop(call.id)
    with pytest.raises(NotOnTheLine):
        board.exchange.describe("none")
    assert board.exchange.describe(asked.contact_id) is asked


def test_what_is_over_is_forgotten_with_all_that_it_held() -> None:
    board = Switchboard(keep=2)
    lost: list[Callable[[], object]] = []
    for _ in range(8):
        call = board.dial()
        board.clock.advance(5)
        board.exchange.hang_up(call)
        lost.append(weakref.ref(call.transcript.lines))
        contact = call.id
    del call
    gc.collect()
    assert sum(one() is not None for one in lost) == 2
    assert board.exchange.describe(contact).contact_id == contact
    assert len(board.exchange.calls) == 2


# The published samples


def _names(value: Any, path: str = "") -> set[str]:
    if isinstance(value, list):
        return _names(value[0], path) if value else set()
    if not isinstance(value, dict):
        return set()
    inner = [_names(one, f"{path}.{name}") for name, one in value.items() if name not in ("Attributes", "Tags")]
    return {f"{path}.{name}" for name in value}.union(*inner)


def test_a_record_has_every_field_of_the_published_sample() -> None:
    samples = os.environ.get("CONNECT_EVENT_SAMPLES")
    if not samples:
        pytest.skip("CONNECT_EVENT_SAMPLES names no folder of published samples")
    sample = json.loads((Path(samples) / "ctr_voice_inbound.json").read_text())
    board = recorded(records("first", "aim", "Agent", "Customer"), aim(FALLBACK))
    call = board.talking("maria")
    board.exchange.hang_up(call)
    board.exchange.clear("maria")
    assert _names(sample) - _names(board.record(call.id)) == set()


def test_a_survey_is_a_contact_of_its_own_that_shares_the_attributes() -> None:
    board = Switchboard(flows={"goodbye": flow(FlowType.INBOUND, *SURVEY)})
    call = board.talking("maria")
    board.exchange.agent_hangs_up("maria")
    board.exchange.press(call, "5")
    board.clock.settle(60)
    survey = board.record(call.segments[1].contact_id)
    assert (survey["InitiationMethod"], survey["PreviousContactId"]) == ("DISCONNECT", call.id)
    assert survey["Attributes"]["score"] == "5"
    assert heard(call.transcript, Speaker.SYSTEM)[-1] == "Thank you"
