"""`manyline bill what-if`, against a stage of a few lines."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from infra.cli.bill.what_if import what_if
from tests.fakes.front_door import PASSWORD, Answer, Asked, FrontDoor, Reply, front_door
from tests.fakes.memory import MemoryDatabase
from tests.fakes.plan_counter import PlanCounter
from tests.fakes.tenants import FOLDER, sample
from tests.fakes.usage import SHOP

NOW = datetime(2026, 11, 16, 15, 0, tzinfo=UTC)


def comparing(counter: PlanCounter) -> Answer:
    def answer(asked: Asked) -> Reply:
        offers = [name for name in asked.query.get("plans", "").split(",") if name]
        if "gold" in offers:
            return 404, {"detail": "no plan of the catalogue 'gold' here"}
        given = [counter.what_if.brought(asked.body["toml"])] if asked.body else []
        return 200, counter.what_if.compare(SHOP, int(asked.query["months"]), NOW, offers=offers, given=given)

    return answer


@pytest.fixture
def door() -> Iterator[FrontDoor]:
    with front_door(comparing(PlanCounter(MemoryDatabase(), sample("shop"), now=NOW))) as door:
        yield door


def run(door: FrontDoor, *words: str, columns: int = 200) -> Result:
    told = ["shop", *words, "--url", door.url, "--password", PASSWORD]
    return CliRunner().invoke(what_if, told, env={"COLUMNS": str(columns)})


def test_the_plans_stand_side_by_side_with_the_best_of_them(door: FrontDoor) -> None:
    result = run(door, "--months", "2")
    assert result.exit_code == 0, result.output
    lines = result.output.splitlines()
    assert [line.split()[:2] for line in lines if "best" in line] == [["voice_essentials", "best"]]
    held = next(line for line in lines if line.startswith("held"))
    assert held.split() == ["held", "multichannel", "2,150.00", "2,150.00", "4,300.00", "USD", "0.00"]
    assert "seats of dedicated against minutes of omni_shared: cheaper from 12537 minutes" in result.output


@pytest.mark.parametrize(("months", "tables"), [("1", 1), ("3", 2), ("10", 4)])
def test_eighty_columns_show_whole_names_and_amounts(door: FrontDoor, months: str, tables: int) -> None:
    result = run(door, "--months", months, columns=80)
    assert "…" not in result.output
    lines = result.output.splitlines()
    assert max(len(line) for line in lines if line.startswith(("plan ", "held", "voice_"))) <= 80
    held = [line.split() for line in lines if line.startswith("held")]
    assert len(held) == tables
    assert [cell for line in held for cell in line].count("2,150.00") == int(months) + (months == "1")
    assert sum(line.startswith("voice_essentials best") for line in lines) == 1


def test_a_file_that_is_no_text_is_refused_in_one_sentence(door: FrontDoor, tmp_path: Path) -> None:
    (tmp_path / "plan.toml").write_bytes(b"\xff\xfe")
    result = run(door, "--file", str(tmp_path / "plan.toml"))
    assert (result.exit_code, "cannot be read as text" in result.output, door.asked) == (1, True, [])


def test_plans_are_named_or_brought_in_a_file(door: FrontDoor) -> None:
    assert run(door, "--plan", "dedicated", "--plan", "omni_shared", "--tier", "voice").exit_code == 0
    assert door.asked == ["GET /api/tenants/shop/what-if?months=3&plans=dedicated%2Comni_shared&tier=voice"]
    result = run(door, "--file", str(Path(FOLDER) / "plumber.toml"), "--json")
    assert {one["plan"] for one in json.loads(result.stdout)["plans"]} == {"held", "given"}


def test_what_the_stage_refuses_is_said_in_its_words(door: FrontDoor) -> None:
    result = run(door, "--plan", "gold")
    assert (result.exit_code, "no plan of the catalogue 'gold'" in result.output) == (1, True)
    assert run(door, "--like", "x", "--file", str(Path(FOLDER) / "plumber.toml")).exit_code == 2
