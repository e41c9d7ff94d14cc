"""What a running flow finds on this exchange: values, time, speech, keys, Lambdas, queues, the line."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from infra.local.connect import hours
from infra.local.connect.clock import Timer
from infra.local.connect.events import EventType, task_event
from infra.local.connect.invocation import Invocation, Lambdas
from infra.local.connect.language import Action, Flow
from infra.local.connect.parties import Agent, Queue, Segment
from infra.local.connect.scope import agent_fields, contact_fields, flow_event
from infra.local.connect.script import Ask, Dial, End, Enquiry, Failed, Found, Outcome, Over, Reply, Script, Until
from infra.local.connect.transcript import Speaker, Transcript
from infra.local.connect.wishes import Callback, Criterion, Metrics, Recording, Task

if TYPE_CHECKING:
    from infra.local.connect.board import Board

__all__ = ["MOST_SEGMENTS", "ExchangeStage", "Lambdas", "contact_fields", "flow_event"]

MOST_SEGMENTS = 12  # contacts of one chain


class ExchangeStage:
    """The `script.Stage` of one exchange."""

    def __init__(self, board: Board, lambdas: Lambdas) -> None:
        self._board, self._lambdas = board, lambdas
        # Not for secrets: a percentage split must be repeatable in a test.
        self._dice = random.Random(board.setup.seed)  # noqa: S311
        self._invocations = 0

    def later(self, seconds: float, then: Callable[[], None]) -> Timer:
        return self._board.clock.later(seconds, then)

    def flow(self, reference: str | None) -> Flow | None:
        return self._board.library.find(reference)

    def module(self, reference: str | None, results: tuple[str, ...]) -> Flow | None:
        return self._board.library.find(reference)

    def breaks(self, script: Script, action: Action) -> bool:
        return False

    def ready(self, script: Script, action: Action, then: Callable[[], None]) -> bool:
        return self._board.outbound.ready(script, action.type, then)

    def roll(self) -> int:
        return self._dice.randint(1, 100)

    # What a flow can read

    def scope(self, script: Script) -> Mapping[str, Any]:
        segment = script.segment
        return {
            **contact_fields(segment),
            "Attributes": segment.attributes,
            "SegmentAttributes": {"connect:Subtype": "connect:Telephony"},
            "TextToSpeechVoiceId": segment.data.get("TextToSpeechVoiceId"),
            "Agent": agent_fields(segment),
        }

    # What the listener hears, and presses

    def say(self, script: Script, text: str, block: str) -> float:
        transcript = _heard_by(script)
        if transcript is not None:
            transcript.add(self._board.clock.now(), Speaker.SYSTEM, text, f"{script.flow.name}/{block}")
        return max(len(text) / self._board.setup.speech_rate, 0.2)

    def take_key(self, script: Script) -> str | None:
        near = script.segment.near
        keys = near.keys if near is not None else script.segment.call.keys
        return keys.popleft() if keys and not script.to_agent else None

    def until(self, script: Script, wait: Until, then: Callable[[str], None]) -> Timer:
        """None of the events of `Wait` comes to a telephone call: only the time passes."""
        return self._board.clock.later(wait.seconds, lambda: then(""))

    # Beside the call

    def ask(self, script: Script, question: Ask, then: Callable[[Reply], None]) -> str:
        event = flow_event(script.segment, question.parameters)
        self._invocations += 1
        Invocation(self._board.clock, self._lambdas, question, event, script, then).attempt()
        return f"{script.segment.contact_id}-{self._invocations}"

    def enquire(self, script: Script, enquiry: Enquiry, then: Callable[[Found], None]) -> None:
        """None of these services is here: the flow takes its error branch, and the journal says of which."""
        self._board.note(script.segment.call, f"{enquiry.service} asks a service that is not on this exchange")
        self._board.clock.later(0, lambda: then(Found(failed="NoMatchingError")))

    def create_task(self, script: Script, task: Task) -> str | None:
        board, segment = self._board, script.segment
        if task.flow is not None and board.library.find(task.flow) is None:
            return None
        contact_id = board.mint()
        board.note(segment.call, f"Task {task.name!r} made: contact {contact_id}")
        board.emit_task(task_event(contact_id, segment, board.clock.now()))
        return contact_id

    # Queues

    def aim(self, segment: Segment, *, queue: str | None, agent: str | None) -> bool:
        target = self.target(queue, agent)
        segment.target = target or segment.target
        return target is not None

    def queue_full(self, segment: Segment) -> bool:
        return segment.target is not None and len(segment.target.waiting) >= segment.target.most

    def requeue(self, segment: Segment, *, queue: str | None, agent: str | None) -> Outcome:
        target = self.target(queue, agent)
        if target is None:
            return Failed(why="no such queue or agent")
        if segment.depth >= MOST_SEGMENTS:
            return Failed(why=f"the chain has {MOST_SEGMENTS} contacts already")
        if len(target.waiting) >= target.most:
            return Failed("QueueAtCapacity")
        segment.target = target
        return Over(End.QUEUED)

    def target(self, queue: str | None, agent: str | None) -> Queue | None:
        if queue is not None:
            return self._board.floor.queue(queue)
        found = self._agent(agent)
        return self._board.floor.own_queue(found) if found else None

    def _agent(self, reference: str | None) -> Agent | None:
        return self._board.floor.agent(reference, self._board.clock.now())

    def hours(self, segment: Segment, hours_: str | None) -> bool | None:
        queue = segment.target
        wanted = hours_ or (queue.hours if queue is not None else None)
        found = hours.find(self._board.setup.hours, wanted) if wanted else None
        return None if found is None else found.open(self._board.clock.now())

    def metrics(self, segment: Segment, *, queue: str | None, agent: str | None) -> Metrics | None:
        named = queue is not None or agent is not None
        target = self.target(queue, agent) if named else segment.target
        return None if target is None else self._board.floor.metrics(target, self._board.clock.now())

    def criteria(self, segment: Segment, steps: tuple[Criterion, ...]) -> bool:
        """They count from the time in the queue; set while it waits, from now."""
        board = self._board
        segment.criteria = steps
        if any(step.attribute for step in steps):
            board.note(segment.call, "Nobody has proficiencies on this exchange: such a step is met by nobody")
        if segment.enqueued_at is not None and segment.dequeued_at is None:
            board.waiting.criteria_begin(segment)
            board.floor.lines_up(segment, board.clock.now())
            board.clock.later(0, board.ringing.look)
        return True

    # The line

    def dialable(self, segment: Segment, number: str) -> bool:
        return True

    def call_back(self, segment: Segment, callback: Callback) -> bool:
        return self._board.callbacks.create(segment, callback)

    def dial(self, script: Script, dial: Dial, then: Callable[[str], None]) -> None:
        self._board.outside.third_party(script, dial, then)

    def complete_outbound(self, script: Script, caller_id: str | None) -> bool:
        return self._board.outbound.complete(script, caller_id)

    def to_agent(self, segment: Segment) -> bool:
        """Only to whom the quick connect names, and only while his phone can ring."""
        agent = self._agent(segment.target.agent) if segment.target is not None and segment.target.agent else None
        return agent is not None and agent.free

    def previous_participant(self, segment: Segment, state: str) -> bool:
        return self._board.consults.previous_participant(segment, state)

    def stream(self, segment: Segment, participants: tuple[str, ...], *, on: bool) -> bool:
        now = self._board.clock.now()
        segment.streaming_since = (segment.streaming_since or now) if on else None
        whom = ", ".join(participants) or "the customer"
        self._board.note(segment.call, f"Media of {whom} streams" if on else "Media streams no more")
        return True

    def record(self, segment: Segment, recording: Recording) -> bool:
        self._board.recorder.wish(segment, recording)
        return True

    def tagged(self, segment: Segment) -> None:
        self._board.emit(EventType.CONTACT_DATA_UPDATED, segment)


def _heard_by(script: Script) -> Transcript | None:
    """Nobody hears what a flow says to a customer who is only going to be called back."""
    segment = script.segment
    if script.to_agent:
        return segment.leg.transcript if segment.leg else None
    if segment.near is not None:
        return segment.near.transcript
    return segment.call.transcript if segment.call.on_line else None
