"""Campaigns for the operator: who is called, when it begins, and how far it is."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING, Any

from chalice.app import Blueprint

from chalicelib import entry
from chalicelib.kernel.errors import Invalid, TooLarge
from chalicelib.outreach import wiring
from chalicelib.tenancy.doors.session import session
from chalicelib.tenancy.model.caller import Role

if TYPE_CHECKING:
    from chalicelib.entry import Call
    from chalicelib.kernel.ids import TenantId
    from chalicelib.outreach.service.campaigns import Campaigns

bp = Blueprint(__name__)

MOST_AT_ONCE = 5_000  # rows of one request: what is written within the time that it has
_FORGET_S = 12  # of a request's 29: who has begun a look at a long list and a change finishes them
_ALL = "/api/tenants/{tenant}/campaigns"
_ONE = f"{_ALL}/{{name}}"
_FORMS = ["application/json", "application/x-www-form-urlencoded"]


@bp.route(_ALL, methods=["GET"], authorizer=session)
@entry.request(bp, wiring.campaigns, Role.OPERATOR, Role.SUPERVISOR)
def campaigns_all(campaigns: Campaigns, call: Call, tenant: TenantId) -> dict[str, Any]:
    return {"campaigns": [report.as_json() for report in campaigns.all(tenant)]}


@bp.route(_ONE, methods=["GET"], authorizer=session)
@entry.request(bp, wiring.campaigns, Role.OPERATOR, Role.SUPERVISOR)
def campaign_standing(campaigns: Campaigns, call: Call, tenant: TenantId, name: str) -> dict[str, Any]:
    return campaigns.standing(tenant, name).as_json()


@bp.route(f"{_ONE}/people", methods=["POST"], authorizer=session, content_types=["text/csv"])
@entry.request(bp, wiring.campaigns, Role.OPERATOR)
def campaign_people(campaigns: Campaigns, call: Call, tenant: TenantId, name: str) -> dict[str, Any]:
    """A list as CSV, with a first line that names its columns: number, and if you like name, zone and others. A longer
    one comes in parts, each with that line, and with `before`: how many rows stand before it. A part that is sent
    again changes nothing. With `bad=skip` bad rows are left out, else one of them keeps all from being taken; with
    `only=check` nothing is taken, and bad rows are told."""
    skip, only = _chosen(call, "bad", "skip"), _chosen(call, "only", "check")
    before = call.query.get("before", "0")
    if not before.isdecimal() or len(before) > 6:
        raise Invalid("before", f"{before!r} is no number of rows", "write how many stand before this part")
    text = _text(bp.current_request.raw_body)
    if (rows := text.count("\n")) > MOST_AT_ONCE + 1:
        raise TooLarge("list", rows - 1, MOST_AT_ONCE)
    loaded = campaigns.load(tenant, name, text, skip_bad=skip, only_check=only, before=int(before), now=call.now)
    entry.note(**loaded.as_json())
    return loaded.as_json()


@bp.route(f"{_ONE}/people", methods=["DELETE"], authorizer=session)
@entry.request(bp, wiring.campaigns, Role.OPERATOR)
def campaign_forget(campaigns: Campaigns, call: Call, tenant: TenantId, name: str) -> dict[str, Any]:
    """Its people, and all that is known of them here. A long list goes in parts, as many as there is time for: ask
    again as long as some are `left`."""
    until = monotonic() + _FORGET_S
    forgotten = campaigns.forget(tenant, name, call.now, lambda: until - monotonic())
    entry.note(**forgotten.as_json())
    return forgotten.as_json()


@bp.route(f"{_ONE}/start", methods=["POST"], authorizer=session, content_types=_FORMS)
@entry.request(bp, wiring.campaigns, Role.OPERATOR)
def campaign_start(campaigns: Campaigns, call: Call, tenant: TenantId, name: str) -> dict[str, Any]:
    return campaigns.start(tenant, name, call.caller.signature, call.now).as_json()


@bp.route(f"{_ONE}/pause", methods=["POST"], authorizer=session, content_types=_FORMS)
@entry.request(bp, wiring.campaigns, Role.OPERATOR)
def campaign_pause(campaigns: Campaigns, call: Call, tenant: TenantId, name: str) -> dict[str, Any]:
    return campaigns.pause(tenant, name, call.caller.signature, call.now).as_json()


def _chosen(call: Call, name: str, word: str) -> bool:
    given = call.query.get(name, "")
    if given not in ("", word):
        raise Invalid(name, f"{given!r} is not known", f"write {word}, or leave it out")
    return bool(given)


def _text(body: str | bytes) -> str:
    try:
        return body.removeprefix("\ufeff") if isinstance(body, str) else body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Invalid("list", f"is not UTF-8 at byte {error.start}", "save it as CSV with UTF-8") from None
