"""Mails that a customer on this machine writes."""

from __future__ import annotations

import mimetypes
import smtplib
from collections.abc import Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTPUTF8
from email.utils import formatdate, make_msgid, parseaddr
from pathlib import Path

from infra.layout import open_functions
from infra.local.mail.store import Kept, MailStore

open_functions()
from chalicelib.channels.email.model.letter import answer_subject  # noqa: E402  lives where Chalice wants it
from chalicelib.channels.email.model.parsing import parse  # noqa: E402


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    sender: str
    to: str
    subject: str
    text: str
    in_reply_to: str = ""
    references: tuple[str, ...] = ()


def compose(outline: Outline, files: Sequence[tuple[str, bytes]] = ()) -> EmailMessage:
    """Raises ValueError for an address or a subject that no mail can carry."""
    mail = EmailMessage(policy=SMTPUTF8)
    mail["From"], mail["To"], mail["Subject"] = outline.sender, outline.to, outline.subject
    mail["Date"] = formatdate(localtime=False)
    mail["Message-ID"] = make_msgid(domain=parseaddr(outline.sender)[1].rpartition("@")[2] or "example.com")
    if outline.in_reply_to:
        mail["In-Reply-To"] = outline.in_reply_to
        mail["References"] = " ".join(dict.fromkeys((*outline.references, outline.in_reply_to)))
    mail.set_content(outline.text)
    for name, content in files:
        main, _, sub = (mimetypes.guess_type(name)[0] or "application/octet-stream").partition("/")
        mail.add_attachment(content, maintype=main, subtype=sub, filename=Path(name).name)
    return mail


def send(mail: EmailMessage, port: int, host: str = "127.0.0.1") -> str:
    """Hands the mail over by SMTP; returns its Message-ID."""
    with smtplib.SMTP(host, port, timeout=60) as smtp:
        smtp.send_message(mail, parseaddr(mail["From"])[1], [parseaddr(mail["To"])[1]])
    return str(mail["Message-ID"])


def answer_to(store: MailStore, kept: Kept, *, sender: str, text: str) -> Outline:
    """What a mail program makes of "Reply"."""
    mail = parse(store.raw(kept))
    quoted = "\n".join(f"> {line}" for line in mail.text.splitlines())
    return Outline(
        sender=sender,
        to=mail.answer_to,
        subject=answer_subject(mail.subject),
        text=f"{text}\n\nOn {mail.date or kept.at}, {mail.sender_name or mail.sender} wrote:\n{quoted}\n",
        in_reply_to=mail.message_id,
        references=mail.references,
    )
