"""`manyline`: the command line. One line per command; its code is loaded when it is used."""

from __future__ import annotations

import importlib
import importlib.util

import click

# command → module:attribute
COMMANDS: dict[str, str] = {
    "up": "infra.cli.local:up",
    "down": "infra.cli.local:down",
    "status": "infra.cli.local:status",
    "logs": "infra.cli.local:logs",
    "dev": "infra.cli.dev:dev",
    "queues": "infra.cli.queues:queues",
    "tenants": "infra.cli.tenants:tenants",
    "people": "infra.cli.people:people",
    "call": "infra.cli.call:call",
    "mail": "infra.cli.mail:mail",
    "chat": "infra.cli.chat:chat",
    "bill": "infra.cli.bill:bill",
}


class Lazy(click.Group):
    """Loads a command's module when it is asked for, so that `manyline status` does not wait for boto3."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [name for name, place in COMMANDS.items() if importlib.util.find_spec(place.partition(":")[0])]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        module, _, attribute = COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command


@click.group(cls=Lazy, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="manyline")
def main() -> None:
    """A contact centre for an operator who serves many client companies with one team of agents."""
