"""The order desk of the sample clients: what a client's own system answers when we ask for an order.

`POST /try/orders/{tenant}` with {order, caller, contact}. As a careful client would have it, a question that does not
carry our signature, or an old one, gets no answer.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from aiohttp import web

from infra.layout import open_functions
from infra.stage import Stage

open_functions()
from chalicelib.aws.secrets import secret  # noqa: E402  lives where Chalice wants it
from chalicelib.kernel.ids import TenantId  # noqa: E402
from chalicelib.tenancy.model.webhook import HEADER, WebhookKey, webhook_key  # noqa: E402

# As somebody types them on a telephone, and what the caller is told.
STATUSES: Mapping[str, str] = {
    "1001": "Your order left our house yesterday and arrives tomorrow.",
    "1002": "Your order is being packed and leaves our house today.",
    "1003": "Your order was delivered on Friday.",
    "1004": "Your order waits for a part and leaves our house next week. We are sorry for the delay.",
}


def plug(app: web.Application, stage: Stage) -> None:
    app.add_routes(
        routes(lambda tenant: webhook_key(secret(stage.settings.secret_name), tenant), lambda: datetime.now(UTC))
    )


def routes(key: Callable[[TenantId], WebhookKey], now: Callable[[], datetime]) -> list[web.RouteDef]:
    async def ask(request: web.Request) -> web.StreamResponse:
        body = await request.read()
        tenant = TenantId(request.match_info["tenant"])
        its_key = await asyncio.to_thread(key, tenant)
        if not its_key.is_signed(request.headers.get(HEADER, ""), body, now()):
            return web.json_response({"error": "not signed by us, or too long ago"}, status=401)
        status = STATUSES.get(_order(body))
        if status is None:
            return web.json_response({"error": "no such order"}, status=404)
        return web.json_response({"status": status})

    return [web.post("/try/orders/{tenant}", ask)]


def _order(body: bytes) -> str:
    """Empty where the question holds none."""
    try:
        asked = json.loads(body)
    except ValueError:
        return ""
    return str(asked.get("order", "")) if isinstance(asked, dict) else ""
