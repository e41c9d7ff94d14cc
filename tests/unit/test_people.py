"""The file of people: read whole or not at all, and every mistake says whose it is."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError
from click.testing import CliRunner

from chalicelib import wiring
from chalicelib.kernel.errors import Invalid
from chalicelib.kernel.ids import AgentId, TeamId
from chalicelib.kernel.money import UnitPrice
from chalicelib.kernel.skill import TOP_LEVEL
from chalicelib.tenancy.service.onboarding import Onboarding
from chalicelib.tenancy.store.tenants import TenantStore
from chalicelib.workforce.model import PayKind
from chalicelib.workforce.service import Workforce
from chalicelib.workforce.store import WorkforceStore
from infra.cli import people as command
from infra.cli.tenants import apply_all, read
from infra.local.seed import PEOPLE
from infra.people import Person, _attributes, apply_people, read_people
from infra.telephony.calls import Calls
from infra.telephony.errors import NoPhoneSide
from infra.telephony.users import Users
from tests.fakes.clock import MONDAY
from tests.fakes.connect_api import INSTANCE, FakeConnect, Time
from tests.fakes.memory import MemoryDatabase
from tests.fakes.tenants import FOLDER

TEAMS = '[[teams]]\nid = "shared"\nname = "Shared team"\n\n'
MARIA = '[[people]]\nemail = "maria@x.example"\nname = "Maria"\nrole = "agent"\nagent = "maria"\nteam = "shared"\n'


class Pool:
    """Log-ins that are all known already."""

    def __init__(self) -> None:
        self.put_people: list[str] = []

    def put(self, person: Person, password: object) -> str | None:
        self.put_people.append(person.email)
        return None


def written(folder: Path, text: str) -> Path:
    file = folder / "people.toml"
    file.write_text(text, encoding="utf-8")
    return file


def refused(folder: Path, text: str) -> str:
    with pytest.raises(Invalid) as invalid:
        read_people(written(folder, text))
    return invalid.value.message


def test_skills_have_levels_or_all_the_top_one(tmp_path: Path) -> None:
    graded = MARIA + "skills = { orders = 4, returns = 2 }\n"
    (maria,) = read_people(written(tmp_path, TEAMS + graded)).agents
    assert maria.skills == {"orders": 4, "returns": 2}
    (maria,) = read_people(written(tmp_path, TEAMS + MARIA + 'skills = ["orders"]\n')).agents
    assert maria.skills == {"orders": TOP_LEVEL}
    assert (maria.languages, maria.certifications, maria.walls, maria.dedicated) == (frozenset(),) * 4


def test_what_decides_who_may_serve_is_read(tmp_path: Path) -> None:
    more = 'languages = ["de", "pt-BR"]\ncertifications = ["hygiene"]\nwalls = ["shop"]\ndedicated = ["clinic"]\n'
    (maria,) = read_people(written(tmp_path, TEAMS + MARIA + more)).agents
    assert (maria.languages, maria.certifications) == ({"de", "pt-BR"}, {"hygiene"})
    assert (maria.walls, maria.dedicated) == ({"shop"}, {"clinic"})


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("skills = { orders = 6 }", "skills orders has the level 6, levels are 1 to 5"),
        ("skills = { orders = 0 }", "skills orders has the level 0, levels are 1 to 5"),
        ('skills = { orders = "high" }', "Expected `int`, got `str` - at `skills"),
        ('skills = ["Orders!"]', "skills 'Orders!' does not fit, write up to 40 small letters"),
        ('languages = ["German"]', "languages 'German' does not fit, write a language tag"),
        ('certifications = ["Top Secret"]', "certifications 'Top Secret' does not fit"),
        ('walls = ["A"]', "walls 'A' does not fit"),
        (
            'walls = ["shop"]\ndedicated = ["shop"]',
            "walls shop is behind a wall and in `dedicated`, take it out of one",
        ),
        ('skill = ["orders"]', "unknown field `skill`"),
        ("level = 3", "unknown field `level`"),
    ],
)
def test_a_mistake_names_the_person_the_field_and_the_fix(tmp_path: Path, line: str, words: str) -> None:
    told = refused(tmp_path, f"{TEAMS}{MARIA}{line}\n")
    assert "maria@x.example: " in told
    assert words in told
    assert told.endswith("mend them; nothing was changed")


def test_pay_is_read_and_agreed(tmp_path: Path) -> None:
    pay = """pay = [
      { from = 2026-01-01, per_hour = "19.50", currency = "USD", unpaid = ["lunch"] },
      { from = 2026-10-16, once = "-12.00", currency = "USD", why = "September, twice" },
    ]
    """
    workforce = Workforce(WorkforceStore(MemoryDatabase()))
    known = read_people(written(tmp_path, TEAMS + MARIA + pay))
    for _ in range(2):
        apply_people(known, Pool(), workforce, lambda: "unused")  # type: ignore[arg-type]
    rate, once = workforce.pay(AgentId("maria"))
    assert (rate.kind, rate.amount, rate.unpaid) == (PayKind.HOUR, UnitPrice.of("19.50", "USD"), {"lunch"})
    assert (once.kind, once.day, once.why) == (PayKind.ONCE, date(2026, 10, 16), "September, twice")


@pytest.mark.parametrize(
    ("pay", "words"),
    [
        ('{ from = 2026-01-01, currency = "USD" }', "pay 0 amounts from 2026-01-01, write one of per_hour"),
        ('{ from = 2026-01-01, per_hour = 19.5, currency = "USD" }', "Expected `str`, got `float`"),
        ('{ per_hour = "19.50", currency = "USD" }', "missing required field `from`"),
        (
            '{ from = 2026-01-01, per_hour = "1", currency = "USD" }, '
            '{ from = 2026-01-01, per_month = "1", currency = "USD" }',
            "pay from 2026-01-01 stands twice",
        ),
    ],
)
def test_pay_that_cannot_be_is_told_with_whose_it_is(tmp_path: Path, pay: str, words: str) -> None:
    told = refused(tmp_path, f"{TEAMS}{MARIA}pay = [{pay}]\n")
    assert "maria@x.example: " in told
    assert words in told


def test_only_agents_are_paid_by_the_file(tmp_path: Path) -> None:
    fiona = '[[people]]\nemail = "f@x.example"\nname = "F"\nrole = "finance"\n'
    pay = 'pay = [{ from = 2026-01-01, per_month = "1", currency = "USD" }]\n'
    assert "f@x.example: pay is for agents only" in refused(tmp_path, TEAMS + fiona + pay)


def test_an_unknown_team_is_told_with_those_there_are(tmp_path: Path) -> None:
    told = refused(tmp_path, TEAMS + MARIA.replace('"shared"', '"shred"'))
    assert "maria@x.example: team 'shred' is not known, teams of this file are: shared" in told


def test_who_is_no_agent_has_no_skills(tmp_path: Path) -> None:
    fiona = '[[people]]\nemail = "f@x.example"\nname = "F"\nrole = "finance"\nskills = ["orders"]\n'
    assert "f@x.example: skills is for agents only" in refused(tmp_path, TEAMS + fiona)


def test_one_agent_in_two_rows_is_refused(tmp_path: Path) -> None:
    told = refused(tmp_path, TEAMS + MARIA + MARIA.replace("maria@", "mary@"))
    assert "maria: agent stands twice" in told
    assert "email" not in told.partition("maria: agent")[0]


def test_every_mistake_is_told_at_once(tmp_path: Path) -> None:
    jonas = MARIA.replace("maria", "jonas").replace('"shared"', '"night"')
    told = refused(tmp_path, TEAMS + MARIA + "skills = { a = 9 }\n" + jonas + "[[people]]\nname = 'Nobody'\n")
    assert all(part in told for part in ("maria@x.example: skills", "jonas@x.example: team", "Nobody: "))


def test_an_agents_name_that_can_be_no_id_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    assert "agent 'Maria K' is no name" in refused(
        tmp_path, TEAMS + MARIA.replace('agent = "maria"', 'agent = "Maria K"')
    )


def test_the_sample_people_are_applied_with_all_that_decides_who_may_serve() -> None:
    workforce = Workforce(WorkforceStore(MemoryDatabase()))
    apply_people(PEOPLE, Pool(), workforce, lambda: "unused")  # type: ignore[arg-type]
    amira, jonas = workforce.agent(AgentId("amira")), workforce.agent(AgentId("jonas"))
    assert (amira.languages, amira.certifications) == ({"de", "en"}, {"confidentiality"})
    assert amira.skills == {"reception": TOP_LEVEL, "prescriptions": TOP_LEVEL}
    assert jonas.walls == {"clinic"}
    assert {member.agent for member in workforce.members(TeamId("shared"))} == {"maria", "jonas"}


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> FakeConnect:
    """Its phone side, on which there is no user yet."""
    time = Time()
    api = FakeConnect(tick=time.tick)
    calls = Calls(api, tick=time.tick, sleep=time.sleep)
    monkeypatch.setattr(command, "_users", lambda stage: Users(calls, INSTANCE, stage=stage))
    return api


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch, api: FakeConnect) -> Workforce:
    """A stage on which the samples are live and nobody works."""
    database = MemoryDatabase()
    onboarding, workforce = Onboarding(TenantStore(database)), Workforce(WorkforceStore(database))
    apply_all(onboarding, read([FOLDER]), MONDAY)
    monkeypatch.setattr(wiring, "onboarding", lambda: onboarding)
    monkeypatch.setattr(wiring, "workforce", lambda: workforce)
    monkeypatch.setattr(command, "_pool", lambda stage: (None, ""))
    monkeypatch.setattr(command, "UserPool", lambda *args: Pool())
    return workforce


def apply(file: Path, *words: str) -> Any:
    return CliRunner().invoke(command.people, ["apply", str(file), *words])


def test_applying_people_says_which_promises_they_cannot_keep(stage: Workforce, tmp_path: Path) -> None:
    result = apply(written(tmp_path, TEAMS + MARIA + 'skills = ["emergency", "booking", "orders"]\nwalls = ["shpo"]\n'))
    assert result.exit_code == 0, result.output
    assert "maria@x.example" in result.stdout
    assert [line.partition(",")[0] for line in result.stderr.splitlines()] == [
        "! plumber: routing.reserve is 1 of 2 seats reserved in a team of 1: all its reserves shrink to fit. "
        "Lower reserves",
        "! shop: menu.options[2].queue asks for 'returns'",
        "! shop: routing.reserve is 1 of 2 seats reserved in a team of 1: all its reserves shrink to fit. "
        "Lower reserves",
        "! maria: walls names 'shpo'",
    ]


def test_the_samples_are_applied_without_a_word_of_doubt(stage: Workforce) -> None:
    result = apply(FOLDER.parent / "infra" / "local" / "people.toml")
    assert (result.exit_code, result.stderr) == (0, "")


# Softphones

SAMPLES = FOLDER.parent / "infra" / "local" / "people.toml"
SAM = '[[people]]\nemail = "sam@x.example"\nname = "Sam van Dyk"\nrole = "supervisor"\n'


def test_every_agent_becomes_a_user_whose_password_is_told_once(stage: Workforce, api: FakeConnect) -> None:
    told = [line for line in apply(SAMPLES).stdout.splitlines() if "softphone" in line]
    assert {line.split()[0] for line in told} == set(api.users.users) == {"maria", "jonas", "amira"}
    assert all(re.search(r" new, password \S{20}$", line) for line in told)
    again = [line for line in apply(SAMPLES).stdout.splitlines() if "softphone" in line]
    assert [line.split()[2:] for line in again] == [["known"]] * 3


def test_a_password_that_was_given_is_not_told(stage: Workforce, api: FakeConnect) -> None:
    assert "Secret-2026" not in apply(SAMPLES, "--password", "Secret-2026").output
    assert {words["Password"] for name, words in api.calls if name == "create_user"} == {"Secret-2026"}


def test_who_left_the_file_is_named_and_stays_a_user(stage: Workforce, api: FakeConnect, tmp_path: Path) -> None:
    apply(SAMPLES)
    result = apply(written(tmp_path, TEAMS + MARIA))
    assert result.exit_code == 0
    assert "not in the file, left as they are: amira, jonas" in result.stderr
    assert set(api.users.users) == {"maria", "jonas", "amira"}


def test_one_who_is_refused_is_named_at_the_end_and_stops_nobody(stage: Workforce, api: FakeConnect) -> None:
    api.refuses["maria"] = "not today"
    result = apply(SAMPLES)
    assert (result.exit_code, set(api.users.users)) == (1, {"jonas", "amira"})
    assert "Error: maria has no softphone as wanted: Amazon Connect refused create_user: not today" in result.stderr


def test_a_supervisor_with_an_id_is_a_user_and_no_agent_of_ours(
    stage: Workforce, api: FakeConnect, tmp_path: Path
) -> None:
    known = read_people(written(tmp_path, TEAMS + MARIA + SAM + 'agent = "sam"\n'))
    assert [agent.agent for agent in known.agents] == ["maria"]
    assert _attributes(known.people[1])["custom:agent"] == ""
    assert apply(tmp_path / "people.toml").exit_code == 0
    sam = api.users.users["sam"]
    assert (sam.security, sam.identity["FirstName"], sam.identity["LastName"]) == (
        ["manyline-supervisors"],
        "Sam van",
        "Dyk",
    )
    assert api.users.users["maria"].security == ["manyline-agents"]


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ('agent = "Sam V"\n', "sam@x.example: agent 'Sam V' does not fit"),
        ("auto_accept = true\n", "sam@x.example: auto_accept is for agents only"),
        ('agent = "maria"\n', "maria: agent stands twice"),
    ],
)
def test_what_a_supervisor_cannot_have_is_refused(tmp_path: Path, more: str, words: str) -> None:
    assert words in refused(tmp_path, TEAMS + MARIA + SAM + more)


def test_a_stage_without_a_phone_side_still_has_log_ins(stage: Workforce, monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere(stage: str) -> None:
        raise NoPhoneSide(stage, "no such stack")

    monkeypatch.setattr(command, "_users", nowhere)
    result = apply(SAMPLES)
    assert (result.exit_code, result.stderr) == (0, "! no softphones: stage local has no phone side: no such stack\n")


def test_where_the_local_stack_does_not_answer_it_is_said_how_to_start_it(
    stage: Workforce, monkeypatch: pytest.MonkeyPatch
) -> None:
    def silent(stage: str) -> None:
        raise EndpointConnectionError(endpoint_url="http://127.0.0.1:1/connect-api")

    monkeypatch.setattr(command, "_users", silent)
    result = apply(SAMPLES)
    assert result.exit_code == 1
    assert "no softphones" in result.stderr
    assert "make run" in result.stderr
