"""An agent's phone rings, and what happens until he is connected, or is not."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from infra.local.connect.events import EventType
from infra.local.connect.parties import Leg, LegState, Reason
from infra.local.connect.transcript import Speaker

if TYPE_CHECKING:
    from infra.local.connect.board import Board

MOST_HOOKED_S = 120  # a whisper that takes longer drops the call


class Ringing:
    def __init__(self, board: Board) -> None:
        self._board = board

    def look(self) -> None:
        """Lets every phone ring that may."""
        board, now = self._board, self._board.clock.now()
        for segment, agent in board.floor.pairs():
            leg = Leg(agent=agent, segment=segment, state=LegState.CONNECTING, began_at=now, since=now)
            agent.leg = segment.leg = leg
            board.floor.steps_out(segment)
            segment.attempts += 1
            self._limit_ring(leg)
            board.hear(leg, Speaker.NOTE, "A call is ringing")
            board.note(segment.call, f"Rings at {agent.name}")
            board.people.look(agent)

    def _limit_ring(self, leg: Leg) -> None:
        setup, later = self._board.setup, self._board.clock.later
        if setup.auto_accepts(leg.agent.id):
            leg.timer = later(setup.auto_accept_s, lambda: self.accept(leg))
        else:
            leg.timer = later(setup.ring_s, lambda: self.unanswered(leg))

    def unanswered(self, leg: Leg) -> None:
        """The caller keeps waiting in that queue; the agent gets no call until he clears the missed one."""
        board, segment = self._board, leg.segment
        leg.still()
        segment.leg = None
        board.turn(leg, LegState.MISSED)
        board.note(segment.call, f"{leg.agent.name} does not answer")
        if segment.dequeued_at is not None:
            board.hush(segment)
            board.waiting.again(segment)
        else:
            board.floor.lines_up(segment, board.clock.now())
        self.look()

    def free(self, leg: Leg) -> None:
        """The phone stops ringing, and nothing was missed."""
        leg.still()
        leg.segment.leg = None
        self._board.rest(leg.agent)

    def accept(self, leg: Leg) -> None:
        leg.still()
        self._board.turn(leg, LegState.WHISPER)
        self.whisper(leg, "AgentWhisper", lambda: self._answered(leg), to_agent=True)

    def _answered(self, leg: Leg) -> None:
        """The agent has heard the whisper: the caller leaves the queue and hears his; or he is called first."""
        board, segment = self._board, leg.segment
        board.hush(segment)
        board.floor.leaves(segment)
        segment.dequeued_at = board.clock.now()
        if segment.call.on_line:
            self.whisper(leg, "CustomerWhisper", lambda: self.connected(leg), to_agent=False)
        else:
            board.callbacks.dial(leg)

    def connected(self, leg: Leg) -> None:
        board, segment = self._board, leg.segment
        board.hush(segment)
        leg.still()
        segment.call.keys.clear()
        segment.agent, segment.connected_at = leg.agent, board.clock.now()
        board.turn(leg, LegState.CONNECTED)
        if segment.near is not None:
            segment.near.away = False
        board.announce(segment, f"{leg.agent.name} is on the line")
        board.recorder.connected(segment)
        board.emit(EventType.CONNECTED_TO_AGENT, segment)

    def whisper(self, leg: Leg, hook: str, then: Callable[[], None], *, to_agent: bool) -> None:
        """Runs a whisper and goes on when it ends, however it ends; one that takes too long drops the call."""
        board, segment = self._board, leg.segment
        flow = board.hooked(segment, hook)
        if flow is None:
            then()
            return
        self.limit(leg)
        if to_agent:
            leg.script = board.script(segment, flow, lambda end: then(), to_agent=True)
            leg.script.start()
        else:
            board.run(segment, flow, lambda end: then())

    def limit(self, leg: Leg) -> None:
        leg.still()
        leg.timer = self._board.clock.later(
            MOST_HOOKED_S, lambda: self._board.release(leg.segment, Reason.TELECOM)
        )  # fmt: skip
