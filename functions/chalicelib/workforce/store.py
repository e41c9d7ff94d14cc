"""The people in DynamoDB.

AGENT#<agent>            AGENT              who it is
AGENT#<agent>#<yyyy-mm>  STATUS#<stamp>     a status that began then
TEAM#<team>              TEAM, AGENT#<id>   the team and its members
TEAMS                    <team>             every team
"""

from __future__ import annotations

from datetime import datetime

from chalicelib.aws.table import Absent, ConditionLost, Database, Delete, Equals, Item, Key, Put, Write, every
from chalicelib.kernel.clock import instant, stamp
from chalicelib.kernel.errors import Conflict, NotFound
from chalicelib.kernel.ids import AgentId, TeamId, TenantId
from chalicelib.workforce.model import Agent, Status, StatusBegan, graded

TABLE = "workforce"


def status_put(began: StatusBegan) -> Put:
    """The write that records a status, for the transaction that also changes the agent's seat."""
    at = stamp(began.at)
    item: Item = {"pk": f"AGENT#{began.agent}#{at[:7]}", "sk": f"STATUS#{at}", "at": at, "status": began.status.value}
    return Put(table=TABLE, item=item | ({"reason": began.reason} if began.reason else {}))


def _agent_item(agent: Agent) -> Item:
    return {
        "agent": agent.agent,
        "name": agent.name,
        "team": agent.team,
        "skills": dict(agent.skills),
        "languages": set(agent.languages),
        "certifications": set(agent.certifications),
        "walls": set(agent.walls),
        "dedicated": set(agent.dedicated),
    }


def _as_agent(item: Item) -> Agent:
    return Agent(
        agent=AgentId(item["agent"]),
        name=item["name"],
        team=TeamId(item["team"]),
        skills=graded(item.get("skills", ())),  # before there were levels: a set of names
        languages=frozenset(item.get("languages", ())),
        certifications=frozenset(item.get("certifications", ())),
        walls=frozenset(map(TenantId, item.get("walls", ()))),
        dedicated=frozenset(map(TenantId, item.get("dedicated", ()))),
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
        own = Key(f"AGENT#{agent.agent}", "AGENT")
        before = self._database.get(TABLE, own)
        item = _agent_item(agent)
        unchanged = Absent() if before is None else Equals("team", before["team"])
        writes: list[Write] = [
            Put(table=TABLE, item={"pk": own.pk, "sk": own.sk, **item}, when=(unchanged,)),
            Put(table=TABLE, item={"pk": f"TEAM#{agent.team}", "sk": own.pk, **item}),
        ]
        if before is not None and before["team"] != agent.team:
            writes.append(Delete(table=TABLE, key=Key(f"TEAM#{before['team']}", own.pk)))
        try:
            self._database.transact(writes)
        except ConditionLost:
            raise Conflict(f"{agent.agent} was seated by somebody else in that moment; try again") from None

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
