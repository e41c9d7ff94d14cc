"""The rule on a pool's floor, in full: who is next, and who takes it.

The contact with the smallest key that some agent may take goes to the best of them, and again, until nobody can take
anything.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from math import inf

from chalicelib.kernel.ids import TenantId
from chalicelib.routing.model.capacity import MOST_PAUSES, UNITS
from chalicelib.routing.model.pool_floor import Floor
from chalicelib.routing.model.pool_layout import Group
from chalicelib.routing.model.pool_parts import (
    AVAILABLE,
    CALL,
    NOBODY,
    OTHER,
    Agent,
    Client,
    Entry,
    Queue,
    Seat,
    Waiting,
    numbers,
)
from chalicelib.routing.model.pool_why import AgentKey, Chosen, Decided, chosen, decided
from chalicelib.routing.model.share import Key, Share, Turn

Kept = tuple[float, float]  # the units that are free on counted seats, and how many of them hard reserves keep
Free = tuple[int, int, int]  # by load: the signatures of which somebody may be given work


class Rule(Floor):
    __slots__ = ("_causes", "_explaining")

    def __init__(self, shares: Mapping[TenantId, Share], *, drain: bool, explaining: bool) -> None:
        super().__init__(shares, drain=drain)
        self._explaining = explaining
        self._causes: dict[int, tuple[Decided, Chosen]] = {}

    def _settle(self) -> None:
        if self._spare < 0:
            self._tidy_groups()
        while self._waits or self._personal:
            free, kept = self._asked(), self._kept()
            first = self._first_in_groups(free, kept)
            own = self._first_of_own(kept) if self._personal else NOBODY
            if self._mail:
                pressing, maker = self._first_that_makes_room(free, kept, min(first, own))
                if maker is not None:
                    self._note(pressing, maker, kept, Chosen.MADE_ROOM)
                    self._make_room(maker, pressing[3])
                    self._hand_over(pressing, maker)
                    continue
            if own < first:
                agent, one, _ = self._personal[own[2]]
                self._note(own, agent, kept, Chosen.OWN_AGENT)
                del self._personal[own[2]]
                self._give(one, agent, True)
            elif first is not NOBODY:
                queue = first[3]
                able = queue.reach & ~self._barred(queue, queue.cost, kept)
                agent = self._best(queue, self._asked_for(queue, free), able)
                self._note(first, agent, kept)
                self._hand_over(first, agent)
            else:
                return

    def _hand_over(self, entry: Entry, agent: Agent) -> None:
        one = self._waits[entry[2]]
        self._leave_line(one)
        self._give(one, agent)

    # ---- who is asked ----------------------------------------------------------------------------------------------

    def _asked(self) -> Free:
        """Drained agents are not asked: the longest idle of a signature are the last to be."""
        idle, one, two = self._free
        drain = self._drain
        if not drain.calls or not self._with_room:
            return idle, one, two
        able = drain.able
        calls = drain.unserved(idle) if idle & able else drain.calls
        if calls < self._with_room and drain.next <= self.now:
            drain.look(self.now, self._waits)
            calls = drain.unserved(idle) if idle & able else drain.calls
        if not calls:
            return idle, one, two
        if calls >= self._with_room:
            return idle, one & ~able, two & ~able
        signatures, some = self._signatures, one & able
        while some:
            low = some & -some
            some ^= low
            calls -= len(signatures[low.bit_length() - 1].one)
            if calls < 0:
                return idle, one, two
            one ^= low
        some = two & able
        while some:
            low = some & -some
            some ^= low
            calls -= len(signatures[low.bit_length() - 1].two)
            if calls < 0:
                break
            two ^= low
        return idle, one, two

    def _freed(self, able: int) -> int:
        """The signatures of whom somebody may be drained no more, when those of `able` were."""
        some = self._free[1] | self._free[2]
        if self._few_press() or self._free[0] & self._drain.able:
            return some & (able | self._drain.able)
        return some & able & ~self._drain.able

    def _few_press(self) -> bool:
        """Whether there are fewer calls that press than agents to be kept free for them."""
        drain = self._drain
        if drain.calls < self._with_room and drain.next <= self.now:
            drain.look(self.now, self._waits)
        return drain.calls < self._with_room

    def _asked_for(self, queue: Queue, free: Free) -> Free:
        """Nobody is kept free of written work that is as urgent as the calls are."""
        if queue.step >= queue.press_step:
            return self._free[0], self._free[1], self._free[2]
        return free

    def _is_drained(self, agent: Agent, load: int) -> bool:
        """Those with the fewest contacts are, in the order of signatures; of one, the longest idle are the last."""
        signature, able = agent.signature, self._drain.able
        if self._drain.next <= self.now:
            self._drain.look(self.now, self._waits)
        calls = self._drain.unserved(self._free[0])
        if not calls or not able & signature.bit:
            return False
        before = able & self._free[load] & (signature.bit - 1)
        calls -= sum(len(self._signatures[number].seats[load]) for number in numbers(before))
        if load == 2:
            calls -= sum(len(self._signatures[number].one) for number in numbers(able & self._free[1]))
        seats = signature.seats[load]
        return calls > len(seats) - 1 - bisect_left(seats, agent.seat)

    def _best(self, queue: Queue, free: Free, able: int) -> Agent:
        """Who of the able is asked first: preference, load, longest idle, lowest number."""
        idle, one, two = free
        if queue.call:
            some = idle & able
            return self._longest_idle(some & self._peers_of(some), 0)
        able &= self._peers_of((idle | one | two) & able)
        if self._packs(queue):
            for load in (2, 1, 0):
                if free[load] & able:
                    return self._longest_idle(free[load] & able, load)
        if idle & able:
            return self._longest_idle(idle & able, 0)
        return self._longest_idle(one & able, 1) if one & able else self._longest_idle(two & able, 2)

    def _peers_of(self, some: int) -> int:
        """Those of the first preference among them."""
        return self._signatures[(some & -some).bit_length() - 1].peers

    def _packs(self, queue: Queue) -> bool:
        """`capacity.packs`: whether whole agents are few. They are counted until they are not."""
        few, idle, signatures = self.calls_waiting + self._whole, 0, self._signatures
        some = queue.reach & self._layout.shared & self._free[0]
        while some:
            low = some & -some
            some ^= low
            idle += len(signatures[low.bit_length() - 1].idle)
            if idle > few:
                return False
        return True

    def _longest_idle(self, some: int, load: int) -> Agent:
        """The first of these signatures' seats."""
        signatures, first = self._signatures, None
        while some:
            low = some & -some
            some ^= low
            seat = signatures[low.bit_length() - 1].seats[load][0]
            if first is None or seat < first:
                first = seat
        assert first is not None, "somebody is free"
        return first[2]

    # ---- who is next -----------------------------------------------------------------------------------------------

    def _first_in_groups(self, free: Free, kept: Kept) -> Entry:
        idle = free[0]
        asked, room = idle | free[1] | free[2], idle | self._free[1] | self._free[2]
        best = NOBODY
        for group in self._layout.groups.values():
            who = idle if group.kind == CALL else room if group.pressing else asked
            if group.heap and group.signatures & who:
                entry = self._top(group.heap)
                if entry < best and self._passes(entry, group, kept):
                    best = entry
        for number in numbers(room & self._drain.dedicated):
            signature = self._signatures[number]
            bit = signature.bit
            for client in signature.clients:
                if client.heads:
                    best = min(best, self._first_of(client, bit, not idle & bit, not asked & bit))
        return best

    def _first_of(self, client: Client, bit: int, written: bool | int, drained: bool) -> Entry:
        """The first of the client's contacts that an agent of the signature, loaded and drained so, may be given."""
        for one in client.heads:
            queue = one[2]
            if (
                queue.reach & bit
                and not (written and queue.call)
                and queue.shown >= 0
                and not (drained and queue.step < queue.press_step)
            ):
                return (client.turn, *one)
        return NOBODY

    def _passes(self, entry: Entry, group: Group, kept: Kept) -> bool:
        """Whether hard reserves leave the first of the group the seats of the group."""
        cost = UNITS if group.kind == CALL else 1
        # Who is under a hard reserve of its own may; such come first in the groups of the hard ones.
        return not group.counted or kept[0] - cost >= kept[1] or (group.hard and not entry[0])

    def _first_of_own(self, kept: Kept) -> Entry:
        """The first of those who wait for their own agent."""
        best = NOBODY
        for agent, one, _ in self._personal.values():
            queue = one[2]
            entry = (queue.owner.turn_now(), *one)
            if entry < best and not self._blocked(queue) and self._has_room(agent, queue, one[0], kept):
                best = entry
        return best

    def _has_room(self, agent: Agent, queue: Queue, deadline: float, kept: Kept) -> bool:
        """Whether he may be given a contact of the line and deadline, if he may serve it."""
        load = agent.place
        if load < 0 or self._barred(queue, queue.cost, kept) & agent.signature.bit:
            return False
        if not load or queue.call:
            return not load
        return deadline - queue.urgent <= self.now or not self._is_drained(agent, load)

    # ---- hard reserves ---------------------------------------------------------------------------------------------

    def _kept(self) -> Kept:
        if not self._hard:
            return 0, -inf
        free = 0
        for load in range(UNITS):
            for number in numbers(self._free[load] & self._layout.counted):
                free += (UNITS - load) * len(self._signatures[number].seats[load])
        return free, sum(max(0.0, client.reserve - client.busy) for client in self._hard)

    def _barred(self, queue: Queue, taken: int, kept: Kept) -> int:
        """The signatures that may not give the line so many of their free units."""
        if kept[0] - taken >= kept[1] or (queue.owner.hard and queue.owner.busy < queue.owner.reserve):
            return 0
        return self._layout.counted

    # ---- who makes room for a pressing contact ---------------------------------------------------------------------

    def _first_that_makes_room(self, free: Free, kept: Kept, before: Entry) -> tuple[Entry, Agent | None]:
        """The first pressing call or chat, if its key is smaller than `before`, for which somebody lays work aside."""
        best, maker = before, None
        for queue in [one[2] for client in self._clients.values() for one in client.heads]:
            if queue.kind == OTHER or queue.shown < 0 or queue.step < queue.press_step:
                continue
            entry = (queue.owner.turn, *queue.waiting[0])
            if entry < best:
                asked = self._free[0] if queue.call else self._free[0] | self._free[1] | self._free[2]
                if not queue.reach & asked & ~self._barred(queue, queue.cost, kept):
                    agent = self._maker(queue, kept)
                    if agent is not None:
                        best, maker = entry, agent
        return best, maker

    def _maker(self, queue: Queue, kept: Kept) -> Agent | None:
        """The agent who lays work aside for the head of the line. A call takes the least loaded."""
        best: tuple[int, int, Seat] | None = None
        for agent in self._mailmen:
            load, signature = agent.load, agent.signature
            if agent.status != AVAILABLE or not queue.reach & signature.bit:
                continue
            layable = sum(self._pauses.get(one, 0) < MOST_PAUSES for one in agent.mails)
            if layable == load if queue.call else layable and load == UNITS:
                peers = signature.peers
                key = ((peers & -peers).bit_length(), load, agent.seat)
                taken = queue.cost - (load if queue.call else 1)
                if (best is None or key < best) and not self._barred(queue, taken, kept) & signature.bit:
                    best = key
        return best[2][2] if best else None

    def _make_room(self, agent: Agent, queue: Queue) -> None:
        """A call needs all of him; for a chat he lays the least urgent mail aside."""
        mails = sorted((self._held[one][2], one) for one in agent.mails if self._pauses.get(one, 0) < MOST_PAUSES)
        self._leave(agent)
        for _, contact in mails if queue.call else mails[-1:]:
            self._lay_aside(agent, contact)

    # ---- for `why` -------------------------------------------------------------------------------------------------

    def _note(self, entry: Entry, agent: Agent, kept: Kept, chosen_for: Chosen | None = None) -> None:
        """Keeps for `why` what the decision turned on. It looks at everybody, so only where somebody is to ask."""
        if not self._explaining:
            return
        _, deadline, contact, queue = entry
        one = (deadline, contact, queue)
        rivals = [rival for rival in self._rivals(one) if self._may_take(agent, rival, kept)]
        if chosen_for is None:
            sign = -1 if not queue.call and self._packs(queue) else 1
            takers = sorted(self._agent_key(other, sign) for other in self._agents if self._may_take(other, one, kept))
            chosen_for = chosen(takers[0], takers[1] if len(takers) > 1 else None)
        why = Decided.OWN_AGENT
        if chosen_for is not Chosen.OWN_AGENT:
            keys = [self._key(rival) for rival in rivals]
            why = decided(self._key(one), min(keys, default=None))
        self._causes[contact] = (why, chosen_for)

    def _rivals(self, but: Waiting) -> list[Waiting]:
        """The first of every line, the second of this one, and who waits for an agent of his own."""
        rivals = []
        for client in self._clients.values():
            for head in client.heads:
                queue = head[2]
                if queue.shown >= 0:
                    waiting = (one for one in queue.waiting if one[1] in self._waits and one[1] != but[1])
                    first = min(waiting, default=None) if queue is but[2] else head
                    if first is not None:
                        rivals.append(first)
        own = (one for _, one, _ in self._personal.values())
        return rivals + [one for one in own if one[1] != but[1] and not self._blocked(one[2])]

    def _may_take(self, agent: Agent, one: Waiting, kept: Kept) -> bool:
        deadline, contact, queue = one
        own = self._personal.get(contact)
        if agent is not own[0] if own else not self._lets_in(agent, queue, deadline):
            return False
        return self._has_room(agent, queue, deadline, kept)

    def _lets_in(self, agent: Agent, queue: Queue, deadline: float) -> bool:
        """Whether the rings that are open for the deadline hold the agent."""
        first, *later = queue.steps
        reach = first[1]
        for lead, signatures, _ in later:
            if deadline - lead <= self.now:
                reach = signatures
        return bool(reach & agent.signature.bit)

    def _agent_key(self, agent: Agent, sign: int) -> AgentKey:
        return (agent.signature.profile.preference, sign * agent.load, agent.seat[0], agent.number)

    def _key(self, one: Waiting) -> Key:
        turn = one[2].owner.turn_now()
        over = turn >= 1.0
        return (Turn.OVER if over else Turn.FAIR if turn else Turn.RESERVED, turn if over else 0.0, one[0], one[1])
