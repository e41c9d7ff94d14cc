"""Contacts per second through the whole local stack, arrival to offered; the baseline asks the same API for nothing.

A contact is a chat: opened over HTTP, admitted, queued, matched and offered before the answer comes back. Then the
visitor leaves, so that its agent is free for the next one (not timed).
"""

from __future__ import annotations

import statistics
import threading
import time
import uuid
from collections.abc import Callable, Iterator

import requests

from chalicelib import wiring
from chalicelib.kernel.clock import instant
from chalicelib.kernel.ids import AgentId, TeamId
from chalicelib.workforce.model import Agent, Status
from tests.bench.measure import Line
from tests.deployed import Stack, deployed

WIDGET = "wk_luna_7d41c09e"
_EACH = 40  # contacts of each client
_AGENTS = 12
_NOW = "2026-01-01T00:00:00Z"


def bench() -> Iterator[Line]:
    with deployed() as stack:
        for number in range(_AGENTS):
            agent = Agent(agent=AgentId(f"bench-{number}"), name="Bench", team=TeamId("shared"))
            wiring.routing().set_status(agent, Status.AVAILABLE, instant(_NOW))
        for clients in (1, 8):
            _together(clients, lambda session: _contact(stack, session), 3)  # warms the workers
            nothing = _together(clients, lambda session: _nothing(stack, session), _EACH)
            contacts = _together(clients, lambda session: _contact(stack, session), _EACH)
            yield from _lines(clients, contacts, nothing)


def _lines(clients: int, contacts: list[float], nothing: list[float]) -> Iterator[Line]:
    name = f"local.contacts.{clients}"
    rate, base = clients / statistics.mean(contacts), clients / statistics.mean(nothing)
    yield _line(f"{name}.rate", rate, "contacts/s", base, len(contacts))
    for label, part in (("p50", 0.5), ("p95", 0.95)):
        yield _line(
            f"{name}.{label}", _quantile(contacts, part) * 1000, "ms", _quantile(nothing, part) * 1000, len(contacts)
        )


def _line(bench: str, value: float, unit: str, baseline: float, n: int) -> Line:
    ratio = round(value / baseline, 2)
    return Line(bench=bench, value=round(value, 1), unit=unit, baseline=round(baseline, 1), ratio=ratio, n=n)


def _together(clients: int, once: Callable[[requests.Session], float], each: int) -> list[float]:
    """The seconds of every single one, of all clients at the same time."""
    took: list[float] = []

    def work() -> None:
        with requests.Session() as session:
            for _ in range(each):
                took.append(once(session))

    threads = [threading.Thread(target=work) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return took


def _contact(stack: Stack, session: requests.Session) -> float:
    opening = {"key": WIDGET, "session": str(uuid.uuid4())}
    began = time.perf_counter()
    answer = session.post(f"{stack.url}/api/chat/sessions", json=opening, timeout=30)
    took = time.perf_counter() - began
    token = answer.json()["token"]
    session.post(f"{stack.url}/api/chat/end", headers={"Authorization": f"Bearer {token}"}, timeout=30)
    return took


def _nothing(stack: Stack, session: requests.Session) -> float:
    began = time.perf_counter()
    session.get(f"{stack.url}/api/alive", timeout=30)
    return time.perf_counter() - began


def _quantile(values: list[float], part: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * part))]
