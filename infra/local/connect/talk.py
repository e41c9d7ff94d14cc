"""What the customer and the agents do on the line: speak, press keys, hold, hang up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from infra.local.connect.catalogue import KEYS
from infra.local.connect.errors import NotNow, NotOnTheLine
from infra.local.connect.parties import Call, Leg, LegState, Reason
from infra.local.connect.transcript import Speaker

if TYPE_CHECKING:
    from infra.local.connect.board import Board


class Talk:
    def __init__(self, board: Board) -> None:
        self._board = board

    # The customer

    def press(self, call: Call, keys: str) -> None:
        """A flow that he listens to takes the keys, else they are only heard. What is no key is not pressed."""
        self._there(call)
        for key in (key for key in keys if key in KEYS):
            self._board.say(call, call, Speaker.KEYS, key)
            script = call.now.script
            if script is not None:
                call.keys.append(key)
                script.key_pressed()

    def customer_says(self, call: Call, text: str) -> None:
        self._there(call)
        self._board.say(call, call, Speaker.CUSTOMER, text)

    def customer_hangs_up(self, call: Call) -> None:
        """Who is only going to be called back takes that back, and his phone is not answered while it rings."""
        if call.ended_at is not None:
            return
        if call.plan is None:
            self._there(call)
        self._board.drop(call, Reason.CUSTOMER)

    def _there(self, call: Call) -> None:
        if call.ended_at is not None:
            raise NotOnTheLine("the call is over")
        if not call.on_line:
            raise NotOnTheLine("the customer is not on the line yet")

    # An agent

    def hold(self, leg: Leg) -> None:
        """The near end is on hold: the customer, or the agent who asks."""
        segment = leg.segment
        if segment.near is not None and segment.near.segment.held_since is None:
            raise NotNow("all are joined: whoever joined them can hold")
        self._board.on_hold(segment)

    def resume(self, leg: Leg) -> None:
        if leg.consult is not None and leg.segment.held_since is not None:
            raise NotNow("a transfer is under way: swap, join all, hand the call over, or take the caller back")
        self._board.off_hold(leg.segment)

    def says(self, leg: Leg, text: str) -> None:
        """A muted agent is heard by himself alone."""
        if leg.state is LegState.HELD and leg.consult is None:
            raise NotNow(f"the call is {leg.state.value}")
        if leg.muted:
            self._board.hear(leg, Speaker.AGENT, text)
        else:
            self._board.say(leg.segment.call, leg, Speaker.AGENT, text)

    def mute(self, leg: Leg, *, on: bool) -> None:
        if leg.muted != on:
            leg.muted = on
            self._board.hear(leg, Speaker.NOTE, "Muted" if on else "Not muted any more")

    def keys(self, leg: Leg, keys: str) -> None:
        """To the transfer flow that speaks to him, else as tones to whoever hears him."""
        for key in (key for key in keys if key in KEYS):
            script = leg.consult.script if leg.consult is not None else None
            if script is None:
                self._board.say(leg.segment.call, leg, Speaker.KEYS, key)
            else:
                self._board.hear(leg, Speaker.KEYS, key)
                leg.keys.append(key)
                script.key_pressed()

    def hangs_up(self, leg: Leg) -> None:
        """Whoever is left stays: an other end with the customer, or the customer with the disconnect flow."""
        board, segment, call = self._board, leg.segment, leg.segment.call
        if leg.state is LegState.WHISPER:
            self._gives_up(leg)
        elif leg.consult is not None:
            board.consults.complete(leg)
        elif segment.near is not None:
            board.announce_all(call, f"{leg.agent.name} hangs up")
            board.release(segment, Reason.AGENT)
        else:
            board.announce_all(call, f"{leg.agent.name} hangs up")
            board.end(segment, Reason.AGENT)
            self._goodbye(leg)

    def _gives_up(self, leg: Leg) -> None:
        call = leg.segment.call
        if not leg.dials:
            raise NotNow("the call is not connected yet: reject it")
        if call.dialling is not None:
            self._board.outbound.give_up(leg)
        else:
            self._board.callbacks.not_reached(leg, Reason.AGENT)

    def _goodbye(self, leg: Leg) -> None:
        board, before = self._board, leg.segment
        flow = board.hooked(before, "CustomerRemaining")
        if flow is None:
            board.over(before.call)
            return
        before.call.keys.clear()
        remaining = board.begin(before.call, "DISCONNECT", before)
        board.run(remaining, flow, lambda end: board.waiting.first_flow_over(remaining, end))
