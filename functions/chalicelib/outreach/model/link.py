"""The signed text in a link by which somebody on call takes a message.

`<tenant>.<contact>.<attempt>.<signature>`: short enough for a text. It opens one dispatch of one client, says which
attempt it was sent with, and so who holds it. It says nothing any more once the dispatch is over.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass, field

from chalicelib.kernel.ids import ContactId, TenantId

_TOKEN = re.compile(r"([a-z][a-z0-9-]{1,38}[a-z0-9])\.(v[0-9a-z]{20})\.([1-9][0-9]{0,3})\.([a-z2-7]{24})")
_BYTES = 15


@dataclass(frozen=True, slots=True)
class Held:
    tenant: TenantId
    contact: ContactId
    n: int


@dataclass(frozen=True, slots=True)
class LinkTokens:
    key: bytes = field(repr=False)

    def sign(self, held: Held) -> str:
        return f"{held.tenant}.{held.contact}.{held.n}.{self._signature(held)}"

    def open(self, token: str) -> Held | None:
        """None for what we did not sign."""
        found = _TOKEN.fullmatch(token)
        if found is None:
            return None
        held = Held(TenantId(found[1]), ContactId(found[2]), int(found[3]))
        return held if hmac.compare_digest(self._signature(held), found[4]) else None

    def _signature(self, held: Held) -> str:
        message = "\x1f".join(("on-call", held.tenant, held.contact, str(held.n))).encode()
        return base64.b32encode(hmac.digest(self.key, message, hashlib.sha256)[:_BYTES]).decode().lower()
