"""The customer's phone: several calls at once, each with its keys, its words, and what was heard."""

from __future__ import annotations

import asyncio

from aiohttp import web

from infra.local.connect.exchange import NotNow, NotOnTheLine
from infra.local.connect.language import FlowRefused
from infra.local.connect.parties import CallState
from infra.local.connect.views import call_view
from infra.local.connect.web.lines import PAUSE, CustomerLine, Line, find, press
from infra.local.connect.web.requests import body, news, number, problem, text, whole
from infra.local.connect.web.simulator import Simulator

MOST_CALLS = 100  # on the line at once
# Frames: a mail as its sender formatted it, and a client's shop on another port with the chat widget in it.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self' ws: wss:; "
    "frame-src 'self' http://localhost:* http://127.0.0.1:*; base-uri 'none'; form-action 'self'"
)


class Caller:
    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/try", self.page),
            web.get("/try/api/numbers", self.numbers),
            web.get("/try/api/calls", self.ongoing),
            web.post("/try/api/calls", self.dial),
            web.get("/try/api/calls/{call}", self.listen),
            web.get("/try/api/calls/{call}/records", self.records),
            web.post("/try/api/calls/{call}/{deed:keys|say|hangup}", self.act),
        ]

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
        wish = await body(request)
        exchange = self._simulator.on
        try:
            self._simulator.renew()
        except FlowRefused as refused:
            raise problem(409, "FlowRefused", str(refused)) from None
        dialled, caller = number(wish, "to"), number(wish, "from", withheld=True)
        if sum(call.on_line for call in exchange.calls.values()) >= MOST_CALLS:
            raise problem(429, "Busy", f"{MOST_CALLS} calls are on the line already: hang up one of them")
        first, pause, later = text(wish, "press", "").partition(PAUSE)
        call = exchange.dial(dialled, caller, first)
        press(exchange, CustomerLine(exchange, call), pause + later)
        return web.json_response(call_view(call), status=201)

    async def listen(self, request: web.Request) -> web.Response:
        line = self._line(request)
        after, happened = whole(request, "after"), whole(request, "happened_after")
        known = request.query.get("state", "")

        def there() -> bool:
            moved = known not in ("", line.state)
            return moved or line.heard > after or line.happened > happened or line.is_over

        await news(request, there)
        return web.json_response(line.view(after, happened))

    async def records(self, request: web.Request) -> web.Response:
        """The contact records of the call so far; the last one comes when the agent has finished wrap-up."""
        segments = self._line(request).segments
        records = (self._simulator.records.of(segment.contact_id) for segment in segments)
        return web.json_response([record for record in records if record is not None])

    async def act(self, request: web.Request) -> web.Response:
        line, wish = self._line(request), await body(request)
        try:
            match request.match_info["deed"]:
                case "keys":
                    press(self._simulator.on, line, text(wish, "keys"))
                case "say":
                    line.say(text(wish, "text"))
                case _:
                    line.hang_up()
        except (NotOnTheLine, NotNow) as error:
            raise problem(409, "Over", str(error)) from None
        return web.json_response(line.view(line.heard, line.happened))

    def _line(self, request: web.Request) -> Line:
        try:
            return find(self._simulator, request.match_info["call"])
        except NotOnTheLine as error:
            raise problem(404, "NotFound", str(error)) from None
