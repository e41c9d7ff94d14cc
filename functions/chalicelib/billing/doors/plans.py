"""A client's tier and plan: what there is, what each would have cost, and changes; for the client and the operator."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from chalice.app import Blueprint, Response

from chalicelib import entry
from chalicelib import wiring as house
from chalicelib.billing import wiring
from chalicelib.billing.model.words import ENGLISH
from chalicelib.kernel.errors import Invalid, NotAllowed
from chalicelib.kernel.money import Money
from chalicelib.tenancy.doors.session import session
from chalicelib.tenancy.model.caller import Role

if TYPE_CHECKING:
    from chalicelib.billing.service.plan_desk import PlanDesk
    from chalicelib.billing.service.what_if import WhatIf
    from chalicelib.entry import Call
    from chalicelib.kernel.ids import TenantId

bp = Blueprint(__name__)

_ALLOWED = (Role.CLIENT, Role.OPERATOR, Role.FINANCE)
_FORMS = ["application/json", "application/x-www-form-urlencoded"]
_PAGE = "/plans"
_PLACE = "/api/tenants/{tenant}/plan"
_WHAT_IF = "/api/tenants/{tenant}/what-if"


@bp.route(_PLACE, methods=["GET"], authorizer=session)
@entry.request(bp, wiring.plan_desk, *_ALLOWED)
def plan(desk: PlanDesk, call: Call, tenant: TenantId) -> dict[str, Any]:
    """What is held, what is to come, and everything that ever was."""
    return desk.standing(tenant, call.now)


@bp.route(f"{_PLACE}/options", methods=["GET"], authorizer=session)
@entry.request(bp, wiring.plan_desk, *_ALLOWED)
def plan_options(desk: PlanDesk, call: Call, tenant: TenantId) -> dict[str, Any]:
    """The catalogue, side by side, with the cost of last month's real traffic on each."""
    return desk.options(tenant, call.now)


@bp.route(f"{_PLACE}/quote", methods=["POST"], authorizer=session)
@entry.request(bp, wiring.plan_desk, *_ALLOWED)
def plan_quote(desk: PlanDesk, call: Call, tenant: TenantId) -> dict[str, Any]:
    """`offer` names one of the catalogue. The operator and finance may give `first_day`. Changes nothing."""
    return desk.quote(tenant, now=call.now, **_wanted(call)).as_document()


@bp.route(f"{_PLACE}/change", methods=["POST"], authorizer=session, content_types=_FORMS)
@entry.request(bp, wiring.plan_desk, *_ALLOWED)
def plan_change(desk: PlanDesk, call: Call, tenant: TenantId) -> Any:
    changed = desk.change(tenant, now=call.now, **_wanted(call))
    entry.note(plan=call.text("offer", most=60), direction=changed.direction.value)
    return _back(tenant) if call.wants_html else changed.as_document()


@bp.route(f"{_PLACE}/cancel", methods=["POST"], authorizer=session, content_types=_FORMS)
@entry.request(bp, wiring.plan_desk, *_ALLOWED)
def plan_cancel(desk: PlanDesk, call: Call, tenant: TenantId) -> Any:
    """A change that is to come."""
    cancelled = desk.cancel(tenant, call.caller.signature, call.now)
    return _back(tenant) if call.wants_html else {"cancelled": cancelled}


@bp.route(f"{_PLACE}/budget", methods=["POST"], authorizer=session)
@entry.request(bp, wiring.plan_desk, *_ALLOWED)
def plan_budget(desk: PlanDesk, call: Call, tenant: TenantId) -> dict[str, Any]:
    """`amount` a month, as text. A cap is lifted, until the new amount is reached."""
    return {"budget": desk.budget(tenant, call.text("amount", most=20), call.caller.signature, call.now)}


@bp.route(f"{_PAGE}/{{tenant}}", methods=["GET"], authorizer=session)
@entry.request(bp, wiring.plan_desk, *_ALLOWED)
def plan_page(desk: PlanDesk, call: Call, tenant: TenantId) -> Response:
    """Tiers and plans side by side."""
    return _page("options", call, **{**desk.standing(tenant, call.now), **desk.options(tenant, call.now)})


@bp.route(f"{_PAGE}/{{tenant}}/{{offer}}", methods=["GET"], authorizer=session)
@entry.request(bp, wiring.plan_desk, *_ALLOWED)
def plan_quote_page(desk: PlanDesk, call: Call, tenant: TenantId, offer: str) -> Response:
    quote = desk.quote(tenant, offer=offer, by=call.caller.signature, now=call.now)
    return _page("quote", call, tenant=tenant, offer=offer, quote=quote.as_document())


@bp.route(_WHAT_IF, methods=["GET"], authorizer=session)
@entry.request(bp, wiring.what_if, *_ALLOWED)
def what_if(desk: WhatIf, call: Call, tenant: TenantId) -> dict[str, Any]:
    """Past months on plans of the catalogue: `months`, `plans` (names with commas between), `tier`; and, for the
    operator and finance, `like`: a client whose plan is tried."""
    like = call.query.get("like", "")
    if like and call.caller.role is Role.CLIENT:
        raise NotAllowed("another client's plan is not yours to see")
    given = [desk.like(call.caller.scope.open(like))] if like else []
    return desk.compare(tenant, _months(call.query.get("months", "3")), call.now, given=given, **_chosen(call))


@bp.route(_WHAT_IF, methods=["POST"], authorizer=session)
@entry.request(bp, wiring.what_if, *_ALLOWED)
def what_if_given(desk: WhatIf, call: Call, tenant: TenantId) -> dict[str, Any]:
    """The same for a plan that is sent: `toml` is a file with tier and [plan], such as a client's."""
    given = [desk.brought(call.text("toml", most=100_000))]
    return desk.compare(tenant, _months(call.query.get("months", "3")), call.now, given=given, **_chosen(call))


def _page(name: str, call: Call, **values: Any) -> Response:
    page = house.pages().render(f"plan/{name}.html", caller=call.caller, money=_money, **values)
    return entry.page(page)


def _money(minor: int, currency: str) -> str:
    return f"{'−' if minor < 0 else ''}{ENGLISH.number(Money(abs(minor), currency).text())}"


def _back(tenant: TenantId) -> Response:
    return Response(body="", status_code=303, headers={"Location": f"{_PAGE}/{tenant}", "Cache-Control": "no-store"})


def _chosen(call: Call) -> dict[str, Any]:
    names = [name.strip() for name in call.query.get("plans", "").split(",") if name.strip()]
    return {"offers": names, "tier": call.query.get("tier", "")}


def _months(text: str) -> int:
    if not text.isdecimal() or len(text) > 3:
        raise Invalid("months", f"{text!r} is no number", "write how many")
    return int(text)


def _wanted(call: Call) -> dict[str, Any]:
    first_day = call.text("first_day", "", most=10)
    if first_day and call.caller.role is Role.CLIENT:
        raise NotAllowed("the day follows from the change; ask the operator for another one")
    return {"offer": call.text("offer", most=60), "by": call.caller.signature, "first_day": _day(first_day)}


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid("first_day", f"{text!r} is no day", "write it like 2026-12-01") from None
