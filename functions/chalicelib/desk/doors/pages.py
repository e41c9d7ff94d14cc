"""What the agent's page shows: the whole of it, or the pieces that it asks for again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalice.app import Blueprint, Response

from chalicelib import entry
from chalicelib.desk import wiring
from chalicelib.kernel.ids import ContactId, TenantId
from chalicelib.tenancy.doors.session import session
from chalicelib.tenancy.model.caller import Role

if TYPE_CHECKING:
    from chalicelib.desk.service.desk import Desk
    from chalicelib.entry import Call

bp = Blueprint(__name__)

_VIEWERS = (Role.AGENT, Role.SUPERVISOR)


@bp.route("/desk", methods=["GET"], authorizer=session)
@entry.request(bp, wiring.desk, *_VIEWERS)
def desk_page(desk: Desk, call: Call) -> Response:
    drawing = wiring.drawing()
    headers = {"Content-Security-Policy": drawing.policy}
    return entry.page(drawing.page(desk.board(call.caller, call.now)), headers=headers)


@bp.route("/desk/inbox", methods=["GET"], authorizer=session)
@entry.request(bp, wiring.desk, *_VIEWERS)
def desk_inbox(desk: Desk, call: Call) -> Response:
    """Everything on the desk as it is now: for a page that was away."""
    return entry.page(wiring.drawing().board(desk.board(call.caller, call.now)))


@bp.route("/desk/contacts/{tenant}/{contact}", methods=["GET"], authorizer=session)
@entry.request(bp, wiring.desk, *_VIEWERS)
def desk_contact(desk: Desk, call: Call, tenant: TenantId, contact: str) -> Response:
    """One contact with its whole conversation: for a page that missed a part, or got a poke."""
    card = desk.card(call.caller, tenant, ContactId(contact), call.now)
    drawing = wiring.drawing()
    return entry.page(drawing.card(card) if card is not None else drawing.gone(contact))


@bp.route("/api/desk", methods=["GET"], authorizer=session)
@entry.request(bp, wiring.desk, *_VIEWERS)
def desk_snapshot(desk: Desk, call: Call) -> dict[str, Any]:
    return desk.board(call.caller, call.now).as_json()
