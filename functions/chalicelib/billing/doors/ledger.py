"""Records that people decide about: the quarantine, and what is taken back or corrected. For finance only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalice.app import Blueprint, Response

from chalicelib import entry
from chalicelib import wiring as house
from chalicelib.billing import wiring
from chalicelib.kernel.errors import NotFound
from chalicelib.kernel.ids import ContactId
from chalicelib.tenancy.doors.session import session
from chalicelib.tenancy.model.caller import Role

if TYPE_CHECKING:
    from chalicelib.billing.service.office import Office
    from chalicelib.entry import Call
    from chalicelib.kernel.ids import TenantId

bp = Blueprint(__name__)

_FORMS = ["application/json", "application/x-www-form-urlencoded"]
_DOUBT = "/api/billing/quarantine/{tenant}/{contact}/{mark}"
_RECORD = "/api/tenants/{tenant}/records/{contact}/{meter}"
_LIST = "/finance/quarantine"


@bp.route("/api/billing/quarantine", methods=["GET"], authorizer=session)
@entry.request(bp, wiring.office, Role.FINANCE)
def quarantine(office: Office, call: Call) -> dict[str, Any]:
    """What says something else than the ledger does, of all clients, until somebody has decided."""
    return office.corrections.waiting(call.caller.scope, call.query.get("after", ""))


@bp.route(_DOUBT, methods=["GET"], authorizer=session)
@entry.request(bp, wiring.office, Role.FINANCE)
def doubtful(office: Office, call: Call, tenant: TenantId, contact: str, mark: str) -> dict[str, Any]:
    return office.corrections.doubtful(tenant, ContactId(contact), mark).as_document()


@bp.route(f"{_DOUBT}/accept", methods=["POST"], authorizer=session, content_types=_FORMS)
@entry.request(bp, wiring.office, Role.FINANCE)
def accept_record(office: Office, call: Call, tenant: TenantId, contact: str, mark: str) -> Any:
    """What was told later holds."""
    why = call.text("why", most=500)
    record = office.corrections.accept(tenant, ContactId(contact), mark, why, call.caller.signature, call.now)
    return _back() if call.wants_html else record.as_item()


@bp.route(f"{_DOUBT}/reject", methods=["POST"], authorizer=session, content_types=_FORMS)
@entry.request(bp, wiring.office, Role.FINANCE)
def reject_record(office: Office, call: Call, tenant: TenantId, contact: str, mark: str) -> Any:
    """The ledger holds."""
    why = call.text("why", most=500)
    office.corrections.reject(tenant, ContactId(contact), mark, why, call.caller.signature, call.now)
    return _back() if call.wants_html else None


@bp.route(f"{_RECORD}/reverse", methods=["POST"], authorizer=session)
@entry.request(bp, wiring.office, Role.FINANCE)
def reverse_record(office: Office, call: Call, tenant: TenantId, contact: str, meter: str) -> dict[str, Any]:
    key = office.corrections.key(tenant, ContactId(contact), meter)
    return office.corrections.reverse(key, call.text("why", most=500), call.caller.signature, call.now).as_item()


@bp.route(f"{_RECORD}/correct", methods=["POST"], authorizer=session)
@entry.request(bp, wiring.office, Role.FINANCE)
def correct_record(office: Office, call: Call, tenant: TenantId, contact: str, meter: str) -> dict[str, Any]:
    key = office.corrections.key(tenant, ContactId(contact), meter)
    changed = {name: value for name, value in call.body.items() if name != "why"}
    why, by = call.text("why", most=500), call.caller.signature
    return office.corrections.correct(key, changed, why, by, call.now).as_item()


@bp.route(_LIST, methods=["GET"], authorizer=session)
@entry.request(bp, wiring.office, Role.FINANCE)
def quarantine_page(office: Office, call: Call) -> Response:
    listed = office.corrections.waiting(call.caller.scope, call.query.get("after", ""))
    return _page("list", caller=call.caller, **listed)


@bp.route(f"{_LIST}/{{tenant}}/{{contact}}/{{mark}}", methods=["GET"], authorizer=session)
@entry.request(bp, wiring.office, Role.FINANCE)
def doubtful_page(office: Office, call: Call, tenant: TenantId, contact: str, mark: str) -> Response:
    doubtful = office.corrections.doubtful(tenant, ContactId(contact), mark)
    if doubtful.doubt.settled:
        raise NotFound("record in quarantine", f"{contact} {mark}")
    return _page("doubt", caller=call.caller, doubt=doubtful.as_document(), rows=doubtful.rows())


def _page(name: str, **values: Any) -> Response:
    return entry.page(house.pages().render(f"finance/{name}.html", **values))


def _back() -> Response:
    return Response(body="", status_code=303, headers={"Location": _LIST, "Cache-Control": "no-store"})
