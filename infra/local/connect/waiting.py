"""From the first flow to the queue, and from one queue to the next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from infra.local.connect.events import EventType
from infra.local.connect.floor import expiries
from infra.local.connect.parties import Queue, Reason, Segment
from infra.local.connect.script import End
from infra.local.connect.setup import AfterQueueFlow

if TYPE_CHECKING:
    from infra.local.connect.board import Board

RESTART_S = 1.0  # ours: a flow that ends at once must not go round without any time passing
_FOR_GOOD = "An outside number has the call"


class Waiting:
    def __init__(self, board: Board) -> None:
        self._board = board

    def first_flow_over(self, segment: Segment, end: End) -> None:
        """An inbound, transfer, callback or disconnect flow has come to its end."""
        board = self._board
        if end in (End.QUEUED, End.AGENT) and segment.target is not None:
            self.enqueue(segment, segment.target, listens=end is End.QUEUED)
        elif end is End.THIRD_PARTY and segment.outside is not None:
            board.note(segment.call, _FOR_GOOD)
        else:
            board.note(segment.call, f"The flow is over: {end.value}")
            board.release(segment, Reason.FLOW)

    def enqueue(self, segment: Segment, queue: Queue, *, listens: bool = True) -> None:
        board, now = self._board, self._board.clock.now()
        segment.enqueued_at = now
        if segment.call.plan is not None and segment.call.plan.queue is None:
            segment.call.plan.queue = queue
        if segment.criteria:
            self.criteria_begin(segment)
        board.floor.waits(segment, queue, now)
        board.note(segment.call, f"Waits in the {queue.type.lower()} queue {queue.name}")
        board.emit(EventType.QUEUED, segment)
        if listens:
            self._listens(segment)
        board.ringing.look()

    def _listens(self, segment: Segment) -> None:
        if flow := self._board.hooked(segment, "CustomerQueue"):
            self._board.run(segment, flow, lambda end: self._queue_flow_over(segment, end))

    def _queue_flow_over(self, segment: Segment, end: End) -> None:
        """EndFlowExecution keeps the caller in the queue; the set-up says whether in silence."""
        if end is End.QUEUED and segment.target is not None:
            self._requeue(segment, segment.target)
        elif end is End.ENDED:
            if self._board.setup.after_queue_flow is AfterQueueFlow.RESTART:
                self._board.clock.later(RESTART_S, lambda: self._restarts(segment))
        else:
            self._board.note(segment.call, f"The queue flow is over: {end.value}")
            self._board.release(segment, Reason.FLOW)

    def _restarts(self, segment: Segment) -> None:
        """Unless he has left in the meantime, or listens to something else."""
        if segment.ended_at is None and segment.dequeued_at is None and segment.script is None:
            self._listens(segment)

    def _requeue(self, segment: Segment, queue: Queue) -> None:
        """A new contact of the chain begins in the other queue; a phone that rings for the old one stops."""
        board, near = self._board, segment.near
        if segment.leg is not None:
            board.ringing.free(segment.leg)
        following = board.begin(segment.call, "QUEUE_TRANSFER", segment, near=near)
        following.target = queue
        if near is not None:
            near.consult = following
        board.end(segment, Reason.TRANSFERRED)
        self.enqueue(following, queue)

    def again(self, segment: Segment) -> None:
        """The agent is gone after the whisper: its old place, and the queue flow from its start."""
        board = self._board
        segment.dequeued_at = None
        if segment.queue is not None:
            board.floor.waits(segment, segment.queue, board.clock.now())
        self._listens(segment)

    def criteria_begin(self, segment: Segment) -> None:
        """Steps count from here; at the end of each the next one holds, and behind the last anyone may answer."""
        board, since = self._board, self._board.clock.now()
        segment.criteria_since = since

        def expired() -> None:
            if segment.criteria_since == since and segment.ended_at is None and segment.ticket:
                board.floor.lines_up(segment, board.clock.now())
                board.ringing.look()

        for seconds in expiries(segment):
            board.clock.later(seconds, expired)
