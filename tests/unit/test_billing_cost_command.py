"""`manyline bill cost`, against a stage of a few lines."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from click.testing import CliRunner, Result
from rich.console import Console

from chalicelib.billing.model.cost.shares import Policy
from chalicelib.billing.service.costs import CostDesk
from infra.cli.bill.cost import POLICIES, cost, show
from tests.fakes.front_door import PASSWORD, Answer, Asked, FrontDoor, Reply, front_door
from tests.fakes.usage import JONAS, MARIA, SHOP
from tests.unit.test_billing_cost_service import DECEMBER, Floor


def a_floor() -> Floor:
    floor = Floor()
    floor.logged_in(MARIA, 1)
    floor.logged_in(JONAS, 1)
    floor.took(MARIA, SHOP, 30)
    floor.net = {SHOP: (123_456, "USD")}
    return floor


def november(desk: CostDesk) -> Answer:
    """And no other month."""

    def answer(asked: Asked) -> Reply:
        if asked.path != "/api/billing/costs/2026-11":
            return 422, {"detail": "period: '2026-13' is not a month; write it like 2026-11"}
        if asked.method == "POST":
            return 200, desk.run("2026-11", DECEMBER, policy=asked.body["policy"])
        document = desk.document("2026-11", DECEMBER, rows=asked.query.get("rows", ""))
        return 200, desk.table(document) if asked.query.get("format") == "csv" else document

    return answer


@pytest.fixture
def door() -> Iterator[FrontDoor]:
    with front_door(november(CostDesk(a_floor().costs))) as door:
        yield door


def run(door: FrontDoor, *words: str, password: str = PASSWORD) -> Result:
    return CliRunner().invoke(cost, [*words, "--url", door.url, "--password", password], env={"COLUMNS": "200"})


def test_the_summary_shows_clients_channels_and_the_result(door: FrontDoor) -> None:
    result = run(door, "2026-11")
    assert result.exit_code == 0, result.output
    lines = [line.split() for line in result.output.splitlines()]
    assert ["shop", "1,234.56", "9.00", "18.00", "10.00", "1,197.56"] in lines
    assert ["voice", "1,234.56", "9.00", "18.00", "0.00", "1,207.56"] in lines
    assert ["UNUSED_CAPACITY", "0.00", "9.00", "0.00", "0.00", "-9.00"] in lines
    assert ["result", "USD", "1,234.56", "18.00", "18.00", "30.00", "1,168.56"] in lines
    assert "computed, not written down" in result.output
    assert "agents' 7200 s logged in = 1800 contacts + 0 dedicated + 5400 idle" in result.output
    assert "jonas worked, and no pay is known" in result.output


def test_what_another_currency_was_worth_is_said(door: FrontDoor, capsys: pytest.CaptureFixture[str]) -> None:
    document = json.loads(run(door, "2026-11", "--json").output)
    rate = {"from": "EUR", "to": "USD", "day": "2026-01-01", "rate": "1.17", "source": "a plan"}
    show(Console(width=200), document | {"exchange": [rate]})
    assert "1 EUR = 1.17 USD from 2026-01-01 (a plan)" in capsys.readouterr().out


def test_rows_are_shown_with_their_weights(door: FrontDoor) -> None:
    result = run(door, "2026-11", "--rows", "shop")
    row = "labour|2026-11|maria|2026-11-01 shop voice 1800 3600 900 USD"
    assert row in [" ".join(line.split()) for line in result.output.splitlines()]


def test_csv_and_json_are_as_the_api_answers(door: FrontDoor) -> None:
    table = run(door, "2026-11", "--csv", "--policy", "proportional", "--rows", "shop").output
    assert table.startswith("run,origin,kind,")
    assert door.asked == ["GET /api/billing/costs/2026-11?policy=proportional&rows=shop&format=csv"]
    assert json.loads(run(door, "2026-11", "--json").output)["total"]["revenue"] == 123_456


@pytest.mark.parametrize("more", [[], ["--csv"], ["--json"]])
def test_rows_of_nobody_are_not_silence(door: FrontDoor, more: list[str]) -> None:
    result = run(door, "2026-11", "--rows", "nobody", *more)
    assert (result.exit_code, result.output) == (
        1,
        "Error: no client 'nobody' is in the costs of 2026-11; --rows all shows who is\n",
    )


def test_writing_a_run_down_names_it(door: FrontDoor) -> None:
    result = run(door, "2026-11", "--write")
    assert door.asked == ['POST /api/billing/costs/2026-11 {"policy": ""}']
    assert "of 2026-12-03T00:00:00.000Z" in result.output


@pytest.mark.parametrize("words", [["--json", "--csv"], ["--write", "--csv"], ["--write", "--rows", "all"]])
def test_wishes_that_do_not_go_together_are_refused(door: FrontDoor, words: list[str]) -> None:
    assert run(door, "2026-11", *words).exit_code == 2
    assert door.asked == []


def test_what_the_stage_refuses_is_said(door: FrontDoor) -> None:
    wrong = run(door, "2026-13")
    assert (wrong.exit_code, "write it like 2026-11" in wrong.output) == (1, True)
    assert "wrong user or password" in run(door, "2026-11", password="wrong").output


def test_the_command_knows_every_policy() -> None:
    assert set(POLICIES) == set(Policy)
