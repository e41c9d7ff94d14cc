"""What SES says on the topic when it has taken a mail (the `Received` notification of receipt rules)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chalicelib.kernel.errors import Invalid


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdicts:
    """Each `PASS`, `FAIL`, `GRAY`, `PROCESSING_FAILED`, or empty where SES was not asked."""

    spam: str = ""
    virus: str = ""
    spf: str = ""
    dkim: str = ""
    dmarc: str = ""

    @property
    def harmful(self) -> str:
        """Why nobody should read the mail; empty where nothing is known against it."""
        if self.virus == "FAIL":
            return "virus"
        return "spam" if self.spam == "FAIL" else ""

    @property
    def forged(self) -> bool:
        """The sender's own domain says that it did not send this: an answer would hit a bystander."""
        return self.dmarc == "FAIL" or (self.spf == "FAIL" and self.dkim != "PASS")


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    mail_id: str  # SES's own, the same each time it is told
    sender: str | None  # of the envelope: empty is the null sender, None where SES did not say
    recipients: tuple[str, ...]  # of the envelope: who SES took the mail for
    key: str  # of the raw mail in the bucket
    verdicts: Verdicts

    @staticmethod
    def read(message: Mapping[str, Any]) -> Notice | None:
        """None for what is no arrival (SES greets a new topic). Raises Invalid for an arrival that makes no sense."""
        if message.get("notificationType") != "Received":
            return None
        try:
            mail, receipt = message["mail"], message["receipt"]
            notice = Notice(
                mail_id=mail["messageId"],
                sender=mail.get("source"),
                recipients=tuple(receipt["recipients"]),
                key=receipt["action"]["objectKey"],
                verdicts=Verdicts(
                    spam=_status(receipt, "spamVerdict"),
                    virus=_status(receipt, "virusVerdict"),
                    spf=_status(receipt, "spfVerdict"),
                    dkim=_status(receipt, "dkimVerdict"),
                    dmarc=_status(receipt, "dmarcVerdict"),
                ),
            )
        except (KeyError, TypeError, AttributeError):
            raise Invalid("notification", "is not what SES sends", "look at mail, receipt and action") from None
        if not notice.mail_id or not notice.key:
            raise Invalid("notification", "names no mail", "the S3 action tells messageId and objectKey")
        return notice


def _status(receipt: Mapping[str, Any], verdict: str) -> str:
    return str((receipt.get(verdict) or {}).get("status") or "").upper()
