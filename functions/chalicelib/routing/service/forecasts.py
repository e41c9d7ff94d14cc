"""Forecasts as people and programs write them: one form for TOML files and JSON requests, and a table as CSV.

    interval_min = 30
    start = "08:00"

    [[tenants]]
    tenant = "shop"
    channel = "voice"            # the usual one
    contacts = [64, 80, 71.5]    # in each interval
    aht_s = 240                  # or a list, one for each interval
    percent = 80                 # targets left out are the usual ones of the channel
    within_s = 20
    patience_s = 300             # left out: customers wait

As CSV: start,tenant,channel,contacts,aht_s,percent,within_s,patience_s; a row per interval, client and channel.
"""

from __future__ import annotations

import csv
import re
import tomllib
from collections.abc import Iterator, Mapping
from io import StringIO
from math import isfinite
from typing import Any, TypeVar

import msgspec

from chalicelib.kernel.channel import Channel
from chalicelib.kernel.errors import Invalid
from chalicelib.routing.model.forecast import Demand, Forecast, Interval, clock
from chalicelib.tenancy.model.tenant import USUAL_TARGETS
from chalicelib.tenancy.service.lines import line_of, lines

MOST_CELLS = 200_000  # intervals x clients
_EXAMPLE = "see infra/local/forecast.toml for the form"
_SPOT = re.compile(r" - at `\$(?P<path>[^`]*)`$")
_STEP = re.compile(r"\.?([A-Za-z_]\w*)|\[(\d+)\]")
_TOML_SPOT = re.compile(r" \(at line (\d+), column \d+\)$")
_COLUMNS = ("start", "tenant", "channel", "contacts", "aht_s", "percent", "within_s", "patience_s")
_NEEDED = ("start", "tenant", "contacts", "aht_s")

Path = tuple[str | int, ...]


class Row(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """One client's contacts on one channel."""

    tenant: str
    contacts: tuple[float, ...]
    aht_s: float | tuple[float, ...]
    channel: Channel = Channel.VOICE
    percent: float | None = None
    within_s: float | None = None
    patience_s: float | None = None


class Form(msgspec.Struct, frozen=True):
    """`interval_min` are minutes; `start` is the clock's time at the first interval."""

    tenants: tuple[Row, ...]
    interval_min: float = 30
    start: str = "00:00"


class FileForm(Form, forbid_unknown_fields=True, frozen=True):
    """A file says nothing else; a request has wishes beside it."""


class Unreadable(Exception):
    """A file that is no forecast: each line names file, line, field and fix."""

    def __init__(self, mistakes: list[str]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = mistakes


class _Wrong(Exception):
    def __init__(self, path: Path, why: str, fix: str) -> None:
        super().__init__(why)
        self.path, self.why, self.fix = path, why, fix

    @property
    def field(self) -> str:
        """`tenants[2].aht_s`, counting from 1 as people do."""
        return "".join(f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in self.path).lstrip(".")


FormOrMore = TypeVar("FormOrMore", bound=Form)


def from_request(body: Mapping[str, Any], form: type[FormOrMore]) -> tuple[Forecast, FormOrMore]:
    """The forecast, and the request that it is a part of. Raises Invalid with the first mistake, by its field."""
    try:
        request = _converted(body, form)
        return _forecast(request), request
    except _Wrong as wrong:
        raise Invalid(wrong.field or "body", wrong.why, wrong.fix) from None


def from_toml(file: str, text: str) -> Forecast:
    """Raises Unreadable."""
    try:
        plain = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        spot = _TOML_SPOT.search(str(error))
        line = int(spot[1]) if spot else text.count("\n") + 1
        raise Unreadable([f"{file}:{line}: is not TOML: {_TOML_SPOT.sub('', str(error))}. Mend this line."]) from None
    try:
        form = _converted(plain, FileForm)
        mistakes = list(_mistakes(form))
    except _Wrong as wrong:
        mistakes = [wrong]
    if mistakes:
        found = lines(text)
        raise Unreadable([_told(file, line_of(wrong.path, found), wrong) for wrong in mistakes])
    return _forecast(form)


def from_csv(file: str, text: str, interval_min: float) -> Forecast:
    """Raises Unreadable."""
    table = csv.reader(StringIO(text))
    head = next(table, [])
    columns = [column.strip() for column in head]
    missing = [column for column in _NEEDED if column not in columns]
    unknown = [column for column in columns if column not in _COLUMNS]
    if missing or unknown:
        why = f"has no column {missing[0]}" if missing else f"has a column {unknown[0]!r}"
        raise Unreadable([f"{file}:1: {why}. The columns are {', '.join(_COLUMNS)}; the first line names them."])
    mistakes: list[str] = []
    cells: dict[str, list[Demand]] = {}
    for cut in table:
        if not any(cell.strip() for cell in cut):
            continue
        row = dict(zip(columns, (cell.strip() for cell in cut), strict=False))
        try:
            start, demand = _cell(row)
            cells.setdefault(start, []).append(demand)
        except _Wrong as wrong:
            mistakes.append(_told(file, table.line_num, wrong))
    if not cells and not mistakes:
        mistakes.append(f"{file}:1: has no rows. Give one per interval and client.")
    for start, demands in cells.items():
        if twice := _twice(demands):
            mistakes.append(f"{file}: {start} has {twice} twice. Give one row per interval, client and channel.")
    if mistakes:
        raise Unreadable(mistakes)
    return _checked(interval_min * 60, cells)


def _checked(interval_s: float, cells: Mapping[str, list[Demand]]) -> Forecast:
    return Forecast(
        interval_s=interval_s,
        intervals=tuple(
            Interval(start=start, demands=tuple(demand for demand in demands if demand.contacts))
            for start, demands in cells.items()
        ),
    )


def _forecast(form: Form) -> Forecast:
    for wrong in _mistakes(form):
        raise wrong
    starts = _starts(form)
    cells = {start: [_demand(row, place) for row in form.tenants] for place, start in enumerate(starts)}
    return _checked(form.interval_min * 60, cells)


def _demand(row: Row, place: int) -> Demand:
    usual = USUAL_TARGETS[row.channel]
    return Demand(
        client=row.tenant,
        channel=row.channel,
        contacts=row.contacts[place],
        aht_s=row.aht_s[place] if isinstance(row.aht_s, tuple) else row.aht_s,
        level=(usual.percent if row.percent is None else row.percent) / 100,
        within_s=usual.within_s if row.within_s is None else row.within_s,
        patience_s=row.patience_s,
    )


def _starts(form: Form) -> list[str]:
    hour, minute = form.start.split(":")
    first = int(hour) * 3600 + int(minute) * 60
    return [clock(first + place * form.interval_min * 60) for place in range(len(form.tenants[0].contacts))]


def _converted(plain: Mapping[str, Any], form: type[FormOrMore]) -> FormOrMore:
    try:
        return msgspec.convert(plain, form)
    except msgspec.ValidationError as error:
        spot = _SPOT.search(str(error))
        path = tuple(int(number) if number else name for name, number in _STEP.findall(spot["path"])) if spot else ()
        why = _SPOT.sub("", str(error))
        if missing := re.search(r"missing required field `(\w+)`", why):
            raise _Wrong((*path, missing[1]), "is missing", _EXAMPLE) from None
        if unknown := re.search(r"contains unknown field `(\w+)`", why):
            raise _Wrong((*path, unknown[1]), "is no key here", _EXAMPLE) from None
        raise _Wrong(path, f"cannot be used ({why[:1].lower()}{why[1:]})", _EXAMPLE) from None


def _mistakes(form: Form) -> Iterator[_Wrong]:
    if not (1 <= form.interval_min <= 24 * 60 and isfinite(form.interval_min)):
        yield _Wrong(("interval_min",), f"is {form.interval_min:g}", "give 1 to 1440 minutes")
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", form.start):
        yield _Wrong(("start",), f"is {form.start!r}", "write the clock's time like 08:00")
    if not form.tenants:
        yield _Wrong(("tenants",), "are none", "give at least one")
        return
    if not form.tenants[0].contacts:
        yield _Wrong(("tenants", 0, "contacts"), "are none", "give a number for each interval")
        return
    count = len(form.tenants[0].contacts)
    if count * len(form.tenants) > MOST_CELLS:
        yield _Wrong(("tenants",), f"have {count * len(form.tenants)} cells", f"give at most {MOST_CELLS}")
    for place, row in enumerate(form.tenants):
        path = ("tenants", place)
        if len(row.contacts) != count:
            why = f"have {len(row.contacts)} intervals, those of {form.tenants[0].tenant} have {count}"
            yield _Wrong((*path, "contacts"), why, "give every client as many")
        if isinstance(row.aht_s, tuple) and len(row.aht_s) != len(row.contacts):
            why = f"has {len(row.aht_s)} numbers for {len(row.contacts)} intervals"
            yield _Wrong((*path, "aht_s"), why, "give one number, or one for each interval")
        elif len(row.contacts) == count:
            for field, why, fix in dict.fromkeys(
                wrong for number in range(count) for wrong in _unfit(_demand(row, number))
            ):
                yield _Wrong((*path, field), why, fix)
    seen: set[tuple[str, Channel]] = set()
    for place, row in enumerate(form.tenants):
        if (row.tenant, row.channel) in seen:
            why = f"is {row.tenant!r} on {row.channel} again"
            yield _Wrong(("tenants", place, "tenant"), why, "give each client and channel once")
        seen.add((row.tenant, row.channel))


def _unfit(demand: Demand) -> Iterator[tuple[str, str, str]]:
    """Field, why, fix."""
    if not demand.client.strip():
        yield "tenant", "is empty", "name the client"
    if not (demand.contacts >= 0 and isfinite(demand.contacts)):
        yield "contacts", f"has {demand.contacts:g}", "give a number that is not below 0"
    if not (demand.aht_s > 0 and isfinite(demand.aht_s)):
        yield "aht_s", f"is {demand.aht_s:g}", "give seconds above 0"
    if not 0 < demand.level < 1:
        yield "percent", f"is {demand.level * 100:g}", "give more than 0 and less than 100: all takes endless agents"
    if not (demand.within_s > 0 and isfinite(demand.within_s)):
        yield "within_s", f"is {demand.within_s:g}", "give seconds above 0"
    if demand.patience_s is not None and not (demand.patience_s > 0 and isfinite(demand.patience_s)):
        yield "patience_s", f"is {demand.patience_s:g}", "give seconds above 0, or leave it out: customers wait"


def _cell(row: Mapping[str, str]) -> tuple[str, Demand]:
    start = row.get("start", "")
    if not start:
        raise _Wrong(("start",), "is empty", "name the interval, like 08:00")
    voice = row.get("channel") or Channel.VOICE.value
    if voice not in set(Channel):
        raise _Wrong(("channel",), f"is {voice!r}", f"write one of {', '.join(Channel)}")
    usual = USUAL_TARGETS[Channel(voice)]
    demand = Demand(
        client=row.get("tenant", ""),
        channel=Channel(voice),
        contacts=_number(row, "contacts"),
        aht_s=_number(row, "aht_s"),
        level=_number(row, "percent", usual.percent) / 100,
        within_s=_number(row, "within_s", usual.within_s),
        patience_s=_number(row, "patience_s", -1) if row.get("patience_s") else None,
    )
    for field, why, fix in _unfit(demand):
        raise _Wrong((field,), why, fix)
    return start, demand


def _number(row: Mapping[str, str], column: str, usual: float | None = None) -> float:
    text = row.get(column, "")
    if not text and usual is not None:
        return usual
    try:
        return float(text)
    except ValueError:
        raise _Wrong((column,), f"is {text!r}" if text else "is empty", "write a number like 12.5") from None


def _twice(demands: list[Demand]) -> str:
    names = [(demand.client, demand.channel) for demand in demands]
    return next((f"{client} on {channel}" for client, channel in names if names.count((client, channel)) > 1), "")


def _told(file: str, line: int, wrong: _Wrong) -> str:
    field = f"{wrong.field} " if wrong.field else ""
    return f"{file}:{line}: {field}{wrong.why}. {wrong.fix[:1].upper()}{wrong.fix[1:]}."
