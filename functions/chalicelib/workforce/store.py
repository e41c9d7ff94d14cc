"""The people in DynamoDB.

AGENT#<agent>            AGENT              who it is
AGENT#<agent>#<yyyy-mm>  STATUS#<stamp>     a status that began then
AGENT#<agent>            PAY#<day>#<rate|once>  what he costs from that day on; never changed
TEAM#<team>              TEAM, AGENT#<id>   the team and its members
DEDICATED#<tenant>       <agent>            who serves the client alone, or once did; never removed
TEAMS                    <team>             every team
"""

from __future__ import annotations

from datetime import date, datetime

from chalicelib.aws.table import Absent, ConditionLost, Database, Delete, Equals, Item, Key, Put, Write, every
from chalicelib.kernel.clock import instant, stamp
from chalicelib.kernel.errors import Conflict, NotFound
from chalicelib.kernel.ids import AgentId, TeamId, TenantId
from chalicelib.kernel.money import UnitPrice
from chalicelib.workforce.model import Agent, Pay, PayKind, Status, StatusBegan, graded

TABLE = "workforce"


def status_put(began: StatusBegan) -> Put:
    """The write that records a status, for the transaction that also changes the agent's seat."""
    at = stamp(began.at)
    item: Item = {"pk": f"AGENT#{began.agent}#{at[:7]}", "sk": f"STATUS#{at}", "at": at, "status": began.status.value}
    item |= {"reason": began.reason} if began.reason else {}
    item |= {"dedicated": sorted(began.dedicated)} if began.dedicated is not None else {}
    return Put(table=TABLE, item=item)


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


def _pay_item(pay: Pay) -> Item:
    return {
        "day": pay.day.isoformat(),
        "kind": pay.kind.value,
        "amount": pay.amount.text(),
        "currency": pay.amount.currency,
        "unpaid": sorted(pay.unpaid),
        "why": pay.why,
    }


def _as_pay(item: Item) -> Pay:
    return Pay(
        day=date.fromisoformat(item["day"]),
        kind=PayKind(item["kind"]),
        amount=UnitPrice.of(item["amount"], item["currency"]),
        unpaid=frozenset(item["unpaid"]),
        why=item["why"],
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
            *(Put(table=TABLE, item={"pk": f"DEDICATED#{tenant}", "sk": agent.agent}) for tenant in agent.dedicated),
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

    def ever_dedicated(self, tenant: TenantId) -> list[AgentId]:
        return [AgentId(item["sk"]) for item in every(self._database, TABLE, f"DEDICATED#{tenant}")]

    def teams(self) -> list[TeamId]:
        return [TeamId(item["sk"]) for item in every(self._database, TABLE, "TEAMS")]

    def team_names(self) -> dict[TeamId, str]:
        return {TeamId(item["sk"]): item["name"] for item in every(self._database, TABLE, "TEAMS")}

    def put_pay(self, agent: AgentId, pay: Pay) -> None:
        item = _pay_item(pay)
        rate = "once" if pay.kind is PayKind.ONCE else "rate"
        key = Key(f"AGENT#{agent}", f"PAY#{pay.day.isoformat()}#{rate}")
        try:
            self._database.write(Put(table=TABLE, item={"pk": key.pk, "sk": key.sk, **item}, when=(Absent(),)))
        except ConditionLost as lost:
            agreed = _as_pay(lost.lost[0] or {})
            if agreed != pay:
                raise Conflict(
                    f"{agent}: {agreed.kind.value} {agreed.amount.text()} {agreed.amount.currency} is agreed "
                    f"from {agreed.day}; write the new one from another day, or a correction with `once`"
                ) from None

    def pay(self, agent: AgentId) -> list[Pay]:
        return [_as_pay(item) for item in every(self._database, TABLE, f"AGENT#{agent}", begins="PAY#")]

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
        agent=agent,
        status=Status(item["status"]),
        at=instant(item["at"]),
        reason=item.get("reason", ""),
        dedicated=frozenset(map(TenantId, item["dedicated"])) if "dedicated" in item else None,
    )
