"""What the clients were promised and the people who are known cannot keep, said before a customer notices."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.kernel.ids import AgentId, TeamId, TenantId
from chalicelib.routing.model.staffing import doubts, strangers
from chalicelib.workforce.model import Agent, graded
from infra.local.seed import PEOPLE
from tests.fakes.tenants import changed, sample

ALL = ("reception", "prescriptions", "orders", "returns")


def agent(name: str = "amira", team: str = "clinic", skills: Any = ALL, **more: Any) -> Agent:
    sets = {field: frozenset(values) for field, values in more.items()}
    known = {"certifications": frozenset({"confidentiality"}), "languages": frozenset({"de", "en"})} | sets
    return Agent(agent=AgentId(name), name=name, team=TeamId(team), skills=graded(skills), **known)


def told(*agents: Agent, **clinic: Any) -> list[str]:
    return [f"{doubt.field} {doubt.why}" for doubt in doubts([changed("clinic", **clinic)], agents)]


def test_the_samples_promise_nothing_that_their_people_cannot_keep() -> None:
    samples = [sample(name) for name in ("plumber", "shop", "clinic")]
    assert doubts(samples, PEOPLE.agents) == []
    assert strangers(PEOPLE.agents, [client.id for client in samples]) == []


def test_a_team_in_which_nobody_works() -> None:
    assert told() == ["team is 'clinic', where nobody works: its contacts wait"]
    (doubt,) = doubts([sample("clinic")], [agent(team="shared")])
    assert str(doubt).startswith("clinic: team is 'clinic', where nobody works: its contacts wait. Give somebody ")


def test_a_skill_that_nobody_has_and_where_its_contacts_go() -> None:
    assert told(agent(skills=("reception",))) == [
        "menu.options[2].queue asks for 'prescriptions', which nobody in the team 'clinic' has who may serve: "
        "its contacts go to agents without it"
    ]
    assert told(agent(), routing__level=5) == []
    assert told(agent(skills={"reception": 4, "prescriptions": 5}), routing__level=5) == [
        "skill asks for 'reception' at level 5 or more, which nobody in the team 'clinic' has who may serve: "
        "its contacts go to who has it at a lower level"
    ]
    assert told(agent(skills=()), agent("b", "night"), routing__overflow=["night"])[0].endswith(
        "its contacts go to a team that helps out"
    )


def test_a_skill_that_nobody_has_and_that_nobody_may_do_without() -> None:
    (only,) = told(agent(skills=("reception",)), routing__widest="secondary")
    assert only.endswith("its contacts wait for ever (routing.widest is secondary)")


def test_a_certificate_that_nobody_has() -> None:
    assert told(agent(certifications=())) == [
        "routing.certifications asks for confidentiality, which nobody has who could serve: its contacts wait for ever"
    ]


@pytest.mark.parametrize(
    ("barred", "silent"),
    [({"languages": ["en"]}, ["de"]), ({"walls": ["clinic"]}, ["de", "en"]), ({"dedicated": ["shop"]}, ["de", "en"])],
)
def test_a_language_in_which_nobody_may_serve(barred: dict[str, Any], silent: list[str]) -> None:
    assert told(agent(**barred)) == [
        f"languages has {language!r}, in which nobody may serve (language, certifications and walls together)"
        for language in silent
    ]


def test_a_team_that_helps_out_and_has_nobody() -> None:
    assert told(agent(), routing__overflow=["night"]) == ["routing.overflow names 'night', where nobody works"]


def test_reserves_above_the_people_there_are() -> None:
    one = changed("shop", "one", routing={"reserve": 3, "share": 60, "cap": 5})
    two = changed("shop", "two", routing={"reserve": 2})
    people = [agent(name, "shared") for name in ("a", "b", "c", "d")]
    assert [f"{doubt.tenant} {doubt.field} {doubt.why}" for doubt in doubts([one], people, [two])] == [
        "one routing.reserve is 3 of 5 seats reserved in a team of 4: all its reserves shrink to fit"
    ]
    assert doubts([one], [*people, agent("e", "shared")], [two]) == []
    dedicated = [*people, agent("e", "shared", dedicated=["one"])]
    assert len(doubts([one], dedicated, [two])) == 1, "a dedicated agent is no shared seat"


def test_a_cap_below_the_reserve() -> None:
    one = changed("shop", "one", routing={"reserve": 3, "share": 25})
    people = [agent(f"a{n}", "shared") for n in range(8)]
    assert [f"{doubt.field} {doubt.why}" for doubt in doubts([one], people)] == [
        "routing.cap makes 2.4 seats in a team of 8, below its reserve: the reserve counts as the cap"
    ]
    assert doubts([replace(one, routing=replace(one.routing, cap=Decimal("1.5")))], people) == []


def test_hard_reserves_that_leave_nothing_for_the_others() -> None:
    one = changed("shop", "one", routing={"reserve": 2, "hard_reserve": True, "share": 50, "cap": 2})
    people = [agent(name, "shared") for name in ("a", "b")]
    assert [f"{doubt.tenant} {doubt.why}" for doubt in doubts([one, changed("shop", "two", routing={})], people)] == [
        "two keeps 2 of 2 seats free for others of the team: nothing is left for this client"
    ]


def test_a_wall_against_a_client_whom_nobody_knows() -> None:
    found = strangers([agent(walls=["shop", "shpo"], dedicated=["clinic"])], [TenantId("shop"), TenantId("clinic")])
    assert found == ["amira: walls names 'shpo', which is no client here. Mend it, or apply the client's file"]
