"""The people in DynamoDB.

AGENT#<agent>            AGENT              who it is
AGENT#<agent>#<yyyy-mm>  STATUS#<stamp>     a status that began then
TEAM#<team>              TEAM, AGENT#<id>   the team and its members
TEAMS                    <team>             every team
"""

from __future__ import annotations

from datetime import datetime

from chalicelib.aws.table import Database, Item, Key, Put, every
from chalicelib.kernel.clock import instant, stamp
from chalicelib.kernel.errors import NotFound
from chalicelib.kernel.ids import AgentId, TeamId
from chalicelib.workforce.model import Agent, Status, StatusBegan

TABLE = "workforce"


def status_put(began: StatusBegan) -> Put:
    """The write that records a status, for the transaction that also changes the agent's seat."""
    at = stamp(began.at)
    item: Item = {"pk": f"AGENT#{began.agent}#{at[:7]}", "sk": f"STATUS#{at}", "at": at, "status": began.status.value}
    return Put(table=TABLE, item=item | ({"reason": began.reason} if began.reason else {}))


def _as_agent(item: Item) -> Agent:
    return Agent(
        agent=AgentId(item["agent"]),
        name=item["name"],
        team=TeamId(item["team"]),
        skills=frozenset(item.get("skills", ())),
    )


class WorkforceStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    def put_team(self, team: TeamId, name: str) -> None:
        self._database.transact(
            [
                Put(table=TABLE, item={"pk": f"TEAM#{team}", "sk": "TEAM", "team": team, "name": name}),
                Put(table=TABLE, item={"pk": "TEAMS", "sk": team, "name": name}),
            ]
        )

    def put_agent(self, agent: Agent) -> None:
        item = {"agent": agent.agent, "name": agent.name, "team": agent.team, "skills": set(agent.skills)}
        self._database.transact(
            [
                Put(table=TABLE, item={"pk": f"AGENT#{agent.agent}", "sk": "AGENT", **item}),
                Put(table=TABLE, item={"pk": f"TEAM#{agent.team}", "sk": f"AGENT#{agent.agent}", **item}),
            ]
        )

    def agent(self, agent: AgentId) -> Agent:
        item = self._database.get(TABLE, Key(f"AGENT#{agent}", "AGENT"))
        if item is None:
            raise NotFound("agent", agent)
        return _as_agent(item)

    def members(self, team: TeamId) -> list[Agent]:
        return [_as_agent(item) for item in every(self._database, TABLE, f"TEAM#{team}", begins="AGENT#")]

    def teams(self) -> list[TeamId]:
        return [TeamId(item["sk"]) for item in every(self._database, TABLE, "TEAMS")]

    def statuses(self, agent: AgentId, month: str) -> list[StatusBegan]:
        items = every(self._database, TABLE, f"AGENT#{agent}#{month}", begins="STATUS#")
        return [_as_status(agent, item) for item in items]

    def last_status(self, agent: AgentId, month: str, before: datetime) -> StatusBegan | None:
        page = self._database.query(
            TABLE,
            f"AGENT#{agent}#{month}",
            between=("STATUS#", f"STATUS#{stamp(before)}"),
            newest_first=True,
            limit=1,
        )
        return _as_status(agent, page.items[0]) if page.items else None


def _as_status(agent: AgentId, item: Item) -> StatusBegan:
    return StatusBegan(
        agent=agent, status=Status(item["status"]), at=instant(item["at"]), reason=item.get("reason", "")
    )
