"""Time behind a port: the wall's in the local stack, a virtual one in tests.

The exchange is one thread of small steps; whoever drives the clock drives the exchange.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Timer(Protocol):
    def cancel(self) -> None: ...


class Clock(Protocol):
    def now(self) -> datetime: ...

    def later(self, seconds: float, then: Callable[[], None]) -> Timer:
        """Calls `then` once, `seconds` from now, unless cancelled before."""
        ...


class WallClock:
    """Real time on a running asyncio loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop

    def now(self) -> datetime:
        return datetime.now(UTC)

    def later(self, seconds: float, then: Callable[[], None]) -> Timer:
        return self._loop.call_later(max(seconds, 0.0), then)


class _Due:
    """What is cancelled is let go of at once, not when its time comes."""

    __slots__ = ("then",)

    def __init__(self, then: Callable[[], None]) -> None:
        self.then: Callable[[], None] | None = then

    def cancel(self) -> None:
        self.then = None


class VirtualClock:
    """Time that moves only when told to, and jumps from one due thing to the next."""

    def __init__(self, start: datetime) -> None:
        self._now = start
        self._due: list[tuple[datetime, int, _Due]] = []
        self._order = itertools.count()  # what is due together happens in the order it was asked for

    def now(self) -> datetime:
        return self._now

    def later(self, seconds: float, then: Callable[[], None]) -> Timer:
        due = _Due(then)
        heapq.heappush(self._due, (self._now + timedelta(seconds=max(seconds, 0.0)), next(self._order), due))
        return due

    def advance(self, seconds: float) -> None:
        """Lets `seconds` pass, with everything that falls due in them."""
        until = self._now + timedelta(seconds=seconds)
        while self._due and self._due[0][0] <= until:
            self._step()
        self._now = until

    def settle(self, most: float = 86_400.0) -> None:
        """Runs until nothing is due any more, or for `most` seconds of virtual time."""
        until = self._now + timedelta(seconds=most)
        while self._due and self._due[0][0] <= until:
            self._step()

    def step(self) -> bool:
        """Jumps to the next thing due; False when there is none."""
        if self._due:
            self._step()
        return bool(self._due)

    def _step(self) -> None:
        at, _, due = heapq.heappop(self._due)
        if due.then is None:
            return
        self._now = at
        due.then()
