"""Which of our formulas answers which model: (input) → what it can say, each figure computed when it is asked for.

Times are answered in seconds, parts from 0 to 1; the runner turns them into the unit of the published figure.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from chalicelib.routing.model.erlang import delay, loss, patience, rules
from chalicelib.routing.model.erlang.patience import Level
from tests.vectors.reading import Given, Missing

Answers = Mapping[str, Callable[[], Any]]


def erlang_b(given: Given) -> Answers:
    load, lines = given.load, given.lines
    return _of_lines(load, lines)


def erlang_b_lines(given: Given) -> Answers:
    load = given.load
    lines = loss.lines_for(load, given.number("max_p_block", "p_block", "max_blocking", "blocking", "gos"))
    return _of_lines(load, lines)


def erlang_b_traffic(given: Given) -> Answers:
    lines = given.lines
    load = loss.load_for(lines, given.number("p_block", "max_p_block", "blocking", "max_blocking", "gos"))
    return _of_lines(load, lines)


def _of_lines(load: float, lines: int) -> Answers:
    return {
        **_names(lambda: loss.blocking(load, lines), "p_block", "p_loss", "blocking", "gos"),
        "ln_p_block": lambda: loss.log_blocking(load, lines),
        **_names(lambda: lines, "lines", "trunks", "channels", "servers", "agents"),
        **_names(lambda: load, *_LOADS),
        **_names(lambda: loss.carried(load, lines), "carried", "carried_load", "carried_traffic"),
        **_names(lambda: load - loss.carried(load, lines), "lost", "lost_load", "lost_traffic"),
        **_names(lambda: loss.occupancy(load, lines), "occupancy", "utilization", "utilisation", "achieved_occupancy"),
    }


def extended_erlang_b(given: Given) -> Answers:
    retry = given.number("retry", "retry_rate", "recall", "recall_factor")
    if not given.has("offered_load", "load", "traffic"):
        lines, blocked = given.lines, given.number("p_block", "max_p_block", "blocking", "max_blocking")
        load = loss.load_with_retries(lines, blocked, retry)
    else:
        load = given.load
        wanted = given.maybe("max_p_block", "max_blocking")
        lines = given.lines if wanted is None else loss.lines_with_retries(load, wanted, retry)

    def solved() -> loss.Retried:
        return loss.with_retries(load, lines, retry)

    return {
        **_names(lambda: solved().blocked, "p_block", "p_loss", "blocking"),
        **_names(lambda: solved().load, "total_load", "total_offered_load", "effective_load", "offered_with_retries"),
        **_names(lambda: lines, "lines", "trunks", "channels", "servers"),
        **_names(lambda: load, *_LOADS),
    }


def erlang_c(given: Given) -> Answers:
    """A row that gives a target and no agents publishes two things: how many it takes, and what *so many* achieve."""
    if _says_agents(given):
        return _of_agents(given, given.load, given.agents)
    needed = _agents_for(given, given.load)
    achieved = _of_agents(given, given.load, int(given.published.get("agents", needed)))
    return {**achieved, **_names(lambda: needed, *_AGENTS), "positions": lambda: _positions(given, needed)}


def erlang_c_agents(given: Given) -> Answers:
    return _of_agents(given, given.load, _agents_for(given, given.load))


def erlang_c_traffic(given: Given) -> Answers:
    agents = given.agents
    if given.has("p_wait", "max_p_wait"):
        load = delay.load_for(agents, waiting=given.number("p_wait", "max_p_wait"))
    elif given.has(*_LEVEL):
        load = delay.load_for(agents, level=given.number(*_LEVEL), within_s=given.within_s, aht_s=given.aht_s)
    else:
        load = delay.load_for(agents, asa_s=given.number("asa", "max_asa", "asa_target"), aht_s=given.aht_s)
    return _of_agents(given, load, agents)


def mm1(given: Given) -> Answers:
    return _of_agents(given, given.load, 1)


def _says_agents(given: Given) -> bool:
    return given.has("agents", "servers", "c", "positions", "raw_positions", "s", "n", "m", "lines")


def _agents_for(given: Given, load: float) -> int:
    level, most_asa = given.maybe(*_LEVEL), given.maybe("max_asa", "asa_target", "asa")
    most_waiting = given.maybe("max_p_wait", "p_wait", "p_wait_target", "alpha")
    if level is None and most_asa is None and most_waiting is None:
        raise Missing("the input names neither agents nor a target")
    return delay.agents_for(
        load,
        most_waiting=most_waiting,
        level=level,
        within_s=None if level is None else given.within_s,
        asa_s=most_asa,
        aht_s=None if level is None and most_asa is None else given.aht_s,
        occupancy_limit=given.number("max_occupancy", "occupancy_limit", default=1),
    )


def _of_agents(given: Given, load: float, agents: int) -> Answers:
    def state(contacts: int) -> Callable[[], float]:
        return lambda: delay.p_in_system(load, agents, contacts)

    return {
        **_names(lambda: delay.p_wait(load, agents), "p_wait", "pw", "p_delay", "erlang_c", "waiting_probability"),
        **_names(lambda: 1 - delay.p_wait(load, agents), "p_immediate", "p_no_wait", "immediate"),
        **_names(lambda: delay.asa(load, agents, given.aht_s), "asa", "wq", "e_wait", "wait", "mean_wait", "avg_wait"),
        **_names(lambda: delay.wait_of_the_waiting(load, agents, given.aht_s), "wait_if_delayed", "wait_of_delayed"),
        **_names(lambda: delay.sojourn(load, agents, given.aht_s), "w", "sojourn", "response", "response_time", "ws"),
        **_names(
            lambda: delay.service_level(load, agents, given.aht_s, given.within_s),
            *("service_level", "sl", "achieved_service_level"),
        ),
        **_names(lambda: 1 - _level(given, load, agents), "p_wait_gt", "p_wait_longer", "p_longer"),
        **_names(lambda: delay.occupancy(load, agents), *_BUSY),
        **_names(lambda: delay.queue_length(load, agents), "lq", "queue", "queue_length", "avg_queue"),
        **_names(lambda: delay.in_system(load, agents), "l", "ls", "in_system", "q"),
        **_names(lambda: agents, *_AGENTS),
        **_names(lambda: _positions(given, agents), "positions", "scheduled"),
        **_names(lambda: load, *_LOADS),
        **{f"p{contacts}": state(contacts) for contacts in range(21)},
        **{f"p_{contacts}": state(contacts) for contacts in range(21)},
        "p_empty": state(0),
    }


def _level(given: Given, load: float, agents: int) -> float:
    return delay.service_level(load, agents, given.aht_s, given.within_s)


def _positions(given: Given, agents: int) -> int:
    return rules.positions(agents, given.number("shrinkage", default=0))


def erlang_a(given: Given) -> Answers:
    rate, aht_s, patience_s = given.arrivals_per_s, given.aht_s, _patience(given)
    if _says_agents(given):
        agents = given.agents
    else:
        agents = patience.agents_for(
            rate,
            aht_s,
            patience_s,
            level=given.maybe(*_LEVEL),
            within_s=given.within_s if given.has(*_LEVEL) else 0,
            definition=_definition(given),
            most_abandoned=given.maybe("max_p_abandon", "max_abandon"),
            occupancy_limit=given.number("max_occupancy", "occupancy_limit", default=1),
        )
    room = int(given.number("waiting_room", "queue_size", "queue_capacity", default=-1))
    queue = patience.impatient(rate, aht_s, patience_s, agents, None if room < 0 else room)
    return {
        **_names(lambda: queue.p_wait, "p_wait", "pw", "waiting_probability", "p_delay"),
        **_names(lambda: 1 - queue.p_wait, "p_immediate", "p_no_wait"),
        **_names(lambda: queue.p_abandon, "p_abandon", "abandonment", "p_ab", "abandon", "abandon_rate"),
        **_names(lambda: queue.p_blocked, "p_block", "p_blocked"),
        **_names(lambda: queue.occupancy, *_BUSY),
        **_names(lambda: queue.wait_s, "e_wait", "asa", "wq", "wait", "mean_wait"),
        **_names(lambda: queue.queue, "lq", "queue", "queue_length"),
        **_names(lambda: queue.service_level(given.within_s, _definition(given)), "service_level", "sl"),
        **{level.value: _by(queue, given, level) for level in Level},
        **_names(lambda: agents, "agents", "servers", "positions", "raw_positions"),
    }


def _by(queue: patience.Impatient, given: Given, level: Level) -> Callable[[], float]:
    return lambda: queue.service_level(given.within_s, level)


def _patience(given: Given) -> float:
    if given.has("patience", "mean_patience"):
        return given.number("patience", "mean_patience")
    return 1 / given.rate("abandon_rate", "abandonment_rate", "theta")


def _definition(given: Given) -> Level:
    wanted = given.text("sl_definition", Level.SERVED_OF_ALL.value)
    if wanted not in set(Level):
        raise Missing(f"sl_definition is {wanted!r}; known are {', '.join(Level)}")
    return Level(wanted)


def square_root(given: Given) -> Answers:
    load = given.load

    def beta() -> float:
        if given.has("max_p_wait", "p_wait", "alpha"):
            return rules.beta_for(given.number("max_p_wait", "p_wait", "alpha"))
        return given.number("k_alpha", "k", "beta")

    def agents() -> int:
        if given.has("max_p_wait", "p_wait", "alpha"):
            return rules.square_root_agents(load, given.number("max_p_wait", "p_wait", "alpha"))
        return rules.positions(rules.rule_of_thumb(load, beta()), 0)

    return {
        **_names(agents, "agents", "servers", "lines"),
        **_names(beta, "k_alpha", "k", "beta"),
        **_names(lambda: rules.halfin_whitt_p_wait(beta()), "p_wait", "alpha", "max_p_wait"),
    }


def rule_of_thumb(given: Given) -> Answers:
    def agents() -> float:
        return rules.rule_of_thumb(given.load, given.number("beta", "k", "sl_target", "service_level", default=1))

    return {**_names(agents, "agents", "fte", "servers"), **_names(lambda: given.load, *_LOADS)}


def pooling(given: Given) -> Answers:
    target: dict[str, float] = {}
    if given.has("max_p_wait", "p_wait"):
        target["most_waiting"] = given.number("max_p_wait", "p_wait")
    if given.has(*_LEVEL):
        target |= {"level": given.number(*_LEVEL), "within_s": given.within_s, "aht_s": given.aht_s}
    pools = int(given.number("pools", "n_pools", default=2))
    if given.has("load_per_pool", "load_each"):
        each = given.number("load_per_pool", "load_each")
    else:
        each = given.number("pooled_load", default=given.load) / pools
    answer = rules.pooled(pools, each, **target)
    return {
        **_names(lambda: answer.separate, "separate_agents", "dedicated_agents", "separate"),
        **_names(lambda: answer.separate // pools, "agents_per_pool", "each"),
        **_names(lambda: answer.pooled, "pooled_agents", "shared_agents", "pooled"),
        **_names(lambda: answer.separate - answer.pooled, "saved_agents", "agents_saved"),
        **_names(lambda: answer.saved, "saved", "saving"),
    }


def occupancy(given: Given) -> Answers:
    if given.has("work", "busy", "handled", "handling"):
        busy = given.number("work", "busy", "handled", "handling")
        whole = busy + given.number("idle") if given.has("idle") else given.number("available", "login", "logged_in")
        return _names(lambda: busy / whole, *_BUSY)
    return {
        **_names(lambda: delay.occupancy(given.load, given.agents), *_BUSY),
        **_names(lambda: given.load, *_LOADS),
    }


def shrinkage(given: Given) -> Answers:
    part = given.number("shrinkage")
    return {
        **_names(
            lambda: rules.positions(given.number("agents", "raw_positions", "base", "required"), part),
            *("positions", "scheduled", "scheduled_agents", "headcount", "fte"),
        ),
        **_names(lambda: rules.agents_of(given.whole("positions", "scheduled", "headcount"), part), "agents"),
        "raw_positions": lambda: given.number("agents", "raw_positions") / (1 - part),
    }


def chat(given: Given) -> Answers:
    def at_once() -> float:
        if given.has("concurrency", "chats_at_once"):
            return given.number("concurrency", "chats_at_once")
        return rules.concurrency(
            given.number("work", "handle", "total_handle", "total_work"), given.number("engaged", "busy", "wall_clock")
        )

    return {
        **_names(at_once, "concurrency", "average_concurrency", "avg_concurrency"),
        **_names(lambda: rules.effective_aht(given.aht_s, at_once()), "effective_aht", "adjusted_aht", "aht"),
        **_names(lambda: given.load / at_once(), "agents", "effective_load"),
    }


def capacity(given: Given) -> Answers:
    def most() -> int:
        return rules.most_at_once(
            given.number("agent_capacity", "capacity", "units"),
            given.number("work_item_weight", "weight", "cost", "units_per_contact", "work_item_size"),
        )

    return _names(most, "max_concurrent", "concurrent", "max_items", "contacts")


def kaufman_roberts(given: Given) -> Answers:
    kinds = [
        loss.Kind(
            load=Given(kind).number("load", "offered_load", "a", "traffic", "erlangs"),
            units=Given(kind).whole("units", "b", "bandwidth", "slots", "size", "demand", "cost"),
        )
        for kind in _kinds(given)
    ]
    blocked = loss.shared_blocking(given.whole("capacity", "units", "lines", "c", "bandwidth"), kinds)
    return {
        **_names(lambda: blocked, "p_block", "blocking", "p_blocks"),
        **{f"p_block_{place}": _at(blocked, place - 1) for place in range(1, len(blocked) + 1)},
        **{f"p_block{place}": _at(blocked, place - 1) for place in range(1, len(blocked) + 1)},
    }


def _kinds(given: Given) -> list[Mapping[str, Any]]:
    for names in ("classes", "kinds", "services", "streams"):
        if names in given.row:
            return list(given.row[names])
    loads = given.list("loads", "offered_loads", "offered_loads_erl", "offered_load_erl", "loads_erl", "a")
    units = given.list("units", "bandwidths", "slots", "b", "demands")
    return [{"load": load, "units": size} for load, size in zip(loads, units, strict=True)]


def _at(values: list[float], place: int) -> Callable[[], float]:
    return lambda: values[place]


def _names(answer: Callable[[], Any], *names: str) -> dict[str, Callable[[], Any]]:
    return dict.fromkeys(names, answer)


_AGENTS = ("agents", "required_agents", "min_agents", "raw_positions", "servers", "c", "lines")
_LOADS = ("offered_load", "load", "traffic", "intensity", "a")
_LEVEL = ("sl_target", "service_level", "service_level_target", "target_sl", "sl")
_BUSY = ("occupancy", "utilization", "utilisation", "rho", "achieved_occupancy")

MODELS: Mapping[str, Callable[[Given], Answers]] = {
    "channel_capacity": capacity,
    "chat_concurrency": chat,
    "erlang_a": erlang_a,
    "erlang_a_agents": erlang_a,
    "erlang_b": erlang_b,
    "erlang_b_lines": erlang_b_lines,
    "erlang_b_traffic": erlang_b_traffic,
    "erlang_c": erlang_c,
    "erlang_c_agents": erlang_c_agents,
    "erlang_c_agents_for_asa": erlang_c_agents,
    "erlang_c_agents_for_pwait": erlang_c_agents,
    "erlang_c_agents_for_sl": erlang_c_agents,
    "erlang_c_traffic": erlang_c_traffic,
    "extended_erlang_b": extended_erlang_b,
    "kaufman_roberts": kaufman_roberts,
    "mm1": mm1,
    "mmc": erlang_c,
    "occupancy": occupancy,
    "pooling_two_vs_one": pooling,
    "shrinkage": shrinkage,
    "sqrt_rule_of_thumb": rule_of_thumb,
    "square_root_staffing_halfin_whitt": square_root,
}
