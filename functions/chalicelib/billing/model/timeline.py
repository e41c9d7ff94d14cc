"""What a contact took, by the clock, computed from its facts alone.

Its parts are `contacts`' to say (`contacts/model/parts.py`); here they become what is billed, and whose work it was.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from chalicelib.contacts.model.parts import RELEASES, begun, seconds_of
from chalicelib.kernel.facts import Fact
from chalicelib.kernel.ids import AgentId

_DEDICATED = "dedicated=1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """An agent's turn at a contact: [start, end) in whole seconds since 1970."""

    agent: AgentId
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    opened_at: datetime
    ended_at: datetime  # when the customer's part was over; the instant at which the contact is billed
    seconds: Mapping[str, int]  # by part
    turns: tuple[Turn, ...]
    dedicated: bool = False  # the last agent who took it serves this client alone

    @property
    def connected(self) -> bool:
        return bool(self.turns)

    @property
    def agents(self) -> tuple[AgentId, ...]:
        """In the order of their first turn."""
        return tuple(dict.fromkeys(turn.agent for turn in self.turns))


def timeline(facts: Sequence[Fact]) -> Timeline:
    """Of a contact whose first fact is given; facts in their own order, not by instant."""
    turns = tuple(_turns(facts))
    return Timeline(
        opened_at=facts[0].at,
        ended_at=_ended_at(facts),
        seconds=seconds_of(facts),
        turns=turns,
        dedicated=bool(turns) and _dedicated(facts),
    )


def _turns(facts: Sequence[Fact]) -> list[Turn]:
    turns: list[Turn] = []
    bound: tuple[AgentId, int] | None = None
    now = 0
    for fact, now, _ in begun(facts):
        if fact.kind == "connected":
            turns += _closed(bound, now)
            bound = (AgentId(fact.data["agent"]), now)
        elif fact.kind in RELEASES:
            turns += _closed(bound, now)
            bound = None
    return [*turns, *_closed(bound, now)]


def _closed(bound: tuple[AgentId, int] | None, now: int) -> list[Turn]:
    return [Turn(agent=bound[0], start=bound[1], end=now)] if bound is not None else []


def _ended_at(facts: Sequence[Fact]) -> datetime:
    """Talk and wrap-up are billed together: at the end of the talk, even if the wrap-up ends in the next month.

    A clock that ran backwards does not end a contact before it came, in a month that may be closed.
    """
    return max(facts[0].at, next((fact.at for fact in facts if fact.kind == "ended"), facts[-1].at))


def _dedicated(facts: Sequence[Fact]) -> bool:
    """What the decision to offer it said of the agent, among its figures (`name=value`)."""
    taken = max(place for place, fact in enumerate(facts) if fact.kind == "connected")
    offers = [fact for fact in facts[:taken] if fact.kind == "offered"]
    return bool(offers) and _DEDICATED in offers[-1].data.get("why", ())
