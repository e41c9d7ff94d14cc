"""The Lambda that our flows ask, on the deployed local stack: its slowest step for eight callers at once.

Connect waits 8 s for an answer, and the caller hears silence meanwhile. The baseline asks the same Lambda something
that it answers without any look-up, by as many at the same time.
"""

from __future__ import annotations

import json
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

from tests.bench.measure import Line
from tests.deployed import Stack, deployed

CLIENTS, CALLS = 8, 25
PATIENCE_MS = 8_000.0
LIMIT = 0.25  # of that patience
PHONE = "+15550100100"
_STEPS = ("arrive", "choose", "poll")


def bench() -> Iterator[Line]:
    with deployed() as stack:
        ask = _asking(stack)
        _together(lambda: _call(ask), 3)  # warms the workers
        nothing = sorted(took for steps in _together(lambda: [ask("nothing", "none", {})[0]], CALLS) for took in steps)
        calls = _together(lambda: _call(ask), CALLS)
    by_step = {step: sorted(steps[place] for steps in calls) for place, step in enumerate(_STEPS)}
    slowest = max(by_step, key=lambda step: _p99(by_step[step]))
    for step, times in by_step.items():
        yield _line(f"voice.lambda.{step}", times, nothing)
    value = _p99(by_step[slowest])
    yield Line(
        bench="voice.lambda",
        value=round(value, 1),
        unit=f"ms, p99 of {slowest}, {CLIENTS} callers at once",
        baseline=PATIENCE_MS,
        ratio=round(value / PATIENCE_MS, 4),
        n=len(calls),
        limit=LIMIT,
        ok=value / PATIENCE_MS <= LIMIT,
    )


def _line(bench: str, times: list[float], nothing: list[float]) -> Line:
    value, base = _p99(times), _p99(nothing)
    ratio = round(value / base, 2)
    return Line(bench=bench, value=round(value, 1), unit="ms, p99", baseline=round(base, 1), ratio=ratio, n=len(times))


def _p99(times: list[float]) -> float:
    return times[min(len(times) - 1, int(len(times) * 0.99))]


Ask = Callable[[str, str, dict[str, str]], tuple[float, dict[str, str]]]


def _asking(stack: Stack) -> Ask:
    client, function = stack.client("lambda"), stack.function("contact_flow")

    def ask(step: str, contact: str, attributes: dict[str, str]) -> tuple[float, dict[str, str]]:
        event = json.dumps(_event(step, contact, attributes)).encode()
        began = time.perf_counter()
        answer = json.load(client.invoke(FunctionName=function, Payload=event)["Payload"])
        return (time.perf_counter() - began) * 1000, answer

    return ask


def _call(ask: Ask) -> list[float]:
    """The milliseconds of each step of one caller who waits for an agent."""
    contact = str(uuid.uuid4())
    arrive, told = ask("arrive", contact, {})
    attributes = {name: told[name] for name in ("tenantId", "contactId", "language") if name in told}
    assert attributes.get("tenantId") == "plumber", told
    choose, _ = ask("choose", contact, attributes)
    poll, _ = ask("poll", contact, attributes | {"place": "holding", "agent": "none"})
    return [arrive, choose, poll]


def _event(step: str, contact: str, attributes: dict[str, str]) -> dict[str, Any]:
    data = {
        "ContactId": contact,
        "InitialContactId": contact,
        "Channel": "VOICE",
        "InitiationMethod": "INBOUND",
        "CustomerEndpoint": {"Address": "+15550123456", "Type": "TELEPHONE_NUMBER"},
        "SystemEndpoint": {"Address": PHONE, "Type": "TELEPHONE_NUMBER"},
        "Attributes": attributes,
    }
    parameters = {"step": step, "input": "2", "about": "0", "place": attributes.get("place", "none"), "agent": "none"}
    return {"Name": "ContactFlowEvent", "Details": {"ContactData": data, "Parameters": parameters}}


def _together(once: Callable[[], list[float]], each: int) -> list[list[float]]:
    took: list[list[float]] = []

    def work() -> None:
        for _ in range(each):
            took.append(once())

    threads = [threading.Thread(target=work) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return took
