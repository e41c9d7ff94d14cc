"""The two kinds of telephone outside, behind one face: whose call it is, and who was only put through to."""

from __future__ import annotations

from typing import Any, Protocol

from infra.local.connect.exchange import Exchange
from infra.local.connect.parties import Call, CallState, Outside, OutsideState, Segment
from infra.local.connect.views import call_view, outside_view
from infra.local.connect.web.simulator import Simulator

PAUSE = ","  # between keys; every one of them is a second


class Line(Protocol):
    @property
    def state(self) -> str: ...
    @property
    def is_over(self) -> bool: ...
    @property
    def heard(self) -> int:
        """The number of the last line of what was heard."""
        ...

    @property
    def happened(self) -> int: ...
    @property
    def segments(self) -> list[Segment]: ...
    def view(self, after: int = 0, happened_after: int = 0) -> dict[str, Any]: ...
    def press(self, keys: str) -> None: ...
    def say(self, text: str) -> None: ...
    def hang_up(self) -> None: ...


class CustomerLine:
    """The customer of a call: who dialled, or who was called by us."""

    def __init__(self, exchange: Exchange, call: Call) -> None:
        self._exchange, self._call = exchange, call

    @property
    def state(self) -> str:
        return self._call.state.value

    @property
    def is_over(self) -> bool:
        return self._call.state is CallState.OVER

    @property
    def heard(self) -> int:
        return self._call.transcript.last

    @property
    def happened(self) -> int:
        return self._call.journal.last

    @property
    def segments(self) -> list[Segment]:
        return self._call.segments

    def view(self, after: int = 0, happened_after: int = 0) -> dict[str, Any]:
        return call_view(self._call, after, happened_after)

    def press(self, keys: str) -> None:
        self._exchange.press(self._call, keys)

    def say(self, text: str) -> None:
        self._exchange.customer_says(self._call, text)

    def hang_up(self) -> None:
        self._exchange.hang_up(self._call)


class OutsideLine:
    """A number outside to which somebody's call was put through: another's call goes on when it hangs up."""

    def __init__(self, exchange: Exchange, outside: Outside) -> None:
        self._exchange, self._outside = exchange, outside

    @property
    def state(self) -> str:
        return self._outside.state.value

    @property
    def is_over(self) -> bool:
        return self._outside.state is OutsideState.OVER

    @property
    def heard(self) -> int:
        return self._outside.transcript.last

    @property
    def happened(self) -> int:
        return 0  # what happens behind the scenes is told on the caller's own line

    @property
    def segments(self) -> list[Segment]:
        return [self._outside.segment]

    def view(self, after: int = 0, happened_after: int = 0) -> dict[str, Any]:
        return outside_view(self._outside, after)

    def press(self, keys: str) -> None:
        self._exchange.out_keys(self._outside.id, keys)

    def say(self, text: str) -> None:
        self._exchange.out_says(self._outside.id, text)

    def hang_up(self) -> None:
        if not self.is_over:
            self._exchange.out_hangs_up(self._outside.id)


def find(simulator: Simulator, line: str) -> Line:
    """Raises NotOnTheLine."""
    exchange = simulator.on
    if outside := simulator.answered.get(line):
        return OutsideLine(exchange, outside)
    return CustomerLine(exchange, exchange.find(line))


def press(exchange: Exchange, line: Line, keys: str) -> None:
    """What stands before the first pause now and the rest a second later, unless the call is over by then."""
    now, _, rest = keys.partition(PAUSE)
    if now:
        line.press(now)
    if rest:
        exchange.clock.later(1.0, lambda: None if line.is_over else press(exchange, line, rest))
