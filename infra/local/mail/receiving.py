"""What SES does with a mail that a receipt rule takes: an S3 action, then a notice on the topic."""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import Message
from email.utils import format_datetime
from typing import Any

from infra.layout import open_functions

open_functions()
from chalicelib.channels.email.model import mime  # noqa: E402  lives where Chalice wants it

PREFIX = "raw/"
_HEADERS = 10_240  # bytes of headers that SES repeats in its notice
_HEAD = 256 * 1024
# Headers by which a test asks for a verdict that nobody can send by hand; the value becomes the status.
_VERDICTS = {
    "spamVerdict": "X-Manyline-Test-Spam",
    "virusVerdict": "X-Manyline-Test-Virus",
    "spfVerdict": "X-Manyline-Test-Spf",
    "dkimVerdict": "X-Manyline-Test-Dkim",
    "dmarcVerdict": "X-Manyline-Test-Dmarc",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Receiving:
    s3: Any
    sns: Any
    bucket: str
    topic: str

    def receive(self, sender: str, recipients: Sequence[str], raw: bytes) -> str:
        """Stores and announces; returns SES's id of the mail. Raises what boto3 raises: the sender tries again."""
        now = datetime.now(UTC)
        mail_id = secrets.token_hex(20)
        stored = _stamped(sender, mail_id, now) + raw
        key = f"{PREFIX}{mail_id}"
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=stored, ContentType="message/rfc822")
        notice = self.notice(mail_id, key, sender, recipients, raw, now)
        subject = "Amazon SES Email Receipt Notification"
        self.sns.publish(TopicArn=self.topic, Subject=subject, Message=json.dumps(notice))
        return mail_id

    def notice(
        self, mail_id: str, key: str, sender: str, recipients: Sequence[str], raw: bytes, now: datetime
    ) -> dict[str, Any]:
        message, _ = mime.bare(raw[:_HEAD])
        at = now.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        headers, cut = _headers(message)
        return {
            "notificationType": "Received",
            "mail": {
                "timestamp": at,
                "source": sender,
                "messageId": mail_id,
                "destination": list(recipients),
                "headersTruncated": cut,
                "headers": headers,
                "commonHeaders": _common(message),
            },
            "receipt": {
                "timestamp": at,
                "processingTimeMillis": 12,
                "recipients": list(recipients),
                **{verdict: {"status": _status(message, header)} for verdict, header in _VERDICTS.items()},
                "action": {
                    "type": "S3",
                    "topicArn": self.topic,
                    "bucketName": self.bucket,
                    "objectKeyPrefix": PREFIX,
                    "objectKey": key,
                },
            },
        }


def _stamped(sender: str, mail_id: str, now: datetime) -> bytes:
    """The trace headers that a receiving server writes on top."""
    lines = (
        f"Return-Path: <{sender}>",
        f"Received: by inbound-smtp.us-east-1.amazonaws.com with SMTP id {mail_id}; {format_datetime(now)}",
    )
    return "".join(f"{line}\r\n" for line in lines).encode("utf-8", "replace")


def _status(message: Message[str, str], header: str) -> str:
    return mime.header(message, header).upper() or "PASS"


def _headers(message: Message[str, str]) -> tuple[list[dict[str, str]], bool]:
    kept: list[dict[str, str]] = []
    size = 0
    for name, value in message.raw_items():
        size += len(name) + len(str(value))
        if size > _HEADERS:
            return kept, True
        kept.append({"name": mime.clean(name), "value": mime.clean(str(value))})
    return kept, False


def _common(message: Message[str, str]) -> dict[str, Any]:
    texts = {name: mime.header(message, name)[:1000] for name in ("Return-Path", "Date", "Message-ID", "Subject")}
    lists = {name: mime.header(message, name)[:2000] for name in ("From", "To", "Cc", "Reply-To")}
    keys = {"Return-Path": "returnPath", "Message-ID": "messageId", "Reply-To": "replyTo"}
    return {
        **{keys.get(name, name.lower()): text for name, text in texts.items() if text},
        **{keys.get(name, name.lower()): [text] for name, text in lists.items() if text},
    }
