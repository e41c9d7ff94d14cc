"""The telephones over HTTP: the customer's (/try/api/calls), those that ring outside (/try/api/ringing), the agent's
(/softphone), and Amazon Connect's own API (/connect-api).

Reading waits for news when asked to (`?wait=20`). A write must be JSON, so that no form of another site can send it.
"""

from __future__ import annotations

from aiohttp import web

from infra.local.connect.web.caller import Caller
from infra.local.connect.web.connect_api import ConnectApi
from infra.local.connect.web.outside import Outside
from infra.local.connect.web.simulator import Simulator, Who
from infra.local.connect.web.softphone import Softphone

__all__ = ["Simulator", "Who", "routes"]


def routes(simulator: Simulator) -> list[web.RouteDef]:
    return [
        *Outside(simulator).routes(),
        *Caller(simulator).routes(),
        *Softphone(simulator).routes(),
        *ConnectApi(simulator).routes(),
    ]
