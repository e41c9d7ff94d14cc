"""The two telephones over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from infra.local.connect.aws import RecordFile
from infra.local.connect.web import Simulator, Who, routes
from tests.fakes.telephone import PLUMBER, Telephone

Client = TestClient[Any, Any]


async def _who(cookie: str) -> Who:
    if cookie != "sid=maria":
        raise web.HTTPUnauthorized(text="sign in first")
    return Who("maria", "Maria")


def served(telephone: Telephone, story: Callable[[Client], Awaitable[None]]) -> None:
    """Runs the story against the routes on the exchange of `telephone`."""

    async def run() -> None:
        simulator = Simulator(
            records=RecordFile(Path("/dev/null")), who=_who, numbers=list, page=str, exchange=telephone.exchange
        )
        app = web.Application()
        app.router.add_routes(routes(simulator))
        async with TestClient(TestServer(app)) as client:
            await story(client)

    asyncio.run(run())


MARIA = {"Cookie": "sid=maria"}


def test_a_call_from_the_page_to_the_softphone_and_back() -> None:
    telephone = Telephone()
    telephone.agent("maria")

    async def story(client: Client) -> None:
        dialled = await client.post("/try/api/calls", json={"to": "+1 555 010 0100", "press": "1"})
        assert dialled.status == 201
        call = (await dialled.json())["call"]
        telephone.clock.advance(8)
        rings = await (await client.get("/softphone/state", headers=MARIA)).json()
        assert (rings["call"]["state"], rings["call"]["tenant_name"]) == ("CONNECTING", "Rapid Plumbing")
        await client.post("/softphone/accept", json={}, headers=MARIA)
        telephone.clock.advance(10)
        await client.post("/softphone/say", json={"text": "Good morning"}, headers=MARIA)
        heard = await (await client.get(f"/try/api/calls/{call}?after=3")).json()
        assert heard["contact_id"] == telephone.contact(telephone.exchange.calls[call]).contact
        assert [line["text"] for line in heard["lines"]][-1] == "Good morning"
        over = await (await client.post(f"/try/api/calls/{call}/hangup", json={})).json()
        assert over["state"] == "over"
        assert (await client.post(f"/try/api/calls/{call}/say", json={"text": "Hello?"})).status == 409

    served(telephone, story)


def test_who_is_not_signed_in_has_no_telephone() -> None:
    async def story(client: Client) -> None:
        assert (await client.get("/softphone/state")).status == 401
        assert (await client.post("/softphone/accept", json={}, headers={"Cookie": "sid=other"})).status == 401

    served(Telephone(), story)


def test_what_cannot_be_done_now_is_said_and_not_done() -> None:
    async def story(client: Client) -> None:
        assert (await client.post("/softphone/accept", json={}, headers=MARIA)).status == 409
        assert (await client.get("/try/api/calls/none")).status == 404
        assert (await client.post("/try/api/calls", json={"to": "help"})).status == 422
        assert (await client.post("/try/api/calls", json=["to"])).status == 422
        assert (await client.post("/try/api/calls", data={"to": PLUMBER})).status == 415

    telephone = Telephone()
    served(telephone, story)
    assert not telephone.exchange.calls
