"""`manyline promised`: calls that were promised for a moment to come."""

from __future__ import annotations

import click

from infra.cli.bill.api import as_json, of_tenant, printed, quoted
from infra.cli.office import Office, at_the_office


@click.group()
def promised() -> None:
    """Calls that agents promised for a moment to come. An agent calls off his own at the desk."""


@promised.command("list")
@of_tenant
@click.option("--all", "past", is_flag=True, help="Also those that are over, of the last weeks.")
@as_json
@at_the_office
def list_(office: Office, tenant: str, past: bool, as_json: bool) -> None:
    """What the client's customers were promised, in order of time (UTC): by whom, and who shall call."""
    (of,) = quoted(tenant)
    found = [one for one in office.ask(f"/api/tenants/{of}/appointments")["appointments"] if past or not _over(one)]
    if as_json:
        printed({"appointments": found})
        return
    for one in found:
        told = one["outcome"] or one["state"]
        at, who = one["at"][:16].replace("T", " "), one["by"].partition(" <")[0]
        whom = one["agent"] or "the team"
        click.echo(f"{one['id']}  {at}  {one['number']:<17} {told:<12} {who} for {whom}  {one['note']}".rstrip())
    if not found:
        click.echo("nobody was promised a call")


@promised.command()
@of_tenant
@click.argument("id")
@as_json
@at_the_office
def cancel(office: Office, tenant: str, id: str, as_json: bool) -> None:
    """Nobody calls. ID is the first column of `list`."""
    of, which = quoted(tenant, id)
    answer = office.remove(f"/api/tenants/{of}/appointments/{which}")
    if as_json:
        printed(answer)
        return
    click.echo(f"{answer['number']}: {answer['outcome']}")


def _over(one: dict[str, str]) -> bool:
    return one["state"] == "done"
