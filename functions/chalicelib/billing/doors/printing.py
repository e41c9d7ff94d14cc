"""Prints invoices, in a Lambda of its own: the typesetting library is large."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalice.app import Blueprint

from chalicelib import entry
from chalicelib.billing import wiring

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from chalicelib.billing.service.print_room import PrintRoom

bp = Blueprint(__name__)


@bp.lambda_function(name="render_invoice")
@entry.event(wiring.print_room)
def render_invoice(room: PrintRoom, event: Mapping[str, str], now: datetime) -> dict[str, str]:
    return {"pdf": room.print(event["document"])}
