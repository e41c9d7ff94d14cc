"""SES as the post that takes our letters."""

from __future__ import annotations

from collections.abc import Sequence

from chalicelib.aws.mail import MailRejected, send_raw
from chalicelib.channels.email.service.ports import Rejected, Sent


class SesPost:
    def send(self, sender: str, to: Sequence[str], raw: bytes) -> Sent | Rejected:
        """Raises what boto3 raises where SES may take the mail later."""
        try:
            return Sent(send_raw(sender, to, raw))
        except MailRejected as rejected:
            return Rejected(str(rejected))
