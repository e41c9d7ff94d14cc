"""SES as a brand: raw mail out."""

from __future__ import annotations

from collections.abc import Sequence

from chalicelib.aws.clients import client
from chalicelib.aws.settings import region

# What SES says when it will never take this mail; anything else may pass, and the queue tries again.
_FOR_EVER = frozenset(
    {
        "MessageRejected",
        "MailFromDomainNotVerifiedException",
        "MailFromDomainNotVerified",
        "InvalidParameterValue",
        "ConfigurationSetDoesNotExist",
    }
)


class MailRejected(Exception):
    """SES will not take this mail, now or later; the text is SES's own."""


def send_raw(sender: str, to: Sequence[str], raw: bytes) -> str:
    """Sends, and returns the Message-ID that SES puts into the mail, with its angle brackets.

    The old API (`SendRawEmail` of v1) on purpose: it leaves every other header as it is.
    """
    ses = client("ses")
    try:
        answer = ses.send_raw_email(Source=sender, Destinations=list(to), RawMessage={"Data": raw})
    except ses.exceptions.ClientError as error:
        told = error.response["Error"]
        if told["Code"] in _FOR_EVER:
            raise MailRejected(told.get("Message") or told["Code"]) from error
        raise
    message_id = str(answer["MessageId"])
    return f"<{message_id}>" if "@" in message_id else f"<{message_id}@{_domain()}>"


def _domain() -> str:
    return "email.amazonses.com" if region() == "us-east-1" else f"{region()}.amazonses.com"
