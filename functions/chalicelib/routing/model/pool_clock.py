"""What a pool does as time goes by: rings open, calls begin to press, who waited for his own agent joins the line."""

from __future__ import annotations

from collections.abc import Mapping
from heapq import heappop
from math import inf, isfinite

from chalicelib.kernel.errors import Invalid
from chalicelib.kernel.ids import TenantId
from chalicelib.routing.model.pool_parts import NOBODY, Queue
from chalicelib.routing.model.pool_release import Release
from chalicelib.routing.model.share import Share


class Clock(Release):
    __slots__ = ("_careful",)

    def __init__(self, shares: Mapping[TenantId, Share], *, drain: bool, explaining: bool) -> None:
        super().__init__(shares, drain=drain, explaining=explaining)
        # Whether what one contact or agent does may free another for a third.
        self._careful = explaining or any(share.hard or share.ceiling is not None for share in shares.values())

    @property
    def next_wake(self) -> float:
        return self._timers[0][0] if self._timers else inf

    def _at(self, now: float) -> float:
        if not isfinite(now):
            raise Invalid("now", f"is {now}", "take seconds")
        if now > self.now:
            self.now = now
        if self.now >= self._due:
            self._look_up()
        return self.now

    def _look_up(self) -> None:
        """What new tables and the time have changed."""
        now = self.now
        everything = self._restaffed or self._outdated
        if self._outdated:
            self._renew()
        if self._restaffed:
            self._renew_limits()
        widened: list[Queue] = []
        drain, able = self._drain, self._drain.able
        timers = self._timers
        while timers:
            at, whose, queue = timers[0]
            if at > now and (queue.head == whose or whose < 0):
                break
            heappop(timers)
            if whose >= 0:
                if queue.head == whose and self._widen(queue):
                    widened.append(queue)
            elif ~whose in self._personal:
                _, one, until = self._personal[~whose]
                if at >= until:
                    del self._personal[~whose]
                    self._join(one)
                everything = True
        self._due = self.next_wake
        # With other calls, others are drained, and who no longer is may be given something.
        if drain.able != able and self._some_calm():
            everything |= self._careful or bool(self._freed(able))
        if everything or (widened and (self._careful or self._mail)):
            self._settle()
        elif widened:
            self._serve(widened)

    def _widen(self, queue: Queue) -> bool:
        """The head of the line is let into its next ring, or presses. Whether somebody may have room for it."""
        step, steps = queue.step + 1, queue.steps
        if step < len(steps):
            deadline, contact, _ = queue.waiting[0]
            if deadline - steps[step][0] > self.now:
                return False
            stood = queue.standing
            self._let_in(queue, step)
            if stood is not queue.standing and queue.shown >= 0:
                self._stand(queue)
            if step + 1 < len(steps):
                if deadline - steps[step + 1][0] <= self.now:
                    return self._widen(queue)
                self._set_timer(deadline - steps[step + 1][0], contact, queue)
        free = self._free
        if queue.reach & free[0] or (self._mail and queue.step >= queue.press_step):
            return True
        return not queue.call and bool(queue.reach & (free[1] | free[2]))

    def _serve(self, queues: list[Queue]) -> None:
        """Only the heads of these lines may find an agent."""
        able = self._drain.able
        while True:
            asked, first = self._asked(), NOBODY
            for queue in queues:
                if queue.head >= 0:
                    free = self._asked_for(queue, asked)
                    if (free[0] if queue.call else free[0] | free[1] | free[2]) & queue.reach:
                        first = min(first, (queue.owner.turn, *queue.waiting[0]))
            if first is NOBODY:
                return
            drains = self._drain.calls > 0
            queue = first[3]
            agent = self._best(queue, self._asked_for(queue, asked), queue.reach)
            self._leave(agent)
            self._take(first, agent)
            self._enter(agent)
            if drains and self._freed(able) and self._some_calm():
                self._settle()  # somebody may be drained no more
                return

    def _some_calm(self) -> bool:
        """Whether there is written work for those who are drained no more."""
        if not self._with_room:
            return False
        return bool(self._personal or (self._calm and self._first_calm() is not NOBODY))
