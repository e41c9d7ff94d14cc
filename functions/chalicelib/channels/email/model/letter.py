"""A mail that goes out: in the client's name, into the customer's thread, 7-bit from end to end.

SES puts its own Message-ID into a mail and refuses raw 8-bit bodies in places, so bodies are quoted-printable
or base64 and the thread is carried by the reply address, `In-Reply-To` and `References`.
"""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from typing import Any

from chalicelib.channels.email.model.mail import SUBJECT_LIMIT, Attachment

_ANSWERED = re.compile(r"\s*(re|aw|antw|sv|fw|fwd|wg)\s*(\[\d+\])?:", re.IGNORECASE)
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
_REFERENCES = 10
_IDS = frozenset({"in-reply-to", "references"})


class _Policy(EmailPolicy):
    """The standard library folds a long message id into an encoded word, which no mail program can match."""

    def fold_binary(self, name: str, value: Any) -> bytes:
        if name.lower() in _IDS:
            one_per_line = f"{self.linesep} ".join(str(value).split())
            return f"{name}: {one_per_line}{self.linesep}".encode("ascii", "ignore")
        return super().fold_binary(name, value)


_POLICY = _Policy(linesep="\r\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    sender: str  # addresses are checked (`model.address`) before they come here
    sender_name: str
    to: str
    to_name: str = ""
    reply_to: str = ""
    subject: str
    text: str
    html: str
    in_reply_to: str = ""
    references: Sequence[str] = ()
    automatic: bool = False  # nobody typed it: says so, that no other machine answers (RFC 3834)
    mark: str = ""  # ours, for whoever traces a mail that came twice
    attachments: Sequence[Attachment] = field(default=(), repr=False)

    def as_bytes(self) -> bytes:
        mail = EmailMessage(policy=_POLICY)
        mail["From"] = _person(self.sender, self.sender_name)
        mail["To"] = _person(self.to, self.to_name)
        if self.reply_to:
            mail["Reply-To"] = _person(self.reply_to, self.sender_name)
        mail["Subject"] = one_line(self.subject)[:SUBJECT_LIMIT] or "Re:"
        self._add_thread(mail)
        if self.mark:
            mail["X-Manyline-Message"] = one_line(self.mark)
        mail.set_content(_lines(self.text), cte="quoted-printable")
        mail.add_alternative(_lines(self.html), subtype="html", cte="quoted-printable")
        for attachment in self.attachments:
            _attach(mail, attachment)
        return mail.as_bytes()

    def _add_thread(self, mail: EmailMessage) -> None:
        if self.in_reply_to:
            mail["In-Reply-To"] = self.in_reply_to
            chain = [one for one in self.references if one != self.in_reply_to][-_REFERENCES:]
            mail["References"] = " ".join([*chain, self.in_reply_to])
        if self.automatic:
            mail["Auto-Submitted"] = "auto-replied"
            mail["X-Auto-Response-Suppress"] = "All"


def answer_subject(subject: str) -> str:
    plain = one_line(subject)
    return plain if _ANSWERED.match(plain) else f"Re: {plain}".strip()


def one_line(text: str) -> str:
    """A text that can stand in a header: a line end in it would begin another header."""
    return " ".join(_UNPRINTABLE.sub(" ", text).split())


def _person(address: str, name: str) -> Address:
    local, _, domain = address.rpartition("@")
    return Address(display_name=one_line(name)[:100], username=local, domain=domain)


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n") + "\n"


def _attach(mail: EmailMessage, attachment: Attachment) -> None:
    kind = attachment.type if re.fullmatch(r"[a-z0-9.+-]+/[a-z0-9.+-]+", attachment.type) else ""
    kind = kind or mimetypes.guess_type(attachment.name)[0] or "application/octet-stream"
    main, _, sub = kind.partition("/")
    if main in ("multipart", "message"):  # base64 is not allowed for these (RFC 2046)
        main, sub = "application", "octet-stream"
    mail.add_attachment(attachment.content, maintype=main, subtype=sub, filename=one_line(attachment.name))
