"""How benchmarks are written down: one JSON line each, and a ratio to a baseline of the same run."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """`ratio` is value / baseline; `ok` is null where no limit is set."""

    bench: str
    value: float
    unit: str
    baseline: float | None = None
    ratio: float | None = None
    n: int = 1
    limit: float | None = None
    ok: bool | None = None

    def __str__(self) -> str:
        return json.dumps(asdict(self))


Bench = Callable[[], Iterator[Line]]


def plain(bench: str, value: float, unit: str, n: int) -> Line:
    """A figure with nothing to compare it with."""
    return Line(bench=bench, value=round(value, 4), unit=unit, n=n)


def compared(bench: str, values: list[float], unit: str, baseline: list[float], limit: float | None) -> Line:
    """The medians of both, and whether their ratio is within the limit."""
    value, base = statistics.median(values), statistics.median(baseline)
    ratio = value / base
    return Line(
        bench=bench,
        value=round(value, 1),
        unit=unit,
        baseline=round(base, 1),
        ratio=round(ratio, 3),
        n=len(values),
        limit=limit,
        ok=None if limit is None else ratio <= limit,
    )


def against(bench: str, value: float, baseline: float, unit: str, n: int, limit: float) -> Line:
    """One figure beside another of the same kind, and whether their ratio is within the limit."""
    ratio = round(value / baseline, 3)
    return Line(
        bench=bench,
        value=round(value, 3),
        unit=unit,
        baseline=round(baseline, 3),
        ratio=ratio,
        n=n,
        limit=limit,
        ok=ratio <= limit,
    )


def milliseconds_of(statement: str) -> float:
    """How long the statement takes in a fresh Python, start of the interpreter left out."""
    program = f"import time; t = time.perf_counter(); {statement}; print((time.perf_counter() - t) * 1000)"
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT / "functions",
        env={"PATH": "/usr/bin:/bin", "AWS_DEFAULT_REGION": "us-east-1", "PYTHONPATH": str(ROOT / "functions")},
        capture_output=True,
        text=True,
        check=True,
    )
    return float(done.stdout.splitlines()[-1])
