"""What a call is made of: the customer's line, the contacts of its chain, recordings, queues."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from infra.local.connect.phones import Agent, FarEnd, Leg, LegState, Outside, OutsideState
from infra.local.connect.script import Script
from infra.local.connect.transcript import MOST_LINES, Line, Speaker, Transcript
from infra.local.connect.wishes import Callback, Criterion, Recording

__all__ = [
    "MOST_LINES", "Agent", "Call", "CallState", "FarEnd", "Leg", "LegState", "Line", "Outside", "OutsideState", "Plan",
    "Queue", "Reason", "Segment", "Speaker", "Take", "Transcript",
]  # fmt: skip


@dataclass(slots=True, eq=False)
class Queue:
    """A standard queue, or an agent's own. A standard one is staffed by everyone, or by nobody."""

    arn: str
    name: str
    agent: str = ""
    staffed: bool = True
    most: int = 1_000_000
    hours: str = "Always"
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
    THIRD_PARTY = "THIRD_PARTY_DISCONNECT"
    API = "API"
    TRANSFERRED = "TRANSFERRED"


@dataclass(slots=True, kw_only=True, eq=False)
class Take:
    """A recording, under way or done. `location` is the bucket, a slash, and the key."""

    contact_id: str
    kind: str  # call, ivr
    participants: tuple[str, ...]
    location: str
    began_at: datetime
    ended_at: datetime | None = None
    paused_at: datetime | None = None
    pauses: list[tuple[datetime, datetime]] = field(default_factory=list)
    since: int = 0  # the last line before it began
    lines: tuple[Line, ...] = ()


@dataclass(slots=True, kw_only=True, eq=False)
class Segment:
    """One contact of a chain, as Connect counts them: a requeue begins a new one, and so does a transfer.

    Who is at its near end is the customer, or, while an agent asks around, that agent (`near`). At the far end
    is another agent (`leg`) or an outside number (`outside`).
    """

    contact_id: str
    call: Call
    method: str  # InitiationMethod
    began_at: datetime
    previous: Segment | None = None
    attributes: dict[str, str] = field(default_factory=dict)  # one map as long as callers are only requeued
    hooks: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    data: dict[str, str] = field(default_factory=dict)
    target: Queue | None = None
    priority: int = 5
    head_start_s: int = 0
    criteria: tuple[Criterion, ...] = ()
    criteria_since: datetime | None = None
    queue: Queue | None = None  # where it waits or waited
    ticket: int = 0  # its place in a line; 0 where it stands in none
    enqueued_at: datetime | None = None
    dequeued_at: datetime | None = None
    attempts: int = 0  # how often a phone rang
    near: Leg | None = None
    leg: Leg | None = None
    outside: Outside | None = None
    far_held: bool = False  # by the agent at the near end
    script: Script | None = None  # what the near end is listening to
    agent: Agent | None = None  # who answered
    media_at: datetime | None = None  # the customer was there: ConnectedToSystemTimestamp
    connected_at: datetime | None = None
    holds: list[tuple[datetime, datetime]] = field(default_factory=list)
    held_since: datetime | None = None
    ended_at: datetime | None = None
    reason: Reason | None = None
    cleared_at: datetime | None = None  # end of the after-contact work
    told: bool = False  # its record is written
    next_id: str = ""
    caller_id: str = ""  # that an outbound call shows
    related: str = ""  # a contact to which whoever began this one says it belongs
    transferred_to: str = ""
    transferred_at: datetime | None = None
    recording: Recording | None = None  # as the flow wants it
    takes: list[Take] = field(default_factory=list)
    streaming_since: datetime | None = None

    @property
    def initial_id(self) -> str:
        return self.previous.initial_id if self.previous else self.contact_id

    @property
    def depth(self) -> int:
        """How many contacts its chain has."""
        return 1 + (self.previous.depth if self.previous else 0)

    @property
    def system_number(self) -> str:
        """Our end's number; Connect tells none for callbacks and requeued contacts."""
        if self.method in ("OUTBOUND", "API"):
            return self.caller_id
        return self.call.dialled if self.method in ("INBOUND", "TRANSFER") else ""

    @property
    def all_tags(self) -> dict[str, str]:
        """The flow's, and the one that Connect sets."""
        number = self.call.dialled or self.caller_id
        return {**({"aws:connect:systemEndpoint": number} if number else {}), **self.tags}

    @property
    def urgency(self) -> tuple[int, float]:
        since = self.enqueued_at.timestamp() if self.enqueued_at else 0.0
        return (self.priority, since - self.head_start_s)

    @property
    def take(self) -> Take | None:
        """The recording that runs."""
        return self.takes[-1] if self.takes and self.takes[-1].ended_at is None else None

    @property
    def recording_state(self) -> str:
        take = self.take
        return "off" if take is None else "paused" if take.paused_at else "on"

    @property
    def answered(self) -> bool:
        """Somebody is at the far end, on hold or not."""
        with_agent = self.leg is not None and self.leg.state in (LegState.CONNECTED, LegState.HELD)
        return with_agent or (self.outside is not None and self.outside.state is OutsideState.CONNECTED)


@dataclass(slots=True, kw_only=True)
class Plan:
    """How a customer is called back: what was wished, and how it stands."""

    wish: Callback
    attempts: int = 0  # made
    queue: Queue | None = None  # where it waited first


@dataclass(slots=True, kw_only=True)
class Dialling:
    """An outbound call before its customer is there."""

    dialled: bool = False
    whispered: bool = False  # the flow is over
    then: Callable[[], None] | None = None  # the flow waits for the customer


class CallState(StrEnum):
    SCHEDULED = "scheduled"  # a callback whose time has not come
    MENU = "menu"  # the inbound flow runs
    WAITING = "waiting"
    RINGING = "ringing"
    DIALLING = "dialling"  # the customer's own phone rings
    CONNECTED = "connected"
    HELD = "held"
    PATCHED = "patched"  # with an outside number
    GOODBYE = "goodbye"  # the agent is gone, the disconnect flow runs
    OVER = "over"


@dataclass(slots=True, kw_only=True, eq=False)
class Call:
    """A customer's line, over all contacts: also one that he is only going to be called on."""

    id: str
    customer: str
    dialled: str
    began_at: datetime
    on_line: bool = True
    segments: list[Segment] = field(default_factory=list)
    keys: deque[str] = field(default_factory=deque)  # pressed and not yet asked for
    transcript: Transcript = field(default_factory=Transcript)
    journal: Transcript = field(default_factory=Transcript)  # what happened behind the scenes
    phone: Outside | None = None  # the customer's, where we call him
    plan: Plan | None = None
    dialling: Dialling | None = None
    ended_at: datetime | None = None

    @property
    def now(self) -> Segment:
        """The contact in which the customer is."""
        return next(segment for segment in reversed(self.segments) if segment.near is None)

    @property
    def leg(self) -> Leg | None:
        return self.now.leg

    @property
    def live(self) -> list[Segment]:
        return [segment for segment in self.segments if segment.ended_at is None]

    @property
    def state(self) -> CallState:
        now = self.now
        if self.ended_at is not None:
            return CallState.OVER
        if now.method == "DISCONNECT" and now.queue is None:
            return CallState.GOODBYE
        if self.phone is not None and self.phone.state is OutsideState.RINGING:
            return CallState.DIALLING
        if now.outside is not None and now.outside.state is OutsideState.CONNECTED:
            return CallState.PATCHED
        if now.leg is not None and now.answered:
            return CallState.HELD if now.held_since else CallState.CONNECTED
        if now.leg is not None:
            return CallState.RINGING if now.queue is not None else CallState.DIALLING
        if now.queue is not None and now.dequeued_at is None:
            return CallState.WAITING
        return CallState.MENU if self.on_line or now.script is not None else CallState.SCHEDULED
