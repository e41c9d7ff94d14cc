"""What the customer wrote now, apart from what their mail program quoted below it."""

from __future__ import annotations

from typing import NamedTuple

from mailparser_reply import EmailReplyParser

_LANGUAGES = ["en", "de"]
# The library's patterns look back and forth within a line and over blank lines; these bounds keep a hostile
# mail from costing more than some milliseconds. A line that was cut here is whole in what we return.
_LINE = 200
_LINES = 1_500
_BLANKS = 2


class Folded(NamedTuple):
    text: str
    quoted: str  # empty where nothing was folded; else the rest of the mail, whole


def fold(text: str) -> Folded:
    """Splits a mail's text. Where the customer wrote between or below the quoted lines, nothing is folded."""
    lines = text.strip("\n").split("\n")
    cut = _first_quoted(lines)
    head, tail = lines[:cut], lines[cut:]
    if not any(line.strip() for line in head) or _answers_inside(tail):
        return Folded(text.strip(), "")
    return Folded("\n".join(head).strip(), "\n".join(tail).strip())


def _first_quoted(lines: list[str]) -> int:
    """The number of the line where the quoted part begins; all of them where there is none."""
    seen = _skeleton(lines)
    reply = EmailReplyParser(languages=list(_LANGUAGES)).read("\n".join(line for _, line in seen)).latest_reply or ""
    count = len(reply.split("\n"))
    cut = seen[count][0] if reply and count < len(seen) else len(lines)
    return cut if cut < len(lines) else _trailing_quotes(lines)


def _skeleton(lines: list[str]) -> list[tuple[int, str]]:
    """Numbered lines for the library: no runs of blanks, no endless lines, nothing it would rewrite."""
    seen: list[tuple[int, str]] = []
    blanks = 0
    for number, line in enumerate(lines):
        # Whatever else Python calls a line end would make the library count lines that we do not have.
        plain = " ".join(line[:_LINE].split())
        if plain and not plain.strip("_-"):
            plain = plain[:8]  # a rule of underscores: the library would swallow the blank lines before it
        blanks = 0 if plain else blanks + 1
        if plain or (seen and blanks <= _BLANKS):
            seen.append((number, plain))
        if len(seen) == _LINES:
            break
    return seen


def _trailing_quotes(lines: list[str]) -> int:
    """A mail that ends in `>` lines without a word of introduction is quoted from there on."""
    cut = len(lines)
    for number in range(len(lines) - 1, -1, -1):
        line = lines[number].strip()
        if line.startswith(">"):
            cut = number
        elif line:
            break
    return cut


def _answers_inside(tail: list[str]) -> bool:
    """Whether own lines follow quoted ones, up to a signature. Quotes without `>` cannot be told apart."""
    quoted = False
    for line in (line.strip() for line in tail):
        if line.startswith(">"):
            quoted = True
        elif line in ("--", "—") and quoted:
            return False
        elif line and quoted:
            return True
    return False
