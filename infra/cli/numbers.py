"""`manyline numbers`: numbers of a stage, claimed for clients and given back.

A number is the client's when its file says so and is applied: no command here edits files or configurations.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec

import click
from botocore.exceptions import (
    BotoCoreError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
    ProfileNotFound,
)

from infra import naming
from infra.layout import open_functions
from infra.stage import NotDeployed, open_stage
from infra.telephony.errors import PhoneSideError
from infra.telephony.exchange import Exchange
from infra.telephony.model import Book, Held, Status, Wish
from infra.telephony.numbers import Numbers, Row
from infra.telephony.place import reach

open_functions()
from chalicelib import wiring  # noqa: E402  lives where Chalice wants it
from chalicelib.kernel.errors import ManylineError  # noqa: E402
from chalicelib.tenancy.model.address import E164  # noqa: E402
from chalicelib.tenancy.model.form import Unfit  # noqa: E402
from chalicelib.tenancy.service.onboarding import Onboarding  # noqa: E402

P = ParamSpec("P")

_stage = click.option("--stage", default=naming.LOCAL, show_default=True, help="A deployed stage.")
_plan = click.option("--plan", "only_plan", is_flag=True, help="Say what would be done, and do nothing.")
_yes = click.option("--yes", is_flag=True, help="Do not ask.")


class _Phone(click.ParamType[str]):
    name = "number"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        try:
            return E164.parse(str(value))
        except Unfit as unfit:
            self.fail(str(unfit), param, ctx)


def _prefix(ctx: click.Context, param: click.Parameter, value: str) -> str:
    if value and not re.fullmatch(r"\+[0-9]{1,11}", value):
        raise click.BadParameter(f"{value!r} is no prefix; write + and up to 11 digits, like +1512")
    return value


def _told(command: Callable[P, None]) -> Callable[P, None]:
    """What stands in the way is said in a sentence."""

    @wraps(command)
    def telling(*words: P.args, **more: P.kwargs) -> None:
        try:
            command(*words, **more)
        except ManylineError as error:
            raise click.ClickException(error.message) from error
        except (PhoneSideError, NotDeployed) as error:
            raise click.ClickException(str(error)) from error
        except BotoCoreError as error:
            raise click.ClickException(lacking(error, str(more["stage"]))) from error

    return telling


def lacking(error: BotoCoreError, stage: str) -> str:
    """What is missing to reach the stage, and what needs none of it."""
    if stage == naming.LOCAL:
        return f"the local stack does not answer ({str(error).rstrip('.')}): start it by `make run`"
    match error:
        case NoCredentialsError() | PartialCredentialsError() | ProfileNotFound():
            fix = "give this terminal the credentials of the account, by AWS_PROFILE or `aws sso login`"
        case NoRegionError():
            fix = "say in which region the stage is, by AWS_REGION"
        case _:
            fix = "see that this machine reaches AWS"
    return f"AWS cannot be asked ({str(error).rstrip('.')}): {fix}. Without --stage it is the simulator of this machine"


def book_of(onboarding: Onboarding) -> Book:
    return Book(phones={tenant: onboarding.export(tenant).entry_points.phones for tenant in onboarding.live()})


def desk(stage: str) -> tuple[Numbers, Book]:
    """Raises NoPhoneSide, NotDeployed."""
    calls, found = reach(open_stage(stage))
    book = book_of(wiring.onboarding())
    return Numbers(Exchange(calls, found.instance), book, flow=found.flow, stage=stage), book


@click.group()
def numbers() -> None:
    """Telephone numbers: claim, assign and release them on Amazon Connect, and list who answers.

    A number answers as a client when the client's file names it and is applied; until then callers hear that it is
    unknown. On this machine it is the simulator that is asked, with numbers that are nobody's; there a number of a
    client's file rings without having been claimed.
    """


@numbers.command()
@click.option("--tenant", required=True, help="The client that it is for.")
@click.option("--country", required=True, metavar="CC", help="Two letters, like US.")
@click.option("--type", "kind", type=click.Choice(["DID", "TOLL_FREE"]), default="DID", show_default=True)
@click.option("--prefix", default="", callback=_prefix, help="What it begins with, like +1512.")
@click.option("--another", is_flag=True, help="Although a number claimed before waits to be added to the file.")
@_stage
@_plan
@_yes
@_told
def claim(
    tenant: str, country: str, kind: str, prefix: str, another: bool, stage: str, only_plan: bool, yes: bool
) -> None:
    """Claim a number for a client and lead it into the inbound flow. It costs from then on.

    A claim that was cut off is taken up, and a number that waits to be added to the file is shown again.
    """
    desk_, book = desk(stage)
    plan = desk_.plan_claim(tenant, Wish(country=country.upper(), type=kind, prefix=prefix), another=another)
    if plan.known is not None:
        click.echo(f"{plan.known.phone}: claimed for {tenant} before ({_status(plan.known)}); it is taken up")
    else:
        click.echo(f"{plan.offered[0]}: on offer, would be {tenant}'s")
    if only_plan:
        return
    if plan.known is None and not yes:
        click.confirm(f"Claim it on {stage}?", abort=True)
    _show(desk_.claim(plan), tenant, book)


@numbers.command()
@click.argument("number", type=_Phone())
@click.argument("tenant")
@click.option("--force", is_flag=True, help="Also if it was claimed for another client and is not live there.")
@_stage
@_plan
@_told
def assign(number: str, tenant: str, force: bool, stage: str, only_plan: bool) -> None:
    """Give a NUMBER that the instance holds to TENANT, and lead it into the inbound flow."""
    desk_, book = desk(stage)
    plan = desk_.plan_assign(number, tenant, force=force)
    for todo, words in ((plan.tags, f"tagged for {tenant}"), (plan.leads, "led into the inbound flow")):
        click.echo(f"{number}: {'to be ' if todo else 'already '}{words}")
    if not only_plan:
        _show(desk_.assign(plan), tenant, book)


@numbers.command()
@click.argument("number", type=_Phone())
@click.option("--force", is_flag=True, help="Also if a live client has it, or nobody knows whose it is.")
@_stage
@_plan
@_yes
@_told
def release(number: str, force: bool, stage: str, only_plan: bool, yes: bool) -> None:
    """Give NUMBER back. It cannot be had again for up to 180 days, and counts against the quota as long."""
    desk_, book = desk(stage)
    held = desk_.plan_release(number, force=force)
    if held is None:
        click.echo(f"{number}: not held on {stage}; nothing to release")
        return
    owner = book.owner(number)
    click.echo(f"{number}: to be released" + (f", although {owner} is live with it" if owner else ""))
    if only_plan:
        return
    if not yes:
        click.confirm(f"Release it on {stage}? It is gone for up to 180 days.", abort=True)
    desk_.release(held)
    click.echo(f"{number}: released")


@numbers.command(name="list")
@_stage
@_told
def list_(stage: str) -> None:
    """Every number that the instance holds or a live client has, and who answers."""
    desk_, _ = desk(stage)
    for row in desk_.rows():
        click.echo(f"{row.phone:<16} {_kind(row):<14} {_status(row.number):<14} {_answer(row, stage)}")


def _show(number: Held, tenant: str, book: Book) -> None:
    if book.owner(number.phone) == tenant:
        click.echo(f"{number.phone}: live, answers as {tenant}")
        return
    click.echo(f"{number.phone}: claimed and led into the inbound flow; its callers hear that it is unknown until")
    click.echo(f"the file of {tenant} has this line under [entry_points] and is applied (`manyline tenants apply`):")
    click.echo(f"  {book.line(tenant, number.phone)}")


def _kind(row: Row) -> str:
    return f"{row.number.country} {row.number.type}" if row.number else ""


def _status(number: Held | None) -> str:
    return number.status.value.lower().replace("_", " ") if number else "not held"


def _answer(row: Row, stage: str) -> str:
    if row.number is None and stage == naming.LOCAL:
        return f"in the file of {row.owner}; rings here without being claimed"
    if row.number is None:
        return f"in the file of {row.owner}, and not a number of this instance"
    if row.number.status is not Status.CLAIMED:
        return f"for {row.number.tenant or 'nobody'}" + (f": {row.number.why}" if row.number.why else "")
    if not row.answered:
        return f"for {row.number.tenant or row.owner or 'nobody'}, not led into the inbound flow; `assign` it"
    if row.owner:
        moved = f" (claimed for {row.number.tenant})" if row.number.tenant not in ("", row.owner) else ""
        return f"answers as {row.owner}{moved}"
    return f"answers as unknown; claimed for {row.number.tenant or 'nobody'}"
