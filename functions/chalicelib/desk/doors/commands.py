"""What an agent does. A script gets JSON; a page, which asks for HTML, the pieces of itself that changed."""

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
    from collections.abc import Sequence

    from chalicelib.desk.model.board import Presence
    from chalicelib.desk.service.desk import Desk
    from chalicelib.entry import Call

bp = Blueprint(__name__)


@bp.route("/api/desk/status", methods=["POST"], authorizer=session, content_types=FORM)
@entry.request(bp, wiring.desk, Role.AGENT)
def desk_status(desk: Desk, call: Call) -> Any:
    presence = desk.set_status(call.caller, call.text("status", most=40), call.text("reason", "", most=40), call.now)
    return _presence(call, presence)


@bp.route(f"{CONTACT}/accept", methods=["POST"], authorizer=session, content_types=FORM)
@entry.request(bp, wiring.desk, Role.AGENT)
def desk_accept(desk: Desk, call: Call, tenant: TenantId, contact: str) -> Any:
    return card_of(call, desk.accept(call.caller, tenant, ContactId(contact), call.now))


@bp.route(f"{CONTACT}/decline", methods=["POST"], authorizer=session, content_types=FORM)
@entry.request(bp, wiring.desk, Role.AGENT)
def desk_decline(desk: Desk, call: Call, tenant: TenantId, contact: str) -> Any:
    presence = desk.decline(call.caller, tenant, ContactId(contact), call.now)
    if call.wants_html:
        return entry.page(wiring.drawing().gone(contact, presence=presence))
    return presence.as_json()


@bp.route(f"{CONTACT}/hold", methods=["POST"], authorizer=session, content_types=FORM)
@entry.request(bp, wiring.desk, Role.AGENT)
def desk_hold(desk: Desk, call: Call, tenant: TenantId, contact: str) -> Any:
    return card_of(call, desk.hold(call.caller, tenant, ContactId(contact), call.now))


@bp.route(f"{CONTACT}/resume", methods=["POST"], authorizer=session, content_types=FORM)
@entry.request(bp, wiring.desk, Role.AGENT)
def desk_resume(desk: Desk, call: Call, tenant: TenantId, contact: str) -> Any:
    return card_of(call, desk.resume(call.caller, tenant, ContactId(contact), call.now))


@bp.route(f"{CONTACT}/end", methods=["POST"], authorizer=session, content_types=FORM)
@entry.request(bp, wiring.desk, Role.AGENT)
def desk_end(desk: Desk, call: Call, tenant: TenantId, contact: str) -> Any:
    return card_of(call, desk.end(call.caller, tenant, ContactId(contact), call.now))


@bp.route(f"{CONTACT}/wrap", methods=["POST"], authorizer=session, content_types=FORM)
@entry.request(bp, wiring.desk, Role.AGENT)
def desk_wrap(desk: Desk, call: Call, tenant: TenantId, contact: str) -> Any:
    desk.wrap(
        call.caller,
        tenant,
        ContactId(contact),
        disposition=call.text("disposition", "", most=40),
        note=call.text("note", ""),
        tags=_tags(call),
        now=call.now,
    )
    return entry.page(wiring.drawing().gone(contact)) if call.wants_html else {"contact": contact}


@bp.route(f"{CONTACT}/messages", methods=["POST"], authorizer=session, content_types=FORM)
@entry.request(bp, wiring.desk, Role.AGENT)
def desk_say(desk: Desk, call: Call, tenant: TenantId, contact: str) -> Any:
    message = desk.say(
        call.caller,
        tenant,
        ContactId(contact),
        text=call.text("text", most=20_000),
        client_id=call.text("client_id", most=64),
        note=call.text("kind", "", most=10) == "note",
        subject=call.text("subject", "", most=500),
        now=call.now,
    )
    if call.wants_html:
        return entry.page(wiring.drawing().said(contact, message))
    return message.as_answer()


def _presence(call: Call, presence: Presence) -> Response | dict[str, Any]:
    return entry.page(wiring.drawing().presence(presence)) if call.wants_html else presence.as_json()


def _tags(call: Call) -> Sequence[str]:
    """A list from a script, words parted by commas from a form."""
    given = call.body.get("tags", "")
    words = given if isinstance(given, list) else str(given).split(",")
    tags = [word.strip() for word in words if isinstance(word, str) and word.strip()]
    return list(dict.fromkeys(tag[:40] for tag in tags))[:10]
