"""Calls that were promised: what is to come, and what came of those that were lately; and called off."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalice.app import Blueprint

from chalicelib import entry
from chalicelib.outreach import wiring
from chalicelib.tenancy.doors.session import session
from chalicelib.tenancy.model.caller import Role

if TYPE_CHECKING:
    from chalicelib.entry import Call
    from chalicelib.kernel.ids import TenantId
    from chalicelib.outreach.service.appointments import Appointments

bp = Blueprint(__name__)

_ALL = "/api/tenants/{tenant}/appointments"


@bp.route(_ALL, methods=["GET"], authorizer=session)
@entry.request(bp, wiring.appointments, Role.OPERATOR, Role.SUPERVISOR, Role.CLIENT)
def appointments_all(appointments: Appointments, call: Call, tenant: TenantId) -> dict[str, Any]:
    """In order of time."""
    return {"appointments": [one.as_json() for one in appointments.of(tenant)]}


@bp.route(f"{_ALL}/{{id}}", methods=["DELETE"], authorizer=session)
@entry.request(bp, wiring.appointments, Role.OPERATOR, Role.SUPERVISOR)
def appointment_cancel(appointments: Appointments, call: Call, tenant: TenantId, id: str) -> dict[str, Any]:
    """Nobody calls. An agent calls off at the desk what he promised himself."""
    return appointments.cancel(tenant, id, call.now).as_json()
