"""From the facts topic to the agents' pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalice.app import Blueprint

from chalicelib import batch, entry
from chalicelib.desk import wiring

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from chalicelib.desk.service.pushes import Pushes

bp = Blueprint(__name__)


@bp.lambda_function(name="push_desk")
@batch.each(wiring.pushes)
def push_desk(pushes: Pushes, body: Mapping[str, Any], now: datetime) -> None:
    entry.note(**{f"told_{pushes.tell(body, now).value}": True})
