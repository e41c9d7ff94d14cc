"""A mail as the rest of the house sees it: text to read, files to fetch, keys to find its thread by."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

MAIL_LIMIT = 25 * 1024 * 1024  # bytes of raw mail; SES itself takes 40 MB
TEXT_LIMIT = 64 * 1024  # bytes of text, and of HTML, kept with the conversation
QUOTED_LIMIT = 32 * 1024
TOLD_LIMIT = 170 * 1024  # of all of that as JSON: what is said travels in one SNS message, which may have 256 KB
SUBJECT_LIMIT = 300  # characters


class Auto(StrEnum):
    """Why nobody waits for an answer to a mail (RFC 3834). NO: a person wrote it."""

    NO = ""
    BOUNCE = "bounce"  # a delivery report, or the null sender
    REPLY = "reply"  # out of office, an acknowledgement
    BULK = "bulk"  # lists, newsletters
    GENERATED = "generated"  # a program wrote it: an order notice, a monitor
    NO_REPLY = "no-reply"  # the sender says that it does not read answers


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """`name` is safe as a file name; `type` is what the sender claims."""

    name: str
    type: str
    content: bytes = field(repr=False)

    @property
    def size(self) -> int:
        return len(self.content)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """`remarks` say in plain words what was cut or could not be read."""

    message_id: str = ""
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    sender: str = ""
    sender_name: str = ""
    reply_to: str = ""
    recipients: tuple[str, ...] = ()
    subject: str = ""
    text: str = ""
    quoted: str = ""
    html: str = ""
    attachments: tuple[Attachment, ...] = ()
    auto: Auto = Auto.NO
    date: datetime | None = None
    remarks: tuple[str, ...] = ()

    @property
    def answer_to(self) -> str:
        """Where the customer wants the answer: `Reply-To` before `From`, as every mail program does."""
        return self.reply_to or self.sender

    @property
    def thread_keys(self) -> tuple[str, ...]:
        """Message ids that this mail answers, the nearest first."""
        nearest = (self.in_reply_to,) if self.in_reply_to else ()
        return tuple(dict.fromkeys((*nearest, *reversed(self.references))))
