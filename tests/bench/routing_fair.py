"""A storm on one client's line, simulated with the real matcher: what the nineteen others keep.

With the rule, with half of it (deadlines alone, reserve alone), and without a storm. Means over the same 20 days.
Service level is answered within target / offered, in the two hours of the storm.
"""

from __future__ import annotations

from collections.abc import Iterator

from chalicelib.routing.service.study import Each, study
from tests.bench.measure import Line, plain
from tests.bench.routing_cases import EXPERIMENTS, RULES, StormFigures, side_by_side, storm

DAYS = range(1, 21)
LEAST = 0.96  # of what the others keep


def bench() -> Iterator[Line]:
    with side_by_side() as each:
        yield from _lines(each)


def _lines(each: Each) -> Iterator[Line]:
    for experiment in EXPERIMENTS:
        quiet = StormFigures.of(study(storm(experiment, RULES["rule"], times=1.0), DAYS, each))
        yield from _storm_lines(f"routing.fair.{experiment}.quiet", quiet, None)
        for name, terms in RULES.items():
            found = StormFigures.of(study(storm(experiment, terms), DAYS, each))
            yield from _storm_lines(f"routing.fair.{experiment}.{name}", found, quiet)


def _storm_lines(name: str, found: StormFigures, quiet: StormFigures | None) -> Iterator[Line]:
    """The baseline is the same figure of the day without a storm."""
    bound = LEAST if name.endswith(".rule") else None
    others = found.others
    yield Line(
        bench=f"{name}.others",
        value=round(others.mean, 4),
        unit="service level",
        baseline=round(quiet.others.mean, 4) if quiet else None,
        ratio=round(others.mean / quiet.others.mean, 4) if quiet else None,
        n=others.n,
        limit=bound,
        ok=None if bound is None else others.mean >= bound,
    )
    yield plain(f"{name}.others.error", others.error, "standard error", others.n)
    yield plain(f"{name}.worst", found.worst, "service level", others.n)
    yield plain(f"{name}.storming", found.storming.mean, "service level", others.n)
    yield plain(f"{name}.idle", found.idle.mean, "seats idle while somebody waited", others.n)
