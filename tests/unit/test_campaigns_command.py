"""`manyline campaigns` and `manyline dnc`, against a stage of a few lines."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from infra.cli import campaigns as command
from infra.cli.campaigns import campaigns
from infra.cli.dnc import dnc
from infra.cli.promised import promised
from tests.fakes.front_door import PASSWORD, Asked, FrontDoor, Reply, front_door, nothing

ONE: dict[str, Any] = {
    "name": "recall",
    "title": "Recall of the Comet",
    "mode": "progressive",
    "first_day": "2026-12-01",
    "last_day": "",
    "state": "running",
    "since": "2026-11-23T15:00:00.000Z",
    "by": "Olivia Owner <olivia@manyline.example>",
    "people": 1205,
    "waiting": 1200,
    "out": 2,
    "done": 3,
    "outcomes": {"sold": 2, "no_answer": 1},
    "next_at": "2026-11-24T14:00:00.000Z",
}
PROMISED = {
    "id": "p1",
    "at": "2026-11-24T15:30:00.000Z",
    "number": "+12125550001",
    "state": "waiting",
    "outcome": "",
    "by": "agent:maria",
    "agent": "",
    "note": "the lamp",
}
DONE = {**PROMISED, "id": "p2", "agent": "maria", "state": "done", "outcome": "sold"}
forgets: list[int] = []  # parts that the stage was asked for
LOADED = {"new": 2, "changed": 0, "same": 0, "called": 0, "listed": 1, "late": 0, "skipped": 0}


def stage(asked: Asked) -> Reply:
    match asked.method, asked.path:
        case "GET", "/api/tenants/shop/campaigns":
            return 200, {"campaigns": [ONE]}
        case "GET", "/api/tenants/shop/campaigns/recall":
            return 200, ONE
        case "POST", "/api/tenants/shop/campaigns/recall/people":
            return 200, LOADED
        case "POST", "/api/tenants/shop/campaigns/recall/start":
            return 409, {"detail": "nobody is on the list of Recall: load people first"}
        case "POST", "/api/tenants/shop/campaigns/recall/pause":
            return 200, {**ONE, "state": "paused"}
        case "GET", "/api/tenants/shop/campaigns/gone":
            return 200, {**ONE, "title": "", "mode": "", "gone": True, "state": "paused"}
        case "DELETE", "/api/tenants/shop/campaigns/recall/people":
            forgets.append(800)
            return 200, {"people": 800, "left": 405} if len(forgets) % 2 else {"people": 405, "left": 0}
        case "GET", "/api/tenants/shop/campaigns/slow":
            return 200, {**ONE, "name": "slow"}
        case "DELETE", "/api/tenants/shop/campaigns/slow/people":
            forgets.append(800)
            return (200, {"people": 800, "left": 405}) if len(forgets) % 2 else (502, {"detail": "no answer"})
        case "GET", "/api/tenants/shop/appointments":
            return 200, {"appointments": [PROMISED, DONE]}
        case "DELETE", "/api/tenants/shop/appointments/p1":
            return 200, {**PROMISED, "state": "done", "outcome": "cancelled"}
        case "POST", "/api/tenants/shop/do-not-call":
            return 200, {"number": asked.body["number"], "added": True, "left": 2}
        case "POST", "/api/do-not-call":
            return 200, {"number": asked.body["number"], "added": False}
        case "DELETE", "/api/tenants/shop/do-not-call":
            return 200, {"number": asked.query["number"], "removed": True}
        case "GET", "/api/tenants/shop/do-not-call" if "number" in asked.query:
            number = asked.query["number"]
            return 200, {
                "number": number,
                "listed": number.endswith("1"),
                "by_client": False,
                "by_house": number.endswith("1"),
            }
        case "GET", "/api/tenants/shop/do-not-call":
            first = {"number": "+12125550001", "at": "2026-11-23T15:00:00.000Z", "by": "Clara <c@x>", "why": "asked"}
            return 200, {"numbers": [first], "after": "" if "after" in asked.query else "+12125550001"}
    return nothing(asked)


@pytest.fixture
def door() -> Iterator[FrontDoor]:
    with front_door(stage) as opened:
        yield opened


def run(door: FrontDoor, group: click.Group, *words: str) -> Result:
    return CliRunner().invoke(group, [*words, "--url", door.url, "--password", PASSWORD])


def test_campaigns_are_listed_and_shown_as_people_read_them(door: FrontDoor) -> None:
    listed = run(door, campaigns, "list", "shop")
    assert " ".join(listed.output.split()) == "recall running progressive 1,200 waiting, 2 with agents, 3 done"
    shown = run(door, campaigns, "show", "shop", "recall").output
    for words in (
        "Recall of the Comet",
        "running since 2026-11-23 15:00 UTC, by Olivia Owner",
        "days: 2026-12-01 to open",
        "from 2026-11-24 14:00 UTC on",
        "2 sold",
    ):
        assert words in shown
    assert json.loads(run(door, campaigns, "show", "shop", "recall", "--json").output) == ONE


def test_a_list_is_sent_in_parts_each_with_its_columns(
    door: FrontDoor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "_PART", 2)
    file = tmp_path / "people.csv"
    rows = [f'+4930123456{n:02d},"A\nB {n}"' for n in range(5)]
    file.write_text("number,name\n" + "\n".join(rows))
    # What nobody can read in a cell is a bad row, here as there.
    refused = run(door, campaigns, "load", "shop", "recall", str(file))
    assert refused.exit_code == 1
    assert "row 3, name" in refused.output
    file.write_text("\ufeffnumber,name\n" + "\n".join(row.replace("\n", " ") for row in rows))
    result = run(door, campaigns, "load", "shop", "recall", str(file))
    assert result.exit_code == 0, result.output
    assert "6 new" in result.output
    assert "3 on the do-not-call list" in result.output
    asked = [asked for asked in door.asked if "/people" in asked]
    sent = [one for one in asked if "only=check" not in one]
    assert (len(sent), len(asked)) == (3, 6), "all is looked at before any of it is taken"
    assert [one.split()[1].partition("before=")[2] for one in sent] == ["0", "2", "4"]
    assert all("number,name" in part for part in sent)
    assert sum(part.count("+49") for part in sent) == 5


def test_a_bad_row_keeps_the_whole_file_from_being_sent(door: FrontDoor, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text("number\n+493012345678\n0301\n")
    result = run(door, campaigns, "load", "shop", "recall", str(file))
    assert result.exit_code == 1
    assert "row 3, number: '0301' is no telephone number" in result.output
    assert "nothing was loaded" in result.output
    assert not door.asked
    assert run(door, campaigns, "load", "shop", "recall", str(file), "--skip-bad").exit_code == 0
    assert "bad=skip" in door.asked[0]
    assert "only=check" not in door.asked[0]
    file.write_text("name\nAnn\n")
    assert "no column `number`" in run(door, campaigns, "load", "shop", "recall", str(file)).output
    file.write_bytes(b"number\n\xff\n")
    assert "not UTF-8" in run(door, campaigns, "load", "shop", "recall", str(file)).output


def test_what_is_refused_is_said_in_a_sentence(door: FrontDoor) -> None:
    result = run(door, campaigns, "start", "shop", "recall")
    assert result.exit_code == 1
    assert "load people first" in result.output
    assert "paused" in run(door, campaigns, "pause", "shop", "recall").output
    assert run(door, campaigns, "show", "shop", "other").exit_code == 1


def test_a_campaign_that_its_file_has_no_more_is_shown_as_that(door: FrontDoor) -> None:
    assert "no longer in the client's file" in run(door, campaigns, "show", "shop", "gone").output


def test_people_are_forgotten_in_parts_and_only_when_that_is_meant(door: FrontDoor) -> None:
    assert run(door, campaigns, "forget", "shop", "recall").exit_code == 1
    assert not door.asked
    told = run(door, campaigns, "forget", "shop", "recall", "--yes")
    assert told.stdout == "1,205 people forgotten\n"
    assert "forgetting recall" in told.stderr
    assert [asked.split()[0] for asked in door.asked] == ["GET", "DELETE", "DELETE"]


def test_who_is_stopped_while_people_are_forgotten_is_told_how_to_go_on(door: FrontDoor) -> None:
    forgets.clear()
    stopped = run(door, campaigns, "forget", "shop", "slow", "--yes")
    assert stopped.exit_code == 1
    assert "800 people are forgotten, 405 are left: run it again to go on" in stopped.stderr
    assert "people forgotten\n" not in stopped.output


def test_promised_calls_are_listed_and_called_off(door: FrontDoor) -> None:
    listed = run(door, promised, "list", "shop")
    told = "p1 2026-11-24 15:30 +12125550001 waiting agent:maria for the team the lamp"
    assert " ".join(listed.output.split()) == told
    past = run(door, promised, "list", "shop", "--all").output.splitlines()[1]
    assert "sold" in past
    assert "agent:maria for maria" in past
    assert len(json.loads(run(door, promised, "list", "shop", "--json").output)["appointments"]) == 1
    assert "+12125550001: cancelled" in run(door, promised, "cancel", "shop", "p1").output
    assert run(door, promised, "cancel", "shop", "p9").exit_code == 1


def test_numbers_are_put_on_a_list_and_taken_off(door: FrontDoor) -> None:
    added = run(door, dnc, "add", "shop", "+12125550001", "--why", "asked")
    assert "added; it left 2 campaigns" in added.output
    assert json.loads(door.asked[-1].split(" ", 2)[2]) == {"number": "+12125550001", "why": "asked"}
    assert "was on the list already" in run(door, dnc, "add", "--house", "+12125550001").output
    assert "removed" in run(door, dnc, "remove", "shop", "+12125550001").output
    assert door.asked[-1] == "DELETE /api/tenants/shop/do-not-call?number=%2B12125550001"


def test_a_list_is_shown_whole_and_one_number_is_asked_for(door: FrontDoor) -> None:
    listed = run(door, dnc, "list", "shop")
    assert listed.output.count("+12125550001") == 2, "both pages"
    assert "Clara  asked" in listed.output
    barred = run(door, dnc, "check", "shop", "+12125550001")
    assert (barred.exit_code, "the list for all clients" in barred.output) == (1, True)
    free = run(door, dnc, "check", "shop", "+12125550002")
    assert (free.exit_code, "on no list" in free.output) == (0, True)


@pytest.mark.parametrize(
    ("words", "why"),
    [(["add"], "name a TENANT"), (["add", "shop"], "name one NUMBER"), (["check", "--house", "+1"], "name a TENANT")],
)
def test_what_is_missing_is_asked_for(door: FrontDoor, words: list[str], why: str) -> None:
    result = run(door, dnc, *words)
    assert result.exit_code == 2
    assert why in result.output
