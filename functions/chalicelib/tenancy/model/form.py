"""How the words of a client's configuration are written: each kind of text knows its own rule."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import MISSING, field
from decimal import Decimal
from typing import Any, ClassVar, Self
from zoneinfo import ZoneInfo, available_timezones


class Unfit(Exception):
    """A text that cannot be taken: what is wrong with it, and what is allowed."""

    def __init__(self, why: str, allowed: str) -> None:
        super().__init__(f"{why}; {allowed}")
        self.why = why
        self.allowed = allowed


def rule(
    says: str, *, default: Any = MISSING, empty: type | None = None, least: int | None = None, most: int | None = None
) -> Any:
    """A field with its meaning for editors; `least` and `most` bound a number, or the entries of a list."""
    metadata = {"says": says, "least": least, "most": most}
    if empty is not None:
        return field(default_factory=empty, metadata=metadata)
    return field(default=default, metadata=metadata)


def did_you_mean(text: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(text, list(known), n=1)
    return f"did you mean {near[0]!r}? " if near else ""


class Written(str):
    """A text of a known form. `parse` is the only way in from outside: it makes the text normal, or raises Unfit."""

    __slots__ = ()
    FORM: ClassVar[str]  # a regular expression for the whole text
    ALLOWED: ClassVar[str]

    @classmethod
    def parse(cls, text: str) -> Self:
        normal = cls.normal(text)
        if not re.fullmatch(cls.FORM, normal):
            raise Unfit(f"{_short(text)} does not fit", f"write {cls.ALLOWED}")
        return cls(normal)

    @classmethod
    def normal(cls, text: str) -> str:
        """The one way in which we write what may be written in several."""
        return text


def _short(text: str) -> str:
    return repr(text) if len(text) <= 40 else f"{text[:37]!r}... ({len(text)} characters)"


class Slug(Written):
    __slots__ = ()
    FORM = r"[a-z][a-z0-9-]{1,38}[a-z0-9]"
    ALLOWED = "3 to 40 small letters, digits and hyphens, a letter first, like rapid-plumbing"


class Name(Written):
    """A skill, a topic, a disposition: a word that programs compare."""

    __slots__ = ()
    FORM = r"[a-z][a-z0-9_]{0,39}"
    ALLOWED = "up to 40 small letters, digits and underscores, a letter first, like order_status"


class Line(Written):
    """One line of text: it may stand in a mail header."""

    __slots__ = ()
    FORM = r"[^\s\x00-\x1f\x7f]([^\x00-\x1f\x7f\u2028\u2029]{0,198}[^\s\x00-\x1f\x7f])?"
    ALLOWED = "one line of 1 to 200 characters, with no space at its ends"


class Prose(Written):
    """What people read or hear; may have several lines."""

    __slots__ = ()
    FORM = r"(?=[\s\S]*\S)[^\x00-\x08\x0b-\x1f\x7f]{1,3000}"
    ALLOWED = "text of 1 to 3000 characters (Amazon Connect speaks no more at once)"


class Language(Written):
    __slots__ = ()
    FORM = r"[a-z]{2}(-[A-Z]{2})?"
    ALLOWED = "a language tag like en, de or pt-BR"


class Colour(Written):
    __slots__ = ()
    FORM = r"#[0-9a-f]{6}"
    ALLOWED = "a colour like #0b7285"

    @classmethod
    def normal(cls, text: str) -> str:
        return text.lower()


class Digit(Written):
    __slots__ = ()
    FORM = r"[0-9*#]"
    ALLOWED = "one key of a telephone: 0 to 9, * or #"


class Amount(Written):
    """A price in the currency's major unit, as text: a float would lose cents."""

    __slots__ = ()
    FORM = r"(0|[1-9][0-9]{0,8})(\.[0-9]{1,6})?"
    ALLOWED = 'an amount between quotes with up to 6 decimals, like "1.85"'

    @property
    def decimal(self) -> Decimal:
        return Decimal(self)


class Zone(Written):
    __slots__ = ()
    FORM = r"[A-Za-z0-9_+/-]{1,64}"
    ALLOWED = "an IANA time zone like Europe/Berlin"

    @classmethod
    def parse(cls, text: str) -> Self:
        zone = super().parse(text)
        try:
            ZoneInfo(zone)
        except (ValueError, OSError, LookupError):
            hint = did_you_mean(text, available_timezones())
            raise Unfit(f"{text!r} is no time zone", f"{hint}Write {cls.ALLOWED}") from None
        return zone

    @property
    def info(self) -> ZoneInfo:
        return ZoneInfo(self)
