"""Who comes: to an agent at once, to the end of a line, or to wait for the agent who knows the case.

Most come without a boost to a pool where nobody is drained, blocked or barred. For those it is written out.
"""

from __future__ import annotations

from bisect import insort
from heapq import heappush

from chalicelib.kernel.errors import Invalid, NotFound
from chalicelib.routing.model.capacity import UNITS
from chalicelib.routing.model.pool_clock import Clock
from chalicelib.routing.model.pool_parts import LEAVING, Agent, Queue, Waiting

STICKY = 0.25  # of the target: how long a contact waits for the agent who knows its case


class Arrivals(Clock):
    __slots__ = ()

    def _arrive_written(self, queue: Queue, contact: int, deadline: float) -> None:
        """One who takes a part of an agent, without a boost, where what he takes frees nobody for a third.

        `Rule._best`, `Floor._leave`, `_give` and `_enter` in one piece.
        """
        idle, first, second = self._asked() if self._drain.calls else self._free
        some = (idle | first | second) & queue.reach
        if not some:
            self._wait((deadline, contact, queue))
            return
        some &= self._signatures[(some & -some).bit_length() - 1].peers
        idle &= some
        first &= some
        second &= some
        if (idle and (first or second)) or (first and second):
            if self._packs(queue):
                load, some = (2, second) if second else (1, first)
            else:
                load, some = (0, idle) if idle else (1, first)
        else:
            load, some = (0, idle) if idle else (1, first) if first else (2, second)
        try:
            best, others = self._preferred[some]
        except KeyError:
            best, others = self._prefer(some)
        seat = best.seats[load][0]
        for other in others:
            if other.seats[load][0] < seat:
                seat = other.seats[load][0]
        agent = seat[2]

        # He moves from one place to the next.
        signature = agent.signature
        seats = signature.seats[load]
        del seats[0]
        if not seats:
            self._free[load] ^= signature.bit
        if not load:
            self._with_room += 1
        agent.load = load = load + 1
        if load < UNITS:
            agent.place = load
            insort(signature.seats[load], agent.seat)
            self._free[load] |= signature.bit
        else:
            agent.place = -1
            self._with_room -= 1
        client = queue.owner
        self._held[contact] = (agent, queue, deadline, client.busy, self._signed_in, False)
        if agent.counts:
            client.busy += 1
            if client.heads:
                client.turn = client.turn_now()
        if queue.pausable:
            self._have_mail(agent, contact)
        self.assigned.append((contact, agent.number))

    def _wait(self, one: Waiting) -> None:
        """Like `_join`, for one who comes without a boost, and so to the end of the line."""
        deadline, contact, queue = one
        self._waits[contact] = one
        if queue.call:
            self.calls_waiting += 1
            if self._mixed:
                queue.watch.append(one)
                at, drain = deadline - queue.urgent, self._drain
                if at < drain.next:
                    drain.next = at
        if queue.waiting:
            heappush(queue.waiting, one)
            return
        if len(queue.steps) > 1:
            self._set_timer(deadline - queue.steps[1][0], contact, queue)
        queue.waiting.append(one)
        client = queue.owner
        if not client.heads:
            client.turn = client.turn_now()
        insort(client.heads, one)
        queue.head = queue.shown = contact
        self._stand(queue)

    def _arrive(self, queue: Queue, now: float, boost_s: float, prefer: int | None) -> int:
        target = queue.target
        if not 0 <= boost_s <= target:
            raise Invalid("boost_s", f"is {boost_s}", f"take 0 to the target of {target} s")
        own = None if prefer is None else self._known(prefer)
        now = self._at(now)
        contact = self.offered
        self.offered = contact + 1
        one = (now + target - boost_s, contact, queue)
        if own is not None and own.status < LEAVING and self._lets_in(own, queue, one[0]):
            until = now + STICKY * target
            self._personal[contact] = (own, one, until)
            self._set_timer(until, ~contact, queue)
            if not queue.call and now < one[0] - queue.urgent < until:
                self._set_timer(one[0] - queue.urgent, ~contact, queue)  # from then on he is not kept free of it
        else:
            self._join(one)
        self._settle()
        return contact

    def _known(self, agent: int) -> Agent:
        if not 0 <= agent < len(self._agents):
            raise NotFound("agent", str(agent))
        return self._agents[agent]
