"""`manyline dnc`: numbers that are never to be called, for one client or for all of the house."""

from __future__ import annotations

import functools
from typing import Any

import click

from infra.cli.bill.api import Command, as_json, printed, quoted
from infra.cli.office import Office, at_the_office


def _of_whom(command: Command) -> Command:
    """`TENANT NUMBER`, or `--house NUMBER`: gives the command `place`, its path at the API, and `words`."""

    @click.argument("words", nargs=-1, metavar="[TENANT] [NUMBER]")
    @click.option("--house", is_flag=True, help="For all clients; then no TENANT is named.")
    @functools.wraps(command)
    def run(*, words: tuple[str, ...], house: bool, **more: Any) -> Any:
        if house:
            return command(place="/api/do-not-call", words=words, **more)
        if not words:
            raise click.UsageError("name a TENANT, or give --house for all clients")
        return command(place=f"/api/tenants/{quoted(words[0])[0]}/do-not-call", words=words[1:], **more)

    return run


def _one(words: tuple[str, ...]) -> str:
    if len(words) != 1:
        raise click.UsageError("name one NUMBER, like +493012345678")
    return words[0]


@click.group()
def dnc() -> None:
    """Numbers that are never to be called: of a client's campaigns, or with --house of all clients'."""


@dnc.command()
@_of_whom
@click.option("--why", default="", help="A few words, for who looks at it later.")
@as_json
@at_the_office
def add(office: Office, place: str, words: tuple[str, ...], why: str, as_json: bool) -> None:
    """Put a number on the list. It leaves every campaign of the client."""
    answer = office.tell(place, number=_one(words), why=why)
    if as_json:
        printed(answer)
        return
    left = answer.get("left", 0)
    more = f"; it left {left} campaign{'s' if left != 1 else ''}" if left else ""
    click.echo(f"{answer['number']}: {'added' if answer['added'] else 'was on the list already'}{more}")


@dnc.command()
@_of_whom
@as_json
@at_the_office
def remove(office: Office, place: str, words: tuple[str, ...], as_json: bool) -> None:
    """Take a number off the list. It comes back into no campaign by itself."""
    answer = office.remove(place, number=_one(words))
    if as_json:
        printed(answer)
        return
    click.echo(f"{answer['number']}: {'removed' if answer['removed'] else 'was not on the list'}")


@dnc.command("list")
@_of_whom
@as_json
@at_the_office
def list_(office: Office, place: str, words: tuple[str, ...], as_json: bool) -> None:
    """All numbers of the list."""
    if words:
        raise click.UsageError("`list` takes no NUMBER; `check` does")
    found, after = [], ""
    while True:
        page = office.ask(place, after=after)
        found += page["numbers"]
        if not (after := page["after"]):
            break
    if as_json:
        printed({"numbers": found})
        return
    for one in found:
        click.echo(f"{one['number']:<17} {one['at'][:10]}  {one['by'].partition(' <')[0]}  {one['why']}".rstrip())
    if not found:
        click.echo("nobody is on this list")


@dnc.command()
@_of_whom
@as_json
@at_the_office
def check(office: Office, place: str, words: tuple[str, ...], as_json: bool) -> None:
    """Say whether a number may be called for a client, and ends with 1 where it may not."""
    if place == "/api/do-not-call":
        raise click.UsageError("name a TENANT: the list of all clients is asked with it")
    answer = office.ask(place, number=_one(words))
    if as_json:
        printed(answer)
    else:
        lists = [
            words
            for key, words in (("by_client", "the client's list"), ("by_house", "the list for all clients"))
            if answer[key]
        ]
        click.echo(
            f"{answer['number']}: " + (f"not to be called, it is on {' and '.join(lists)}" if lists else "on no list")
        )
    if answer["listed"]:
        raise SystemExit(1)
