"""Who works: agents, the team they sit in, and what each is doing from when on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from itertools import pairwise

from chalicelib.kernel.clock import second
from chalicelib.kernel.ids import AgentId, TeamId, TenantId
from chalicelib.kernel.money import UnitPrice
from chalicelib.kernel.skill import TOP_LEVEL


class Status(StrEnum):
    AVAILABLE = "available"
    PAUSED = "paused"  # with a reason: break, lunch, training, meeting
    MISSED = "missed"  # did not answer an offer: gets no more until he says that he is back
    OFFLINE = "offline"


PAUSE_REASONS = ("break", "lunch", "training", "meeting")


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    agent: AgentId
    name: str
    team: TeamId
    skills: Mapping[str, int] = field(default_factory=dict)  # skill → level, LEAST_LEVEL to TOP_LEVEL
    languages: frozenset[str] = frozenset()  # empty: not recorded, so no bar
    certifications: frozenset[str] = frozenset()
    walls: frozenset[TenantId] = frozenset()  # clients whom the agent may never serve
    dedicated: frozenset[TenantId] = frozenset()  # the only clients whom the agent serves; empty: universal


class PayKind(StrEnum):
    HOUR = "per_hour"
    MONTH = "per_month"  # a salary, whatever the hours
    ONCE = "once"  # a bonus, or a correction of an earlier month; may be negative


@dataclass(frozen=True, slots=True, kw_only=True)
class Pay:
    """What an agent costs the operator. A rate holds from its day until the next one's; `once` is of that day alone."""

    day: date  # in the operator's time zone
    kind: PayKind
    amount: UnitPrice
    unpaid: frozenset[str] = frozenset()  # reasons of pauses that are not paid by the hour
    why: str = ""


def graded(skills: Mapping[str, int] | Iterable[str]) -> dict[str, int]:
    """Skills that are named without a level are known at the top one: nobody graded them, so nothing may bar them."""
    return dict(skills) if isinstance(skills, Mapping) else dict.fromkeys(skills, TOP_LEVEL)


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusBegan:
    """A status lasts until the next one begins, so presence tiles time without gap or overlap.

    `dedicated` are the clients whom the agent served alone when it began: his record may say something else today. None
    where that was not told.
    """

    agent: AgentId
    status: Status
    at: datetime
    reason: str = ""
    dedicated: frozenset[TenantId] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """What an agent did in [start, end)."""

    agent: AgentId
    status: Status
    reason: str
    start: datetime
    end: datetime
    dedicated: frozenset[TenantId] | None = None  # as when it began

    @property
    def seconds(self) -> int:
        """Whole seconds. Both ends are cut first, so those of neighbours add up to those of the whole."""
        return second(self.end) - second(self.start)


def intervals(agent: AgentId, begun: Iterable[StatusBegan], start: datetime, end: datetime) -> list[Interval]:
    """What the agent did in [start, end), without gap or overlap, neighbours always different; empty if end ≤ start.

    `begun` comes in any order, also from before the start: the last of those holds there. Before any, he is offline.
    Of several that begin at one instant the one that is given last holds. Those of other agents are passed over.
    """
    if end <= start:
        return []
    said: dict[datetime, tuple[Status, str, frozenset[TenantId] | None]] = {start: (Status.OFFLINE, "", None)}
    for began in sorted((one for one in begun if one.agent == agent and one.at < end), key=lambda one: one.at):
        said[max(began.at, start)] = (began.status, began.reason, began.dedicated)
    tiled: list[Interval] = []
    for at, until in pairwise([*said, end]):
        status, reason, dedicated = said[at]
        since = at
        if tiled and (tiled[-1].status, tiled[-1].reason, tiled[-1].dedicated) == said[at]:
            since = tiled.pop().start  # said again: it goes on
        tiled.append(Interval(agent=agent, status=status, reason=reason, start=since, end=until, dedicated=dedicated))
    return tiled
