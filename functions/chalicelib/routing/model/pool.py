"""One team in memory, under the whole rule, behind indexes.

Between two verbs the pool is settled: nobody waits for an agent who may and can take him. So a verb looks only at what
it has changed: whoever arrives looks for an agent, an agent with room looks at the heads of the groups of his
signature. What may move more than that (a ring opens, a ceiling or a hard reserve gives way, a mail is laid aside) is
settled in full.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Mapping
from heapq import heapify
from math import inf, isfinite

from chalicelib.kernel.channel import Channel
from chalicelib.kernel.errors import Invalid, NotFound
from chalicelib.kernel.ids import TenantId
from chalicelib.routing.model.capacity import COST, UNITS
from chalicelib.routing.model.eligibility import Need, Profile, ring_of
from chalicelib.routing.model.pool_arrivals import Arrivals
from chalicelib.routing.model.pool_groups import SPARE
from chalicelib.routing.model.pool_parts import (
    AVAILABLE,
    GONE,
    LEAVING,
    PAUSED,
    Agent,
    Client,
    Line,
    Signature,
)
from chalicelib.routing.model.pool_why import Decision
from chalicelib.routing.model.share import UNLIMITED, Share, limits, turn_of


class Pool(Arrivals):
    """Lines, agents and contacts are numbers that count from 0; a contact's is its order of arrival.

    Times are seconds. Time never goes back in here: an earlier `now` is taken for the latest one seen. `assigned`
    (contact, agent), `paused` and `resumed` (contacts laid aside and taken up again) grow in order of decision; the
    caller clears them. By `next_wake` at the latest the caller calls `wake`, or any other verb.
    """

    __slots__ = ()

    def __init__(self, shares: Mapping[TenantId, Share], *, drain: bool = True, explaining: bool = False) -> None:
        """`explaining` keeps for `why` who else might have come first; that costs a look at everybody."""
        _check(shares)
        super().__init__(shares, drain=drain, explaining=explaining)

    def line(self, need: Need, channel: Channel, target_s: float) -> int:
        """The number of the line; the same for the same arguments."""
        if channel not in COST:
            raise Invalid("channel", f"is {channel!r}", f"take one of {', '.join(COST)}")
        if not (isfinite(target_s) and target_s > 0):
            raise Invalid("target_s", f"is {target_s}", "take seconds above 0")
        line = Line(need, channel, target_s)
        queue = self._queue_of.get(line)
        return (self._add_line(line) if queue is None else queue).number

    # ---- agents ----------------------------------------------------------------------------------------------------

    def sign_in(self, profile: Profile, now: float) -> int:
        """The agent's number, a new one each time. He is available from now on."""
        if self._waits or self._personal or not isfinite(now):
            self._at(now)
        elif now > self.now:
            self.now = now
        number = self._profile_numbers.get(profile)
        if number is None:
            number = self._profile_numbers[profile] = len(self._profiles)
            self._profiles.append(profile)
            self._staff.append(0)
        known = self._staff[number] and not self._outdated
        signature = self._signatures[self._bits[number]] if known else Signature(0, profile, False)
        agent = Agent(len(self._agents), number, signature, self.now)
        self._agents.append(agent)
        if known:
            self._enter(agent)
        self._restaff(number, 1)
        return agent.number

    def pause(self, agent: int, now: float) -> None:
        """No more contacts; he keeps what he has and stays signed in."""
        one = self._known(agent)
        self._at(now)
        if one.status == AVAILABLE:
            one.status = PAUSED
            self._leave(one)
            self._settle()  # another may be drained in his place

    def resume(self, agent: int, now: float) -> None:
        one = self._known(agent)
        now = self._at(now)
        if one.status == PAUSED:
            one.status = AVAILABLE
            one.seat = (now, agent, one)
            self._enter(one)
            self._settle()

    def sign_out(self, agent: int, now: float) -> None:
        """He finishes what he has, then he is gone. Who waits for him alone joins the line."""
        one = self._known(agent)
        self._at(now)
        if one.status >= LEAVING:
            return
        self._leave(one)
        one.status = LEAVING if one.load else GONE
        for contact in [contact for contact, (own, _, _) in self._personal.items() if own is one]:
            self._join(self._personal.pop(contact)[1])
        self._restaff(one.profile, -1)

    def _restaff(self, profile: int, sign: int) -> None:
        before = self._staff[profile]
        self._staff[profile] += sign
        self._outdated |= not before or not self._staff[profile]
        self._restaffed, self._due = True, -inf
        if self._waits or self._personal:
            self._look_up()

    # ---- contacts --------------------------------------------------------------------------------------------------

    def arrive(self, line: int, now: float, *, boost_s: float = 0.0, prefer: int | None = None) -> int:
        """The contact's number. `boost_s`, up to the target, is taken off its deadline; `prefer` knows its case."""
        try:
            queue = self._queues[line if line >= 0 else len(self._queues)]
        except IndexError:
            raise NotFound("line", str(line)) from None
        if boost_s or prefer is not None or self._careful:
            return self._arrive(queue, now, boost_s, prefer)
        if self.now <= now < self._due:
            self.now = now
        else:
            now = self._at(now)
        contact = self.offered
        self.offered = contact + 1
        deadline = now + queue.target
        if queue.head >= 0:
            # Somebody who asks the same stands before it, and found no agent.
            self._wait((deadline, contact, queue))
            return contact
        if not queue.call:
            self._arrive_written(queue, contact, deadline)
            return contact

        # `_best`, `_leave` and `_give` in one piece. Who is asked first? Of the first preference, the longest idle.
        some = self._free[0] & queue.reach
        if not some:
            self._wait((deadline, contact, queue))
            return contact
        try:
            first, others = self._preferred[some]
        except KeyError:
            first, others = self._prefer(some)
        seat = first.idle[0]
        for other in others:
            if other.idle[0] < seat:
                seat = other.idle[0]
        agent = seat[2]
        signature = agent.signature
        idle = signature.idle
        del idle[0]
        if not idle:
            self._free[0] ^= signature.bit
        agent.load = UNITS
        agent.place = -1
        client = queue.owner
        self._held[contact] = (agent, queue, deadline, client.busy, self._signed_in, False)
        if agent.counts:
            client.busy += UNITS
            if client.heads:
                client.turn = client.turn_now()
        self.assigned.append((contact, agent.number))
        return contact

    def release(self, contact: int, now: float) -> None:
        """Wrapped up: the room that it took is free."""
        held = self._held.get(contact)
        if held is None:
            raise NotFound("contact in service", str(contact))
        if self.now <= now < self._due:
            self.now = now
        else:
            now = self._at(now)
        agent, queue = held[0], held[1]
        if agent.status or self._careful or (self._mail and (agent.mails or agent.laid)):
            self._release(contact, now)
            return
        del self._held[contact]
        # `_put_down` and `_enter` in one piece, with what he takes next in between.
        signature, load = agent.signature, agent.load
        if load < UNITS:
            seats = signature.seats[load]
            del seats[bisect_left(seats, agent.seat)]
            if not seats:
                self._free[load] ^= signature.bit
            agent.place = -1
            self._with_room -= 1
        agent.load = load = load - queue.cost
        seat = agent.seat = (now, agent.number, agent)
        better: Client | None = None
        if agent.counts:
            client = queue.owner
            client.busy = busy = client.busy - queue.cost
            if client.heads:
                cap = client.cap
                turn = 0.0 if busy < client.reserve else 0.5 if busy < cap else busy / cap if cap else inf
                client.turn = turn
                if turn < client.worst:
                    better = client
        if self._personal:
            if better is not None:
                self._list(better)
            self._enter(agent)
            self._settle()
            return
        mail = False
        if self._waits:
            if self._spare < 0:
                self._tidy_groups()
            if self._drain.calls and len(self._waits) > self.calls_waiting:
                self._share_out(agent, better)
                return
            mail = self._fill(agent, better)
            load = agent.load
        if load < UNITS:
            agent.place = load
            seats = signature.seats[load]
            if not seats:
                self._free[load] |= signature.bit
                seats.append(seat)
            elif seats[-1][0] == now:
                insort(seats, seat)
            else:
                seats.append(seat)
            if load:
                self._with_room += 1
        if mail:
            self._settle()

    def _release(self, contact: int, now: float) -> None:
        agent = self._put_down(contact)
        self._leave(agent)
        self._pauses.pop(contact, None)
        self._causes.pop(contact, None)
        agent.seat = (now, agent.number, agent)
        self._take_up(agent)
        self._settle()

    def requeue(self, contact: int, now: float) -> None:
        """Not answered: back to its place in the line. The agent is paused."""
        if contact not in self._held:
            raise NotFound("contact in service", str(contact))
        self._at(now)
        _, queue, deadline, *_ = self._held[contact]
        agent = self._put_down(contact)
        self._causes.pop(contact, None)
        if agent.status == AVAILABLE:
            self._leave(agent)
            agent.status = PAUSED
        self._take_up(agent)
        self._join((deadline, contact, queue))
        self._settle()

    def abandon(self, contact: int, now: float) -> None:
        """A waiting contact is gone. Silence for one that is served or was gone before."""
        if not 0 <= contact < self.offered:
            raise NotFound("contact", str(contact))
        self._at(now)
        if self._personal.pop(contact, None):
            self._pauses.pop(contact, None)
            return
        one = self._waits.get(contact)
        if one is None:
            return
        self._leave_line(one)
        self._pauses.pop(contact, None)
        queue = one[2]
        if 2 * queue.gone > len(queue.waiting) + SPARE:
            queue.waiting = [other for other in queue.waiting if other[1] in self._waits]
            heapify(queue.waiting)
            queue.gone = 0
        self._settle()  # with one pressing call less, somebody is drained no more

    # ---- time ------------------------------------------------------------------------------------------------------

    def wake(self, now: float) -> None:
        """Does what has become due: rings open, contacts join after waiting for their own agent, calls press."""
        self._at(now)

    # ---- what is so ------------------------------------------------------------------------------------------------

    @property
    def waiting(self) -> int:
        """In lines, and for their own agent."""
        return len(self._waits) + len(self._personal)

    def why(self, contact: int) -> Decision:
        """Of a contact in service. What is wrapped up is forgotten."""
        held = self._held.get(contact)
        if held is None:
            raise NotFound("contact in service", str(contact))
        agent, queue, deadline, busy, signed_in, sticky = held
        line = queue.line
        limit = limits(self._shares, signed_in).get(line.need.tenant, UNLIMITED)
        ring = ring_of(self._profiles[agent.profile], line.need)
        assert ring is not None, "he was let in"
        why, who = self._causes.get(contact, (None, None))
        return Decision(
            contact=contact,
            agent=agent.number,
            line=line,
            deadline=deadline,
            turn=turn_of(busy, limit, 0),
            busy=busy,
            limit=limit,
            ring=ring,
            sticky=sticky,
            decided=why,
            chosen=who,
        )

    def waiting_in(self, line: int) -> int:
        """How many wait in the line itself."""
        queue = self._queues[line]
        return len(queue.waiting) - queue.gone

    def load(self, agent: int) -> int:
        """Units of what he serves; what he has laid aside is none."""
        return self._known(agent).load

    def busy(self, tenant: TenantId) -> int:
        """Units in service for the client on the seats that the shares divide."""
        return self._clients[tenant].busy if tenant in self._clients else 0


def _check(shares: Mapping[TenantId, Share]) -> None:
    for tenant, share in shares.items():
        for name in ("weight", "reserve", "cap", "ceiling"):
            value = getattr(share, name)
            endless = name == "cap" and value == inf
            if value is not None and not endless and not (isfinite(value) and value >= 0):
                raise Invalid(f"shares.{tenant}.{name}", f"is {value}", "take a number of 0 or more")
    total = sum(share.weight for share in shares.values())
    if not total <= 1 + 1e-9:
        raise Invalid("shares.weight", f"all of them add up to {total:.4g}", "share out at most 1")
