"""The switchboard: what all parts of the exchange share, and how a contact begins, listens and ends."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from types import MappingProxyType

from infra.local.connect.actions.registry import HANDLERS
from infra.local.connect.agent_events import AgentEvents, People
from infra.local.connect.api_calls import ApiCalls
from infra.local.connect.callbacks import Callbacks
from infra.local.connect.clock import Clock
from infra.local.connect.consults import Consults
from infra.local.connect.events import Events, EventType, contact_event
from infra.local.connect.floor import Floor
from infra.local.connect.invocation import Lambdas
from infra.local.connect.language import Flow
from infra.local.connect.library import Library
from infra.local.connect.outbound import Outbound
from infra.local.connect.outside import OutsideLines
from infra.local.connect.parties import Agent, Call, Leg, LegState, Outside, Queue, Reason, Segment
from infra.local.connect.recording import Recorder, Tapes
from infra.local.connect.records import Records, contact_record
from infra.local.connect.ringing import Ringing
from infra.local.connect.rooms import Party, everyone, room
from infra.local.connect.script import End, Script
from infra.local.connect.setup import Setup
from infra.local.connect.stage import ExchangeStage
from infra.local.connect.talk import Talk
from infra.local.connect.transcript import Speaker
from infra.local.connect.waiting import Waiting

# Contacts of one customer whom nobody lost from sight: what these begin with, they share.
_SHARES_ATTRIBUTES = frozenset({"QUEUE_TRANSFER", "DISCONNECT"})


class Board:
    def __init__(
        self,
        *,
        clock: Clock,
        library: Library,
        lambdas: Lambdas,
        events: Events,
        records: Records,
        mint: Callable[[], str],
        setup: Setup,
        people: AgentEvents | None,
        tapes: Tapes | None,
    ) -> None:
        self.clock, self.library, self.setup, self.mint = clock, library, setup, mint
        self._events, self._records = events, records
        self.calls: dict[str, Call] = {}
        self.contacts: dict[str, Segment] = {}
        self.outgoing: dict[str, Outside] = {}
        self._finished: deque[str] = deque()
        holding = Queue(arn=setup.holding_queue, name="Holding", staffed=False)
        fallback = Queue(arn=setup.fallback_queue, name="Fallback")
        self.floor = Floor([holding, fallback])
        self.stage = ExchangeStage(self, lambdas)
        self.people = People(clock, self.floor, people, mint)
        self.recorder = Recorder(self, tapes)
        self.waiting, self.ringing = Waiting(self), Ringing(self)
        self.outside, self.outbound = OutsideLines(self), Outbound(self)
        self.callbacks, self.consults = Callbacks(self), Consults(self)
        self.api_calls = ApiCalls(self)
        self.talk = Talk(self)

    # A contact from its beginning to its end

    def open(self, call: Call) -> Call:
        self.calls[call.id] = call
        return call

    def begin(
        self,
        call: Call,
        method: str,
        previous: Segment | None = None,
        *,
        near: Leg | None = None,
        again: bool = False,
        caller_id: str = "",
        attributes: Mapping[str, str] = MappingProxyType({}),
        related: str = "",
    ) -> Segment:
        """`again` is a callback's next attempt: it stays the same matter, so its attributes and tags stay too."""
        contact_id = self.mint() if call.segments else call.id
        segment = Segment(
            contact_id=contact_id, call=call, method=method, began_at=self.clock.now(), previous=previous, near=near,
            caller_id=caller_id or (previous.caller_id if previous else ""),
            attributes=dict(attributes), related=related,
        )  # fmt: skip
        if previous is not None:
            shared = again or method in _SHARES_ATTRIBUTES
            segment.attributes = previous.attributes if shared else dict(previous.attributes)
            segment.hooks, segment.data = dict(previous.hooks), dict(previous.data)
            segment.recording = previous.recording
            if again or method == "QUEUE_TRANSFER":
                segment.tags = dict(previous.tags)
            previous.next_id = contact_id
        if call.on_line:
            segment.media_at = segment.began_at
        call.segments.append(segment)
        self.contacts[contact_id] = segment
        self.emit(EventType.INITIATED, segment)
        if call.on_line and method in ("INBOUND", "TRANSFER"):
            self.emit(EventType.CONNECTED_TO_SYSTEM, segment)
        self.recorder.begins(segment)
        return segment

    def end(self, segment: Segment, reason: Reason, *, wrap: bool = False) -> None:
        """`wrap`: the agent has something to note although nobody answered him."""
        leg, now = segment.leg, self.clock.now()
        self.hush(segment)
        self.off_hold(segment)
        self.floor.leaves(segment)
        segment.ended_at, segment.reason = now, reason
        if segment.enqueued_at and segment.dequeued_at is None:
            segment.dequeued_at = now
        self.recorder.stop(segment)
        self.outside.cut(segment)
        if segment.near is not None and segment.near.consult is segment:
            segment.near.consult, segment.near.away = None, False
            segment.near.keys.clear()
        segment.leg = None
        self.emit(EventType.DISCONNECTED, segment)
        if leg is None or (segment.connected_at is None and not wrap):
            if leg is not None:
                leg.still()
                self.rest(leg.agent)
            self.complete(segment)
            return
        leg.still()
        leg.consult = None
        self.turn(leg, LegState.ENDED)
        if segment.connected_at is None:
            self.complete(segment)

    def complete(self, segment: Segment) -> None:
        if not segment.told:
            segment.told = True
            self.emit(EventType.COMPLETED, segment)
            self._records.put(contact_record(segment, self.clock.now()))

    def release(self, segment: Segment, reason: Reason) -> None:
        """Its near end has nobody any more: the customer's call is over, an asking agent has his customer back."""
        near = segment.near
        if near is None:
            self.drop(segment.call, reason)
            return
        self.end(segment, reason)
        self.consults.back(near)
        self.ringing.look()

    def drop(self, call: Call, reason: Reason) -> None:
        """Everyone is cut off, the customer first."""
        if call.ended_at is not None:
            return
        for segment in sorted(call.live, key=lambda segment: segment.near is not None):
            if segment.leg is not None and segment.connected_at is not None:
                self.hear(segment.leg, Speaker.NOTE, "The caller is gone")
            self.end(segment, reason)
        self.over(call)

    def answers(self, segment: Segment) -> None:
        """The customer whom we called is on the line."""
        segment.call.on_line, segment.media_at = True, self.clock.now()
        self.hear(segment.call, Speaker.NOTE, "Answered")
        self.emit(EventType.CONNECTED_TO_SYSTEM, segment)
        self.recorder.begins(segment)

    def over(self, call: Call) -> None:
        call.ended_at, call.on_line = self.clock.now(), False
        call.keys.clear()
        if call.phone is not None:
            self.outside.gone(call.phone)
        call.transcript.add(self.clock.now(), Speaker.NOTE, "The call is over")
        self._finished.append(call.id)
        if len(self._finished) > self.setup.keep:
            for segment in self.calls.pop(self._finished.popleft()).segments:
                del self.contacts[segment.contact_id]
        self.ringing.look()

    # What the near end listens to

    def hooked(self, segment: Segment, hook: str) -> Flow | None:
        return self.library.find(segment.hooks.get(hook))

    def run(self, segment: Segment, flow: Flow, done: Callable[[End], None]) -> None:
        """The near end listens to this flow from now on."""
        self.hush(segment)
        segment.script = script = self.script(segment, flow, lambda end: self._done(segment, script, end, done))
        script.start()

    def _done(self, segment: Segment, script: Script, end: End, done: Callable[[End], None]) -> None:
        if segment.script is script:
            segment.script = None
        done(end)

    def script(self, segment: Segment, flow: Flow, done: Callable[[End], None], *, to_agent: bool = False) -> Script:
        return Script(flow=flow, segment=segment, stage=self.stage, handlers=HANDLERS, done=done, to_agent=to_agent)

    def hush(self, segment: Segment) -> None:
        if segment.script is not None:
            segment.script.stop()
            segment.script = None

    # Hold

    def on_hold(self, segment: Segment) -> None:
        """The near end hears its hold flow until it is taken off."""
        if segment.held_since is None:
            segment.held_since = self.clock.now()
            if segment.leg is not None:
                self.turn(segment.leg, LegState.HELD)
            self.announce(segment, "On hold")
            if flow := self.hooked(segment, "CustomerHold"):
                self.run(segment, flow, lambda end: None)

    def off_hold(self, segment: Segment) -> None:
        if segment.held_since is not None:
            self.hush(segment)
            segment.holds.append((segment.held_since, self.clock.now()))
            segment.held_since = None
            if segment.leg is not None:
                self.turn(segment.leg, LegState.CONNECTED)
            self.announce(segment, "Off hold")

    # The agents' phones

    def turn(self, leg: Leg, state: LegState) -> None:
        leg.state, leg.since = state, self.clock.now()
        self.people.look(leg.agent)

    def rest(self, agent: Agent) -> None:
        """No call is on his phone any more."""
        agent.leg = None
        self.people.look(agent)

    # What is heard, and what is noted

    def hear(self, who: Party, speaker: Speaker, text: str) -> None:
        who.transcript.add(self.clock.now(), speaker, text)

    def say(self, call: Call, who: Party, speaker: Speaker, text: str) -> None:
        """All in his room hear it, himself too."""
        for one in room(call, who):
            self.hear(one, speaker, text)

    def announce(self, segment: Segment, text: str) -> None:
        """A note to both ends of this contact."""
        near = segment.near or segment.call
        for one in (near, segment.leg, segment.outside):
            if one is not None:
                self.hear(one, Speaker.NOTE, text)

    def announce_all(self, call: Call, text: str) -> None:
        for transcript in everyone(call):
            transcript.add(self.clock.now(), Speaker.NOTE, text)

    def note(self, call: Call, text: str) -> None:
        call.journal.add(self.clock.now(), Speaker.NOTE, text)

    def emit(self, kind: EventType, segment: Segment) -> None:
        self.note(segment.call, f"Contact event {kind.value}")
        self._events.put(contact_event(kind, segment), self.clock.now())

    def emit_task(self, detail: Mapping[str, object]) -> None:
        self._events.put(detail, self.clock.now())
