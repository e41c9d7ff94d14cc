"""From the bytes that a mail server took to a `Mail`. Whatever the bytes are, there is one."""

from __future__ import annotations

import json
import mimetypes
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import Message

from chalicelib.channels.email.model import html, mime
from chalicelib.channels.email.model.auto import auto
from chalicelib.channels.email.model.mail import (
    QUOTED_LIMIT,
    SUBJECT_LIMIT,
    TEXT_LIMIT,
    TOLD_LIMIT,
    Attachment,
    Mail,
)
from chalicelib.channels.email.model.quoting import fold

_REFERENCES = 20
_RECIPIENTS = 100
_ATTACHMENTS = 50
_DECODED = 512 * 1024  # bytes of one text part looked at
_LEVELS = 40


def parse(raw: bytes, *, envelope_sender: str | None = None) -> Mail:
    """The mail in `raw`. `envelope_sender` is the return path, if the receiving server told it."""
    message = mime.read(raw)
    if message is not None:
        body = _Body()
        for part in _leaves(message, 0):
            body.take(part)
    else:
        message, rest = mime.bare(raw)
        body = _Body(texts=[mime.decoded(rest[:_DECODED])], remarks=["The mail is broken; this is its raw text."])
    return _mail(message, body, envelope_sender)


def parse_head(head: bytes, *, envelope_sender: str | None = None) -> Mail:
    """What the beginning of a mail tells: all but its text and its files."""
    message, _ = mime.bare(head)
    return _mail(message, _Body(), envelope_sender)


@dataclass(slots=True)
class _Body:
    """What has been collected from the parts so far."""

    texts: list[str] = field(default_factory=list)
    pages: list[str] = field(default_factory=list)  # HTML
    files: list[Attachment] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    def take(self, part: Message[str, str]) -> None:
        kind, name = mime.content_type(part), mime.filename(part)
        is_file = bool(name) or mime.disposition(part) == "attachment"
        if kind.startswith("multipart/") or (kind == "text/plain" and not is_file):
            # A multipart without its boundary comes as one part; its text is better than a file nobody opens.
            self.texts.append(mime.text(part, _DECODED))
        elif kind == "text/html" and not is_file:
            self.pages.append(mime.text(part, _DECODED))
        elif len(self.files) < _ATTACHMENTS:
            self._attach(part, kind, name)
        elif len(self.files) == _ATTACHMENTS:
            self.remark(f"Only the first {_ATTACHMENTS} attachments were kept apart.")

    def _attach(self, part: Message[str, str], kind: str, name: str) -> None:
        content = mime.inner(part) if kind == "message/rfc822" else mime.payload(part)
        if content or name:
            fallback = f"attachment-{len(self.files) + 1}{_extension(kind)}"
            self.files.append(Attachment(name=safe_name(name) or fallback, type=kind, content=content))

    def remark(self, sentence: str) -> None:
        if sentence not in self.remarks:
            self.remarks.append(sentence)

    def read(self) -> tuple[str, str]:
        """(text, safe HTML), both whole."""
        page = "\n".join(self.pages)
        safe = html.sanitize(page) if page.strip() else ""
        if page.strip() and not safe:
            self.remark("The formatted version of the mail could not be shown safely.")
        text = "\n\n".join(text.strip("\n") for text in self.texts if text.strip())
        return text or (html.readable(safe) if safe else html.stripped(page)), safe

    def cut(self, text: str, limit: int, what: str) -> str:
        size = len(text.encode())
        if size <= limit and _told(text) <= TOLD_LIMIT:
            return text
        kept = text.encode()[:limit].decode("utf-8", "ignore")
        kept = kept[: len(kept) * TOLD_LIMIT // max(TOLD_LIMIT, _told(kept))]
        self.remark(f"Only the first {len(kept.encode()) // 1024} KB of the {what} are shown; it has {size} bytes.")
        return kept


def _mail(message: Message[str, str], body: _Body, envelope_sender: str | None) -> Mail:
    text, quoted, page = _fitting(body)
    senders = mime.addresses(message, "From", 1)
    name, sender = senders[0] if senders else ("", "")
    reply_to = mime.addresses(message, "Reply-To", 1)
    message_ids = mime.ids(message, "Message-ID")
    in_reply_to = mime.ids(message, "In-Reply-To")
    references = mime.ids(message, "References")
    recipients = [mail for header in ("To", "Cc") for _, mail in mime.addresses(message, header, _RECIPIENTS)]
    return Mail(
        message_id=message_ids[0] if message_ids else "",
        in_reply_to=in_reply_to[0] if in_reply_to else "",
        references=tuple(references[-_REFERENCES:]),
        sender=sender,
        sender_name=name[:100],
        reply_to=reply_to[0][1] if reply_to else "",
        recipients=tuple(dict.fromkeys(recipients)),
        subject=mime.header(message, "Subject")[:SUBJECT_LIMIT],
        text=text,
        quoted=quoted,
        html=page,
        attachments=tuple(body.files),
        auto=auto(
            lambda header: mime.header(message, header),
            sender=sender,
            envelope_sender=envelope_sender,
            content_type=mime.content_type(message),
        ),
        date=mime.date(message),
        remarks=tuple(body.remarks),
    )


def _fitting(body: _Body) -> tuple[str, str, str]:
    """(text, quoted, page), each and together no more than can be kept and told."""
    whole, page = body.read()
    text, tail = fold(body.cut(whole, TEXT_LIMIT, "text"))
    quoted = body.cut(tail, QUOTED_LIMIT, "quoted text")
    # Half of a page is no page; the text is there.
    if page and (len(page.encode()) > TEXT_LIMIT or _told(text, quoted, page) > TOLD_LIMIT):
        page = ""
        body.remark("The formatted version is too long to be shown.")
    if quoted and _told(text, quoted) > TOLD_LIMIT:
        quoted = ""
        body.remark("The quoted text is too long to be shown.")
    return text, quoted, page


def _told(*texts: str) -> int:
    return sum(len(json.dumps(text)) for text in texts)


def _leaves(part: Message[str, str], level: int) -> Iterator[Message[str, str]]:
    """Parts that carry content, in reading order; a mail inside the mail counts as one file."""
    if mime.content_type(part) == "message/rfc822" or not part.is_multipart() or level == _LEVELS:
        yield part
        return
    for one in mime.carried(part):
        yield from _leaves(one, level + 1)


def safe_name(name: str) -> str:
    """The last step of a path, without anything that a file system or a header could take amiss."""
    last = re.split(r"[/\\]", name)[-1]
    plain = re.sub(r'[\x00-\x1f\x7f<>:"|?*\u202a-\u202e\u2066-\u2069]', "", last).strip().lstrip(".")
    if len(plain) <= 80:
        return plain
    stem, dot, ending = plain.rpartition(".")
    return f"{stem[:65]}.{ending[:14]}" if dot else plain[:80]


def _extension(kind: str) -> str:
    return ".eml" if kind == "message/rfc822" else mimetypes.guess_extension(kind) or ".bin"
