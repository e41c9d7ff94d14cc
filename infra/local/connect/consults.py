"""An agent's transfer: he asks around while his customer waits, joins all, leaves, or drops the other end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from infra.local.connect.errors import NotNow, NotOnTheLine
from infra.local.connect.parties import Leg, LegState, Queue, Reason, Segment
from infra.local.connect.stage import MOST_SEGMENTS
from infra.local.connect.transcript import Speaker

if TYPE_CHECKING:
    from infra.local.connect.board import Board


class Consults:
    def __init__(self, board: Board) -> None:
        self._board = board

    def begin(self, leg: Leg, to: str = "") -> Segment:
        """The flow of the quick connect speaks to the agent, and his customer is on hold."""
        board, segment = self._board, leg.segment
        if leg.consult is not None:
            raise NotNow("a transfer is under way already")
        if segment.near is not None:
            raise NotNow("the customer is still with the agent who asks")
        if segment.depth >= MOST_SEGMENTS:
            raise NotNow(f"the chain has {MOST_SEGMENTS} contacts already")
        flow = board.library.find(board.setup.agent_transfer_flow if to else board.setup.transfer_flow)
        if flow is None:
            raise NotNow("this exchange has no transfer flow")
        target = self._agents_queue(to) if to else None
        board.on_hold(segment)
        asked = board.begin(segment.call, "TRANSFER", segment, near=leg)
        asked.target = target
        leg.consult = asked
        leg.keys.clear()
        board.run(asked, flow, lambda end: board.waiting.first_flow_over(asked, end))
        return asked

    def _agents_queue(self, agent: str) -> Queue:
        found = self._board.floor.agent(agent, self._board.clock.now())
        if found is None:
            raise NotOnTheLine(f"{agent!r} cannot be an agent's name")
        return self._board.floor.own_queue(found)

    def join(self, leg: Leg) -> None:
        """All hear all."""
        asked = self._answered(leg)
        self._far_back(asked)
        self._board.off_hold(leg.segment)
        self._board.announce_all(leg.segment.call, "All are joined")

    def swap(self, leg: Leg) -> None:
        """Who is on hold changes: the customer, or the other end."""
        asked, board = self._answered(leg), self._board
        if asked.far_held:
            self._far_back(asked)
            board.on_hold(leg.segment)
        elif leg.segment.held_since is not None:
            board.off_hold(leg.segment)
            self._far_on_hold(asked)
        else:
            raise NotNow("all are joined, and nobody is on hold")

    def complete(self, leg: Leg) -> None:
        """The agent leaves, and the customer takes his place: with whoever is there, or still in the queue."""
        asked, board, call = self._begun(leg), self._board, leg.segment.call
        self._far_back(asked)
        board.announce_all(call, f"{leg.agent.name} leaves the call")
        with board.recorder.another_line(asked):
            asked.near, leg.consult = None, None
        leg.keys.clear()
        call.keys.clear()
        board.end(leg.segment, Reason.AGENT)
        board.recorder.begins(asked)
        board.ringing.look()

    def drop(self, leg: Leg) -> None:
        """The other end is dropped, and the customer is back."""
        asked = self._begun(leg)
        if asked.leg is not None:
            self._board.hear(asked.leg, Speaker.NOTE, f"{leg.agent.name} is gone")
        self._board.release(asked, Reason.AGENT)

    def back(self, leg: Leg) -> None:
        """Nobody is asked any more: the agent has his customer again."""
        if leg.state in (LegState.CONNECTED, LegState.HELD):
            self._board.off_hold(leg.segment)

    def previous_participant(self, segment: Segment, state: str) -> bool:
        """What a transfer flow says of the two it comes from; False where no agent is at its near end."""
        board, near = self._board, segment.near
        if near is None:
            return False
        near.away = state == "AgentOnHold"
        if state == "CustomerOnHold":
            board.on_hold(near.segment)
        else:
            board.off_hold(near.segment)
        return True

    def _begun(self, leg: Leg) -> Segment:
        if leg.consult is None:
            raise NotNow("no transfer is under way")
        return leg.consult

    def _answered(self, leg: Leg) -> Segment:
        asked = self._begun(leg)
        if not asked.answered:
            raise NotNow("nobody has answered the transfer yet")
        return asked

    def _far_on_hold(self, asked: Segment) -> None:
        """The other agent hears his own hold flow."""
        board, far = self._board, asked.leg
        asked.far_held = True
        if far is not None:
            board.hear(far, Speaker.NOTE, "On hold")
            if flow := board.hooked(asked, "AgentHold"):
                far.script = board.script(asked, flow, lambda end: None, to_agent=True)
                far.script.start()

    def _far_back(self, asked: Segment) -> None:
        if asked.far_held:
            asked.far_held = False
            if asked.leg is not None:
                asked.leg.still()
                self._board.hear(asked.leg, Speaker.NOTE, "Off hold")
