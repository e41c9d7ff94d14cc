"""What a contact costs in requests, from arrival to wrapped, through the real doors with boto3.

An agent is signed in, available, and has the desk's page open. Counted: every request that a Lambda makes; a push
counts as one to API Gateway. Not counted: what Lambda does for nothing (polling queues and streams), and the
agent's log-in and heartbeats, which no contact causes. The value is that of a warm worker; what a cold one asks on
top (the client's configuration, kept for 15 s) is told beside it.

`requests.voice` is what the flows' Lambda alone asks of AWS, of every service, in a call that an agent answers at once;
`requests.voice.step` the most that it asks for one step of a call, over calls that go through menus, order, account,
questions, waiting and the wish to be called back, each by a worker that knows no client yet (a worker's first question
to a client's own system reads a secret on top); `requests.voice.waiting` what it asks for a minute in the queue.
`requests.voice.contact` are all Lambdas together. Each is told by service.
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
from typing import Any

import boto3

from chalicelib import wiring
from chalicelib.kernel.ids import contact_id
from infra.local.connect.clock import VirtualClock
from infra.local.connect.exchange import Exchange
from infra.local.connect.library import deployed
from infra.local.connect.records import Records
from infra.local.connect.script import Reply
from tests.bench.measure import Line, plain
from tests.fakes.browser import HERE, Browser
from tests.fakes.emulator import emulator
from tests.fakes.telephone import FUNCTION, Kept
from tests.house import House, house

CALL_LIMIT = 10
PHONE, MAILBOX, WIDGET = "+15550100200", "help@luna-shop.example", "wk_luna_7d41c09e"
PLUMBER = "+15550100100"
# Whom a caller dials, and what he presses; there is no agent for him.
_CALLS = (
    (PHONE, ("4", "12345#")),  # where the order is
    (PHONE, ("5", "1")),  # questions
    (PHONE, ("6", "123456#")),  # how the account stands
    (PHONE, ("1",)),
    (PLUMBER, ("4", "1", "1")),  # to be called back
)
_BETWEEN_KEYS_S, _WAITS_S = 12, 120

Steps = list[tuple[str, Counter[str]]]  # each step of a call that the flows ask for, and its requests


def bench() -> Iterator[Line]:
    logging.getLogger("manyline").setLevel(logging.WARNING)
    with emulator() as endpoint, house(endpoint) as built:
        maria = at_work(built)
        yield from _voice(built, maria)
        for channel, contact in {"email": _mail, "chat": _chat}.items():
            yield _line(f"requests.{channel}", *_warm_and_cold(built, maria, contact))
        maria.call("/api/desk/status", status="paused", reason="break")
        yield from _steps(built)


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


def _warm_and_cold(
    built: House, maria: Browser, contact: Callable[[House, Browser], None]
) -> tuple[Counter[str], Counter[str]]:
    wiring.directory()._kept.clear()
    cold = _counted(built, maria, contact)
    return _counted(built, maria, contact), cold


def _voice(built: House, maria: Browser) -> Iterator[Line]:
    steps: Steps = []

    def one(built: House, maria: Browser) -> None:
        steps.clear()  # the first call is the cold one
        call(built, maria, steps=steps)

    warm, cold = _warm_and_cold(built, maria, one)
    mine = sum((asked for _, asked in steps), Counter[str]())
    print(f"flows' Lambda: {_told(mine)}", file=sys.stderr)
    yield _limited("requests.voice", mine.total(), "AWS requests of the flows' Lambda, a call answered at once")
    yield _line("requests.voice.dynamodb", warm, cold, CALL_LIMIT)
    yield plain("requests.voice.contact", warm.total(), "AWS requests of all Lambdas, arrival to wrapped", 1)


def _steps(built: House) -> Iterator[Line]:
    """The worst of every step, each call by a worker that has kept no client's configuration."""
    steps: Steps = []
    for phone, keys in _CALLS:
        wiring.directory()._kept.clear()
        with built.counted(), redirect_stderr(io.StringIO()):
            _nobody_answers(built, phone, keys, steps)
    worst = {step: max((asked for name, asked in steps if name == step), key=Counter.total) for step, _ in steps}
    for step, asked in worst.items():
        print(f"step {step}: {_told(asked)}", file=sys.stderr)
    most = max(worst, key=lambda step: worst[step].total())
    yield _limited("requests.voice.step", worst[most].total(), f"AWS requests of one step, the most ({most})")
    polls = [asked.total() for step, asked in steps if step == "poll"]
    minute = sorted(polls)[len(polls) // 2] * 6  # every ten seconds
    yield plain(
        "requests.voice.waiting", minute, "AWS requests of the flows' Lambda for a minute in the queue", len(polls)
    )


def _nobody_answers(built: House, phone: str, keys: tuple[str, ...], steps: Steps) -> None:
    clock = VirtualClock(datetime.now(UTC))
    exchange = _exchange(built, clock, steps)
    waiting = exchange.dial(phone, "+15557654321")
    for row in keys:
        clock.advance(_BETWEEN_KEYS_S)
        if waiting.on_line:
            exchange.press(waiting, row)
    clock.advance(_WAITS_S)
    if waiting.on_line:
        exchange.hang_up(waiting)
    clock.advance(1)
    built.carry()


def _told(requests: Counter[str]) -> str:
    each = ", ".join(f"{name} {count}" for name, count in sorted(requests.items()))
    return f"{requests.total()} in all: {each or 'none'}"


def _limited(bench: str, value: int, unit: str) -> Line:
    return Line(bench=bench, value=value, unit=unit, limit=CALL_LIMIT, ok=value <= CALL_LIMIT)


def _line(bench: str, warm: Counter[str], cold: Counter[str], limit: int | None = None) -> Line:
    words = f"{_to_dynamodb(warm)} to DynamoDB ({_to_dynamodb(cold)} cold), {_told(warm)}"
    print(f"{bench.removeprefix('requests.').split('.')[0]}: {words}", file=sys.stderr)
    value, unit = _to_dynamodb(warm), "DynamoDB requests per contact"
    return Line(bench=bench, value=value, unit=unit, limit=limit, ok=None if limit is None else value <= limit)


def _to_dynamodb(requests: Counter[str]) -> int:
    return sum(count for name, count in requests.items() if name.startswith("dynamodb."))


def _finish(built: House, maria: Browser, contact: str) -> None:
    maria.call(f"/api/desk/shop/{contact}/wrap", disposition="advice")
    built.carry()


def call(
    built: House, maria: Browser, talk_s: float = 15, records: Records | None = None, steps: Steps | None = None
) -> None:
    """An inbound call through our flows: menu, an agent at once, talk, wrap-up."""
    clock = VirtualClock(datetime.now(UTC))
    exchange = _exchange(built, clock, steps, records)
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


def _exchange(built: House, clock: VirtualClock, steps: Steps | None, records: Records | None = None) -> Exchange:
    return Exchange(
        clock=clock,
        library=deployed(FUNCTION),
        lambdas=_Lambdas(built, steps if steps is not None else []),
        events=_Bus(built),
        records=records or Kept(),
        mint=lambda: str(uuid.uuid4()),
    )


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
    """The flows' Lambda; `steps` gets what each step that it was asked for has requested of AWS."""

    def __init__(self, built: House, steps: Steps) -> None:
        self._built, self._steps = built, steps

    def invoke(self, function: str, event: dict[str, Any], then: Callable[[Reply], None]) -> None:
        before = Counter(self._built.requests)
        answer = self._built.invoke("contact_flow", json.loads(json.dumps(event)))
        self._steps.append((event["Details"]["Parameters"]["step"], Counter(self._built.requests) - before))
        then(Reply(value=answer))


class _Bus:
    def __init__(self, built: House) -> None:
        self._built = built

    def put(self, detail: dict[str, object], at: object) -> None:
        event = {"source": "aws.connect", "detail-type": "Amazon Connect Contact Event", "detail": dict(detail)}
        self._built.invoke("connect_events", json.loads(json.dumps(event)))
