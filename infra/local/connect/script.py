"""One flow running for one listener: action by action, until it ends or somebody stops it.

An action is a function `(scene) → Outcome`, or a generator that yields what it waits for (`Pause`, `Ask`)
and returns its Outcome. So an action reads as what it does, and nothing blocks. A module runs in a frame of
its own, on top of the flow that called it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from infra.local.connect.clock import Timer
from infra.local.connect.language import Action, Flow
from infra.local.connect.outcome import (
    Ask,
    Case,
    Dial,
    End,
    Enquiry,
    Enter,
    Failed,
    Found,
    Jump,
    Next,
    Outcome,
    Over,
    Pause,
    Reply,
    Return,
    Steps,
    Until,
    Waiting,
)
from infra.local.connect.scene import Scene
from infra.local.connect.values import whole
from infra.local.connect.wishes import Callback, Criterion, Metrics, Recording, Task

if TYPE_CHECKING:
    from infra.local.connect.parties import Segment

__all__ = [
    "Ask", "Case", "Dial", "End", "Enquiry", "Enter", "Failed", "Found", "Frame", "Handler", "Jump", "Next", "Outcome",
    "Over", "Pause", "Reply", "Return", "Scene", "Script", "Stage", "Steps", "Until", "Waiting", "compare",
]  # fmt: skip

MOST_STEPS_AT_ONCE = 1_000  # actions without any time between them: a loop that never waits
# Their error branch may be left out, or cannot be there; the flow then goes on as if nothing had been.
GOES_ON_ANYWAY = frozenset(
    {
        "Loop",
        "MessageParticipant",
        "MessageParticipantIteratively",
        "UpdateContactRecordingAndAnalyticsBehavior",
        "UpdateContactRecordingBehavior",
        "UpdateContactRoutingBehavior",
        "UpdateContactTextToSpeechVoice",
    }
)
MOST_FRAMES = 6  # a flow, and modules five deep

_NUMBER = re.compile(r"\s*[+-]?\d+(\.\d+)?\s*", re.ASCII)

Handler = Callable[["Scene"], "Steps | Outcome"]


class Stage(Protocol):
    """What the exchange offers to a running flow. The listener is the customer or the agent."""

    def scope(self, script: Script) -> Mapping[str, Any]: ...
    def later(self, seconds: float, then: Callable[[], None]) -> Timer: ...
    def breaks(self, script: Script, action: Action) -> bool:
        """Whether the service itself fails at this action, whatever it says."""
        ...

    # The listener
    def ready(self, script: Script, action: Action, then: Callable[[], None]) -> bool:
        """Whether the action can be done now; else `then` is called when somebody is there to listen."""
        ...

    def say(self, script: Script, text: str, block: str) -> float: ...
    def take_key(self, script: Script) -> str | None: ...
    def until(self, script: Script, wait: Until, then: Callable[[str], None]) -> Timer: ...

    # Beside the call
    def ask(self, script: Script, question: Ask, then: Callable[[Reply], None]) -> str:
        """Invokes a Lambda; returns the id of the invocation."""
        ...

    def enquire(self, script: Script, enquiry: Enquiry, then: Callable[[Found], None]) -> None: ...
    def create_task(self, script: Script, task: Task) -> str | None:
        """The task's contact id; None where none could be made."""
        ...

    # Flows
    def flow(self, reference: str | None) -> Flow | None: ...
    def module(self, reference: str | None, results: tuple[str, ...]) -> Flow | None:
        """`results` are those that the caller has a branch for."""
        ...

    # Queues
    def aim(self, segment: Segment, *, queue: str | None, agent: str | None) -> bool: ...
    def queue_full(self, segment: Segment) -> bool: ...
    def requeue(self, segment: Segment, *, queue: str | None, agent: str | None) -> Outcome: ...
    def hours(self, segment: Segment, hours: str | None) -> bool | None:
        """Whether it is open by these hours, or by the target queue's; None where there are none."""
        ...

    def metrics(self, segment: Segment, *, queue: str | None, agent: str | None) -> Metrics | None:
        """Of that queue or agent, else of the target queue; None where there is none."""
        ...

    def criteria(self, segment: Segment, steps: tuple[Criterion, ...]) -> bool: ...
    def roll(self) -> int: ...

    # The line
    def dialable(self, segment: Segment, number: str) -> bool: ...
    def call_back(self, segment: Segment, callback: Callback) -> bool: ...
    def dial(self, script: Script, dial: Dial, then: Callable[[str], None]) -> None: ...
    def complete_outbound(self, script: Script, caller_id: str | None) -> bool: ...
    def to_agent(self, segment: Segment) -> bool: ...
    def previous_participant(self, segment: Segment, state: str) -> bool: ...
    def record(self, segment: Segment, recording: Recording) -> bool: ...
    def stream(self, segment: Segment, participants: tuple[str, ...], *, on: bool) -> bool: ...
    def tagged(self, segment: Segment) -> None: ...


@dataclass(slots=True)
class Frame:
    """A flow or a module under way, with what is its own."""

    flow: Flow
    called_by: Action | None = None
    given: Mapping[str, Any] = field(default_factory=dict)  # $.Modules.Input
    attributes: dict[str, str] = field(default_factory=dict)  # $.FlowAttributes
    loops: dict[str, int] = field(default_factory=dict)
    actions: Mapping[str, Action] = field(init=False)

    def __post_init__(self) -> None:
        self.actions = {action.identifier: action for action in self.flow.actions}


@dataclass(slots=True, kw_only=True)
class Script:
    """A flow under way."""

    flow: Flow
    segment: Segment
    stage: Stage
    handlers: Mapping[str, Handler]
    done: Callable[[End], None]
    to_agent: bool = False  # whom it speaks to
    passed: Callable[[Flow, Action, str], None] | None = None  # told of every action and the way it took
    external: Mapping[str, Any] = field(default_factory=dict)
    stored_input: str | None = None
    found: dict[str, Any] = field(default_factory=dict)  # further namespaces: Metrics, Views, Lex, Customer…
    covered: set[str] = field(default_factory=set)  # flow/action
    ran: set[str] = field(default_factory=set)  # types of action
    frames: list[Frame] = field(default_factory=list)
    _steps: Steps | None = None
    _current: Action | None = None
    _timer: Timer | None = None
    _at_once: int = 0  # actions since time last passed
    _for_key: bool = False
    _over: bool = False

    @property
    def frame(self) -> Frame:
        return self.frames[-1]

    def start(self) -> None:
        self.frames = [Frame(self.flow)]
        self._go(self.flow.start)

    def stop(self) -> None:
        """Ends it from outside; `done` is not called."""
        self._over = True
        self._cancel()
        if self._steps is not None:
            self._steps.close()

    def key_pressed(self) -> None:
        """There is a key in the buffer: whoever waits for one takes it."""
        if self._for_key and not self._over:
            self._for_key = False
            self._cancel()
            self._resume(self.stage.take_key(self))

    def scope(self) -> Mapping[str, Any]:
        """Every namespace as it stands: the contact's, and over it the flow's own."""
        return {
            **self.stage.scope(self),
            **self.found,
            "External": self.external,
            "FlowAttributes": self.frame.attributes,
            "StoredCustomerInput": self.stored_input,
            "Modules": {"Input": self.frame.given, **self.found.get("Modules", {})},
        }

    def _go(self, identifier: str | None) -> None:
        """Action after action, until one waits or the flow is over. Never by recursion: none of them need wait."""
        while identifier is not None and not self._over:
            self._at_once += 1
            if self._at_once > MOST_STEPS_AT_ONCE:
                return self._finish(End.RAN_AWAY)
            identifier = self._begin(self.frame.actions[identifier])
        return None

    def _begin(self, action: Action) -> str | None:
        """The action that follows; None while this one waits, or when the flow is over."""
        if not self.stage.ready(self, action, lambda: self._go(action.identifier)):
            return None
        self.covered.add(f"{self.flow.name}/{action.identifier}")
        self.ran.add(action.type)
        if self.stage.breaks(self, action):
            return self._way(action, Failed(why="the service failed"))
        result = self.handlers[action.type](Scene(action, self, self.stage))
        if not isinstance(result, Generator):
            return self._way(action, result)
        self._steps = result
        return self._advance(action, result, None)

    def _advance(self, action: Action, steps: Steps, sent: Any) -> str | None:
        try:
            wait = steps.send(sent)
        except StopIteration as finished:
            self._steps = None
            return self._way(action, finished.value)
        self._current = action
        self._wait(wait)
        return None

    def _wait(self, wait: Waiting) -> None:
        if not isinstance(wait, Pause) or wait.seconds > 0:
            self._at_once = 0
        match wait:
            case Ask():
                self.stage.ask(self, wait, self._resume)
            case Enquiry():
                self.stage.enquire(self, wait, self._resume)
            case Dial():
                self.stage.dial(self, wait, self._resume)
            case Until():
                self._timer = self.stage.until(self, wait, self._resume)
            case Pause():
                self._pause(wait)

    def _pause(self, wait: Pause) -> None:
        if wait.for_key and (key := self.stage.take_key(self)) is not None:
            # Not by recursion: a caller may have keyed a whole row ahead.
            self._timer = self.stage.later(0, lambda: self._resume(key))
            return
        self._for_key = wait.for_key
        self._timer = self.stage.later(wait.seconds, lambda: self._resume(None))

    def _resume(self, sent: Any) -> None:
        """What was waited for is there; a flow that was stopped in the meantime does not hear of it."""
        self._for_key = False
        action, steps = self._current, self._steps
        if action is not None and steps is not None and not self._over:
            self._go(self._advance(action, steps, sent))

    def _way(self, action: Action, outcome: Outcome) -> str | None:
        """The action that follows; None when the flow is over."""
        errors = dict(action.errors)
        match outcome:
            case Next():
                label, way = "next", action.target
            case Failed(error):
                label = error if error in errors else "NoMatchingError"
                way = errors.get(label) or (action.target if action.type in GOES_ON_ANYWAY else None)
            case Case(value):
                label, way = self._case(action, value, errors)
            case Enter(module, given):
                self._tell(action, "enter")
                return self._enter(action, module, given)
            case Return() if len(self.frames) > 1:
                self._tell(action, "return")
                return self._back(outcome)
            case Jump(flow):
                self._tell(action, "over")
                self.flow, self.frames = flow, [Frame(flow)]
                return flow.start
            case Return():
                self._tell(action, "return")
                self._finish(End.RETURNED)
                return None
            case Over(end):
                self._tell(action, "over")
                self._finish(end)
                return None
        self._tell(action, label)
        if way is None:
            self._finish(End.NO_BRANCH)
        return way

    def _case(self, action: Action, value: str | None, errors: Mapping[str, str]) -> tuple[str, str | None]:
        for condition in action.conditions:
            if self._holds(condition.operator, condition.operands[0], value):
                return f"{condition.operator} {condition.operands[0]}", condition.target
        if "NoMatchingCondition" in errors:
            return "NoMatchingCondition", errors["NoMatchingCondition"]
        return "next", action.target

    def _enter(self, action: Action, module: Flow, given: Mapping[str, Any]) -> str | None:
        if len(self.frames) >= MOST_FRAMES:
            return self._way(action, Failed(why="modules are five deep already"))
        self.frames.append(Frame(module, called_by=action, given=given))
        self.flow = module
        return module.start

    def _back(self, outcome: Return) -> str | None:
        """Behind the call: by the branch of the result, by the one for no branch, or by `NextAction`."""
        caller = self.frames.pop().called_by
        self.flow = self.frame.flow
        self.found["Modules"] = {"Result": outcome.result, "ResultData": outcome.data}
        assert caller is not None, "a frame above the first was called"
        return self._way(caller, Next() if outcome.result is None else Case(outcome.result))

    def _holds(self, operator: str, operand: str, value: str | None) -> bool:
        return compare(operator, value, whole(operand, self.scope()) if operand.startswith("$") else operand)

    def _tell(self, action: Action, way: str) -> None:
        if self.passed is not None:
            self.passed(self.flow, action, way)

    def _finish(self, end: End) -> None:
        self._over = True
        self._cancel()
        self.done(end)

    def _cancel(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def compare(operator: str, value: str | None, operand: str | None) -> bool:
    """The operators of the language; nothing holds for what is undefined, a number only between numbers."""
    if operator == "KeyExists":
        return value is not None
    if value is None or operand is None:
        return False
    match operator:
        case "Equals":
            return value == operand
        case "TextStartsWith":
            return value.startswith(operand)
        case "TextEndsWith":
            return value.endswith(operand)
        case "TextContains":
            return operand in value
    left, right = _number(value), _number(operand)
    if left is None or right is None:
        return False
    match operator:
        case "NumberGreaterThan":
            return left > right
        case "NumberGreaterOrEqualTo":
            return left >= right
        case "NumberLessThan":
            return left < right
        case _:
            return left <= right


def _number(text: str) -> float | None:
    """None where a person would not call it a number: `float` also takes nan, inf and 1_000."""
    return float(text) if _NUMBER.fullmatch(text) else None
