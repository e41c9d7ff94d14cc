"""`manyline call`: a customer's telephone on the command line."""

from __future__ import annotations

import json
import signal
import sys
import threading
import time
import urllib.error
import urllib.request
from datetime import datetime
from typing import Any

import click

from infra.local.home import Home

_WAIT_S = 15
_WHO = {"system": "", "agent": "agent: ", "customer": "you: ", "keys": "key ", "note": "* "}


@click.command()
@click.argument("number")
@click.option("--press", default="", metavar="KEYS", help="Keys to press ahead, like 1.")
@click.option("--from", "caller", default="+15550123456", show_default=True, help="Your number; empty withholds it.")
@click.option("--say", "sayings", multiple=True, help="What to say once an agent is there; may be repeated.")
@click.option("--hangup-after", "limit", type=float, metavar="S", help="Hang up after so many seconds.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object per line, and a summary at the end.")
@click.option("--url", help="Where the local stack is; found by itself if left out.")
def call(
    number: str, press: str, caller: str, sayings: tuple[str, ...], limit: float | None, as_json: bool, url: str | None
) -> None:
    """Call NUMBER on the local stack and stay on the line until somebody hangs up (Ctrl-C is you).

    On a terminal, type keys or words and press Enter: digits are pressed, words are spoken.
    """
    # However this ends, the call must not stay on the line: also when it runs in the background of a script.
    for ending in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ending, signal.default_int_handler)
    phone = Phone(url or f"http://127.0.0.1:{Home().ports().front}")
    try:
        began = phone.dial(number, caller, press)
        if not as_json and sys.stdin.isatty():
            threading.Thread(target=_listen_to_keyboard, args=(phone,), daemon=True).start()
        _stay(phone, began, list(sayings), limit, as_json)
    except Unreachable as error:
        raise click.ClickException(str(error)) from error


class Unreachable(Exception):
    """The stack said no, or nothing; the text says what to do."""


class Phone:
    def __init__(self, base: str) -> None:
        self._base = base
        self._call = ""

    def dial(self, number: str, caller: str, press: str) -> dict[str, Any]:
        view = self._ask("/try/api/calls", {"to": number, "from": caller, "press": press})
        self._call = view["call"]
        return view

    def listen(self, after: int, wait_s: int) -> dict[str, Any]:
        # What happens behind the scenes is for the page: asking for none of it keeps the wait quiet.
        return self._ask(f"/try/api/calls/{self._call}?after={after}&happened_after=999999999&wait={wait_s}")

    def press(self, keys: str) -> None:
        self._ask(f"/try/api/calls/{self._call}/keys", {"keys": keys})

    def say(self, text: str) -> None:
        self._ask(f"/try/api/calls/{self._call}/say", {"text": text})

    def hang_up(self) -> dict[str, Any]:
        return self._ask(f"/try/api/calls/{self._call}/hangup", {})

    def _ask(self, path: str, body: dict[str, str] | None = None) -> dict[str, Any]:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(  # noqa: S310  our own front door
            self._base + path, data=data, headers={"Content-Type": "application/json", "Accept": "application/json"}
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
                view: dict[str, Any] = json.load(answer)
                return view
        except urllib.error.HTTPError as error:
            raise Unreachable(_said(error)) from error
        except OSError as error:
            raise Unreachable(f"nothing answers at {self._base} ({error}): start it with `make run`") from error


def _said(error: urllib.error.HTTPError) -> str:
    try:
        return str(json.load(error).get("detail") or error.reason)
    except ValueError:
        return str(error.reason)


def _stay(phone: Phone, view: dict[str, Any], sayings: list[str], limit: float | None, as_json: bool) -> None:
    """Prints what is heard until the call is over."""
    until = time.monotonic() + limit if limit is not None else None
    printer = _Printer(datetime.fromisoformat(view["began_at"]), as_json)
    printer.show(view)
    try:
        while view["state"] != "over":
            left = _WAIT_S if until is None else until - time.monotonic()
            view = phone.hang_up() if left <= 0 else phone.listen(printer.last, max(1, min(_WAIT_S, int(left))))
            printer.show(view)
            if sayings and view["state"] == "connected":
                phone.say(sayings.pop(0))
    except KeyboardInterrupt:
        phone.hang_up()
    printer.show(phone.listen(printer.last, 0))
    printer.sum_up(phone.listen(printer.last, 0))


class _Printer:
    def __init__(self, began: datetime, as_json: bool) -> None:
        self._began, self._as_json = began, as_json
        self._tenant = ""
        self.last = 0

    def show(self, view: dict[str, Any]) -> None:
        if view["tenant_name"] and not self._tenant:
            self._tenant = view["tenant_name"]
            if not self._as_json:
                click.echo(f"        * {self._tenant} ({view['tenant']}), contact {view['contact_id']}")
        for line in (line for line in view["lines"] if line["n"] > self.last):
            self.last = line["n"]
            self._print(line)

    def _print(self, line: dict[str, Any]) -> None:
        if self._as_json:
            click.echo(json.dumps(line, ensure_ascii=False))
            return
        seconds = (datetime.fromisoformat(line["at"]) - self._began).total_seconds()
        click.echo(f"{int(seconds // 60):02d}:{seconds % 60:04.1f} {_WHO[line['who']]}{line['text']}")

    def sum_up(self, view: dict[str, Any]) -> None:
        ended = datetime.fromisoformat(view["ended_at"] or view["began_at"])
        seconds = round((ended - self._began).total_seconds(), 1)
        told = {name: view[name] for name in ("call", "contact_id", "tenant", "tenant_name", "to", "from", "state")}
        if self._as_json:
            click.echo(json.dumps({**told, "seconds": seconds}, ensure_ascii=False))
        else:
            click.echo(f"{seconds:g} s on the line with {self._tenant or 'nobody'}")


def _listen_to_keyboard(phone: Phone) -> None:
    for line in sys.stdin:
        words = line.strip()
        try:
            if words and set(words) <= set("0123456789*#"):
                phone.press(words)
            elif words:
                phone.say(words)
        except Unreachable:
            return  # the call is over; the main thread says so
