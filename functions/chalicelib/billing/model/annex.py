"""The contacts behind the lines of an invoice: raw seconds beside billed ones, so that everybody can recount."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from chalicelib.billing.model.counting import Counted
from chalicelib.billing.model.in_turn import by_time, charged
from chalicelib.billing.model.invoice import Usage
from chalicelib.billing.model.ledger import UsageRecord
from chalicelib.billing.model.terms import Terms
from chalicelib.kernel.clock import stamp
from chalicelib.kernel.period import BillingPeriod


def annex(records: Iterable[UsageRecord], used: Usage) -> bytes:
    """One JSON object, with a line for each contact and charge in the order of their time."""
    return b"".join(pieces(by_time(records), used.terms, used.period))


def pieces(records: Iterable[UsageRecord], terms: Terms, period: BillingPeriod) -> Iterator[bytes]:
    """The same, piece by piece, of records as the ledger gives them: by `usage_at`."""
    yield b'{"contacts":[\n'
    between = ""
    for record, place, one, why in charged(records, terms):
        yield f"{between}{_spelled(_row(record, one, why, terms, period, place))}".encode()
        between = ",\n"
    yield b"\n]}\n"


def _row(
    record: UsageRecord, one: Counted, why: str, terms: Terms, period: BillingPeriod, place: int
) -> dict[str, Any]:
    segment = terms.segments[place][0]
    return {
        "charge": one.charge,
        "rate_class": one.rate_class,
        "segment": {"first_day": segment.first_day.isoformat(), "last_day": segment.last_day.isoformat()},
        "contact": record.contact,
        "revision": record.revision,
        "at": stamp(record.usage_at),
        "local": period.wall_clock(record.usage_at),
        "channel": record.channel.value,
        "mode": record.mode.value,
        "talk": record.seconds.get("talk", 0),
        "hold": record.seconds.get("hold", 0),
        "wrap": record.seconds.get("wrap", 0),
        "waited": record.seconds.get("queue", 0),
        "raw": one.raw,
        "billed": 0 if why else one.billed,
        "free": why,
        "dimensions": dict(record.dimensions),
    }


def _spelled(row: dict[str, Any]) -> str:
    return json.dumps(row, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
