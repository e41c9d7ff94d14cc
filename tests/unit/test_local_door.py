"""The front door: what it passes on unchanged, and what it says itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from infra.local.front import door, proxy, sockets


async def echo(request: web.Request) -> web.Response:
    answer = web.json_response(
        {
            "method": request.method,
            "path": request.raw_path,
            "cookie": request.headers.get("Cookie", ""),
            "host": request.headers.get("X-Forwarded-Host", ""),
            "body": (await request.read()).decode(),
        }
    )
    answer.headers.add("Set-Cookie", "sid=1; HttpOnly")
    answer.headers.add("Set-Cookie", "theme=dark")
    return answer


async def refusal(request: web.Request) -> web.Response:
    return web.json_response({"message": "Missing Authentication Token"}, status=403)


async def stranger(request: web.Request) -> web.Response:
    return web.json_response({"message": "Unauthorized"}, status=401)


async def socket(request: web.Request) -> web.StreamResponse:
    if "sid=" not in request.headers.get("Cookie", ""):
        return web.Response(status=403)
    ws = web.WebSocketResponse()
    await ws.prepare(request)
    await ws.send_str(f"{request.headers['Origin']} {request.headers['X-Forwarded-Host']} {request.query_string}")
    async for message in ws:
        if message.data == "end it":
            await ws.close(code=4001)
        else:
            await ws.send_str(f"heard {message.data}")
    return ws


@asynccontextmanager
async def standing() -> AsyncIterator[TestClient[web.Request, web.Application]]:
    """A door before an API that we can look into."""
    api = web.Application()
    api.router.add_route("*", "/stage/unknown", refusal)
    api.router.add_route("*", "/stage/desk", stranger)
    api.router.add_get("/sockets", socket)
    api.router.add_route("*", "/stage/{path:.*}", echo)
    async with TestServer(api) as upstream, aiohttp.ClientSession() as session:
        base = str(upstream.make_url("")).rstrip("/")

        async def forward(request: web.Request) -> web.StreamResponse:
            return await proxy.forward(request, session, f"{base}/stage")

        async def join(request: web.Request) -> web.StreamResponse:
            return await sockets.join(request, session, f"{base}/sockets")

        front = web.Application(middlewares=[door.plain_answers])
        front.router.add_get("/ws", join)
        front.router.add_route("*", "/{path:.*}", forward)
        async with TestClient(TestServer(front)) as client:
            yield client


def through(scene: Callable[[TestClient[web.Request, web.Application]], Awaitable[None]]) -> None:
    async def play() -> None:
        async with standing() as client:
            await scene(client)

    asyncio.run(play())


def test_path_query_body_and_cookies_pass_unchanged_in_both_directions() -> None:
    async def scene(client: TestClient[web.Request, web.Application]) -> None:
        answer = await client.post("/api/a%20b/%C3%A9?x=1&x=2", data=b"words", headers={"Cookie": "sid=7"})
        seen = await answer.json()
        assert seen["path"] == "/stage/api/a%20b/%C3%A9?x=1&x=2"
        assert (seen["method"], seen["body"], seen["cookie"]) == ("POST", "words", "sid=7")
        assert seen["host"] == f"{client.host}:{client.port}"
        assert answer.headers.getall("Set-Cookie") == ["sid=1; HttpOnly", "theme=dark"]

    through(scene)


def test_head_is_asked_as_get_because_the_api_knows_no_head() -> None:
    async def scene(client: TestClient[web.Request, web.Application]) -> None:
        assert (await client.head("/anything")).status == 200

    through(scene)


def test_what_the_gateway_does_not_know_is_not_found() -> None:
    async def scene(client: TestClient[web.Request, web.Application]) -> None:
        assert (await client.get("/unknown")).status == 404

    through(scene)


def test_a_strangers_page_leads_to_the_log_in_and_back() -> None:
    async def scene(client: TestClient[web.Request, web.Application]) -> None:
        page = await client.get("/desk?tab=2", headers={"Accept": "text/html"}, allow_redirects=False)
        assert (page.status, page.headers["Location"]) == (303, "/login?next=/desk?tab%3D2")
        assert (await client.get("/desk")).status == 401

    through(scene)


def test_a_socket_carries_origin_query_words_and_the_closing_code() -> None:
    async def scene(client: TestClient[web.Request, web.Application]) -> None:
        headers = {"Cookie": "sid=7", "Origin": "http://shop.example"}
        async with client.ws_connect("/ws?ticket=t", headers=headers) as ws:
            assert await ws.receive_str() == f"http://shop.example {client.host}:{client.port} ticket=t"
            await ws.send_str("hello")
            assert await ws.receive_str() == "heard hello"
            await ws.send_str("end it")
            assert (await ws.receive()).type is aiohttp.WSMsgType.CLOSE
            assert ws.close_code == 4001

    through(scene)


def test_a_refused_socket_is_refused_before_the_upgrade() -> None:
    async def scene(client: TestClient[web.Request, web.Application]) -> None:
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await client.ws_connect("/ws")
        assert refused.value.status == 403

    through(scene)
