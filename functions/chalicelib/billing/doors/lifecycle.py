"""Invoices from draft to paid: for finance; what is its own also for the client."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from chalice.app import Blueprint, Response

from chalicelib import entry
from chalicelib.billing import wiring
from chalicelib.kernel.errors import Invalid
from chalicelib.kernel.ids import ContactId
from chalicelib.tenancy.doors.session import session
from chalicelib.tenancy.model.caller import Role

if TYPE_CHECKING:
    from chalicelib.billing.service.office import Office
    from chalicelib.entry import Call
    from chalicelib.kernel.ids import TenantId

bp = Blueprint(__name__)

_READERS = (Role.FINANCE, Role.OPERATOR, Role.CLIENT)
_FINANCE = (Role.FINANCE,)
_PLACE = "/api/tenants/{tenant}/invoices"


@bp.route(_PLACE, methods=["GET"], authorizer=session)
@entry.request(bp, wiring.office, *_READERS)
def invoices(office: Office, call: Call, tenant: TenantId) -> dict[str, Any]:
    return {"invoices": office.invoices.of(tenant, call.now)}


@bp.route(f"{_PLACE}/{{period}}", methods=["GET"], authorizer=session)
@entry.request(bp, wiring.office, *_READERS)
def invoice(office: Office, call: Call, tenant: TenantId, period: str) -> Response:
    """The very bytes that were issued."""
    content = office.archive.content(office.invoices.get(tenant, period).key)
    return Response(body=content.decode(), headers={"Cache-Control": "no-store", "Content-Type": "application/json"})


@bp.route(f"{_PLACE}/{{period}}/finalize", methods=["POST"], authorizer=session)
@entry.request(bp, wiring.office, *_FINANCE)
def finalize(office: Office, call: Call, tenant: TenantId, period: str) -> dict[str, Any]:
    return office.invoices.finalise(tenant, period, call.caller.signature, call.now).as_document()


@bp.route(f"{_PLACE}/{{period}}/rebuild", methods=["POST"], authorizer=session)
@entry.request(bp, wiring.office, *_FINANCE)
def rebuild(office: Office, call: Call, tenant: TenantId, period: str) -> dict[str, Any]:
    """Counts the running totals anew from the records."""
    return {"period": period, "records": office.books.rebuild(tenant, period, call.now).sums.records}


@bp.route(f"{_PLACE}/{{period}}/pay", methods=["POST"], authorizer=session)
@entry.request(bp, wiring.office, *_FINANCE)
def pay(office: Office, call: Call, tenant: TenantId, period: str) -> dict[str, Any]:
    """`on` is today by the client's clocks, if left out."""
    said = call.text("on", "", most=10)
    on, reference = _day("on", said) if said else None, call.text("reference", most=200)
    return office.invoices.pay(tenant, period, on, reference, call.caller.signature, call.now).as_document()


@bp.route(f"{_PLACE}/{{period}}/unpay", methods=["POST"], authorizer=session)
@entry.request(bp, wiring.office, *_FINANCE)
def unpay(office: Office, call: Call, tenant: TenantId, period: str) -> dict[str, Any]:
    """A payment that was written down wrongly; `reason` says why."""
    reason = call.text("reason", most=500)
    return office.invoices.unpay(tenant, period, reason, call.caller.signature, call.now).as_document()


@bp.route(f"{_PLACE}/{{period}}/credit", methods=["POST"], authorizer=session)
@entry.request(bp, wiring.office, *_FINANCE)
def credit(office: Office, call: Call, tenant: TenantId, period: str) -> dict[str, Any]:
    reason = call.text("reason", most=500)
    note = office.crediting.credit(tenant, period, call.body, reason, call.caller.signature, call.now)
    return note.as_document()


@bp.route(f"{_PLACE}/{{period}}/credits", methods=["GET"], authorizer=session)
@entry.request(bp, wiring.office, *_READERS)
def credits(office: Office, call: Call, tenant: TenantId, period: str) -> dict[str, Any]:
    return {"credits": [note.as_document() for note in office.crediting.notes(tenant, period)]}


@bp.route(f"{_PLACE}/{{period}}/explain", methods=["GET"], authorizer=session)
@entry.request(bp, wiring.office, *_READERS)
def explain(office: Office, call: Call, tenant: TenantId, period: str) -> dict[str, Any]:
    """A line by its place from 0, and a page of the contacts behind it."""
    line, after, most = (_number(call, name, usual) for name, usual in (("line", "0"), ("after", "0"), ("most", "100")))
    cursor = call.query.get("cursor", "")
    return office.explaining.explain(tenant, period, line, call.now, after=after, most=most, cursor=cursor)


@bp.route(f"{_PLACE}/{{period}}/adjustments", methods=["GET"], authorizer=session)
@entry.request(bp, wiring.office, *_READERS)
def adjustments(office: Office, call: Call, tenant: TenantId, period: str) -> dict[str, Any]:
    """What came late for earlier periods, and what the draft or the invoice of this one makes of it."""
    return {"adjustments": office.invoices.adjustments(tenant, period, call.now)}


@bp.route(f"{_PLACE}/{{period}}/replay", methods=["GET"], authorizer=session)
@entry.request(bp, wiring.office, *_FINANCE)
def replay(office: Office, call: Call, tenant: TenantId, period: str) -> dict[str, Any]:
    """The invoice and its credit notes, made again."""
    return {"proofs": [proof.as_document() for proof in office.replay.documents(tenant, period, call.now)]}


@bp.route("/api/billing/series/{entity}/{series}", methods=["GET"], authorizer=session)
@entry.request(bp, wiring.office, *_FINANCE)
def links(office: Office, call: Call, entity: str, series: str) -> dict[str, Any]:
    """What is wrong with a series of numbers behind the one `after`; `next` is where more of them begin, or null."""
    wrong, following = office.replay.links(entity, series, _number(call, "after", "0"))
    return {"proofs": [proof.as_document() for proof in wrong], "next": following}


@bp.route("/api/tenants/{tenant}/billing/deeds", methods=["GET"], authorizer=session)
@entry.request(bp, wiring.office, *_FINANCE)
def deeds(office: Office, call: Call, tenant: TenantId) -> dict[str, Any]:
    """Who did what, when and why."""
    return {"deeds": [deed.as_document() for deed in office.invoices.deeds(tenant)]}


@bp.route(f"{_PLACE}/{{period}}/disputes", methods=["GET"], authorizer=session)
@entry.request(bp, wiring.office, *_READERS)
def disputes(office: Office, call: Call, tenant: TenantId, period: str) -> dict[str, Any]:
    return {"disputes": [dispute.as_document() for dispute in office.disputes.of(tenant, period)]}


@bp.route(f"{_PLACE}/{{period}}/disputes", methods=["POST"], authorizer=session)
@entry.request(bp, wiring.office, Role.CLIENT, *_FINANCE)
def dispute(office: Office, call: Call, tenant: TenantId, period: str) -> dict[str, Any]:
    contact, why = ContactId(call.text("contact", most=40)), call.text("why", most=1_000)
    return office.disputes.open(tenant, period, contact, why, call.caller.signature, call.now).as_document()


@bp.route(f"{_PLACE}/{{period}}/disputes/{{contact}}/accept", methods=["POST"], authorizer=session)
@entry.request(bp, wiring.office, *_FINANCE)
def accept_dispute(office: Office, call: Call, tenant: TenantId, period: str, contact: str) -> dict[str, Any]:
    reason = call.text("reason", "", most=500)
    accepted = office.disputes.accept(tenant, period, ContactId(contact), reason, call.caller.signature, call.now)
    return accepted.as_document()


@bp.route(f"{_PLACE}/{{period}}/disputes/{{contact}}/reject", methods=["POST"], authorizer=session)
@entry.request(bp, wiring.office, *_FINANCE)
def reject_dispute(office: Office, call: Call, tenant: TenantId, period: str, contact: str) -> dict[str, Any]:
    reason = call.text("reason", most=500)
    rejected = office.disputes.reject(tenant, period, ContactId(contact), reason, call.caller.signature, call.now)
    return rejected.as_document()


def _day(field: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid(field, f"{text!r} is no day", "write it like 2026-11-22") from None


def _number(call: Call, name: str, usual: str) -> int:
    text = call.query.get(name, usual)
    if not text.isdecimal() or len(text) > 9:
        raise Invalid(name, f"{text!r} is no number", "count from 0")
    return int(text)
