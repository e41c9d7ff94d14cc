"""A plan as JSON: what the API answers, and `manyline plan-staff --json` prints. What is not known is null."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from typing import Any

from chalicelib.routing.model.erlang import rules
from chalicelib.routing.service.outcome import SERVICE_LEVEL
from chalicelib.routing.service.planner import Expected, Plan, Pool, Staffed
from chalicelib.routing.service.rehearsal import Played, Rehearsal, Seen
from chalicelib.routing.service.study import Estimate


def document(plan: Plan, rehearsal: Rehearsal | None = None) -> dict[str, Any]:
    """Times in seconds, loads in Erlang of whole agents, parts from 0 to 1."""
    known = rehearsal.known if rehearsal else {}
    return {
        "service_level": SERVICE_LEVEL,
        "interval_s": plan.forecast.interval_s,
        "occupancy_limit": plan.policy.occupancy_limit,
        "shrinkage": plan.policy.shrinkage,
        "intervals": [
            _interval(plan, staffed, {knows: played.agents[place] for knows, played in known.items()})
            for place, staffed in enumerate(plan.staffed)
        ],
        "total": _total(plan, known),
        "notes": list(plan.notes),
        **({"simulation": _simulation(rehearsal)} if rehearsal else {}),
    }


def _interval(plan: Plan, staffed: Staffed, known: dict[int, int]) -> dict[str, Any]:
    return {
        "start": staffed.interval.start,
        "contacts": _round(staffed.interval.contacts, 3),
        "load_erl": _round(staffed.load, 3),
        "dedicated": _dedicated(staffed),
        "pooled": None if staffed.pooled is None else _pool(staffed.pooled),
        "known": {
            str(knows): {"agents": agents, "positions": rules.positions(agents, plan.policy.shrinkage)}
            for knows, agents in known.items()
        },
        "saved": _round(staffed.saved, 4),
        "tenants": [_client(pool, place) for pool in staffed.dedicated for place in range(len(pool.demands))],
    }


def _dedicated(staffed: Staffed) -> dict[str, Any]:
    """All the clients' own pools together."""
    contacts = [sum(demand.contacts for demand in pool.demands) for pool in staffed.dedicated]

    def mean(figures: Sequence[float], weights: Sequence[float]) -> float | None:
        pairs = zip(figures, weights, strict=True)
        return _round(sum(figure * weight for figure, weight in pairs) / sum(weights), 4) if weights else None

    expected = [pool.expected for pool in staffed.dedicated]
    return {
        "agents": staffed.dedicated_agents,
        "positions": sum(pool.positions for pool in staffed.dedicated),
        "agents_for_target": staffed.dedicated_for_target,
        "service_level": mean([one.service_level for one in expected], contacts),
        "asa_s": mean([one.asa_s for one in expected], contacts),
        "occupancy": mean([one.occupancy for one in expected], [pool.agents for pool in staffed.dedicated]),
        "abandoned": mean([one.abandoned for one in expected], contacts),
    }


def _pool(pool: Pool) -> dict[str, Any]:
    """`agents` by Erlang A where all patience is known, else by Erlang C; both say what they expect of so many."""
    return {
        "agents": pool.agents,
        "positions": pool.positions,
        "agents_for_target": pool.for_target,
        "agents_if_patient": pool.if_patient,
        "by": "erlang_a" if pool.erlang_a else "erlang_c",
        **_expected(pool.expected),
        "erlang_c": pool.erlang_c and _expected(pool.erlang_c),
        "erlang_a": pool.erlang_a and _expected(pool.erlang_a),
    }


def _expected(expected: Expected) -> dict[str, Any]:
    return {
        "service_level": _round(expected.service_level, 4),
        "asa_s": _round(expected.asa_s, 2),
        "occupancy": _round(expected.occupancy, 4),
        "abandoned": _round(expected.abandoned, 4),
    }


def _client(pool: Pool, place: int) -> dict[str, Any]:
    demand = pool.demands[place]
    return {
        "tenant": demand.client,
        "channel": demand.channel.value,
        "contacts": _round(demand.contacts, 3),
        "aht_s": demand.aht_s,
        "patience_s": demand.patience_s,
        "target": {"percent": _round(demand.level * 100, 2), "within_s": demand.within_s},
        "dedicated": {**_pool(pool), "service_level": _round(pool.expected.levels[place], 4)},
    }


def _total(plan: Plan, known: dict[int, Played]) -> dict[str, Any]:
    dedicated = plan.hours([staffed.dedicated_agents for staffed in plan.staffed])
    pooled = plan.hours([staffed.pooled_agents for staffed in plan.staffed])
    hours = {knows: plan.hours(played.agents) for knows, played in known.items()}
    return {
        "agent_hours": {
            "dedicated": _round(dedicated, 2),
            "pooled": _round(pooled, 2),
            "known": {str(knows): _round(spent, 2) for knows, spent in hours.items()},
        },
        "saved": {
            "pooled": _part(dedicated - pooled, dedicated),
            "known": {str(knows): _part(dedicated - spent, dedicated) for knows, spent in hours.items()},
        },
    }


def _simulation(rehearsal: Rehearsal) -> dict[str, Any]:
    return {
        "seeds": list(rehearsal.setting.seeds),
        "dedicated": _played(rehearsal.dedicated),
        "pooled": _played(rehearsal.pooled),
        "known": {str(knows): _played(played) for knows, played in rehearsal.known.items()},
    }


def _played(played: Played) -> dict[str, Any]:
    client, channel, level = played.worst
    return {
        "agents": list(played.agents),
        "met": played.met,
        "contacts": played.contacts,
        **_seen(played.overall),
        "worst": {"tenant": client, "channel": channel.value, "service_level": _estimate(level)},
        "intervals": [_seen(seen) for seen in played.intervals],
    }


def _seen(seen: Seen) -> dict[str, Any]:
    return {
        "service_level": _estimate(seen.service_level),
        "asa_s": _estimate(seen.asa_s),
        "occupancy": _estimate(seen.occupancy),
        "abandoned": _estimate(seen.abandoned),
    }


def _estimate(estimate: Estimate) -> dict[str, float | None]:
    """A mean over seeds, and its standard error."""
    return {"mean": _round(estimate.mean, 4), "error": _round(estimate.error, 4)}


def _part(part: float, whole: float) -> float | None:
    return _round(part / whole, 4) if whole else None


def _round(value: float, digits: int) -> float | None:
    return round(value, digits) if isfinite(value) else None
