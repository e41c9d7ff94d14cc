"""The signed text in a reply address that names the thread a mail belongs to.

`help+<contact>-<signature>@…`: the signature covers the tenant, so a token of one tenant says nothing
at another's mailbox. Lower case and digits only: some servers fold the case of an address.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass, field

from chalicelib.kernel.ids import ContactId, TenantId

_TOKEN = re.compile(r"([a-z0-9]{2,40})-([a-z2-7]{16})")


@dataclass(frozen=True, slots=True)
class ReplyTokens:
    key: bytes = field(repr=False)

    def sign(self, tenant: TenantId, contact: ContactId) -> str:
        return f"{contact}-{self._signature(tenant, contact)}"

    def open(self, tenant: TenantId, text: str) -> ContactId | None:
        """The contact that we once named to a customer of this tenant; None for anything else."""
        match = _TOKEN.fullmatch(text.lower())
        if match is None:
            return None
        contact = ContactId(match[1])
        return contact if hmac.compare_digest(self._signature(tenant, contact), match[2]) else None

    def _signature(self, tenant: TenantId, contact: ContactId) -> str:
        message = "\x1f".join(("reply-token", tenant, contact)).encode()
        return base64.b32encode(hmac.digest(self.key, message, hashlib.sha256)[:10]).decode().lower()
