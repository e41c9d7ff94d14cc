"""`manyline bill`: usage, drafts, invoices and what becomes of them, as finance sees them through the API."""

from __future__ import annotations

import click

from infra.cli.lazy import Lazy

COMMANDS: dict[str, str] = {
    "sample": "infra.cli.bill.sample:sample",
    "usage": "infra.cli.bill.drafts:usage",
    "draft": "infra.cli.bill.drafts:draft",
    "run": "infra.cli.bill.run:run",
    "list": "infra.cli.bill.invoices:invoices",
    "finalize": "infra.cli.bill.invoices:finalize",
    "explain": "infra.cli.bill.explain:explain",
    "pay": "infra.cli.bill.invoices:pay",
    "unpay": "infra.cli.bill.invoices:unpay",
    "credit": "infra.cli.bill.notes:credit",
    "notes": "infra.cli.bill.notes:notes",
    "dispute": "infra.cli.bill.decisions:dispute",
    "accept": "infra.cli.bill.decisions:accept",
    "reject": "infra.cli.bill.decisions:reject",
    "quarantine": "infra.cli.bill.decisions:quarantine",
    "replay": "infra.cli.bill.replay:replay",
    "cost": "infra.cli.bill.cost:cost",
    "what-if": "infra.cli.bill.what_if:what_if",
}


@click.group(cls=Lazy, places=COMMANDS)
def bill() -> None:
    """Usage, drafts and invoices of clients, and the run of a month for all of them.

    A PERIOD is a month such as 2026-10, or `current`. Every command works here and, with --stage, on a deployed stage.
    """
