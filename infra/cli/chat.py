"""`manyline chat`: a customer's chat widget on the command line; it speaks the same public API."""

from __future__ import annotations

import json
import secrets
import time
import tomllib
import urllib.error
import urllib.request
from typing import Any

import click

from infra.layout import ROOT
from infra.local.home import Home

_LOOK_S = 1.0
_OVER = {"ended", "closed", "refused"}


@click.command()
@click.option("--to", required=True, help="A client, like shop, or the key of its widget.")
@click.option("--text", "texts", multiple=True, required=True, help="What to say; may be repeated.")
@click.option("--name", default="", help="Your name.")
@click.option("--email", default="", help="Your mail address.")
@click.option("--wait", "seconds", default=0.0, help="Stay so many seconds for an agent's answer, and print it.")
@click.option("--end", "leaves", is_flag=True, help="Close the chat before leaving.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object, for scripts.")
@click.option("--url", help="Where Manyline is; the local stack if left out.")
def chat(
    to: str,
    texts: tuple[str, ...],
    name: str,
    email: str,
    seconds: float,
    leaves: bool,
    as_json: bool,
    url: str | None,
) -> None:
    """Chat with a client as a visitor of its site. The first text opens the chat, the others follow."""
    widget = Widget(url or f"http://127.0.0.1:{Home().ports().front}", _key(to))
    try:
        told = _talk(widget, texts, {"name": name, "email": email}, seconds, leaves)
    except Refused as error:
        raise click.ClickException(str(error)) from error
    click.echo(json.dumps(told, ensure_ascii=False) if as_json else _shown(told))
    if seconds and told["state"] not in _OVER and not told["answers"]:
        raise click.ClickException(f"no answer after {seconds:g} s; an agent at {widget.base}/desk can give one")


class Refused(Exception):
    """Manyline said no, or nothing; the text says what to do."""


class Widget:
    def __init__(self, base: str, key: str) -> None:
        self.base = base.rstrip("/")
        self._key = key
        self._token = ""

    def open(self, text: str, about: dict[str, str]) -> dict[str, Any]:
        opening = {"key": self._key, "session": secrets.token_hex(16), "text": text, **about}
        answer = self._ask("sessions", opening)
        self._token = answer.get("token", "")
        return answer

    def say(self, text: str) -> None:
        self._ask("messages", {"client_id": secrets.token_hex(8), "text": text})

    def read(self, after: int = 0) -> dict[str, Any]:
        return self._ask(f"messages?after={after}")

    def end(self) -> None:
        self._ask("end", {})

    def _ask(self, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        content = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(f"{self.base}/api/chat/{path}", content, headers)  # noqa: S310  the user's own URL
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
                told: dict[str, Any] = json.loads(answer.read() or b"{}")
        except urllib.error.HTTPError as error:
            raise Refused(_reason(error)) from error
        except OSError as error:
            raise Refused(f"nobody answers at {self.base}: is the local stack up? `make run`") from error
        return told


def _talk(
    widget: Widget, texts: tuple[str, ...], about: dict[str, str], seconds: float, leaves: bool
) -> dict[str, Any]:
    opened = widget.open(texts[0], about)
    if "snapshot" not in opened:
        state = "refused" if opened.get("refused") else "closed"
        return {"state": state, "contact": "", "messages": [], "answers": [opened["answer"]], **opened}
    for text in texts[1:]:
        widget.say(text)
    seen = _await(widget, seconds)
    if leaves and seen["state"] not in _OVER:
        widget.end()
        seen = widget.read()
    answers = [message["text"] for message in seen["messages"] if message["by"] == "agent"]
    return {**seen, "answers": answers}


def _await(widget: Widget, seconds: float) -> dict[str, Any]:
    """Until an agent has said something, the chat is over, or the time is."""
    until = time.monotonic() + seconds
    while True:
        seen = widget.read()
        answered = any(message["by"] == "agent" for message in seen["messages"])
        if answered or seen["state"] in _OVER or time.monotonic() >= until:
            return seen
        time.sleep(_LOOK_S)


def _key(to: str) -> str:
    """The widget's key: given, or from the client's file."""
    if to.startswith("wk_"):
        return to
    file = ROOT / "tenants" / f"{to}.toml"
    try:
        widgets = tomllib.loads(file.read_text())["entry_points"]["widgets"]
    except FileNotFoundError:
        known = ", ".join(sorted(path.stem for path in file.parent.glob("*.toml")))
        raise click.UsageError(f"no client {to!r}; there are {known} (or give a widget key, wk_…)") from None
    except KeyError:
        raise click.UsageError(f"{to} has no chat widget in {file.name}") from None
    return str(widgets[0]["key"])


def _reason(error: urllib.error.HTTPError) -> str:
    try:
        problem = json.loads(error.read())
    except ValueError:
        problem = {}
    return str(problem.get("detail") or f"Manyline answered {error.code}")


def _shown(told: dict[str, Any]) -> str:
    if told["state"] in ("refused", "closed"):
        more = [f"You can write to {told['mailbox']}."] if told.get("mailbox") else []
        return "\n".join([f"({told['state']}) {told['answers'][0]}", *more])
    who = {"customer": "you", "agent": "agent", "system": "*"}
    lines = [f"{who[message['by']]}: {message['text']}" for message in told["messages"]]
    return "\n".join([*lines, f"({told['state']}, contact {told['contact']})"])
