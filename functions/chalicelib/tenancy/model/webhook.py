"""How a question of ours to a client's own system is signed, so that the client can tell it from anybody else's.

The header `Manyline-Signature: t=<seconds since 1970>,v1=<hex>` carries HMAC-SHA256 over `<t>.<body>` with the client's
own key, which follows from the stage's secret: nothing is stored, and a client who knows his key knows no other's.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from chalicelib.kernel.ids import TenantId

HEADER = "Manyline-Signature"
FRESH = timedelta(minutes=5)  # an older question may be somebody's who overheard it
_PURPOSE = "webhook-key"
_FORM = re.compile(r"t=([0-9]{1,12}),v1=([0-9a-f]{64})")


def webhook_key(master: bytes, tenant: TenantId) -> WebhookKey:
    """The client's key; `master` is the secret of the stage."""
    message = "\x1f".join((_PURPOSE, tenant)).encode()
    return WebhookKey(hmac.digest(master, message, hashlib.sha256).hex())


@dataclass(frozen=True, slots=True)
class WebhookKey:
    text: str = field(repr=False)  # 64 hex digits, as the client is shown it

    def sign(self, body: bytes, now: datetime) -> str:
        """The value of the header for this body."""
        at = int(now.timestamp())
        return f"t={at},v1={self._signature(at, body)}"

    def is_signed(self, header: str, body: bytes, now: datetime) -> bool:
        """What a careful client checks: our signature, over this very body, and not long ago."""
        match = _FORM.fullmatch(header)
        if match is None:
            return False
        at = int(match[1])
        fresh = abs(now - datetime.fromtimestamp(at, UTC)) <= FRESH if at < 1 << 33 else False
        return fresh and hmac.compare_digest(self._signature(at, body), match[2])

    def _signature(self, at: int, body: bytes) -> str:
        return hmac.digest(self.text.encode(), f"{at}.".encode() + body, hashlib.sha256).hex()
