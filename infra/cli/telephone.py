"""A customer's telephone: what the front door of the local stack offers, line by line."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any

from infra.local.home import Home

PATIENCE_S = 60


class Unreachable(Exception):
    """The stack said no, or nothing; the text says what to do."""


class Door:
    def __init__(self, url: str | None) -> None:
        """Without an address, that of the stack on this machine."""
        self.base = url or f"http://127.0.0.1:{Home().ports().front}"

    def ask(self, path: str, body: dict[str, str] | None = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(  # noqa: S310  our own front door
            self.base + path, data=data, headers={"Content-Type": "application/json", "Accept": "application/json"}
        )
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:  # noqa: S310
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise Unreachable(_said(error)) from error
        except OSError as error:
            raise Unreachable(f"nothing answers at {self.base} ({error}): start it with `make run`") from error

    def dial(self, number: str, caller: str, press: str) -> dict[str, Any]:
        """The view of the call that this begins; keys may have pauses in them: a comma is a second."""
        view: dict[str, Any] = self.ask("/try/api/calls", {"to": number, "from": caller, "press": press})
        return view

    def ringing(self, wait_s: int) -> list[dict[str, Any]]:
        """The telephones outside that ring now."""
        found: list[dict[str, Any]] = self.ask(f"/try/api/ringing?wait={wait_s}")
        return found

    def texts(self) -> list[dict[str, Any]]:
        """Those that arrived for any telephone, the newest ones last."""
        found: list[dict[str, Any]] = self.ask("/try/api/texts")
        return found

    def answer(self, ring: str) -> dict[str, Any]:
        view: dict[str, Any] = self.ask(f"/try/api/ringing/{ring}/answer", {})
        return view

    def refuse(self, ring: str) -> None:
        self.ask(f"/try/api/ringing/{ring}/refuse", {})


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One call; `n` is its place among those that began together."""

    door: Door
    n: int
    call: str

    def listen(self, after: int, wait_s: int) -> dict[str, Any]:
        # What happens behind the scenes is for the page: asking for none of it keeps the wait quiet.
        view: dict[str, Any] = self.door.ask(
            f"/try/api/calls/{self.call}?after={after}&happened_after=999999999&wait={wait_s}"
        )
        return view

    def press(self, keys: str) -> None:
        self.door.ask(f"/try/api/calls/{self.call}/keys", {"keys": keys})

    def say(self, text: str) -> None:
        self.door.ask(f"/try/api/calls/{self.call}/say", {"text": text})

    def hang_up(self) -> None:
        self.door.ask(f"/try/api/calls/{self.call}/hangup", {})


def _said(error: urllib.error.HTTPError) -> str:
    try:
        return str(json.load(error).get("detail") or error.reason)
    except ValueError:
        return str(error.reason)
