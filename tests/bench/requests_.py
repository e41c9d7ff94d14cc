"""What a contact costs in requests, from arrival to wrapped, through the real doors with boto3.

An agent is signed in, available, and has the desk's page open. Counted: every request that a Lambda makes; a push
counts as one to API Gateway. Not counted: what Lambda does for nothing (polling queues and streams), and the
agent's log-in and heartbeats, which no contact causes. The value is that of a warm worker; what a cold one asks on
top (the client's configuration, kept for 15 s) is told beside it.
"""

from __future__ import annotations

import io
import json
import logging
import sys
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr
from datetime import UTC, datetime
from email.message import EmailMessage

import boto3

from chalicelib import wiring
from chalicelib.kernel.ids import contact_id
from infra.local.connect.clock import VirtualClock
from infra.local.connect.exchange import Exchange
from infra.local.connect.library import deployed
from infra.local.connect.records import Records
from infra.local.connect.script import Reply
from tests.bench.measure import Line
from tests.fakes.browser import HERE, Browser
from tests.fakes.emulator import emulator
from tests.fakes.telephone import FUNCTION, Kept
from tests.house import House, house

CALL_LIMIT = 10  # DynamoDB requests
PHONE, MAILBOX, WIDGET = "+15550100200", "help@luna-shop.example", "wk_luna_7d41c09e"


def bench() -> Iterator[Line]:
    logging.getLogger("manyline").setLevel(logging.WARNING)
    with emulator() as endpoint, house(endpoint) as built:
        maria = at_work(built)
        for channel, contact in {"voice": call, "email": _mail, "chat": _chat}.items():
            wiring.directory()._kept.clear()
            cold = _counted(built, maria, contact)
            yield _line(channel, _counted(built, maria, contact), cold)


def at_work(built: House) -> Browser:
    """Maria, signed in and available, with the desk's page open."""
    maria = Browser()
    assert maria.sign_in("maria")["statusCode"] == 303
    maria.call("/api/desk/status", status="available")
    built.invoke("live_connect", _page_of(maria))
    return maria


def _page_of(agent: Browser) -> dict[str, object]:
    headers = {"Cookie": agent.cookie, "Origin": f"https://{HERE}", "Host": HERE}
    return {"headers": headers, "requestContext": {"connectionId": "page-of-maria"}}


def _counted(built: House, maria: Browser, contact: Callable[[House, Browser], None]) -> Counter[str]:
    with built.counted() as requests, redirect_stderr(io.StringIO()):
        contact(built, maria)
        return +Counter(requests)


def _line(channel: str, warm: Counter[str], cold: Counter[str]) -> Line:
    each = ", ".join(f"{name} {count}" for name, count in sorted(warm.items()))
    words = f"{channel}: {_to_dynamodb(warm)} to DynamoDB ({_to_dynamodb(cold)} cold), {warm.total()} in all: {each}"
    print(words, file=sys.stderr)
    limit = CALL_LIMIT if channel == "voice" else None
    return Line(
        bench=f"requests.{channel}",
        value=_to_dynamodb(warm),
        unit="DynamoDB requests per contact",
        limit=limit,
        ok=None if limit is None else _to_dynamodb(warm) <= limit,
    )


def _to_dynamodb(requests: Counter[str]) -> int:
    return sum(count for name, count in requests.items() if name.startswith("dynamodb."))


def _finish(built: House, maria: Browser, contact: str) -> None:
    maria.call(f"/api/desk/shop/{contact}/wrap", disposition="advice")
    built.carry()


def call(built: House, maria: Browser, talk_s: float = 15, records: Records | None = None) -> None:
    """An inbound call through our flows: menu, an agent at once, talk, wrap-up."""
    clock = VirtualClock(datetime.now(UTC))
    exchange = Exchange(
        clock=clock,
        library=deployed(FUNCTION),
        lambdas=_Lambdas(built),
        events=_Bus(built),
        records=records or Kept(),
        mint=lambda: str(uuid.uuid4()),
    )
    exchange.sign_in("maria", "Maria")
    call = exchange.dial(PHONE, "+15557654321", "1")
    clock.advance(8)
    built.carry()
    exchange.accept("maria")
    clock.advance(talk_s)
    built.carry()
    exchange.hang_up(call)
    exchange.clear("maria")
    clock.advance(1)
    built.carry()
    _finish(built, maria, contact_id("voice", call.segments[0].contact_id))


def _mail(built: House, maria: Browser) -> None:
    source, mail = uuid.uuid4().hex, EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "jana@example.com", MAILBOX, "Where is my lamp?"
    mail["Message-ID"] = f"<{source}@example.com>"
    mail.set_content("I ordered it last week.")
    boto3.Session().client("s3").put_object(Bucket="house-mail", Key=f"raw/{source}", Body=bytes(mail))
    verdict = {"status": "PASS"}
    notice = {
        "notificationType": "Received",
        "mail": {"messageId": source, "source": "jana@example.com", "destination": [MAILBOX]},
        "receipt": {
            "recipients": [MAILBOX],
            **{f"{name}Verdict": verdict for name in ("spam", "virus", "spf", "dkim", "dmarc")},
            "action": {"type": "S3", "bucketName": "house-mail", "objectKey": f"raw/{source}"},
        },
    }
    built.deliver("mail_in", notice)
    built.carry()
    contact = contact_id("email", f"{source}/shop")
    maria.call(f"/api/desk/shop/{contact}/accept")
    maria.call(f"/api/desk/shop/{contact}/messages", text="It is on its way.", client_id=uuid.uuid4().hex)
    built.carry()
    maria.call(f"/api/desk/shop/{contact}/end")
    _finish(built, maria, contact)


def _chat(built: House, maria: Browser) -> None:
    visitor = Browser()
    opened = visitor.call("/api/chat/sessions", key=WIDGET, session=str(uuid.uuid4()), name="Jana")
    visitor.headers["authorization"] = f"Bearer {opened['token']}"
    built.carry()
    ((contact, _),) = wiring.routing().seat("shared", "maria").contacts.items()
    built.requests["dynamodb.GetItem"] -= 1  # that look was the benchmark's
    maria.call(f"/api/desk/shop/{contact}/accept")
    for number in range(3):
        visitor.call("/api/chat/messages", text=f"question {number}", client_id=uuid.uuid4().hex)
        maria.call(f"/api/desk/shop/{contact}/messages", text=f"answer {number}", client_id=uuid.uuid4().hex)
        built.carry()
    visitor.call("/api/chat/end")
    _finish(built, maria, contact)


class _Lambdas:
    def __init__(self, built: House) -> None:
        self._built = built

    def invoke(self, function: str, event: dict[str, object], then: Callable[[Reply], None]) -> None:
        then(Reply(value=self._built.invoke("contact_flow", json.loads(json.dumps(event)))))


class _Bus:
    def __init__(self, built: House) -> None:
        self._built = built

    def put(self, detail: dict[str, object], at: object) -> None:
        event = {"source": "aws.connect", "detail-type": "Amazon Connect Contact Event", "detail": dict(detail)}
        self._built.invoke("connect_events", json.loads(json.dumps(event)))
