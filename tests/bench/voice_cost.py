"""What a five-minute call costs on AWS: its minutes by the rate card, and the requests that it causes, counted.

The call goes through the real flows and doors, on an emulator. What a request costs is the list price of its service
in us-east-1 (to be checked before it is quoted); free tiers are left out. A Lambda is taken as 256 MB for 100 ms, a
write or a read as one unit (two in a transaction), which is what our items of a few KB are.
"""

from __future__ import annotations

import io
import logging
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import redirect_stderr
from decimal import Decimal
from typing import Any

from infra.layout import TEMPLATES
from infra.local.connect.aws import kinesis_batch
from tests.bench.measure import Line
from tests.bench.requests_ import at_work, call
from tests.fakes.emulator import emulator
from tests.house import House, house

CALL_S = 300
_TELEPHONY = (
    Decimal("0.0022") / 60
)  # a second of an inbound call to a US number; Connect's own part is on the rate card
_MILLION = Decimal(1_000_000)
_WRITE, _READ = Decimal("0.625") / _MILLION, Decimal("0.125") / _MILLION
_LAMBDA = Decimal("0.20") / _MILLION + Decimal("0.0000166667") * Decimal("0.25") * Decimal("0.1")
_PRICES: Mapping[str, Decimal] = {
    "dynamodb.PutItem": _WRITE,
    "dynamodb.UpdateItem": _WRITE,
    "dynamodb.DeleteItem": _WRITE,
    "dynamodb.TransactWriteItems": _WRITE * 2 * 4,  # four items, the most that a step of a call writes at once
    "dynamodb.GetItem": _READ,
    "dynamodb.Query": _READ,
    "dynamodb.BatchGetItem": _READ * 2,
    "dynamodb.TransactGetItems": _READ * 2 * 2,
    "sns.Publish": Decimal("0.50") / _MILLION,
    "sns.PublishBatch": Decimal("0.50") / _MILLION,
    "sqs.SendMessage": Decimal("0.40") / _MILLION,
    "secretsmanager.GetSecretValue": Decimal("5") / _MILLION,
    "cognito-idp.AdminInitiateAuth": Decimal(0),
    "apigatewaymanagementapi.PostToConnection": Decimal("1") / _MILLION,
}


def bench() -> Iterator[Line]:
    logging.getLogger("manyline").setLevel(logging.WARNING)
    with emulator() as endpoint, house(endpoint) as built:
        maria = at_work(built)
        with built.counted() as counted, redirect_stderr(io.StringIO()):
            call(built, maria, talk_s=CALL_S, records=_Stream(built))
            requests, lambdas = +Counter(counted), built.invocations.total()
    minutes = _by_rate_card(CALL_S) + _TELEPHONY * CALL_S
    beside = _requests(requests) + _LAMBDA * lambdas
    print(f"voice.cost: {lambdas} Lambdas, {dict(sorted(requests.items()))}", file=sys.stderr)
    yield _line("voice.cost.requests", beside, minutes)
    yield _line("voice.cost", minutes + beside, minutes)


class _Stream:
    """Each record in a batch of its own, as a quiet hour brings them."""

    def __init__(self, built: House) -> None:
        self._built = built

    def put(self, record: Mapping[str, Any]) -> None:
        self._built.invoke("contact_records", kinesis_batch([record]))


def _line(bench: str, dollars: Decimal, minutes: Decimal) -> Line:
    return Line(
        bench=bench,
        value=float(round(dollars, 6)),
        unit=f"USD per call of {CALL_S} s",
        baseline=float(round(minutes, 6)),
        ratio=float(round(dollars / minutes, 5)),
    )


def _by_rate_card(seconds: int) -> Decimal:
    """Amazon Connect's part, as the card of `templates/rates` that holds last says."""
    cards = tomllib.loads((TEMPLATES / "rates" / "aws.toml").read_text())["cards"]
    latest = max(cards, key=lambda card: card["from"])
    voice = [line for line in latest["prices"] if line["channel"] == "voice" and line["unit"] == "second"]
    return sum((Decimal(line["price"]) * seconds / line["base_quantity"] for line in voice), Decimal(0))


def _requests(counted: Counter[str]) -> Decimal:
    unknown = counted.keys() - _PRICES.keys()
    assert not unknown, f"no price for {', '.join(sorted(unknown))}"
    return sum((_PRICES[name] * count for name, count in counted.items()), Decimal(0))
