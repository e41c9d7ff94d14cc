"""What an agent does about calls that we begin: makes one, promises one, sends for who is on call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalice.app import Blueprint

from chalicelib import entry
from chalicelib.desk import wiring
from chalicelib.desk.doors.answers import CONTACT, FORM
from chalicelib.kernel.ids import ContactId, TenantId
from chalicelib.tenancy.doors.session import session
from chalicelib.tenancy.model.caller import Role

if TYPE_CHECKING:
    from chalicelib.desk.service.outreach import DeskOutreach
    from chalicelib.entry import Call

bp = Blueprint(__name__)

_PROMISED = "/api/desk/{tenant}/appointments"


@bp.route(f"{CONTACT}/call", methods=["POST"], authorizer=session, content_types=FORM)
@entry.request(bp, wiring.outreach, Role.AGENT)
def desk_call(outreach: DeskOutreach, call: Call, tenant: TenantId, contact: str) -> dict[str, str]:
    """Answers with what the telephone has to dial."""
    return {"contact": contact, "number": outreach.call(call.caller, tenant, ContactId(contact), call.now)}


@bp.route(f"{CONTACT}/appointment", methods=["GET"], authorizer=session)
@entry.request(bp, wiring.outreach, Role.AGENT)
def desk_clock(outreach: DeskOutreach, call: Call, tenant: TenantId, contact: str) -> dict[str, Any]:
    """On whose clock the time of a call is told, which number is known, and what is promised already. `number` as it
    is typed, where that is another one."""
    return outreach.clock(call.caller, tenant, ContactId(contact), call.query.get("number", "")[:40]).as_json()


@bp.route(f"{CONTACT}/appointment", methods=["POST"], authorizer=session, content_types=FORM)
@entry.request(bp, wiring.outreach, Role.AGENT)
def desk_promise(outreach: DeskOutreach, call: Call, tenant: TenantId, contact: str) -> dict[str, Any]:
    made = outreach.promise(
        call.caller,
        tenant,
        ContactId(contact),
        at=call.text("at", "", most=40),
        number=call.text("number", "", most=40),
        note=call.text("note", "", most=500),
        whose=call.text("whose", "me", most=10),
        now=call.now,
    )
    return made.as_json()


@bp.route(_PROMISED, methods=["GET"], authorizer=session)
@entry.request(bp, wiring.outreach, Role.AGENT)
def desk_promised(outreach: DeskOutreach, call: Call, tenant: TenantId) -> dict[str, Any]:
    """What he promised himself, and is still to come."""
    return {"appointments": [one.as_json() for one in outreach.promised(call.caller, tenant)]}


@bp.route(f"{_PROMISED}/{{id}}", methods=["DELETE"], authorizer=session)
@entry.request(bp, wiring.outreach, Role.AGENT)
def desk_promise_cancel(outreach: DeskOutreach, call: Call, tenant: TenantId, id: str) -> dict[str, Any]:
    return outreach.take_back(call.caller, tenant, id, call.now).as_json()


@bp.route(f"{CONTACT}/dispatch", methods=["POST"], authorizer=session, content_types=FORM)
@entry.request(bp, wiring.outreach, Role.AGENT)
def desk_dispatch(outreach: DeskOutreach, call: Call, tenant: TenantId, contact: str) -> dict[str, Any]:
    begun = outreach.dispatch(
        call.caller,
        tenant,
        ContactId(contact),
        ladder=call.text("ladder", "", most=80),
        message=call.text("message", "", most=500),
        now=call.now,
    )
    return begun.as_json()


@bp.route(f"{CONTACT}/dispatch", methods=["GET"], authorizer=session)
@entry.request(bp, wiring.outreach, Role.AGENT)
def desk_dispatched(outreach: DeskOutreach, call: Call, tenant: TenantId, contact: str) -> dict[str, Any]:
    """Where it stands, null where nobody was sent for; and the ladders that can be climbed."""
    found, ladders = outreach.dispatched(call.caller, tenant, ContactId(contact))
    return {
        "dispatch": found.as_json() if found is not None else None,
        "ladders": [{"name": one.name, "title": one.title} for one in ladders],
    }


@bp.route(f"{CONTACT}/dispatch/cancel", methods=["POST"], authorizer=session, content_types=FORM)
@entry.request(bp, wiring.outreach, Role.AGENT)
def desk_dispatch_cancel(outreach: DeskOutreach, call: Call, tenant: TenantId, contact: str) -> dict[str, Any]:
    return outreach.cancel_dispatch(call.caller, tenant, ContactId(contact), call.now).as_json()
