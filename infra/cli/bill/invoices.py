"""Invoices of one client: listed, issued, paid."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from infra.cli.bill.api import Finance, Refused, as_json, at_a_stage, of_period, of_tenant, printed, quoted
from infra.cli.bill.files import INVOICE, save_into, saved
from infra.cli.bill.show import money


@click.command("list")
@of_tenant
@as_json
@at_a_stage
def invoices(finance: Finance, tenant: str, as_json: bool) -> None:
    """TENANT's periods, and where each stands."""
    [place] = quoted(tenant)
    listed = finance.ask(f"/api/tenants/{place}/invoices")["invoices"]
    if as_json:
        printed(listed)
    else:
        _print(Console(), listed)


@click.command()
@of_tenant
@of_period
@save_into
@as_json
@at_a_stage
def finalize(finance: Finance, tenant: str, period: str, save: Path | None, as_json: bool) -> None:
    """Issue TENANT's invoice of PERIOD; one that is issued already stays, and --save fetches its files."""
    place, label = quoted(tenant, period)
    invoice = f"/api/tenants/{place}/invoices/{label}"
    already = ""
    try:
        issued = finance.tell(f"{invoice}/finalize")
    except Refused as refused:
        issued, already = standing(finance, tenant, period) if refused.status == 409 else {}, " (issued already)"
        if not issued and refused.status in (502, 504):
            more = f"; `manyline bill run {period} --finalize --only {tenant}` has a quarter of an hour for it"
            raise Refused(f"{refused}{more}") from refused
        if not issued or save is None:
            raise
    if as_json:
        printed(issued)
    else:
        click.echo(f"{issued['number']}: {money(issued, 'total')}, due on {issued['due_on']}{already}")
    if save is not None:
        saved(finance, invoice, issued["number"], INVOICE, save, quiet=as_json)


@click.command()
@of_tenant
@of_period
@click.option("--reference", required=True, help="What the bank calls the payment.")
@click.option("--on", default="", metavar="YYYY-MM-DD", help="The day of the payment; today if left out.")
@as_json
@at_a_stage
def pay(finance: Finance, tenant: str, period: str, reference: str, on: str, as_json: bool) -> None:
    """Write down that TENANT paid the invoice of PERIOD."""
    place, label = quoted(tenant, period)
    body = {"reference": reference} | ({"on": on} if on else {})
    paid = finance.tell(f"/api/tenants/{place}/invoices/{label}/pay", **body)
    if as_json:
        printed(paid)
    else:
        click.echo(f"{paid['number']}: {paid['state']} on {paid['paid_on']} ({paid['paid_by']})")


@click.command()
@of_tenant
@of_period
@click.option("--reason", required=True, help="Why, for whoever asks later.")
@as_json
@at_a_stage
def unpay(finance: Finance, tenant: str, period: str, reason: str, as_json: bool) -> None:
    """Take back that TENANT paid the invoice of PERIOD: it was written down by mistake."""
    place, label = quoted(tenant, period)
    owed = finance.tell(f"/api/tenants/{place}/invoices/{label}/unpay", reason=reason)
    if as_json:
        printed(owed)
    else:
        click.echo(f"{owed['number']}: {owed['state']}, not paid; left to pay: {money(owed, 'left')}")


def standing(finance: Finance, tenant: str, period: str) -> Mapping[str, Any]:
    """The invoice of the period as it stands; empty where none is issued."""
    listed = finance.ask(f"/api/tenants/{quoted(tenant)[0]}/invoices")["invoices"]
    return next((one for one in listed if one["label"] == period and one["number"]), {})


def _print(console: Console, listed: list[dict[str, Any]]) -> None:
    """Both days of an invoice share a column, so that all of it stands on 80 of them."""
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="dim")
    refunded = any(one.get("refund") for one in listed)
    for column in ("period", "state", "number", "issued\nand due", "paid on"):
        table.add_column(column, no_wrap=True)
    for column in ("total", "left", *(["refund"] if refunded else [])):
        table.add_column(column, justify="right")
    for one in listed:
        days = "\n".join(one[name] for name in ("issued_on", "due_on") if one.get(name))
        row = [one["label"], one["state"], one["number"] or "", days, one.get("paid_on", "")]
        row += [money(one, "total"), money(one, "left", named=False)]
        row += [money(one, "refund", named=False) if one.get("refund") else ""] if refunded else []
        table.add_row(*row)
    console.print(table)
