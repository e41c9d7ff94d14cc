"""From a line of an invoice, or of a draft, to the contacts behind it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from infra.cli.bill.api import Finance, Refused, as_json, at_a_stage, of_period, of_tenant, printed, quoted

_LEFT = ("contact", "at", "where", "what")
_PARTS = "talk+hold\n+wrap"

_NUMBERS = {"counted": "counted", "billed": "billed", "sum": "after"}


@click.command()
@of_tenant
@of_period
@click.argument("line", type=click.IntRange(min=1), required=False, metavar="[LINE]")
@click.option("--after", default=0, type=click.IntRange(min=0), help="Begin behind so many contacts.")
@click.option(
    "--cursor", default="", help="Where the page before said so: spares reading the month from its beginning."
)
@click.option("--most", default=50, show_default=True, help="How many contacts.")
@as_json
@at_a_stage
def explain(
    finance: Finance, tenant: str, period: str, line: int | None, after: int, cursor: str, most: int, as_json: bool
) -> None:
    """The contacts behind LINE of TENANT's invoice or draft of PERIOD; without LINE, the lines.

    Lines count from 1, as on the invoice.
    """
    place, label = quoted(tenant, period)
    invoice = f"/api/tenants/{place}/invoices/{label}"
    if line is None:
        _print_lines(_lines(finance, tenant, period), as_json)
        return
    try:
        told = finance.ask(f"{invoice}/explain", line=line - 1, after=after, most=most, cursor=cursor)
    except Refused as refused:
        if refused.status != 404 or line <= (number := len(_lines(finance, tenant, period))):
            raise
        raise Refused(f"{tenant} has no line {line} in {period}: its lines are 1 to {number}", 404) from refused
    if as_json:
        printed(told)
    else:
        again = f"manyline bill explain {tenant} {period} {line} --after {told['next']}"
        show(Console(), line, told, f"{again} --cursor {told['cursor']}" if told["cursor"] else again)


def _lines(finance: Finance, tenant: str, period: str) -> list[dict[str, Any]]:
    client, label = quoted(tenant, period)
    invoices = f"/api/tenants/{client}/invoices"
    issued = {one["label"] for one in finance.ask(invoices)["invoices"] if one["number"]}
    document = finance.ask(f"{invoices}/{label}" if period in issued else f"{invoices}/{label}/draft")
    lines: list[dict[str, Any]] = document["lines"]
    return lines


def _print_lines(lines: list[dict[str, Any]], as_json: bool) -> None:
    if as_json:
        printed(lines)
        return
    table = Table(box=None, pad_edge=False, header_style="dim")
    for column in ("#", "text", "contacts", "rule"):
        table.add_column(column, justify="right" if column in ("#", "contacts") else "left")
    for number, line in enumerate(lines, 1):
        table.add_row(str(number), line["text"], str(line["contacts"] or ""), line["rule"])
    Console().print(table)


def show(console: Console, number: int, told: Mapping[str, Any], more: str) -> None:
    """The line of that number; `more` is the command that shows the next page. On 80 columns whole."""
    line = told["line"]
    console.print(f"# {number}  [bold]{line['text']}[/bold]  {told['number'] or 'draft'}, {told['period']['label']}")
    console.print(f"{line['rule']}\n")
    if not told["contacts"]:
        none = "no contact is behind this line: it is a fee, or follows from other lines"
        console.print(f"no more of them: {told['of']} contacts are behind this line" if told["of"] else none)
        return
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="dim")
    rows = [_cells(contact) for contact in told["contacts"]]
    for column in rows[0]:
        table.add_column(column, justify="left" if column in _LEFT else "right", no_wrap=column != "where")
    for row in rows:
        table.add_row(*row.values())
    console.print(table)
    if told["next"] is not None:
        console.print(f"{told['next']} of {told['of']}; the next ones: {more}")


def _cells(contact: Mapping[str, Any]) -> dict[str, str]:
    """By column: of a contact that is billed, of one that came late, or of one behind a service level."""
    seconds = contact.get("seconds", {})
    parts = "+".join(str(seconds.get(part, 0)) for part in ("talk", "hold", "wrap"))
    named = {"contact": contact["contact"], "at": contact["at"][5:16].replace("T", " ")}
    if "in_time" in contact:
        waited = f"{contact['waited']} s of {contact['within_s']} s"
        return named | {"waited": waited, "what": "in time" if contact["in_time"] else "too late"}
    if "what" in contact:
        billed = {"was billed": str(contact["was_billed"]), "billed": str(contact["billed"])}
        return named | {_PARTS: parts, **billed, "what": contact["what"]}
    numbers = {column: str(contact[name]) for column, name in _NUMBERS.items()}
    return named | {_PARTS: parts, **numbers, "where": _where(contact)}


def _where(contact: Mapping[str, Any]) -> str:
    if contact["free"]:
        return f"free: {contact['free']}"
    return ", ".join(
        f"{part['quantity']} {'included' if part['tier'] < 0 else 'in tier ' + str(part['tier'] + 1)}"
        for part in contact["where"]
    )
