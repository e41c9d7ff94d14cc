"""What is left of calls: records that add up, events that are read, recordings that say where they lie."""

from __future__ import annotations

import gc
import json
import os
import weakref
from collections.abc import Callable
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.channels.voice.model.agent_event import agent_event
from chalicelib.channels.voice.model.event import contact_event
from chalicelib.channels.voice.model.record import contact_record
from infra.local.connect.exchange import NotNow, NotOnTheLine
from infra.local.connect.language import Flow, FlowType
from infra.local.connect.parties import CallState, Speaker
from tests.fakes.switchboard import (
    ANY,
    BYE,
    CALLER,
    FALLBACK,
    SURVEY,
    Action,
    Switchboard,
    act,
    aim,
    flow,
    heard,
    inbound,
    say,
)
from tests.unit.test_connect_outside import third


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


def adds_up(record: dict[str, Any]) -> None:
    agent, queue = record["Agent"], record["Queue"]
    if agent is not None:
        connected, wrap = at(agent["ConnectedToAgentTimestamp"]), at(agent["AfterContactWorkStartTimestamp"])
        assert wrap - connected == agent["AgentInteractionDuration"] + agent["CustomerHoldDuration"]
        assert agent["AgentInteractionDuration"] >= 0
        assert agent["LongestHoldDuration"] <= agent["CustomerHoldDuration"]
        assert agent["AfterContactWorkDuration"] == at(agent["AfterContactWorkEndTimestamp"]) - wrap
        assert record["ConnectedToSystemTimestamp"] <= agent["ConnectedToAgentTimestamp"]
    if queue is not None:
        assert queue["Duration"] == at(queue["DequeueTimestamp"]) - at(queue["EnqueueTimestamp"]) >= 0
    assert record["InitiationTimestamp"] <= record["DisconnectTimestamp"] <= record["LastUpdateTimestamp"]


def menu() -> Flow:
    """1: an agent. 2: a callback. 3: an outside number, and then an agent. 4: one for good."""
    errors = {"InputTimeLimitExceeded": "aim", "NoMatchingCondition": "aim", ANY: "bye"}
    keys = {"2": "back", "3": "out", "4": "gone"}
    out = third("out", goes_on=True)[0]
    for way in out["Transitions"]["Errors"]:  # type: ignore[index]
        way["NextAction"] = "aim"
    out["Transitions"]["NextAction"] = "aim"  # type: ignore[index]
    gone = {**third("gone", goes_on=False)[0], "Transitions": {"NextAction": "bye", "Errors": [
        {"ErrorType": ANY, "NextAction": "bye"}]}}  # fmt: skip
    return inbound(
        records("first", "ask", "Agent", "Customer", ivr="Enabled"),
        act("ask", "GetParticipantInput", "bye", errors, keys, Text="Press", StoreInput="False",
            InputTimeLimitSeconds="5"),
        aim(FALLBACK),
        act("back", "CreateCallbackContact", "bye", {ANY: "bye"}, InitialCallDelaySeconds="20",
            RetryDelaySeconds="30", MaximumConnectionAttempts="2", QueueId=FALLBACK),
        out, gone,
    )  # fmt: skip


def records(name: str, to: str, *whom: str, ivr: str = "Disabled") -> Action:
    behavior = {"RecordedParticipants": list(whom), "IVRRecordingBehavior": ivr}
    return act(name, "UpdateContactRecordingBehavior", to, RecordingBehavior=behavior)


def transfer() -> Flow:
    """The agent presses 1 for the queue, 2 for the friend outside."""
    errors = {"InputTimeLimitExceeded": "aim", "NoMatchingCondition": "aim", ANY: "bye"}
    out = third("out", goes_on=True)
    return flow(
        FlowType.QUEUE_TRANSFER,
        act("ask", "GetParticipantInput", "aim", errors, {"2": "out"}, Text="Where to?", StoreInput="False",
            InputTimeLimitSeconds="5"),
        aim(FALLBACK), *out,
    )  # fmt: skip


def moving() -> Flow:
    """After ten seconds in a queue a caller goes on to the next one, as long as that is possible."""
    return flow(
        FlowType.CUSTOMER_QUEUE,
        act("loop", "MessageParticipantIteratively", None, None, {"MessagesInterrupted": "go"},
            Messages=[{"Text": "Please wait"}], InterruptFrequencySeconds="10"),
        act("go", "DequeueContactAndTransferToQueue", "loop", {ANY: "loop", "QueueAtCapacity": "loop"},
            QueueId=FALLBACK),
    )  # fmt: skip


MENU, TRANSFER, MOVING = menu(), transfer(), moving()
AGENTS = ("maria", "ben", "carl")
# Deeds by what is needed for them: most of a random script would else be refused.
WITH_A_RING = ("accept",) * 8 + ("reject",)
WITH_A_CALL = (
    *("transfer",) * 6, "hold", "resume", "mute", "unmute", "keys", "agent_hangs_up"
)  # fmt: skip
WITH_A_TRANSFER = (*("join", "swap") * 4, "complete", "drop", "hold", "keys", "agent_hangs_up")
WITH_WORK_LEFT = ("clear",) * 5
ALWAYS = ("sign_in", "sign_in", "sign_out")
AGENT_DEEDS = {*WITH_A_RING, *WITH_A_CALL, *WITH_A_TRANSFER, *WITH_WORK_LEFT, *ALWAYS}
OUT_DEEDS = (*("answer_out",) * 4, "refuse_out", "out_hangs_up")
OTHER_DEEDS = ("dial", "dial", "dial", "dial_out", "hang_up", "press", "pass", "pass", "pass")
ALL_DEEDS = (
    *WITH_A_RING, *WITH_A_CALL, *WITH_A_TRANSFER, *WITH_WORK_LEFT, *ALWAYS, *OUT_DEEDS, *OTHER_DEEDS
)  # fmt: skip
DEEDS = st.lists(
    st.tuples(
        st.sampled_from(
            [*AGENT_DEEDS, *OUT_DEEDS, "dial", "dial", "dial_out", "hang_up", "press", "keys", "pass", "pass"]
        ),
        st.integers(0, 59),
        st.sampled_from([0.0, 0.4, 2.0, 3.1, 6.0, 25.3]),
    ),
    min_size=60,
    max_size=140,
)


def who(board: Switchboard, deed: str, n: int) -> str:
    """Somebody who can do it, if there is one."""
    legs = [(agent.id, agent.leg) for agent in board.exchange.floor.agents.values() if agent.leg is not None]
    able = {
        "CONNECTING": WITH_A_RING, "WHISPER": ("reject", "agent_hangs_up"), "CONNECTED": WITH_A_CALL,
        "CONNECTED_ONHOLD": WITH_A_CALL, "MISSED": WITH_WORK_LEFT, "ENDED": WITH_WORK_LEFT,
    }  # fmt: skip
    found = [name for name, leg in legs if deed in able[leg.state.value]]
    asking = [name for name, leg in legs if leg.consult is not None and deed in WITH_A_TRANSFER]
    choice = asking or found or AGENTS
    return choice[n % len(choice)]


def does(board: Switchboard, deed: str, n: int) -> None:
    exchange, agent = board.exchange, who(board, deed, n)
    lines = list(exchange.calls.values())
    if deed == "keys":
        exchange.keys(agent, str(n % 3))
    elif deed in AGENT_DEEDS:
        getattr(exchange, deed)(agent)
    elif deed in OUT_DEEDS and exchange.outgoing:
        getattr(exchange, deed)(sorted(exchange.outgoing)[n % len(exchange.outgoing)])
    elif deed == "dial":
        board.dial("1234"[n % 4])
    elif deed == "dial_out":
        exchange.dial_out(agent, CALLER)
    elif deed == "hang_up" and lines:
        exchange.hang_up(lines[n % len(lines)])
    elif deed == "press" and lines:
        exchange.press(lines[n % len(lines)], str(n % 10))


@settings(max_examples=80, deadline=None)
@given(deeds=DEEDS)
def test_whatever_all_do_records_add_up_and_nothing_remains(deeds: list[tuple[str, int, float]]) -> None:
    board = Switchboard(
        flows={"InboundFlowArn": menu(), "QueueTransferFlowArn": transfer(), "queue": moving()}, keep=500
    )
    for agent in AGENTS:
        board.exchange.sign_in(agent)
    for deed, n, seconds in deeds:
        board.clock.advance(seconds)
        try:
            does(board, deed, n)
        except (NotNow, NotOnTheLine):
            continue
        shares_no_phone(board)
    board.exchange.close()
    for agent in AGENTS:
        board.clock.advance(7)
        board.exchange.clear(agent)
    nothing_remains(board)
    told = sorted(record["ContactId"] for record in board.records.sent)
    calls = board.exchange.calls.values()
    assert told == sorted(segment.contact_id for call in calls for segment in call.segments)
    for record in board.records.sent:
        adds_up(record)
        assert contact_record(record).contact == record["ContactId"]
    for event in board.events.sent:
        assert contact_event({"detail": event}).type
    for event in board.people.sent:
        assert agent_event(event).agent
    overlap_nowhere(board)


def shares_no_phone(board: Switchboard) -> None:
    legs = [agent.leg for agent in board.exchange.floor.agents.values() if agent.leg is not None]
    for call in board.exchange.calls.values():
        for segment in call.live:
            assert segment.leg is None or segment.leg in legs
            assert segment.leg is None or segment.leg.segment is segment
            assert segment.near is None or segment.near.consult is segment


def nothing_remains(board: Switchboard) -> None:
    floor = board.exchange.floor
    assert all(queue.waiting == [] for queue in floor.queues.values())
    assert all(floor.own_queue(agent).waiting == [] for agent in floor.agents.values())
    assert all(agent.leg is None for agent in floor.agents.values())
    assert not board.exchange.outgoing
    assert all(call.state is CallState.OVER and not call.live for call in board.exchange.calls.values())
    assert list(floor.pairs()) == []


def overlap_nowhere(board: Switchboard) -> None:
    """An agent has one contact at a time, from the connection to the end of his work on it."""
    for agent in AGENTS:
        spans = sorted(
            (one["ConnectedToAgentTimestamp"], one["AfterContactWorkEndTimestamp"])
            for record in board.records.sent
            if (one := record["Agent"]) is not None and one["Username"] == agent
        )
        assert all(before[1] <= after[0] for before, after in pairwise(spans))


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
