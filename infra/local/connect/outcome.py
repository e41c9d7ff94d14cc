"""What an action can wait for, how it can come out, and how a flow can end."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from infra.local.connect.language import Flow


class End(StrEnum):
    """How a flow can end."""

    QUEUED = "queued"  # the contact went on to a queue: success
    ENDED = "ended"  # EndFlowExecution: the contact stays where it is
    DISCONNECTED = "disconnected"  # DisconnectParticipant
    THIRD_PARTY = "third-party"  # the caller was handed to an outside number for good
    AGENT = "agent"  # the contact went straight to an agent
    RETURNED = "returned"  # a module that nobody had called came to its end
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


@dataclass(frozen=True, slots=True)
class Until:
    """One of these events: resumes with its name, or with "" when the time is over first."""

    events: tuple[str, ...]
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Dial:
    """An outside number is called and joined to the caller: resumes with the name of an error, or "".

    With `returns` it resumes only when the outside leg is over, because the flow goes on then.
    """

    number: str
    limit_s: int
    returns: bool
    caller_id: str | None = None
    digits: str | None = None


@dataclass(frozen=True, slots=True)
class Enquiry:
    """A service beside the flow is asked (profiles, cases, a bot, a view): resumes with `Found`."""

    service: str  # the action's type
    request: Mapping[str, Any]
    limit_s: float = 8.0


@dataclass(frozen=True, slots=True)
class Found:
    """`values` are read under the service's namespace, `case` picks a condition, `failed` names an error."""

    values: Mapping[str, Any] = field(default_factory=dict)
    case: str | None = None
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
class Enter:
    """A module runs, and then this flow goes on behind it."""

    module: Flow
    given: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Return:
    """A module is over: the flow that called it goes on by the condition `result`, or by `NextAction`."""

    result: str | None
    data: Any


@dataclass(frozen=True, slots=True)
class Over:
    end: End


Outcome = Next | Failed | Case | Jump | Enter | Return | Over
Waiting = Pause | Ask | Until | Dial | Enquiry
Steps = Generator[Waiting, Any, Outcome]
