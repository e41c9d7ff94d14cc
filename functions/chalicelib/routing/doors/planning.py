"""How many agents a forecast takes, for who plans the floor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalice.app import Blueprint

from chalicelib import entry, wiring
from chalicelib.tenancy.doors.session import session
from chalicelib.tenancy.model.caller import Role

if TYPE_CHECKING:
    from chalicelib.entry import Call
    from chalicelib.routing.service.planning import Planning

bp = Blueprint(__name__)


@bp.route("/api/routing/plan", methods=["POST"], authorizer=session)
@entry.request(bp, wiring.planning, Role.OPERATOR, Role.SUPERVISOR)
def plan(planning: Planning, call: Call) -> dict[str, Any]:
    return planning.plan(call.body)
