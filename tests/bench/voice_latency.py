"""What our routing adds to a call, in seconds that a caller waits: the exchange with our flows on a virtual clock.

The baseline is the same call in a standard queue of Connect's, to which the flow sends it as the menu is over: nobody
asks our router there. Lambdas answer at once; what they take is `voice.lambda`.

`.first`: from dialling until a free agent's telephone rings, greeting and menu included. `.free`: from the moment in
which an agent becomes free until his telephone rings for who waits; `.free.most` is the longest of them, held against
the seconds after which the queue flow asks again. `.failing`, `.silent` and `.waiting`: what passes before a caller is
in the fallback queue because our router fails at once, because it does not answer, or because it is gone while he is
in line already; the first two held against the limit that the flow gives it for an answer.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from datetime import datetime
from statistics import mean

from chalicelib.channels.voice.model.call import Answer, FlowCall, Outcome, Step, answer
from chalicelib.channels.voice.service.attendant import Attendant
from infra.local.connect.library import deployed
from infra.local.connect.parties import Call
from tests.bench.measure import Line, against
from tests.fakes.telephone import FUNCTION, PLUMBER, Telephone

CALLS = 40
_CALLER, _BOOKING = "+15557654321", "2"
_IN_LINE_S = 60.0  # long enough that every caller is in line
_PATIENCE_S = 120
_STEP_S = 0.25
_AT_MOST = 1.01  # of what is written in the flow: nothing of ours is added to it


def bench() -> Iterator[Line]:
    logging.getLogger("manyline").setLevel(logging.ERROR)
    ours, direct = _first(_ours()), _first(_direct())
    yield against("voice.latency.first", ours, direct, "s, dialling to ringing", 1, _AT_MOST)
    waits, directly = _free(_ours), _free(_direct)
    yield Line(
        bench="voice.latency.free",
        value=round(mean(waits), 2),
        unit="s, mean, agent free to ringing; baseline: a standard queue",
        baseline=round(mean(directly), 2),
        n=len(waits),
    )
    asks_again_s = _written("CustomerQueueFlowArn", "wait", "InterruptFrequencySeconds")
    yield against("voice.latency.free.most", max(waits), asks_again_s, "s, agent free to ringing", CALLS, _AT_MOST)
    limit_s = _written("InboundFlowArn", "arrive", "InvocationTimeLimitSeconds")
    for bench_, down in (("failing", _fails), ("silent", _is_silent)):
        added = [_at_first(down), _after_the_menu(down)]
        unit = "s, the longer of both questions until the fallback queue"
        yield against(f"voice.latency.{bench_}", max(added), limit_s, unit, len(added), _AT_MOST)
    gone = [_in_line(down, place) for down in (_fails, _is_silent) for place in range(CALLS)]
    unit = "s, router gone to fallback queue"
    yield against("voice.latency.waiting", max(gone), asks_again_s + limit_s, unit, len(gone), _AT_MOST)


class _Direct(Attendant):
    """Whoever has pressed his key goes to the standard queue."""

    def __init__(self, behind: Attendant) -> None:
        self._behind = behind

    def answer(self, call: FlowCall, now: datetime) -> Answer:
        return answer(Outcome.FALLBACK) if call.step == Step.CHOOSE else self._behind.answer(call, now)


def _ours() -> Telephone:
    return Telephone()


def _direct() -> Telephone:
    telephone = Telephone()
    telephone.functions.attendant = _Direct(telephone.functions.attendant)
    return telephone


def _fails(telephone: Telephone) -> None:
    telephone.functions.broken = {*Step}


def _is_silent(telephone: Telephone) -> None:
    telephone.functions.delay_s = 30.0


_Down = Callable[[Telephone], None]


def _first(telephone: Telephone) -> float:
    telephone.agent("maria")
    return _until_it_rings(telephone, _dials(telephone))


def _free(there: Callable[[], Telephone]) -> list[float]:
    """At moments spread evenly over many rounds of the queue flow."""
    took = []
    for place in range(CALLS):
        telephone = there()
        call = _dials(telephone)
        telephone.clock.advance(_IN_LINE_S + place * _STEP_S)
        telephone.agent("maria")
        took.append(_until_it_rings(telephone, call))
    return took


def _at_first(down: _Down) -> float:
    """Nothing of ours has answered yet."""
    telephone = Telephone()
    down(telephone)
    return _until_fallback(telephone, _dials(telephone))


def _after_the_menu(down: _Down) -> float:
    """Gone while the caller hears the greeting; less what greeting and menu take anyway."""
    usual = Telephone()
    began, call = usual.clock.now(), _dials(usual)
    usual.clock.advance(_IN_LINE_S)
    telephone = Telephone()
    asked = _dials(telephone)
    down(telephone)
    return _until_fallback(telephone, asked) - (_enqueued(call) - began).total_seconds()


def _in_line(down: _Down, place: int) -> float:
    telephone = Telephone()
    call = _dials(telephone)
    telephone.clock.advance(_IN_LINE_S + place * _STEP_S)
    down(telephone)
    return _until_fallback(telephone, call)


def _dials(telephone: Telephone) -> Call:
    return telephone.exchange.dial(PLUMBER, _CALLER, _BOOKING)


def _until_it_rings(telephone: Telephone, call: Call) -> float:
    began = telephone.clock.now()
    for _ in range(_PATIENCE_S):
        if call.leg is not None:
            return (call.leg.began_at - began).total_seconds()
        telephone.clock.advance(1)
    raise AssertionError(f"no telephone rings: {call.now.queue}")


def _until_fallback(telephone: Telephone, call: Call) -> float:
    began = telephone.clock.now()
    for _ in range(_PATIENCE_S):
        if call.now.queue is not None and "Fallback" in call.now.queue.name:
            return (_enqueued(call) - began).total_seconds()
        telephone.clock.advance(1)
    raise AssertionError(f"not in the fallback queue: {call.now.queue}")


def _enqueued(call: Call) -> datetime:
    assert call.now.enqueued_at is not None, "who waits does so since some moment"
    return call.now.enqueued_at


def _written(flow: str, action: str, parameter: str) -> float:
    """What our flow says itself."""
    found = deployed(FUNCTION).find(flow)
    assert found is not None, f"there is no flow {flow}"
    return next(float(str(one.parameters[parameter])) for one in found.actions if one.identifier == action)
