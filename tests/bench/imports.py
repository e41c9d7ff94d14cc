"""Cold start: what each Lambda's door costs to import, against boto3 with one DynamoDB client."""

from __future__ import annotations

from collections.abc import Iterator

from tests.bench.measure import Line, compared, milliseconds_of
from tests.lambdas import lambdas

LIMIT = 0.5
# A caller hears silence while the flow's Lambda starts: before it builds anything it must be quicker still.
LIMITS = {"contact_flow": 0.4}
_REPEATS = 7
_BASELINE = "import boto3; boto3.client('dynamodb')"


def bench() -> Iterator[Line]:
    doors = {name: handler.rpartition(".")[0] for name, handler in sorted(lambdas().items())}
    for module in {*doors.values()}:
        milliseconds_of(f"import {module}")  # compiles what was not compiled yet
    baseline: list[float] = []
    times: dict[str, list[float]] = {name: [] for name in doors}
    for _ in range(_REPEATS):  # interleaved, so that a busy moment hits all alike
        baseline.append(milliseconds_of(_BASELINE))
        for name, module in doors.items():
            times[name].append(milliseconds_of(f"import {module}"))
    for name in doors:
        yield compared(f"import.{name}", times[name], "ms", baseline, LIMITS.get(name, LIMIT))
    yield compared("import.voice", times["contact_flow"], "ms", baseline, LIMITS["contact_flow"])
