"""One simulated call: the flow it starts in, the queue, the ringing, the whispers, the talk, and its end."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from infra.local.connect.actions.registry import HANDLERS
from infra.local.connect.clock import Timer, VirtualClock
from infra.local.connect.language import Action, Flow, FlowType
from infra.local.connect.parties import Call, Queue, Segment
from infra.local.connect.script import End, Script
from infra.local.connect.simulate.chances import Chances
from infra.local.connect.simulate.errand import Errand
from infra.local.connect.simulate.folder import Folder
from infra.local.connect.simulate.world import World
from infra.local.connect.waiting import RESTART_S

BEGIN = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
LONGEST_WHISPER_S = 120.0
RING_S = 20.0
MOST_STEPS = 20_000  # of one call: more is a flow that nobody would outlast
UNHANDLED = "unhandled"
_WHISPERS = (FlowType.AGENT_WHISPER, FlowType.CUSTOMER_WHISPER, FlowType.OUTBOUND_WHISPER)
_HOLDS = (FlowType.CUSTOMER_HOLD, FlowType.AGENT_HOLD)


@dataclass(frozen=True, slots=True)
class Step:
    """An action, and the way that it took; seconds since the call began."""

    at: float
    flow: str
    action: str
    way: str


@dataclass(slots=True, kw_only=True)
class Run:
    seed: int
    end: str = ""
    fault: str = ""  # why it is unhandled
    seconds: float = 0.0
    steps: list[Step] = field(default_factory=list)
    covered: set[str] = field(default_factory=set)  # flow/action: those too that were still under way at the end


def run(flow: Flow, folder: Folder, seed: int, chances: Chances | None = None, errand: Errand | None = None) -> Run:
    """One call through `flow` and what it leads to. The same flow, folder, seed, chances and errand give the same."""
    return _Journey(flow, folder, seed, chances or Chances(), errand).through(flow)


class _Journey:
    def __init__(self, flow: Flow, folder: Folder, seed: int, chances: Chances, errand: Errand | None) -> None:
        self._folder, self._chances, self._errand = folder, chances, errand
        # Not for secrets: a run must be repeatable.
        self._dice = random.Random(f"{flow.name} {seed}")  # noqa: S311
        self._clock = VirtualClock(BEGIN)
        self._world = World(clock=self._clock, dice=self._dice, folder=folder, chances=chances, errand=errand)
        self._run = Run(seed=seed)
        self._script: Script | None = None
        self._ring: Timer | None = None
        call = Call(id="call-1", customer="+15550100199", dialled="+15550100100", began_at=BEGIN)
        self._segment = Segment(contact_id="contact-1", call=call, method="INBOUND", began_at=BEGIN)
        self._segment.attributes = self._world.attributes
        self._restarts = chances.restarts > 0 and self._dice.random() < chances.restarts
        self._external = self._world.external  # of the first flow: what the one that led to it was answered
        call.segments.append(self._segment)

    def through(self, flow: Flow) -> Run:
        try:
            self._patience(self._chances.patience_s)
            self._begin(flow)
            while not self._run.end and self._clock.step() and len(self._run.steps) < MOST_STEPS:
                continue
            if not self._run.end:
                self._end(UNHANDLED, "nothing happens any more, or it never ends")
        except Exception as error:
            # Whatever an action did not foresee is the finding.
            self._end(UNHANDLED, f"{type(error).__name__}: {error}")
        self._run.seconds = self._seconds()
        return self._run

    def _patience(self, mean_s: float | None) -> None:
        """Whoever has an errand stays for it."""
        if mean_s is not None:
            again = lambda: self._patience(mean_s) if self._on_errand() else self._end("hung-up")  # noqa: E731
            self._clock.later(self._dice.expovariate(1 / mean_s), again)

    def _on_errand(self) -> bool:
        return self._errand is not None and self._errand.lasts()

    def _begin(self, flow: Flow) -> None:
        if flow.type is FlowType.CUSTOMER_QUEUE:
            self._segment.target = Queue(arn="queue", name="queue")
            self._wait(flow)
        elif flow.type in _WHISPERS:
            self._whisper(flow, lambda: self._end("ended"), to_agent=flow.type is not FlowType.CUSTOMER_WHISPER)
        elif flow.type in _HOLDS:
            self._hold(flow, lambda: self._end("off-hold"))
        else:
            if self._dice.random() < self._chances.queued_before:
                self._segment.target = Queue(arn="queue", name="queue")
            self._play(flow, self._front_over)

    # The flow that takes the call

    def _front_over(self, end: End) -> None:
        if end is End.QUEUED:
            self._wait(self._hooked("CustomerQueue"))
        else:
            self._over(end)

    def _over(self, end: End) -> None:
        if end is End.NO_BRANCH:
            self._end(UNHANDLED, f"no way on after {self._run.steps[-1]}")
        else:
            self._end(end.value)

    # The queue

    def _wait(self, flow: Flow | None) -> None:
        """The caller waits, a phone rings now and then, and the queue flow runs beside that."""
        self._segment.queue = self._segment.target
        self._ring = self._clock.later(self._dice.expovariate(1 / 60), lambda: self._rings(flow))
        if flow is not None:
            self._play(flow, lambda end: self._queue_over(flow, end))

    def _queue_over(self, flow: Flow, end: End) -> None:
        """EndFlowExecution keeps the caller in the queue; a transfer begins a new contact of the chain."""
        if end is End.ENDED:
            self._script = None
            if self._restarts:
                self._clock.later(RESTART_S, lambda: self._anew(flow, self._segment))
        elif end is End.QUEUED:
            self._still()
            self._next_segment("QUEUE_TRANSFER")
            self._wait(self._hooked("CustomerQueue") or flow)
        else:
            self._over(end)

    def _anew(self, flow: Flow, segment: Segment) -> None:
        """Unless somebody has answered, or another contact of the chain has begun."""
        if self._ring is not None and self._script is None and segment is self._segment:
            self._play(flow, lambda end: self._queue_over(flow, end))

    def _rings(self, flow: Flow | None) -> None:
        if self._on_errand() or self._dice.random() < self._chances.misses:
            wait = RING_S + self._dice.expovariate(1 / 60)
            self._ring = self._clock.later(wait, lambda: self._rings(flow))
        else:
            self._answered()

    def _answered(self) -> None:
        """The agent hears a whisper, then the caller, and then they talk."""
        self._ring = None
        customer = lambda: self._whisper(self._hooked("CustomerWhisper"), self._talk, to_agent=False)  # noqa: E731
        self._whisper(self._hooked("AgentWhisper"), customer, to_agent=True)

    # With an agent

    def _whisper(self, flow: Flow | None, then: Callable[[], None], *, to_agent: bool) -> None:
        """However it ends, the call goes on; one that takes two minutes drops it."""
        if flow is None:
            return then()
        limit = self._clock.later(LONGEST_WHISPER_S, lambda: self._end("whisper-too-long"))

        def over(end: End) -> None:
            limit.cancel()
            self._script = None
            if end is End.NO_BRANCH:
                self._over(end)
            else:
                then()

        return self._play(flow, over, to_agent=to_agent)

    def _talk(self) -> None:
        self._hush()
        held = self._hooked("CustomerHold")
        if held is not None and self._dice.random() < self._chances.holds:
            self._clock.later(self._dice.uniform(5, 60), lambda: self._hold(held, self._said))
        else:
            self._said()

    def _hold(self, flow: Flow, then: Callable[[], None]) -> None:
        self._play(flow, self._hold_over)
        self._clock.later(self._dice.uniform(5, 120), then)

    def _hold_over(self, end: End) -> None:
        """The caller hears nothing more until he is off hold."""
        self._script = None
        if end is End.NO_BRANCH:
            self._over(end)

    def _said(self) -> None:
        self._hush()
        self._clock.later(self._dice.uniform(10, 600), self._parted)

    def _parted(self) -> None:
        flow = self._hooked("CustomerRemaining")
        if flow is None or self._dice.random() >= self._chances.leaves_first:
            return self._end("talked")
        self._next_segment("DISCONNECT")
        return self._play(flow, self._front_over)

    # Small things

    def _hooked(self, hook: str) -> Flow | None:
        """Only a flow that lies here: a stand-in has nothing to say in a queue."""
        return self._folder.find(self._segment.hooks.get(hook))

    def _next_segment(self, method: str) -> None:
        old, call = self._segment, self._segment.call
        self._segment = Segment(
            contact_id=f"contact-{len(call.segments) + 1}", call=call, method=method, began_at=self._clock.now(),
            previous=old, attributes=old.attributes, hooks=dict(old.hooks), data=dict(old.data), target=old.target,
        )  # fmt: skip
        call.segments.append(self._segment)

    def _play(self, flow: Flow, done: Callable[[End], None], *, to_agent: bool = False) -> None:
        self._hush()
        self._script = Script(
            flow=flow,
            segment=self._segment,
            stage=self._world,
            handlers=HANDLERS,
            done=done,
            to_agent=to_agent,
            passed=self._passed,
            covered=self._run.covered,
            external=self._external,
        )
        self._external = {}
        self._script.start()

    def _passed(self, flow: Flow, action: Action, way: str) -> None:
        self._run.steps.append(Step(self._seconds(), flow.name, action.identifier, way))
        if self._errand is not None:
            self._errand.took(flow, action, way)

    def _hush(self) -> None:
        if self._script is not None:
            self._script.stop()
            self._script = None

    def _still(self) -> None:
        if self._ring is not None:
            self._ring.cancel()
            self._ring = None

    def _end(self, end: str, fault: str = "") -> None:
        """The first end counts."""
        if not self._run.end:
            self._run.end, self._run.fault = end, fault
            self._hush()
            self._still()

    def _seconds(self) -> float:
        return round((self._clock.now() - BEGIN).total_seconds(), 3)
