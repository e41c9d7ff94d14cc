"""The cookie that holds a session: out of reach for scripts, never sent along from another site."""

from __future__ import annotations

from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie

_NAME = "sid"


@dataclass(frozen=True, slots=True)
class Cookies:
    """`secure`: only over https; everywhere but on a person's own machine."""

    secure: bool

    def carry(self, sid: str, seconds: int) -> str:
        """The value of a Set-Cookie header."""
        marks = f"; Max-Age={seconds}; Path=/; HttpOnly; SameSite=Lax"
        return f"{_NAME}={sid}{marks}{'; Secure' if self.secure else ''}"

    def drop(self) -> str:
        return self.carry("", 0)


def sid_in(header: str | None) -> str:
    """The session in a Cookie header; empty if there is none."""
    for part in (header or "").split(";"):
        # One by one: a neighbour's cookie that is not well-formed must not hide ours.
        try:
            cookie = SimpleCookie(part.strip())
        except CookieError:
            continue
        if _NAME in cookie:
            return cookie[_NAME].value
    return ""
