"""Agents with an endless, patient queue, first come first served (M/M/c, Erlang's delay formula).

Source: A. K. Erlang (1917), as in H. C. Tijms, "A First Course in Stochastic Models" (2003), section 5.1.
"""

from __future__ import annotations

from math import exp, inf, lgamma, log, log1p

from chalicelib.kernel.errors import Invalid
from chalicelib.routing.model.erlang.loss import blocking, log_blocking
from chalicelib.routing.model.erlang.numbers import (
    at_most,
    least,
    limit,
    not_negative,
    part,
    positive,
    root,
    whole,
)


def p_wait(load: float, agents: int) -> float:
    """Erlang C: the part of contacts that find no agent free. C = B / (1 - rho (1 - B)), B over *all* the agents.

    1 where the load is not below the agents: then, in the long run, everybody waits.
    """
    load, agents = not_negative("load", load), whole("agents", agents)
    if load >= agents:
        return 1.0
    blocked = blocking(load, agents)
    return blocked / (1 - load / agents * (1 - blocked))


def service_level(load: float, agents: int, aht_s: float, within_s: float) -> float:
    """The part answered within `within_s` of all; everybody is patient: 1 - C exp(-(c - A) t / AHT).

    0 where the load is not below the agents: the queue grows for ever.
    """
    aht_s, within_s = positive("aht_s", aht_s), not_negative("within_s", within_s)
    waits = p_wait(load, agents)
    return 0.0 if load >= agents else 1 - waits * exp(-(agents - load) * within_s / aht_s)


def asa(load: float, agents: int, aht_s: float) -> float:
    """Average speed of answer: mean wait in seconds of all contacts, those included who wait for nothing."""
    return p_wait(load, agents) * wait_of_the_waiting(load, agents, aht_s)


def wait_of_the_waiting(load: float, agents: int, aht_s: float) -> float:
    """Mean wait in seconds of those who wait at all: AHT / (c - A)."""
    return positive("aht_s", aht_s) / (agents - _stable(load, agents))


def sojourn(load: float, agents: int, aht_s: float) -> float:
    """Mean seconds from arrival to the end of service."""
    return asa(load, agents, aht_s) + aht_s


def queue_length(load: float, agents: int) -> float:
    """Lq: how many wait, on average. By Little's law: C A / (c - A)."""
    return p_wait(load, agents) * _stable(load, agents) / (agents - load)


def in_system(load: float, agents: int) -> float:
    """L: how many wait or are served, on average."""
    return queue_length(load, agents) + load


def occupancy(load: float, agents: int) -> float:
    """rho: the part of the time that an agent works. 1 is the most: who waits is never idle."""
    return min(1.0, not_negative("load", load) / whole("agents", agents))


def p_empty(load: float, agents: int) -> float:
    """p0: the part of the time that no contact is there."""
    load = _stable(load, agents)
    if load == 0:
        return 1.0
    # The weight of all states over that of c busy ones: 1/B - 1 + 1/(1 - rho). In logarithms, for many agents.
    inverse = -log_blocking(load, agents)
    rest = load / (agents - load)
    tail = inverse + log1p(rest * exp(-inverse))
    return exp(-(agents * log(load) - lgamma(agents + 1) + tail))


def p_in_system(load: float, agents: int, contacts: int) -> float:
    """The part of the time that exactly so many contacts are there."""
    load = _stable(load, agents)
    if load == 0:
        return float(contacts == 0)
    served = min(contacts, agents)
    at_work = p_empty(load, agents) * exp(served * log(load) - lgamma(served + 1))
    return at_work * (load / agents) ** (contacts - served)


def agents_for(
    load: float,
    *,
    most_waiting: float | None = None,
    level: float | None = None,
    within_s: float | None = None,
    asa_s: float | None = None,
    aht_s: float | None = None,
    occupancy_limit: float = 1.0,
) -> int:
    """The fewest agents that meet every target given: of P(wait), of the service level within a time, of the ASA.

    The occupancy limit is met too. Always more agents than load.
    """
    load, occupancy_limit = not_negative("load", load), limit("occupancy_limit", occupancy_limit)
    if level is not None:
        part("level", level)
        aht_s, within_s = _needed("aht_s", aht_s), not_negative("within_s", _given("within_s", within_s))
    if most_waiting is not None:
        part("most_waiting", most_waiting)
    if asa_s is not None:
        aht_s, asa_s = _needed("aht_s", aht_s), positive("asa_s", asa_s)

    def enough(agents: int) -> bool:
        if not at_most(load / agents, occupancy_limit):
            return False
        if most_waiting is not None and not at_most(p_wait(load, agents), most_waiting):
            return False
        if level is not None and not at_most(level, service_level(load, agents, aht_s or 1.0, within_s or 0.0)):
            return False
        return asa_s is None or at_most(asa(load, agents, aht_s or 1.0), asa_s)

    return least(enough, "agents", start=int(load) + 1)


def load_for(
    agents: int,
    *,
    waiting: float | None = None,
    level: float | None = None,
    within_s: float | None = None,
    asa_s: float | None = None,
    aht_s: float | None = None,
) -> float:
    """The load in Erlang at which so many agents just meet one target: the inverse of `agents_for`."""
    agents = whole("agents", agents)
    if waiting is not None:
        waiting = part("waiting", waiting)
        return root(lambda load: p_wait(load, agents) - waiting, 0.0, float(agents))
    aht_s = _needed("aht_s", aht_s)
    if level is not None:
        level, within_s = part("level", level), not_negative("within_s", _given("within_s", within_s))
        return root(lambda load: level - service_level(load, agents, aht_s, within_s), 0.0, float(agents))
    wanted = positive("asa_s", _given("asa_s", asa_s))
    return root(lambda load: (inf if load >= agents else asa(load, agents, aht_s)) - wanted, 0.0, float(agents))


def _stable(load: float, agents: int) -> float:
    load, agents = not_negative("load", load), whole("agents", agents)
    if load >= agents:
        raise Invalid("load", f"is {load:g} Erlang for {agents} agents", "give more agents than load: the queue grows")
    return load


def _given(field: str, value: float | None) -> float:
    if value is None:
        raise Invalid(field, "is missing", "the target needs it; give seconds")
    return value


def _needed(field: str, value: float | None) -> float:
    return positive(field, _given(field, value))
