"""`manyline bill what-if`: a client's past months on other plans, as the API computes them from its real contacts."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from infra.cli.bill.api import Finance, as_json, at_a_stage, of_tenant, printed, quoted
from infra.cli.bill.show import amount

_ENDLESS = 10_000  # columns: so wide as a table likes to be
_ABREAST = 4  # months of one table, where they do not all fit


@click.command(name="what-if")
@of_tenant
@click.option("--months", default=3, show_default=True, type=click.IntRange(1, 12), help="The last ones that are over.")
@click.option("--plan", "plans", multiple=True, help="A plan of the catalogue; all of them if none is named.")
@click.option("--like", default="", metavar="CLIENT", help="The plan of another client.")
@click.option(
    "--file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A plan in a file: of the catalogue's shape, or a client's file.",
)
@click.option("--tier", type=click.Choice(["voice", "multichannel"]), help="Every plan on that tier.")
@as_json
@at_a_stage
def what_if(
    finance: Finance,
    tenant: str,
    months: int,
    plans: Sequence[str],
    like: str,
    file: Path | None,
    tier: str | None,
    as_json: bool,
) -> None:
    """What TENANT's past months would have cost on other plans, and from which traffic on seats are cheaper."""
    if like and file is not None:
        raise click.UsageError("choose one of --like and --file")
    wishes = {"months": months, "plans": ",".join(plans), "tier": tier, "like": like}
    place = f"/api/tenants/{quoted(tenant)[0]}/what-if"
    plan = {"toml": _text(file)} if file is not None else None
    answer = finance.get(place, **wishes) if plan is None else finance.post(place, plan, **wishes)
    document = json.loads(answer)
    if as_json:
        printed(document)
    else:
        _show(Console(), document)


def _show(console: Console, document: Mapping[str, Any]) -> None:
    console.print(f"[bold]{document['tenant']}[/bold]  without tax\n")
    months = list(document["periods"])
    whole = _table(document, months, sums=True)
    if console.measure(whole, options=console.options.update(width=_ENDLESS)).maximum <= console.width:
        console.print(whole)
    else:
        console.print(_table(document, [], sums=True))
        for first in range(0, len(months), _ABREAST):
            console.print()
            console.print(_table(document, months[first : first + _ABREAST], sums=False))
    for plan in document["plans"]:
        _others(console, plan)
    for found in document["break_even"]:
        console.print(_even(found))


def _table(document: Mapping[str, Any], months: Sequence[str], *, sums: bool) -> Table:
    """The plans by those months; `sums`: and what they come to, with tier and difference."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("plan", overflow="fold")
    for name in ["tier"] if sums else []:
        table.add_column(name)
    for name in (*months, *(["total", "difference"] if sums else [])):
        table.add_column(name, justify="right", no_wrap=True)
    shown = [document["periods"].index(month) for month in months]
    for plan in document["plans"]:
        digits = plan["exponent"]
        nets = [amount(plan["months"][place]["net"], digits) for place in shown]
        if not sums:
            table.add_row(plan["plan"], *nets)
            continue
        best = "[green]best[/green]" if plan["plan"] == document["best"] else ""
        difference = "" if plan["difference"] is None else amount(plan["difference"], digits)
        total = f"{amount(plan['total'], digits)} {plan['currency']}"
        table.add_row(f"{plan['plan']} {best}".strip(), plan["tier"], *nets, total, difference)
    return table


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise click.ClickException(f"{file} cannot be read as text; name a file of TOML") from error


def _others(console: Console, plan: Mapping[str, Any]) -> None:
    """Contacts that another tier would have turned away, or let in."""
    for word, said in (("refused", "would have been turned away"), ("admitted", "would have been let in")):
        counts: dict[str, int] = {}
        for month in plan["months"]:
            for channel, number in month[word].items():
                counts[channel] = counts.get(channel, 0) + number
        if counts:
            told = ", ".join(f"{number} {channel}" for channel, number in sorted(counts.items()))
            console.print(f"{plan['plan']}: {said}: {told}")


def _even(found: Mapping[str, Any]) -> str:
    plans = f"seats of {found['dedicated_plan']} against minutes of {found['shared_plan']}"
    if found["break_even_seconds"] is None:
        return f"{plans}: never cheaper within what the seats can take"
    minutes, had = found["break_even_seconds"] // 60, found["traffic_seconds"] // 60
    return f"{plans}: cheaper from {minutes} minutes of calls a month on; last month had {had}"
