"""Whatever callers, agents and outsiders do: records add up, events are read, and nothing remains."""

from __future__ import annotations

from datetime import datetime
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.channels.voice.model.agent_event import agent_event
from chalicelib.channels.voice.model.event import contact_event
from chalicelib.channels.voice.model.record import contact_record
from infra.local.connect.exchange import NotNow, NotOnTheLine, Wanted
from infra.local.connect.language import Flow, FlowType
from infra.local.connect.library import flow_arn
from infra.local.connect.parties import CallState
from tests.fakes.switchboard import (
    ANY,
    CALLER,
    FALLBACK,
    FRONT_DESK,
    Switchboard,
    act,
    aim,
    flow,
    inbound,
    records,
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
DEEDS = st.lists(
    st.tuples(
        st.sampled_from(
            [
                *AGENT_DEEDS,
                *OUT_DEEDS,
                "dial",
                "dial",
                "dial_out",
                "call_out",
                "hang_up",
                "press",
                "keys",
                "pass",
                "pass",
            ]
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
    elif deed == "call_out":
        menu = flow_arn("InboundFlowArn")
        exchange.call_out(Wanted(number=CALLER, flow=menu, caller_id=FRONT_DESK, ring_s=15 + n % 46))
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
