"""A plan for the eye, as tables."""

from __future__ import annotations

from math import isnan

from rich.console import Console
from rich.table import Table

from infra.layout import open_functions

open_functions()
from chalicelib.routing.model.erlang import rules  # noqa: E402  lives where Chalice wants it
from chalicelib.routing.service.outcome import SERVICE_LEVEL  # noqa: E402
from chalicelib.routing.service.planner import Plan, Staffed  # noqa: E402
from chalicelib.routing.service.rehearsal import Played, Rehearsal  # noqa: E402
from chalicelib.routing.service.study import Estimate  # noqa: E402


def show(console: Console, plan: Plan, rehearsal: Rehearsal | None) -> None:
    console.print(f"[dim]service level: {SERVICE_LEVEL}[/dim]")
    limit, shrinkage = plan.policy.occupancy_limit, plan.policy.shrinkage
    people = f"; people to schedule in brackets, shrinkage {shrinkage:.0%}" if shrinkage else ""
    console.print(f"[dim]agents are busy at most {limit:.0%} of their time{people}[/dim]\n")
    console.print(_intervals(plan, rehearsal))
    busiest = max(plan.staffed, key=lambda staffed: staffed.load)
    console.print()
    console.print(_clients(busiest, alone=len(plan.staffed) == 1))
    console.print()
    console.print(_ways(plan, rehearsal))
    for note in plan.notes:
        console.print(f"[dim]note: {note}[/dim]")


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for place, column in enumerate(columns):
        table.add_column(column, justify="right" if place else "left", no_wrap=True)
    return table


def _intervals(plan: Plan, rehearsal: Rehearsal | None) -> Table:
    """The pooled plan is the one that level, wait and occupancy are of."""
    known, shrinkage = rehearsal.known if rehearsal else {}, plan.policy.shrinkage
    table = _table("", "contacts", "Erlang", "dedicated", *(f"know {knows}" for knows in known), "pooled")
    for column in ("saved", "level", "wait", "busy", *(["simulated", "wait"] if rehearsal else [])):
        table.add_column(column, justify="right", no_wrap=True)
    for place, staffed in enumerate(plan.staffed):
        scheduled = sum(pool.positions for pool in staffed.dedicated)
        people = [_people(staffed.dedicated_agents, scheduled, shrinkage)]
        for played in known.values():
            agents = played.agents[place]
            people.append(_people(agents, rules.positions(agents, shrinkage), shrinkage))
        scheduled = staffed.pooled.positions if staffed.pooled else 0
        people.append(_people(staffed.pooled_agents, scheduled, shrinkage))
        row = [staffed.interval.start, f"{staffed.interval.contacts:,.1f}", f"{staffed.load:,.2f}"]
        row += people
        row.append(f"{staffed.saved:.1%}" if staffed.pooled else "")
        if staffed.pooled:
            expected = staffed.pooled.expected
            row += [f"{expected.service_level:.1%}", f"{expected.asa_s:.1f} s", f"{expected.occupancy:.1%}"]
        else:
            row += ["", "", ""]
        if rehearsal:
            seen = rehearsal.pooled.intervals[place]
            row += [_percent(seen.service_level), _seconds(seen.asa_s)]
        table.add_row(*row)
    return table


def _clients(staffed: Staffed, *, alone: bool) -> Table:
    when = "own pool" if alone else f"own pool at {staffed.interval.start}"
    table = _table(when, "contacts", "handle", "Erlang", "target", "agents", "level", "wait", "busy", "by")
    for pool in staffed.dedicated:
        expected = pool.expected
        for place, demand in enumerate(pool.demands):
            first = place == 0
            table.add_row(
                f"{demand.client}, {demand.channel}",
                f"{demand.contacts:,.1f}",
                f"{demand.aht_s:,.0f} s",
                f"{pool.load:,.2f}" if first else "",
                f"{demand.level:.0%} in {demand.within_s:,.0f} s",
                f"{pool.agents:,}" if first else "",
                f"{expected.levels[place]:.1%}",
                f"{expected.asa_s:,.1f} s" if first else "",
                f"{expected.occupancy:.1%}" if first else "",
                ("Erlang A" if pool.erlang_a else "Erlang C") if first else "",
            )
    return table


def _ways(plan: Plan, rehearsal: Rehearsal | None) -> Table:
    dedicated = [staffed.dedicated_agents for staffed in plan.staffed]
    pooled = [staffed.pooled_agents for staffed in plan.staffed]
    ways: dict[str, tuple[list[int], Played | None]] = {
        "dedicated": (dedicated, rehearsal.dedicated if rehearsal else None)
    }
    for knows, played in (rehearsal.known if rehearsal else {}).items():
        ways[f"agents know {knows}"] = (list(played.agents), played)
    ways["pooled"] = (pooled, rehearsal.pooled if rehearsal else None)
    unbounded = [staffed.pooled.for_target if staffed.pooled else 0 for staffed in plan.staffed]
    if unbounded != pooled:
        ways["pooled, target alone"] = (unbounded, None)
    columns = ["simulated", "wait", "busy", "gave up", "least served", "targets"] if rehearsal else []
    table = _table("", "agent hours", "saved", *columns)
    if rehearsal:
        table.caption = "simulated: mean ± standard error; within two of them a target counts as met"
        table.caption_justify = "left"
    for name, (agents, seen) in ways.items():
        hours = plan.hours(agents)
        row = [name, f"{hours:,.1f}", f"{1 - hours / plan.hours(dedicated):.1%}" if any(dedicated) else ""]
        table.add_row(*row, *(_played(seen) if seen else [""] * len(columns)))
    return table


def _played(played: Played) -> list[str]:
    client, channel, level = played.worst
    seen = played.overall
    return [
        _percent(seen.service_level),
        _seconds(seen.asa_s),
        _percent(seen.occupancy),
        _percent(seen.abandoned),
        f"{client}, {channel} {_percent(level)}",
        "met" if played.met else "[yellow]missed[/yellow]",
    ]


def _people(agents: int, scheduled: int, shrinkage: float) -> str:
    return f"{agents:,} ({scheduled:,})" if shrinkage else f"{agents:,}"


def _percent(estimate: Estimate) -> str:
    """The mean, and its standard error in points."""
    if isnan(estimate.mean):
        return ""
    return f"{estimate.mean:.1%}" + ("" if isnan(estimate.error) else f" ±{estimate.error * 100:.1f}")


def _seconds(estimate: Estimate) -> str:
    if isnan(estimate.mean):
        return ""
    return f"{estimate.mean:.1f}" + ("" if isnan(estimate.error) else f" ±{estimate.error:.1f}") + " s"
