"""The own systems of the sample clients: what is answered when we ask for an order or an account.

`POST /try/orders/{tenant}` with {order, caller, contact}, `/try/accounts/{tenant}` with {account, caller, contact}.
As a careful client would have it, a question that does not carry our signature, or an old one, gets no answer.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial

from aiohttp import web

from infra.layout import open_functions
from infra.stage import Stage

open_functions()
from chalicelib.aws.secrets import secret  # noqa: E402  lives where Chalice wants it
from chalicelib.kernel.ids import TenantId  # noqa: E402
from chalicelib.tenancy.model.webhook import HEADER, WebhookKey, webhook_key  # noqa: E402

Answer = Mapping[str, str]

# As somebody types them on a telephone, and what the caller is told.
_STATUSES: Mapping[str, str] = {
    "1001": "Your order left our house yesterday and arrives tomorrow.",
    "1002": "Your order is being packed and leaves our house today.",
    "1003": "Your order was delivered on Friday.",
    "1004": "Your order waits for a part and leaves our house next week. We are sorry for the delay.",
}
ORDERS: Mapping[str, Answer] = {number: {"status": status} for number, status in _STATUSES.items()}
# The note is for the agent to whom the caller may go on.
ACCOUNTS: Mapping[str, Answer] = {
    "7001": {
        "status": "Your account is settled. Thank you.",
        "note": "Account 7001: settled; a customer since 2019.",
    },
    "7002": {
        "status": "Forty-nine dollars are open on your account, and due on the thirtieth.",
        "note": "Account 7002: 49.00 open, due on the thirtieth; pays by invoice.",
    },
    "7003": {
        "status": "A payment on your account is late. To talk about it, press 1.",
        "note": "Account 7003: 120.00 late, reminded twice. Payment in two parts may be offered.",
    },
    "7004": {"status": "You have a credit of twenty dollars on your account."},
}


def plug(app: web.Application, stage: Stage) -> None:
    app.add_routes(
        routes(lambda tenant: webhook_key(secret(stage.settings.secret_name), tenant), lambda: datetime.now(UTC))
    )


def routes(key: Callable[[TenantId], WebhookKey], now: Callable[[], datetime]) -> list[web.RouteDef]:
    async def ask(word: str, known: Mapping[str, Answer], request: web.Request) -> web.StreamResponse:
        body = await request.read()
        tenant = TenantId(request.match_info["tenant"])
        its_key = await asyncio.to_thread(key, tenant)
        if not its_key.is_signed(request.headers.get(HEADER, ""), body, now()):
            return web.json_response({"error": "not signed by us, or too long ago"}, status=401)
        answer = known.get(_number(body, word))
        if answer is None:
            return web.json_response({"error": f"no such {word}"}, status=404)
        return web.json_response(answer)

    return [
        web.post("/try/orders/{tenant}", partial(ask, "order", ORDERS)),
        web.post("/try/accounts/{tenant}", partial(ask, "account", ACCOUNTS)),
    ]


def _number(body: bytes, word: str) -> str:
    """Empty where the question holds none."""
    try:
        asked = json.loads(body)
    except ValueError:
        return ""
    return str(asked.get(word, "")) if isinstance(asked, dict) else ""
