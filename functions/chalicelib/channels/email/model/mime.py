"""The standard library's mail package, made to survive what really arrives.

`policy.default` gives decoded headers, but its header parser raises on some broken ones and is slow on
endless ones; `Tolerant` answers with plain text there. Nothing in this file raises because of a mail's content.
"""

from __future__ import annotations

import codecs
import re
import sys
from datetime import UTC, datetime
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage, Message
from email.policy import EmailPolicy, compat32
from email.utils import getaddresses, parsedate_to_datetime
from typing import Any

from chalicelib.channels.email.model.address import address

_STRUCTURED = 4_000  # characters of a header that the structured parser may see; its time grows with the square
_ADDRESSES = 100_000  # characters of address headers looked at
_PARTS = 2_000
_BOUNDARIES = 40  # the parser compares every line with each boundary around it
_SLOW_CODECS = frozenset({"punycode", "idna", "undefined", "unicode_escape", "raw_unicode_escape"})
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_ID = re.compile(r"<\s*([^<>\s]{1,250})\s*>")
_LOOSE_ADDRESS = re.compile(r"[^\s<>\"(),;:]{1,64}@[^\s<>\"(),;:]{1,200}")
_BOUNDARY = re.compile(rb'boundary\s*=\s*"?([^"\r\n;]{1,70})', re.IGNORECASE)


class Tolerant(EmailPolicy):
    """`policy.default`, but a header that it cannot parse is plain text instead of an exception."""

    def header_fetch_parse(self, name: str, value: str) -> Any:
        try:
            return super().header_fetch_parse(name, value[:_STRUCTURED])
        except Exception:  # the header parser's own bugs have many types: IndexError, AttributeError, RecursionError
            return clean(value[:_STRUCTURED])


_POLICY = Tolerant(utf8=False)


def read(raw: bytes) -> Message[str, str] | None:
    """The parsed mail; None for one that is nested or split beyond reason (read it as `bare`)."""
    if _parts(raw) > _PARTS:
        return None
    try:
        return message_from_bytes(raw, _class=EmailMessage, policy=_POLICY)
    except Exception:  # RecursionError for nested parts; and see Tolerant
        return None


def bare(raw: bytes) -> tuple[Message[str, str], bytes]:
    """Only the headers, and everything behind them."""
    head, body = _split(raw)
    try:
        return message_from_bytes(head, _class=EmailMessage, policy=_POLICY), body
    except Exception:
        return EmailMessage(policy=_POLICY), raw


def header(message: Message[str, str], name: str) -> str:
    """A header as one line of readable text; empty where there is none."""
    try:
        return " ".join(clean(str(message.get(name) or "")).split())
    except Exception:
        return ""


def raw_headers(message: Message[str, str], name: str) -> list[str]:
    """Every header of that name as it was sent."""
    return [str(value) for key, value in message.raw_items() if key.lower() == name.lower()]


def ids(message: Message[str, str], name: str) -> list[str]:
    """Message ids in a header, with their angle brackets, in order."""
    found = (f"<{clean(one)}>" for text in raw_headers(message, name) for one in _ID.findall(text[:20_000]))
    return list(dict.fromkeys(found))


def addresses(message: Message[str, str], name: str, most: int) -> list[tuple[str, str]]:
    """(name, address) pairs; what is no address is left out."""
    texts = [text[:_ADDRESSES] for text in raw_headers(message, name)[:10]]
    try:
        pairs = getaddresses([" ".join(text.split()) for text in texts])
    except Exception:
        pairs = []
    if not any(address(mail) for _, mail in pairs):
        pairs = [("", mail) for text in texts for mail in _LOOSE_ADDRESS.findall(text)]
    return [(words(shown), address(mail)) for shown, mail in pairs[: 10 * most] if address(mail)][:most]


def words(text: str) -> str:
    """An encoded-word text (RFC 2047) made readable."""
    try:
        return " ".join(clean(str(make_header(decode_header(text[:_STRUCTURED])))).split())
    except Exception:
        return " ".join(clean(text[:_STRUCTURED]).split())


def date(message: Message[str, str]) -> datetime | None:
    """The sender's date in UTC, where it is one."""
    try:
        at = parsedate_to_datetime(raw_headers(message, "Date")[0])
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except Exception:
        return None


def content_type(part: Message[str, str]) -> str:
    try:
        return part.get_content_type().lower()
    except Exception:
        return "application/octet-stream"


def disposition(part: Message[str, str]) -> str:
    try:
        return (part.get_content_disposition() or "").strip().lower()
    except Exception:
        return ""


def filename(part: Message[str, str]) -> str:
    try:
        return words(part.get_filename() or "")
    except Exception:
        return ""


def carried(part: Message[str, str]) -> list[Message[str, str]]:
    """The parts inside a part."""
    inside: Any = part.get_payload() if part.is_multipart() else []
    return [one for one in inside if isinstance(one, Message)]


def payload(part: Message[str, str]) -> bytes:
    """The content of a leaf, its transfer encoding undone as far as it can be."""
    for decode in (True, False):
        try:
            content: Any = part.get_payload(decode=decode)
            return content if isinstance(content, bytes) else content.encode("utf-8", "surrogateescape")
        except Exception:  # noqa: S112  broken encodings raise many things; what cannot be read at all is empty
            continue
    return b""


def inner(part: Message[str, str]) -> bytes:
    """A mail inside a mail, as bytes."""
    try:
        inside = carried(part)
        return inside[0].as_bytes(policy=compat32) if inside else payload(part)
    except Exception:
        return b""


def text(part: Message[str, str], most: int) -> str:
    """The text of a leaf: in its declared charset, or as UTF-8, or as what Windows calls Latin."""
    try:
        declared = part.get_content_charset("") or ""
    except Exception:
        declared = ""
    return decoded(payload(part)[:most], declared)


def decoded(content: bytes, declared: str = "") -> str:
    """The declared charset if it fits, UTF-8 if that fits, else whichever of them loses least."""
    charset = _charset(declared)
    likely = charset or ("utf-8" if _mostly_utf8(content) else "windows-1252")
    tries = ((charset, "strict"), ("utf-8", "strict"), (likely, "replace"), ("latin-1", "replace"))
    return next(clean(text) for name, errors in tries if name and (text := _decode(content, name, errors)) is not None)


def _decode(content: bytes, charset: str, errors: str) -> str | None:
    try:
        return content.decode(charset, errors)
    except Exception:  # a codec of the standard library may raise more than UnicodeError
        return None


def clean(text: str) -> str:
    """Without control characters and halves of characters, and with `\\n` for every line end."""
    return _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def _charset(declared: str) -> str:
    try:
        name = codecs.lookup(declared).name
    except (LookupError, ValueError, UnicodeError):
        return ""
    return "" if name in _SLOW_CODECS or name == "ascii" else name


def _mostly_utf8(content: bytes) -> bool:
    """UTF-8 that was cut or damaged in few places still is UTF-8."""
    return content.decode("utf-8", "replace").count("\ufffd") * 50 < len(content)


def _split(raw: bytes) -> tuple[bytes, bytes]:
    found = re.search(rb"\r?\n\r?\n", raw)
    return (raw[: found.start()] + b"\n\n", raw[found.end() :]) if found else (raw, b"")


def _parts(raw: bytes) -> int:
    """How often a boundary stands in the mail; endless where there are more boundaries than people nest mails."""
    boundaries = {match[1].strip() for match, _ in zip(_BOUNDARY.finditer(raw), range(500), strict=False)}
    if len(boundaries) > _BOUNDARIES:
        return sys.maxsize
    return sum(raw.count(b"\n--" + boundary) for boundary in boundaries)
