"""Texts (SMS) that the centre sends: here they go to nobody, and are read at /try and by `manyline answer`."""

from __future__ import annotations

import asyncio
import json
import urllib.request
from collections.abc import Callable
from typing import Any

from aiohttp import web

from infra.local.home import Home
from infra.stage import Stage

MOST_SHOWN = 50
_KEPT = "/_ministack/sns/sms-messages"  # what the emulator keeps of what was published to a telephone number
_PATIENCE_S = 5


def plug(app: web.Application, stage: Stage) -> None:
    emulator = f"http://127.0.0.1:{Home().ports().emulator}"
    app.add_routes(routes(lambda: _kept(emulator + _KEPT)))


def routes(kept: Callable[[], Any]) -> list[web.RouteDef]:
    async def texts(request: web.Request) -> web.Response:
        """The newest ones, those of one telephone as they came; with `number`, that one's alone."""
        number = request.query.get("number", "")
        try:
            found = arrived(await asyncio.to_thread(kept))
        except OSError as error:
            raise web.HTTPServiceUnavailable(text="the emulator does not answer") from error
        return web.json_response([one for one in found if number in ("", one["number"])][-MOST_SHOWN:])

    return [web.get("/try/api/texts", texts)]


def arrived(kept: Any) -> list[dict[str, str]]:
    """Of what the emulator keeps by number, what a telephone would show; in the order in which it keeps it."""
    return [
        {"id": str(one["MessageId"]), "number": number, "text": str(one["Message"])}
        for number, texts in kept["sms_messages"].items()
        for one in texts
    ]


def _kept(url: str) -> Any:
    with urllib.request.urlopen(url, timeout=_PATIENCE_S) as answer:  # noqa: S310  our own emulator
        return json.load(answer)
