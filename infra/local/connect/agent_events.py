"""The agent event stream: who is signed in, with which status, and what is on his phone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Protocol

from infra.local.connect.clock import Clock, Timer
from infra.local.connect.events import instant
from infra.local.connect.floor import Floor
from infra.local.connect.library import INSTANCE, agent_arn
from infra.local.connect.parties import Agent, Leg, LegState, Queue

HEART_BEAT_S = 120
AFTER_LOGOUT = timedelta(hours=1)  # so long the heart beats on
_TYPES = {"Available": "ROUTABLE", "Offline": "OFFLINE"}


class AgentEvents(Protocol):
    def put(self, event: Mapping[str, Any]) -> None: ...


class People:
    """Tells of an agent whenever something of his has changed, and every two minutes when nothing has."""

    def __init__(self, clock: Clock, floor: Floor, port: AgentEvents | None, mint: Callable[[], str]) -> None:
        self._clock, self._floor, self._port, self._mint = clock, floor, port, mint
        self._last: dict[str, dict[str, Any]] = {}
        self._matters: dict[str, tuple[str, ...]] = {}
        self._beats: dict[str, Timer] = {}
        self._out: dict[str, datetime] = {}  # when he signed out

    def login(self, agent: Agent) -> None:
        self._out.pop(agent.id, None)
        self._tell("LOGIN", agent)

    def logout(self, agent: Agent) -> None:
        self._out[agent.id] = self._clock.now()
        self._tell("LOGOUT", agent)

    def look(self, agent: Agent) -> None:
        if self._port is not None and agent.id in self._last and _matter(agent) != self._matters[agent.id]:
            self._tell("STATE_CHANGE", agent)

    def _beat(self, agent: Agent) -> None:
        out = self._out.get(agent.id)
        if out is None or self._clock.now() - out <= AFTER_LOGOUT:
            self._tell("HEART_BEAT", agent)

    def _tell(self, kind: str, agent: Agent) -> None:
        if self._port is None:
            return
        now, snapshot = self._clock.now(), self._snapshot(agent)
        before = self._last.get(agent.id)
        self._last[agent.id], self._matters[agent.id] = snapshot, _matter(agent)
        self._port.put(
            {
                "AWSAccountId": "000000000000",
                "AgentARN": agent_arn(agent.id),
                "CurrentAgentSnapshot": snapshot,
                "EventId": self._mint(),
                "EventTimestamp": instant(now),
                "EventType": kind,
                "InstanceARN": INSTANCE,
                "PreviousAgentSnapshot": before,
                "Version": "2017-10-01",
            }
        )
        if agent.id in self._beats:
            self._beats[agent.id].cancel()
        self._beats[agent.id] = self._clock.later(HEART_BEAT_S, lambda: self._beat(agent))

    def _snapshot(self, agent: Agent) -> dict[str, Any]:
        name = agent.status_name
        following = agent.next_status
        return {
            "AgentStatus": {
                "ARN": f"{INSTANCE}/agent-state/{name}",
                "Name": name,
                "StartTimestamp": instant(agent.status_since or agent.idle_since),
                "Type": _TYPES.get(name, "CUSTOM"),
            },
            "NextAgentStatus": {"ARN": f"{INSTANCE}/agent-state/{following}", "Name": following} if following else None,
            "Configuration": self._configuration(agent),
            "Contacts": [_contact(agent.leg)] if agent.leg is not None else [],
        }

    def _configuration(self, agent: Agent) -> dict[str, Any]:
        first, _, last = agent.name.partition(" ")
        own = _queue(self._floor.own_queue(agent)) | {"Name": None}
        inbound = [own, *(_queue(queue) for queue in self._floor.queues.values() if queue.staffed)]
        free = agent.leg is None or agent.leg.state is LegState.MISSED
        return {
            "AgentHierarchyGroups": None,
            "FirstName": first,
            "LastName": last or first,
            "Proficiencies": [],
            "RoutingProfile": {
                "ARN": f"{INSTANCE}/routing-profile/voice",
                "Concurrency": [{"AvailableSlots": int(free), "Channel": "VOICE", "MaximumSlots": 1}],
                "DefaultOutboundQueue": inbound[-1],
                "InboundQueues": inbound,
                "Name": "Voice",
            },
            "Username": agent.id,
        }


def _matter(agent: Agent) -> tuple[str, ...]:
    """What is told when it changes."""
    contact = (agent.leg.segment.contact_id, _state(agent.leg)) if agent.leg is not None else ()
    return (agent.status_name, agent.next_status, *contact)


def _queue(queue: Queue) -> dict[str, Any]:
    return {"ARN": queue.arn, "Channels": ["VOICE"], "Name": queue.name}


def _contact(leg: Leg) -> dict[str, Any]:
    segment = leg.segment
    queue = segment.queue or segment.target
    return {
        "Channel": "VOICE",
        "ConnectedToAgentTimestamp": instant(segment.connected_at),
        "ContactId": segment.contact_id,
        "InitialContactId": segment.initial_id,
        "InitiationMethod": segment.method,
        "Queue": {"ARN": queue.arn, "Name": queue.name} if queue else None,
        "QueueTimestamp": instant(segment.enqueued_at),
        "State": _state(leg),
        "StateStartTimestamp": instant(leg.since),
    }


def _state(leg: Leg) -> str:
    if leg.state is LegState.CONNECTING and not leg.segment.call.on_line:
        return "PENDING"  # a callback
    return LegState.CONNECTING.value if leg.state is LegState.WHISPER else leg.state.value
