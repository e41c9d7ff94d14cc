"""`manyline mail`: a customer's mail program on the command line."""

from __future__ import annotations

import json
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from infra.layout import open_functions
from infra.local.home import Home
from infra.local.mail.store import Kept, MailStore, Way, folder
from infra.local.mail.writing import Outline, compose, send

open_functions()
from chalicelib.channels.email.model.mail import Mail  # noqa: E402  lives where Chalice wants it
from chalicelib.channels.email.model.parsing import parse  # noqa: E402

_POLL_S = 0.2


@click.group(invoke_without_command=True)
@click.option("--to", help="A mailbox of a client, like help@luna-shop.example.")
@click.option("--from", "sender", default="jana@example.com", show_default=True, help="Who writes.")
@click.option("--subject", default="", help="The subject.")
@click.option("--text", default="", help="What to say.")
@click.option("--attach", "files", multiple=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--wait", "seconds", default=0.0, help="Wait so many seconds for the answer, and print it.")
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
@click.pass_context
def mail(
    context: click.Context,
    to: str | None,
    sender: str,
    subject: str,
    text: str,
    files: tuple[Path, ...],
    seconds: float,
    as_json: bool,
) -> None:
    """Write to a client by SMTP, read what came back, or see what the parser makes of a raw mail."""
    if context.invoked_subcommand:
        return
    if not to:
        raise click.UsageError("say --to whom, or use `manyline mail list` or `manyline mail parse FILE…`")
    home = Home()
    message_id = _send(home, Outline(sender=sender, to=to, subject=subject, text=text), files)
    if not as_json:
        click.echo(f"sent {message_id}")
    answer = _await(MailStore(folder(home)), sender, message_id, seconds)
    if as_json:
        click.echo(json.dumps({"message_id": message_id, "answer": answer and _told(*answer)}, ensure_ascii=False))
    elif answer:
        click.echo(_shown(*answer))
    if seconds and answer is None:
        raise click.ClickException(f"no answer after {seconds:g} s; `manyline mail list` shows what came later")


@mail.command("list")
@click.option("--customer", default="", help="Only mails that this person sent or got.")
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
def list_(customer: str, as_json: bool) -> None:
    """Mails that passed this machine, the newest first."""
    found = [kept for kept in MailStore(folder(Home())).all() if not customer or kept.belongs_to(customer)]
    if as_json:
        click.echo(json.dumps([asdict(kept) for kept in found], ensure_ascii=False))
        return
    for kept in found:
        arrow = "→ client  " if kept.way is Way.IN else "→ customer"
        click.echo(f"{kept.at[:19]}  {arrow}  {kept.sender} → {', '.join(kept.recipients)}  {kept.subject}")


@mail.command("parse")
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="For scripts: one object per line.")
def parse_(paths: tuple[Path, ...], as_json: bool) -> None:
    """What the parser makes of raw mails (files, or folders of them)."""
    for file in _files(paths):
        told = {"file": str(file), **_parsed(parse(file.read_bytes()))}
        if as_json:
            click.echo(json.dumps(told, ensure_ascii=False))
        else:
            click.echo("\n".join(f"{name:>12}: {value}" for name, value in told.items() if value) + "\n")


def _send(home: Home, outline: Outline, files: tuple[Path, ...]) -> str:
    port = home.ports().smtp
    try:
        mail = compose(outline, [(file.name, file.read_bytes()) for file in files])
        return send(mail, port)
    except ConnectionError as error:
        raise click.ClickException(f"nobody takes mail on port {port}: is the local stack up? `make run`") from error
    except (ValueError, OSError) as error:
        raise click.ClickException(f"the mail was not taken: {error}") from error


def _await(store: MailStore, customer: str, message_id: str, seconds: float) -> tuple[Kept, Mail] | None:
    until = time.monotonic() + seconds
    while True:
        for kept in store.all() if seconds else []:
            if kept.way is Way.OUT and kept.belongs_to(customer) and kept.answers(message_id):
                return kept, parse(store.raw(kept))
        if time.monotonic() >= until:
            return None
        time.sleep(_POLL_S)


def _files(paths: tuple[Path, ...]) -> list[Path]:
    return [
        file
        for path in paths
        for file in (sorted(one for one in path.rglob("*") if one.is_file()) if path.is_dir() else [path])
    ]


def _parsed(mail: Mail) -> dict[str, Any]:
    return {
        "from": mail.sender,
        "name": mail.sender_name,
        "reply_to": mail.reply_to,
        "to": list(mail.recipients),
        "subject": mail.subject,
        "date": mail.date.isoformat() if mail.date else "",
        "message_id": mail.message_id,
        "thread_keys": list(mail.thread_keys),
        "auto": mail.auto.value,
        "text": mail.text,
        "quoted": mail.quoted,
        "html": mail.html,
        "attachments": [{"name": file.name, "type": file.type, "size": file.size} for file in mail.attachments],
        "remarks": list(mail.remarks),
    }


def _told(kept: Kept, answer: Mail) -> dict[str, Any]:
    return {"id": kept.id, "at": kept.at, **_parsed(answer)}


def _shown(kept: Kept, answer: Mail) -> str:
    head = f"From: {answer.sender_name} <{answer.sender}>\nSubject: {answer.subject}\nDate: {kept.at}"
    return f"\n{head}\n\n{answer.text}"
