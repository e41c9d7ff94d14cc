"""The queues and the agents' phones, and which phone rings for whom."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

from infra.local.connect.library import INSTANCE
from infra.local.connect.parties import Agent, Queue, Segment

AGENT_QUEUE_MOST = 10
_AGENT_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,99}")


class Floor:
    def __init__(self, queues: list[Queue]) -> None:
        self.queues = {queue.arn: queue for queue in queues}
        self.agents: dict[str, Agent] = {}
        self._own: dict[str, Queue] = {}

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

    def waits(self, segment: Segment, queue: Queue) -> None:
        segment.queue = queue
        queue.waiting.append(segment)

    def leaves(self, segment: Segment) -> None:
        if segment.queue is not None and segment in segment.queue.waiting:
            segment.queue.waiting.remove(segment)

    def pairs(self) -> Iterator[tuple[Segment, Agent]]:
        """Who may ring where now; the caller lets each pair ring before it asks for the next.

        An agent's own queue comes before any other.
        """
        for agent in sorted(self.agents.values(), key=lambda agent: (agent.idle_since, agent.id)):
            if agent.free and (segment := self._next_for(agent)) is not None:
                yield segment, agent

    def _next_for(self, agent: Agent) -> Segment | None:
        shared = [segment for queue in self.queues.values() if queue.staffed for segment in queue.waiting]
        for waiting in (self.own_queue(agent).waiting, shared):
            quiet = [segment for segment in waiting if segment.call.leg is None]
            if quiet:
                return min(quiet, key=lambda segment: segment.urgency)
        return None
