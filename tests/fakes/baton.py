"""Several actors on one store, one request at a time, in an order that a seed decides."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Sequence


class Baton:
    """Before each request its actor may have to wait while others go on; who goes on, a seed says.

    The threads are kept from one run to the next: starting them would cost more than the requests.
    """

    def __init__(self, most: int) -> None:
        self._turns = [threading.Lock() for _ in range(most)]
        self._done = threading.Lock()
        self._jobs: list[Callable[[], object] | None] = [None] * most
        self._alive: list[int] = []
        self._now = -1
        self._dice = random.Random(0)
        self.failures: list[BaseException] = []
        self.order: list[int] = []  # who had the baton for each request, in this run
        for turn in (*self._turns, self._done):
            turn.acquire()
        for number in range(most):
            threading.Thread(target=self._work, args=(number,), daemon=True).start()

    def run(self, actors: Sequence[Callable[[], object]], seed: int) -> None:
        """Until all are done. What an actor raises ends it, and is kept in `failures`."""
        self._dice = random.Random(seed)
        self.failures, self.order = [], []
        self._jobs[: len(actors)] = actors
        self._alive = list(range(len(actors)))
        self._hand_over()
        self._done.acquire()
        self._now = -1

    def before(self, operation: str) -> None:
        """For `MemoryDatabase.before`."""
        me = self._now
        if me < 0 or len(self._alive) == 1:
            return
        self._now = self._dice.choice(self._alive)
        self.order.append(self._now)
        if self._now != me:
            self._turns[self._now].release()
            self._turns[me].acquire()

    def _hand_over(self) -> None:
        self._now = self._dice.choice(self._alive)
        self.order.append(self._now)
        self._turns[self._now].release()

    def _work(self, number: int) -> None:
        while True:
            self._turns[number].acquire()
            job = self._jobs[number]
            assert job is not None, "whoever has the baton has something to do"
            try:
                job()
            except BaseException as failure:
                self.failures.append(failure)
            self._alive.remove(number)
            if self._alive:
                self._hand_over()
            else:
                self._done.release()
