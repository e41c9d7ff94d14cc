"""The local stack from the command line."""

from __future__ import annotations

import shutil
import time

import click

from infra import naming
from infra.local import deploy, processes, stack
from infra.local.home import Home, Ports

_PORTS = Ports()


@click.command()
@click.option("--port", type=int, help=f"Pages, API and WebSocket.  [{_PORTS.front}]")
@click.option("--emulator-port", type=int, help=f"The AWS emulator.  [{_PORTS.emulator}]")
@click.option("--smtp-port", type=int, help=f"Mail to tenants comes in here.  [{_PORTS.smtp}]")
@click.option("--relay-port", type=int, help=f"Mail from tenants goes out here.  [{_PORTS.relay}]")
def up(port: int | None, emulator_port: int | None, smtp_port: int | None, relay_port: int | None) -> None:
    """Start everything on this machine, deploy what changed, and say where it is. Chosen ports are remembered."""
    began = time.monotonic()
    home = Home()
    last = home.ports()
    ports = Ports(
        front=port or last.front,
        emulator=emulator_port or last.emulator,
        smtp=smtp_port or last.smtp,
        relay=relay_port or last.relay,
    )
    try:
        stage = stack.up(home, ports, progress())
    except (processes.PortTaken, processes.DiedAtStart, deploy.NodeMissing, deploy.Failed) as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"\nManyline is up after {time.monotonic() - began:.1f} s\n")
    click.echo(stack.welcome(stage, home))


@click.command()
@click.option("--erase", is_flag=True, help="Also throw away everything that was stored here.")
def down(erase: bool) -> None:
    """Stop; everything is kept and there again at the next start."""
    home = Home()
    if not stack.down(home, progress()):
        click.echo("nothing was running")
    if erase:
        for name in ("state", "objects", "run", "logs", "scratch"):
            shutil.rmtree(home.folder / name, ignore_errors=True)
        home.outputs_file.unlink(missing_ok=True)
        click.echo("stored calls, mails, chats and invoices are erased")


@click.command()
def status() -> None:
    """What runs, where, and whether it answers."""
    found = stack.parts(Home())
    for part in found:
        state = f"running (pid {part.pid})" if part.pid else "stopped"
        if part.pid and not part.answers:
            state += ", but it does not answer"
        click.echo(f"{part.name:<9} {state:<28} {part.address}")
    if not all(part.answers for part in found):
        raise SystemExit(1)


@click.command()
@click.argument("name", default="door")
@click.option("--lines", default=50, show_default=True, help="How many, from the end.")
def logs(name: str, lines: int) -> None:
    """The last lines that NAME wrote: door, emulator, or a function such as record_usage or api_handler."""
    home = Home()
    if home.log_file(name).exists():
        click.echo(processes.last_lines(home.log_file(name), lines))
        return
    client = deploy.client(home, "logs")
    group = f"/aws/lambda/{naming.function(naming.LOCAL, name)}"
    try:
        events = client.filter_log_events(logGroupName=group)["events"]
    except client.exceptions.ResourceNotFoundException:
        raise click.ClickException(f"{name} is no part of the stack that has written anything") from None
    for event in sorted(events, key=lambda event: event["timestamp"])[-lines:]:
        click.echo(event["message"].rstrip())


def progress() -> deploy.Say:
    """Says each step with the seconds since the command began."""
    began = time.monotonic()

    def say(words: str) -> None:
        first, *more = words.splitlines()
        click.echo(f"[{time.monotonic() - began:5.1f} s] {first}")
        for line in more:
            click.echo(" " * 10 + line)

    return say
