"""What a month cost and earned, for finance: the summary, the rows behind it, and the run that is written down."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalice.app import Blueprint, Response

from chalicelib import entry
from chalicelib.billing import wiring
from chalicelib.tenancy.doors.session import session
from chalicelib.tenancy.model.caller import Role

if TYPE_CHECKING:
    from chalicelib.billing.service.costs import CostDesk
    from chalicelib.entry import Call

bp = Blueprint(__name__)


@bp.route("/api/billing/costs/{period}", methods=["GET"], authorizer=session)
@entry.request(bp, wiring.costs, Role.FINANCE, Role.OPERATOR)
def costs(desk: CostDesk, call: Call, period: str) -> dict[str, Any] | Response:
    """The period is YYYY-MM, or `current`. `policy` computes it by another one, `rows` is `all` or a client, and
    `format=csv` gives the rows, or the margins where none are asked for, as a table."""
    document = desk.document(period, call.now, policy=call.query.get("policy", ""), rows=call.query.get("rows", ""))
    if call.query.get("format") == "csv":
        return Response(
            body=desk.table(document),
            headers={"Content-Type": "text/csv; charset=utf-8", "Cache-Control": "no-store"},
        )
    return document


@bp.route("/api/billing/costs/{period}", methods=["POST"], authorizer=session)
@entry.request(bp, wiring.costs, Role.FINANCE)
def cost_run(desk: CostDesk, call: Call, period: str) -> dict[str, Any]:
    """Writes the run down. It replaces the one before by naming it; one that says the same stays."""
    document = desk.run(period, call.now, policy=call.text("policy", ""))
    entry.note(run=document["run"]["id"], period=period)
    return document
