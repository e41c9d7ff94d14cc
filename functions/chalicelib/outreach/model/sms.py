"""How long a text is: carriers send it in parts, and each part is paid.

The letters of GSM 03.38 go 160 to a text, or 153 to a part; one other letter makes it UCS-2, 70 or 67.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable

MOST_PARTS = 3

_GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_TWICE = frozenset("\f^{}\\[~]|€")  # of GSM, but by an escape before them
# What programs write in place of a letter that would do: one of them makes three parts of one.
_PLAIN = str.maketrans(
    {"‘": "'", "’": "'", "‚": "'", "“": '"', "”": '"', "„": '"', "–": "-", "—": "-", "…": "...", "\u00a0": " "}
    | {"\u202f": " "}
)


def plain(text: str) -> str:
    return text.translate(_PLAIN)


def parts_of(text: str) -> int:
    """Parts that a carrier sends it in."""
    usual = _usual(text)
    sizes = [2 if (letter in _TWICE if usual else ord(letter) > 0xFFFF) else 1 for letter in text]
    whole, part = (160, 153) if usual else (70, 67)
    if sum(sizes) <= whole:
        return 1
    parts, used = 1, 0
    for size in sizes:  # no letter is parted
        if used + size > part:
            parts, used = parts + 1, 0
        used += size
    return parts


def fitted(message: str, said: Callable[[str], str]) -> str:
    """What is said of the message, which is cut between words where it would take too many parts."""
    if parts_of(said(message)) <= MOST_PARTS:
        return said(message)

    def too_long(length: int) -> bool:
        return parts_of(said(_cut(message, length))) > MOST_PARTS

    most = bisect_right(range(len(message)), False, key=too_long) - 1
    return said(_cut(message, max(most, 0)))


def _cut(message: str, length: int) -> str:
    """At most so many letters of it, whole words where they are not too long for that."""
    kept = message[:length]
    words = kept if message[length : length + 1] in ("", " ") else kept.rpartition(" ")[0]
    kept = (words if len(words) * 2 >= length else kept).rstrip()
    return f"{kept}..." if _usual(kept) else f"{kept}…"


def _usual(text: str) -> bool:
    return all(letter in _GSM or letter in _TWICE for letter in text)
