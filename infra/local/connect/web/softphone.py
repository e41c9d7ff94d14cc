"""The agent's phone: the deeds of Connect's CCP, and what it shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from aiohttp import web

from infra.layout import open_functions
from infra.local.connect.exchange import Exchange, NotNow, NotOnTheLine
from infra.local.connect.parties import Agent
from infra.local.connect.views import phone_view
from infra.local.connect.web.requests import body, news, number, problem, text, whole
from infra.local.connect.web.simulator import Simulator

open_functions()
from chalicelib.desk.model.telephone import AVAILABLE, OFFLINE, STATUSES  # noqa: E402  lives where Chalice wants it

Wish = Mapping[str, Any]
Deed = Callable[[Exchange, str, Wish], object]

DEEDS: Mapping[str, Deed] = {
    "accept": lambda exchange, agent, wish: exchange.accept(agent),
    "reject": lambda exchange, agent, wish: exchange.reject(agent),
    "hold": lambda exchange, agent, wish: exchange.hold(agent),
    "resume": lambda exchange, agent, wish: exchange.resume(agent),
    "mute": lambda exchange, agent, wish: exchange.mute(agent),
    "unmute": lambda exchange, agent, wish: exchange.unmute(agent),
    "say": lambda exchange, agent, wish: exchange.agent_says(agent, text(wish, "text")),
    "keys": lambda exchange, agent, wish: exchange.keys(agent, text(wish, "keys")),
    "dial": lambda exchange, agent, wish: exchange.dial_out(agent, number(wish, "number")),
    "transfer": lambda exchange, agent, wish: exchange.transfer(agent, text(wish, "to", "")),
    "join": lambda exchange, agent, wish: exchange.join(agent),
    "swap": lambda exchange, agent, wish: exchange.swap(agent),
    "complete": lambda exchange, agent, wish: exchange.complete(agent),
    "drop": lambda exchange, agent, wish: exchange.drop(agent),
    "hangup": lambda exchange, agent, wish: exchange.agent_hangs_up(agent),
    "clear": lambda exchange, agent, wish: exchange.clear(agent),
    "sign-out": lambda exchange, agent, wish: exchange.sign_out(agent),
    "stand": lambda exchange, agent, wish: exchange.set_status(agent, _status(wish)),
}
_STATUSES = (AVAILABLE, OFFLINE, *STATUSES)


class Softphone:
    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/softphone/state", self.state),
            web.post(f"/softphone/{{deed:{'|'.join(DEEDS)}}}", self.act),
        ]

    async def state(self, request: web.Request) -> web.Response:
        """Asking opens the telephone, as opening the CCP does: it rings when the agent says that he is available.
        `state` and `call` are what the page knows."""
        who = await self._simulator.who(request.headers.get("Cookie", ""))
        agent = self._simulator.on.opens_phone(who.agent, who.name)
        after, known = whole(request, "after"), request.query.get("state", "")

        def there() -> bool:
            view = _phone(agent, after)
            return view["state"] != known or bool(view["call"] and view["call"]["lines"])

        await news(request, there)
        return web.json_response(_phone(agent, after))

    async def act(self, request: web.Request) -> web.Response:
        wish = await body(request)
        who = await self._simulator.who(request.headers.get("Cookie", ""))
        exchange = self._simulator.on
        deed = request.match_info["deed"]
        if deed != "sign-out":
            exchange.opens_phone(who.agent, who.name)
        try:
            DEEDS[deed](exchange, who.agent, wish)
        except (NotOnTheLine, NotNow) as error:
            raise problem(409, type(error).__name__, str(error)) from None
        agent = exchange.floor.agents.get(who.agent)
        if agent is None:  # signed out before he ever signed in
            raise problem(409, "NotOnTheLine", f"{who.agent} has no telephone")
        return web.json_response(_phone(agent, whole(request, "after")))


def _status(wish: Wish) -> str:
    if (name := text(wish, "status")) not in _STATUSES:
        raise problem(422, "Invalid", f"there is no status {name!r}; choose one of {', '.join(_STATUSES)}")
    return name


def _phone(agent: Agent, after: int) -> dict[str, Any]:
    """With `state`, by which the page asks for what is newer."""
    view = phone_view(agent, after)
    return view | {"state": _mark(view["call"])}


def _mark(call: dict[str, Any] | None) -> str:
    """Changes whenever something changes that is not a line of what is heard; empty when the phone is quiet."""
    if call is None:
        return ""
    ends = "+".join(f"{end['kind']}-{end['name']}-{end['state']}" for end in call["legs"])
    flags = f"{'muted' if call['muted'] else 'open'}:{call['recording']}:{call['contact_id']}"
    accepted = "accepted" if call["accepted"] else "rings"
    return f"{call['call']}:{call['state']}:{accepted}:{flags}:{ends}"
