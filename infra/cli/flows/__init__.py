"""`manyline flows`: exported flows of Amazon Connect, checked and run without an instance."""

from __future__ import annotations

import click

from infra.cli.lazy import Lazy

COMMANDS: dict[str, str] = {
    "check": "infra.cli.flows.check:check",
    "run": "infra.cli.flows_run:run",
}


@click.group(cls=Lazy, places=COMMANDS)
def flows() -> None:
    """Check and run flow files of Amazon Connect, ours or anybody's.

    A PATH is a flow as the console or DescribeContactFlow exports it, or a folder of such files.
    """
