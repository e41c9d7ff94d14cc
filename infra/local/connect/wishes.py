"""What a flow asks of the exchange around it, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Metrics:
    """A queue's or an agent's figures as `GetMetricData` and `CheckMetricData` see them; ages in seconds."""

    name: str
    arn: str
    size: int = 0
    oldest_s: float = 0.0
    online: int = 0
    available: int = 0
    staffed: int = 0
    after_contact_work: int = 0
    busy: int = 0
    missed: int = 0
    non_productive: int = 0

    def fields(self) -> Mapping[str, object]:
        """The namespace `$.Metrics`."""
        agents = {
            "Online": self.online,
            "Available": self.available,
            "Staffed": self.staffed,
            "AfterContactWork": self.after_contact_work,
            "Busy": self.busy,
            "Missed": self.missed,
            "NonProductive": self.non_productive,
        }
        queue = {"Name": self.name, "ARN": self.arn, "Size": self.size, "OldestContactAge": int(self.oldest_s)}
        return {"Queue": queue, "Agents": {name: {"Count": count} for name, count in agents.items()}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Criterion:
    """One step of routing criteria; without `expires_s` it holds for ever."""

    agents: tuple[str, ...] = ()
    attribute: Mapping[str, object] | None = None
    expires_s: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Callback:
    """A contact that calls the customer back."""

    number: str
    delay_s: int
    retry_s: int
    attempts: int
    queue: str | None = None
    agent: str | None = None
    flow: str | None = None
    caller_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    name: str
    description: str
    flow: str | None
    attributes: Mapping[str, str]
    references: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    participants: tuple[str, ...]
    ivr: bool
    analytics: bool
