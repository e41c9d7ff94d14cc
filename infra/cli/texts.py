"""Texts (SMS) that arrive while somebody waits for a call or is on the line."""

from __future__ import annotations

import threading

import click

from infra.cli.telephone import Door, Unreachable

_EVERY_S = 1.0


class Texts:
    """Prints each text once: at the start the newest one that is there, then whatever arrives."""

    def __init__(self, door: Door, number: str | None, *, as_json: bool) -> None:
        self._door, self._number = door, number
        self._aside = as_json  # what is read by a program are the calls
        self._known: set[str] = set()
        self._over = threading.Event()
        self._lock = threading.Lock()

    def __enter__(self) -> Texts:
        there = self._find()
        self._known = {one["id"] for one in there[:-1]}
        self._print(there[-1:])
        threading.Thread(target=self._watch, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()

    def look(self) -> None:
        with self._lock:
            self._print(self._find())

    def _watch(self) -> None:
        while not self._over.wait(_EVERY_S):
            self.look()

    def _find(self) -> list[dict[str, str]]:
        try:
            return [one for one in self._door.texts() if self._number in (None, one["number"])]
        except Unreachable:
            return []  # whoever waits for a call is told by that

    def _print(self, texts: list[dict[str, str]]) -> None:
        for one in texts:
            if one["id"] not in self._known:
                self._known.add(one["id"])
                click.echo(f"        * a text for {one['number']}: {one['text']}", err=self._aside)
