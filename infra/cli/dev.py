"""Edit, save, try."""

from __future__ import annotations

import contextlib

import click

from infra.cli.local import progress
from infra.local import deploy, processes, reload, stack
from infra.local.emulator import launcher
from infra.local.home import Home


@click.command()
def dev() -> None:
    """Start what does not run yet, then take every saved change of functions/ and templates/ within a second."""
    home, say = Home(), progress()
    try:
        if processes.running(home, launcher.NAME) is None or processes.running(home, stack.DOOR) is None:
            stack.up(home, home.ports(), say)
        with contextlib.suppress(KeyboardInterrupt):
            reload.watch(home, say)
    except (processes.PortTaken, processes.DiedAtStart, deploy.NodeMissing, deploy.Failed) as error:
        raise click.ClickException(str(error)) from error
    click.echo("\nstopped watching; the stack keeps running (`make stop` ends it)")
