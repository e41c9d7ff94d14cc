"""Bills as people read them on a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.table import Table

from infra.layout import open_functions

open_functions()
from chalicelib.kernel.money import Money  # noqa: E402  lives where Chalice wants it

_HANDLED = {"voice_seconds": "calls", "chat": "chats", "email": "emails", "message": "messages", "post": "letters"}
# What a draft counts without a price: one of it, and several.
COUNTED = {
    "voice_seconds": ("call", "calls"),
    "chat": ("chat", "chats"),
    "email": ("email", "emails"),
    "message": ("message", "messages"),
    "post": ("letter", "letters"),
    "refused": ("contact refused", "contacts refused"),
    "abandoned": ("contact abandoned", "contacts abandoned"),
    "self_served": ("contact self-served", "contacts self-served"),
    "automated_seconds": ("automated call", "automated calls"),
    "patched_seconds": ("call put through outside", "calls put through outside"),
    "bot_chat": ("chat resolved by the bot", "chats resolved by the bot"),
    "sms": ("text sent", "texts sent"),
    "mail": ("mail sent", "mails sent"),
    "dial": ("number dialled", "numbers dialled"),
    "seat_seconds": ("login of a dedicated agent", "logins of a dedicated agent"),
}
_UNHANDLED = {"refused": "refused", "abandoned": "abandoned", "self_served": "self-served"}


def print_usage(console: Console, usage: dict[str, Any]) -> None:
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
    console.print("without an agent: " + ", ".join(f"{count} {name}" for name, count in others))
    _print_agent_time(console, usage)


def _print_agent_time(console: Console, usage: dict[str, Any]) -> None:
    own = usage["agent_time"]
    channels = ", ".join(f"{channel} {seconds}" for channel, seconds in own["channels"].items())
    console.print(f"agent time: {own['seconds']} s" + (f" ({channels})" if channels else ""))
    if team := usage.get("team"):
        parts = " + ".join(f"{team[name]} {name}" for name in ("own", "others", "idle", "pause"))
        console.print(f"of the agents' {team['login']} s logged in = {parts}")
    console.print()


def print_draft(console: Console, draft: dict[str, Any]) -> None:
    exponent = draft["currency"]["exponent"]
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("#", justify="right")
    for column in (f"draft, {draft['plans'][-1]['name']}", "used", "included", "charged", "price"):
        table.add_column(column, justify="left" if column.startswith("draft") else "right")
    table.add_column(draft["currency"]["code"], justify="right")
    for number, line in enumerate(draft["lines"], 1):
        table.add_row(str(number), *_row(line, exponent))
    table.add_section()
    sums = [("net", draft["net"])]
    sums += [(f"tax {group['rate']} % ({group['category']})", group["tax"]) for group in draft["taxes"]]
    for text, minor in sums:
        table.add_row("", text, "", "", "", "", amount(minor, exponent))
    table.add_row("", "total", "", "", "", "", amount(draft["total"], exponent), style="bold")
    if off := draft.get("rounding", 0):
        table.add_row("", "rounding", "", "", "", "", amount(off, exponent))
        table.add_row("", "to pay", "", "", "", "", amount(draft["total"] + off, exponent))
    console.print(table)
    for meter, count in draft["without_price"].items():
        told = _counted(meter, count)
        console.print(f"[yellow]{told}: the plan has no price for that, and it is not in the total[/yellow]")


def _counted(meter: str, count: int) -> str:
    """How much of what: `3 numbers dialled`."""
    one, many = COUNTED.get(meter, (meter.replace("_", " "),) * 2)
    return f"{count} {one if count == 1 else many}"


def _row(line: dict[str, Any], exponent: int) -> list[str]:
    if line["unit"] == "minor unit":  # percent of an amount, as on paper
        base, percent = amount(line["quantity"], exponent), f"{line['unit_price']} %"
        return [line["text"], "", "", base, percent, amount(line["amount"], exponent)]
    unit = "s" if line["unit"] == "second" else line["unit"]
    per = "/min" if line["base_quantity"] == 60 else ""
    counted = ["", ""] if line["kind"] == "base" else [str(line["used"]), str(line["included"])]
    return [
        line["text"],
        *counted,
        f"{line['quantity']} {unit}",
        f"{line['unit_price']}{per}",
        amount(line["amount"], exponent),
    ]


def amount(minor: int, exponent: int) -> str:
    """Whole minor units as people write them: only the place of the point is moved."""
    digits = str(abs(minor)).rjust(exponent + 1, "0")
    whole, part = (digits[:-exponent], digits[-exponent:]) if exponent else (digits, "")
    return f"{'-' if minor < 0 else ''}{int(whole):,}{'.' + part if part else ''}"


def money(summary: Mapping[str, Any], name: str, *, named: bool = True) -> str:
    """Of the summary of an invoice; empty where it has none of that name yet. `named`: with its currency."""
    if name not in summary:
        return ""
    text = Money(summary[name], summary["currency"]).text()
    return f"{text} {summary['currency']}" if named else text
