"""How many agents each client's target takes: every client with a pool of its own, and all with one pool.

Exact where a pool is one queue of one kind of work, first come first served: Erlang C, and Erlang A where the
customers' patience is known. Where kinds of work are mixed in a pool it is an estimate, of which the simulation
(`rehearsal`) says how good it is:

- handle times that differ count as their mean;
- a call needs an agent who has nothing else, so calls and chats are staffed side by side, chats three to an agent;
- mails and letters give way to calls and chats, so these do not see them; they themselves wait for whoever has time;
- the targets of all clients of a pool are met by one queue in order of arrival. The matcher serves by deadline and
  share, which is better for who is in a hurry.

The service level is of all offered, and every abandoned contact is a miss (Level.SERVED_OF_ALL).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import exp

from chalicelib.kernel.errors import Invalid
from chalicelib.routing.model.capacity import UNITS
from chalicelib.routing.model.erlang import delay, rules
from chalicelib.routing.model.erlang.numbers import at_most, least, limit
from chalicelib.routing.model.erlang.patience import Impatient, countable, impatient
from chalicelib.routing.model.forecast import Demand, Forecast, Interval

OCCUPANCY_LIMIT = 0.88  # above it the saving of a large pool burns its agents out


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What holds for every pool."""

    occupancy_limit: float = OCCUPANCY_LIMIT
    shrinkage: float = 0.0  # the part of paid time that is not spent with contacts

    def __post_init__(self) -> None:
        limit("occupancy_limit", self.occupancy_limit)
        rules.positions(1, self.shrinkage)


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What one formula expects of a pool, over all of its contacts."""

    service_level: float  # the part answered within each one's own target
    asa_s: float  # mean wait of all contacts; by Erlang A of those who give up too
    occupancy: float
    abandoned: float = 0.0
    levels: tuple[float, ...]  # of each demand


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """The agents of one pool in one interval. `agents` follow from Erlang A where all patience is known."""

    demands: tuple[Demand, ...]
    load: float  # Erlang, in whole agents
    agents: int
    for_target: int  # what the targets alone need, whatever the occupancy
    if_patient: int  # what Erlang C needs; the same as `agents` where some patience is not known
    erlang_c: Expected | None  # of `agents`; None where they are not more than the load: nobody's patience is endless
    erlang_a: Expected | None  # None where some patience is not known
    positions: int  # people to schedule, with shrinkage

    @property
    def expected(self) -> Expected:
        expected = self.erlang_a or self.erlang_c
        assert expected is not None, "Erlang C found more agents than load"
        return expected


@dataclass(frozen=True, slots=True, kw_only=True)
class Staffed:
    """One interval. Intervals in which nothing is expected have no pools."""

    interval: Interval
    load: float
    dedicated: tuple[Pool, ...]  # one per client with contacts
    pooled: Pool | None

    @property
    def dedicated_agents(self) -> int:
        return sum(pool.agents for pool in self.dedicated)

    @property
    def dedicated_for_target(self) -> int:
        return sum(pool.for_target for pool in self.dedicated)

    @property
    def pooled_agents(self) -> int:
        return self.pooled.agents if self.pooled else 0

    @property
    def saved(self) -> float:
        """The part of the dedicated agents that one pool saves."""
        return 1 - self.pooled_agents / self.dedicated_agents if self.dedicated_agents else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    forecast: Forecast
    policy: Policy
    staffed: tuple[Staffed, ...]
    notes: tuple[str, ...] = field(default=())  # where the formulas only estimate

    def hours(self, agents: Sequence[int]) -> float:
        """Agent hours of so many agents in each interval."""
        return sum(agents) * self.forecast.interval_s / 3600


def plan(forecast: Forecast, policy: Policy | None = None) -> Plan:
    """Raises Invalid where a target cannot be met by any number of agents."""
    policy = policy or Policy()
    staffed = tuple(_staffed(forecast, interval, policy) for interval in forecast.intervals)
    return Plan(forecast=forecast, policy=policy, staffed=staffed, notes=_notes(forecast))


def pool_for(demands: Sequence[Demand], interval_s: float, policy: Policy) -> Pool:
    """The fewest agents with whom one pool meets the target of every demand, and the limit of occupancy."""
    work = _Work(tuple(demands), interval_s)
    for demand in demands:
        if not 0 < demand.level < 1:
            why = f"is {demand.level * 100:g} for {demand.client}"
            raise Invalid("percent", why, "ask for more than 0 and less than 100: all would take endless agents")
    by_patience = all(demand.patience_s is not None for demand in demands)
    for_target = work.agents_for(by_patience=by_patience, occupancy_limit=1.0)
    busiest = policy.occupancy_limit
    agents = work.agents_for(by_patience=by_patience, occupancy_limit=busiest, at_least=for_target)
    return Pool(
        demands=work.demands,
        load=work.load,
        agents=agents,
        for_target=for_target,
        if_patient=work.agents_for(by_patience=False, occupancy_limit=policy.occupancy_limit)
        if by_patience
        else agents,
        erlang_c=work.expected(agents, by_patience=False),
        erlang_a=work.expected(agents, by_patience=True) if by_patience else None,
        positions=rules.positions(agents, policy.shrinkage),
    )


def _staffed(forecast: Forecast, interval: Interval, policy: Policy) -> Staffed:
    clients = dict.fromkeys(demand.client for demand in interval.demands)
    own = ([demand for demand in interval.demands if demand.client == client] for client in clients)
    return Staffed(
        interval=interval,
        load=forecast.load(interval),
        dedicated=tuple(pool_for(demands, forecast.interval_s, policy) for demands in own),
        pooled=pool_for(interval.demands, forecast.interval_s, policy) if interval.demands else None,
    )


class _Queue:
    """Demands that wait in one line: their servers are agents, or places beside each other if all are written."""

    def __init__(self, demands: Sequence[Demand], interval_s: float) -> None:
        costs = {demand.cost for demand in demands}
        self._places = UNITS // costs.pop() if len(costs) == 1 else 1
        contacts = sum(demand.contacts for demand in demands)
        held = (demand.contacts * (demand.agent_s * self._places) for demand in demands)
        self.per_s = contacts / interval_s
        self.aht_s = sum(held) / contacts
        self.load = self.per_s * self.aht_s
        gives_up = [demand.contacts / demand.patience_s for demand in demands if demand.patience_s]
        self.patience_s = contacts / sum(gives_up) if len(gives_up) == len(demands) else None

    def servers(self, agents: int) -> int:
        return agents * self._places

    def leaving(self, agents: int) -> Impatient | None:
        """None where far too many would wait."""
        assert self.patience_s is not None, "asked for only where all patience is known"
        if not countable(self.load, self.servers(agents), self.aht_s, self.patience_s):
            return None
        return impatient(self.per_s, self.aht_s, self.patience_s, self.servers(agents))


class _Work:
    """What comes to one pool: calls, chats beside each other, and mails and letters that give way to both."""

    def __init__(self, demands: tuple[Demand, ...], interval_s: float) -> None:
        self.demands = demands
        self.load = sum(demand.contacts * demand.agent_s for demand in demands) / interval_s
        self._contacts = sum(demand.contacts for demand in demands)
        everybody = _Queue(demands, interval_s)
        chats = [demand for demand in demands if demand.beside]
        calls = [demand for demand in demands if not demand.beside and not demand.gives_way]
        self._chats = _Queue(chats, interval_s) if chats and len(chats) < len(demands) else None
        first = _Queue(calls, interval_s) if calls else everybody
        self._queues = [
            everybody if demand.gives_way else (self._chats or everybody) if demand.beside else first
            for demand in demands
        ]
        self._for_chats = {by_patience: self._agents_of_chats(by_patience) for by_patience in (False, True)}

    def agents_for(self, *, by_patience: bool, occupancy_limit: float, at_least: int = 1) -> int:
        # The agents carry at least what must be answered in time; by Erlang C everything, and are more than that.
        carried = min(demand.level for demand in self.demands) * self.load if by_patience else self.load + 1

        def enough(agents: int) -> bool:
            expected = self.expected(agents, by_patience=by_patience)
            return (
                expected is not None
                and at_most(expected.occupancy, occupancy_limit)
                and _met(self.demands, expected.levels)
            )

        return least(enough, "agents", start=max(at_least, int(carried)))

    def expected(self, agents: int, *, by_patience: bool) -> Expected | None:
        """Figures of so many agents; None where by Erlang C the queue would grow for ever."""
        figures: dict[_Queue, _Figures] = {}
        for queue in dict.fromkeys(self._queues):
            figure = _figures(queue, self._serving(queue, agents, by_patience), by_patience)
            if figure is None:
                return None
            figures[queue] = figure
        told = [(demand, figures[queue]) for demand, queue in zip(self.demands, self._queues, strict=True)]
        asked = {(figure, demand.within_s) for demand, figure in told}
        known = {(figure, within_s): figure.level(within_s) for figure, within_s in asked}
        levels = tuple(known[figure, demand.within_s] for demand, figure in told)
        shares = [demand.contacts / self._contacts for demand in self.demands]
        offered = sum(demand.contacts * demand.agent_s for demand in self.demands)
        worked = sum(demand.contacts * demand.agent_s * (1 - figure.abandoned) for demand, figure in told)
        return Expected(
            service_level=sum(share * level for share, level in zip(shares, levels, strict=True)),
            asa_s=sum(share * figure.asa_s for share, (_, figure) in zip(shares, told, strict=True)),
            occupancy=min(1.0, self.load / agents * worked / offered),
            abandoned=sum(share * figure.abandoned for share, (_, figure) in zip(shares, told, strict=True)),
            levels=levels,
        )

    def _serving(self, queue: _Queue, agents: int, by_patience: bool) -> int:
        """How many of the agents serve the queue: chats have those that they need, calls the others."""
        chats = self._for_chats[by_patience]
        if not chats or any(queue is one for one in self._waiting_for_all()):
            return agents
        return chats if queue is self._chats else agents - chats

    def _waiting_for_all(self) -> list[_Queue]:
        return [queue for demand, queue in zip(self.demands, self._queues, strict=True) if demand.gives_way]

    def _agents_of_chats(self, by_patience: bool) -> int:
        """The fewest for the chats of a pool that has other work too; 0 where it has none of them."""
        queue = self._chats
        if queue is None or (by_patience and queue.patience_s is None):
            return 0
        chats = [demand for demand in self.demands if demand.beside]

        def enough(agents: int) -> bool:
            figure = _figures(queue, agents, by_patience)
            return figure is not None and _met(chats, [figure.level(demand.within_s) for demand in chats])

        return least(enough, "agents")


def _met(demands: Sequence[Demand], levels: Sequence[float]) -> bool:
    return all(at_most(demand.level, level) for demand, level in zip(demands, levels, strict=True))


@dataclass(frozen=True, slots=True, eq=False)
class _Figures:
    """Of one queue with so many agents; `waits` and `decay` give the level of Erlang C for any time."""

    asa_s: float
    abandoned: float
    waits: float
    decay: float  # per second
    leaving: Impatient | None

    def level(self, within_s: float) -> float:
        if self.leaving is not None:
            return self.leaving.service_level(within_s)
        return 1 - self.waits * exp(-self.decay * within_s)


def _figures(queue: _Queue, agents: int, by_patience: bool) -> _Figures | None:
    """None where the agents cannot carry the queue."""
    if agents < 1 or (not by_patience and queue.load >= queue.servers(agents)):
        return None
    if by_patience:
        leaving = queue.leaving(agents)
        if leaving is None:
            return None
        return _Figures(leaving.wait_s, leaving.p_abandon, leaving.p_wait, 0.0, leaving)
    servers = queue.servers(agents)
    waits = delay.p_wait(queue.load, servers)
    decay = (servers - queue.load) / queue.aht_s
    return _Figures(waits / decay, 0.0, waits, decay, None)


def _notes(forecast: Forecast) -> tuple[str, ...]:
    notes = []
    demands = tuple(forecast.demands())
    if len({demand.cost for demand in demands}) > 1:
        notes.append("calls and written work share agents: Erlang staffs calls and chats side by side")
    if len({demand.agent_s for demand in demands}) > 1:
        notes.append("handle times differ: Erlang takes their mean for the shared pool")
    if len({(demand.level, demand.within_s) for demand in demands}) > 1:
        notes.append("targets differ: Erlang meets all of them in order of arrival; the matcher serves by deadline")
    known = [demand for demand in demands if demand.patience_s is not None]
    if known and len(known) < len(demands):
        notes.append("the patience of some is not known: their pools are planned as if everybody waited (Erlang C)")
    return tuple(notes)
