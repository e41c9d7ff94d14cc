"""The authorizer of every door that is not public. It loads as little as it can: it runs before each request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalice.app import AuthRequest, AuthResponse, Blueprint

from chalicelib import entry, wiring
from chalicelib.tenancy.model.cookie import sid_in

if TYPE_CHECKING:
    from datetime import datetime

    from chalicelib.tenancy.service.sessions import Sessions

bp = Blueprint(__name__)


# Nothing is remembered by API Gateway: a session that was signed out is over with the next request.
@bp.authorizer(name="session", header="Cookie", ttl_seconds=0)
@entry.authorizer(wiring.sessions)
def session(sessions: Sessions, request: AuthRequest, now: datetime) -> AuthResponse:
    caller = sessions.caller(sid_in(request.token), now)
    entry.note(role=caller.role.value if caller is not None else "nobody")
    if caller is None:
        return AuthResponse(routes=[], principal_id="nobody")
    return AuthResponse(routes=["*"], principal_id=caller.user, context=caller.as_context())
