"""The page behind the link in a text or a mail: what it is about, and one button. Nobody is signed in here; the
link is the only key, and it takes one message.

Opening the page changes nothing: programs that look through mails open every link.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalice.app import Blueprint, Response

from chalicelib import entry
from chalicelib import wiring as house
from chalicelib.outreach import wiring

if TYPE_CHECKING:
    from chalicelib.entry import Call
    from chalicelib.outreach.service.links import Links, Opened

bp = Blueprint(__name__)

_PATH = "/oncall/{token}"
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'",
    "X-Robots-Tag": "noindex",
}


@bp.route(_PATH, methods=["GET"])
@entry.request(bp, wiring.links, public=True)
def on_call_message(links: Links, call: Call, token: str) -> Response:
    return _shown(links.open(token))


@bp.route(_PATH, methods=["POST"], content_types=["application/x-www-form-urlencoded", "application/json"])
@entry.request(bp, wiring.links, public=True)
def on_call_taken(links: Links, call: Call, token: str) -> Response:
    opened = links.take(token, call.now)
    if opened.dispatch is not None:
        taken = opened.dispatch
        entry.note(tenant=taken.tenant, contact_id=taken.contact, outcome=taken.standing.value)
    return _shown(opened)


def _shown(opened: Opened) -> Response:
    html = house.pages().render("oncall/message.html", page=opened.page)
    return entry.page(html, status=200 if opened.dispatch is not None else 404, headers=_HEADERS)
