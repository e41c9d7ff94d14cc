"""Asks a client's own system how an order stands, signed, so that it can tell us from anybody else."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import datetime

from chalicelib.aws.webhook import Unreachable, Webhook
from chalicelib.channels.voice.service.ports import NoAnswer, NoSuchOrder, OrderFound
from chalicelib.kernel.ids import ContactId
from chalicelib.tenancy.model.tenant import Tenant
from chalicelib.tenancy.model.webhook import HEADER, webhook_key

LONGEST = 600  # characters that a caller listens to
_UNHEARD = re.compile(r"[\x00-\x1f\x7f<>]+|\$\.")  # controls, marks, and what a flow would take for a reference


class OrderDesk:
    """The port `Orders`. `master` is read when the first order is asked for: most calls need none."""

    def __init__(self, webhook: Webhook, master: Callable[[], bytes]) -> None:
        self._webhook, self._master = webhook, master

    def look_up(self, tenant: Tenant, order: str, *, caller: str, contact: ContactId, now: datetime) -> OrderFound:
        if tenant.orders is None:
            raise NoAnswer("this client has no system that knows orders")
        body = json.dumps({"order": order, "caller": caller, "contact": contact}, separators=(",", ":")).encode()
        signed = {
            "Content-Type": "application/json",
            "Accept": "application/json",
            "User-Agent": "Manyline",
            HEADER: webhook_key(self._master(), tenant.id).sign(body, now),
        }
        try:
            answer = self._webhook.post(tenant.orders.url, body, signed)
        except Unreachable as error:
            raise NoAnswer(str(error)) from error
        if answer.status == 404:
            raise NoSuchOrder(order)
        if answer.status != 200:
            raise NoAnswer(f"status {answer.status}")
        return OrderFound(_status(answer.body))


def _status(body: bytes) -> str:
    try:
        told = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise NoAnswer("no JSON") from error
    status = told.get("status") if isinstance(told, dict) else None
    text = " ".join(_UNHEARD.sub(" ", status).split())[:LONGEST] if isinstance(status, str) else ""
    if not text:
        raise NoAnswer("no status to read out")
    return text
