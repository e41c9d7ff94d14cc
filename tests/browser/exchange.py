"""The customer's page on a telephone exchange in this very process; its time runs faster, and nothing is deployed."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from aiohttp import web

from infra.local import texts
from infra.local.connect.aws import RecordFile
from infra.local.connect.parties import LegState
from infra.local.connect.plugin import page
from infra.local.connect.web import Simulator, Who, routes
from infra.local.front.door import static
from tests.fakes.lamp_shop import CENTRE, LampShop

_STEP_S = 0.02
SPEED = 5  # seconds of the exchange in one of ours
Found = TypeVar("Found")


class Network:
    """`url` is where the page is; whatever else touches the exchange goes through `do`, onto its own thread."""

    def __init__(self, board: LampShop, loop: asyncio.AbstractEventLoop, url: str) -> None:
        self.board, self.url = board, url
        self._loop = loop

    def do(self, deed: Callable[[LampShop], Found]) -> Found:
        async def done() -> Found:
            return deed(self.board)

        return asyncio.run_coroutine_threadsafe(done(), self._loop).result(10)

    def await_ring_of(self, agent: str) -> None:
        until = time.monotonic() + 10
        while not self.do(lambda board: _rings(board, agent)):
            assert time.monotonic() < until, f"{agent}'s phone does not ring"
            time.sleep(_STEP_S)


@contextmanager
def running() -> Iterator[Network]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    board = LampShop()
    try:
        runner, url = asyncio.run_coroutine_threadsafe(_serve(board), loop).result(10)
        asyncio.run_coroutine_threadsafe(_tick(board), loop)
        yield Network(board, loop, url)
        asyncio.run_coroutine_threadsafe(_end(runner), loop).result(30)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def _rings(board: LampShop, agent: str) -> bool:
    leg = board.exchange.floor.agents[agent].leg
    return leg is not None and leg.state is LegState.CONNECTING


async def _tick(board: LampShop) -> None:
    while True:
        await asyncio.sleep(_STEP_S)
        board.clock.advance(_STEP_S * SPEED)


async def _serve(board: LampShop) -> tuple[web.AppRunner, str]:
    simulator = Simulator(
        records=RecordFile(Path("/dev/null")), who=_nobody, numbers=_numbers, page=page, exchange=board.exchange
    )
    app = web.Application()
    app.add_routes(routes(simulator))
    app.router.add_get("/static/{path:.*}", static)
    app.add_routes(texts.routes(lambda: {"sms_messages": board.texts}))
    for quiet in ("/try/api/mail/places", "/try/api/sites"):  # the other two cards have nothing to show
        app.router.add_get(quiet, _nothing)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    return runner, f"http://127.0.0.1:{runner.addresses[0][1]}"


async def _end(runner: web.AppRunner) -> None:
    """Also of who still waits for news."""
    await runner.cleanup()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


async def _nobody(cookie: str) -> Who:
    raise web.HTTPUnauthorized


async def _nothing(request: web.Request) -> web.Response:
    return web.json_response([])


def _numbers() -> list[dict[str, Any]]:
    return [{"phone": CENTRE, "tenant": "shop", "name": "Luna Shop", "open": True}]
