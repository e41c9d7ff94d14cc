"""The queues and the agents' phones, which phone rings for whom, and the figures of both."""

from __future__ import annotations

import itertools
import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from heapq import heappop, heappush

from infra.local.connect.library import INSTANCE
from infra.local.connect.parties import Agent, LegState, Queue, Segment
from infra.local.connect.wishes import Criterion, Metrics

AGENT_QUEUE_MOST = 10
_AGENT_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,99}")
_ANYONE = ""


class _Line:
    """Who may be offered next, the most urgent first. Who has left is passed over when it is his turn."""

    def __init__(self) -> None:
        self._places: list[tuple[tuple[int, float], int, Segment]] = []
        self._roomy = 64

    def add(self, segment: Segment) -> None:
        heappush(self._places, (segment.urgency, segment.ticket, segment))
        if len(self._places) > self._roomy:
            self._places = sorted(place for place in self._places if place[1] == place[2].ticket)
            self._roomy = max(64, 2 * len(self._places))

    def first(self) -> Segment | None:
        while self._places and self._places[0][1] != self._places[0][2].ticket:
            heappop(self._places)
        return self._places[0][2] if self._places else None


class Floor:
    def __init__(self, queues: list[Queue]) -> None:
        self.queues = {queue.arn: queue for queue in queues}
        self.agents: dict[str, Agent] = {}
        self._own: dict[str, Queue] = {}
        self._tickets = itertools.count(1)
        self._in_line = 0  # how many hold a ticket
        self._own_line: dict[str, _Line] = defaultdict(_Line)  # by agent: his own queue
        self._shared: dict[str, _Line] = defaultdict(_Line)  # by agent whom criteria name, or for anyone

    def agent(self, reference: str | None, now: datetime) -> Agent | None:
        """By user name, id or ARN. A user exists before he first signs in; his phone does not ring until then."""
        name = (reference or "").rsplit("/", 1)[-1]
        if not _AGENT_ID.fullmatch(name):
            return None
        if name not in self.agents:
            self.agents[name] = Agent(id=name, name=name, available=False, idle_since=now)
        return self.agents[name]

    def queue(self, reference: str | None) -> Queue | None:
        if reference is None:
            return None
        return self.queues.get(reference) or self.queues.get(f"{INSTANCE}/queue/{reference}")

    def own_queue(self, agent: Agent) -> Queue:
        if agent.id not in self._own:
            arn = f"{INSTANCE}/queue/agent/{agent.id}"
            self._own[agent.id] = Queue(arn=arn, name=agent.id, agent=agent.id, most=AGENT_QUEUE_MOST)
        return self._own[agent.id]

    # The lines

    def waits(self, segment: Segment, queue: Queue, now: datetime) -> None:
        segment.queue = queue
        queue.waiting.append(segment)
        self.lines_up(segment, now)

    def leaves(self, segment: Segment) -> None:
        self.steps_out(segment)
        if segment.queue is not None and segment in segment.queue.waiting:
            segment.queue.waiting.remove(segment)

    def lines_up(self, segment: Segment, now: datetime) -> None:
        """Takes the place that its urgency and its criteria give it now; no phone rings for it at the moment."""
        self.steps_out(segment)
        queue = segment.queue
        if queue is None or segment.leg is not None or segment.dequeued_at is not None:
            return
        if not queue.agent and not queue.staffed:
            return
        segment.ticket = next(self._tickets)
        self._in_line += 1
        for line in self._lines(segment, queue, now):
            line.add(segment)

    def steps_out(self, segment: Segment) -> None:
        """It keeps waiting, but is offered to nobody for now."""
        if segment.ticket:
            segment.ticket = 0
            self._in_line -= 1
            if not self._in_line:  # nobody is left whom a line would have to pass over
                self._own_line.clear()
                self._shared.clear()

    def _lines(self, segment: Segment, queue: Queue, now: datetime) -> list[_Line]:
        if queue.agent:
            return [self._own_line[queue.agent]]
        step = current(segment, now)
        if step is None:
            return [self._shared[_ANYONE]]
        # Nobody has proficiencies here: a step that asks for one is met by nobody while it lasts.
        names = {agent.rsplit("/", 1)[-1] for agent in step.agents}
        return [self._shared[name] for name in sorted(names - {_ANYONE})]

    def pairs(self) -> Iterator[tuple[Segment, Agent]]:
        """Who may ring where now; the caller lets each pair ring before it asks for the next.

        An agent's own queue comes before any other.
        """
        if not self._in_line:
            return
        free = [agent for agent in self.agents.values() if agent.free]
        for agent in sorted(free, key=lambda agent: (agent.idle_since, agent.id)):
            if agent.free and (segment := self._next_for(agent.id)) is not None:
                yield segment, agent

    def _next_for(self, agent: str) -> Segment | None:
        if agent in self._own_line and (own := self._own_line[agent].first()) is not None:
            return own
        lines = [self._shared[name] for name in (agent, _ANYONE) if name in self._shared]
        first = [segment for line in lines if (segment := line.first()) is not None]
        return min(first, key=lambda segment: (segment.urgency, segment.ticket), default=None)

    # Figures

    def metrics(self, queue: Queue, now: datetime) -> Metrics:
        """Of a standard queue every agent counts if it is staffed, of an agent's own queue only he."""
        if queue.agent:
            agents = [self.agents[queue.agent]] if queue.agent in self.agents else []
        else:
            agents = list(self.agents.values()) if queue.staffed else []
        since = [segment.enqueued_at for segment in queue.waiting if segment.enqueued_at is not None]
        states = [agent.leg.state for agent in agents if agent.leg is not None]
        return Metrics(
            name=queue.name,
            arn=queue.arn,
            size=len(queue.waiting),
            oldest_s=(now - min(since)).total_seconds() if since else 0.0,
            online=sum(agent.online for agent in agents),
            available=sum(agent.free for agent in agents),
            staffed=sum(agent.available or agent.leg is not None for agent in agents),
            after_contact_work=states.count(LegState.ENDED),
            missed=states.count(LegState.MISSED),
            busy=sum(state not in (LegState.ENDED, LegState.MISSED) for state in states),
            non_productive=sum(agent.online and not agent.available for agent in agents),
        )


def current(segment: Segment, now: datetime) -> Criterion | None:
    """The step of its criteria that holds now; None when the last has expired, or there are none."""
    since = segment.criteria_since
    if since is None:
        return None
    passed = (now - since).total_seconds()
    for step in segment.criteria:
        if step.expires_s is None or passed < step.expires_s:
            return step
        passed -= step.expires_s
    return None


def expiries(segment: Segment) -> list[int]:
    """Seconds from the beginning of the criteria to the end of each step that ends."""
    steps = itertools.takewhile(lambda step: step.expires_s is not None, segment.criteria)
    return list(itertools.accumulate(step.expires_s or 0 for step in steps))
