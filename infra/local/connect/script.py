"""One flow running for one listener: action by action, until it ends or somebody stops it.

An action is a function `(scene) → Outcome`, or a generator that yields what it waits for (`Pause`, `Ask`)
and returns its Outcome. So an action reads as what it does, and nothing blocks.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

from infra.local.connect.clock import Timer
from infra.local.connect.language import Action, Flow
from infra.local.connect.values import interpolated, look_up, whole

if TYPE_CHECKING:
    from infra.local.connect.parties import Segment

MOST_STEPS_AT_ONCE = 1_000  # actions without a pause between them: a loop that never waits


class End(StrEnum):
    """How a flow can end."""

    QUEUED = "queued"  # the contact went on to a queue: success
    ENDED = "ended"  # EndFlowExecution: the contact stays where it is
    DISCONNECTED = "disconnected"  # DisconnectParticipant
    NO_BRANCH = "no-branch"  # an outcome that the flow has no way for
    RAN_AWAY = "ran-away"  # it went round without ever waiting
    STOPPED = "stopped"  # from outside: answered, hung up, moved


# What an action can wait for.


@dataclass(frozen=True, slots=True)
class Pause:
    """Time passes: resumes with None, or with the key pressed before it is over if `for_key`."""

    seconds: float
    for_key: bool = False


@dataclass(frozen=True, slots=True)
class Ask:
    """A Lambda is invoked: resumes with its `Reply`."""

    function: str
    parameters: Mapping[str, str]
    limit_s: int


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back; `failed` names why there is no `value`."""

    value: Any = None
    failed: str = ""


# How an action can come out.


@dataclass(frozen=True, slots=True)
class Next:
    """By `NextAction`."""


@dataclass(frozen=True, slots=True)
class Failed:
    """By the branch for this error, or the catch-all, or there is no way on."""

    error: str = "NoMatchingError"
    why: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """By the first condition that holds for `value`, or the branch NoMatchingCondition."""

    value: str | None


@dataclass(frozen=True, slots=True)
class Jump:
    """Another flow takes over from its start."""

    flow: Flow


@dataclass(frozen=True, slots=True)
class Over:
    end: End


Outcome = Next | Failed | Case | Jump | Over
Waiting = Pause | Ask
Steps = Generator[Waiting, Any, Outcome]
Handler = Callable[["Scene"], "Steps | Outcome"]


class Stage(Protocol):
    """What the exchange offers to a running flow. The listener is the customer or the agent."""

    def scope(self, script: Script) -> Mapping[str, Any]: ...
    def later(self, seconds: float, then: Callable[[], None]) -> Timer: ...
    def say(self, script: Script, text: str, block: str) -> float: ...
    def take_key(self, script: Script) -> str | None: ...
    def ask(self, script: Script, question: Ask, then: Callable[[Reply], None]) -> None: ...
    def flow(self, reference: str | None) -> Flow | None: ...
    def aim(self, segment: Segment, *, queue: str | None, agent: str | None) -> bool: ...
    def queue_full(self, segment: Segment) -> bool: ...
    def requeue(self, segment: Segment, *, queue: str | None, agent: str | None) -> Outcome: ...
    def roll(self) -> int: ...
    def tagged(self, segment: Segment) -> None: ...


@dataclass(slots=True)
class Scene:
    """What an action sees: itself, the contact, and the stage."""

    action: Action
    script: Script
    stage: Stage

    @property
    def segment(self) -> Segment:
        return self.script.segment

    def given(self, name: str) -> Any:
        return self.action.parameters.get(name)

    def read(self, reference: str) -> str | None:
        return look_up(reference, self.stage.scope(self.script))

    def field(self, name: str) -> str | None:
        """A whole field: a plain text or one reference; None where it is absent or undefined."""
        value = self.given(name)
        return None if value is None else whole(str(value), self.stage.scope(self.script))

    def text(self, text: str) -> str:
        return interpolated(text, self.stage.scope(self.script))

    def texts(self, name: str) -> dict[str, str]:
        """A map of texts, each with its references filled in."""
        scope = self.stage.scope(self.script)
        return {key: interpolated(str(value), scope) for key, value in (self.given(name) or {}).items()}

    def say(self, text: str) -> float:
        """Lets the listener hear it; returns the seconds that takes."""
        return self.stage.say(self.script, text, self.action.identifier)


@dataclass(slots=True, kw_only=True)
class Script:
    """A flow under way."""

    flow: Flow
    segment: Segment
    stage: Stage
    handlers: Mapping[str, Handler]
    done: Callable[[End], None]
    to_agent: bool = False  # whom it speaks to
    flow_attributes: dict[str, str] = field(default_factory=dict)
    external: Mapping[str, Any] = field(default_factory=dict)
    stored_input: str | None = None
    invocation: str | None = None
    loops: dict[str, int] = field(default_factory=dict)
    covered: set[str] = field(default_factory=set)  # flow/action
    ran: set[str] = field(default_factory=set)  # types of action
    _steps: Steps | None = None
    _current: Action | None = None
    _timer: Timer | None = None
    _for_key: bool = False
    _over: bool = False

    def start(self) -> None:
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

    def _go(self, identifier: str | None) -> None:
        at_once = 0
        while identifier is not None and not self._over:
            at_once += 1
            if at_once > MOST_STEPS_AT_ONCE:
                return self._finish(End.RAN_AWAY)
            action = self.flow.action(identifier)
            self.covered.add(f"{self.flow.name}/{identifier}")
            self.ran.add(action.type)
            result = self.handlers[action.type](Scene(action, self, self.stage))
            if isinstance(result, Generator):
                self._steps, self._current = result, action
                return self._advance(None)
            identifier = self._way(action, result)
        return None

    def _advance(self, sent: Any) -> None:
        steps, action = self._steps, self._current
        if steps is None or action is None or self._over:
            return
        try:
            wait = steps.send(sent)
        except StopIteration as finished:
            self._steps = None
            self._go(self._way(action, finished.value))
            return
        self._wait(wait)

    def _wait(self, wait: Waiting) -> None:
        if isinstance(wait, Ask):
            self.stage.ask(self, wait, self._resume)
            return
        if wait.for_key and (key := self.stage.take_key(self)) is not None:
            # Not by recursion: a caller may have keyed a whole row ahead.
            self._timer = self.stage.later(0, lambda: self._resume(key))
            return
        self._for_key = wait.for_key
        self._timer = self.stage.later(wait.seconds, lambda: self._resume(None))

    def _resume(self, sent: Any) -> None:
        """What was waited for is there; a flow that was stopped in the meantime does not hear of it."""
        self._for_key = False
        self._advance(sent)

    def _way(self, action: Action, outcome: Outcome) -> str | None:
        """The action that follows; None when the flow is over."""
        match outcome:
            case Next():
                way = action.target
            case Failed(error):
                ways = dict(action.errors)
                way = ways.get(error, ways.get("NoMatchingError"))
            case Case(value):
                held = (c.target for c in action.conditions if self._holds(c.operator, c.operands[0], value))
                way = next(held, dict(action.errors).get("NoMatchingCondition", action.target))
            case Jump(flow):
                self.flow = flow
                way = flow.start
            case Over(end):
                self._finish(end)
                return None
        if way is None:
            self._finish(End.NO_BRANCH)
        return way

    def _holds(self, operator: str, operand: str, value: str | None) -> bool:
        other = whole(operand, self.stage.scope(self))
        return compare(operator, value, other)

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
    try:
        return float(text)
    except ValueError:
        return None
