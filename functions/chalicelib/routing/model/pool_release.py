"""One agent has room again, and all else was settled: what most releases need.

It comes to the same as `Rule._settle`, written out without a call for each step. When his last contact made the turn
of its client better, the lines of that client (`better`) may stand too low in their groups. They are looked at one by
one, and listed only if what he takes does not make it worse again.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from heapq import heappop, heappush, heapreplace
from math import inf

from chalicelib.routing.model.capacity import UNITS
from chalicelib.routing.model.pool_parts import NOBODY, Agent, Client, Entry, Signature
from chalicelib.routing.model.pool_rule import Rule


class Release(Rule):
    __slots__ = ()

    def _fill(self, agent: Agent, better: Client | None) -> bool:
        """Gives him what he may take, smallest key first; he is not among the seats.

        Only where nobody is drained, blocked or barred: then what he takes changes nothing for others. It ends with
        the first mail, and says so: a pressing contact may have that laid aside at once.
        """
        signature, load = agent.signature, agent.load
        mail = False
        while load < UNITS and not mail:
            best = self._first_for(signature, load, False, better)
            if best is NOBODY:
                break
            self._take(best, agent)
            load = agent.load
            mail = best[3].pausable
            if better is not None and better.turn < better.worst:
                self._list(better)
            better = None
        if better is not None:
            self._list(better)
        return mail

    def _take(self, entry: Entry, agent: Agent) -> None:
        """`_hand_over` for an agent who is not among the seats and a client who is never blocked, all in one piece."""
        _, deadline, served, queue = entry

        # It leaves the line.
        waits, waiting, client = self._waits, queue.waiting, queue.owner
        del waits[served]
        if queue.call:
            self.calls_waiting -= 1
            if queue.pressed and deadline - queue.urgent <= self._drain.seen:
                self._drain.forget(queue, self.now, waits)
        heads, one = client.heads, heappop(waiting)
        del heads[bisect_left(heads, one)]
        while waiting and waiting[0][1] not in waits:
            heappop(waiting)
            queue.gone -= 1

        # He carries it.
        busy = client.busy
        self._held[served] = (agent, queue, deadline, busy, self._signed_in, False)
        self.assigned.append((served, agent.number))
        agent.load += queue.cost
        if queue.pausable:
            self._have_mail(agent, served)
        turn = client.turn
        if agent.counts:
            client.busy = busy = busy + queue.cost
            cap = client.cap
            client.turn = turn = 0.0 if busy < client.reserve else 0.5 if busy < cap else busy / cap if cap else inf

        # The next of the line is seen.
        if not waiting:
            self._close(queue)
            return
        one = waiting[0]
        insort(heads, one)
        deadline, contact, _ = one
        steps, step = queue.steps, queue.step
        if (step and deadline - steps[step][0] > self.now) or step + 1 < len(steps):
            self._expose(queue)
            return
        queue.head = queue.shown = contact
        queue.listed = turn = turn if turn < 1.0 else 1.0
        if turn > client.worst:
            client.worst = turn
        entry = (turn, deadline, contact, queue)
        for heap in queue.standing:
            if heap and heap[0][2] == served:
                heapreplace(heap, entry)
            else:
                heappush(heap, entry)
                self._spare -= 1

    def _share_out(self, agent: Agent, better: Client | None) -> None:
        """The same while agents are drained.

        With nothing to do he may serve a call that pressed, so there are fewer to be drained for; and others, who need
        be no more, may be given written work that comes before it.
        """
        drain, signature = self._drain, agent.signature
        able, bit = drain.able, signature.bit
        better, done = self._fill_drained(agent, better)
        if done:
            return
        self._enter(agent)
        load = agent.place
        while self._waits:
            freed = self._freed(able)
            if load < 0 and not freed:
                break

            # What may he take?
            first, drained = NOBODY, False
            if load >= 0:
                if load and not self._few_press():
                    drained = bool(drain.able & bit)
                elif load:
                    drained = not self._asked()[load] & bit
                first = self._first_for(signature, load, drained, better)

            # May others who need be drained no more take something before that?
            if freed and self._calm:
                calm = self._first_calm_or(better, self._first_calm())
                if calm < first:
                    idle, one, two = self._asked()
                    if (one | two) & freed:
                        asked = idle | one | two
                        if calm[3].reach & asked:
                            first = calm
                        else:
                            if better is not None:
                                self._list(better)
                                better = None
                            first = self._calm_for(asked, first)
            if first is NOBODY:
                break
            queue = first[3]
            taker = agent
            if not queue.call:
                taker = self._best(queue, self._asked_for(queue, self._asked()), queue.reach)
            self._leave(taker)
            self._take(first, taker)
            self._enter(taker)
            if better is not None and better.turn < better.worst:
                self._list(better)
            better = None
            if self._mail:
                self._settle()
                return
            load = agent.place
        if better is not None:
            self._list(better)

    def _fill_drained(self, agent: Agent, better: Client | None) -> tuple[Client | None, bool]:
        """What most of `_share_out` comes to, with more calls that press than agents who have room: he takes what
        presses, and nobody is drained no more. He is not among the seats.

        Whether that was all; if not, he may be anything from idle to full. Others have no room for what presses, or
        they would have taken it before.
        """
        drain, signature = self._drain, agent.signature
        able, load = drain.able, agent.load
        while load < UNITS:
            if load and (drain.calls <= self._with_room or drain.able != able or self._free[0] & able):
                return better, False
            first = self._first_for(signature, load, bool(load and able & signature.bit), better)
            queue = first[3]
            if first is NOBODY and load:
                break
            if not load:
                if first is NOBODY or not (queue.call or queue.step >= queue.press_step):
                    return better, False
                calm = self._first_calm() if self._calm else NOBODY
                if self._first_calm_or(better, calm) < first:
                    return better, False
            self._take(first, agent)
            if better is not None and better.turn < better.worst:
                self._list(better)
            better = None
            if self._mail:
                self._enter(agent)
                self._settle()
                return None, True
            if queue.call and calm is not NOBODY and self._freed(able):
                return None, False
            load = agent.load
        if better is not None:
            self._list(better)
        self._enter(agent)
        return None, True

    def _first_for(self, signature: Signature, load: int, drained: bool, better: Client | None) -> Entry:
        """What an agent of the signature, loaded and drained so, may be given."""
        first = NOBODY
        for heap in signature.pressing_heaps if drained else signature.written_heaps if load else signature.heaps:
            if heap:
                entry = heap[0]
                queue = entry[3]
                if queue.shown != entry[2] or queue.owner.turn != entry[0]:
                    entry = self._top(heap)
                if entry < first:
                    first = entry
        if signature.clients:
            for client in signature.clients:
                if client.heads:
                    entry = self._first_of(client, signature.bit, load, drained)
                    if entry < first:
                        first = entry
        elif better is not None:
            entry = self._first_of(better, signature.bit, load, drained)
            if entry < first:
                first = entry
        return first

    def _first_calm_or(self, better: Client | None, calm: Entry) -> Entry:
        """The first of the written contacts that may be held off, where those of `better` may stand too low."""
        if better is not None:
            for one in reversed(better.heads):
                queue = one[2]
                if one[0] <= self.now:
                    break  # it presses, and so do the rest
                if not queue.call and queue.step < queue.press_step:
                    calm = min(calm, (better.turn, *one))
        return calm

    def _first_calm(self) -> Entry:
        """The first of the written contacts that may be held off."""
        calm = self._calm
        entry = self._top(calm)
        while calm and entry[3].step >= entry[3].press_step:
            heappop(calm)
            entry = self._top(calm)
        return entry

    def _calm_for(self, asked: int, before: Entry) -> Entry:
        """The first of them for one of these signatures, or `before` if that comes first."""
        for _, deadline, contact, queue in self._calm:
            if queue.reach & asked and queue.shown == contact:
                entry = (queue.owner.turn, deadline, contact, queue)
                if entry < before:
                    before = entry
        return before
