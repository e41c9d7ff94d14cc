"""The people of the operator and what they were doing when."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Protocol

from chalicelib.kernel.errors import Invalid
from chalicelib.kernel.ids import AgentId, TeamId
from chalicelib.workforce.model import Agent, StatusBegan


class Store(Protocol):
    def put_team(self, team: TeamId, name: str) -> None: ...
    def put_agent(self, agent: Agent) -> None: ...
    def agent(self, agent: AgentId) -> Agent: ...
    def members(self, team: TeamId) -> list[Agent]: ...
    def teams(self) -> list[TeamId]: ...
    def statuses(self, agent: AgentId, month: str) -> list[StatusBegan]: ...
    def last_status(self, agent: AgentId, month: str, before: datetime) -> StatusBegan | None: ...


class Workforce:
    def __init__(self, store: Store) -> None:
        self._store = store
        self.agent = store.agent
        self.members = store.members
        self.teams = store.teams

    def put_team(self, team: str, name: str) -> None:
        self._store.put_team(TeamId(_name("team", team)), name)

    def put_agent(self, agent: str, name: str, team: str, skills: frozenset[str] = frozenset()) -> None:
        known = Agent(agent=AgentId(_name("agent", agent)), name=name, team=TeamId(_name("team", team)), skills=skills)
        self._store.put_agent(known)

    def presence(self, agent: AgentId, start: datetime, end: datetime) -> list[StatusBegan]:
        """The statuses that begin in [start, end), led by the one in force at `start` where there is one."""
        before = start - timedelta(milliseconds=1)
        months = _months(before, end)
        led = next(filter(None, (self._store.last_status(agent, month, before) for month in _around(before))), None)
        begun = [status for month in months for status in self._store.statuses(agent, month)]
        inside = [status for status in begun if start <= status.at < end]
        return [led, *inside] if led else inside


def _name(field: str, text: str) -> str:
    if not text or not all(c.islower() or c.isdigit() or c == "-" for c in text):
        raise Invalid(field, f"{text!r} is no name", "use lower-case letters, digits and hyphens")
    return text


def _around(at: datetime) -> list[str]:
    """The month of the instant and the one before: nobody keeps a status longer."""
    return [f"{at:%Y-%m}", f"{at.replace(day=1) - timedelta(days=1):%Y-%m}"]


def _months(start: datetime, end: datetime) -> list[str]:
    months, at = [], start.replace(day=1)
    while at <= end:
        months.append(f"{at:%Y-%m}")
        at = (at + timedelta(days=32)).replace(day=1)
    return months
