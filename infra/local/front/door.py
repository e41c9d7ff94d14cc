"""The front door of the local stack: one port for pages, API, WebSocket and static files, like CloudFront in the cloud.

`python -m infra.local.front.door` (started by `manyline up`).
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

from aiohttp import ClientError, ClientSession, DummyCookieJar, TCPConnector, web

from infra.local.front import plugins, proxy, sockets
from infra.local.home import Home
from infra.stage import Stage, open_stage
from infra.static import find

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
SESSION = web.AppKey("session", ClientSession)
log = logging.getLogger("door")

_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>
<style>body{{font:1rem/1.5 system-ui;max-width:40rem;margin:4rem auto;padding:0 1rem}}</style>
<h1>{title}</h1><p>{text}</p><p><a href="/">Start page</a></p></html>"""


class Addresses:
    """The deployed APIs; looked up again when a deployment gave them new addresses."""

    def __init__(self, home: Home, stage: Stage) -> None:
        self._home, self._stage = home, stage
        self._seen = self._written()

    def now(self) -> Stage:
        if (written := self._written()) != self._seen:
            self._stage, self._seen = open_stage(home=self._home), written
        return self._stage

    def _written(self) -> float:
        return self._home.outputs_file.stat().st_mtime


ADDRESSES = web.AppKey("addresses", Addresses)


def make(home: Home) -> web.Application:
    stage = open_stage(home=home)
    app = web.Application(middlewares=[plain_answers], client_max_size=64 * 1024 * 1024)
    app[ADDRESSES] = Addresses(home, stage)
    app.cleanup_ctx.append(_session)
    app.router.add_get("/static/{path:.*}", static)
    app.router.add_get("/ws", socket)
    app.router.add_get("/alive", alive)
    plugins.plug_all(app, stage)
    app.router.add_route("*", "/{path:.*}", api)
    return app


async def alive(request: web.Request) -> web.StreamResponse:
    return web.json_response({"alive": True})


async def api(request: web.Request) -> web.StreamResponse:
    return await proxy.forward(request, request.app[SESSION], request.app[ADDRESSES].now().rest_url)


async def socket(request: web.Request) -> web.StreamResponse:
    return await sockets.join(request, request.app[SESSION], request.app[ADDRESSES].now().socket_url)


async def static(request: web.Request) -> web.StreamResponse:
    file: Path | None = find(request.match_info["path"])
    if file is None:
        raise web.HTTPNotFound
    return web.FileResponse(file, headers={"Cache-Control": "no-cache"})


@web.middleware
async def plain_answers(request: web.Request, handler: Handler) -> web.StreamResponse:
    """An error is a page for a browser and a problem document for a script."""
    try:
        return await handler(request)
    except web.HTTPNotFound:
        return _answer(request, 404, "Not found", "There is nothing at this address.")
    except (ClientError, TimeoutError) as error:
        log.warning("the API did not answer: %r", error)
        return _answer(request, 502, "The API does not answer", "The emulator may be down: try `manyline status`.")


def _answer(request: web.Request, status: int, title: str, text: str) -> web.Response:
    if "text/html" in request.headers.get("Accept", ""):
        return web.Response(status=status, content_type="text/html", text=_PAGE.format(title=title, text=text))
    return web.json_response(
        {"type": "about:blank", "title": title, "status": status, "detail": text},
        status=status,
        content_type="application/problem+json",
    )


async def _session(app: web.Application) -> AsyncIterator[None]:
    # The visitors' cookies pass through; the door itself keeps none.
    connector = TCPConnector(limit=200)
    async with ClientSession(cookie_jar=DummyCookieJar(), connector=connector, auto_decompress=True) as session:
        app[SESSION] = session
        yield


def main() -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("aiohttp.access").setLevel(logging.WARNING)
    home = Home()
    web.run_app(make(home), host="127.0.0.1", port=home.ports().front, print=None, shutdown_timeout=2)


if __name__ == "__main__":
    main()
