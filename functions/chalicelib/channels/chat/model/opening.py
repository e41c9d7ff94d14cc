"""What a widget says when a chat begins. Everything in it is the visitor's word: nothing is verified."""

from __future__ import annotations

import re
from dataclasses import dataclass

from chalicelib.kernel.errors import Invalid

MOST_TEXT = 4_000
_SESSION = re.compile(r"[0-9A-Za-z_-]{20,64}")
_CLIENT_ID = re.compile(r"[0-9A-Za-z_.:-]{1,64}")
_MAILBOX = re.compile(r"[^\s@<>\"',;]{1,64}@[^\s@<>\"',;]{1,189}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """`session` is made by the widget and hard to guess: asked again with it, the same chat goes on."""

    key: str
    session: str
    name: str = ""
    email: str = ""
    text: str = ""  # the first message
    origin: str = ""  # the site around the widget, as the loader tells it
    language: str = ""

    def __post_init__(self) -> None:
        if not _SESSION.fullmatch(self.session):
            raise Invalid("session", "is no id of a session", "make one up: 20 to 64 letters, digits and hyphens")
        if self.email and not _MAILBOX.fullmatch(self.email):
            raise Invalid("email", "is no mail address", "leave it out, or write it like jana@example.com")
        if any(c < " " or c == "\x7f" for c in self.name):
            raise Invalid("name", "has characters that no name has", "leave it out, or write one line")


def spoken(text: str) -> str:
    """The text as it was written. Raises Invalid where there is nothing to read, or too much."""
    if not text.strip():
        raise Invalid("text", "is empty", "write something")
    if len(text) > MOST_TEXT:
        raise Invalid("text", f"has {len(text)} characters", f"send at most {MOST_TEXT}")
    return text


def named(client_id: str) -> str:
    """The widget's own id of a message: what is sent twice under it is said once."""
    if not _CLIENT_ID.fullmatch(client_id):
        raise Invalid("client_id", "is no id of a message", "make one up for each message: letters, digits, hyphens")
    return client_id
