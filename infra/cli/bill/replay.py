"""The proof of invoices: made again, they must be the same bytes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from infra.cli.bill.api import Finance, as_json, at_a_stage, printed, quoted

Proof = Mapping[str, Any]


@click.command()
@click.argument("tenant", default="", metavar="[TENANT]")
@click.argument("period", default="", metavar="[PERIOD]")
@click.option("--all", "every", is_flag=True, help="Every invoice and credit note of every client.")
@as_json
@at_a_stage
def replay(finance: Finance, tenant: str, period: str, every: bool, as_json: bool) -> None:
    """Make TENANT's invoices again from ledger and contracts, or that of PERIOD alone, and compare byte by byte.

    Also follows the series of numbers: none is missing, each document names the hash of the one before. Exit code 1
    where anything differs.
    """
    if every and tenant:
        raise click.UsageError(f"--all is every client, {tenant} too; leave out one of both")
    if not every and not tenant:
        raise click.UsageError("name a TENANT, or say --all")
    if period:
        proofs = _documents(finance, {"tenant": tenant, "label": period})
    else:
        clients = [one["tenant"] for one in finance.ask("/api/tenants")["tenants"]] if every else [tenant]
        proofs = _proven(finance, [one for client in clients for one in _issued(finance, client)], quiet=as_json)
    wrong = [proof for proof in proofs if not proof["ok"]]
    if as_json:
        printed(proofs)
    else:
        for proof in wrong:
            click.echo(f"{proof['number']} of {proof['tenant']}: {proof['why']}")
        click.echo(f"{len(proofs) - len(wrong)} documents made again are the same bytes, {len(wrong)} are not")
    if wrong:
        raise SystemExit(1)


def _issued(finance: Finance, tenant: str) -> list[Mapping[str, Any]]:
    listed = finance.ask(f"/api/tenants/{quoted(tenant)[0]}/invoices")["invoices"]
    return [one for one in listed if one["number"]]


def _proven(finance: Finance, issued: Sequence[Mapping[str, Any]], *, quiet: bool) -> list[Proof]:
    series = sorted({(one["entity"], f"{one['series']}{kind}") for one in issued for kind in ("", "-cn")})
    columns = (TextColumn("made again"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    proofs = [proof for one in issued[:1] for proof in _documents(finance, one)]  # a refusal comes before the bar
    with Progress(*columns, console=Console(stderr=True), disable=quiet) as bar:
        mine = bar.add_task("", total=len(issued), completed=len(issued[:1]))
        for one in issued[1:]:
            proofs += _documents(finance, one)
            bar.advance(mine)
    return [*proofs, *(proof for one in series for proof in _chain(finance, *one))]


def _documents(finance: Finance, invoice: Mapping[str, Any]) -> list[Proof]:
    tenant, label = quoted(invoice["tenant"], invoice["label"])
    return list(finance.ask(f"/api/tenants/{tenant}/invoices/{label}/replay")["proofs"])


def _chain(finance: Finance, entity: str, series: str) -> Iterator[Proof]:
    place, after = "/".join(quoted(entity, series)), 0
    while after is not None:
        told = finance.ask(f"/api/billing/series/{place}", after=after)
        yield from told["proofs"]
        after = told["next"]
