"""`manyline`: the command line. One line per command; its code is loaded when it is used."""

from __future__ import annotations

import click

from infra.cli.lazy import Lazy

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
    "numbers": "infra.cli.numbers:numbers",
    "call": "infra.cli.call:call",
    "answer": "infra.cli.call:answer",
    "mail": "infra.cli.mail:mail",
    "chat": "infra.cli.chat:chat",
    "why": "infra.cli.why:why",
    "dispatch": "infra.cli.dispatch:dispatch",
    "bill": "infra.cli.bill:bill",
    "campaigns": "infra.cli.campaigns:campaigns",
    "dnc": "infra.cli.dnc:dnc",
    "promised": "infra.cli.promised:promised",
    "flows": "infra.cli.flows:flows",
    "plan-staff": "infra.cli.plan:plan_staff",
}


@click.group(
    cls=Lazy, places=COMMANDS, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110}
)
@click.version_option(package_name="manyline")
def main() -> None:
    """A contact centre for an operator who serves many client companies with one team of agents."""
