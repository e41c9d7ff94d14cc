"""`manyline plan-staff`, from files and from a stage's past contacts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner, Result

from chalicelib import wiring
from chalicelib.contacts.model.contact import Arrival
from chalicelib.contacts.service import Contacts
from chalicelib.contacts.store import ContactStore
from chalicelib.kernel.channel import Channel
from chalicelib.kernel.facts import Fact
from chalicelib.kernel.ids import TenantId
from chalicelib.routing.service.planning import Planning
from infra.cli import main
from infra.cli.plan import past_contacts, plan_staff
from tests.fakes.clock import MONDAY
from tests.fakes.memory import MemoryDatabase
from tests.fakes.tenants import sample

TWENTY = "interval_min = 30\nstart = '09:00'\n" + "".join(
    f"[[tenants]]\ntenant = 'client-{place}'\ncontacts = [63.75]\naht_s = 240\n" for place in range(20)
)
DAY = """\
interval_min = 60
start = "08:00"
[[tenants]]
tenant = "shop"
contacts = [20, 40, 0]
aht_s = 240
[[tenants]]
tenant = "plumber"
contacts = [20, 30, 0]
aht_s = 240
patience_s = 120
"""


def run(*words: str) -> Result:
    return CliRunner().invoke(plan_staff, [*words], env={"COLUMNS": "200"})


@pytest.fixture
def twenty(tmp_path: Path) -> str:
    file = tmp_path / "twenty.toml"
    file.write_text(TWENTY)
    return str(file)


@pytest.fixture
def day(tmp_path: Path) -> str:
    file = tmp_path / "day.toml"
    file.write_text(DAY)
    return str(file)


def lines(result: Result) -> list[str]:
    assert result.exit_code == 0, result.output
    return [" ".join(line.split()) for line in result.stdout.splitlines()]


def test_the_command_is_known() -> None:
    assert "plan-staff" in CliRunner().invoke(main, ["--help"]).output


def test_twenty_clients_in_a_table(twenty: str) -> None:
    told = lines(run(twenty, "--no-simulate", "--occupancy-limit", "1"))
    assert "09:00 1,275.0 170.00 240 179 25.4% 81.8% 10.3 s 95.0%" in told
    assert "client-7, voice 63.8 240 s 8.50 80% in 20 s 12 85.3% 13.5 s 70.8% Erlang C" in told
    assert "dedicated 120.0 0.0%" in told
    assert "pooled 89.5 25.4%" in told


def test_the_limit_of_occupancy_takes_its_part_of_the_saving_and_says_so(twenty: str) -> None:
    told = lines(run(twenty, "--no-simulate", "--occupancy-limit", "0.85"))
    assert "agents are busy at most 85% of their time" in told
    assert any(line.startswith("09:00 1,275.0 170.00 240 200 16.7%") for line in told)
    assert "pooled, target alone 89.5 25.4%" in told


def test_shrinkage_adds_the_people_to_schedule(twenty: str) -> None:
    told = lines(run(twenty, "--no-simulate", "--occupancy-limit", "1", "--shrinkage", "0.3"))
    assert any("240 (360) 179 (256)" in line for line in told)


def test_the_simulation_stands_beside_the_formula(day: str) -> None:
    told = lines(run(day, "--seeds", "2", "--known-tenants", "2"))
    head = next(line for line in told if line.startswith("contacts Erlang"))
    assert head == "contacts Erlang dedicated know 2 pooled saved level wait busy simulated wait"
    note = "simulated: mean ± standard error; within two of them a target counts as met"
    ways = [line.split()[0] for line in told if "±" in line and line != note]
    assert note in told
    assert ways == ["08:00", "09:00", "dedicated", "agents", "pooled"]
    assert any(line.startswith("note: the patience of some") for line in told)
    (quiet,) = (line for line in told if line.startswith("10:00"))
    assert quiet == "10:00 0.0 0.00 0 0 0"


def test_json_is_what_the_api_says(twenty: str) -> None:
    told = json.loads(run(twenty, "--no-simulate", "--json").stdout)
    tenants = [{"tenant": f"client-{place}", "contacts": [63.75], "aht_s": 240} for place in range(20)]
    assert told == Planning().plan({"interval_min": 30, "start": "09:00", "tenants": tenants})


def test_a_table_of_comma_separated_values_will_do(tmp_path: Path) -> None:
    file = tmp_path / "f.csv"
    file.write_text("start,tenant,contacts,aht_s\n08:00,shop,30,240\n08:15,shop,30,240\n")
    told = json.loads(run(str(file), "--interval", "15", "--no-simulate", "--json").stdout)
    assert [interval["load_erl"] for interval in told["intervals"]] == [8, 8]


@pytest.mark.parametrize(("suffix", "begins"), [(".svg", b"<?xml"), (".png", b"\x89PNG"), (".pdf", b"%PDF")])
def test_the_plan_is_drawn(day: str, twenty: str, tmp_path: Path, suffix: str, begins: bytes) -> None:
    for file, more in ((day, ["--seeds", "1"]), (twenty, ["--no-simulate"])):
        picture = tmp_path / f"plan{suffix}"
        result = run(file, *more, "--plot", str(picture))
        assert result.exit_code == 0, result.output
        assert picture.read_bytes().startswith(begins)


def test_the_same_plan_is_the_same_picture(day: str, tmp_path: Path) -> None:
    pictures = []
    for name in ("a.svg", "b.svg"):
        run(day, "--seeds", "2", "--plot", str(tmp_path / name))
        pictures.append((tmp_path / name).read_bytes())
    assert pictures[0] == pictures[1]
    assert b"one pool" in pictures[0] or b"<path" in pictures[0]


def test_mistakes_go_to_the_error_output_one_a_line(tmp_path: Path) -> None:
    file = tmp_path / "f.toml"
    file.write_text(DAY.replace("aht_s = 240\n[", "aht_s = 0\n[").replace("patience_s = 120", "patience_s = 0"))
    result = run(str(file))
    assert result.exit_code == 1
    assert result.stdout == ""
    first, second, last = result.stderr.splitlines()
    assert first.startswith(f"{file}:6: tenants[1].aht_s is 0")
    assert second.startswith(f"{file}:11: tenants[2].patience_s is 0")
    assert last == "Error: 2 mistakes; nothing was planned"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ([], "give a FILE with a forecast, or --from"),
        (["{file}", "--from", "2026-11-02"], "give a FILE with a forecast, or --from"),
        (["{file}", "--known-tenants", "2", "--no-simulate"], "leave --no-simulate out"),
        (["{file}", "--plot", "plan.gif"], "name it .svg, .png or .pdf"),
        (["{file}", "--plot", "nowhere/plan.svg"], "there is no folder nowhere; make it first"),
        (["{file}", "--interval", "15"], "says its own interval_min"),
        (["{file}", "--occupancy-limit", "1.5"], "occupancy-limit"),
        (["{file}", "--seeds", "0"], "seeds"),
        (["{file}", "--seeds", "1000", "--hours", "1000"], "the limit is 20,000,000"),
        (["--from", "2026-11-02", "--to", "2026-11-01"], "--to 2026-11-01 is before --from"),
        (["--from", "2026-11-02", "--zone", "Mars/Olympus"], "is no time zone"),
        (["--from", "yesterday"], "does not match the format"),
    ],
)
def test_what_cannot_be_planned_is_told_with_a_fix(twenty: str, words: list[str], says: str) -> None:
    result = run(*(word.format(file=twenty) for word in words))
    assert result.exit_code != 0
    assert says in " ".join(result.output.split())


def test_a_file_of_unknown_form_is_told(tmp_path: Path) -> None:
    file = tmp_path / "forecast.xls"
    file.write_bytes(b"\xff\xfe")
    assert "is not UTF-8" in run(str(file)).output
    file.write_text("x")
    assert "name it .toml or .csv" in run(str(file)).output


@pytest.fixture
def shift(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A stage with the sample clients, and ten calls of each in the morning of 17 November."""
    database = MemoryDatabase()
    monkeypatch.setattr("infra.stage.open_stage", lambda name: None)
    monkeypatch.setattr(wiring, "database", lambda: database)
    for built in (wiring.contacts, wiring.onboarding, wiring.directory):
        built.cache_clear()
    for proposal in wiring.onboarding().propose([sample(name) for name in ("plumber", "shop", "clinic")]):
        wiring.onboarding().apply(proposal, MONDAY)
    store = ContactStore(database)
    for tenant in ("plumber", "shop", "clinic"):
        for number in range(10):
            at = datetime(2026, 11, 17, 8, number, tzinfo=UTC)
            arrival = Arrival(channel=Channel.VOICE, entry_point="x", customer="y", source_id=f"{tenant} {number}")
            contact = wiring.contacts().open(TenantId(tenant), arrival, at)
            for kind, seconds in (("queued", 0), ("offered", 5), ("connected", 10), ("ended", 200), ("wrapped", 250)):
                fact = Fact(kind=kind, at=at + timedelta(seconds=seconds))
                store.move(TenantId(tenant), contact.contact, fact)
    yield
    for built in (wiring.contacts, wiring.onboarding, wiring.directory):
        built.cache_clear()


def test_the_stages_past_contacts_are_a_forecast(shift: None) -> None:
    words = ["--from", "2026-11-16", "--to", "2026-11-17", "--zone", "Europe/Berlin", "--interval", "60"]
    told = json.loads(run(*words, "--no-simulate", "--json").stdout)
    (interval,) = told["intervals"]
    assert (interval["start"], interval["contacts"]) == ("09:00", 15)  # ten of three clients, on one of two days
    assert interval["load_erl"] == pytest.approx(15 * 240 / 3600)
    assert [one["tenant"] for one in interval["tenants"]] == ["clinic", "plumber", "shop"]
    target = sample("clinic").target(Channel.VOICE)
    assert interval["tenants"][0]["target"] == {"percent": target.percent, "within_s": target.within_s}


def test_of_one_team_alone(shift: None) -> None:
    told = json.loads(run("--from", "2026-11-17", "--team", "clinic", "--no-simulate", "--json").stdout)
    assert [one["tenant"] for one in told["intervals"][0]["tenants"]] == ["clinic"]
    assert "teams are clinic, shared" in run("--from", "2026-11-17", "--team", "clinics").output
    assert "no contact was queued" in run("--from", "2026-11-10").output


def test_past_contacts_are_those_of_the_days_by_the_zones_clock() -> None:
    archive = Contacts(ContactStore(MemoryDatabase()))
    shop = TenantId("shop")
    berlin = ZoneInfo("Europe/Berlin")
    midnight = datetime(2026, 11, 16, 23, 0, tzinfo=UTC)  # in Berlin
    for minutes in (-30, 30, 24 * 60 - 30, 24 * 60 + 30):
        arrival = Arrival(channel=Channel.VOICE, entry_point="x", customer="y", source_id=f"{minutes}")
        archive.open(shop, arrival, midnight + timedelta(minutes=minutes))
    for number in range(120):  # more than one read
        arrival = Arrival(channel=Channel.CHAT, entry_point="x", customer="y", source_id=f"chat {number}")
        archive.open(shop, arrival, midnight + timedelta(hours=9, seconds=number))
    found = list(past_contacts(archive, [shop], [date(2026, 11, 17)], berlin))
    assert sorted(one.source_id for one in found if one.channel is Channel.VOICE) == ["1410", "30"]
    assert len(found) == 122
