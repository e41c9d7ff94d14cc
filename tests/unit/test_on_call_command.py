"""`manyline dispatch`: what an operator sees of messages to people on call, and does about them."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner, Result

from chalicelib import wiring as house
from chalicelib.kernel.errors import NotFound
from chalicelib.kernel.ids import TenantId
from chalicelib.outreach import wiring
from chalicelib.outreach.service.beginning import MOST_WHO
from chalicelib.tenancy.model.tenant import Tenant
from infra.cli import dispatch as command
from infra.stage import NotDeployed
from tests.fakes.night import RAY, Night
from tests.fakes.tenants import sample


class Clients:
    def get(self, tenant: TenantId) -> Tenant:
        if tenant == "ghost":
            raise NotFound("tenant", tenant)
        return sample(tenant)


@pytest.fixture
def night(monkeypatch: pytest.MonkeyPatch) -> Night:
    night = Night()
    monkeypatch.setattr(wiring, "dispatches", lambda: night.dispatches)
    monkeypatch.setattr(house, "directory", Clients)
    monkeypatch.setattr(command, "open_stage", lambda stage: None)
    night.begins()
    return night


def run(*words: str) -> Result:
    return CliRunner().invoke(command.dispatch, list(words))


def test_it_is_listed_and_shown_attempt_by_attempt(night: Night) -> None:
    night.hangs_up()
    assert f"{night.id}  2026-11-23 15:00:00  emergency        running" in run("list", "plumber").output
    shown = run("show", "plumber", night.id).output
    assert "Water (emergency) of plumber, running" in shown
    assert "15:00:00 round 1, step 1   voice  Ray: no_answer" in shown
    assert "15:00:00 round 1, step 2   sms    Ray: placed" in shown
    assert "next at  15:02:00" in shown


def test_programs_read_it(night: Night) -> None:
    shown = json.loads(run("show", "plumber", night.id, "--json").output)
    assert (shown["standing"], shown["attempts"][0]["person"]) == ("running", RAY)
    assert json.loads(run("list", "plumber", "--json").output) == [shown]


def test_who_took_it_in_another_way_ends_it_and_a_second_one_is_told(night: Night) -> None:
    done = run("acknowledge", "plumber", night.id, "--who", "Dana")
    assert (done.output, done.exit_code) == ("acknowledged by Dana (desk)\n", 0)
    late = run("acknowledge", "plumber", night.id, "--who", "Kim")
    assert (late.output, late.exit_code) == ("Error: this message is over: Dana took it at the desk\n", 1)
    again = run("acknowledge", "plumber", night.id, "--who", " Dana ")
    assert (again.output, again.exit_code) == (done.output, 0)


@pytest.mark.parametrize(
    ("who", "why"),
    [
        ("", "names nobody"),
        ("  \t ", "names nobody"),
        ("\u200b", "names nobody"),
        ("Dana\nKim", "holds characters that nobody sees"),
        ("Dana\u202eyaR", "holds characters that nobody sees"),
        ("x" * (MOST_WHO + 1), "has 81 characters"),
    ],
)
def test_nobody_cannot_take_it_and_the_others_are_tried_on(night: Night, who: str, why: str) -> None:
    refused = run("acknowledge", "plumber", night.id, "--who", who)
    assert refused.exit_code == 1
    assert refused.output.startswith(f"Error: who: {why}; write ")
    assert night.it.running


def test_it_is_called_off_once_more_in_silence(night: Night) -> None:
    for _ in range(2):
        off = run("cancel", "plumber", night.id)
        assert (off.output, off.exit_code) == ("cancelled by operator\n", 0)
    assert night.facts()[-1] == "closed"
    late = run("acknowledge", "plumber", night.id, "--who", "Kim")
    assert (late.output, late.exit_code) == ("Error: this message is over: operator cancelled it\n", 1)


def test_what_somebody_has_taken_or_nobody_took_is_not_called_off_any_more(night: Night) -> None:
    night.takes(RAY)
    late = run("cancel", "plumber", night.id)
    assert (late.output, late.exit_code) == ("Error: this message is over: Ray took it by phone\n", 1)
    night.begins()
    night.hangs_up()
    night.passes(120)
    night.hangs_up()
    night.passes(300)
    late = run("cancel", "plumber", night.id)
    assert "nobody took it, and nobody is tried any more" in late.output
    assert late.exit_code == 1


@pytest.mark.parametrize(
    "words",
    [("list",), ("show", "x"), ("acknowledge", "x", "--who", "Dana"), ("cancel", "x")],
    ids=lambda words: words[0],
)
def test_a_client_that_is_not_there_is_said_to_be_not_there(night: Night, words: tuple[str, ...]) -> None:
    told = run(words[0], "ghost", *words[1:])
    assert (told.output, told.exit_code) == ("Error: no tenant 'ghost' here\n", 1)


def test_what_is_not_there_is_said_in_a_sentence(night: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("list", "clinic").output == "nothing was dispatched for clinic\n"
    missing = run("show", "clinic", night.id)
    assert (missing.exit_code, missing.output) == (1, f"Error: no dispatch {night.id!r} here\n")

    def nothing(stage: str) -> None:
        raise NotDeployed("nothing is deployed")

    monkeypatch.setattr(command, "open_stage", nothing)
    assert "nothing is deployed" in run("list", "plumber").output
