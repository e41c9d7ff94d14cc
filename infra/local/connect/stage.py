"""What a running flow finds on this exchange: values, time, speech, keys, Lambdas, queues."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from infra.local.connect.clock import Clock, Timer
from infra.local.connect.events import EventType
from infra.local.connect.floor import Floor
from infra.local.connect.language import Flow
from infra.local.connect.library import INSTANCE, Library, agent_arn
from infra.local.connect.parties import Queue, Segment, Speaker, Transcript
from infra.local.connect.script import Ask, End, Failed, Outcome, Over, Reply, Script

MOST_SEGMENTS = 12  # contacts of one chain
MOST_TRIES = 4  # of one Lambda invocation: the first and three retries, all within its time limit
_FIRST_RETRY_S = 0.2


class Lambdas(Protocol):
    def invoke(self, function: str, event: Mapping[str, Any], then: Callable[[Reply], None]) -> None:
        """Calls `then` once, on the exchange's own thread, with what came back or why nothing did."""
        ...


class ExchangeStage:
    """The `script.Stage` of one exchange."""

    def __init__(
        self,
        *,
        clock: Clock,
        library: Library,
        floor: Floor,
        lambdas: Lambdas,
        emit: Callable[[EventType, Segment], None],
        speech_rate: float,
        seed: int,
    ) -> None:
        self._clock = clock
        self._library = library
        self._floor = floor
        self._lambdas = lambdas
        self._emit = emit
        self._rate = speech_rate
        # Not for secrets: a percentage split must be repeatable in a test.
        self._dice = random.Random(seed)  # noqa: S311

    def later(self, seconds: float, then: Callable[[], None]) -> Timer:
        return self._clock.later(seconds, then)

    def flow(self, reference: str | None) -> Flow | None:
        return self._library.find(reference)

    def roll(self) -> int:
        return self._dice.randint(1, 100)

    # What a flow can read

    def scope(self, script: Script) -> Mapping[str, Any]:
        segment = script.segment
        return {
            **contact_fields(segment),
            "External": script.external,
            "Attributes": segment.attributes,
            "FlowAttributes": script.flow_attributes,
            "StoredCustomerInput": script.stored_input,
            "Agent": _agent(segment),
        }

    # What the listener hears, and presses

    def say(self, script: Script, text: str, block: str) -> float:
        transcript = self._heard_by(script)
        if transcript is not None:
            transcript.add(self._clock.now(), Speaker.SYSTEM, text, f"{script.flow.name}/{block}")
        return max(len(text) / self._rate, 0.2)

    def _heard_by(self, script: Script) -> Transcript | None:
        call = script.segment.call
        if not script.to_agent:
            return call.transcript
        return call.leg.transcript if call.leg else None

    def take_key(self, script: Script) -> str | None:
        keys = script.segment.call.keys
        return keys.popleft() if keys and not script.to_agent else None

    # Lambdas

    def ask(self, script: Script, question: Ask, then: Callable[[Reply], None]) -> None:
        event = flow_event(script.segment, question.parameters)
        _Invocation(self._clock, self._lambdas, question, event, script, then).attempt()

    # Queues

    def aim(self, segment: Segment, *, queue: str | None, agent: str | None) -> bool:
        target = self._target(queue, agent)
        segment.target = target or segment.target
        return target is not None

    def queue_full(self, segment: Segment) -> bool:
        return segment.target is not None and len(segment.target.waiting) >= segment.target.most

    def requeue(self, segment: Segment, *, queue: str | None, agent: str | None) -> Outcome:
        target = self._target(queue, agent)
        if target is None:
            return Failed(why="no such queue or agent")
        if len(segment.call.segments) >= MOST_SEGMENTS:
            return Failed(why=f"the chain has {MOST_SEGMENTS} contacts already")
        if len(target.waiting) >= target.most:
            return Failed("QueueAtCapacity")
        segment.target = target
        return Over(End.QUEUED)

    def _target(self, queue: str | None, agent: str | None) -> Queue | None:
        if queue is not None:
            return self._floor.queue(queue)
        found = self._floor.agent(agent, self._clock.now())
        return self._floor.own_queue(found) if found else None

    def tagged(self, segment: Segment) -> None:
        self._emit(EventType.CONTACT_DATA_UPDATED, segment)


class _Invocation:
    """One `InvokeLambdaFunction`: retried on failure, given up when its time is over."""

    def __init__(
        self,
        clock: Clock,
        lambdas: Lambdas,
        question: Ask,
        event: Mapping[str, Any],
        script: Script,
        then: Callable[[Reply], None],
    ) -> None:
        self._clock, self._lambdas, self._question = clock, lambdas, question
        self._event, self._script, self._then = event, script, then
        self._tries = 0
        self._open = True
        self._began = clock.now()
        self._limit = clock.later(question.limit_s, lambda: self._close(Reply(failed="no answer in time")))

    def attempt(self) -> None:
        if self._open:
            self._tries += 1
            self._lambdas.invoke(self._question.function, self._event, self._answered)

    def _answered(self, reply: Reply) -> None:
        if reply.failed and self._tries < MOST_TRIES:
            self._clock.later(_FIRST_RETRY_S * 2 ** (self._tries - 1), self.attempt)
        else:
            self._close(reply)

    def _close(self, reply: Reply) -> None:
        if not self._open:
            return
        self._open = False
        self._limit.cancel()
        took = int((self._clock.now() - self._began).total_seconds() * 1000)
        said = reply.failed or (reply.value.get("outcome", "") if isinstance(reply.value, dict) else "")
        function = self._question.function.rsplit(":", 1)[-1]
        step = self._question.parameters.get("step", "")
        text = f"Lambda {function} {step}: {said} ({took} ms, {self._tries} tries)"
        self._script.segment.call.journal.add(self._clock.now(), Speaker.NOTE, text)
        self._then(reply)


def contact_fields(segment: Segment) -> dict[str, Any]:
    """What flows and Lambdas alike are told of a contact. A requeued one has no SystemEndpoint."""
    call = segment.call
    inbound = segment.method == "INBOUND"
    queue = segment.queue or segment.target
    return {
        "ContactId": segment.contact_id,
        "InitialContactId": segment.initial_id,
        "PreviousContactId": segment.previous.contact_id if segment.previous else segment.contact_id,
        "RelatedContactId": None,
        "Channel": "VOICE",
        "InitiationMethod": segment.method,
        "InstanceARN": INSTANCE,
        "CustomerEndpoint": {"Address": call.customer, "Type": "TELEPHONE_NUMBER"} if call.customer else None,
        "SystemEndpoint": {"Address": call.dialled, "Type": "TELEPHONE_NUMBER"} if inbound else None,
        "Queue": {"ARN": queue.arn, "Name": queue.name, "OutboundCallerId": None} if queue else None,
        "CustomerId": segment.data.get("CustomerId"),
        "Name": segment.data.get("Name"),
        "Description": segment.data.get("Description"),
        "LanguageCode": segment.data.get("LanguageCode", "en-US"),
        "Tags": dict(segment.tags),
    }


def flow_event(segment: Segment, parameters: Mapping[str, str]) -> dict[str, Any]:
    """The event of `InvokeLambdaFunction`."""
    contact = {
        **contact_fields(segment),
        "Attributes": dict(segment.attributes),
        "AwsRegion": "us-east-1",
        "MediaStreams": {"Customer": {"Audio": {}}},
        "References": {},
        "SegmentAttributes": {"connect:Subtype": {"ValueString": "connect:Telephony"}},
    }
    return {"Name": "ContactFlowEvent", "Details": {"ContactData": contact, "Parameters": dict(parameters)}}


def _agent(segment: Segment) -> dict[str, str] | None:
    agent = segment.agent or (segment.call.leg.agent if segment.call.leg else None)
    if agent is None:
        return None
    return {"UserName": agent.id, "FirstName": agent.name.split(" ")[0], "ARN": agent_arn(agent.id)}
