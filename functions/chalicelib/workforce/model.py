"""Who works: agents, the team they sit in, and what each is doing from when on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from chalicelib.kernel.ids import AgentId, TeamId


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
    skills: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusBegan:
    """A status lasts until the next one begins, so presence tiles time without gap or overlap."""

    agent: AgentId
    status: Status
    at: datetime
    reason: str = ""
