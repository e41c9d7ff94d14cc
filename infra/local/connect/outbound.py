"""An agent calls a customer: his whisper flow runs first, and the customer's phone rings when the flow says so."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from infra.local.connect.parties import Agent, Call, Dialling, Leg, LegState, Reason, Segment
from infra.local.connect.script import End, Script

if TYPE_CHECKING:
    from infra.local.connect.board import Board

# What needs somebody at the other end: the first of these dials, if CompleteOutboundCall has not.
PARTICIPANT = frozenset(
    {
        "ConnectParticipantWithLexBot", "GetParticipantInput", "MessageParticipant", "MessageParticipantIteratively",
        "ShowView",
    }
)  # fmt: skip


class Outbound:
    def __init__(self, board: Board) -> None:
        self._board = board

    def dial(self, agent: Agent, number: str) -> Call:
        board, now = self._board, self._board.clock.now()
        call = Call(
            id=board.mint(), customer=number, dialled="", began_at=now, on_line=False, dialling=Dialling()
        )  # fmt: skip
        board.open(call)
        segment = board.begin(call, "OUTBOUND", caller_id=board.setup.caller_id)
        segment.target = board.floor.queue(board.setup.fallback_queue)  # the routing profile's outbound queue
        segment.leg = agent.leg = leg = Leg(
            agent=agent, segment=segment, state=LegState.WHISPER, began_at=now, since=now
        )
        board.people.look(agent)
        flow = board.library.find(board.setup.outbound_flow)
        if flow is None:
            board.note(call, "There is no outbound whisper flow")
            self._whispered(leg)
        else:
            board.ringing.limit(leg)
            board.run(segment, flow, lambda end: self._flow_over(leg, end))
        return call

    def ready(self, script: Script, type: str, then: Callable[[], None]) -> bool:
        """Whether the flow can do this now. Else the customer is dialled, and `then` follows when he answers."""
        dialling = script.segment.call.dialling
        if dialling is None or script.segment.call.on_line or script.to_agent or type not in PARTICIPANT:
            return True
        dialling.then = then
        self._call_up(script.segment)
        return False

    def complete(self, script: Script, caller_id: str | None) -> bool:
        """CompleteOutboundCall: dials, once."""
        dialling = script.segment.call.dialling
        if dialling is None or dialling.dialled:
            return False
        script.segment.caller_id = caller_id or script.segment.caller_id
        self._call_up(script.segment)
        return True

    def give_up(self, leg: Leg) -> None:
        """The agent hangs up while the customer's phone rings, or before."""
        self._board.end(leg.segment, Reason.AGENT, wrap=True)
        self._board.over(leg.segment.call)

    def _flow_over(self, leg: Leg, end: End) -> None:
        """A flow that ends before anything in it has dialled gives the call up: nobody's phone rings."""
        board, call = self._board, leg.segment.call
        dialled = call.dialling is not None and call.dialling.dialled
        board.note(call, f"The outbound whisper is over: {end.value}" + ("" if dialled else ", not dialled"))
        if end is End.ENDED and dialled:
            self._whispered(leg)
        else:
            board.end(leg.segment, Reason.FLOW, wrap=True)
            board.over(call)

    def _whispered(self, leg: Leg) -> None:
        call = leg.segment.call
        if call.dialling is not None:
            call.dialling.whispered = True
        if call.on_line:
            self._board.ringing.connected(leg)
        else:
            self._call_up(leg.segment)

    def _call_up(self, segment: Segment) -> None:
        dialling, leg = segment.call.dialling, segment.leg
        if dialling is None or leg is None or dialling.dialled:
            return
        dialling.dialled = True
        leg.still()
        self._board.outside.customer(
            segment, segment.caller_id, lambda: self._answered(leg, dialling), lambda error: self._not_reached(leg)
        )

    def _answered(self, leg: Leg, dialling: Dialling) -> None:
        self._board.answers(leg.segment)
        if dialling.whispered:
            self._board.ringing.connected(leg)
            return
        self._board.ringing.limit(leg)
        if dialling.then is not None:
            dialling.then()

    def _not_reached(self, leg: Leg) -> None:
        self._board.end(leg.segment, Reason.TELECOM, wrap=True)
        self._board.over(leg.segment.call)
