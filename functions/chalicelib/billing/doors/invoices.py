"""Usage and draft invoices of a client, for finance, the operator, and the client itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalice.app import Blueprint, Response

from chalicelib import entry
from chalicelib.billing import wiring
from chalicelib.kernel.period import CURRENT
from chalicelib.tenancy.doors.session import session
from chalicelib.tenancy.model.caller import Role

if TYPE_CHECKING:
    from chalicelib.billing.service.documents import Drafts
    from chalicelib.entry import Call
    from chalicelib.kernel.ids import TenantId

bp = Blueprint(__name__)

_READERS = (Role.FINANCE, Role.OPERATOR, Role.CLIENT)
_NOT_KEPT = {"Cache-Control": "no-store"}


@bp.route("/api/tenants/{tenant}/usage", methods=["GET"], authorizer=session)
@entry.request(bp, wiring.drafts, *_READERS)
def usage(drafts: Drafts, call: Call, tenant: TenantId) -> dict[str, object]:
    used = drafts.usage(tenant, call.query.get("period", CURRENT), call.now)
    return used.as_document(whole_team=call.caller.role is not Role.CLIENT)


@bp.route("/api/tenants/{tenant}/invoices/{period}/draft", methods=["GET"], authorizer=session)
@entry.request(bp, wiring.drafts, *_READERS)
def draft(drafts: Drafts, call: Call, tenant: TenantId, period: str) -> Response:
    """The very bytes that are hashed and printed. The period is YYYY-MM, or `current`."""
    document = drafts.draft(tenant, period, call.now).as_json()
    return Response(body=document.decode(), headers={**_NOT_KEPT, "Content-Type": "application/json"})


@bp.route("/api/tenants/{tenant}/invoices/{period}/draft.pdf", methods=["GET"], authorizer=session)
@entry.request(bp, wiring.drafts, *_READERS)
def draft_pdf(drafts: Drafts, call: Call, tenant: TenantId, period: str) -> Response:
    link = drafts.pdf(tenant, period, call.now)
    return Response(body="", status_code=303, headers={**_NOT_KEPT, "Location": link})
