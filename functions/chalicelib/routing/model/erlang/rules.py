"""Rules of the floor: square root staffing, pooling, shrinkage, concurrency, and the one agent queue."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, erfc, exp, floor, pi, sqrt

from chalicelib.kernel.errors import Invalid
from chalicelib.routing.model.erlang import delay
from chalicelib.routing.model.erlang.numbers import TIE, not_negative, part, positive, root, whole


def halfin_whitt_p_wait(beta: float) -> float:
    """P(wait) of many agents with `beta` square roots of the load on top of it: 1 / (1 + beta Phi / phi).

    Source: S. Halfin, W. Whitt, "Heavy-traffic limits for queues with many exponential servers" (1981).
    """
    beta = positive("beta", beta)
    below, density = erfc(-beta / sqrt(2)) / 2, exp(-beta * beta / 2) / sqrt(2 * pi)
    return 1 / (1 + beta * below / density)


def beta_for(most_waiting: float) -> float:
    """The safety factor at which that part of contacts waits: the inverse of `halfin_whitt_p_wait`."""
    most_waiting = part("most_waiting", most_waiting)
    return root(lambda beta: most_waiting - halfin_whitt_p_wait(beta), 1e-12, 37.0)


def square_root_agents(load: float, most_waiting: float) -> int:
    """ceil(R + beta sqrt(R)): within one agent of Erlang C, at times one too few, so no plan rests on it.

    Source: S. Borst, A. Mandelbaum, M. Reiman, "Dimensioning large call centers" (2004); Tijms, table 5.3.2.
    """
    return _up(rule_of_thumb(load, beta_for(most_waiting)))


def rule_of_thumb(load: float, beta: float) -> float:
    """Agents, not rounded: load + beta sqrt(load)."""
    load = not_negative("load", load)
    return load + not_negative("beta", beta) * sqrt(load)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pooled:
    separate: int  # agents of all the pools
    pooled: int  # of one pool with all their load

    @property
    def saved(self) -> float:
        """The part of the separate agents."""
        return 1 - self.pooled / self.separate


def pooled(pools: int, load_per_pool: float, **target: float) -> Pooled:
    """Equal pools against one, by Erlang C with the targets of `delay.agents_for`."""
    pools = whole("pools", pools)
    separate = pools * delay.agents_for(load_per_pool, **target)
    return Pooled(separate=separate, pooled=delay.agents_for(pools * load_per_pool, **target))


def positions(agents: float, shrinkage: float) -> int:
    """People to schedule so that `agents` are at work: agents / (1 - shrinkage), rounded up.

    Shrinkage is the part of paid time that is not spent with contacts: breaks, training, illness.
    """
    return _up(not_negative("agents", agents) / (1 - _shrinkage(shrinkage)))


def agents_of(positions: int, shrinkage: float) -> int:
    """How many of so many scheduled people are at work: the other way round, rounded down."""
    return floor(not_negative("positions", positions) * (1 - _shrinkage(shrinkage)) * (1 + TIE))


def concurrency(work_s: float, engaged_s: float) -> float:
    """Mean contacts at once: their own handle times added up, over the time with at least one of them."""
    work_s, engaged_s = not_negative("work_s", work_s), positive("engaged_s", engaged_s)
    if work_s < engaged_s:
        raise Invalid("engaged_s", f"is {engaged_s:g} s for {work_s:g} s of work", "give at most the work")
    return work_s / engaged_s


def effective_aht(aht_s: float, at_once: float) -> float:
    """Seconds of an agent that a contact costs where he has so many at once: AHT / concurrency."""
    if not_negative("concurrency", at_once) < 1:
        raise Invalid("concurrency", f"is {at_once:g}", "give 1 or more")
    return positive("aht_s", aht_s) / at_once


def most_at_once(capacity: float, weight: float) -> int:
    """How many contacts of that weight an agent of that capacity takes at once: rounded down."""
    return floor(positive("capacity", capacity) / positive("weight", weight) * (1 + TIE))


def _shrinkage(value: float) -> float:
    return part("shrinkage", value) if value else 0.0


def _up(value: float) -> int:
    """Rounded up, but not for a rounding error."""
    return ceil(value * (1 - TIE))
