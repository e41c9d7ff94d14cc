"""What a rule of the language can say about one action type."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from infra.local.connect.language import FlowType


class Ways(Enum):
    """What the conditions of an action look like."""

    NONE = "none"
    NAMED = "named"  # Equals on one of `Rule.cases`
    WORDS = "words"  # Equals on words that a view, a bot or a module gives
    FREE = "free"  # any operator on any operand


class Next(Enum):
    """What `NextAction` means."""

    SUCCESS = "success"
    MIRROR = "mirror"  # of an error or of "nothing matched": success goes by a condition, or the flow is over
    BY_PARAMETER = "by parameter"  # see `catalogue.next_of`
    OPTIONAL = "optional"
    FORBIDDEN = "forbidden"  # a terminal action


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """A whole number from `least` to `most`; `dynamic` if a reference may stand in its place."""

    least: int
    most: int
    dynamic: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """`errors` are the branches that must be there, `tolerated` those that exports also carry.

    `open` marks a type whose parameters and errors are not documented in full: what is not known is let pass,
    and the branches that are known are still asked for.
    """

    required: frozenset[str] = frozenset()
    optional: frozenset[str] = frozenset()
    one_of: frozenset[str] = frozenset()  # exactly one of these
    at_most_one: frozenset[str] = frozenset()
    choices: Mapping[str, frozenset[str]] = field(default_factory=dict)  # a parameter and what it may say
    numbers: Mapping[str, Bounds] = field(default_factory=dict)
    errors: frozenset[str] = frozenset()
    tolerated: frozenset[str] = frozenset()
    ways: Ways = Ways.NONE
    cases: frozenset[str] = frozenset()
    all_cases: bool = False
    next: Next = Next.SUCCESS
    ends_flow: bool = False  # on success the flow is over, and `NextAction` must be one of the error branches
    only_in: frozenset[FlowType] = frozenset()  # empty: in every type
    never_in: frozenset[FlowType] = frozenset()
    open: bool = False

    def parameters(self) -> frozenset[str]:
        return self.required | self.optional | self.one_of | self.at_most_one

    def allowed_in(self, type: FlowType) -> bool:
        """A module stands in an inbound flow. What a campaign may hold is not documented: everything passes."""
        if type is FlowType.CAMPAIGN:
            return True
        if type is FlowType.MODULE and FlowType.MODULE not in self.only_in:
            return self.allowed_in(FlowType.INBOUND)
        return type not in self.never_in and (not self.only_in or type in self.only_in)


def names(text: str) -> frozenset[str]:
    return frozenset(text.split())


CATCH_ALL = names("NoMatchingError")
SPEECH = names("Text SSML PromptId Media")
BOOLEAN = names("True False true false")
PLACE = names("QueueId AgentId")

TRANSFERS = frozenset({FlowType.AGENT_TRANSFER, FlowType.QUEUE_TRANSFER})
FRONT = frozenset({FlowType.INBOUND, *TRANSFERS})
FRONT_AND_QUEUE = FRONT | {FlowType.CUSTOMER_QUEUE}
WHISPERS = frozenset({FlowType.AGENT_WHISPER, FlowType.CUSTOMER_WHISPER, FlowType.OUTBOUND_WHISPER})
HOLDS = frozenset({FlowType.CUSTOMER_HOLD, FlowType.AGENT_HOLD})
