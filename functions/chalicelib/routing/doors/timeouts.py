"""Time passing: an offer that nobody took, a moment that a contact waits for, and the sweep that catches the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalice.app import Blueprint

from chalicelib import batch, entry, wiring

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from chalicelib.routing.service.router import Router
    from chalicelib.routing.service.safety_net import SafetyNet

bp = Blueprint(__name__)


@bp.lambda_function(name="offer_expired")
@batch.each(wiring.routing)
def offer_expired(router: Router, message: Mapping[str, Any], now: datetime) -> None:
    entry.note(**router.due(message, now))


@bp.lambda_function(name="sweep")
@entry.event(wiring.safety_net)
def sweep(net: SafetyNet, event: Mapping[str, Any], now: datetime) -> dict[str, int]:
    caught = net.sweep(now)
    entry.note(**caught)
    for what, count in caught.items():
        entry.count(what, count)
    return caught
