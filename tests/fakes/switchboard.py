"""An exchange with small flows of its own, Lambdas that answer what a test says, and a virtual clock."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from infra.local.connect.clock import VirtualClock
from infra.local.connect.exchange import Exchange, Setup
from infra.local.connect.language import VERSION, Flow, FlowType
from infra.local.connect.library import Library, flow_arn, queue_arn
from infra.local.connect.parties import Call, Leg, Speaker, Take
from infra.local.connect.script import Reply
from infra.local.connect.transcript import Transcript
from infra.local.connect.validator import load

BEGIN = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
FRONT_DESK, CALLER, FRIEND = "+15550100100", "+15557654321", "+15550100777"
FALLBACK, HOLDING = queue_arn("FallbackQueueArn"), queue_arn("HoldingQueueArn")
ANY = "NoMatchingError"
FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:contact_flow"
Action = dict[str, Any]


def act(
    name: str,
    type: str,
    to: str | None = None,
    errors: Mapping[str, str] | None = None,
    cases: Mapping[str, str] | None = None,
    **parameters: Any,
) -> Action:
    ways: dict[str, Any] = {"NextAction": to} if to else {}
    if errors:
        ways["Errors"] = [{"ErrorType": error, "NextAction": way} for error, way in errors.items()]
    if cases:
        ways["Conditions"] = [
            {"Condition": {"Operator": "Equals", "Operands": [case]}, "NextAction": way} for case, way in cases.items()
        ]
    return {"Identifier": name, "Type": type, "Parameters": parameters, "Transitions": ways}


def say(name: str, text: str, to: str = "end") -> Action:
    return act(name, "MessageParticipant", to, Text=text)


def records(name: str, to: str, *whom: str, ivr: str = "Disabled") -> Action:
    behavior = {"RecordedParticipants": list(whom), "IVRRecordingBehavior": ivr}
    return act(name, "UpdateContactRecordingBehavior", to, RecordingBehavior=behavior)


def hook(name: str, flow: str, to: str) -> Action:
    return act(f"hook-{name}", "UpdateContactEventHooks", to, {ANY: "bye"}, EventHooks={name: flow_arn(flow)})


def aim(queue: str, to: str = "wait", name: str = "aim") -> Action:
    return act(name, "UpdateContactTargetQueue", to, {ANY: "bye"}, QueueId=queue)


def aim_at_agent(agent: str, to: str = "wait", name: str = "aim") -> Action:
    return act(name, "UpdateContactTargetQueue", to, {ANY: "bye"}, AgentId=agent)


WAIT = act("wait", "TransferContactToQueue", "bye", {ANY: "bye", "QueueAtCapacity": "bye"})
BYE = act("bye", "DisconnectParticipant")
END = act("end", "EndFlowExecution")
LOOP = act(
    "loop", "MessageParticipantIteratively", None, None, {"MessagesInterrupted": "loop"},
    Messages=[{"Text": "Please wait"}], InterruptFrequencySeconds="10",
)  # fmt: skip
HOOKS = [
    hook("CustomerQueue", "queue", "hook-AgentWhisper"),
    hook("AgentWhisper", "agent_whisper", "hook-CustomerWhisper"),
    hook("CustomerWhisper", "customer_whisper", "hook-CustomerHold"),
    hook("CustomerHold", "hold", "hook-AgentHold"),
    hook("AgentHold", "agent_hold", "hook-CustomerRemaining"),
    hook("CustomerRemaining", "goodbye", "first"),
]
SURVEY = [
    act("ask", "GetParticipantInput", "bye",
        {"InputTimeLimitExceeded": "bye", "NoMatchingCondition": "bye", ANY: "bye"}, {"5": "five"},
        Text="Score?", StoreInput="False", InputTimeLimitSeconds="5"),
    act("five", "UpdateContactAttributes", "thanks", {ANY: "bye"}, Attributes={"score": "5"}, TargetContact="Current"),
    say("thanks", "Thank you", "bye"),
    BYE,
]  # fmt: skip
DIALS = act("dials", "CompleteOutboundCall", "hello", CallerId={"Number": FRONT_DESK})


def flow(type: FlowType, *actions: Action, settings: Mapping[str, Any] | None = None) -> Flow:
    """A flow of these actions, as the service would take it; an end that none of them leads to is left out."""
    wanted = json.dumps([action["Transitions"] for action in actions])
    names = {action["Identifier"] for action in actions}
    more = [one for one in (WAIT, BYE, END) if one["Identifier"] not in names and f'"{one["Identifier"]}"' in wanted]
    if WAIT in more and BYE not in more and "bye" not in names:
        more.append(BYE)
    document = {"Version": VERSION, "StartAction": actions[0]["Identifier"], "Actions": [*actions, *more]}
    document |= {"Settings": settings} if settings is not None else {}
    return load(json.dumps(document), name="flow", type=type)


def inbound(*actions: Action) -> Flow:
    """All hooks are set, then these; the first of them is called "first"."""
    return flow(FlowType.INBOUND, *HOOKS, *actions)


def to_queue(queue: str = FALLBACK) -> Flow:
    return inbound(aim(queue, name="first"))


FLOWS: Mapping[str, Flow] = {
    "InboundFlowArn": to_queue(),
    "queue": flow(FlowType.CUSTOMER_QUEUE, LOOP),
    "agent_whisper": flow(FlowType.AGENT_WHISPER, say("say", "A call for you")),
    "customer_whisper": flow(FlowType.CUSTOMER_WHISPER, say("say", "We connect you")),
    "hold": flow(FlowType.CUSTOMER_HOLD, act("music", "MessageParticipantIteratively", Messages=[{"Text": "Music"}])),
    "agent_hold": flow(FlowType.AGENT_HOLD, act("m", "MessageParticipantIteratively", Messages=[{"Text": "Quiet"}])),
    "goodbye": flow(FlowType.INBOUND, *SURVEY),
    "QueueTransferFlowArn": flow(FlowType.QUEUE_TRANSFER, say("say", "One moment", "aim"), aim(FALLBACK)),
    "AgentTransferFlowArn": flow(
        FlowType.AGENT_TRANSFER, say("say", "Direct", "go"), act("go", "TransferContactToAgent")
    ),
    "OutboundWhisperFlowArn": flow(FlowType.OUTBOUND_WHISPER, DIALS, say("hello", "Hello from us")),
}


class Answers:
    """The port `Lambdas`: the reply for each `step`, after some time if a test says so."""

    def __init__(self, clock: VirtualClock) -> None:
        self._clock = clock
        self.replies: dict[str, Reply] = {}
        self.asked: list[dict[str, Any]] = []
        self.after_s = 0.0

    def invoke(self, function: str, event: Mapping[str, Any], then: Callable[[Reply], None]) -> None:
        wire = json.loads(json.dumps(event))
        self.asked.append(wire)
        reply = self.replies.get(wire["Details"]["Parameters"].get("step", ""), Reply(value={}))
        self._clock.later(self.after_s, lambda: then(reply))


class Wire:
    """Keeps what was put, as the network would carry it."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self.takes: list[Take] = []

    def put(self, value: Any, at: datetime | None = None) -> None:
        if isinstance(value, Take):
            self.takes.append(value)
        else:
            self.sent.append(json.loads(json.dumps(value)))


class Switchboard:
    """`flows` replaces flows by name."""

    def __init__(self, *, flows: Mapping[str, Flow] | None = None, **setup: Any) -> None:
        self.clock = VirtualClock(BEGIN)
        self.lambdas = Answers(self.clock)
        self.events, self.records, self.people, self.tapes = Wire(), Wire(), Wire(), Wire()
        count = itertools.count(1)
        self.library = library = Library({flow_arn(name): one for name, one in {**FLOWS, **(flows or {})}.items()})
        self.exchange = Exchange(
            clock=self.clock, library=library, lambdas=self.lambdas, events=self.events, records=self.records,
            mint=lambda: f"c-{next(count):06d}", setup=Setup(**setup), people=self.people, tapes=self.tapes,
        )  # fmt: skip

    def dial(self, keys: str = "") -> Call:
        return self.exchange.dial(FRONT_DESK, CALLER, keys)

    def answer(self, agent: str) -> Leg:
        """The agent takes what rings at his phone, and hears out his whisper and the customer's."""
        leg = self.exchange.accept(agent)
        self.clock.advance(3)
        return leg

    def talking(self, agent: str = "maria") -> Call:
        self.exchange.sign_in(agent, agent.title())
        call = self.dial()
        self.answer(agent)
        return call

    def leg(self, agent: str) -> Leg:
        found = self.exchange.floor.agents[agent].leg
        assert found is not None, f"{agent} has no call"
        return found

    def out(self) -> str:
        """The one phone outside that rings or talks."""
        (leg_id,) = self.exchange.outgoing
        return leg_id

    def record(self, contact_id: str) -> dict[str, Any]:
        (found,) = [record for record in self.records.sent if record["ContactId"] == contact_id]
        return found

    def told(self, contact_id: str) -> list[str]:
        """The events of a contact, in their order."""
        return [event["eventType"] for event in self.events.sent if event["contactId"] == contact_id]


def heard(transcript: Transcript, *who: Speaker) -> list[str]:
    return [line.text for line in transcript.lines if not who or line.who in who]


def journal(call: Call) -> str:
    return "\n".join(line.text for line in call.journal.lines)
