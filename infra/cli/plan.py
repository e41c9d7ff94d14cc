"""`manyline plan-staff`: how many agents a forecast takes, dedicated, pooled and in between."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

import click
from rich.console import Console

from infra import naming
from infra.cli.plan_table import show
from infra.layout import open_functions

open_functions()
from chalicelib.contacts.model.contact import Contact  # noqa: E402  lives where Chalice wants it
from chalicelib.kernel.errors import ManylineError  # noqa: E402
from chalicelib.kernel.ids import ContactId, TenantId  # noqa: E402
from chalicelib.routing.model.forecast import Forecast  # noqa: E402
from chalicelib.routing.service.forecasts import Unreadable, from_csv, from_toml  # noqa: E402
from chalicelib.routing.service.history import usual_day  # noqa: E402
from chalicelib.routing.service.outcome import Run  # noqa: E402
from chalicelib.routing.service.plan_document import document  # noqa: E402
from chalicelib.routing.service.planner import OCCUPANCY_LIMIT, Plan, Policy, plan  # noqa: E402
from chalicelib.routing.service.rehearsal import Rehearsal, Setting, contacts_of, rehearse  # noqa: E402

_SMALL = 20_000  # contacts that are simulated sooner than a second process starts
_MOST = 20_000_000  # contacts: more takes half an hour
_WIDE = 150  # columns; in a narrower window lines go on below, which is better than figures cut short
_AT_ONCE = 100  # contacts of one read
_DAY = click.DateTime(formats=["%Y-%m-%d"])


@click.command("plan-staff")
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--from", "first", type=_DAY, metavar="DATE", help="Plan from the stage's past contacts: the first day.")
@click.option("--to", "last", type=_DAY, metavar="DATE", help="The last day, included; the first if left out.")
@click.option("--zone", default="UTC", show_default=True, help="The clock by which past days are laid over each other.")
@click.option("--team", default="", help="Only past contacts of this team's clients; of all clients if left out.")
@click.option(
    "--interval", type=click.IntRange(1, 1440), help="Minutes, of past contacts or of a CSV file.  [default: 30]"
)
@click.option(
    "--occupancy-limit",
    type=click.FloatRange(0, 1, min_open=True),
    default=OCCUPANCY_LIMIT,
    show_default=True,
    help="The most that agents may be busy; 1 plans for the targets alone.",
)
@click.option(
    "--shrinkage",
    type=click.FloatRange(0, 1, max_open=True),
    default=0.0,
    show_default=True,
    help="The part of paid time without contacts: breaks, training, illness.",
)
@click.option(
    "--known-tenants",
    "known",
    type=click.IntRange(1),
    multiple=True,
    metavar="K",
    help="Also: agents who know K clients each. May be repeated; found by simulation.",
)
@click.option("--simulate/--no-simulate", default=True, show_default=True, help="Play the plan with the real matcher.")
@click.option("--seeds", type=click.IntRange(1, 1000), default=5, show_default=True, help="How many days to simulate.")
@click.option(
    "--hours",
    type=click.FloatRange(0, 1000, min_open=True),
    default=10.0,
    show_default=True,
    help="For how long a forecast of one interval is held.",
)
@click.option("--json", "as_json", is_flag=True, help="As the API answers it.")
@click.option("--plot", type=click.Path(dir_okay=False, writable=True, path_type=Path), help="Also draw it: .svg, .png")
@click.option("--stage", default=naming.LOCAL, show_default=True, help="A deployed stage, for past contacts.")
def plan_staff(
    file: Path | None,
    first: datetime | None,
    last: datetime | None,
    zone: str,
    team: str,
    interval: int | None,
    occupancy_limit: float,
    shrinkage: float,
    known: tuple[int, ...],
    simulate: bool,
    seeds: int,
    hours: float,
    as_json: bool,
    plot: Path | None,
    stage: str,
) -> None:
    """Say how many agents each interval takes so that every client's target is met.

    FILE is a forecast as TOML (see infra/local/forecast.toml) or CSV; without one, give --from and --to. Answers are
    exact Erlang C, Erlang A where the customers' patience is known, and beside them the simulation.
    """
    if (file is None) == (first is None):
        raise click.UsageError("give a FILE with a forecast, or --from DATE for the stage's past contacts")
    if known and not simulate:
        raise click.UsageError("--known-tenants is found by simulation: leave --no-simulate out")
    if plot is not None and plot.suffix not in (".svg", ".png", ".pdf"):
        raise click.UsageError(f"--plot {plot}: name it .svg, .png or .pdf")
    if plot is not None and not plot.absolute().parent.is_dir():
        raise click.UsageError(f"--plot {plot}: there is no folder {plot.parent}; make it first, or name another")
    try:
        if file is not None:
            forecast = read_forecast(file, interval)
        else:
            assert first is not None, "asked for above"
            days = _days(first.date(), (last or first).date())
            forecast = _past(stage, days, _zone(zone), team, interval or 30)
        planned = plan(forecast, Policy(occupancy_limit=occupancy_limit, shrinkage=shrinkage))
        setting = Setting(seeds=tuple(range(1, seeds + 1)), hours=hours, known=tuple(dict.fromkeys(known)))
        rehearsal = _rehearsed(planned, setting) if simulate else None
    except Unreadable as bad:
        for mistake in bad.mistakes:
            click.echo(mistake, err=True)
        count = len(bad.mistakes)
        raise click.ClickException(f"{count} mistake{'s' if count > 1 else ''}; nothing was planned") from bad
    except ManylineError as error:
        raise click.ClickException(error.message) from error
    if as_json:
        click.echo(json.dumps(document(planned, rehearsal), indent=2))
    else:
        show(Console(width=max(Console().width, _WIDE)), planned, rehearsal)
    if plot is not None:
        from infra.cli.plan_plot import draw  # noqa: PLC0415  matplotlib is slow to load, and only a plot needs it

        draw(planned, rehearsal, plot)
        click.echo(f"drawn to {plot}", err=True)


def read_forecast(file: Path, interval: int | None) -> Forecast:
    """Raises Unreadable."""
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable([f"{file}: is not UTF-8 at byte {error.start}. Save it as UTF-8."]) from None
    match file.suffix.lower():
        case ".csv":
            return from_csv(str(file), text, interval or 30)
        case ".toml":
            if interval is not None:
                raise click.UsageError("--interval: a TOML file says its own interval_min; leave the option out")
            return from_toml(str(file), text)
    raise click.UsageError(f"{file}: name it .toml or .csv, so that its form is known")


def _rehearsed(planned: Plan, setting: Setting) -> Rehearsal:
    size = contacts_of(planned, setting)
    if size > _MOST:
        raise click.ClickException(
            f"this would simulate about {size:,} contacts, the limit is {_MOST:,}; "
            "give fewer --seeds, --hours or --known-tenants, or --no-simulate"
        )
    if size <= _SMALL or len(setting.seeds) == 1:
        return rehearse(planned, setting)
    click.echo(f"simulating about {size:,} contacts", err=True)
    with ProcessPoolExecutor(min(len(setting.seeds), os.cpu_count() or 1)) as workers:

        def each(simulate: Callable[[int], Run], seeds: Iterable[int]) -> Iterable[Run]:
            return workers.map(simulate, seeds)

        return rehearse(planned, setting, each)


def _days(first: date, last: date) -> list[date]:
    if last < first:
        raise click.UsageError(f"--to {last} is before --from {first}")
    return [first + timedelta(days=day) for day in range((last - first).days + 1)]


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, LookupError):
        raise click.UsageError(f"--zone {name!r} is no time zone; write one like Europe/Berlin") from None


def _past(stage: str, days: Sequence[date], zone: ZoneInfo, team: str, interval: int) -> Forecast:
    """The usual day of the stage's clients."""
    from chalicelib import wiring  # noqa: PLC0415  a forecast in a file needs no stage, and boto3 is slow to load
    from infra.stage import NotDeployed, open_stage  # noqa: PLC0415

    try:
        open_stage(stage)
    except NotDeployed as error:
        raise click.ClickException(str(error)) from error
    directory = wiring.directory()
    live = {tenant: directory.get(tenant) for tenant in wiring.onboarding().live()}
    clients = {tenant: client for tenant, client in live.items() if team in ("", client.team)}
    if not clients:
        teams = ", ".join(sorted({client.team for client in live.values()})) or "none"
        raise click.ClickException(f"no client of the stage has the team {team!r}; teams are {teams}")
    contacts = past_contacts(wiring.contacts(), list(clients), days, zone)
    return usual_day(
        contacts,
        lambda tenant, channel: clients[tenant].target(channel),
        days=len(days),
        interval_s=interval * 60,
        zone=zone,
    )


class Archive(Protocol):
    """What of `Contacts` is read here."""

    @property
    def of_day(self) -> Callable[[TenantId, str], list[ContactId]]: ...
    @property
    def get_many(self) -> Callable[[Sequence[tuple[TenantId, ContactId]]], list[Contact]]: ...


def past_contacts(
    archive: Archive, clients: Sequence[TenantId], days: Sequence[date], zone: ZoneInfo
) -> Iterable[Contact]:
    """The contacts that were opened on these days of the zone; the archive keeps them by the day of UTC."""
    around = sorted({day + timedelta(days=off) for day in days for off in (-1, 0, 1)})
    wanted = set(days)
    for tenant in clients:
        keys = [(tenant, contact) for day in around for contact in archive.of_day(tenant, day.isoformat())]
        for start in range(0, len(keys), _AT_ONCE):
            for contact in archive.get_many(keys[start : start + _AT_ONCE]):
                if contact.opened_at.astimezone(zone).date() in wanted:
                    yield contact
