"""`manyline people`: log-ins, seats and softphones of those who work with the stage."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click
from botocore.exceptions import BotoCoreError

from infra import naming
from infra.cli.numbers import lacking
from infra.layout import open_functions
from infra.people import People, UserPool, apply_people, invent_password, read_people
from infra.stage import NotDeployed, open_stage
from infra.telephony.errors import NoPhoneSide, PhoneSideError
from infra.telephony.place import reach
from infra.telephony.users import Outcome, Users

open_functions()
from chalicelib import wiring  # noqa: E402  lives where Chalice wants it
from chalicelib.kernel.errors import ManylineError  # noqa: E402
from chalicelib.routing.model.staffing import doubts, strangers  # noqa: E402


@click.group()
def people() -> None:
    """People of the operator and of its clients: their log-ins, roles, teams, skills and softphones."""


@people.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--stage", default=naming.LOCAL, show_default=True, help="A deployed stage.")
@click.option(
    "--password",
    envvar="MANYLINE_NEW_PASSWORD",
    help="For each new log-in and softphone; if left out, one is invented for each and printed.",
)
def apply(file: Path, stage: str, password: str | None) -> None:
    """Make the people of FILE log-ins and seats, and users of Amazon Connect: who has an agent's id signs in there.

    Who is known already keeps the password; only what differs is written. Nobody who left FILE is deleted.
    """
    secret = invent_password if password is None else lambda: password
    try:
        known = read_people(file)
        pool = UserPool(*_pool(stage))
        new = apply_people(known, pool, wiring.workforce(), secret)
        doubtful = _doubts(known)
    except (ManylineError, NotDeployed) as error:
        raise click.ClickException(str(error)) from error
    for person in known.people:
        said = "known" if person.email not in new else "new" if password else f"new, password {new[person.email]}"
        click.echo(f"{person.email:<32} {person.role.value:<10} {said}")
    for doubt in doubtful:
        _warn(doubt)
    try:
        refused = _softphones(known, _users(stage), secret, tell=password is None)
    except NoPhoneSide as error:
        _warn(f"no softphones: {error}")
        return
    except PhoneSideError as error:
        raise click.ClickException(f"no softphones: {error}") from error
    except BotoCoreError as error:
        raise click.ClickException(f"no softphones: {lacking(error, stage)}") from error
    if refused:
        raise click.ClickException(
            "; ".join(f"{one.name} has no softphone as wanted: {one.refused}" for one in refused)
        )


def _softphones(known: People, users: Users, secret: Callable[[], str], *, tell: bool) -> list[Outcome]:
    """Those who were refused. Each is told when he is done, so that no password is lost with what comes after."""
    there, wanted = users.names(), known.softphones
    refused = []
    for one in users.apply(wanted, there, secret):
        click.echo(f"{one.name:<32} {'softphone':<10} {_said(one, tell=tell)}")
        if one.refused:
            refused.append(one)
    ours = {person.name.lower() for person in wanted}
    if left := sorted(name for name in there if name.lower() not in ours):
        _warn(f"users of Amazon Connect that are not in the file, left as they are: {', '.join(left)}")
    return refused


def _said(one: Outcome, *, tell: bool) -> str:
    if one.refused:
        doubt = f"; if he is new, his password is {one.password}" if tell and one.password else ""
        return f"refused{doubt}"
    if one.new:
        return f"new, password {one.password}" if tell and one.password else "new"
    return f"known, changed: {', '.join(one.changed)}" if one.changed else "known"


def _warn(words: str) -> None:
    click.secho(f"! {words}", fg="yellow", err=True)


def _doubts(known: People) -> list[str]:
    """What the live clients were promised that nobody can keep now; of all teams that these people sit in."""
    onboarding, workforce = wiring.onboarding(), wiring.workforce()
    clients = [onboarding.export(tenant) for tenant in onboarding.live()]
    teams = {agent.team for agent in known.agents}
    touched = [client for client in clients if client.team_id in teams]
    everyone = [agent for team in workforce.teams() for agent in workforce.members(team)]
    told = map(str, doubts(touched, everyone))
    return [*told, *strangers(known.agents, [client.id for client in clients])]


def _pool(stage: str) -> tuple[object, str]:
    opened = open_stage(stage)
    return opened.client("cognito-idp"), opened.settings.user_pool


def _users(stage: str) -> Users:
    """Raises NoPhoneSide."""
    calls, found = reach(open_stage(stage))
    return Users(calls, found.instance, stage=stage)
