"""The floor of a pool: who works, who waits and who serves whom, and how each of them moves."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Mapping
from heapq import heapify, heappop, heappush
from math import inf

from chalicelib.kernel.errors import Invalid
from chalicelib.kernel.ids import TeamId, TenantId
from chalicelib.routing.model.capacity import UNITS, whole
from chalicelib.routing.model.eligibility import Need, Profile, Ring
from chalicelib.routing.model.pool_drain import Drain
from chalicelib.routing.model.pool_groups import SPARE, Groups
from chalicelib.routing.model.pool_layout import laid_out, steps_of
from chalicelib.routing.model.pool_parts import (
    AVAILABLE,
    GONE,
    LEAVING,
    Agent,
    Client,
    Held,
    Line,
    Queue,
    Signature,
    Timer,
    Waiting,
    numbers,
)
from chalicelib.routing.model.share import Share, limits

MOST_KEPT = 4096  # sets of signatures of which it is known who is asked first


class Floor(Groups):
    __slots__ = (
        "_agents", "_bits", "_clients", "_draining", "_due", "_free", "_hard", "_held", "_mail", "_mailmen", "_mixed",
        "_most_timers", "_outdated", "_pauses", "_personal", "_preferred", "_profile_numbers", "_profiles",
        "_queue_of", "_queues", "_restaffed", "_rings", "_shares", "_signatures", "_signed_in", "_staff", "_team",
        "_timers", "_waits", "_whole", "_with_room", "assigned", "calls_waiting", "offered", "paused",
        "resumed",
    )  # fmt: skip

    def __init__(self, shares: Mapping[TenantId, Share], *, drain: bool) -> None:
        super().__init__()
        self.assigned: list[tuple[int, int]] = []
        self.paused: list[int] = []
        self.resumed: list[int] = []
        self.offered = 0
        self.calls_waiting = 0  # in lines
        self._due = -inf  # when to look up: at `next_wake`, or at once when the tables are outdated
        self._outdated = True
        self._restaffed = True  # whether the limits are outdated

        self._shares = dict(shares)
        self._clients: dict[TenantId, Client] = {}
        self._hard: list[Client] = []  # whose reserve is kept free
        self._signed_in = 0  # agents on the seats that count
        self._whole = whole(0)  # the part of them that written work leaves whole
        for tenant in shares:
            self._add_client(tenant)

        self._team: TeamId | None = None
        self._queues: list[Queue] = []
        self._queue_of: dict[Line, Queue] = {}
        self._rings: dict[Need, dict[int, Ring | None]] = {}
        self._mail = False  # whether there are lines of what may be laid aside
        self._mixed = False  # whether there are lines of calls and of written work, so that agents are drained
        # When the head of a line is to be looked at again, or who waits for its own agent.
        self._timers: list[Timer] = []  # a heap; some are outdated
        self._most_timers = SPARE  # then those are dropped

        self._profiles: list[Profile] = []  # in order of first sign-in
        self._profile_numbers: dict[Profile, int] = {}
        self._staff: list[int] = []  # of each profile, who is signed in
        self._bits: dict[int, int] = {}  # profile → signature
        self._signatures: list[Signature] = []
        # Of some signatures, those who are asked first
        self._preferred: dict[int, tuple[Signature, tuple[Signature, ...]]] = {}
        self._agents: list[Agent] = []
        self._free = [0, 0, 0]  # by load: the signatures of which somebody may be asked
        self._with_room = 0  # agents at loads of 1 and 2
        self._mailmen: dict[Agent, None] = {}  # who serves something that may be laid aside

        self._waits: dict[int, Waiting] = {}  # in lines
        self._personal: dict[int, tuple[Agent, Waiting, float]] = {}  # for their own agent, and until when
        self._held: dict[int, Held] = {}
        self._pauses: dict[int, int] = {}
        self._draining = drain

    # ---- tables ----------------------------------------------------------------------------------------------------

    def _add_client(self, tenant: TenantId) -> Client:
        share = self._shares.get(tenant)
        client = self._clients[tenant] = Client(len(self._clients), tenant, share is not None and share.hard)
        if client.hard:
            self._hard.append(client)
        return client

    def _add_line(self, line: Line) -> Queue:
        need = line.need
        if self._team is not None and need.team != self._team:
            raise Invalid("need.team", f"is {need.team!r}, but this pool is of {self._team!r}", "take a pool per team")
        self._team = need.team
        owner = self._clients.get(need.tenant)
        rings = self._rings.setdefault(need, {})
        queue = Queue(len(self._queues), line, self._add_client(need.tenant) if owner is None else owner, rings)
        self._queues.append(queue)
        self._queue_of[line] = queue
        mixed = self._draining and len({one.call for one in self._queues}) == 2
        if mixed != self._mixed or (queue.pausable and not self._mail):
            self._mixed, self._mail, self._outdated = mixed, self._mail or queue.pausable, True
        if self._outdated or self._waits or self._personal or owner is None:
            # Who came to wait before there was written work, or mail, is to be watched from now on.
            self._outdated, self._due = True, -inf
        else:
            self._lay_out(queue)
        return queue

    def _lay_out(self, queue: Queue) -> None:
        watched = self._mail or self._mixed
        queue.steps, queue.press_step = steps_of(self._layout, queue, watched)
        queue.watch = self._drain.in_turn(queue.urgent)
        queue.pressed = queue.counted_for = queue.step = 0
        _, queue.reach, queue.standing = queue.steps[0]

    def _renew(self) -> None:
        """New tables, after a line was added or the first or last agent of a signature came or went."""
        layout = self._layout = laid_out(self._profiles, self._staff, self._team)
        self._signatures, self._calm = layout.signatures, layout.calm
        self._preferred.clear()
        for signature in layout.signatures:
            clients = (self._clients[tenant] for tenant in signature.profile.tenants if tenant in self._clients)
            signature.clients = tuple(sorted(clients, key=lambda client: client.number))
        self._spare = SPARE
        self._drain = Drain(~layout.shared & ((1 << len(layout.order)) - 1))
        self._timers = [timer for timer in self._timers if timer[1] < 0]
        heapify(self._timers)
        for queue in self._queues:
            self._lay_out(queue)
        self._bits = {first: signature for signature, first in enumerate(layout.order)}
        self._free, self._with_room = [0, 0, 0], 0
        for agent in self._agents:
            if agent.status != GONE:
                agent.signature = layout.signatures[self._bits[agent.profile]]
                agent.counts = agent.signature.counted
                agent.place = -1
                self._enter(agent)
        for queue in self._queues:
            if queue.head >= 0:
                self._expose(queue)
                if self._mixed and queue.call:
                    for one in queue.waiting:
                        if one[1] in self._waits:
                            self._expect(one)
        self._outdated, self._restaffed = False, True

    def _renew_limits(self) -> None:
        counted = self._layout.counted
        self._signed_in = sum(self._staff[first] for first, bit in self._bits.items() if counted >> bit & 1)
        self._whole = whole(self._signed_in)
        for name, limit in limits(self._shares, self._signed_in).items():
            client = self._clients[name]
            client.reserve, client.cap, client.ceiling = limit.reserve, limit.cap, limit.ceiling
        for client in self._clients.values():
            if client.heads:
                self._rerank(client)
        self._restaffed = False

    # ---- lines -----------------------------------------------------------------------------------------------------

    def _join(self, one: Waiting) -> None:
        _, contact, queue = one
        self._waits[contact] = one
        heappush(queue.waiting, one)
        if queue.call:
            self.calls_waiting += 1
        if queue.head < 0:
            insort(queue.owner.heads, one)
            queue.owner.turn = queue.owner.turn_now()
            self._expose(queue)
        elif queue.waiting[0] is one:
            queue.owner.replace(self._waits[queue.head], one)
            self._expose(queue)
        if self._mixed and queue.call:
            self._expect(one)

    def _expose(self, queue: Queue) -> None:
        """The head of the line is another, or more may serve it now."""
        deadline, contact, _ = queue.waiting[0]
        queue.head = contact
        queue.shown = -1 if self._blocked(queue) else contact
        steps, step = queue.steps, 0
        while step + 1 < len(steps) and deadline - steps[step + 1][0] <= self.now:
            step += 1
        self._let_in(queue, step)
        if queue.shown >= 0:
            self._stand(queue)
        if step + 1 < len(steps):
            self._set_timer(deadline - steps[step + 1][0], contact, queue)

    def _let_in(self, queue: Queue, step: int) -> None:
        """So far are the rings open for the head of the line. The first of its calls that presses is seen at once."""
        queue.step = step
        _, reach, queue.standing = queue.steps[step]
        if reach != queue.reach:
            queue.reach = reach
            if queue.shown >= 0:
                self._drain.enter(queue)
        if step >= queue.press_step and queue.call and not queue.pressed:
            self._drain.look(self.now, self._waits)

    def _set_timer(self, at: float, whose: int, queue: Queue) -> None:
        """When the head of the line is let into its next ring; for ~contact, when it has waited for its own agent."""
        timers = self._timers
        heappush(timers, (at, whose, queue))
        if at < self._due:
            self._due = at
        if len(timers) > self._most_timers:
            timers[:] = [one for one in timers if one[1] < 0 or one[2].head == one[1]]
            heapify(timers)
            self._most_timers = 2 * len(timers) + SPARE

    def _expect(self, one: Waiting) -> None:
        at = one[0] - one[2].urgent
        self._drain.expect(at, one)
        if at <= self.now:
            self._drain.look(self.now, self._waits)

    def _leave_line(self, one: Waiting) -> None:
        """It is served, or has hung up."""
        deadline, contact, queue = one
        waits, waiting = self._waits, queue.waiting
        del waits[contact]
        if queue.call:
            self.calls_waiting -= 1
            if queue.pressed and deadline - queue.urgent <= self._drain.seen:
                self._drain.forget(queue, self.now, waits)
        if queue.head != contact:
            queue.gone += 1
            return
        heappop(waiting)
        while waiting and waiting[0][1] not in waits:
            heappop(waiting)
            queue.gone -= 1
        queue.owner.replace(one, waiting[0] if waiting else None)
        if waiting:
            self._expose(queue)
        else:
            self._close(queue)

    def _close(self, queue: Queue) -> None:
        """Nobody waits in it. Whoever comes next starts with the first ring."""
        queue.head = queue.shown = -1
        if queue.step:
            queue.step = 0
            _, queue.reach, queue.standing = queue.steps[0]

    # ---- agents ----------------------------------------------------------------------------------------------------

    def _enter(self, agent: Agent) -> None:
        """He may be asked, if he is available and has room."""
        load = agent.load
        if agent.status != AVAILABLE or load >= UNITS:
            return
        agent.place = load
        signature, seat = agent.signature, agent.seat
        seats = signature.seats[load]
        if seats and seats[-1] > seat:
            insort(seats, seat)
        else:
            seats.append(seat)
        self._free[load] |= signature.bit
        self._with_room += load > 0

    def _prefer(self, some: int) -> tuple[Signature, tuple[Signature, ...]]:
        """Those of the first preference among the signatures; kept, as the same ask again and again."""
        if len(self._preferred) >= MOST_KEPT:
            self._preferred.clear()
        first = self._signatures[(some & -some).bit_length() - 1]
        found = first, tuple(self._signatures[number] for number in numbers(some & first.peers & ~first.bit))
        self._preferred[some] = found
        return found

    def _leave(self, agent: Agent) -> None:
        load = agent.place
        if load < 0:
            return
        agent.place = -1
        signature = agent.signature
        seats = signature.seats[load]
        del seats[bisect_left(seats, agent.seat)]
        if not seats:
            self._free[load] ^= signature.bit
        self._with_room -= load > 0

    def _carry(self, agent: Agent, queue: Queue, sign: int) -> None:
        """More or less for him to do, and for his client on the seats that count."""
        cost = sign * queue.cost
        agent.load += cost
        if agent.counts:
            queue.owner.busy += cost
            if queue.owner.heads:
                self._rerank(queue.owner)

    def _give(self, one: Waiting, agent: Agent, sticky: bool = False) -> None:
        deadline, contact, queue = one
        self._held[contact] = (agent, queue, deadline, queue.owner.busy, self._signed_in, sticky)
        self._leave(agent)
        self._carry(agent, queue, 1)
        if queue.pausable:
            self._have_mail(agent, contact)
        self._enter(agent)
        self.assigned.append((contact, agent.number))

    def _put_down(self, contact: int) -> Agent:
        """The agent no longer has it."""
        agent, queue, deadline, *_ = self._held.pop(contact)
        if (deadline, contact) in agent.laid:
            agent.laid.remove((deadline, contact))
            self._set_aside(agent, queue, -1)
        else:
            self._leave(agent)
            self._carry(agent, queue, -1)
            if queue.pausable:
                self._no_mail(agent, contact)
        return agent

    def _take_up(self, agent: Agent) -> None:
        """What he laid aside comes before anything new. Who signed out and has nothing left is gone."""
        self._leave(agent)
        while agent.laid and agent.load < UNITS:
            first = min(agent.laid)
            agent.laid.remove(first)
            queue = self._held[first[1]][1]
            self._set_aside(agent, queue, -1)
            self._carry(agent, queue, 1)
            self._have_mail(agent, first[1])
            self.resumed.append(first[1])
        if agent.status == LEAVING and not agent.load:
            agent.status = GONE
        self._enter(agent)

    def _lay_aside(self, agent: Agent, contact: int) -> None:
        _, queue, deadline, *_ = self._held[contact]
        self._no_mail(agent, contact)
        agent.laid.append((deadline, contact))
        self._pauses[contact] = self._pauses.get(contact, 0) + 1
        self._set_aside(agent, queue, 1)
        self._carry(agent, queue, -1)
        self.paused.append(contact)

    def _have_mail(self, agent: Agent, contact: int) -> None:
        agent.mails.append(contact)
        self._mailmen[agent] = None

    def _no_mail(self, agent: Agent, contact: int) -> None:
        agent.mails.remove(contact)
        if not agent.mails:
            del self._mailmen[agent]

    def _set_aside(self, agent: Agent, queue: Queue, sign: int) -> None:
        if agent.counts:
            queue.owner.aside += sign * queue.cost
            self._rerank(queue.owner)
