"""A list of people to call, as a CSV file: number, name, zone, and whatever else agents should read.

Every bad row is told with its number, its field and what would be right, and not only the first.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from chalicelib.kernel.errors import Invalid
from chalicelib.outreach.model.campaign import Data
from chalicelib.tenancy.model.address import E164
from chalicelib.tenancy.model.form import Unfit, Zone, did_you_mean
from chalicelib.tenancy.model.tariff import is_dear

MOST_ROWS = 50_000
MOST_DATA = 12  # columns for the agent's eyes
MOST_TEXT = 120  # characters of each
MOST_TOLD = 100  # bad rows of one answer
_KNOWN = ("number", "name", "zone")


@dataclass(frozen=True, slots=True, kw_only=True)
class BadRow:
    """`row` counts as editors do: the line with the names of the columns is row 1."""

    row: int
    field: str
    why: str
    fix: str

    def __str__(self) -> str:
        return f"row {self.row}, {self.field}: {self.why}; {self.fix}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    row: int
    number: str
    name: str = ""
    zone: str = ""  # empty: not told
    data: Data = ()


class BadList(Invalid):
    """Rows that cannot be used; nothing of the list was taken."""

    def __init__(self, bad: Sequence[BadRow]) -> None:
        told = "; ".join(map(str, bad[:3]))
        more = f" (and {len(bad) - 3} more)" if len(bad) > 3 else ""
        super().__init__("list", f"{len(bad)} bad rows: {told}{more}", "correct them, or ask to skip bad rows")
        self.bad = tuple(bad)
        self.facts = {**self.facts, "rows": [str(one) for one in bad[:MOST_TOLD]]}


def read_people(text: str, *, own: Iterable[str] = ()) -> tuple[list[Person], list[BadRow]]:
    """The people of a list, and its bad rows. `own` are the client's phones: nobody calls those.

    Raises Invalid where it is no list at all: no column `number`, a column twice, too many columns or rows.
    """
    rows = _rows(text)
    names = _columns(next(rows, (1, []))[1])
    reader = _Reader(names, frozenset(own))
    people: list[Person] = []
    bad: list[BadRow] = []
    for count, (row, cells) in enumerate(rows, 1):
        if count > MOST_ROWS:
            raise Invalid("list", f"has more than {MOST_ROWS:,} rows", "part it, and load one part after the other")
        try:
            people.append(reader.person(row, cells))
        except _Bad as found:
            bad.append(BadRow(row=row, field=found.field, why=found.why, fix=found.fix))
    return people, bad


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Rows that are not empty, with their numbers. What parts the columns is found by the first line."""
    text = text.removeprefix("\ufeff")
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    row = 0
    try:
        for row, cells in enumerate(lines, 1):
            if any(cell.strip() for cell in cells):
                yield row, [cell.strip() for cell in cells]
    except csv.Error as error:
        raise Invalid("list", f"row {row + 1} is no CSV ({error})", "save it as CSV with UTF-8") from None


def _columns(cells: Sequence[str]) -> list[str]:
    names = [cell.lower() if cell.lower() in _KNOWN else cell for cell in cells]
    while names and not names[-1]:
        names.pop()
    if "number" not in names:
        near = next((name for name in names if did_you_mean(name.lower(), ["number"])), "")
        hint = f"is it {near!r}? " if near else ""
        raise Invalid("list", "has no column `number`", f"{hint}Name the columns in the first line: number,name,zone")
    for name in names:
        if not name:
            raise Invalid("list", "has a column without a name", "name each column in the first line")
        if names.count(name) > 1:
            raise Invalid("list", f"has the column {name!r} twice", "name each column once")
        if len(name) > MOST_TEXT:
            raise Invalid("list", f"a column's name has {len(name)} characters", f"write at most {MOST_TEXT}")
    if (others := len(set(names) - set(_KNOWN))) > MOST_DATA:
        raise Invalid("list", f"has {others} columns beside number, name and zone", f"keep at most {MOST_DATA}")
    return names


class _Bad(Exception):
    def __init__(self, field: str, why: str, fix: str) -> None:
        super().__init__(why)
        self.field, self.why, self.fix = field, why, fix


class _Reader:
    def __init__(self, names: Sequence[str], own: frozenset[str]) -> None:
        self._names, self._own = names, own
        self._rows: dict[str, int] = {}  # number → where it stood first
        self._zones: dict[str, str] = {}  # most rows name the same few

    def person(self, row: int, cells: Sequence[str]) -> Person:
        if any(cells[len(self._names) :]):
            raise _Bad("row", f"has more cells than the {len(self._names)} columns", "quote what has a comma in it")
        told = dict(zip(self._names, cells, strict=False))
        for label, value in told.items():
            if len(value) > MOST_TEXT:
                raise _Bad(label, f"has {len(value)} characters", f"write at most {MOST_TEXT}")
            if any(ord(one) < 32 or 0xD800 <= ord(one) <= 0xDFFF for one in value):
                raise _Bad(label, "has characters that nobody can read", "write one line of plain text")
        zone = self._zone(told.get("zone", ""))
        return Person(
            row=row,
            number=self._number(row, told.get("number", "")),
            name=told.get("name", ""),
            zone=zone,
            data=tuple((label, value) for label, value in told.items() if label not in _KNOWN and value),
        )

    def _number(self, row: int, text: str) -> str:
        if not text:
            raise _Bad("number", "is empty", f"write {E164.ALLOWED}")
        try:
            number = E164.parse(text)
        except Unfit as unfit:
            raise _Bad("number", f"{text!r} is no telephone number", unfit.allowed) from None
        if is_dear(number):
            raise _Bad("number", f"{number} is a premium number", "give one that costs no more than a call")
        if number in self._own:
            raise _Bad("number", f"{number} is the client's own phone", "remove the row")
        if (first := self._rows.setdefault(number, row)) != row:
            raise _Bad("number", f"{number} stands in row {first} already", "keep one row for each number")
        return str(number)

    def _zone(self, text: str) -> str:
        if not text:
            return ""
        if text not in self._zones:
            try:
                self._zones[text] = str(Zone.parse(text))
            except Unfit as unfit:
                raise _Bad("zone", unfit.why, unfit.allowed) from None
        return self._zones[text]


ZonesOf = Callable[[str], tuple[str, ...]]


def zones_for(number: str, told: str, usual: str, known: ZonesOf) -> tuple[str, ...]:
    """Where who has the number may live: as the list says; else wherever such numbers are; else where the client is."""
    return (told,) if told else known(number) or (usual,)
