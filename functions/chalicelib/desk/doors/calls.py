"""What an agent does with a call: hands it on, calls out, pauses the recording, hears what a caller left."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalice.app import Blueprint, Response

from chalicelib import entry
from chalicelib.desk import wiring
from chalicelib.desk.doors.answers import CONTACT, FORM, card_of
from chalicelib.kernel.ids import ContactId, TenantId
from chalicelib.tenancy.doors.session import session
from chalicelib.tenancy.model.caller import Role

if TYPE_CHECKING:
    from chalicelib.desk.service.switchboard import Switchboard
    from chalicelib.entry import Call

bp = Blueprint(__name__)

_YES = frozenset({"yes", "true", "1", "on"})


@bp.route(f"{CONTACT}/destinations", methods=["GET"], authorizer=session)
@entry.request(bp, wiring.switchboard, Role.AGENT)
def desk_destinations(switchboard: Switchboard, call: Call, tenant: TenantId, contact: str) -> dict[str, Any]:
    return switchboard.destinations(call.caller, tenant, ContactId(contact)).as_json()


@bp.route(f"{CONTACT}/transfer", methods=["POST"], authorizer=session, content_types=FORM)
@entry.request(bp, wiring.switchboard, Role.AGENT)
def desk_transfer(switchboard: Switchboard, call: Call, tenant: TenantId, contact: str) -> dict[str, str]:
    """Answers with what the telephone has to press: it transfers, and the flow asks where to."""
    switchboard.transfer(
        call.caller,
        tenant,
        ContactId(contact),
        to=call.text("to", "", most=120),
        note=call.text("note", ""),
        warm=call.text("warm", "", most=10) in _YES,
        now=call.now,
    )
    return {"dial": "transfer"}


@bp.route("/api/desk/dial", methods=["GET"], authorizer=session)
@entry.request(bp, wiring.switchboard, Role.AGENT)
def desk_callers(switchboard: Switchboard, call: Call) -> dict[str, Any]:
    """In whose name he may call, and which number is shown then."""
    known = switchboard.caller_ids(call.caller)
    return {
        "clients": [{"tenant": one.client.id, "name": str(one.client.name), "caller_id": one.number} for one in known]
    }


@bp.route("/api/desk/dial", methods=["POST"], authorizer=session, content_types=FORM)
@entry.request(bp, wiring.switchboard, Role.AGENT)
def desk_dial(switchboard: Switchboard, call: Call) -> dict[str, str]:
    tenant = call.caller.scope.open(call.text("tenant", "", most=80))
    dialled = switchboard.dial(
        call.caller,
        tenant,
        call.text("number", "", most=40),
        about=call.text("contact", "", most=40),
        now=call.now,
    )
    return {"contact": dialled.contact, "number": dialled.number}


@bp.route(f"{CONTACT}/recording", methods=["POST"], authorizer=session, content_types=FORM)
@entry.request(bp, wiring.switchboard, Role.AGENT)
def desk_recording(switchboard: Switchboard, call: Call, tenant: TenantId, contact: str) -> Any:
    card = switchboard.record(
        call.caller,
        tenant,
        ContactId(contact),
        call.text("state", "", most=10),
        call=call.text("call", "", most=80),
        now=call.now,
    )
    return card_of(call, card)


@bp.route(f"{CONTACT}/voicemail", methods=["GET"], authorizer=session)
@entry.request(bp, wiring.switchboard, Role.AGENT, Role.SUPERVISOR)
def desk_voicemail(switchboard: Switchboard, call: Call, tenant: TenantId, contact: str) -> Response:
    """Asked for with `Accept: audio/wav`: API Gateway hands out bytes only to who says that he takes them."""
    heard = switchboard.voicemail(call.caller, tenant, ContactId(contact), call.now)
    return Response(
        body=heard,
        status_code=200,
        headers={
            "Content-Type": "audio/wav",
            "Cache-Control": "private, no-store",
            "X-Content-Type-Options": "nosniff",
        },
    )
