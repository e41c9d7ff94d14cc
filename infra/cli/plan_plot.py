"""A plan as a picture: agents over the day, the service level that is expected, and the one that was simulated."""

from __future__ import annotations

from collections.abc import Sequence
from math import isnan
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("agg")  # it draws to files; a screen is not needed
from matplotlib import pyplot

from infra.layout import open_functions

open_functions()
from chalicelib.routing.service.planner import Plan  # noqa: E402  lives where Chalice wants it
from chalicelib.routing.service.rehearsal import Rehearsal, Seen  # noqa: E402

# Told apart by those who see few colours, and by their marks in grey print (Okabe and Ito, 2008).
_DEDICATED, _POOLED, _LOAD, _TARGET = "#d55e00", "#0072b2", "#666666", "#999999"
_KNOWN = ("#009e73", "#cc79a7", "#e69f00", "#56b4e9")
_STYLE: Any = {"font.size": 10, "axes.spines.top": False, "axes.spines.right": False, "svg.hashsalt": "manyline"}


def draw(plan: Plan, rehearsal: Rehearsal | None, file: Path) -> None:
    """Writes .svg, .png or .pdf, by the file's name; the same plan gives the same bytes."""
    with pyplot.rc_context(_STYLE):
        figure, (top, bottom) = pyplot.subplots(
            2, 1, figsize=(10, 7), height_ratios=(3, 2), layout="constrained", sharex=len(plan.staffed) > 1
        )
        if len(plan.staffed) > 1:
            _day(top, plan, rehearsal)
            _levels(bottom, plan, rehearsal)
        else:
            _bars(top, plan, rehearsal)
            _simulated(bottom, plan, rehearsal)
        figure.suptitle(_title(plan), fontsize=12)
        metadata = {"Date": None} if file.suffix == ".svg" else {"CreationDate": None} if file.suffix == ".pdf" else {}
        figure.savefig(file, metadata=metadata, dpi=150)
        pyplot.close(figure)


def _title(plan: Plan) -> str:
    dedicated = plan.hours([staffed.dedicated_agents for staffed in plan.staffed])
    pooled = plan.hours([staffed.pooled_agents for staffed in plan.staffed])
    saved = f"{1 - pooled / dedicated:.1%} saved by one pool" if dedicated else "nothing is expected"
    clients = len(plan.forecast.clients)
    return f"{clients} client{'s' if clients > 1 else ''}: {saved}; busy at most {plan.policy.occupancy_limit:.0%}"


def _ways(plan: Plan, rehearsal: Rehearsal | None) -> list[tuple[str, Sequence[int], str]]:
    """From most agents to fewest."""
    ways: list[tuple[str, Sequence[int], str]] = [
        ("each client its own agents", [staffed.dedicated_agents for staffed in plan.staffed], _DEDICATED)
    ]
    for place, (knows, played) in enumerate(sorted((rehearsal.known if rehearsal else {}).items())):
        ways.append((f"agents know {knows} clients", played.agents, _KNOWN[place % len(_KNOWN)]))
    ways.append(("one pool", [staffed.pooled_agents for staffed in plan.staffed], _POOLED))
    return ways


def _day(axes: Any, plan: Plan, rehearsal: Rehearsal | None) -> None:
    places = range(len(plan.staffed) + 1)
    for name, agents, colour in _ways(plan, rehearsal):
        axes.step(places, [*agents, agents[-1]], where="post", color=colour, linewidth=2, label=name)
    loads = [staffed.load for staffed in plan.staffed]
    axes.fill_between(
        places, [*loads, loads[-1]], step="post", color=_LOAD, alpha=0.25, linewidth=0, label="load (Erlang)"
    )
    axes.set_ylabel("agents")
    axes.yaxis.get_major_locator().set_params(integer=True)
    axes.set_ylim(bottom=0)
    axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False)


def _levels(axes: Any, plan: Plan, rehearsal: Rehearsal | None) -> None:
    middles = [place + 0.5 for place in range(len(plan.staffed))]
    expected = [one.pooled.expected.service_level if one.pooled else float("nan") for one in plan.staffed]
    axes.plot(middles, expected, color=_POOLED, marker="o", linestyle=":", label="one pool, by Erlang")
    if rehearsal:
        _errors(axes, middles, rehearsal.pooled.intervals, _POOLED, "one pool, simulated")
        _errors(axes, middles, rehearsal.dedicated.intervals, _DEDICATED, "own agents, simulated")
    targets = [_target(plan, place) for place in range(len(plan.staffed))]
    axes.step(range(len(targets) + 1), [*targets, targets[-1]], where="post", color=_TARGET, label="target")
    axes.set_ylabel("answered within target")
    axes.yaxis.set_major_formatter(_percent)
    axes.set_ylim(top=1.005)
    labels = [staffed.interval.start for staffed in plan.staffed]
    every = max(1, len(labels) // 12)
    axes.set_xticks(list(range(0, len(labels), every)), labels[::every])
    axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False)


def _bars(axes: Any, plan: Plan, rehearsal: Rehearsal | None) -> None:
    ways = _ways(plan, rehearsal)
    pooled = plan.staffed[0].pooled
    if pooled and pooled.for_target != pooled.agents:
        ways.append(("one pool, for the target alone", [pooled.for_target], _TARGET))
    most = max(agents[0] for _, agents, _ in ways)
    for place, (name, agents, colour) in enumerate(reversed(ways)):
        axes.barh(place, agents[0], color=colour, height=0.6)
        saved = f" ({1 - agents[0] / ways[0][1][0]:.1%} saved)" if name != ways[0][0] and ways[0][1][0] else ""
        axes.text(agents[0] + most * 0.01, place, f"{agents[0]:,}{saved}", va="center")
    axes.axvline(plan.staffed[0].load, color=_LOAD, linestyle="--", linewidth=1)
    axes.text(
        plan.staffed[0].load, len(ways) - 0.45, f"load {plan.staffed[0].load:,.1f} Erlang", color=_LOAD, ha="right"
    )
    axes.set_yticks(range(len(ways)), [name for name, _, _ in reversed(ways)])
    axes.set_xlabel("agents")
    axes.set_xlim(0, most * 1.25)


def _simulated(axes: Any, plan: Plan, rehearsal: Rehearsal | None) -> None:
    """Service level per way to staff: by formula, and simulated with its standard error."""
    staffed = plan.staffed[0]
    contacts = [sum(demand.contacts for demand in pool.demands) for pool in staffed.dedicated]
    own = [pool.expected.service_level for pool in staffed.dedicated]
    expected = {
        "each client its own agents": sum(a * b for a, b in zip(own, contacts, strict=True)) / (sum(contacts) or 1),
        "one pool": staffed.pooled.expected.service_level if staffed.pooled else float("nan"),
    }
    ways = list(reversed(_ways(plan, rehearsal)))
    seen = _seen(rehearsal)
    for place, (name, _, colour) in enumerate(ways):
        if name in expected:
            axes.plot(expected[name], place + 0.12, marker="D", color=colour, linestyle="none")
        if name in seen:
            level = seen[name].service_level
            error = 0 if isnan(level.error) else level.error
            axes.errorbar(level.mean, place - 0.12, xerr=error, marker="o", color=colour, capsize=4)
    axes.axvline(_target(plan, 0), color=_TARGET)
    axes.plot([], [], marker="D", color=_LOAD, linestyle="none", label="by Erlang")
    if rehearsal:
        axes.errorbar([], [], xerr=[], marker="o", color=_LOAD, capsize=4, label="simulated, ± 1 standard error")
    axes.plot([], [], color=_TARGET, label="target")
    axes.set_yticks(range(len(ways)), [name for name, _, _ in ways])
    axes.set_ylim(-0.6, len(ways) - 0.4)
    axes.set_xlabel("answered within target")
    axes.xaxis.set_major_formatter(_percent)
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3, frameon=False)


def _seen(rehearsal: Rehearsal | None) -> dict[str, Seen]:
    if rehearsal is None:
        return {}
    known = {f"agents know {knows} clients": played.overall for knows, played in rehearsal.known.items()}
    return {"each client its own agents": rehearsal.dedicated.overall, "one pool": rehearsal.pooled.overall, **known}


def _errors(axes: Any, middles: Sequence[float], seen: Sequence[Seen], colour: str, name: str) -> None:
    levels = [one.service_level for one in seen]
    errors = [0 if isnan(level.error) else level.error for level in levels]
    means = [level.mean for level in levels]
    axes.errorbar(
        middles, means, yerr=errors, color=colour, marker="s", markersize=4, linewidth=1, capsize=3, label=name
    )


def _target(plan: Plan, place: int) -> float:
    """The clients' targets, by their contacts."""
    demands = plan.staffed[place].interval.demands
    contacts = sum(demand.contacts for demand in demands)
    return sum(demand.level * demand.contacts for demand in demands) / contacts if contacts else float("nan")


def _percent(value: float, _: object) -> str:
    return f"{value * 100:g}%"
