"""The phones of a call: the agents' own, and those outside that the exchange has called."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from infra.local.connect.clock import Timer
from infra.local.connect.script import Script
from infra.local.connect.transcript import Transcript

if TYPE_CHECKING:
    from infra.local.connect.parties import Call, Segment


class LegState(StrEnum):
    """As the agent event stream names them."""

    CONNECTING = "CONNECTING"  # it rings
    WHISPER = "WHISPER"  # accepted, and the other end is not there yet: a whisper, or the customer's phone rings
    CONNECTED = "CONNECTED"
    HELD = "CONNECTED_ONHOLD"
    MISSED = "MISSED"
    ENDED = "ENDED"  # after-contact work


class FarEnd(NamedTuple):
    """Somebody else on an agent's call."""

    kind: str  # customer, agent, outside, queue
    name: str
    state: str  # ringing, connected, held


@dataclass(slots=True, kw_only=True, eq=False)
class Leg:
    """An agent's end of a call."""

    agent: Agent
    segment: Segment
    state: LegState
    began_at: datetime
    since: datetime  # when the state began
    transcript: Transcript = field(default_factory=Transcript)
    script: Script | None = None  # a whisper, or what he hears on hold
    timer: Timer | None = None
    muted: bool = False
    away: bool = False  # put on hold by a transfer flow
    consult: Segment | None = None  # the transfer that he has begun
    keys: deque[str] = field(default_factory=deque)  # pressed while a transfer flow speaks to him

    def still(self) -> None:
        """Nothing of it runs any more."""
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None
        if self.script is not None:
            self.script.stop()
            self.script = None

    @property
    def direction(self) -> str:
        if self.segment.call.plan is not None and self.segment.method != "TRANSFER":
            return "callback"
        return {"OUTBOUND": "outbound", "TRANSFER": "transfer"}.get(self._began_as, "inbound")

    @property
    def _began_as(self) -> str:
        """The method before any requeue."""
        segment = self.segment
        while segment.method == "QUEUE_TRANSFER" and segment.previous is not None:
            segment = segment.previous
        return segment.method

    @property
    def dials(self) -> bool:
        """Somebody's phone rings for this agent, or is about to: he can only give that up, and not pass it on."""
        segment, call = self.segment, self.segment.call
        if call.dialling is not None:
            return segment is call.segments[0]
        return call.plan is not None and call.phone is not None and call.phone.segment is segment

    def ends(self) -> list[FarEnd]:
        """Everybody else on the call, as its page shows them."""
        segment, call = self.segment, self.segment.call
        if self.state in (LegState.ENDED, LegState.MISSED):
            return []
        if segment.near is not None:
            parted = segment.held_since or segment.far_held
            near = FarEnd("agent", segment.near.agent.name, "held" if parted else "connected")
            waits = segment.near.segment.held_since is not None
            return [near, FarEnd("customer", call.customer, "held" if waits else "connected")]
        state = "held" if segment.held_since else "connected" if call.on_line else "ringing"
        ends = [FarEnd("customer", call.customer, state)]
        return [*ends, _far(self.consult)] if self.consult is not None else ends


def _far(consult: Segment) -> FarEnd:
    """The other end of a transfer that is under way."""
    state = "ringing" if not consult.answered else "held" if consult.far_held else "connected"
    if consult.outside is not None:
        return FarEnd("outside", consult.outside.number, state)
    if consult.leg is not None:
        return FarEnd("agent", consult.leg.agent.name, state)
    return FarEnd("queue", consult.queue.name if consult.queue else "transfer", "ringing")


@dataclass(slots=True, kw_only=True, eq=False)
class Agent:
    """An agent's soft phone: one call at a time. It stays available when the page is closed, as Connect's does."""

    id: str
    name: str
    available: bool = True
    status: str = ""  # a name of his own for not being available, e.g. Lunch
    next_status: str = ""  # from when his call is done
    status_since: datetime | None = None
    idle_since: datetime
    leg: Leg | None = None

    @property
    def free(self) -> bool:
        return self.available and self.leg is None

    @property
    def status_name(self) -> str:
        return "Available" if self.available else self.status or "Offline"

    @property
    def online(self) -> bool:
        return self.available or self.status != ""


class OutsideState(StrEnum):
    RINGING = "ringing"
    CONNECTED = "connected"
    OVER = "over"


@dataclass(slots=True, kw_only=True, eq=False)
class Outside:
    """A phone that was called: the customer's own, or one beside him. What is to follow is told by the three calls."""

    id: str
    kind: str  # customer, outside
    segment: Segment
    number: str
    caller_id: str
    began_at: datetime
    answered: Callable[[], None]
    failed: Callable[[str], None]  # with the name of the error
    over: Callable[[], None]  # it hung up, after it had answered
    transcript: Transcript = field(default_factory=Transcript)
    state: OutsideState = OutsideState.RINGING
    answered_at: datetime | None = None
    timers: list[Timer] = field(default_factory=list)

    @property
    def call(self) -> Call:
        return self.segment.call
