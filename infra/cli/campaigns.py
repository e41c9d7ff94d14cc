"""`manyline campaigns`: people whom agents call for a client, loaded, started, paused and counted."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from infra.cli.bill.api import as_json, of_tenant, printed, quoted
from infra.cli.office import Office, at_the_office
from infra.layout import open_functions

open_functions()
from chalicelib.kernel.errors import Invalid  # noqa: E402  lives where Chalice wants it
from chalicelib.outreach.model.people import MOST_TOLD, read_people  # noqa: E402

_PART = 2_000  # rows of one request
_TOLD = ("new", "changed", "same", "called", "listed", "late", "skipped")
_WORDS = {
    "called": "called already, left as they are",
    "listed": "on the do-not-call list",
    "late": "after the campaign's last day",
    "skipped": "bad rows skipped",
}

_GONE = "no longer in the client's file: nobody is called; put it back, or forget its people"
_name = click.argument("name")


@click.group()
def campaigns() -> None:
    """People whom agents call for a client, between the calls that come in. What a campaign is, the client's file says
    ([[campaigns]]); who is called, and when it begins, is said here."""


@campaigns.command("list")
@of_tenant
@as_json
@at_the_office
def list_(office: Office, tenant: str, as_json: bool) -> None:
    """The client's campaigns, and how far each is."""
    answer = office.ask(f"/api/tenants/{quoted(tenant)[0]}/campaigns")
    if as_json:
        printed(answer)
        return
    if not answer["campaigns"]:
        click.echo(f"{tenant} has no campaigns; its file would have them as [[campaigns]]")
    for one in answer["campaigns"]:
        click.echo(_line(one))


@campaigns.command()
@of_tenant
@_name
@as_json
@at_the_office
def show(office: Office, tenant: str, name: str, as_json: bool) -> None:
    """One campaign: how many wait, are with agents, are done, and what came of them."""
    _shown(office.ask(_place(tenant, name)), as_json)


@campaigns.command()
@of_tenant
@_name
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--skip-bad", is_flag=True, help="Leave bad rows out; else one of them keeps all from being loaded.")
@as_json
@at_the_office
def load(office: Office, tenant: str, name: str, file: Path, skip_bad: bool, as_json: bool) -> None:
    """Load people from a CSV file with the column `number`, and if you like `name`, `zone` and others.

    Loaded twice, nothing happens; whoever was not called yet is then as the newer file has him.
    """
    header, rows, before = _checked(file, skip_bad)
    bad = "skip" if skip_bad else ""
    place = f"{_place(tenant, name)}/people"
    if not skip_bad:  # all of it is looked at there, too, before any of it is taken
        for start, text in _parts(header, rows):
            office.send_list(place, text, only="check", before=before + start)
    counts: Counter[str] = Counter()
    with click.progressbar(length=len(rows), label=f"loading {file.name}", file=click.get_text_stream("stderr")) as bar:
        for start, text in _parts(header, rows):
            counts.update(office.send_list(place, text, bad=bad, before=before + start))
            bar.update(min(_PART, len(rows) - start))
    if as_json:
        printed({what: counts[what] for what in _TOLD})
        return
    for what in _TOLD:
        if counts[what]:
            click.echo(f"{counts[what]:>7,} {_WORDS.get(what, what)}")
    click.echo(_line(office.ask(_place(tenant, name))))


@campaigns.command()
@of_tenant
@_name
@as_json
@at_the_office
def start(office: Office, tenant: str, name: str, as_json: bool) -> None:
    """From now on its people are called, as long as agents are at work."""
    _shown(office.tell(f"{_place(tenant, name)}/start"), as_json)


@campaigns.command()
@of_tenant
@_name
@as_json
@at_the_office
def pause(office: Office, tenant: str, name: str, as_json: bool) -> None:
    """Nobody more is called; who was dialled stays with his agent."""
    _shown(office.tell(f"{_place(tenant, name)}/pause"), as_json)


@campaigns.command()
@of_tenant
@_name
@click.confirmation_option("--yes", prompt="All people of this campaign are deleted. Go on?", help="Do not ask.")
@as_json
@at_the_office
def forget(office: Office, tenant: str, name: str, as_json: bool) -> None:
    """Delete the people of a campaign that does not run, and what came of their calls. Its file stays.

    A long list goes in parts. Stopped in between, run it again: it goes on with those who are left.
    """
    place = _place(tenant, name)
    gone, left = 0, office.ask(place)["people"]
    try:
        with click.progressbar(length=left, label=f"forgetting {name}", file=click.get_text_stream("stderr")) as bar:
            while True:
                answer = office.remove(f"{place}/people")
                gone, left = gone + answer["people"], answer["left"]
                bar.update(answer["people"])
                if not left:
                    break
    except (Exception, KeyboardInterrupt):
        if gone:
            click.echo(f"{gone:,} people are forgotten, {left:,} are left: run it again to go on", err=True)
        raise
    if as_json:
        printed({"people": gone})
        return
    click.echo(f"{gone:,} people forgotten")


def _place(tenant: str, name: str) -> str:
    of, which = quoted(tenant, name)
    return f"/api/tenants/{of}/campaigns/{which}"


def _checked(file: Path, skip_bad: bool) -> tuple[str, list[str], int]:
    """The line with the names of the columns and all after it, each a whole row; and how many stand before that line.
    The file is looked at as a whole before any of it is sent."""
    try:
        text = file.read_text(encoding="utf-8-sig")
        people, bad = read_people(text)
    except UnicodeDecodeError as error:
        raise click.ClickException(f"{file}: is not UTF-8 at byte {error.start}; save it as CSV with UTF-8") from None
    except Invalid as error:
        raise click.ClickException(f"{file}: {error.message}") from error
    for one in bad[:MOST_TOLD]:
        click.echo(f"{file}: {one}", err=True)
    if len(bad) > MOST_TOLD:
        click.echo(f"{file}: and {len(bad) - MOST_TOLD} more", err=True)
    if bad and not skip_bad:
        raise click.ClickException(
            f"{len(bad)} bad row{'s' if len(bad) > 1 else ''}; nothing was loaded. Correct them, or use --skip-bad"
        )
    if not people:
        raise click.ClickException(f"{file}: nobody is on this list")
    records = list(_records(text))
    first = next(place for place, record in enumerate(records) if record.strip())
    return records[first], records[first + 1 :], first


def _records(text: str) -> Iterator[str]:
    """Lines, but where a cell in quotes has several: those belong together."""
    kept = ""
    for line in io.StringIO(text, newline=""):
        kept += line
        if kept.count('"') % 2 == 0:
            yield kept if kept.endswith(("\n", "\r")) else f"{kept}\n"
            kept = ""


def _parts(header: str, rows: list[str]) -> Iterator[tuple[int, str]]:
    """Each with the names of the columns, and with how many rows stand before it."""
    for start in range(0, len(rows), _PART):
        yield start, "".join([header, *rows[start : start + _PART]])


def _shown(one: dict[str, Any], as_json: bool) -> None:
    if as_json:
        printed(one)
        return
    click.echo(_line(one))
    click.echo(f"  {one['title']}" if one["title"] else f"  {_GONE}")
    if one["since"]:
        click.echo(
            f"  {one['state']} since {one['since'][:16].replace('T', ' ')} UTC, by {one['by'].partition(' <')[0]}"
        )
    days = " to ".join(day or "open" for day in (one["first_day"], one["last_day"]))
    if days != "open to open":
        click.echo(f"  days: {days}")
    if one["next_at"]:
        click.echo(f"  the next one may be called from {one['next_at'][:16].replace('T', ' ')} UTC on")
    for outcome, count in sorted(one["outcomes"].items(), key=lambda pair: (-pair[1], pair[0])):
        click.echo(f"{count:>9,} {outcome}")


def _line(one: dict[str, Any]) -> str:
    counts = f"{one['waiting']:,} waiting, {one['out']:,} with agents, {one['done']:,} done"
    return f"{one['name']:<24} {one['state']:<8} {one['mode']:<12} {counts}"
