"""The customer's phone (/try/api/calls) and the agent's (/softphone) over HTTP.

Reading waits for news when asked to (`?wait=20`). A write must be JSON, so that no form of another site can send it.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from infra.local.connect.aws import RecordFile
from infra.local.connect.exchange import Exchange, NotNow, NotOnTheLine
from infra.local.connect.language import FlowRefused
from infra.local.connect.parties import Agent, Call, CallState
from infra.local.connect.views import call_view, phone_view

LONGEST_WAIT_S = 25.0
_LOOK_EVERY_S = 0.1
_LONGEST_SPEECH = 2_000
_MOST_CALLS = 100  # on the line at once
# Frames: a mail as its sender formatted it, and a client's shop on another port with the chat widget in it.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self' ws: wss:; "
    "frame-src 'self' http://localhost:* http://127.0.0.1:*; base-uri 'none'; form-action 'self'"
)
_NUMBER = re.compile(r"\+[1-9]\d{6,14}")


@dataclass(frozen=True, slots=True)
class Who:
    """An agent, as /api/me tells."""

    agent: str
    name: str


@dataclass(slots=True)
class Simulator:
    """What the routes act on; the exchange is there once the door's loop runs."""

    records: RecordFile
    who: Callable[[str], Awaitable[Who]]  # Cookie header → the agent; raises HTTPException
    numbers: Callable[[], list[dict[str, Any]]]
    page: Callable[[], str]
    renew: Callable[[], None] = lambda: None  # takes changed flow files; raises FlowRefused
    exchange: Exchange | None = None

    @property
    def on(self) -> Exchange:
        if self.exchange is None:
            raise web.HTTPServiceUnavailable(text="the telephone exchange is starting")
        return self.exchange


def routes(simulator: Simulator) -> list[web.RouteDef]:
    caller, phone = _Caller(simulator), _Softphone(simulator)
    return [
        web.get("/try", caller.page),
        web.get("/try/api/numbers", caller.numbers),
        web.get("/try/api/calls", caller.ongoing),
        web.post("/try/api/calls", caller.dial),
        web.get("/try/api/calls/{call}", caller.listen),
        web.get("/try/api/calls/{call}/records", caller.records),
        web.post("/try/api/calls/{call}/{deed:keys|say|hangup}", caller.act),
        web.get("/softphone/state", phone.state),
        web.post("/softphone/{deed:accept|reject|hold|resume|say|hangup|clear|sign-out}", phone.act),
    ]


class _Caller:
    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator

    async def page(self, request: web.Request) -> web.Response:
        headers = {"Content-Security-Policy": _POLICY, "Cache-Control": "no-store"}
        return web.Response(text=self._simulator.page(), content_type="text/html", headers=headers)

    async def numbers(self, request: web.Request) -> web.Response:
        return web.json_response(await asyncio.to_thread(self._simulator.numbers))

    async def ongoing(self, request: web.Request) -> web.Response:
        calls = self._simulator.on.calls.values()
        views = [call_view(call, call.transcript.last, call.journal.last) for call in calls]
        return web.json_response([view for view in views if view["state"] != CallState.OVER.value])

    async def dial(self, request: web.Request) -> web.Response:
        wish = await _body(request)
        exchange = self._simulator.on
        try:
            self._simulator.renew()
        except FlowRefused as refused:
            raise _problem(409, "FlowRefused", str(refused)) from None
        dialled, caller = _number(wish, "to"), _number(wish, "from", withheld=True)
        if sum(call.state is not CallState.OVER for call in exchange.calls.values()) >= _MOST_CALLS:
            raise _problem(429, "Busy", f"{_MOST_CALLS} calls are on the line already: hang up one of them")
        call = exchange.dial(dialled, caller, _text(wish, "press", ""))
        return web.json_response(call_view(call), status=201)

    async def listen(self, request: web.Request) -> web.Response:
        call = self._call(request)
        after, happened = _whole(request, "after"), _whole(request, "happened_after")
        await _news(
            request,
            lambda: call.transcript.last > after or call.journal.last > happened or call.state is CallState.OVER,
        )
        return web.json_response(call_view(call, after, happened))

    async def records(self, request: web.Request) -> web.Response:
        """The contact records of the call so far; the last one comes when the agent has finished wrap-up."""
        segments = self._call(request).segments
        records = (self._simulator.records.of(segment.contact_id) for segment in segments)
        return web.json_response([record for record in records if record is not None])

    async def act(self, request: web.Request) -> web.Response:
        call, exchange, wish = self._call(request), self._simulator.on, await _body(request)
        try:
            match request.match_info["deed"]:
                case "keys":
                    exchange.press(call, _text(wish, "keys"))
                case "say":
                    exchange.customer_says(call, _text(wish, "text"))
                case _:
                    exchange.hang_up(call)
        except NotOnTheLine as error:
            raise _problem(409, "Over", str(error)) from None
        return web.json_response(call_view(call, call.transcript.last, call.journal.last))

    def _call(self, request: web.Request) -> Call:
        try:
            return self._simulator.on.find(request.match_info["call"])
        except NotOnTheLine as error:
            raise _problem(404, "NotFound", str(error)) from None


class _Softphone:
    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator

    async def state(self, request: web.Request) -> web.Response:
        """Asking signs the agent in, as opening the CCP does. `state` and `call` are what the page knows."""
        who = await self._simulator.who(request.headers.get("Cookie", ""))
        agent = self._simulator.on.sign_in(who.agent, who.name)
        after, known = _whole(request, "after"), request.query.get("state", "")

        def news() -> bool:
            view = _phone(agent, after)
            return view["state"] != known or bool(view["call"] and view["call"]["lines"])

        await _news(request, news)
        return web.json_response(_phone(agent, after))

    async def act(self, request: web.Request) -> web.Response:
        wish = await _body(request)
        who = await self._simulator.who(request.headers.get("Cookie", ""))
        exchange = self._simulator.on
        deeds: Mapping[str, Callable[[], object]] = {
            "accept": lambda: exchange.accept(who.agent),
            "reject": lambda: exchange.reject(who.agent),
            "hold": lambda: exchange.hold(who.agent),
            "resume": lambda: exchange.resume(who.agent),
            "say": lambda: exchange.agent_says(who.agent, _text(wish, "text")),
            "hangup": lambda: exchange.agent_hangs_up(who.agent),
            "clear": lambda: exchange.clear(who.agent),
            "sign-out": lambda: exchange.sign_out(who.agent),
        }
        deed = request.match_info["deed"]
        if deed != "sign-out":
            exchange.sign_in(who.agent, who.name)
        try:
            deeds[deed]()
        except (NotOnTheLine, NotNow) as error:
            raise _problem(409, type(error).__name__, str(error)) from None
        return web.json_response(_phone(exchange.floor.agents[who.agent], _whole(request, "after")))


def _phone(agent: Agent, after: int) -> dict[str, Any]:
    """With `state`, by which the page asks for what is newer."""
    view = phone_view(agent, after)
    call = view["call"]
    return view | {"state": f"{call['call']}:{call['state']}" if call else ""}


async def _news(request: web.Request, there: Callable[[], bool]) -> None:
    wait = min(float(_whole(request, "wait")), LONGEST_WAIT_S)
    until = time.monotonic() + wait
    while not there() and time.monotonic() < until:
        await asyncio.sleep(_LOOK_EVERY_S)


async def _body(request: web.Request) -> Mapping[str, Any]:
    if request.content_type != "application/json":
        raise _problem(415, "NotJson", "send JSON, with Content-Type: application/json")
    try:
        body = await request.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise _problem(422, "Invalid", "the body is no JSON object")
    return body


def _text(wish: Mapping[str, Any], name: str, default: str | None = None) -> str:
    value = wish.get(name, default)
    if not isinstance(value, str) or len(value) > _LONGEST_SPEECH:
        raise _problem(422, "Invalid", f"{name} must be text of at most {_LONGEST_SPEECH} characters")
    return value


def _number(wish: Mapping[str, Any], name: str, *, withheld: bool = False) -> str:
    number = re.sub(r"[ ()./-]", "", _text(wish, name, "" if withheld else None))
    if not (withheld and number == "") and not _NUMBER.fullmatch(number):
        raise _problem(422, "Invalid", f"{name} must be a number like +15550100100")
    return number


def _whole(request: web.Request, name: str) -> int:
    text = request.query.get(name, "0")
    return int(text) if text.isdecimal() else 0


def _problem(status: int, title: str, detail: str) -> web.HTTPException:
    kinds: Mapping[int, type[web.HTTPException]] = {
        404: web.HTTPNotFound,
        409: web.HTTPConflict,
        415: web.HTTPUnsupportedMediaType,
        422: web.HTTPUnprocessableEntity,
        429: web.HTTPTooManyRequests,
    }
    body = web.json_response({"type": "about:blank", "title": title, "status": status, "detail": detail}).text
    return kinds[status](text=body, content_type="application/problem+json")
