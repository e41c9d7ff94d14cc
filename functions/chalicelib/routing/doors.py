"""Time passing: an offer that nobody took, and the sweep that catches what no message came for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalice.app import Blueprint

from chalicelib import batch, entry, wiring
from chalicelib.kernel.ids import ContactId, TenantId

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from chalicelib.routing.service import Router, SafetyNet

bp = Blueprint(__name__)


@bp.lambda_function(name="offer_expired")
@batch.each(wiring.routing)
def offer_expired(router: Router, message: Mapping[str, Any], now: datetime) -> None:
    tenant, contact = TenantId(message["tenant"]), ContactId(message["contact"])
    entry.note(contact=contact, missed=router.miss(tenant, contact, message["offer"], now))


@bp.lambda_function(name="sweep")
@entry.event(wiring.safety_net)
def sweep(net: SafetyNet, event: Mapping[str, Any], now: datetime) -> dict[str, int]:
    caught = net.sweep(now)
    entry.note(**caught)
    for what, count in caught.items():
        entry.count(what, count)
    return caught
