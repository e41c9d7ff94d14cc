"""Rows against our formulas, and what is told of those that fail."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

from chalicelib.kernel.errors import ManylineError
from chalicelib.kernel.money import half_up
from tests.vectors import billing
from tests.vectors.models import MODELS, Answers
from tests.vectors.reading import PARTS, SECONDS, Given, Missing, split
from tests.vectors.terms import Terms

# How many times the tolerance (half a unit of the last published digit) a figure may be off.
_SLACK = {"rounding": 2.0}  # the publisher cut digits off: up to one whole unit


# Whose figures count: where the publisher's are a defect, those that were computed anew.
_COUNTS = {"inconsistent": "exact", "cautionary": "exact_recomputed"}
SKIPPED = "doc_inconsistent"  # published prose that contradicts its own input proves nothing


class BadFile(Exception):
    """No file of vectors; the text says why, and which shape is known."""


def rows(file: Path) -> list[dict[str, Any]]:
    known = 'a file of vectors is {"vectors": [{"id", "model", "input", "expected", ...}]}'
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadFile(f"{file} cannot be read: {(error.strerror or str(error)).lower()}; {known}") from None
    except UnicodeDecodeError:
        raise BadFile(f"{file} is no text; {known}") from None
    except json.JSONDecodeError as error:
        raise BadFile(f"{file}:{error.lineno}: is no JSON ({error.msg}); {known}") from None
    found = content.get("vectors") if isinstance(content, dict) else content
    if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
        raise BadFile(f"{file}: has no list `vectors`; {known}")
    return found


def failures(row: Mapping[str, Any], *, against: str = "") -> Iterator[str]:
    """What is wrong with a row of the file, a line each; nothing where we reproduce it.

    `against` names the figures to compare with in place of those that its status asks for.
    """
    name, status = str(row.get("model")), str(row.get("status", "match"))
    model = MODELS.get(name)
    if model is None and name not in billing.MODELS:
        yield f"no model {row.get('model')!r} here"
        return
    wanted = row.get(against or _COUNTS.get(status, "expected"))
    if not isinstance(wanted, dict) or not isinstance(row.get("input"), dict):
        yield "has no `input`, or no figures to compare with"
        return
    if model is None:
        yield from _exactly(row, wanted)
        return
    try:
        answers = model(Given(row["input"], row.get("expected")))
    except (Missing, ManylineError) as error:
        yield str(error)
        return
    for key, figure in wanted.items():
        tolerance = (row.get("tolerance") or {}).get(key)
        wrong = _compared(answers, key, figure, tolerance, _SLACK.get(status, 1.0))
        if wrong:
            yield wrong


def _compared(answers: Answers, key: str, wanted: Any, tolerance: Any, slack: float) -> str:
    name, unit = (key.lower(), 1.0) if key.lower() in answers else split(key)
    if name not in answers:
        return f"{key} is nothing that this model says; it says {', '.join(answers)}"
    try:
        ours = answers[name]()
    except (Missing, ManylineError) as error:
        return f"{key}: {error}"
    off = [_off(mine, theirs, unit, tolerance, slack) for mine, theirs in _pairs(ours, wanted)]
    told = [text for text in off if text]
    return f"{key}: {'; '.join(told)}" if told else ""


def _pairs(ours: Any, wanted: Any) -> Sequence[tuple[float, Any]]:
    if isinstance(ours, list):
        theirs = list(wanted.values()) if isinstance(wanted, dict) else wanted
        return list(zip(ours, theirs, strict=True)) if isinstance(theirs, list) else [(ours[0], theirs)]
    return [(ours, wanted)]


def _off(ours: float, wanted: Any, unit: float, tolerance: Any, slack: float) -> str:
    mine, theirs = ours / unit, float(wanted)
    allowed = _last_digit(wanted) / 2 if tolerance is None else float(tolerance)
    # The last bits of binary numbers decide nothing.
    allowed = allowed * slack * (1 + 1e-9) + 1e-15 * abs(theirs)
    return "" if abs(mine - theirs) <= allowed else f"ours is {mine!r}, theirs {wanted}, allowed is {allowed:.3g} off"


def _last_digit(figure: Any) -> float:
    """One unit of the last digit that was published; nothing for whole numbers."""
    text = str(figure)
    return 10.0 ** -len(text.partition(".")[2]) if "." in text and "e" not in text.lower() else 0.0


def _exactly(row: Mapping[str, Any], wanted: Mapping[str, Any]) -> Iterator[str]:
    """Figures of billing: to the last digit, no tolerance."""
    try:
        figures = billing.MODELS[str(row["model"])](Terms(row["input"], row.get("expected") or {}))
    except (Missing, ManylineError, AttributeError, LookupError, TypeError, ValueError, ArithmeticError) as error:
        yield str(error) or type(error).__name__
        return
    for key, figure in wanted.items():
        if key not in figures:
            yield f"{key} is nothing that this model says; it says {', '.join(figures)}"
        elif not _same(figures[key], figure):
            yield f"{key}: ours is {_told(figures[key])}, theirs {_told(figure)}"


def _same(ours: Any, theirs: Any) -> bool:
    if isinstance(ours, list):
        return isinstance(theirs, list) and len(ours) == len(theirs) and all(map(_same, ours, theirs))
    if isinstance(ours, str):
        return bool(ours == theirs)
    exact = Fraction(ours)
    if exact == Fraction(str(theirs)):
        return True
    # A figure without end, like 14/29, is published to some digit.
    places = max(0, -int(Decimal(str(theirs)).as_tuple().exponent))
    scaled = exact * 10**places
    published = Fraction(str(theirs)) * 10**places
    return not _ends(exact) and bool(half_up(scaled.numerator, scaled.denominator) == published)


def _ends(number: Fraction) -> bool:
    denominator = number.denominator
    for prime in (2, 5):
        while denominator % prime == 0:
            denominator //= prime
    return denominator == 1


def _told(figure: Any) -> str:
    if isinstance(figure, list):
        return f"[{', '.join(_told(one) for one in figure)}]"
    if not isinstance(figure, Fraction):
        return str(figure)
    return str(Decimal(figure.numerator) / Decimal(figure.denominator)) if _ends(figure) else str(figure)


def run(file: Path) -> Iterator[tuple[str, list[str] | None]]:
    """Each row's id with what is wrong with it; None in its place for a row that proves nothing."""
    found = rows(file)
    known = {str(row.get("id")): row for row in found}
    for place, row in enumerate(found, 1):
        name = str(row.get("id") or f"row {place}")
        whole = _with_input(row, known)
        skipped = whole is None or row.get("status") == SKIPPED
        yield name, None if whole is None or skipped else list(failures(whole))


def _with_input(row: Mapping[str, Any], known: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """A row whose input is `{"same_as": id}` has that row's. None where it is not in the file."""
    given = row.get("input")
    if not isinstance(given, dict) or set(given) != {"same_as"}:
        return row
    other = known.get(str(given["same_as"]))
    return None if other is None else {**row, "input": other.get("input")}


assert not SECONDS.keys() & PARTS.keys(), "a unit is a time or a part"
