"""The people in a store: as they were put in, in one team at a time, readable since before there were levels."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

import pytest

from chalicelib.aws.table import Database, Put
from chalicelib.kernel.errors import Conflict, Invalid, NotFound
from chalicelib.kernel.ids import AgentId, TeamId, TenantId
from chalicelib.kernel.skill import TOP_LEVEL
from chalicelib.workforce.model import Agent, Status, StatusBegan
from chalicelib.workforce.service import Workforce
from chalicelib.workforce.store import TABLE, WorkforceStore, status_put

NOON = datetime(2026, 11, 10, 12, tzinfo=UTC)


def an_agent(team: str, **more: object) -> Agent:
    return Agent(agent=AgentId(f"a-{uuid.uuid4().hex[:10]}"), name="Amira", team=TeamId(team), **more)  # type: ignore[arg-type]


def a_team() -> str:
    return f"t-{uuid.uuid4().hex[:10]}"


def test_an_agent_comes_back_as_he_was_put_in(database: Database) -> None:
    store = WorkforceStore(database)
    bare = an_agent(a_team())
    whole = an_agent(
        a_team(),
        skills={"reception": 4, "prescriptions": 1},
        languages=frozenset({"de", "pt-BR"}),
        certifications=frozenset({"confidentiality"}),
        walls=frozenset({TenantId("shop"), TenantId("plumber")}),
        dedicated=frozenset({TenantId("clinic")}),
    )
    for agent in (bare, whole):
        store.put_agent(agent)
        assert store.agent(agent.agent) == agent
        assert store.members(agent.team) == [agent]


def test_whoever_served_a_client_alone_is_known_for_ever(database: Database) -> None:
    store = WorkforceStore(database)
    clinic = TenantId(f"clinic-{uuid.uuid4().hex[:8]}")
    before = an_agent(a_team(), dedicated=frozenset({clinic}))
    store.put_agent(before)
    store.put_agent(Agent(agent=before.agent, name=before.name, team=TeamId(a_team())))
    assert store.ever_dedicated(clinic) == [before.agent]


@pytest.mark.parametrize("dedicated", [None, frozenset(), frozenset({TenantId("clinic"), TenantId("shop")})])
def test_a_status_comes_back_with_the_clients_whom_the_agent_served_alone_then(
    database: Database, dedicated: frozenset[TenantId] | None
) -> None:
    began = StatusBegan(agent=an_agent("t").agent, status=Status.AVAILABLE, at=NOON, dedicated=dedicated)
    database.write(status_put(began))
    assert WorkforceStore(database).statuses(began.agent, "2026-11") == [began]


def test_what_is_taken_from_an_agent_is_gone(database: Database) -> None:
    store = WorkforceStore(database)
    before = an_agent(a_team(), skills={"orders": 3}, walls=frozenset({TenantId("shop")}))
    after = Agent(agent=before.agent, name="Amira B.", team=before.team)
    store.put_agent(before)
    store.put_agent(after)
    assert store.agent(before.agent) == after
    assert store.members(before.team) == [after]


def test_an_agent_who_changes_the_team_leaves_the_old_one(database: Database) -> None:
    store = WorkforceStore(database)
    before = an_agent(a_team())
    after = Agent(agent=before.agent, name=before.name, team=TeamId(a_team()))
    store.put_agent(before)
    store.put_agent(after)
    assert store.members(before.team) == []
    assert store.members(after.team) == [after]


def test_an_agent_from_before_there_were_levels_has_all_skills_at_the_top_one(database: Database) -> None:
    agent, team = f"a-{uuid.uuid4().hex[:10]}", a_team()
    old = {"agent": agent, "name": "Maria", "team": team, "skills": {"orders", "returns"}}
    database.transact(
        [
            Put(table=TABLE, item={"pk": f"AGENT#{agent}", "sk": "AGENT", **old}),
            Put(table=TABLE, item={"pk": f"TEAM#{team}", "sk": f"AGENT#{agent}", **old}),
        ]
    )
    known = WorkforceStore(database).agent(AgentId(agent))
    assert known.skills == {"orders": TOP_LEVEL, "returns": TOP_LEVEL}
    assert (known.languages, known.walls) == (frozenset(), frozenset())
    moved = Agent(agent=known.agent, name=known.name, team=TeamId(a_team()), skills={"orders": 2})
    WorkforceStore(database).put_agent(moved)
    assert WorkforceStore(database).members(TeamId(team)) == []


def test_of_two_who_seat_an_agent_at_once_one_is_told(database: Database) -> None:
    agent = an_agent(a_team())

    class Meanwhile:
        """Between the look and the write, somebody else seats him."""

        def __getattr__(self, name: str) -> object:
            return getattr(database, name)

        def get(self, *args: object) -> object:
            found = database.get(*args)  # type: ignore[arg-type]
            WorkforceStore(database).put_agent(Agent(agent=agent.agent, name="Amira", team=TeamId("elsewhere")))
            return found

    with pytest.raises(Conflict, match="seated by somebody else"):
        WorkforceStore(Meanwhile()).put_agent(agent)  # type: ignore[arg-type]
    assert WorkforceStore(database).members(agent.team) == []


def test_a_record_that_cannot_be_is_refused_before_it_is_written(database: Database) -> None:
    workforce, team = Workforce(WorkforceStore(database)), a_team()
    for wrong, field in (
        ({"skills": {"orders": 6}}, "skills"),
        ({"walls": ["shop"], "dedicated": ["shop", "clinic"]}, "walls"),
    ):
        with pytest.raises(Invalid) as invalid:
            workforce.put_agent("amira-x", "Amira", team, **wrong)  # type: ignore[arg-type]
        assert invalid.value.field == field
    with pytest.raises(NotFound):
        workforce.agent(AgentId("amira-x"))
    assert workforce.members(TeamId(team)) == []
