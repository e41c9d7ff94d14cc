"""A visitor's chat, and the token by which the widget proves that it is theirs.

The token is the only thing that names a tenant and a contact in the public API: whoever holds it may read
and write that one conversation, for a day. Nothing in the body of a request can widen it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from chalicelib.contacts.model.contact import Contact
from chalicelib.kernel.clock import second
from chalicelib.kernel.errors import NotSignedIn
from chalicelib.kernel.ids import ContactId, TenantId, digest

LASTS = timedelta(hours=24)
_PURPOSE = b"chat-session\x1f"  # the stage's key signs other things too: a signature of theirs is none of ours
_LONGEST = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    tenant: TenantId
    contact: ContactId
    visitor: str
    until: datetime


def source_of(tenant: TenantId, session: str) -> str:
    """What stands for a widget's session in our books.

    Who knows the session's own id can take the chat up again, so agents and logs must not see it; and the same
    id at two clients is two chats.
    """
    return digest("chat-session", tenant, session)


def visit_of(contact: Contact) -> Visit:
    return Visit(
        tenant=contact.tenant,
        contact=contact.contact,
        visitor=digest("visitor", contact.source_id),
        until=contact.opened_at + LASTS,
    )


@dataclass(frozen=True, slots=True)
class SessionTokens:
    key: bytes = field(repr=False)

    def sign(self, visit: Visit) -> str:
        claims = {"t": visit.tenant, "c": visit.contact, "v": visit.visitor, "exp": second(visit.until)}
        body = _to_text(json.dumps(claims, separators=(",", ":")).encode())
        return f"{body}.{self._signature(body)}"

    def open(self, token: str, now: datetime) -> Visit:
        """Raises NotSignedIn for a token that we did not sign, or that is over."""
        body, _, signature = token.partition(".")
        if len(token) > _LONGEST or not hmac.compare_digest(_raw(signature), _raw(self._signature(body))):
            raise NotSignedIn("this chat is not known here; start a new one")
        claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        until = datetime.fromtimestamp(claims["exp"], UTC)
        if now >= until:
            raise NotSignedIn("this chat is over; start a new one")
        return Visit(tenant=TenantId(claims["t"]), contact=ContactId(claims["c"]), visitor=claims["v"], until=until)

    def _signature(self, body: str) -> str:
        return _to_text(hmac.digest(self.key, _PURPOSE + _raw(body), hashlib.sha256))


def _to_text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _raw(text: str) -> bytes:
    return text.encode(errors="replace")  # a header may hold anything, even half a character
