"""Staying on the line: what is heard is printed, what is typed is pressed or said, until every call is over."""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import click

from infra.cli.telephone import Line, Unreachable

_WAIT_S = 15
KEYS = frozenset("0123456789*#,")
_WHO = {"system": "", "agent": "agent: ", "customer": "you: ", "outside": "outside: ", "keys": "key ", "note": "* "}
_WHO_OUTSIDE = {**_WHO, "customer": "caller: ", "outside": "you: "}
MENU = "type digits to press them, words to say them, /hangup to hang up"
MENU_OF_MANY = f"{MENU}, /line 2 to go to line 2"


class Printer:
    """For people or, line by line, as JSON. Several lines are told apart by their number."""

    def __init__(self, *, as_json: bool, many: bool = False) -> None:
        self._as_json, self._many = as_json, many
        self._lock = threading.Lock()
        self._last: dict[int, int] = {}
        self._known: set[int] = set()

    def last(self, n: int) -> int:
        return self._last.get(n, 0)

    def show(self, n: int, view: dict[str, Any]) -> None:
        with self._lock:
            if view["tenant_name"] and n not in self._known:
                self._known.add(n)
                self._tell(n, f"        * {view['tenant_name']} ({view['tenant']}), contact {view['contact_id']}")
            for line in (line for line in view["lines"] if line["n"] > self.last(n)):
                self._last[n] = line["n"]
                self._heard(n, line, view)

    def menu(self) -> None:
        click.echo(f"        * {MENU_OF_MANY if self._many else MENU}")

    def sum_up(self, views: Sequence[dict[str, Any]]) -> None:
        """One object for one call; of several, one that holds them all."""
        told = [_summary(view) for view in views]
        if not self._as_json:
            for n, one in enumerate(told, 1):
                self._tell(n, f"{one['seconds']:g} s on the line with {one['tenant_name'] or 'nobody'}")
        elif not self._many:
            click.echo(json.dumps(told[0], ensure_ascii=False))
        else:
            longest = max(one["seconds"] for one in told)
            click.echo(json.dumps({"times": len(told), "seconds": longest, "calls": told}, ensure_ascii=False))

    def _heard(self, n: int, line: dict[str, Any], view: dict[str, Any]) -> None:
        if self._as_json:
            click.echo(json.dumps({"line": n, **line} if self._many else line, ensure_ascii=False))
            return
        seconds = max(_between(view["began_at"], line["at"]), 0.0)
        who = (_WHO_OUTSIDE if view["direction"] == "outside" else _WHO)[line["who"]]
        self._tell(n, f"{int(seconds // 60):02d}:{seconds % 60:04.1f} {who}{line['text']}")

    def _tell(self, n: int, text: str) -> None:
        if not self._as_json:
            click.echo(f"[{n}] {text}" if self._many else text)


def stay(
    begun: Sequence[tuple[Line, dict[str, Any]]],
    printer: Printer,
    *,
    sayings: Sequence[str] = (),
    limit_s: float | None = None,
    typed: Iterable[str] | None = None,
) -> None:
    """Until all calls are over; Ctrl-C hangs up every one of them. `limit_s`: then we hang up ourselves."""
    listeners = [_Listener(line, view, printer, list(sayings), limit_s) for line, view in begun]
    try:
        for listener in listeners:
            threading.Thread(target=listener.run, daemon=True).start()
        if typed is not None:
            keyboard = Keyboard([line for line, _ in begun])
            printer.menu()
            threading.Thread(target=keyboard.read, args=(typed,), daemon=True).start()
        for listener in listeners:
            listener.done.wait()
    except KeyboardInterrupt:
        for listener in listeners:
            listener.leave()
        for listener in listeners:
            listener.done.wait(_WAIT_S)
    for listener in listeners:
        if listener.failed is not None:
            raise listener.failed
    printer.sum_up([listener.view for listener in listeners])


class _Listener:
    def __init__(
        self, line: Line, view: dict[str, Any], printer: Printer, sayings: list[str], limit_s: float | None
    ) -> None:
        self.view = view
        self.failed: Unreachable | None = None
        self.done = threading.Event()  # a join that Ctrl-C cuts short takes the thread for ended
        self._line, self._printer, self._sayings = line, printer, sayings
        self._until = None if limit_s is None else time.monotonic() + limit_s

    def run(self) -> None:
        try:
            self._listen()
        except Unreachable as error:
            self.failed = error
        finally:
            self.done.set()

    def leave(self) -> None:
        if self.view["state"] != "over":
            self._line.hang_up()

    def _listen(self) -> None:
        line, printer = self._line, self._printer
        printer.show(line.n, self.view)
        while self.view["state"] != "over":
            left = _WAIT_S if self._until is None else self._until - time.monotonic()
            if left <= 0:
                line.hang_up()
                self._until = None
            if self._sayings and (self.view["state"] == "connected" or self.view["recorded"]):
                line.say(self._sayings.pop(0))
            self.view = line.listen(printer.last(line.n), max(1, min(_WAIT_S, int(left))))
            printer.show(line.n, self.view)
        # Whoever hung up, the last words may have come after the state.
        self.view = line.listen(printer.last(line.n), 0)
        printer.show(line.n, self.view)


class Keyboard:
    """What is typed goes to one line at a time."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self._lines = {line.n: line for line in lines}
        self._now = lines[0]

    def read(self, typed: Iterable[str]) -> None:
        for line in typed:
            try:
                self.take(line.strip())
            except Unreachable as error:
                click.echo(f"        * {error}", err=True)

    def take(self, words: str) -> None:
        command, _, rest = words.partition(" ")
        if command == "/hangup":
            self._now.hang_up()
        elif command == "/line":
            self._go_to(rest.strip())
        elif words.startswith("/"):
            click.echo(f"        * {MENU_OF_MANY if len(self._lines) > 1 else MENU}", err=True)
        elif words and set(words) <= KEYS:
            self._now.press(words)
        elif words:
            self._now.say(words)

    def _go_to(self, number: str) -> None:
        line = self._lines.get(int(number)) if number.isdecimal() else None
        if line is None:
            click.echo(f"        * there is no line {number!r}, but {', '.join(map(str, self._lines))}", err=True)
            return
        self._now = line
        click.echo(f"        * you are on line {line.n}", err=True)


def interactive(as_json: bool) -> Iterable[str] | None:
    return sys.stdin if not as_json and sys.stdin.isatty() else None


def _summary(view: dict[str, Any]) -> dict[str, Any]:
    told = {name: view[name] for name in ("call", "contact_id", "tenant", "tenant_name", "to", "from", "state")}
    return {**told, "seconds": round(_between(view["began_at"], view["ended_at"] or view["began_at"]), 1)}


def _between(begin: str, end: str) -> float:
    return (datetime.fromisoformat(end) - datetime.fromisoformat(begin)).total_seconds()
