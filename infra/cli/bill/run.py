"""The run of a month for all clients: begun, watched, taken up again."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from infra.cli.bill.api import Finance, as_json, at_a_stage, of_period, printed, quoted

_EVERY_S = 0.5


@click.command()
@of_period
@click.option("--finalize", is_flag=True, help="Issue the invoices, of whom the days of grace are over.")
@click.option("--again-failed", is_flag=True, help="Also those that failed before.")
@click.option("--anew", is_flag=True, help="Drafts: compute all of them again.")
@click.option("--only", multiple=True, metavar="TENANT", help="This client, and others that are named likewise.")
@click.option("--status", is_flag=True, help="Begin nothing; say how far it is.")
@click.option("--no-wait", is_flag=True, help="Return when it has begun.")
@as_json
@at_a_stage
def run(
    finance: Finance,
    period: str,
    finalize: bool,
    again_failed: bool,
    anew: bool,
    only: tuple[str, ...],
    status: bool,
    no_wait: bool,
    as_json: bool,
) -> None:
    """Compute PERIOD's drafts of all clients, or with --finalize issue their invoices.

    Begun again, it goes on where it stopped: who is finished is left alone. Exit code 1 where a client failed.
    """
    if anew and finalize:
        raise click.UsageError("an invoice is issued once: --anew is for drafts")
    label, kind = quoted(period, "final" if finalize else "draft")
    place = f"/api/billing/runs/{label}/{kind}"
    if status:
        told = finance.ask(place)
    else:
        told = finance.tell(place, anew=anew, failed=again_failed, only=list(only))
        told = told if no_wait else _watched(finance, place, told, quiet=as_json)
    if as_json:
        printed(finance.ask(place, rows="all"))
    else:
        _print(Console(), told)
    if told["failed"] or told["state"] == "stopped":
        raise SystemExit(1)


def _watched(finance: Finance, place: str, told: Mapping[str, Any], *, quiet: bool) -> Mapping[str, Any]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), disable=quiet) as bar:
        mine = bar.add_task(f"{told['period']} {told['kind']}", total=told["clients"])
        while True:
            bar.update(mine, completed=told["clients"] - told["left"], total=told["clients"])
            if told["state"] != "running":
                return told
            time.sleep(_EVERY_S)
            told = finance.ask(place)


def _print(console: Console, told: Mapping[str, Any]) -> None:
    made = {"draft": "drafts", "final": "invoices"}[told["kind"]]
    if told["state"] == "not begun":
        console.print(f"{told['period']}: no {made} yet")
        return
    console.print(f"{told['period']}: {told['done']} {made} of {told['clients']} clients, {told['state']}")
    for currency, amount in told["totals"].items():
        console.print(f"  {amount} {currency} in all")
    if told["final_already"]:
        console.print(f"  {told['final_already']} have their invoice already")
    if told["nothing"]:
        console.print(f"  {told['nothing']} had no contract yet")
    if told["early"]:
        ready = told["early_until"][:10]
        console.print(f"  {told['early']} within the days of grace: the first is ready on {ready}")
    if told["left"]:
        more = " --finalize" if told["kind"] == "final" else ""
        console.print(f"  {told['left']} not done yet: `manyline bill run {told['period']}{more}` goes on")
    if told["failed"]:
        table = Table(box=None, pad_edge=False, header_style="dim")
        table.add_column(f"{told['failed']} failed")
        table.add_column("why")
        for failure in told["failures"]:
            table.add_row(failure["tenant"], failure["reason"])
        console.print(table)
        console.print("again with --again-failed")
