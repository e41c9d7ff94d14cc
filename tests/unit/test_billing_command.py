"""`manyline bill`, against a stage of a few lines."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from chalicelib.billing.model.agent_time import AgentTime, Share
from chalicelib.billing.model.invoice import draft
from chalicelib.billing.service.billing import Usage
from chalicelib.kernel.channel import Channel
from chalicelib.kernel.period import BillingPeriod
from infra.cli.bill import bill
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
USAGE = Usage(tenant=SHOP, period=NOVEMBER, until=UNTIL, records=RECORDS, agent_time=TIME)
DRAFT = draft(
    records=RECORDS,
    plan=plan(base="2150.00", per_minute="1.45", initial_interval=30, next_interval=6, tax="19"),
    client=CLIENT,
    period=NOVEMBER,
    until=UNTIL,
    agent_seconds=TIME.of(SHOP),
)


class FrontDoor(BaseHTTPRequestHandler):
    """Takes one password and serves one client's November."""

    def do_POST(self) -> None:
        wanted = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path != "/login" or wanted["password"] != "right":
            self._answer(401, {"detail": "wrong user or password"})
        else:
            self._answer(200, {}, **{"Set-Cookie": "sid=open; Path=/; HttpOnly"})

    def do_GET(self) -> None:
        if self.headers.get("Cookie") != "sid=open":
            return self._answer(401, {"detail": "sign in first"})
        match self.path:
            case "/api/tenants/shop/usage?period=2026-11":
                return self._answer(200, USAGE.as_document(whole_team=True))
            case "/api/tenants/shop/invoices/2026-11/draft":
                return self._answer(200, DRAFT.as_document())
            case "/api/tenants/shop/invoices/2026-11/draft.pdf":
                return self._answer(303, {}, Location="/printed")
            case "/printed":
                return self._answer(200, "%PDF-1.7")
        return self._answer(404, {"detail": "no tenant here"})

    def _answer(self, status: int, body: Any, **headers: str) -> None:
        content = json.dumps(body).encode() if isinstance(body, dict) else str(body).encode()
        self.send_response(status)
        for name, value in {"Content-Length": str(len(content)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *words: Any) -> None:
        """Silent."""


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), FrontDoor)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def run(url: str, *words: str, password: str = "right") -> Result:
    return CliRunner().invoke(bill, [*words, "--url", url, "--password", password], env={"COLUMNS": "160"})


def test_usage_and_draft_are_printed_so_that_people_can_read_them(url: str) -> None:
    result = run(url, "shop", "--period", "2026-11")
    assert result.exit_code == 0
    rows = [" ".join(row.split()) for row in result.output.splitlines()]
    assert "calls 1 125 20 41 186" in rows
    assert "not charged: 1 refused, 0 abandoned, 0 self-served" in rows
    assert "agent time: 400 s (chat 214, voice 186)" in rows
    assert "of the agents' 1000 s logged in = 400 own + 0 others + 500 idle + 100 pause" in rows
    assert "Calls handled by agents 186 0 186 s 1.45/min 4.50" in rows
    assert "total 2,569.21" in rows
    assert "not in the plan and not in the total: 1 letters" in rows


def test_usage_alone_asks_for_no_prices(url: str) -> None:
    output = run(url, "shop", "--period", "2026-11", "--usage").output
    assert "agent time: 400 s" in output
    assert "total" not in output


def test_json_is_what_the_api_says(url: str) -> None:
    assert json.loads(run(url, "shop", "--period", "2026-11", "--json").output) == DRAFT.as_document()
    usage = json.loads(run(url, "shop", "--period", "2026-11", "--json", "--usage").output)
    assert usage == USAGE.as_document(whole_team=True)


def test_the_pdf_goes_to_a_file(url: str, tmp_path: Path) -> None:
    file = tmp_path / "draft.pdf"
    assert run(url, "shop", "--period", "2026-11", "--pdf", str(file)).exit_code == 0
    assert file.read_bytes().startswith(b"%PDF")


@pytest.mark.parametrize(
    ("tenant", "password", "says"), [("nobody", "right", "404: no tenant here"), ("shop", "wrong", "401: wrong user")]
)
def test_a_refusal_is_one_sentence(url: str, tenant: str, password: str, says: str) -> None:
    result = run(url, tenant, "--period", "2026-11", password=password)
    assert result.exit_code == 1
    assert says in result.output


def test_a_stage_that_is_down_says_so() -> None:
    result = run("http://127.0.0.1:9", "shop")
    assert result.exit_code == 1
    assert "does not answer" in result.output
