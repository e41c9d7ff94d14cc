"""An issued invoice and its credit notes in their forms, behind links that expire: for finance, the operator, and the
client itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalice.app import Blueprint, Response

from chalicelib import entry
from chalicelib.billing import wiring
from chalicelib.tenancy.doors.session import session
from chalicelib.tenancy.model.caller import Role

if TYPE_CHECKING:
    from chalicelib.billing.service.office import Office
    from chalicelib.entry import Call
    from chalicelib.kernel.ids import TenantId

bp = Blueprint(__name__)

_PLACE = "/api/tenants/{tenant}/invoices/{period}"
_READERS = (Role.FINANCE, Role.OPERATOR, Role.CLIENT)


@bp.route(f"{_PLACE}/files/{{form}}", methods=["GET"], authorizer=session)
@entry.request(bp, wiring.office, *_READERS)
def invoice_file(office: Office, call: Call, tenant: TenantId, period: str, form: str) -> Response:
    """The form is pdf, json, csv (the lines), contacts.csv or xml (UBL)."""
    return _at(wiring.documents().form(tenant, office.invoices.get(tenant, period).key, form))


@bp.route(f"{_PLACE}/credits/{{number}}/files/{{form}}", methods=["GET"], authorizer=session)
@entry.request(bp, wiring.office, *_READERS)
def credit_note_file(office: Office, call: Call, tenant: TenantId, period: str, number: str, form: str) -> Response:
    """The form is pdf, json, csv (the lines) or xml (UBL)."""
    note = office.crediting.issued_note(tenant, period, number)
    return _at(wiring.documents().credit_note(tenant, note.numbered.key, form))


def _at(link: str) -> Response:
    return Response(body="", status_code=303, headers={"Cache-Control": "no-store", "Location": link})
