"""From the contacts table's stream to the facts topic: every fact and message, told once it is written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalice.app import Blueprint

from chalicelib import batch, entry, wiring

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from chalicelib.contacts.service import Publisher

bp = Blueprint(__name__)


@bp.lambda_function(name="publish_facts")
@batch.each(wiring.publisher, batch.STREAM)
def publish_facts(publisher: Publisher, change: Mapping[str, Any], now: datetime) -> None:
    told = publisher.publish(change["old"], change["new"])
    entry.note(told=told)
