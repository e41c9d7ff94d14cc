"""Phones outside that the exchange calls: a customer's own, or a third party's. A person or a test answers them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from infra.local.connect.catalogue import KEYS
from infra.local.connect.errors import NotNow, NotOnTheLine
from infra.local.connect.outcome import Dial
from infra.local.connect.parties import Outside, OutsideState, Reason, Segment
from infra.local.connect.script import Script
from infra.local.connect.transcript import Speaker

if TYPE_CHECKING:
    from infra.local.connect.board import Board

REFUSED, TOO_LATE = "CallFailed", "ConnectionTimeLimitExceeded"


class OutsideLines:
    def __init__(self, board: Board) -> None:
        self._board = board

    def customer(
        self,
        segment: Segment,
        caller_id: str,
        answered: Callable[[], None],
        failed: Callable[[str], None],
        ring_s: float | None = None,
    ) -> None:
        """The customer's phone rings, so long as the exchange lets it or as is said; his line is that of the call."""
        board, call = self._board, segment.call
        number = call.customer

        def hung_up() -> None:
            board.drop(call, Reason.CUSTOMER)

        call.phone = Outside(
            id=board.mint(), kind="customer", segment=segment, number=number, caller_id=caller_id,
            began_at=board.clock.now(), answered=answered, failed=failed, over=hung_up, transcript=call.transcript,
        )  # fmt: skip
        self._ring(call.phone, board.setup.outside_ring_s if ring_s is None else ring_s)

    def third_party(self, script: Script, dial: Dial, then: Callable[[str], None]) -> None:
        """With `returns` the flow waits until it is over; else success is the end of the flow."""
        board, segment = self._board, script.segment

        def answered() -> None:
            segment.transferred_to, segment.transferred_at = dial.number, board.clock.now()
            if dial.digits:
                board.hear(outside, Speaker.KEYS, dial.digits)
            board.announce(segment, f"{dial.number} is on the line")
            if not dial.returns:
                then("")

        def failed(error: str) -> None:
            segment.outside = None
            then(error)

        def over() -> None:
            board.announce(segment, f"{dial.number} hangs up")
            segment.outside, segment.far_held = None, False
            if dial.returns:
                then("")
            else:
                board.release(segment, Reason.THIRD_PARTY)

        outside = Outside(
            id=board.mint(), kind="outside", segment=segment, number=dial.number, caller_id=dial.caller_id or "",
            began_at=board.clock.now(), answered=answered, failed=failed, over=over,
        )  # fmt: skip
        segment.outside = outside
        self._ring(outside, dial.limit_s)

    def _ring(self, outside: Outside, limit_s: float) -> None:
        board, setup = self._board, self._board.setup
        board.outgoing[outside.id] = outside
        board.note(outside.call, f"Calls {outside.number}, shows {outside.caller_id or 'no number'}")
        board.hear(outside, Speaker.NOTE, f"A call is ringing, from {outside.caller_id or 'a withheld number'}")
        after = setup.answers.get(outside.number, setup.answers_after)
        if after is not None:
            outside.timers.append(board.clock.later(after, lambda: self._pick_up(outside)))
        outside.timers.append(board.clock.later(limit_s, lambda: self._fail(outside, TOO_LATE)))

    def _pick_up(self, outside: Outside) -> None:
        _still(outside)
        outside.state, outside.answered_at = OutsideState.CONNECTED, self._board.clock.now()
        self._board.note(outside.call, f"{outside.number} answers")
        outside.answered()

    def _fail(self, outside: Outside, error: str) -> None:
        self.gone(outside)
        self._board.note(outside.call, f"{outside.number} does not answer: {error}")
        outside.failed(error)

    # What the called party does

    def answer(self, leg_id: str) -> None:
        self._pick_up(self._find(leg_id, OutsideState.RINGING))

    def refuse(self, leg_id: str) -> None:
        self._fail(self._find(leg_id, OutsideState.RINGING), REFUSED)

    def says(self, leg_id: str, text: str) -> None:
        outside = self._find(leg_id, OutsideState.CONNECTED)
        if outside.kind == "customer":
            self._board.say(outside.call, outside.call, Speaker.CUSTOMER, text)
        else:
            self._board.say(outside.call, outside, Speaker.OUTSIDE, text)

    def keys(self, leg_id: str, keys: str) -> None:
        """A customer's keys reach the flow that he listens to, a third party's only those who hear them."""
        outside = self._find(leg_id, OutsideState.CONNECTED)
        for key in (key for key in keys if key in KEYS):
            if outside.kind == "customer":
                self._board.talk.press(outside.call, key)
            else:
                self._board.say(outside.call, outside, Speaker.KEYS, key)

    def hangs_up(self, leg_id: str) -> None:
        outside = self._find(leg_id, *OutsideState)
        if outside.state is OutsideState.RINGING:
            self._fail(outside, REFUSED)
        else:
            self.gone(outside)
            outside.over()

    def _find(self, leg_id: str, *states: OutsideState) -> Outside:
        outside = self._board.outgoing.get(leg_id)
        if outside is None:
            raise NotOnTheLine(f"no outside phone {leg_id} rings or is on a call")
        if outside.state not in states:
            raise NotNow(f"the outside phone is {outside.state.value}")
        return outside

    # What the exchange does

    def cut(self, segment: Segment) -> None:
        """The third party of this contact has nobody to talk to any more."""
        if segment.outside is not None:
            self.gone(segment.outside)
            segment.outside = None

    def gone(self, outside: Outside) -> None:
        _still(outside)
        outside.state = OutsideState.OVER
        if self._board.outgoing.pop(outside.id, None) is not None and outside.kind == "outside":
            self._board.hear(outside, Speaker.NOTE, "The call is over")


def _still(outside: Outside) -> None:
    for timer in outside.timers:
        timer.cancel()
    outside.timers.clear()
