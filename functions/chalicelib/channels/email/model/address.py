"""Mail addresses as the outside world writes them, and as we compare them."""

from __future__ import annotations

import re

# What SES will carry: printable ASCII without spaces, one @, a dotted domain. Everything else is "no address".
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z0-9-]{2,63}")
_MOST = 254  # RFC 5321


def address(text: str) -> str:
    """The address in lower case, or an empty text where there is none."""
    plain = text.strip().strip("<>").strip()
    if "@" in plain and not plain.isascii():
        plain = _ascii_domain(plain)
    if len(plain) > _MOST or not _ADDRESS.fullmatch(plain):
        return ""
    return plain.lower()


def mailbox(recipient: str) -> str:
    """The mailbox that a recipient names: `help+anything@x` is `help@x`."""
    local, _, domain = address(recipient).partition("@")
    return f"{local.split('+', 1)[0]}@{domain}" if domain else ""


def detail(recipient: str) -> str:
    """What stands behind the plus, or an empty text."""
    local, _, _ = address(recipient).partition("@")
    return local.partition("+")[2]


def with_detail(box: str, text: str) -> str:
    """`help@x` with `text` behind a plus; `help@x` itself where that would be longer than mail allows."""
    local, _, domain = box.partition("@")
    full = f"{local}+{text}"
    return f"{full}@{domain}" if len(full) <= 64 else box


def _ascii_domain(text: str) -> str:
    local, _, domain = text.rpartition("@")
    try:
        return f"{local}@{domain.encode('idna').decode('ascii')}" if len(domain) <= _MOST else text
    except UnicodeError:
        return text
