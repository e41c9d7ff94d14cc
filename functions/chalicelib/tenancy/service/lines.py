"""On which line of a TOML file each key stands: the parser of the standard library does not say."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

Path = tuple[str | int, ...]

_KEY = r"""(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')"""
_KEYS = rf"{_KEY}(?:\s*\.\s*{_KEY})*"
_HEADER = re.compile(rf"\s*(\[\[?)\s*({_KEYS})\s*\]")
_PAIR = re.compile(rf"\s*({_KEYS})\s*=\s*(.*)")
_TEXT = re.compile(r""""(?:\\.|[^"\\])*"|'[^']*'|#.*""")


def lines(text: str) -> dict[Path, int]:
    """Each table, list of tables and key that begins a line, counted from 1. The text must be valid TOML."""
    found: dict[Path, int] = {(): 1}
    counts: dict[Path, int] = {}
    table: Path = ()
    rows = iter(enumerate(text.splitlines(), 1))
    for number, row in rows:
        if header := _HEADER.match(row):
            table = _resolve(_parts(header[2]), counts)
            if header[1] == "[[":
                counts[table] = counts.get(table, 0) + 1
                table = (*table, counts[table] - 1)
            found.setdefault(table, number)
        elif pair := _PAIR.match(row):
            path = (*table, *_parts(pair[1]))
            found.setdefault(path, number)
            _pass_over(pair[2], rows)
    return found


def line_of(path: Path, found: Mapping[Path, int]) -> int:
    """The line of the key, or of the nearest table around it."""
    return next(found[path[:length]] for length in range(len(path), -1, -1) if path[:length] in found)


def _parts(keys: str) -> Path:
    return tuple(key.strip("\"'") for key in re.findall(_KEY, keys))


def _resolve(parts: Path, counts: Mapping[Path, int]) -> Path:
    """`menu.options.label` means the last of the options so far."""
    path: Path = ()
    for place, part in enumerate(parts):
        path = (*path, part)
        if path in counts and place < len(parts) - 1:
            path = (*path, counts[path] - 1)
    return path


def _pass_over(value: str, rows: Iterator[tuple[int, str]]) -> None:
    """Goes on to the last line of a value that has several."""
    for quotes in ('"""', "'''"):
        if value.startswith(quotes):
            rest = value[3:]
            while quotes not in rest:
                rest = next(rows)[1]
            return
    depth = _depth(value)
    while depth > 0:
        depth += _depth(next(rows)[1])


def _depth(row: str) -> int:
    bare = _TEXT.sub("", row)
    return bare.count("[") - bare.count("]")
