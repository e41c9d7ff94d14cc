"""A day of the floor in virtual time, with the real matcher: `simulate` plays it and counts what came of it.

The simulator decides nothing. It tells the pool who comes, who has wrapped up, who hangs up and who goes off shift,
and reads from it who got whom. Same scenario and seed, same day.
"""

from __future__ import annotations

from dataclasses import fields
from heapq import heapify, heappop, heappush
from math import inf

from chalicelib.kernel.ids import TenantId
from chalicelib.routing.model.capacity import COST
from chalicelib.routing.model.pool import Pool
from chalicelib.routing.service.outcome import Floor, Run, Tally
from chalicelib.routing.service.traffic import Arrival, Scenario, Traffic, check
from chalicelib.routing.service.watch import Watch

Step = tuple[float, str, int, int]  # at, what happened, contact or -1, agent or -1
_WRAPPED, _OFF, _ON, _GIVES_UP = range(4)  # in this order, of those that are due at the same instant


def simulate(scenario: Scenario, seed: int, log: list[Step] | None = None) -> Run:
    """One day. `log`, if given, receives everything that happened, in order.

    Raises:
        Invalid: a scenario that cannot be run.
    """
    check(scenario)
    day = _Day(scenario, seed, log)
    floors = [day.play(interval) for interval in range(scenario.intervals)]
    day.close()
    cells = tuple(tuple(cell.tally() for cell in row) for row in day.cells)
    return Run(scenario=scenario, seed=seed, cells=cells, floors=tuple(floors))


class _Cell:
    """A tally while it is counted."""

    __slots__ = tuple(one.name for one in fields(Tally))
    offered: int
    at_once: int
    answered: int
    in_target: int
    abandoned: int
    abandoned_in_target: int
    waiting: int
    in_service: int
    wrapped: int
    answered_after_s: float
    abandoned_after_s: float
    waiting_s: float
    queue_s: float

    def __init__(self) -> None:
        for one in fields(Tally):
            setattr(self, one.name, one.default)

    def tally(self) -> Tally:
        return Tally(**{one.name: getattr(self, one.name) for one in fields(Tally)})


class _Contact:
    __slots__ = ("agent", "arrived", "cell", "ends", "left_s", "patience_s", "source")

    def __init__(self, arrival: Arrival, cell: _Cell) -> None:
        self.arrived, self.source, self.left_s, self.patience_s = arrival  # left_s: of its handle time
        self.cell = cell
        self.agent = -1
        self.ends = inf  # when it is wrapped up, while it is worked on


class _Agent:
    __slots__ = ("held", "leaving", "profile", "units")

    def __init__(self, profile: int) -> None:
        self.profile = profile
        self.units = 0  # worked on
        self.held = 0  # contacts, also those laid aside
        self.leaving = False


class _Level:
    """A number over time, and the area under it."""

    __slots__ = ("_area", "_now", "_taken")

    def __init__(self) -> None:
        self._now = 0
        self._area = self._taken = 0.0

    def step(self, by: int, at: float) -> None:
        self._now += by
        self._area -= by * at

    def take(self, at: float) -> float:
        """The area since it was last taken."""
        area = self._now * at + self._area
        taken, self._taken = area - self._taken, area
        return taken


class _Day:
    def __init__(self, scenario: Scenario, seed: int, log: list[Step] | None) -> None:
        self._scenario, self._log = scenario, log
        self._traffic = Traffic(scenario, seed)
        self._pool = Pool(scenario.shares, drain=scenario.drain)
        self._lines = [self._pool.line(one.need, one.channel, one.target_s) for one in scenario.sources]
        self._costs = [COST[one.channel] for one in scenario.sources]
        self.cells = [[_Cell() for _ in range(scenario.intervals)] for _ in scenario.sources]
        self._contacts: dict[int, _Contact] = {}
        self._agents: dict[int, _Agent] = {}
        self._queues = [_Level() for _ in scenario.sources]
        self._staffed, self._engaged = _Level(), _Level()
        self._watch = Watch(scenario)
        self._stuck: dict[TenantId | None, int] = {}
        self._stuck_since = 0.0
        self._stuck_s: dict[TenantId | None, float] = {}
        places = {profile: place for place, profile in enumerate(self._watch.profiles)}
        self._shifts = sorted((on, off, places[crew.profile]) for crew in scenario.crews for on, off in crew.shifts)
        # at, what is due, which contact (_WRAPPED, _GIVES_UP), agent (_OFF) or shift (_ON)
        self._due = [(on, _ON, number) for number, (on, _, _) in enumerate(self._shifts)]
        heapify(self._due)

    def play(self, interval: int) -> Floor:
        scenario, pool, due = self._scenario, self._pool, self._due
        end = min((interval + 1) * scenario.interval_s, scenario.length_s)
        arriving = iter(self._traffic.of(interval))
        coming = next(arriving, None)
        while True:
            arrives = coming[0] if coming else inf
            happens = due[0][0] if due else inf
            wakes = pool.next_wake
            now = min(arrives, happens, wakes)
            if now >= end:
                return self._floor(interval, end)
            if wakes <= now:
                pool.wake(now)
            elif happens <= arrives:
                self._happen(*heappop(due))
            elif coming:
                self._arrive(coming, interval)
                coming = next(arriving, None)
            self._carry_out(now)

    def close(self) -> None:
        """Counts who is still there."""
        for contact in self._contacts.values():
            if contact.agent >= 0:
                contact.cell.in_service += 1
            else:
                contact.cell.waiting += 1
                contact.cell.waiting_s += self._scenario.length_s - contact.arrived

    def _arrive(self, arrival: Arrival, interval: int) -> None:
        now, source = arrival[0], arrival[1]
        boost = self._scenario.sources[source].boost_s
        cell = self.cells[source][interval]
        number = self._pool.arrive(self._lines[source], now, boost_s=boost)
        self._contacts[number] = contact = _Contact(arrival, cell)
        cell.offered += 1
        self._queues[source].step(1, now)
        self._watch.wait(source, number, now)
        self._tell(now, "arrives", number, -1)
        self._carry_out(now)
        if contact.agent < 0 and contact.patience_s < inf:
            heappush(self._due, (now + contact.patience_s, _GIVES_UP, number))

    def _happen(self, now: float, what: int, which: int) -> None:
        if what == _WRAPPED:
            self._wrap_up(which, now)
        elif what == _GIVES_UP:
            self._give_up(which, now)
        elif what == _ON:
            self._come_on(*self._shifts[which])
        else:
            self._go_off(which, now)

    def _wrap_up(self, number: int, now: float) -> None:
        contact = self._contacts.get(number)
        if contact is None or contact.ends != now:
            return  # it was laid aside in between, and ends later
        del self._contacts[number]
        contact.cell.wrapped += 1
        self._tell(now, "wraps up", number, contact.agent)
        self._load(contact, -self._costs[contact.source], -1, now)
        self._pool.release(number, now)

    def _give_up(self, number: int, now: float) -> None:
        contact = self._contacts.get(number)
        if contact is None or contact.agent >= 0:
            return
        del self._contacts[number]
        waited = now - contact.arrived
        cell = contact.cell
        cell.abandoned += 1
        cell.abandoned_after_s += waited
        cell.abandoned_in_target += waited <= self._scenario.sources[contact.source].target_s
        self._leave_queue(number, contact.source, now)
        self._tell(now, "gives up", number, -1)
        self._pool.abandon(number, now)

    def _come_on(self, now: float, off: float, profile: int) -> None:
        number = self._pool.sign_in(self._watch.profiles[profile], now)
        self._agents[number] = _Agent(profile)
        self._staffed.step(1, now)
        self._watch.staff(profile, 1)
        self._watch.free(profile, 1)
        heappush(self._due, (off, _OFF, number))
        self._tell(now, "comes on", -1, number)

    def _go_off(self, number: int, now: float) -> None:
        agent = self._agents[number]
        agent.leaving = True
        self._watch.staff(agent.profile, -1)
        if not agent.units:
            self._watch.free(agent.profile, -1)
        self._tell(now, "goes off", -1, number)
        if not agent.held:
            self._leave_floor(number, now)
        self._pool.sign_out(number, now)

    def _carry_out(self, now: float) -> None:
        """What the pool has decided."""
        pool = self._pool
        if pool.assigned:
            for number, agent in pool.assigned:
                self._connect(number, agent, now)
            pool.assigned.clear()
        if pool.resumed:
            for number in pool.resumed:
                self._take_up(number, now)
            pool.resumed.clear()
        if pool.paused:
            for number in pool.paused:
                self._lay_aside(number, now)
            pool.paused.clear()
        if self._stuck or (self._watch.waiting and self._watch.idle_seats):
            self._look(now)

    def _connect(self, number: int, agent: int, now: float) -> None:
        contact = self._contacts[number]
        source, cell = contact.source, contact.cell
        waited = now - contact.arrived
        cell.answered += 1
        cell.answered_after_s += waited
        cell.at_once += waited == 0
        cell.in_target += waited <= self._scenario.sources[source].target_s
        self._leave_queue(number, source, now)
        contact.agent = agent
        self._load(contact, self._costs[source], 1, now)
        self._work_on(number, contact, now)
        self._tell(now, "connects", number, agent)

    def _take_up(self, number: int, now: float) -> None:
        contact = self._contacts[number]
        self._load(contact, self._costs[contact.source], 0, now)
        self._work_on(number, contact, now)
        self._tell(now, "takes up", number, contact.agent)

    def _lay_aside(self, number: int, now: float) -> None:
        contact = self._contacts[number]
        contact.left_s, contact.ends = contact.ends - now, inf
        self._load(contact, -self._costs[contact.source], 0, now)
        self._tell(now, "lays aside", number, contact.agent)

    def _work_on(self, number: int, contact: _Contact, now: float) -> None:
        contact.ends = now + contact.left_s
        heappush(self._due, (contact.ends, _WRAPPED, number))

    def _leave_queue(self, number: int, source: int, now: float) -> None:
        self._queues[source].step(-1, now)
        self._watch.leave(source, number)

    def _load(self, contact: _Contact, units: int, held: int, now: float) -> None:
        agent = self._agents[contact.agent]
        before = agent.units
        agent.units += units
        agent.held += held
        if not before or not agent.units:
            idler = 1 if before else -1
            self._engaged.step(-idler, now)
            if not agent.leaving:
                self._watch.free(agent.profile, idler)
        if held:  # what is laid aside still counts against a ceiling
            self._watch.work(contact.source, agent.profile, units)
        if agent.leaving and not agent.held:
            self._leave_floor(contact.agent, now)

    def _leave_floor(self, number: int, now: float) -> None:
        self._staffed.step(-1, now)
        del self._agents[number]

    def _look(self, now: float) -> None:
        for tenant, seats in self._stuck.items():
            self._stuck_s[tenant] = self._stuck_s.get(tenant, 0.0) + seats * (now - self._stuck_since)
        self._stuck, self._stuck_since = self._watch.stuck(now), now

    def _floor(self, interval: int, end: float) -> Floor:
        """Closes the interval."""
        self._look(end)
        for queue, row in zip(self._queues, self.cells, strict=True):
            row[interval].queue_s += queue.take(end)
        stuck, self._stuck_s = self._stuck_s, {}
        return Floor(
            staffed_s=self._staffed.take(end),
            engaged_s=self._engaged.take(end),
            stuck_s=stuck.get(None, 0.0),
            stuck_for_s={tenant: seconds for tenant, seconds in stuck.items() if tenant is not None},
        )

    def _tell(self, at: float, what: str, contact: int, agent: int) -> None:
        if self._log is not None:
            self._log.append((at, what, contact, agent))
