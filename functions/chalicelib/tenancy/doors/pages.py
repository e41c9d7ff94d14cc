"""Signing in and out, and what a signed-in person is shown first."""

from __future__ import annotations

import re
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from chalice.app import Blueprint, Response

from chalicelib import entry, wiring
from chalicelib.kernel.errors import Invalid, ManylineError, NotAllowed, NotSignedIn, TooMany, Unavailable
from chalicelib.tenancy.doors.session import session
from chalicelib.tenancy.model.caller import Caller, Role
from chalicelib.tenancy.model.cookie import sid_in
from chalicelib.tenancy.model.tier import ENTITLEMENTS
from chalicelib.tenancy.service.sessions import LONGEST, Opened, Sessions, Wanted, Wish

if TYPE_CHECKING:
    from chalicelib.entry import Call
    from chalicelib.tenancy.service.directory import Directory

bp = Blueprint(__name__)

_FORMS = ["application/x-www-form-urlencoded", "application/json"]  # of pages, of programs
# Browsers read `//host`, `/\host` and, leaving out what is no sign, `/<tab>/host` as another site.
_OWN_PATH = re.compile(r"/(?!login)([A-Za-z0-9_~.-][!-\[\]-~]*)?")
_STARTS = {Role.AGENT: "/desk"}
_LONGEST_S = int(LONGEST.total_seconds())
_REFUSALS: dict[type[ManylineError], int] = {
    NotSignedIn: 401,
    NotAllowed: 403,
    Invalid: 422,
    TooMany: 429,
    Unavailable: 503,
}


@bp.route("/login", methods=["GET"])
@entry.request(bp, wiring.sessions, public=True)
def login(sessions: Sessions, call: Call) -> Response:
    if _caller(sessions, call) is not None:
        return _to(_next(call.query.get("next", "")))
    return _form(call, next=call.query.get("next", ""))


@bp.route("/login", methods=["POST"], content_types=_FORMS)
@entry.request(bp, wiring.sessions, public=True)
def sign_in(sessions: Sessions, call: Call) -> Response:
    try:
        opened = _attempt(sessions, call)
    except tuple(_REFUSALS) as refusal:
        entry.note(login=type(refusal).__name__)
        if not call.wants_html:
            raise
        return _form(call, refusal=refusal, wanted=_wanted(call) if isinstance(refusal, Invalid) else None)
    if isinstance(opened, Wanted):
        return _form(call, wanted=opened) if call.wants_html else Response(body=asdict(opened), status_code=200)
    # A session that was open in this browser ends here: its cookie is about to be replaced.
    sessions.sign_out(sid_in(call.headers.get("cookie")))
    entry.note(login="opened", role=opened.caller.role.value)
    cookie = wiring.cookies().carry(opened.sid, _LONGEST_S)
    if call.wants_html:
        return _to(_next(call.text("next", ""), opened.caller), cookie)
    return Response(body=_me(opened.caller), headers={"Cache-Control": "no-store", "Set-Cookie": cookie})


@bp.route("/logout", methods=["POST"], content_types=_FORMS)
@entry.request(bp, wiring.sessions, public=True)
def logout(sessions: Sessions, call: Call) -> Response:
    sessions.sign_out(sid_in(call.headers.get("cookie")))
    return _to("/login", wiring.cookies().drop())


@bp.route("/", methods=["GET"])
@entry.request(bp, wiring.sessions, public=True)
def start(sessions: Sessions, call: Call) -> Response:
    caller = _caller(sessions, call)
    return _to(_next("", caller) if caller is not None else "/login")


@bp.route("/home", methods=["GET"])
@entry.request(bp, wiring.sessions, public=True)
def home(sessions: Sessions, call: Call) -> Response:
    caller = _caller(sessions, call)
    if caller is None:
        return _to("/login")
    listings = wiring.directory().listings(caller.scope)
    return _page("tenancy/home.html", caller=caller, listings=listings, month=f"{call.now:%Y-%m}", paths=_paths(caller))


@bp.route("/api/me", methods=["GET"], authorizer=session)
@entry.request(bp, wiring.directory)
def me(directory: Directory, call: Call) -> dict[str, Any]:
    tenants = [listing.tenant for listing in directory.listings(call.caller.scope)]
    return {**_me(call.caller), "tenants": tenants}


@bp.route("/api/tenants", methods=["GET"], authorizer=session)
@entry.request(bp, wiring.directory)
def tenants(directory: Directory, call: Call) -> dict[str, Any]:
    return {
        "tenants": [
            {
                "tenant": listing.tenant,
                "name": listing.name,
                "tier": listing.tier.value,
                "channels": sorted(ENTITLEMENTS[listing.tier].channels),
                "status": listing.status.value,
                "team": listing.team,
                "colour": listing.colour,
            }
            for listing in directory.listings(call.caller.scope)
        ]
    }


def _me(caller: Caller) -> dict[str, Any]:
    return {
        "user": caller.user,
        "name": caller.name,
        "role": caller.role.value,
        "agent": caller.agent or None,
        "team": caller.team or None,
    }


def _attempt(sessions: Sessions, call: Call) -> Opened | Wanted:
    user = call.text("user", "", most=200)
    wanted = _wanted(call)
    if wanted is None:
        return sessions.sign_in(user, call.text("password", "", most=256), call.now)
    return sessions.answer(user, wanted, call.text("answer", "", most=256), call.now)


def _wanted(call: Call) -> Wanted | None:
    wish = call.text("wish", "", most=40)
    if not wish:
        return None
    if wish not in set(Wish):
        raise Invalid("wish", "is not known", f"one of {', '.join(Wish)}")
    return Wanted(Wish(wish), call.text("ticket", "", most=4_000))


def _form(
    call: Call, *, refusal: ManylineError | None = None, wanted: Wanted | None = None, next: str | None = None
) -> Response:
    return _page(
        "tenancy/login.html",
        status=_REFUSALS[type(refusal)] if refusal is not None else 200,
        error=refusal.message if refusal is not None else "",
        user=call.text("user", "", most=200) if call.body else "",
        wish=wanted.wish.value if wanted is not None else "",
        ticket=wanted.ticket if wanted is not None else "",
        next=next if next is not None else call.text("next", ""),
    )


def _caller(sessions: Sessions, call: Call) -> Caller | None:
    return sessions.caller(sid_in(call.headers.get("cookie")), call.now)


def _next(wish: str, caller: Caller | None = None) -> str:
    """Where to go now: on our own pages only, whatever the address says."""
    if _OWN_PATH.fullmatch(wish):
        return wish
    return _STARTS.get(caller.role, "/home") if caller is not None else "/"


def _paths(caller: Caller) -> list[tuple[str, str]]:
    """What there is for this person, as (path, words)."""
    paths = {Role.AGENT: [("/desk", "Your desk")], Role.FINANCE: [("/finance/quarantine", "Quarantine")]}
    return paths.get(caller.role, [])


def _to(path: str, cookie: str = "") -> Response:
    headers = {"Location": path, "Cache-Control": "no-store"}
    return Response(body="", status_code=303, headers={**headers, **({"Set-Cookie": cookie} if cookie else {})})


def _page(template: str, *, status: int = 200, headers: dict[str, str] | None = None, **values: Any) -> Response:
    return entry.page(wiring.pages().render(template, **values), status=status, headers=headers)
