"""Who is never to be called: each client's own list, and the operator's for all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalice.app import Blueprint

from chalicelib import entry
from chalicelib import wiring as house
from chalicelib.outreach import wiring
from chalicelib.tenancy.doors.session import session
from chalicelib.tenancy.model.caller import Role

if TYPE_CHECKING:
    from chalicelib.entry import Call
    from chalicelib.kernel.ids import TenantId
    from chalicelib.outreach.model.listing import Listed
    from chalicelib.outreach.service.do_not_call import DoNotCall

bp = Blueprint(__name__)

_OWN = "/api/tenants/{tenant}/do-not-call"
_HOUSE = "/api/do-not-call"
_FORMS = ["application/json", "application/x-www-form-urlencoded"]


@bp.route(_OWN, methods=["GET"], authorizer=session)
@entry.request(bp, wiring.do_not_call, Role.OPERATOR, Role.SUPERVISOR, Role.CLIENT)
def not_called(lists: DoNotCall, call: Call, tenant: TenantId) -> dict[str, Any]:
    """A page of the client's list after the number `after`; or, with `number`, whether that one may be called."""
    if "number" in call.query:
        wanted = _number(lists, call.query["number"])
        standing = lists.check(tenant, wanted)
        return {
            "number": wanted,
            "listed": standing.listed,
            "by_client": standing.by_client,
            "by_house": standing.by_house,
        }
    return _page(lists, tenant, call)


@bp.route(_OWN, methods=["POST"], authorizer=session, content_types=_FORMS)
@entry.request(bp, wiring.do_not_call, Role.OPERATOR, Role.SUPERVISOR, Role.CLIENT)
def not_called_add(lists: DoNotCall, call: Call, tenant: TenantId) -> dict[str, Any]:
    """`number`, and `why` if you like. It leaves every campaign of the client."""
    wanted = lists.number_of(call.text("number", most=40))
    why = call.text("why", "", most=400)
    added = lists.add(tenant, wanted, by=call.caller.signature, why=why, now=call.now)
    left = wiring.campaigns().leave(house.directory().get(tenant), wanted, call.now)
    return {"number": wanted, "added": added, "left": left}


@bp.route(_OWN, methods=["DELETE"], authorizer=session)
@entry.request(bp, wiring.do_not_call, Role.OPERATOR)
def not_called_remove(lists: DoNotCall, call: Call, tenant: TenantId) -> dict[str, Any]:
    """`?number=`. It comes back into no campaign by itself."""
    wanted = _number(lists, call.query.get("number", ""))
    return {"number": wanted, "removed": lists.remove(tenant, wanted)}


@bp.route(_HOUSE, methods=["GET"], authorizer=session)
@entry.request(bp, wiring.do_not_call, Role.OPERATOR)
def not_called_by_house(lists: DoNotCall, call: Call) -> dict[str, Any]:
    return _page(lists, None, call)


@bp.route(_HOUSE, methods=["POST"], authorizer=session, content_types=_FORMS)
@entry.request(bp, wiring.do_not_call, Role.OPERATOR)
def not_called_by_house_add(lists: DoNotCall, call: Call) -> dict[str, Any]:
    """It leaves a campaign when its turn there comes; nobody calls it from now on."""
    wanted = lists.number_of(call.text("number", most=40))
    why = call.text("why", "", most=400)
    return {"number": wanted, "added": lists.add(None, wanted, by=call.caller.signature, why=why, now=call.now)}


@bp.route(_HOUSE, methods=["DELETE"], authorizer=session)
@entry.request(bp, wiring.do_not_call, Role.OPERATOR)
def not_called_by_house_remove(lists: DoNotCall, call: Call) -> dict[str, Any]:
    wanted = _number(lists, call.query.get("number", ""))
    return {"number": wanted, "removed": lists.remove(None, wanted)}


def _number(lists: DoNotCall, text: str) -> str:
    """A plus that was not escaped came as a space."""
    return lists.number_of(f"+{text.strip()}" if text.startswith(" ") else text)


def _page(lists: DoNotCall, tenant: TenantId | None, call: Call) -> dict[str, Any]:
    numbers, after = lists.page(tenant, _number(lists, call.query["after"]) if call.query.get("after") else "")
    return {"numbers": [_listed(one) for one in numbers], "after": after}


def _listed(one: Listed) -> dict[str, str]:
    return {"number": one.number, "at": one.at, "by": one.by, "why": one.why}
