"""The public side of chat: the widget's frame, and the API that it speaks. Nobody is signed in here; the
session token is the only key, and it opens one conversation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalice.app import Blueprint, Response

from chalicelib import entry, wiring
from chalicelib.channels.chat.model.opening import MOST_TEXT, Opening
from chalicelib.channels.chat.model.outcome import Closed, Opened, TurnedAway
from chalicelib.channels.chat.model.view import seen_by_visitor
from chalicelib.kernel.clock import stamp
from chalicelib.kernel.errors import Invalid, NotSignedIn

if TYPE_CHECKING:
    from chalicelib.channels.chat.model.visit import Visit
    from chalicelib.channels.chat.service.chat import Chat
    from chalicelib.entry import Call

bp = Blueprint(__name__)

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' https:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors {ancestors}"
)


@bp.route("/widget/{key}/frame", methods=["GET"])
@entry.request(bp, wiring.chat, public=True)
def frame(chat: Chat, call: Call, key: str) -> Response:
    widget = chat.widget(key, call.query.get("lang", ""))
    if widget is None:
        return _page("widget/unknown.html", status=404, headers=_embeddable_by(()))
    return _page("widget/frame.html", headers=_embeddable_by(widget.origins), widget=widget, most=MOST_TEXT)


@bp.route("/widget/loader.js", methods=["GET"])
def loader() -> Response:
    """The address that stands in clients' pages; the file itself lies with the other static ones."""
    return Response(
        body="",
        status_code=301,
        headers={"Location": "/static/widget/loader.js", "Cache-Control": "public, max-age=3600"},
    )


@bp.route("/api/chat/sessions", methods=["POST"])
@entry.request(bp, wiring.chat, public=True)
def open_chat(chat: Chat, call: Call) -> dict[str, Any]:
    opening = Opening(
        key=call.text("key", most=60),
        session=call.text("session", most=64),
        name=call.text("name", "", most=100),
        email=call.text("email", "", most=254),
        text=call.text("text", "", most=MOST_TEXT),
        origin=call.text("origin", "", most=300),
        language=call.text("language", "", most=10),
    )
    outcome = chat.open(opening, call.now)
    entry.note(chat=type(outcome).__name__)
    return _told(outcome)


@bp.route("/api/chat/messages", methods=["POST"])
@entry.request(bp, wiring.chat, public=True)
def say(chat: Chat, call: Call) -> dict[str, Any] | None:
    visit = _visit(chat, call)
    message = chat.say(visit, call.text("client_id", most=64), call.text("text", most=MOST_TEXT), call.now)
    return seen_by_visitor(message.as_item())


@bp.route("/api/chat/messages", methods=["GET"])
@entry.request(bp, wiring.chat, public=True)
def read(chat: Chat, call: Call) -> dict[str, Any]:
    after = call.query.get("after") or "0"
    if not (after.isascii() and after.isdigit() and len(after) <= 6):
        raise Invalid("after", "is no number of a message", "send the number of the last one you have, or 0")
    return chat.read(_visit(chat, call), int(after)).as_answer()


@bp.route("/api/chat/ticket", methods=["POST"])
@entry.request(bp, wiring.chat, public=True)
def ticket(chat: Chat, call: Call) -> dict[str, str]:
    return {"ticket": chat.ticket(_visit(chat, call), call.now)}


@bp.route("/api/chat/end", methods=["POST"])
@entry.request(bp, wiring.chat, public=True)
def end(chat: Chat, call: Call) -> None:
    chat.end(_visit(chat, call), call.now)


def _visit(chat: Chat, call: Call) -> Visit:
    scheme, _, token = call.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise NotSignedIn("send the session token as Authorization: Bearer")
    visit = chat.visit(token.strip(), call.now)
    entry.note(tenant=visit.tenant, contact=visit.contact)
    return visit


def _told(outcome: Opened | TurnedAway | Closed) -> dict[str, Any]:
    match outcome:
        case Opened(token=token, until=until, snapshot=snapshot):
            return {"token": token, "until": stamp(until), "snapshot": snapshot.as_answer()}
        case TurnedAway(answer=answer):
            return {"refused": True, "answer": answer}
        case Closed(answer=answer, mailbox=mailbox, opens_at=opens_at):
            return {"closed": True, "answer": answer, "mailbox": mailbox, "opens_at": opens_at}


def _embeddable_by(origins: tuple[str, ...]) -> dict[str, str]:
    return {"Content-Security-Policy": _POLICY.format(ancestors=" ".join(origins) or "'none'")}


def _page(template: str, *, status: int = 200, headers: dict[str, str] | None = None, **values: Any) -> Response:
    return entry.page(wiring.pages().render(template, **values), status=status, headers=headers)
