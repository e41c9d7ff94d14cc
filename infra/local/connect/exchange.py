"""The telephone exchange: calls come in, flows run, phones ring, agents talk, records are written.

It is driven by its clock and by whoever calls its methods, all on one thread; every method returns at once.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from infra.local.connect.actions.registry import HANDLERS
from infra.local.connect.catalogue import KEYS
from infra.local.connect.clock import Clock
from infra.local.connect.events import Events, EventType, contact_event
from infra.local.connect.floor import Floor
from infra.local.connect.language import Flow
from infra.local.connect.library import Library, flow_arn, queue_arn
from infra.local.connect.parties import (
    Agent,
    Call,
    CallState,
    Leg,
    LegState,
    Queue,
    Reason,
    Segment,
    Speaker,
)
from infra.local.connect.records import Records, contact_record
from infra.local.connect.script import End, Script
from infra.local.connect.stage import ExchangeStage, Lambdas

MOST_HOOKED_S = 120  # a whisper that takes longer drops the call


class NotOnTheLine(Exception):
    """There is no such call, or the agent has none."""


class NotNow(Exception):
    """The call is in a state in which this cannot be done; it says which."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    inbound_flow: str = flow_arn("InboundFlowArn")
    holding_queue: str = queue_arn("HoldingQueueArn")
    fallback_queue: str = queue_arn("FallbackQueueArn")
    ring_s: float = 20
    speech_rate: float = 15  # characters a second, as Polly reads
    keep: int = 200  # calls remembered after they are over
    seed: int = 1


class Exchange:
    def __init__(
        self,
        *,
        clock: Clock,
        library: Library,
        lambdas: Lambdas,
        events: Events,
        records: Records,
        mint: Callable[[], str],
        setup: Setup | None = None,
    ) -> None:
        self.setup = setup or Setup()
        self.clock = clock
        self.calls: dict[str, Call] = {}
        self._finished: deque[str] = deque()
        self.floor = Floor(
            [
                Queue(arn=self.setup.holding_queue, name="Holding", staffed=False),
                Queue(arn=self.setup.fallback_queue, name="Fallback"),
            ]
        )
        self._library, self._events, self._records, self._mint = library, events, records, mint
        self._stage = ExchangeStage(
            clock=clock,
            library=library,
            floor=self.floor,
            lambdas=lambdas,
            emit=self._emit,
            speech_rate=self.setup.speech_rate,
            seed=self.setup.seed,
        )

    # The caller

    def dial(self, dialled: str, customer: str = "", keys: str = "") -> Call:
        """A call comes in; `customer` is empty when the number is withheld, `keys` are pressed ahead."""
        inbound = self._library.find(self.setup.inbound_flow)
        assert inbound is not None, "the library holds the inbound flow"
        call = Call(id=self._mint(), customer=customer, dialled=dialled, began_at=self.clock.now())
        self.calls[call.id] = call
        call.keys.extend(key for key in keys if key in KEYS)
        segment = self._begin(call, call.id, "INBOUND")
        self._run(segment, inbound, lambda end: self._menu_over(segment, end))
        return call

    def find(self, call: str) -> Call:
        if call not in self.calls:
            raise NotOnTheLine(f"there is no call {call}")
        return self.calls[call]

    def press(self, call: Call, keys: str) -> None:
        """What is no key of a telephone is not pressed."""
        self._on_the_line(call)
        for key in (key for key in keys if key in KEYS):
            self._both(call, Speaker.KEYS, key)
            call.keys.append(key)
            if call.script is not None:
                call.script.key_pressed()

    def customer_says(self, call: Call, text: str) -> None:
        self._on_the_line(call)
        if call.state is CallState.CONNECTED:
            self._both(call, Speaker.CUSTOMER, text)
        else:
            call.transcript.add(self.clock.now(), Speaker.CUSTOMER, text)

    def hang_up(self, call: Call) -> None:
        if call.state is not CallState.OVER:
            self._drop(call, Reason.CUSTOMER)

    def close(self) -> None:
        """The exchange shuts down: every call is cut, and its events still go out."""
        for call in list(self.calls.values()):
            if call.state is not CallState.OVER:
                self._drop(call, Reason.TELECOM)

    # The agent

    def sign_in(self, agent: str, name: str = "") -> Agent:
        found = self.floor.agent(agent, self.clock.now())
        if found is None:
            raise NotOnTheLine(f"{agent!r} cannot be an agent's name")
        found.name = name or found.name
        if not found.available:
            found.available, found.idle_since = True, self.clock.now()
            self._ring()
        return found

    def sign_out(self, agent: str) -> None:
        found = self.floor.agents.get(agent)
        if found is not None:
            found.available = False
            if found.leg is not None and found.leg.state is LegState.CONNECTING:
                self._unanswered(found.leg)
                found.leg = None

    def accept(self, agent: str) -> Leg:
        leg = self._leg(agent, LegState.CONNECTING)
        leg.still()
        leg.state = LegState.WHISPER
        self._hooked(leg, "AgentWhisper", lambda: self._answered(leg), to_agent=True)
        return leg

    def reject(self, agent: str) -> None:
        self._unanswered(self._leg(agent, LegState.CONNECTING, LegState.WHISPER))

    def hold(self, agent: str) -> None:
        leg = self._leg(agent, LegState.CONNECTED, LegState.HELD)
        if leg.state is LegState.HELD:
            return  # asked twice
        segment, call = leg.segment, leg.segment.call
        segment.held_since = self.clock.now()
        leg.state, call.state = LegState.HELD, CallState.HELD
        self._both(call, Speaker.NOTE, "On hold")
        if flow := self._library.find(segment.hooks.get("CustomerHold")):
            self._run(segment, flow, lambda end: None)

    def resume(self, agent: str) -> None:
        leg = self._leg(agent, LegState.HELD, LegState.CONNECTED)
        if leg.state is LegState.CONNECTED:
            return
        call = leg.segment.call
        self._hush(call)
        self._off_hold(leg.segment)
        leg.state, call.state = LegState.CONNECTED, CallState.CONNECTED
        self._both(call, Speaker.NOTE, "Off hold")

    def agent_says(self, agent: str, text: str) -> None:
        leg = self._leg(agent, LegState.CONNECTED)
        self._both(leg.segment.call, Speaker.AGENT, text)

    def agent_hangs_up(self, agent: str) -> None:
        leg = self._leg(agent, LegState.CONNECTED, LegState.HELD)
        segment, call = leg.segment, leg.segment.call
        self._both(call, Speaker.NOTE, f"{leg.agent.name} hangs up")
        self._hush(call)
        self._end(segment, Reason.AGENT)
        flow = self._library.find(segment.hooks.get("CustomerRemaining"))
        if flow is None:
            self._over(call)
            return
        call.state = CallState.GOODBYE
        remaining = self._begin(call, self._mint(), "DISCONNECT", segment)
        self._run(remaining, flow, lambda end: self._drop(call, Reason.FLOW))

    def clear(self, agent: str) -> None:
        """After-contact work is done, or the missed call acknowledged: the phone may ring again."""
        found = self.floor.agents.get(agent)
        leg = found.leg if found else None
        if found is None or leg is None or leg.state not in (LegState.ENDED, LegState.MISSED):
            return
        found.leg, found.idle_since = None, self.clock.now()
        if leg.state is LegState.ENDED:
            leg.segment.cleared_at = self.clock.now()
            self._complete(leg.segment)
        self._ring()

    # From the menu to the queue

    def _menu_over(self, segment: Segment, end: End) -> None:
        segment.call.script = None
        if end is End.QUEUED and segment.target is not None:
            self._enqueue(segment, segment.target)
        else:
            self._note(segment.call, f"The inbound flow is over: {end.value}")
            self._drop(segment.call, Reason.FLOW)

    def _enqueue(self, segment: Segment, queue: Queue) -> None:
        segment.enqueued_at = self.clock.now()
        segment.call.state = CallState.WAITING
        self.floor.waits(segment, queue)
        self._note(segment.call, f"Waits in the {queue.type.lower()} queue {queue.name}")
        self._emit(EventType.QUEUED, segment)
        if flow := self._library.find(segment.hooks.get("CustomerQueue")):
            self._run(segment, flow, lambda end: self._queue_flow_over(segment, end))
        self._ring()

    def _queue_flow_over(self, segment: Segment, end: End) -> None:
        """EndFlowExecution keeps the caller in the queue, in silence."""
        segment.call.script = None
        if end is End.QUEUED and segment.target is not None:
            self._transfer(segment, segment.target)
        elif end is not End.ENDED:
            self._note(segment.call, f"The queue flow is over: {end.value}")
            self._drop(segment.call, Reason.FLOW)

    def _transfer(self, segment: Segment, queue: Queue) -> None:
        """A new contact of the chain begins in the other queue; a phone that rings for the old one stops."""
        call = segment.call
        if call.leg is not None:
            self._free(call.leg)
        following = self._begin(call, self._mint(), "QUEUE_TRANSFER", segment)
        segment.next_id = following.contact_id
        self._end(segment, Reason.TRANSFERRED)
        self._enqueue(following, queue)

    # Ringing

    def _ring(self) -> None:
        for segment, agent in self.floor.pairs():
            leg = Leg(agent=agent, segment=segment, state=LegState.CONNECTING, began_at=self.clock.now())
            agent.leg = segment.call.leg = leg
            segment.attempts += 1
            segment.call.state = CallState.RINGING
            leg.timer = self.clock.later(self.setup.ring_s, lambda leg=leg: self._unanswered(leg))  # type: ignore[misc]
            leg.transcript.add(self.clock.now(), Speaker.NOTE, "A call is ringing")
            self._note(segment.call, f"Rings at {agent.name}")

    def _unanswered(self, leg: Leg) -> None:
        """The caller keeps waiting in that queue; the agent gets no call until he clears the missed one."""
        leg.still()
        leg.state = LegState.MISSED
        leg.segment.call.leg = None
        leg.segment.call.state = CallState.WAITING
        self._note(leg.segment.call, f"{leg.agent.name} does not answer")
        self._ring()

    def _answered(self, leg: Leg) -> None:
        """The agent has heard the whisper: the caller leaves the queue and hears his."""
        call = leg.segment.call
        self._hush(call)
        self.floor.leaves(leg.segment)
        leg.segment.dequeued_at = self.clock.now()
        self._hooked(leg, "CustomerWhisper", lambda: self._connected(leg), to_agent=False)

    def _connected(self, leg: Leg) -> None:
        segment, call = leg.segment, leg.segment.call
        self._hush(call)
        leg.still()
        segment.agent, segment.connected_at = leg.agent, self.clock.now()
        leg.state, call.state = LegState.CONNECTED, CallState.CONNECTED
        self._both(call, Speaker.NOTE, f"{leg.agent.name} is on the line")
        self._emit(EventType.CONNECTED_TO_AGENT, segment)

    def _hooked(self, leg: Leg, hook: str, then: Callable[[], None], *, to_agent: bool) -> None:
        """Runs a whisper and goes on when it ends, however it ends; one that takes too long drops the call."""
        flow = self._library.find(leg.segment.hooks.get(hook))
        if flow is None:
            then()
            return
        call = leg.segment.call
        leg.still()
        leg.timer = self.clock.later(MOST_HOOKED_S, lambda: self._drop(call, Reason.TELECOM))
        script = self._script(leg.segment, flow, lambda end: then(), to_agent=to_agent)
        if to_agent:
            leg.script = script
        else:
            call.script = script
        script.start()

    # Ends

    def _drop(self, call: Call, reason: Reason) -> None:
        segment, leg = call.now, call.leg
        self._hush(call)
        if leg is not None and segment.connected_at is None:
            self._free(leg)
        elif leg is not None:
            leg.transcript.add(self.clock.now(), Speaker.NOTE, "The caller is gone")
        if segment.ended_at is None:
            self._end(segment, reason)
        self._over(call)

    def _end(self, segment: Segment, reason: Reason) -> None:
        call, leg = segment.call, segment.call.leg
        self._off_hold(segment)
        self.floor.leaves(segment)
        segment.ended_at, segment.reason = self.clock.now(), reason
        if segment.enqueued_at and segment.dequeued_at is None:
            segment.dequeued_at = segment.ended_at
        call.leg = None
        self._emit(EventType.DISCONNECTED, segment)
        if leg is not None and segment.connected_at is not None:
            leg.still()
            leg.state = LegState.ENDED
        else:
            self._complete(segment)

    def _free(self, leg: Leg) -> None:
        """The phone stops ringing, and nothing was missed."""
        leg.still()
        leg.agent.leg = None
        leg.segment.call.leg = None

    def _over(self, call: Call) -> None:
        call.state, call.ended_at = CallState.OVER, self.clock.now()
        call.keys.clear()
        call.transcript.add(self.clock.now(), Speaker.NOTE, "The call is over")
        self._finished.append(call.id)
        if len(self._finished) > self.setup.keep:
            del self.calls[self._finished.popleft()]
        self._ring()

    def _complete(self, segment: Segment) -> None:
        self._emit(EventType.COMPLETED, segment)
        self._records.put(contact_record(segment, self.clock.now()))

    def _off_hold(self, segment: Segment) -> None:
        if segment.held_since is not None:
            segment.holds.append((segment.held_since, self.clock.now()))
            segment.held_since = None

    # Small things

    def _begin(self, call: Call, contact_id: str, method: str, previous: Segment | None = None) -> Segment:
        segment = Segment(contact_id=contact_id, call=call, method=method, began_at=self.clock.now(), previous=previous)
        if previous is not None:
            segment.attributes, segment.hooks = previous.attributes, dict(previous.hooks)
            segment.data = dict(previous.data)
        call.segments.append(segment)
        self._emit(EventType.INITIATED, segment)
        return segment

    def _script(self, segment: Segment, flow: Flow, done: Callable[[End], None], *, to_agent: bool) -> Script:
        return Script(flow=flow, segment=segment, stage=self._stage, handlers=HANDLERS, done=done, to_agent=to_agent)

    def _run(self, segment: Segment, flow: Flow, done: Callable[[End], None]) -> None:
        """The caller listens to this flow from now on."""
        self._hush(segment.call)
        script = self._script(segment, flow, done, to_agent=False)
        segment.call.script = script
        script.start()

    def _hush(self, call: Call) -> None:
        if call.script is not None:
            call.script.stop()
            call.script = None

    def _emit(self, kind: EventType, segment: Segment) -> None:
        self._note(segment.call, f"Contact event {kind.value}")
        self._events.put(contact_event(kind, segment), self.clock.now())

    def _both(self, call: Call, who: Speaker, text: str) -> None:
        call.transcript.add(self.clock.now(), who, text)
        if call.leg is not None:
            call.leg.transcript.add(self.clock.now(), who, text)

    def _note(self, call: Call, text: str) -> None:
        call.journal.add(self.clock.now(), Speaker.NOTE, text)

    def _on_the_line(self, call: Call) -> None:
        if call.state is CallState.OVER:
            raise NotOnTheLine("the call is over")

    def _leg(self, agent: str, *states: LegState) -> Leg:
        found = self.floor.agents.get(agent)
        if found is None or found.leg is None:
            raise NotOnTheLine(f"{agent} has no call")
        if found.leg.state not in states:
            raise NotNow(f"the call is {found.leg.state.value}")
        return found.leg
