"""Who and what is in a call: the caller, the segments of the chain, the agents with their phones, the queues."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from infra.local.connect.clock import Timer
from infra.local.connect.script import Script

MOST_LINES = 2_000  # of a transcript; a caller who waits for hours hears much


class Speaker(StrEnum):
    SYSTEM = "system"  # a prompt
    CUSTOMER = "customer"
    AGENT = "agent"
    KEYS = "keys"
    NOTE = "note"  # what happens on the line: ringing, hold, the end


@dataclass(frozen=True, slots=True)
class Line:
    n: int
    at: datetime
    who: Speaker
    text: str
    block: str = ""  # the flow and action that said it


@dataclass(slots=True)
class Transcript:
    """What one side of the call hears and says, as text. It lives as long as the call is remembered here."""

    lines: deque[Line] = field(default_factory=lambda: deque(maxlen=MOST_LINES))
    last: int = 0

    def add(self, at: datetime, who: Speaker, text: str, block: str = "") -> None:
        self.last += 1
        self.lines.append(Line(self.last, at, who, text, block))

    def after(self, n: int) -> list[Line]:
        return [line for line in self.lines if line.n > n]


@dataclass(slots=True)
class Queue:
    """A standard queue, or an agent's own. A standard one is staffed by everyone, or by nobody."""

    arn: str
    name: str
    agent: str = ""
    staffed: bool = True
    most: int = 1_000_000
    waiting: list[Segment] = field(default_factory=list)

    @property
    def type(self) -> str:
        return "AGENT" if self.agent else "STANDARD"


class Reason(StrEnum):
    """Why a segment ended; the words of contact records. `TRANSFERRED` is ours: Connect names none for voice."""

    CUSTOMER = "CUSTOMER_DISCONNECT"
    AGENT = "AGENT_DISCONNECT"
    FLOW = "CONTACT_FLOW_DISCONNECT"
    TELECOM = "TELECOM_PROBLEM"
    TRANSFERRED = "TRANSFERRED"


@dataclass(slots=True, kw_only=True)
class Segment:
    """One contact of a chain, as Connect counts them: a requeue begins a new one."""

    contact_id: str
    call: Call
    method: str  # InitiationMethod
    began_at: datetime
    previous: Segment | None = None
    attributes: dict[str, str] = field(default_factory=dict)  # one map for the whole chain
    hooks: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    data: dict[str, str] = field(default_factory=dict)
    target: Queue | None = None
    priority: int = 5
    head_start_s: int = 0
    queue: Queue | None = None  # where it waits or waited
    enqueued_at: datetime | None = None
    dequeued_at: datetime | None = None
    attempts: int = 0  # how often a phone rang
    agent: Agent | None = None  # who answered
    connected_at: datetime | None = None
    holds: list[tuple[datetime, datetime]] = field(default_factory=list)
    held_since: datetime | None = None
    ended_at: datetime | None = None
    reason: Reason | None = None
    cleared_at: datetime | None = None  # end of the after-contact work
    next_id: str = ""

    @property
    def initial_id(self) -> str:
        return self.call.segments[0].contact_id

    @property
    def urgency(self) -> tuple[int, float]:
        since = self.enqueued_at.timestamp() if self.enqueued_at else 0.0
        return (self.priority, since - self.head_start_s)


class LegState(StrEnum):
    """As the agent event stream names them."""

    CONNECTING = "CONNECTING"  # it rings
    WHISPER = "WHISPER"  # accepted; the agent hears the whisper, the caller still waits
    CONNECTED = "CONNECTED"
    HELD = "CONNECTED_ONHOLD"
    MISSED = "MISSED"
    ENDED = "ENDED"  # after-contact work


@dataclass(slots=True, kw_only=True)
class Leg:
    """An agent's end of a call."""

    agent: Agent
    segment: Segment
    state: LegState
    began_at: datetime
    transcript: Transcript = field(default_factory=Transcript)
    script: Script | None = None  # a whisper
    timer: Timer | None = None

    def still(self) -> None:
        """Nothing of it runs any more."""
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None
        if self.script is not None:
            self.script.stop()
            self.script = None


@dataclass(slots=True, kw_only=True)
class Agent:
    """An agent's soft phone: one call at a time. It stays available when the page is closed, as Connect's does."""

    id: str
    name: str
    available: bool = True
    idle_since: datetime
    leg: Leg | None = None

    @property
    def free(self) -> bool:
        return self.available and self.leg is None


class CallState(StrEnum):
    MENU = "menu"  # the inbound flow runs
    WAITING = "waiting"
    RINGING = "ringing"
    CONNECTED = "connected"
    HELD = "held"
    GOODBYE = "goodbye"  # the agent is gone, the disconnect flow runs
    OVER = "over"


@dataclass(slots=True, kw_only=True)
class Call:
    """A caller on the line, over all segments."""

    id: str
    customer: str
    dialled: str
    began_at: datetime
    state: CallState = CallState.MENU
    segments: list[Segment] = field(default_factory=list)
    keys: deque[str] = field(default_factory=deque)  # pressed and not yet asked for
    transcript: Transcript = field(default_factory=Transcript)
    journal: Transcript = field(default_factory=Transcript)  # what happened behind the scenes
    script: Script | None = None  # what the caller is listening to
    leg: Leg | None = None
    ended_at: datetime | None = None

    @property
    def now(self) -> Segment:
        return self.segments[-1]
