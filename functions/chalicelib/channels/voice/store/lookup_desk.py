"""Asks a client's own system how an order or an account stands, signed, so that it can tell us from anybody else."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from chalicelib.aws.webhook import Unreachable, Webhook
from chalicelib.channels.voice.service.ports import Found, NoAnswer, NoSuchNumber, Subject
from chalicelib.kernel.ids import ContactId
from chalicelib.tenancy.model.calls import WebAddress
from chalicelib.tenancy.model.tenant import Tenant
from chalicelib.tenancy.model.webhook import HEADER, webhook_key

LONGEST = 600  # characters that a caller listens to
LONGEST_NOTE = 300  # and that an agent takes in while he says hello
_UNHEARD = re.compile(r"[\x00-\x1f\x7f<>]+|\$\.")  # controls, marks, and what a flow would take for a reference


class LookupDesk:
    """The port `Lookups`. `master` is read when the first number is asked for: most calls need none."""

    def __init__(self, webhook: Webhook, master: Callable[[], bytes]) -> None:
        self._webhook, self._master = webhook, master

    def look_up(
        self, tenant: Tenant, subject: Subject, number: str, *, caller: str, contact: ContactId, now: datetime
    ) -> Found:
        url = _address(tenant, subject)
        if url is None:
            raise NoAnswer(f"this client has no system that knows a number of this kind: {subject}")
        question = {subject.value: number, "caller": caller, "contact": contact}
        body = json.dumps(question, separators=(",", ":")).encode()
        signed = {
            "Content-Type": "application/json",
            "Accept": "application/json",
            "User-Agent": "Manyline",
            HEADER: webhook_key(self._master(), tenant.id).sign(body, now),
        }
        try:
            answer = self._webhook.post(url, body, signed)
        except Unreachable as error:
            raise NoAnswer(str(error)) from error
        if answer.status == 404:
            raise NoSuchNumber(subject.value)
        if answer.status != 200:
            raise NoAnswer(f"status {answer.status}")
        return _found(answer.body)


def _address(tenant: Tenant, subject: Subject) -> WebAddress | None:
    match subject:
        case Subject.ORDER:
            return tenant.orders.url if tenant.orders is not None else None
        case Subject.ACCOUNT:
            return tenant.accounts.url if tenant.accounts is not None else None


def _found(body: bytes) -> Found:
    try:
        told = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise NoAnswer("no JSON") from error
    known = told if isinstance(told, dict) else {}
    status = _plain(known.get("status"), LONGEST)
    if not status:
        raise NoAnswer("no status to read out")
    return Found(status, _plain(known.get("note"), LONGEST_NOTE))


def _plain(text: Any, longest: int) -> str:
    """One plain line; empty for what is no text: a bad note costs no caller his answer."""
    return " ".join(_UNHEARD.sub(" ", text).split())[:longest] if isinstance(text, str) else ""
