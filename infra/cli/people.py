"""`manyline people`: log-ins and seats of those who work with the stage."""

from __future__ import annotations

from pathlib import Path

import click

from infra import naming
from infra.layout import open_functions
from infra.people import People, UserPool, apply_people, invent_password, read_people
from infra.stage import NotDeployed, open_stage

open_functions()
from chalicelib import wiring  # noqa: E402  lives where Chalice wants it
from chalicelib.kernel.errors import ManylineError  # noqa: E402
from chalicelib.routing.model.staffing import doubts, strangers  # noqa: E402


@click.group()
def people() -> None:
    """People of the operator and of its clients: their log-ins, roles, teams and skills."""


@people.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--stage", default=naming.LOCAL, show_default=True, help="A deployed stage.")
@click.option(
    "--password", envvar="MANYLINE_NEW_PASSWORD", help="For each new log-in; if left out, one is invented and printed."
)
def apply(file: Path, stage: str, password: str | None) -> None:
    """Make the people of FILE log-ins and seats. Who is known already keeps the password."""
    try:
        known = read_people(file)
        pool = UserPool(*_pool(stage))
        new = apply_people(known, pool, wiring.workforce(), invent_password if password is None else lambda: password)
        doubtful = _doubts(known)
    except (ManylineError, NotDeployed) as error:
        raise click.ClickException(str(error)) from error
    for person in known.people:
        said = "known" if person.email not in new else "new" if password else f"new, password {new[person.email]}"
        click.echo(f"{person.email:<32} {person.role.value:<10} {said}")
    for doubt in doubtful:
        click.secho(f"! {doubt}", fg="yellow", err=True)


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
