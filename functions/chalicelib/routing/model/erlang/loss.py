"""Lines without a queue: who finds all lines busy is turned away (M/M/c/c, Erlang's loss formula).

Source: A. K. Erlang, "Solution of some problems in the theory of probabilities of significance in automatic
telephone exchanges" (1917); the recursion as in ITU-T E.520.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, fsum, inf, log

from chalicelib.kernel.errors import Invalid
from chalicelib.routing.model.erlang.numbers import at_most, least, limit, not_negative, part, positive, root, whole

_SURE = 1e280  # beyond it, 1 more changes no digit of the inverse


def blocking(load: float, lines: int) -> float:
    """Erlang B: the part of calls that find all `lines` busy; `load` in Erlang.

    B(0) = 1; B(k) = A B(k-1) / (k + A B(k-1)). Every term is positive, so no digit is lost; it only underflows to 0.
    """
    load = not_negative("load", load)
    blocked = 1.0
    for line in range(1, whole("lines", lines) + 1):
        blocked = load * blocked / (line + load * blocked)
    return blocked


def log_blocking(load: float, lines: int) -> float:
    """ln of Erlang B, where B itself would underflow: 1/B(k) = 1 + k/A 1/B(k-1), in logarithms once it is large."""
    load = not_negative("load", load)
    if load == 0:
        return -inf
    inverse = 1.0
    for line in range(1, whole("lines", lines) + 1):
        inverse = 1 + line / load * inverse
        if inverse > _SURE:
            return -fsum([log(inverse), *(log(more / load) for more in range(line + 1, lines + 1))])
    return -log(inverse)


def carried(load: float, lines: int) -> float:
    """The load in Erlang that the lines carry: what is not turned away."""
    return load * (1 - blocking(load, lines))


def occupancy(load: float, lines: int) -> float:
    """The part of the time that a line is busy."""
    return carried(load, lines) / lines


def lines_for(load: float, most_blocked: float) -> int:
    """The fewest lines that turn away at most that part of the load."""
    load, most_blocked = not_negative("load", load), part("most_blocked", most_blocked)
    return least(lambda lines: at_most(blocking(load, lines), most_blocked), "lines")


def load_for(lines: int, blocked: float) -> float:
    """The load in Erlang of which the lines turn away that part: the inverse of `blocking`."""
    lines, blocked = whole("lines", lines), part("blocked", blocked)
    # What is carried is less than the lines, so the load is less than lines / (1 - B).
    return root(lambda load: blocking(load, lines) - blocked, 0.0, lines / (1 - blocked))


@dataclass(frozen=True, slots=True, kw_only=True)
class Retried:
    blocked: float  # the part of all tries
    load: float  # Erlang, first tries and repeated ones


def with_retries(load: float, lines: int, retry: float) -> Retried:
    """Extended Erlang B: the part `retry` of who is turned away tries again, as often as it takes.

    Solves A = A0 + r A B(A) for the whole load A (R. Parkinson, "Traffic engineering techniques in
    telecommunications", Infotel 2002). Raises Invalid where all retry and the lines cannot carry the load.
    """
    load, lines = not_negative("load", load), whole("lines", lines)
    retry = _retry(retry)
    if retry == 1 and load >= lines:
        raise Invalid("load", f"is {load} Erlang for {lines} lines", "give more lines, or a part below 1 that retries")

    def too_much(whole_load: float) -> float:
        return whole_load * (1 - retry * blocking(whole_load, lines)) - load

    high = max(load, 1.0)
    while too_much(high) < 0:
        high *= 2
    total = root(too_much, load, high)
    return Retried(blocked=blocking(total, lines), load=total)


def lines_with_retries(load: float, most_blocked: float, retry: float) -> int:
    """The fewest lines at which at most that part of all tries is turned away."""
    most_blocked, start = part("most_blocked", most_blocked), int(load) + 1 if _retry(retry) == 1 else 1
    return least(lambda lines: at_most(with_retries(load, lines, retry).blocked, most_blocked), "lines", start)


def load_with_retries(lines: int, blocked: float, retry: float) -> float:
    """The load of first tries in Erlang, where that part of all tries is turned away: A0 = A (1 - r B)."""
    return load_for(lines, blocked) * (1 - _retry(retry) * blocked)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """Calls that take several units at once."""

    load: float  # Erlang: calls at work, not units
    units: int


def shared_blocking(capacity: int, kinds: Sequence[Kind]) -> list[float]:
    """The part of each kind that finds too few of `capacity` units free.

    The recursion of J. S. Kaufman ("Blocking in a shared resource environment", 1981) and J. W. Roberts (1981):
    j q(j) = sum of load x units x q(j - units).
    """
    for kind in kinds:
        not_negative("load", kind.load)
        whole("units", kind.units)
    states = [1.0]
    for busy in range(1, whole("capacity", capacity) + 1):
        into = fsum(kind.load * kind.units * states[busy - kind.units] for kind in kinds if kind.units <= busy)
        states.append(into / busy)
        if states[-1] > _SURE:
            states = [state * exp(-600) for state in states]
    whole_weight = fsum(states)
    return [fsum(states[max(0, capacity - kind.units + 1) :]) / whole_weight for kind in kinds]


def _retry(value: float) -> float:
    return limit("retry", value) if value else 0.0


def load_of(contacts: float, interval_s: float, aht_s: float) -> float:
    """Erlang: contacts x mean handle time / length of the interval, both in seconds."""
    return not_negative("contacts", contacts) * positive("aht_s", aht_s) / positive("interval_s", interval_s)
