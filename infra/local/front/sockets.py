"""Joins a browser's WebSocket to the deployed WebSocket API, with its cookie, its origin and its close codes."""

from __future__ import annotations

import asyncio
import contextlib

from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType, WSServerHandshakeError, web
from yarl import URL

_PASSED = ("Cookie", "Origin", "Sec-Fetch-Site", "User-Agent")
_NOT_SENDABLE = {1005, 1006, 1015}  # codes that only tell of a missing code; they may not be sent


async def join(request: web.Request, session: ClientSession, socket_url: str) -> web.StreamResponse:
    """A refusal is answered before the upgrade, with the API's own status, so that the browser sees it."""
    headers = {name: request.headers[name] for name in _PASSED if name in request.headers}
    headers["X-Forwarded-Host"] = request.host  # what the Origin is compared with
    # The API sees its own name as Host; whether a page of ours knocks is told by the name that the browser used.
    headers["X-Forwarded-Host"] = request.host
    target = URL(f"{socket_url}?{request.query_string}" if request.query_string else socket_url, encoded=True)
    try:
        upstream = await session.ws_connect(target, headers=headers, max_msg_size=0, autoping=False)
    except WSServerHandshakeError as refusal:
        return web.Response(status=refusal.status if refusal.status >= 400 else 502)
    browser = web.WebSocketResponse(max_msg_size=0, heartbeat=30)
    await browser.prepare(request)
    down = asyncio.create_task(_pour(upstream, browser))
    up = asyncio.create_task(_pour(browser, upstream))
    try:
        await asyncio.wait({down, up}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (down, up):
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError, ConnectionError):
                await task
        await _close(upstream, browser.close_code)
        await _close(browser, upstream.close_code)
    return browser


Side = web.WebSocketResponse | ClientWebSocketResponse


async def _pour(source: Side, target: Side) -> None:
    async for message in source:
        if message.type is WSMsgType.TEXT:
            await target.send_str(message.data)
        elif message.type is WSMsgType.BINARY:
            await target.send_bytes(message.data)
        elif message.type is WSMsgType.PING and isinstance(source, ClientWebSocketResponse):
            await source.pong(message.data)


async def _close(side: Side, code: int | None) -> None:
    if not side.closed:
        await side.close(code=code if code and code not in _NOT_SENDABLE else 1001)
