"""`manyline dispatch`: what an operator sees of messages to people on call, and does about them."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner, Result

from chalicelib.outreach import wiring
from infra.cli import dispatch as command
from infra.stage import NotDeployed
from tests.fakes.night import RAY, Night


@pytest.fixture
def night(monkeypatch: pytest.MonkeyPatch) -> Night:
    night = Night()
    monkeypatch.setattr(wiring, "dispatches", lambda: night.dispatches)
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
    assert (late.output, late.exit_code) == ("acknowledged by Dana (desk)\n", 1)


def test_it_is_called_off(night: Night) -> None:
    assert run("cancel", "plumber", night.id).output == "cancelled by operator\n"
    assert night.facts()[-1] == "closed"


def test_what_is_not_there_is_said_in_a_sentence(night: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("list", "clinic").output == "nothing was dispatched for clinic\n"
    missing = run("show", "clinic", night.id)
    assert (missing.exit_code, missing.output) == (1, f"Error: no dispatch {night.id!r} here\n")

    def nothing(stage: str) -> None:
        raise NotDeployed("nothing is deployed")

    monkeypatch.setattr(command, "open_stage", nothing)
    assert "nothing is deployed" in run("list", "plumber").output
