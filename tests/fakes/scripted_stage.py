"""A plain stage behind a running flow: every prompt lasts three seconds, every answer is written down beforehand.

Nothing happens by chance here, so what a flow does can be worked out by hand from its file.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any

from infra.local.connect.actions.registry import HANDLERS
from infra.local.connect.clock import Timer, VirtualClock
from infra.local.connect.language import VERSION, Action, Flow, FlowType
from infra.local.connect.parties import Call, Queue, Segment
from infra.local.connect.script import Ask, Dial, End, Enquiry, Failed, Found, Outcome, Over, Reply, Script, Until
from infra.local.connect.wishes import Callback, Criterion, Metrics, Recording, Task

BEGIN = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
PROMPT_S = 3.0
ANSWER_S = 1.0  # of a Lambda or a service
FAILS, SILENT = "fails", "silent"  # in place of a Lambda's answer
FAILS_S = 4 * ANSWER_S  # the first try and three more
CUSTOMER, SYSTEM = "+15550100199", "+15550100100"
HUNG_UP = "hung-up"
LONGEST_S = 100_000.0
AFTER_S = 1_000.0  # whatever is still due when a flow is over must not move it any more


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """What the caller does, and what the world says. Times are seconds since the flow began.

    `answers` are those of a Lambda by a part of its ARN, in the order in which it is asked; the last one stays.
    `events` are what a Wait may wait for, `breaks` the beginnings of identifiers at which the service fails.
    """

    keys: tuple[tuple[float, str], ...] = ()
    events: tuple[tuple[float, str], ...] = ()
    hangs_up: float | None = None
    answers: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    external: Mapping[str, str] = field(default_factory=dict)
    attributes: Mapping[str, str] = field(default_factory=dict)
    channel: str = "VOICE"
    flows: Mapping[str, Flow | None] = field(default_factory=dict)  # by a part of the reference; None: a stand-in
    queues: bool = True  # every queue that is named exists
    target: str = ""  # the queue that was set before this flow
    full: bool = False
    open: bool | None = True
    metrics: Metrics | None = None
    rolls: int = 1
    dial: tuple[float, str] = (5.0, "")  # how long it takes, and how it fails
    found: Found = field(default_factory=Found)
    possible: bool = True
    prompt_s: float = PROMPT_S
    breaks: tuple[str, ...] = ()


@dataclass(slots=True, kw_only=True)
class Trace:
    """What happened. `asked` holds each invocation as (part of the ARN, parameters)."""

    said: list[tuple[str, str]] = field(default_factory=list)  # identifier, text
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    flows: list[str] = field(default_factory=list)
    dialled: list[Dial] = field(default_factory=list)
    callbacks: list[Callback] = field(default_factory=list)
    recordings: list[Recording] = field(default_factory=list)
    streams: list[tuple[tuple[str, ...], bool]] = field(default_factory=list)
    enquiries: list[Enquiry] = field(default_factory=list)
    criteria: list[tuple[Criterion, ...]] = field(default_factory=list)
    tasks: list[Task] = field(default_factory=list)
    tagged: int = 0
    ways: list[tuple[str, str]] = field(default_factory=list)  # action, way
    end: str = ""
    where: str = ""  # the flow in which it ended
    seconds: float = 0.0
    segment: Segment
    stored: str | None = None

    @property
    def spoken(self) -> list[str]:
        return [text for _, text in self.said]


def play(flow: Flow, inputs: Inputs | None = None, *, to_agent: bool = False) -> Trace:
    """Runs `flow` from its start to its end, or until the caller hangs up."""
    return ScriptedStage(inputs or Inputs()).play(flow, to_agent=to_agent)


class ScriptedStage:
    def __init__(self, inputs: Inputs) -> None:
        self.inputs = inputs
        self.clock = VirtualClock(BEGIN)
        self._keys: deque[str] = deque()
        self._answers = {part: deque(answers) for part, answers in inputs.answers.items()}
        call = Call(id="call-1", customer=CUSTOMER, dialled=SYSTEM, began_at=BEGIN)
        target = Queue(arn=inputs.target, name=inputs.target) if inputs.target else None
        segment = Segment(contact_id="contact-1", call=call, method="INBOUND", began_at=BEGIN, target=target)
        segment.attributes.update(inputs.attributes)
        call.segments.append(segment)
        self.trace = Trace(segment=segment)

    def play(self, flow: Flow, *, to_agent: bool = False) -> Trace:
        script = Script(
            flow=flow, segment=self.trace.segment, stage=self, handlers=HANDLERS, to_agent=to_agent,
            done=lambda end: self._over(end.value), external=dict(self.inputs.external),
            passed=lambda flow, action, way: self.trace.ways.append((action.identifier, way)),
        )  # fmt: skip
        for at, key in self.inputs.keys:
            self.clock.later(at, partial(self._press, script, key))
        if self.inputs.hangs_up is not None:
            self.clock.later(self.inputs.hangs_up, lambda: self._hang_up(script))
        script.start()
        while not self.trace.end and self._elapsed() < LONGEST_S and self.clock.step():
            continue
        self.clock.settle(AFTER_S)
        self.trace.where, self.trace.stored = script.flow.name, script.stored_input
        return self.trace

    def _elapsed(self) -> float:
        return (self.clock.now() - BEGIN).total_seconds()

    def _over(self, end: str) -> None:
        self.trace.end, self.trace.seconds = end, self._elapsed()

    def _press(self, script: Script, key: str) -> None:
        self._keys.append(key)
        script.key_pressed()

    def _hang_up(self, script: Script) -> None:
        if not self.trace.end:
            script.stop()
            self._over(HUNG_UP)

    # The protocol

    def scope(self, script: Script) -> Mapping[str, Any]:
        return {
            "Attributes": script.segment.attributes,
            "Channel": self.inputs.channel,
            "ContactId": script.segment.contact_id,
            "CustomerEndpoint": {"Address": CUSTOMER, "Type": "TELEPHONE_NUMBER"},
            "SystemEndpoint": {"Address": SYSTEM, "Type": "TELEPHONE_NUMBER"},
        }

    def later(self, seconds: float, then: Callable[[], None]) -> Timer:
        return self.clock.later(seconds, then)

    def breaks(self, script: Script, action: Action) -> bool:
        return any(action.identifier.startswith(part) for part in self.inputs.breaks)

    def ready(self, script: Script, action: Action, then: Callable[[], None]) -> bool:
        return True

    def say(self, script: Script, text: str, block: str) -> float:
        self.trace.said.append((block, text))
        return self.inputs.prompt_s

    def take_key(self, script: Script) -> str | None:
        return self._keys.popleft() if self._keys else None

    def until(self, script: Script, wait: Until, then: Callable[[str], None]) -> Timer:
        for at, event in self.inputs.events:
            if event in wait.events and 0 <= at - self._elapsed() < wait.seconds:
                return self.clock.later(at - self._elapsed(), partial(then, event))
        return self.clock.later(wait.seconds, lambda: then(""))

    def ask(self, script: Script, question: Ask, then: Callable[[Reply], None]) -> str:
        part = next((part for part in self._answers if part in question.function), "")
        self.trace.asked.append((part, dict(question.parameters)))
        left = self._answers.get(part) or deque([FAILS])
        answer = left.popleft() if len(left) > 1 else left[0]
        failed = {FAILS: FAILS_S, SILENT: float(question.limit_s)}.get(answer) if isinstance(answer, str) else None
        reply = Reply(value=answer) if failed is None else Reply(failed=answer)
        self.clock.later(ANSWER_S if failed is None else failed, lambda: then(reply))
        return f"invocation-{len(self.trace.asked)}"

    def enquire(self, script: Script, enquiry: Enquiry, then: Callable[[Found], None]) -> None:
        self.trace.enquiries.append(enquiry)
        self.clock.later(ANSWER_S, lambda: then(self.inputs.found))

    def create_task(self, script: Script, task: Task) -> str | None:
        self.trace.tasks.append(task)
        return "task-1" if self.inputs.possible else None

    def flow(self, reference: str | None) -> Flow | None:
        return self._flow(reference, FlowType.INBOUND, "DisconnectParticipant")

    def module(self, reference: str | None, results: tuple[str, ...]) -> Flow | None:
        return self._flow(reference, FlowType.MODULE, "EndFlowModuleExecution")

    def _flow(self, reference: str | None, type: FlowType, ends: str) -> Flow | None:
        self.trace.flows.append(reference or "")
        for part, flow in self.inputs.flows.items():
            if part in (reference or ""):
                action = Action("end", ends, {}, None, (), ())
                return flow or Flow(name=part, type=type, version=VERSION, start="end", actions=(action,))
        return None

    def aim(self, segment: Segment, *, queue: str | None, agent: str | None) -> bool:
        name = queue or agent
        if not name or not self.inputs.queues:
            return False
        segment.target = Queue(arn=name, name=name, agent=agent or "")
        return True

    def queue_full(self, segment: Segment) -> bool:
        return self.inputs.full

    def requeue(self, segment: Segment, *, queue: str | None, agent: str | None) -> Outcome:
        if not self.aim(segment, queue=queue, agent=agent):
            return Failed(why="no such queue or agent")
        return Failed("QueueAtCapacity") if self.inputs.full else Over(End.QUEUED)

    def hours(self, segment: Segment, hours: str | None) -> bool | None:
        return self.inputs.open

    def metrics(self, segment: Segment, *, queue: str | None, agent: str | None) -> Metrics | None:
        return self.inputs.metrics

    def criteria(self, segment: Segment, steps: tuple[Criterion, ...]) -> bool:
        self.trace.criteria.append(steps)
        return self.inputs.possible

    def roll(self) -> int:
        return self.inputs.rolls

    def dialable(self, segment: Segment, number: str) -> bool:
        return self.inputs.possible

    def call_back(self, segment: Segment, callback: Callback) -> bool:
        self.trace.callbacks.append(callback)
        return self.inputs.possible

    def dial(self, script: Script, dial: Dial, then: Callable[[str], None]) -> None:
        self.trace.dialled.append(dial)
        seconds, error = self.inputs.dial
        self.clock.later(seconds, lambda: then(error))

    def complete_outbound(self, script: Script, caller_id: str | None) -> bool:
        return self.inputs.possible

    def to_agent(self, segment: Segment) -> bool:
        return self.inputs.possible

    def previous_participant(self, segment: Segment, state: str) -> bool:
        return self.inputs.possible

    def record(self, segment: Segment, recording: Recording) -> bool:
        self.trace.recordings.append(recording)
        return self.inputs.possible

    def stream(self, segment: Segment, participants: tuple[str, ...], *, on: bool) -> bool:
        self.trace.streams.append((participants, on))
        return self.inputs.possible

    def tagged(self, segment: Segment) -> None:
        self.trace.tagged += 1
