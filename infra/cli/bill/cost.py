"""`manyline bill cost`: what a month cost and earned, client by client, as finance sees it through the API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from infra.cli.bill.api import Finance, as_json, at_a_stage, of_period, printed, quoted
from infra.cli.bill.show import amount

POLICIES = ("unused_capacity", "proportional", "eligibility", "contracted")
_FIGURES = ("revenue", "labour", "direct", "overhead", "margin")


@click.command()
@of_period
@click.option(
    "--policy", type=click.Choice(POLICIES), help="Who bears idle time and pauses; the operator's if left out."
)
@click.option("--rows", default="", metavar="all|CLIENT", help="The allocation rows, of all or of one client.")
@click.option("--write", is_flag=True, help="Write the run down; it replaces the one before.")
@click.option("--csv", "as_csv", is_flag=True, help="A table: the rows, or the margins without --rows.")
@as_json
@at_a_stage
def cost(
    finance: Finance, period: str, policy: str | None, rows: str, write: bool, as_csv: bool, as_json: bool
) -> None:
    """Show what PERIOD (2026-10, or current) cost, and the margin of each client and channel."""
    if as_json and as_csv:
        raise click.UsageError("choose one of --json and --csv")
    if write and (as_csv or rows):
        raise click.UsageError("--write shows the summary; ask for its rows after it")
    place = f"/api/billing/costs/{quoted(period)[0]}"
    if as_csv:
        table = finance.get(place, policy=policy, rows=rows, format="csv").decode()
        _known(rows, period, found=table.count("\n") > 1)  # the first line has the names of the columns
        click.echo(table, nl=False)
        return
    document = finance.tell(place, policy=policy or "") if write else finance.ask(place, policy=policy, rows=rows)
    _known(rows, period, found=bool(document.get("rows")))
    if as_json:
        printed(document)
    else:
        show(Console(), document)


def _known(client: str, period: str, *, found: bool) -> None:
    if client not in ("", "all") and not found:
        raise click.ClickException(f"no client {client!r} is in the costs of {period}; --rows all shows who is")


def show(console: Console, document: Mapping[str, Any]) -> None:
    _print_head(console, document)
    _print_margins(console, document)
    if "rows" in document:
        _print_rows(console, document)


def _print_head(console: Console, document: Mapping[str, Any]) -> None:
    period, run, policy = document["period"], document["run"], document["policy"]
    so_far = "" if period["complete"] else f", until {period['until']}"
    written = f"run {run['id']} of {run['made_at']}" if run["made_at"] else "computed, not written down"
    console.print(f"[bold]costs[/bold]  {period['label']} in {period['zone']}{so_far}  ({written})")
    if run["replaces"]:
        console.print(f"replaces run {run['replaces']}")
    console.print(f"idle: {policy['idle']}, pauses: {policy['shrinkage']}")
    time = document["time"]
    pauses = "".join(f" + {seconds} {reason}" for reason, seconds in time["pauses"].items())
    spent = f"{time['contacts']} contacts + {time['dedicated']} dedicated + {time['idle']} idle"
    console.print(f"agents' {time['login']} s logged in = {spent}{pauses}\n")


def _print_margins(console: Console, document: Mapping[str, Any]) -> None:
    digits = document["currency"]["exponent"]
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("client")
    table.add_column("channel")
    for figure in _FIGURES:
        table.add_column(figure, justify="right")
    for client in document["clients"]:
        own = [row for row in document["margins"] if row["tenant"] == client["tenant"]]
        table.add_row(client["tenant"], "", *_figures(client, digits), style="bold")
        for row in own:
            table.add_row("", row["channel"], *_figures(row, digits))
    table.add_section()
    table.add_row("result", document["currency"]["code"], *_figures(document["total"], digits), style="bold")
    console.print(table)
    for rate in document["exchange"]:
        console.print(f"1 {rate['from']} = {rate['rate']} {rate['to']} from {rate['day']} ({rate['source']})")
    for agent in document["without_pay"]:
        console.print(f"[yellow]{agent} worked, and no pay is known: add it to the file of people[/yellow]")


def _figures(row: Mapping[str, Any], digits: int) -> list[str]:
    return [amount(row[figure], digits) for figure in _FIGURES]


def _print_rows(console: Console, document: Mapping[str, Any]) -> None:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for column in ("origin", "client", "channel", "weight", "of", "minor units"):
        table.add_column(column, justify="left" if column in ("origin", "client", "channel") else "right")
    for row in document["rows"]:
        figures = (str(row["weight"]), str(row["weight_total"]), f"{row['amount']} {row['currency']}")
        table.add_row(row["origin"], row["tenant"], row["channel"], *figures)
    console.print(table)
