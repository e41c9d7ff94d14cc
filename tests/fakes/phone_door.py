"""The doors of the telephones on an exchange of a test; who has a telephone is told by a cookie `sid=<name>`."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from infra.local.connect.api.books import Register
from infra.local.connect.aws import RecordFile
from infra.local.connect.exchange import Exchange
from infra.local.connect.web import Simulator, Who, routes

Client = TestClient[Any, Any]
AGENTS = ("maria", "jonas")


async def who(cookie: str) -> Who:
    name = cookie.removeprefix("sid=")
    if name not in AGENTS:
        raise web.HTTPUnauthorized(text="sign in first")
    return Who(name, name.title())


def app(
    exchange: Exchange,
    numbers: Sequence[str] = (),
    register: Register | None = None,
    tick: Callable[[], float] = time.time,
) -> web.Application:
    """`numbers` are a client's."""
    claimed = [{"phone": number, "tenant": "shop", "name": "Luna Shop", "open": True} for number in numbers]
    made = web.Application()
    made.router.add_routes(
        routes(
            Simulator(
                records=RecordFile(Path("/dev/null")),
                who=who,
                numbers=lambda: claimed,
                page=str,
                register=register or Register(),
                tick=tick,
                exchange=exchange,
            )
        )
    )
    return made


def served(exchange: Exchange, story: Callable[[Client], Awaitable[None]]) -> None:
    async def run() -> None:
        async with TestClient(TestServer(app(exchange))) as client:
            await story(client)

    asyncio.run(run())
