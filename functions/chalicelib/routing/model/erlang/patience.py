"""Agents with a queue whose people give up: exponential patience, first come first served (M/M/c+M, Erlang A).

Source: C. Palm (1943, 1957); O. Garnett, A. Mandelbaum, M. Reiman, "Designing a call center with impatient
customers" (2002). The wait behind j people is a sum of exponential times with rates c mu, c mu + theta, ...,
c mu + j theta. That sum V is -ln(Beta(c mu / theta, j + 1)) / theta, so every probability here is a finite sum of
positive terms.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from math import exp, expm1, fsum, log, log1p

from chalicelib.kernel.errors import Invalid
from chalicelib.routing.model.erlang.loss import log_blocking
from chalicelib.routing.model.erlang.numbers import (
    at_most,
    least,
    limit,
    not_negative,
    part,
    positive,
    whole,
)

_NEGLIGIBLE = 1e-18
_LONGEST = 2_000_000  # people in the queue that are counted one by one
_PLANNED = 50_000  # a search for agents looks at no queue that is longer on average


class Level(StrEnum):
    """What "answered within T" may mean where people give up; the same system has four levels."""

    SERVED_OF_ALL = "sl_served_all"  # answered within T / offered: every abandon is a miss. Ours
    SERVED_OF_SERVED = "sl_served_cond"  # answered within T / answered: abandons are not counted at all
    VIRTUAL = "sl_virtual"  # the wait that somebody endlessly patient would have
    LEFT_BY = "sl_left_by_t"  # answered or gone within T / offered: abandons count as good


@dataclass(frozen=True, slots=True, kw_only=True)
class Impatient:
    """A queue in the long run. `ahead[j]` is the part of arrivals that find all agents busy and j people waiting."""

    arrivals_per_s: float
    aht_s: float
    patience_s: float  # mean
    agents: int
    ahead: tuple[float, ...]
    p_blocked: float = 0.0  # found the waiting room full

    @property
    def load(self) -> float:
        return self.arrivals_per_s * self.aht_s

    @property
    def p_wait(self) -> float:
        return fsum(self.ahead)

    @property
    def queue(self) -> float:
        """How many wait, on average."""
        return fsum(waiting * weight for waiting, weight in enumerate(self.ahead)) + self._last_place

    @property
    def _last_place(self) -> float:
        """With a full waiting room, one more waits than any admitted arrival finds."""
        return self.p_blocked * len(self.ahead) if self.p_blocked else 0.0

    @property
    def p_abandon(self) -> float:
        """The part of all arrivals that gives up: theta Lq / lambda."""
        return self.queue / self.patience_s / self.arrivals_per_s

    @property
    def wait_s(self) -> float:
        """Mean seconds in the queue, of those who give up too: E[W] = Lq / lambda."""
        return self.queue / self.arrivals_per_s

    @property
    def occupancy(self) -> float:
        return self.load * (1 - self.p_abandon - self.p_blocked) / self.agents

    def service_level(self, within_s: float, definition: Level = Level.SERVED_OF_ALL) -> float:
        within_s = not_negative("within_s", within_s)
        at_once = 1 - self.p_wait - self.p_blocked
        if definition is Level.VIRTUAL:
            return 1 - self.p_blocked - self._virtually_waits(within_s)
        if definition is Level.LEFT_BY:
            return 1 - self.p_blocked - self._virtually_waits(within_s) * exp(-within_s / self.patience_s)
        served = at_once + self._served(within_s)
        if definition is Level.SERVED_OF_SERVED:
            return served / (1 - self.p_abandon - self.p_blocked)
        return served

    def _virtually_waits(self, longer_s: float) -> float:
        """The part of arrivals whose wait would be longer: P(V > t | j) = I_x(a, j + 1), x = exp(-theta t)."""
        parts = _beta_parts(self._rate, longer_s / self.patience_s, len(self.ahead))
        return fsum(weight * longer for weight, longer in zip(self.ahead, parts, strict=True))

    def _served(self, within_s: float) -> float:
        """The part that waits and is served in time: E[exp(-theta V); V <= t] = a/(a+j+1) (1 - I_x(a+1, j+1))."""
        parts = _beta_parts(self._rate + 1, within_s / self.patience_s, len(self.ahead))
        return fsum(
            weight * self._rate / (self._rate + waiting + 1) * (1 - longer)
            for waiting, (weight, longer) in enumerate(zip(self.ahead, parts, strict=True))
        )

    @property
    def _rate(self) -> float:
        """a: all agents' completions per mean patience, c mu / theta."""
        return self.agents * self.patience_s / self.aht_s


def impatient(
    arrivals_per_s: float, aht_s: float, patience_s: float, agents: int, waiting_room: int | None = None
) -> Impatient:
    """The queue in the long run; stable with any number of agents. `waiting_room`: places to wait; endless if None."""
    arrivals_per_s, aht_s = positive("arrivals_per_s", arrivals_per_s), positive("aht_s", aht_s)
    patience_s, agents = positive("patience_s", patience_s), whole("agents", agents)
    if waiting_room is not None and (isinstance(waiting_room, bool) or waiting_room < 0):
        raise Invalid("waiting_room", f"is {waiting_room!r}", "give a whole number of places, or leave it out")
    load = arrivals_per_s * aht_s
    if waiting_room is None and not countable(load, agents, aht_s, patience_s, _LONGEST / 2):
        raise _too_long()
    weights = _queue(load, agents, aht_s / patience_s, waiting_room)
    # Weights are relative to "all agents busy, nobody waits", in logarithms; below it lies 1/B - 1 of them.
    inverse = -log_blocking(load, agents)
    top = max(*weights, inverse)
    busy = [exp(weight - top) for weight in weights]
    below = exp(inverse - top) - exp(-top)
    everything = fsum([below, *busy])
    parts = [weight / everything for weight in busy]
    full = parts.pop() if waiting_room is not None and len(parts) > waiting_room else 0.0
    return Impatient(
        arrivals_per_s=arrivals_per_s,
        aht_s=aht_s,
        patience_s=patience_s,
        agents=agents,
        ahead=tuple(parts),
        p_blocked=full,
    )


def countable(load: float, agents: int, aht_s: float, patience_s: float, longest: float = _PLANNED) -> bool:
    """Whether the queue is short enough: about (load - agents) x patience / AHT wait where load is more."""
    return (load - agents) * patience_s / aht_s <= longest


def agents_for(
    arrivals_per_s: float,
    aht_s: float,
    patience_s: float,
    *,
    level: float | None = None,
    within_s: float = 0.0,
    definition: Level = Level.SERVED_OF_ALL,
    most_abandoned: float | None = None,
    occupancy_limit: float = 1.0,
) -> int:
    """The fewest agents that meet the service level, the limit of abandonment and the limit of occupancy."""
    occupancy_limit = limit("occupancy_limit", occupancy_limit)
    if level is not None:
        level = part("level", level)
    if most_abandoned is not None:
        most_abandoned = part("most_abandoned", most_abandoned)

    def enough(agents: int) -> bool:
        if not countable(arrivals_per_s * aht_s, agents, aht_s, patience_s):
            return False
        queue = impatient(arrivals_per_s, aht_s, patience_s, agents)
        if not at_most(queue.occupancy, occupancy_limit):
            return False
        if most_abandoned is not None and not at_most(queue.p_abandon, most_abandoned):
            return False
        return level is None or at_most(level, queue.service_level(within_s, definition))

    # The agents carry at least what must be served.
    carried = max(level or 0.0, 1 - (most_abandoned or 1.0)) * arrivals_per_s * aht_s
    if level is not None and definition in (Level.VIRTUAL, Level.LEFT_BY, Level.SERVED_OF_SERVED):
        carried = 0.0
    return least(enough, "agents", start=int(carried))


def _queue(load: float, agents: int, ratio: float, room: int | None) -> list[float]:
    """ln of the weight of "all busy, j wait" over that of "all busy, nobody waits"; `ratio` is AHT / patience."""
    weights, weight, heaviest = [0.0], 0.0, 0.0
    last = _LONGEST if room is None else room
    while len(weights) <= last:
        step = load / (agents + len(weights) * ratio)
        # What is left out is less than a geometric series with this step.
        if step < 1 and weight - heaviest + log(step) - log1p(-step) < log(_NEGLIGIBLE):
            return weights
        weight += log(step)
        heaviest = max(heaviest, weight)
        weights.append(weight)
    if room is None:
        raise _too_long()
    return weights


def _too_long() -> Invalid:
    return Invalid("patience_s", f"lets up to {_LONGEST:,} wait", "give more agents or a shorter patience")


def _beta_parts(a: float, exponent: float, count: int) -> list[float]:
    """I_x(a, 1), I_x(a, 2), ... at x = exp(-exponent): sums of x^a (a)_i / i! (1 - x)^i."""
    if exponent == 0:
        return [1.0] * count
    rest = log(-expm1(-exponent))  # ln(1 - x): of a tiny exponent, no product with it may become 0
    term, parts, so_far = -a * exponent, [], 0.0
    for place in range(count):
        so_far += exp(term)
        parts.append(min(so_far, 1.0))
        term += log((a + place) / (place + 1)) + rest
    return parts
