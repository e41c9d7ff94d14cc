"""`manyline bill`: what a client used, and the draft of its invoice, as finance sees them through the API."""

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from infra import naming

_HANDLED = {"voice_seconds": "calls", "chat": "chats", "email": "emails", "message": "messages", "post": "letters"}
_UNHANDLED = {"refused": "refused", "abandoned": "abandoned", "self_served": "self-served"}


@click.command()
@click.argument("tenant")
@click.option("--period", default="current", metavar="YYYY-MM", help="A month; the one under way if left out.")
@click.option("--usage", "only_usage", is_flag=True, help="What was used, without prices.")
@click.option("--json", "as_json", is_flag=True, help="As the API answers it.")
@click.option("--pdf", type=click.Path(dir_okay=False, writable=True, path_type=Path), help="Also print it to a file.")
@click.option("--stage", default=naming.LOCAL, show_default=True, help="A deployed stage.")
@click.option("--url", help="Where the stage is; found by its name if left out.")
@click.option(
    "--user", default="fiona@manyline.example", show_default=True, help="Who asks: finance, operator, client."
)
@click.option("--password", help="Asked for if left out; on this machine the one of the samples.")
def bill(
    tenant: str,
    period: str,
    only_usage: bool,
    as_json: bool,
    pdf: Path | None,
    stage: str,
    url: str | None,
    user: str,
    password: str | None,
) -> None:
    """Show TENANT's usage and draft invoice."""
    finance = Finance(url or _url(stage))
    try:
        finance.log_in(user, password or _password(stage))
        place = f"/api/tenants/{urllib.parse.quote(tenant, safe='')}"
        usage = json.loads(finance.get(f"{place}/usage?{urllib.parse.urlencode({'period': period})}"))
        invoices = f"{place}/invoices/{urllib.parse.quote(period, safe='')}"
        draft = b"" if only_usage else finance.get(f"{invoices}/draft")
        if pdf is not None:
            pdf.write_bytes(finance.get(f"{invoices}/draft.pdf"))
    except Refused as error:
        raise click.ClickException(str(error)) from error
    if as_json:
        click.echo(json.dumps(usage, indent=2) if only_usage else draft.decode())
    else:
        console = Console()
        _print_usage(console, usage)
        if draft:
            _print_draft(console, json.loads(draft))
    if pdf is not None:
        click.echo(f"printed to {pdf}", err=True)


class Refused(Exception):
    """The stage said no, or nothing; the text says what."""


class Finance:
    """A person of finance at the API: logs in as in a browser, then asks."""

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")
        self._browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))

    def log_in(self, user: str, password: str) -> None:
        form = json.dumps({"user": user, "password": password}).encode()
        headers = {"Content-Type": "application/json", "Accept": "application/json", "Origin": self._url}
        self._open(urllib.request.Request(f"{self._url}/login", data=form, headers=headers))  # noqa: S310

    def get(self, path: str) -> bytes:
        request = urllib.request.Request(f"{self._url}{path}", headers={"Accept": "application/json"})  # noqa: S310
        return self._open(request)

    def _open(self, request: urllib.request.Request) -> bytes:
        try:
            with self._browser.open(request, timeout=60) as answer:
                body: bytes = answer.read()
        except urllib.error.HTTPError as error:
            raise Refused(_why(error)) from error
        except OSError as error:
            raise Refused(f"{self._url} does not answer ({error}); is it up? try `manyline status`") from error
        return body


def _why(error: urllib.error.HTTPError) -> str:
    try:
        detail = json.loads(error.read()).get("detail", "")
    except (ValueError, AttributeError):
        detail = ""
    return f"{error.code}: {detail or error.reason}"


def _url(stage: str) -> str:
    from infra.stage import NotDeployed, open_stage  # noqa: PLC0415  boto3 is slow to load, and --url needs none

    try:
        return open_stage(stage).base_url
    except NotDeployed as error:
        raise click.ClickException(str(error)) from error


def _password(stage: str) -> str:
    if stage != naming.LOCAL:
        return str(click.prompt("Password", hide_input=True, err=True))
    from infra.local.seed import PASSWORD  # noqa: PLC0415

    return PASSWORD


def _print_usage(console: Console, usage: dict[str, Any]) -> None:
    period = usage["period"]
    so_far = "" if period["complete"] else f", until {period['until']}"
    console.print(f"[bold]{usage['tenant']}[/bold]  {period['label']} in {period['zone']}{so_far}\n")
    table = Table(box=None, pad_edge=False, header_style="dim")
    for column in ("handled", "contacts", "talk", "hold", "wrap-up", "voice seconds"):
        table.add_column(column, justify="left" if column == "handled" else "right")
    for meter, name in _HANDLED.items():
        used = usage["meters"][meter]
        if used["contacts"]:
            seconds = [str(used["seconds"][part]) for part in ("talk", "hold", "wrap")]
            table.add_row(name, str(used["contacts"]), *seconds, str(used["quantity"]) if name == "calls" else "")
    console.print(table if table.row_count else "no contact was handled")
    others = [(name, usage["meters"][meter]["contacts"]) for meter, name in _UNHANDLED.items()]
    console.print("not charged: " + ", ".join(f"{count} {name}" for name, count in others))
    _print_agent_time(console, usage)


def _print_agent_time(console: Console, usage: dict[str, Any]) -> None:
    own = usage["agent_time"]
    channels = ", ".join(f"{channel} {seconds}" for channel, seconds in own["channels"].items())
    console.print(f"agent time: {own['seconds']} s" + (f" ({channels})" if channels else ""))
    if team := usage.get("team"):
        parts = " + ".join(f"{team[name]} {name}" for name in ("own", "others", "idle", "pause"))
        console.print(f"of the agents' {team['login']} s logged in = {parts}")
    console.print()


def _print_draft(console: Console, draft: dict[str, Any]) -> None:
    exponent = draft["currency"]["exponent"]
    table = Table(box=None, pad_edge=False, header_style="dim")
    for column in (f"draft, {draft['plan']['name']}", "used", "included", "charged", "price"):
        table.add_column(column, justify="left" if column.startswith("draft") else "right")
    table.add_column(draft["currency"]["code"], justify="right")
    for line in draft["lines"]:
        table.add_row(*_row(line, exponent))
    table.add_section()
    table.add_row("net", "", "", "", "", _amount(draft["net"], exponent))
    for group in draft["taxes"]:
        table.add_row(f"tax {group['rate']} % ({group['category']})", "", "", "", "", _amount(group["tax"], exponent))
    table.add_row("[bold]total[/bold]", "", "", "", "", f"[bold]{_amount(draft['total'], exponent)}[/bold]")
    console.print(table)
    for meter, count in draft["without_price"].items():
        console.print(f"[yellow]not in the plan and not in the total: {count} {_HANDLED.get(meter, meter)}[/yellow]")


def _row(line: dict[str, Any], exponent: int) -> list[str]:
    unit = "s" if line["unit"] == "second" else line["unit"]
    per = "/min" if line["base_quantity"] == 60 else ""
    counted = ["", ""] if line["kind"] == "base" else [str(line["used"]), str(line["included"])]
    return [
        line["text"],
        *counted,
        f"{line['quantity']} {unit}",
        f"{line['unit_price']}{per}",
        _amount(line["amount"], exponent),
    ]


def _amount(minor: int, exponent: int) -> str:
    """Whole minor units as people write them: only the place of the point is moved."""
    digits = str(abs(minor)).rjust(exponent + 1, "0")
    whole, part = (digits[:-exponent], digits[-exponent:]) if exponent else (digits, "")
    return f"{'-' if minor < 0 else ''}{int(whole):,}{'.' + part if part else ''}"
