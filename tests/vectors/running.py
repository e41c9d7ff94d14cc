"""Rows against our formulas, and what is told of those that fail."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from chalicelib.kernel.errors import ManylineError
from tests.vectors.models import MODELS, Answers
from tests.vectors.reading import PARTS, SECONDS, Given, Missing, split

# How many times the tolerance (half a unit of the last published digit) a figure may be off.
_SLACK = {"rounding": 2.0}  # the publisher cut digits off: up to one whole unit


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
    model = MODELS.get(str(row.get("model")))
    if model is None:
        yield f"no model {row.get('model')!r} here"
        return
    status = str(row.get("status", "match"))
    wanted = row.get(against or ("exact" if status == "inconsistent" else "expected"))
    if not isinstance(wanted, dict) or not isinstance(row.get("input"), dict):
        yield "has no `input`, or no figures to compare with"
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


def run(file: Path) -> Iterator[tuple[str, list[str]]]:
    """Each row's id with what is wrong with it."""
    for place, row in enumerate(rows(file), 1):
        yield str(row.get("id") or f"row {place}"), list(failures(row))


assert not SECONDS.keys() & PARTS.keys(), "a unit is a time or a part"
