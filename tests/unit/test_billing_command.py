"""`manyline bill`, against a stage of a few lines."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from rich.console import Console

from chalicelib.billing.model.agent_time import AgentTime, Share
from chalicelib.billing.model.invoice import draft
from chalicelib.billing.model.ledger import Meter
from chalicelib.billing.service.billing import Usage, metered
from chalicelib.kernel.channel import Channel
from chalicelib.kernel.period import BillingPeriod
from infra.cli.bill import bill
from infra.cli.bill.show import COUNTED, print_draft
from tests.fakes.front_door import PASSWORD, Asked, Reply, front_door, nothing
from tests.fakes.usage import CLIENT, SHOP, handled, plan, record, refused

NOVEMBER = BillingPeriod.month(2026, 11, "Europe/Berlin")
UNTIL = datetime(2026, 11, 22, 9, tzinfo=UTC)
RECORDS = [
    record(handled(talk=125, hold=20, wrap=41), contact="v1"),
    record(handled(), contact="c1", channel=Channel.CHAT),
    record(handled(), contact="p1", channel=Channel.POST),
    record(refused(), contact="e1", channel=Channel.EMAIL),
]
TIME = AgentTime(login=1000, idle=500, pause=100, shares={Share(SHOP, "voice"): 186, Share(SHOP, "chat"): 214})
USAGE = Usage(tenant=SHOP, period=NOVEMBER, until=UNTIL, meters=metered(RECORDS), agent_time=TIME)
DRAFT = draft(
    records=RECORDS,
    plan=plan(base="2150.00", per_minute="1.45", initial_interval=30, next_interval=6, tax="19"),
    client=CLIENT,
    period=NOVEMBER,
    until=UNTIL,
)


def november(asked: Asked) -> Reply:
    """Of one client."""
    match asked.path:
        case "/api/tenants/shop/usage" if asked.query == {"period": "2026-11"}:
            return 200, USAGE.as_document(whole_team=True)
        case "/api/tenants/shop/invoices/2026-11/draft":
            return 200, DRAFT.as_document()
        case "/api/tenants/shop/invoices/2026-11/draft.pdf":
            return 303, "/printed"
        case "/printed":
            return 200, "%PDF-1.7"
    return nothing(asked)


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with front_door(november) as door:
        yield door.url


def run(url: str, *words: str, password: str = PASSWORD) -> Result:
    return CliRunner().invoke(bill, [*words, "--url", url, "--password", password], env={"COLUMNS": "160"})


def test_usage_and_draft_are_printed_so_that_people_can_read_them(url: str) -> None:
    result = run(url, "draft", "shop", "2026-11")
    assert result.exit_code == 0
    rows = [" ".join(row.split()) for row in result.output.splitlines()]
    assert "calls 1 125 20 41 186" in rows
    assert "without an agent: 1 refused, 0 abandoned, 0 self-served" in rows
    assert "agent time: 400 s (chat 214, voice 186)" in rows
    assert "of the agents' 1000 s logged in = 400 own + 0 others + 500 idle + 100 pause" in rows
    assert "2 Calls handled by agents 186 0 186 s 1.45/min 4.50" in rows, "numbered as on paper"
    assert "total 2,569.21" in rows
    assert "1 letter: the plan has no price for that, and it is not in the total" in rows


def test_what_the_plan_has_no_price_for_is_named_as_people_count_it() -> None:
    console = Console(file=io.StringIO(), width=120)
    print_draft(console, {**DRAFT.as_document(), "without_price": {"dial": 3, "sms": 1, "new_thing": 2}})
    rows = [" ".join(row.split()) for row in console.file.getvalue().splitlines()]  # type: ignore[attr-defined]
    assert [row.partition(":")[0] for row in rows[-3:]] == ["3 numbers dialled", "1 text sent", "2 new thing"]


def test_every_meter_has_its_words() -> None:
    assert COUNTED.keys() == {meter.value for meter in Meter}


def test_what_the_total_is_rounded_by_is_shown_with_what_is_to_be_paid() -> None:
    console = Console(file=io.StringIO(), width=120)
    print_draft(console, {**DRAFT.as_document(), "rounding": -1})
    rows = [" ".join(row.split()) for row in console.file.getvalue().splitlines()]  # type: ignore[attr-defined]
    assert rows[-4:-1] == ["total 2,569.21", "rounding -0.01", "to pay 2,569.20"]


def test_a_percentage_is_of_money_as_on_paper() -> None:
    credit = {
        **{"kind": "service_credit", "text": "Service credit", "unit": "minor unit", "base_quantity": 10_000},
        **{"unit_price": "10", "quantity": -420_548, "used": -420_548, "included": 0, "amount": -42_055},
    }
    console = Console(file=io.StringIO(), width=80)
    print_draft(console, {**DRAFT.as_document(), "lines": [credit]})
    rows = [" ".join(row.split()) for row in console.file.getvalue().splitlines()]  # type: ignore[attr-defined]
    assert rows[1] == "1 Service credit -4,205.48 10 % -420.55"


def test_usage_alone_asks_for_no_prices(url: str) -> None:
    output = run(url, "usage", "shop", "2026-11").output
    assert "agent time: 400 s" in output
    assert "total" not in output


def test_json_is_what_the_api_says(url: str) -> None:
    assert json.loads(run(url, "draft", "shop", "2026-11", "--json").output) == DRAFT.as_document()
    usage = json.loads(run(url, "usage", "shop", "2026-11", "--json").output)
    assert usage == USAGE.as_document(whole_team=True)


def test_the_pdf_goes_to_a_file(url: str, tmp_path: Path) -> None:
    file = tmp_path / "draft.pdf"
    assert run(url, "draft", "shop", "2026-11", "--pdf", str(file)).exit_code == 0
    assert file.read_bytes().startswith(b"%PDF")


@pytest.mark.parametrize(
    ("tenant", "password", "says"),
    [("nobody", PASSWORD, "404: nothing at /api/tenants/nobody"), ("shop", "wrong", "401: wrong user")],
)
def test_a_refusal_is_one_sentence(url: str, tenant: str, password: str, says: str) -> None:
    result = run(url, "draft", tenant, "2026-11", password=password)
    assert result.exit_code == 1
    assert says in result.output


def test_a_stage_that_is_down_says_so() -> None:
    result = run("http://127.0.0.1:9", "draft", "shop")
    assert result.exit_code == 1
    assert "does not answer" in result.output
