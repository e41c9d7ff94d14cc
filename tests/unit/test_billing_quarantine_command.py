"""`manyline bill quarantine`, against a stage of a few lines."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from click.testing import CliRunner, Result

from infra.cli.bill import bill
from tests.fakes.front_door import PASSWORD, FrontDoor, Reply, front_door, in_turn

PLACE = "/api/billing/quarantine"
CONTACT = "v0123456789abcdef0123"
LONG = "a1" * 32


def doubt(mark: str, contact: str = CONTACT) -> dict[str, Any]:
    return {
        "tenant": "shop", "contact": contact, "meter": "voice_seconds", "quantity": 186, "mark": mark,
        "usage_at": "2026-10-14T09:00:00.000Z", "since": "2026-11-22T09:00:00.000Z",
    }  # fmt: skip


FIRST, SECOND = f"voice_seconds.1.b{LONG}", f"voice_seconds.1.c{LONG}"
PAGES: dict[str, list[Reply]] = {
    f"GET {PLACE}": [(200, {"records": [doubt(FIRST), doubt(f"voice_seconds.1.c2{LONG}", "v9")], "next": "more"})],
    f"GET {PLACE}?after=more": [(200, {"records": [doubt(SECOND)], "next": ""})],
}


@pytest.fixture
def door() -> Iterator[FrontDoor]:
    with front_door() as door:
        yield door


def call(door: FrontDoor, *words: str) -> Result:
    told = ["quarantine", *words, "--url", door.url, "--password", PASSWORD]
    return CliRunner().invoke(bill, told, env={"COLUMNS": "80"})


def test_names_are_whole_on_a_narrow_terminal(door: FrontDoor) -> None:
    door.answer = in_turn(PAGES)
    lines = call(door, "list").output.splitlines()
    assert [lines[0], lines[4]] == [f"shop {CONTACT} {mark}" for mark in (FIRST, SECOND)]
    assert lines[1] == "    voice_seconds 186 was told later, since 2026-11-22T09:00:00.000Z"


def test_nothing_in_quarantine_is_said(door: FrontDoor) -> None:
    door.answer = in_turn({f"GET {PLACE}": [(200, {"records": [], "next": ""})]})
    assert call(door, "list").output == "nothing waits for a decision\n"
    assert call(door, "list", "--json").output == "[]\n"


@pytest.mark.parametrize(("decision", "says"), [("accept", "the bill follows it"), ("reject", "the ledger stays")])
@pytest.mark.parametrize("mark", ["voice_seconds.1.c", SECOND])
def test_a_beginning_of_the_mark_will_do(door: FrontDoor, decision: str, says: str, mark: str) -> None:
    door.answer = in_turn({**PAGES, f"POST {PLACE}/shop/{CONTACT}/{SECOND}/{decision}": [(200, {})]})
    result = call(door, decision, "shop", CONTACT, mark, "--why", "the clock was wrong")
    assert (result.exit_code, says in result.output) == (0, True), result.output
    assert json.loads(door.asked[-1].split(" ", 2)[2]) == {"why": "the clock was wrong"}


def test_a_beginning_that_two_have_is_refused(door: FrontDoor) -> None:
    door.answer = in_turn(PAGES)
    result = call(door, "accept", "shop", CONTACT, "voice", "--why", "x")
    assert (result.exit_code, "write more of it" in result.output) == (2, True)
    assert not any(asked.startswith("POST") for asked in door.asked)


def test_of_one_that_does_not_wait_the_api_says_why(door: FrontDoor) -> None:
    place = f"{PLACE}/shop/{CONTACT}/voice_seconds.1.d/accept"
    door.answer = in_turn({**PAGES, f"POST {place}": [(409, {"detail": "this record was accepted already"})]})
    result = call(door, "accept", "shop", CONTACT, "voice_seconds.1.d", "--why", "x")
    assert (result.exit_code, "accepted already" in result.output) == (1, True)
