"""`manyline`: the command line. One line per command; its code is loaded when it is used."""

from __future__ import annotations

import importlib
import importlib.util
from typing import Any

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
    "why": "infra.cli.why:why",
    "bill": "infra.cli.bill:bill",
    "plan-staff": "infra.cli.plan:plan_staff",
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

    def invoke(self, ctx: click.Context) -> Any:
        """What AWS, or the emulator in its place, did not answer is said in a sentence."""
        try:
            return super().invoke(ctx)
        except Exception as error:
            raise _explained(error) or error from error


def _explained(error: Exception) -> click.ClickException | None:
    """By name: boto3 is slow to load, and most commands that fail never did. None for what is no failure of AWS."""
    if not type(error).__module__.startswith("botocore."):
        return None
    match type(error).__name__:
        case "EndpointConnectionError" | "ConnectionClosedError" | "ConnectTimeoutError" | "ReadTimeoutError":
            return click.ClickException(f"{error}; is the stage up? try `manyline status`, or start it with `make run`")
        case "NoRegionError" | "NoCredentialsError" | "ProfileNotFound":
            return click.ClickException(f"{error}; a deployed stage needs AWS_REGION and a log-in (AWS_PROFILE)")
        case _:
            return click.ClickException(f"AWS refused: {error}")


@click.group(cls=Lazy, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="manyline")
def main() -> None:
    """A contact centre for an operator who serves many client companies with one team of agents."""
