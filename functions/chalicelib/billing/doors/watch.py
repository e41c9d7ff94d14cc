"""By the clock: plans that were to come begin, people are told of budgets, caps are put on and lifted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalice.app import Blueprint

from chalicelib import entry
from chalicelib.billing import wiring

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from chalicelib.billing.service.account_watch import AccountWatch

bp = Blueprint(__name__)


@bp.lambda_function(name="watch_accounts")
@entry.event(wiring.account_watch)
def watch_accounts(watch: AccountWatch, event: Mapping[str, Any], now: datetime) -> dict[str, int]:
    looked = watch.look(now)
    for tenant, why in looked.failed:
        entry.log.error("account_not_watched", extra={"tenant": tenant, "why": why})
    counts = {"begun": looked.begun, "told": looked.told, "capped": looked.capped, "failed": len(looked.failed)}
    entry.note(**counts)
    return counts
