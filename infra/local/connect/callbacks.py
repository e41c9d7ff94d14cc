"""A customer who is called back: his contact waits without him, and he is dialled when an agent has answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from infra.local.connect.parties import Call, Leg, Plan, Queue, Reason, Segment
from infra.local.connect.stage import MOST_SEGMENTS
from infra.local.connect.wishes import Callback

if TYPE_CHECKING:
    from infra.local.connect.board import Board


class Callbacks:
    def __init__(self, board: Board) -> None:
        self._board = board

    def create(self, segment: Segment, wish: Callback) -> bool:
        """False where its flow, queue or agent is not here, there is nowhere to wait, or the chain is full."""
        board = self._board
        named = wish.queue is not None or wish.agent is not None
        target = board.stage.target(wish.queue, wish.agent) if named else segment.target
        flow = board.library.find(wish.flow)
        lost = (named and target is None) or (wish.flow is not None and flow is None)
        if lost or (target is None and flow is None) or segment.depth >= MOST_SEGMENTS:
            return False
        call = Call(
            id=board.mint(), customer=wish.number, dialled="", began_at=board.clock.now(), on_line=False,
            plan=Plan(wish=wish),
        )  # fmt: skip
        board.open(call)
        later = board.begin(call, "CALLBACK", segment, caller_id=wish.caller_id or "")
        later.target = target
        board.note(segment.call, f"{wish.number} will be called back in {wish.delay_s} s: contact {later.contact_id}")
        board.clock.later(wish.delay_s, lambda: self._due(later, wish))
        return True

    def _due(self, segment: Segment, wish: Callback) -> None:
        if segment.ended_at is not None:
            return
        flow = self._board.library.find(wish.flow)
        if flow is not None:
            self._board.run(segment, flow, lambda end: self._board.waiting.first_flow_over(segment, end))
        elif segment.target is not None:
            self._queue(segment, segment.target)

    def _queue(self, segment: Segment, queue: Queue) -> None:
        if segment.ended_at is not None:
            return
        if len(queue.waiting) >= queue.most:
            self._board.note(segment.call, f"The queue {queue.name} is full")
            self._board.drop(segment.call, Reason.FLOW)
        else:
            self._board.waiting.enqueue(segment, queue)

    def dial(self, leg: Leg) -> None:
        """The agent has answered: now the customer's phone rings."""
        board, segment, plan = self._board, leg.segment, leg.segment.call.plan
        assert plan is not None, "only a callback waits without its customer"
        plan.attempts += 1
        leg.still()
        board.outside.customer(
            segment,
            segment.caller_id or board.setup.caller_id,
            lambda: self._answered(leg),
            lambda error: self.not_reached(leg, Reason.TELECOM),
        )

    def _answered(self, leg: Leg) -> None:
        ringing = self._board.ringing
        self._board.answers(leg.segment)
        ringing.whisper(leg, "CustomerWhisper", lambda: ringing.connected(leg), to_agent=False)

    def not_reached(self, leg: Leg, reason: Reason) -> None:
        """This attempt is over; the next one is a contact of its own, and waits where the first one waited."""
        board, segment, call = self._board, leg.segment, leg.segment.call
        plan = call.plan
        assert plan is not None, "only a callback is tried again"
        if call.phone is not None:
            board.outside.gone(call.phone)
            call.phone = None
        board.end(segment, reason, wrap=True)
        queue = plan.queue
        if queue is None or plan.attempts >= plan.wish.attempts or segment.depth >= MOST_SEGMENTS:
            board.note(call, f"{call.customer} was not reached in {plan.attempts} attempts")
            board.over(call)
            return
        again = board.begin(call, "CALLBACK", segment, again=True)
        again.target = queue
        board.note(call, f"{call.customer} is tried again in {plan.wish.retry_s} s")
        board.clock.later(plan.wish.retry_s, lambda: self._queue(again, queue))
        board.ringing.look()
