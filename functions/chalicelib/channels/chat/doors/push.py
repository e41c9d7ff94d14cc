"""From the facts topic to the visitor's widget."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalice.app import Blueprint

from chalicelib import batch, entry, wiring

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from chalicelib.channels.chat.service.live import Delivery

bp = Blueprint(__name__)


@bp.lambda_function(name="push_chat")
@batch.each(wiring.chat_delivery)
def push_chat(delivery: Delivery, told: Mapping[str, Any], now: datetime) -> None:
    entry.note(pushed=delivery.deliver(told))
