"""From the queue of contacts that are over into the ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalice.app import Blueprint

from chalicelib import batch, entry
from chalicelib.billing import wiring

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from chalicelib.billing.service.metering import Metering

bp = Blueprint(__name__)


@bp.lambda_function(name="record_usage")
@batch.each(wiring.metering)
def record_usage(metering: Metering, message: Mapping[str, Any], now: datetime) -> None:
    recorded = metering.record(message, now)
    entry.note(contact=recorded.contact, usage=recorded.outcome.value)
    for key in recorded.quarantined:
        entry.log.error("usage_quarantined", extra={**key._asdict(), "why": "the ledger holds something else"})
