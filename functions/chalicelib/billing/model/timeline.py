"""What a contact took, by the clock, computed from its facts alone.

Instants are cut to whole seconds first, so that the parts of a contact add up to the whole of it.
A fact that claims to have happened before the one ahead of it counts as simultaneous with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from chalicelib.kernel.clock import second
from chalicelib.kernel.facts import Fact
from chalicelib.kernel.ids import AgentId

# The part of a contact's time that each fact begins. A kind that is not here leaves the part as it is;
# an empty part is time that nobody counts (after the end of a contact that no agent had).
_BEGINS: Mapping[str, str] = {
    "arrived": "automated",
    "queued": "queue",
    "requeued": "queue",
    "connected": "talk",
    "held": "hold",
    "resumed": "talk",
    "patched": "patched",
    "ended": "wrap",
    "self_served": "",
    "refused": "",
    "abandoned": "",
    "wrapped": "",
}
# An agent is bound from `connected` until one of these.
_RELEASES = frozenset({"requeued", "abandoned", "wrapped"})

_DEDICATED = "dedicated=1"

PARTS = ("automated", "queue", "talk", "hold", "wrap")


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
    seconds: Mapping[str, int]  # by part; all of PARTS, and `patched` where that happened
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
    clock = list(_forward(facts))
    seconds = dict.fromkeys(PARTS, 0)
    turns: list[Turn] = []
    part, since = "", clock[0]
    bound: tuple[AgentId, int] | None = None
    for fact, now in zip(facts, clock, strict=True):
        if part:
            seconds[part] = seconds.get(part, 0) + now - since
        since = now
        part = _part_after(fact, part, bound is not None)
        if fact.kind == "connected":
            turns += _closed(bound, now)
            bound = (AgentId(fact.data["agent"]), now)
        elif fact.kind in _RELEASES:
            turns += _closed(bound, now)
            bound = None
    turns += _closed(bound, clock[-1])
    return Timeline(
        opened_at=facts[0].at,
        ended_at=_ended_at(facts),
        seconds=seconds,
        turns=tuple(turns),
        dedicated=bool(turns) and _dedicated(facts),
    )


def _forward(facts: Iterable[Fact]) -> Iterable[int]:
    latest: int | None = None
    for fact in facts:
        latest = second(fact.at) if latest is None else max(latest, second(fact.at))
        yield latest


def _part_after(fact: Fact, part: str, bound: bool) -> str:
    if fact.kind == "ended" and not bound:
        return ""
    return _BEGINS.get(fact.kind, part)


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
