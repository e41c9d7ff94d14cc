"""The calls that press: for each of them an agent is kept free of new written work, until one has nothing left."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from heapq import heappop, heappush
from math import inf

from chalicelib.routing.model.pool_parts import Queue, Waiting


class Drain:
    """Which agents it may be, and how many.

    A line presses while one of its calls does; the signatures that may serve its head, the most urgent of the line,
    stand for all of them. So the figures change with lines, and a look costs nothing.

    That a line begins to press is seen at once. Its further calls are counted when it matters: where fewer are counted
    than there are agents to be kept free, and some are due (`next`), whoever asks has them counted first.
    """

    __slots__ = (
        "_calls_of", "_dedicated_lines", "_in_turn", "_lines_of", "_others", "able", "calls", "dedicated", "next",
        "seen",
    )  # fmt: skip

    def __init__(self, dedicated: int = 0) -> None:
        self.next = inf  # when to look
        self.seen = -inf  # the calls that press since then are counted
        self.calls = 0  # those of lines that are not blocked
        self.dedicated = dedicated  # the signatures that are
        # Who comes to wait, by how long before the deadline they press: they do so in order of arrival.
        self._in_turn: dict[float, deque[Waiting]] = {}
        self._others: list[tuple[float, Waiting]] = []  # a heap: (when, who)
        self.able = 0  # the signatures that may serve the head of a line that presses
        self._lines_of: dict[int, int] = {}  # the shared ones for such a head → how many lines
        self._calls_of: dict[int, int] = {}  # the same → how many calls
        self._dedicated_lines: dict[int, set[Queue]] = {}  # a dedicated signature's bit → lines

    def in_turn(self, urgent: float) -> deque[Waiting]:
        """For the calls of one target that come without a boost."""
        return self._in_turn.setdefault(urgent, deque())

    def expect(self, at: float, one: Waiting) -> None:
        """A call waits, and presses from then on."""
        heappush(self._others, (at, one))
        if at < self.next:
            self.next = at

    def look(self, now: float, waits: Mapping[int, Waiting]) -> None:
        """Counts who has become pressing. Who is not in `waits` is forgotten."""
        self.seen, next_ = now, inf
        for urgent, due in self._in_turn.items():
            while due:
                one = due[0]
                deadline, contact, queue = one
                if waits.get(contact) is one:
                    if deadline - urgent > now:
                        if deadline - urgent < next_:
                            next_ = deadline - urgent
                        break
                    self._press(queue)
                due.popleft()
        others = self._others
        while others and (others[0][0] <= now or waits.get(others[0][1][1]) is not others[0][1]):
            _, one = heappop(others)
            if waits.get(one[1]) is one:
                self._press(one[2])
        self.next = others[0][0] if others and others[0][0] < next_ else next_

    def _press(self, queue: Queue) -> None:
        queue.pressed += 1
        if queue.counted_for:
            self.calls += 1
            self._calls_of[queue.counted_for & ~self.dedicated] += 1
        elif queue.shown >= 0:
            self.enter(queue)

    def forget(self, queue: Queue, now: float, waits: Mapping[int, Waiting]) -> None:
        """A pressing call no longer waits."""
        queue.pressed -= 1
        if queue.counted_for:
            self.calls -= 1
            self._calls_of[queue.counted_for & ~self.dedicated] -= 1
            if not queue.pressed and self.next <= now:
                self.look(now, waits)
            if not queue.pressed:
                self.leave(queue)

    def enter(self, queue: Queue) -> None:
        """The line presses and is not blocked, or others may serve its head now."""
        reach = queue.reach
        if not queue.pressed or queue.counted_for == reach or not reach:
            return
        self.leave(queue)
        queue.counted_for = reach
        shared = reach & ~self.dedicated
        self.calls += queue.pressed
        self._calls_of[shared] = self._calls_of.get(shared, 0) + queue.pressed
        self._lines_of[shared] = self._lines_of.get(shared, 0) + 1
        self.able |= reach
        for bit in bits(reach & self.dedicated):
            self._dedicated_lines.setdefault(bit, set()).add(queue)

    def leave(self, queue: Queue) -> None:
        reach = queue.counted_for
        if not reach:
            return
        queue.counted_for = 0
        self.calls -= queue.pressed
        shared = reach & ~self.dedicated
        self._calls_of[shared] -= queue.pressed
        self._lines_of[shared] -= 1
        if not self._lines_of[shared]:
            del self._lines_of[shared]
            self.able &= self.dedicated
            for other in self._lines_of:
                self.able |= other
        for bit in bits(reach & self.dedicated):
            lines = self._dedicated_lines[bit]
            lines.remove(queue)
            if not lines:
                self.able &= ~bit

    def unserved(self, idle: int) -> int:
        """The calls of lines whose head none of the `idle` signatures may serve."""
        idle &= self.able
        if not idle:
            return self.calls
        shared = idle & ~self.dedicated
        calls = self.calls
        if shared:
            for reach, some in self._calls_of.items():
                if reach & shared:
                    calls -= some
        if idle == shared:
            return calls
        served: set[Queue] = set()
        for bit in bits(idle & self.dedicated):
            served |= self._dedicated_lines.get(bit, set())
        return calls - sum(queue.pressed for queue in served if not queue.counted_for & shared)


def bits(of: int) -> list[int]:
    found = []
    while of:
        low = of & -of
        found.append(low)
        of ^= low
    return found
