"""What a client used, and the draft of its invoice."""

from __future__ import annotations

import json
from pathlib import Path

import click
from rich.console import Console

from infra.cli.bill.api import Finance, Name, as_json, at_a_stage, of_tenant, printed, quoted
from infra.cli.bill.files import tried, write
from infra.cli.bill.show import print_draft, print_usage

_period = click.argument("period", type=Name(), default="current", metavar="[PERIOD]")


@click.command()
@of_tenant
@_period
@as_json
@at_a_stage
def usage(finance: Finance, tenant: str, period: str, as_json: bool) -> None:
    """What TENANT used: contacts, seconds, and agents' time."""
    [place] = quoted(tenant)
    used = finance.ask(f"/api/tenants/{place}/usage", period=period)
    if as_json:
        printed(used)
    else:
        print_usage(Console(), used)


@click.command()
@of_tenant
@_period
@as_json
@click.option(
    "--pdf",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    callback=tried,
    help="Also print it to a file.",
)
@at_a_stage
def draft(finance: Finance, tenant: str, period: str, as_json: bool, pdf: Path | None) -> None:
    """TENANT's usage and draft invoice."""
    place, label = quoted(tenant, period)
    drafted = finance.get(f"/api/tenants/{place}/invoices/{label}/draft")
    if pdf is not None:
        write(pdf, finance.get(f"/api/tenants/{place}/invoices/{label}/draft.pdf"))
    if as_json:
        click.echo(drafted.decode())
    else:
        console = Console()
        print_usage(console, finance.ask(f"/api/tenants/{place}/usage", period=period))
        print_draft(console, json.loads(drafted))
    if pdf is not None:
        click.echo(f"printed to {pdf}", err=True)
