"""Credit notes on one invoice: issued, listed, saved. Lines count from 1, as on paper; the API's places from 0."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from infra.cli.bill.api import Finance, Refused, as_json, at_a_stage, of_period, of_tenant, printed, quoted
from infra.cli.bill.files import NOTE, save_into, saved
from infra.cli.bill.invoices import standing
from infra.cli.bill.show import money

_PLACE = re.compile(r"\blines\[([0-9]+)\]")
_PLACES = re.compile(r"\bits lines are 0 to ([0-9]+)")


def _lines(context: click.Context, option: click.Parameter, told: tuple[str, ...]) -> dict[str, str]:
    """The amounts by the API's places."""
    amounts: dict[str, str] = {}
    for text in told:
        number, equals, amount = text.partition("=")
        if not equals:
            raise click.BadParameter(f"{text!r} has no '='; write --line 1=12.50")
        if not re.fullmatch("[0-9]{1,6}", number) or int(number) < 1:
            raise click.BadParameter(f"{number!r} is no line; they count from 1, as on the invoice")
        place = str(int(number) - 1)
        if place in amounts:
            raise click.BadParameter(f"line {int(number)} is named twice; give one amount for it")
        amounts[place] = amount
    return amounts


@click.command()
@of_tenant
@of_period
@click.option("--reason", required=True, help="Why; the client reads it.")
@click.option("--amount", default="", help="So much, without tax, spread over the lines.")
@click.option("--gross", default="", help="The same with tax inside: what the client is to get back.")
@click.option(
    "--line",
    "lines",
    multiple=True,
    metavar="N=AMOUNT",
    callback=_lines,
    help="So much of line N, counted from 1 as on the invoice.",
)
@click.option("--everything", is_flag=True, help="All that is left: the invoice is void.")
@save_into
@as_json
@at_a_stage
def credit(
    finance: Finance,
    tenant: str,
    period: str,
    reason: str,
    amount: str,
    gross: str,
    lines: Mapping[str, str],
    everything: bool,
    save: Path | None,
    as_json: bool,
) -> None:
    """Issue a credit note on TENANT's invoice of PERIOD: for an amount, for lines, or for everything."""
    place, label = quoted(tenant, period)
    invoice = f"/api/tenants/{place}/invoices/{label}"
    wanted = {"amount": amount, "gross": gross, "lines": lines, "everything": everything}
    body = {name: value for name, value in wanted.items() if value}
    try:
        note = finance.tell(f"{invoice}/credit", reason=reason, **body)
    except Refused as refused:
        raise Refused(_as_on_paper(str(refused)), refused.status) from refused
    if as_json:
        printed(note)
    else:
        of = standing(finance, tenant, period)
        click.echo(f"{note['number']} on {of['number']}; left to pay: {money(of, 'left')}")
    if save is not None:
        saved(finance, _at(invoice, note), note["number"], NOTE, save, quiet=as_json)


@click.command()
@of_tenant
@of_period
@save_into
@as_json
@at_a_stage
def notes(finance: Finance, tenant: str, period: str, save: Path | None, as_json: bool) -> None:
    """The credit notes on TENANT's invoice of PERIOD; with --save also their files."""
    place, label = quoted(tenant, period)
    invoice = f"/api/tenants/{place}/invoices/{label}"
    issued = finance.ask(f"{invoice}/credits")["credits"]
    if as_json:
        printed(issued)
    elif issued:
        _print(Console(), issued, standing(finance, tenant, period)["currency"])
    else:
        click.echo("no credit note")
    if save is not None:
        for note in issued:
            saved(finance, _at(invoice, note), note["number"], NOTE, save, quiet=as_json)


def _print(console: Console, issued: list[dict[str, Any]], currency: str) -> None:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for column in ("number", "of", "issued"):
        table.add_column(column, overflow="fold")
    table.add_column("total", justify="right")
    table.add_column("reason", overflow="fold")
    for note in issued:
        total = money({**note, "currency": currency}, "total")
        table.add_row(note["number"], note["of"], note["issued_on"], total, note["reason"])
    console.print(table)


def _at(invoice: str, note: Mapping[str, Any]) -> str:
    return f"{invoice}/credits/{quoted(note['number'])[0]}"


def _as_on_paper(why: str) -> str:
    """What the API says of its places, said of lines as they are printed."""
    why = _PLACE.sub(lambda found: f"line {int(found[1]) + 1}", why)
    return _PLACES.sub(lambda found: f"its lines are 1 to {int(found[1]) + 1}", why)
