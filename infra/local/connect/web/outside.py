"""Telephones outside that the centre makes ring: a person at the page or at the command line picks them up."""

from __future__ import annotations

from aiohttp import web

from infra.local.connect.exchange import NotNow, NotOnTheLine
from infra.local.connect.parties import Outside as Party
from infra.local.connect.parties import OutsideState
from infra.local.connect.views import ring_view
from infra.local.connect.web.lines import CustomerLine, Line, OutsideLine
from infra.local.connect.web.requests import body, news, problem
from infra.local.connect.web.simulator import Simulator


class Outside:
    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/try/api/ringing", self.ringing),
            web.post("/try/api/ringing/{ring}/{deed:answer|refuse}", self.act),
        ]

    async def ringing(self, request: web.Request) -> web.Response:
        """All that ring now; with `wait`, as soon as they are others than those `known`."""
        known = {ring for ring in request.query.get("known", "").split(",") if ring}
        await news(request, lambda: {party.id for party in self._ringing()} != known)
        return web.json_response([ring_view(party) for party in self._ringing()])

    async def act(self, request: web.Request) -> web.Response:
        await body(request)
        exchange, ring = self._simulator.on, request.match_info["ring"]
        party = exchange.outgoing.get(ring)
        if party is None:
            raise problem(404, "NotFound", "this telephone does not ring any more")
        try:
            if request.match_info["deed"] == "refuse":
                exchange.refuse_out(ring)
                return web.json_response(ring_view(party))
            exchange.answer_out(ring)
        except (NotOnTheLine, NotNow) as error:
            raise problem(409, type(error).__name__, str(error)) from None
        return web.json_response(self._line(party).view())

    def _ringing(self) -> list[Party]:
        return [party for party in self._simulator.on.outgoing.values() if party.state is OutsideState.RINGING]

    def _line(self, party: Party) -> Line:
        """A customer who was called is the customer of his call from now on."""
        if party.kind == "customer":
            return CustomerLine(self._simulator.on, party.call)
        self._simulator.remember(party)
        return OutsideLine(self._simulator.on, party)
