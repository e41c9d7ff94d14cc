"""`manyline tenants`: client companies from files to live, and back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import click

from infra import naming
from infra.layout import ROOT, open_functions
from infra.people import read_people
from infra.stage import NotDeployed, open_stage

open_functions()
from chalicelib import wiring  # noqa: E402  lives where Chalice wants it
from chalicelib.kernel.errors import ManylineError  # noqa: E402
from chalicelib.kernel.ids import TenantId  # noqa: E402
from chalicelib.routing.model.staffing import Doubt, doubts  # noqa: E402
from chalicelib.tenancy.model.tenant import Tenant  # noqa: E402
from chalicelib.tenancy.model.webhook import webhook_key  # noqa: E402
from chalicelib.tenancy.service.files import SUFFIX, BadFiles, read_files, write_file  # noqa: E402
from chalicelib.tenancy.service.onboarding import Onboarding, Proposal  # noqa: E402
from chalicelib.tenancy.service.schema import schema as schema_text  # noqa: E402
from chalicelib.workforce.model import Agent  # noqa: E402

FOLDER = ROOT / "tenants"
SCHEMA = FOLDER / "tenant.schema.json"

_COLOURS = {"+": "green", "-": "red", "~": "yellow"}
_paths = click.argument("paths", nargs=-1, type=click.Path(exists=True, path_type=Path))
_people = click.option(
    "--people",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Who will work: a file as `manyline people apply` takes it. Left out: who is on the stage, if one is asked.",
)
_stage = click.option("--stage", default=naming.LOCAL, show_default=True, help="A deployed stage.")


def read(paths: Sequence[Path]) -> list[Tenant]:
    """The clients in these files and folders. Raises BadFiles with every mistake in all of them."""
    files = [file for path in paths for file in (sorted(path.glob(f"*{SUFFIX}")) if path.is_dir() else [path])]
    return read_files({_shown(file): file.read_text(encoding="utf-8", errors="replace") for file in files})


def apply_all(onboarding: Onboarding, wanted: Sequence[Tenant], now: datetime) -> list[TenantId]:
    """Makes live what differs, client by client; returns whose configuration changed."""
    proposals = onboarding.propose(wanted)
    return [proposal.wanted.id for proposal in proposals if onboarding.apply(proposal, now) is not None]


@click.group()
def tenants() -> None:
    """Client companies: check their files, see what would change, make it live, export what is live.

    PATHS are files or folders; tenants/ if left out.
    """


@tenants.command()
@_paths
@_people
def check(paths: tuple[Path, ...], people: Path | None) -> None:
    """Read the files and report every mistake; needs no stage, so it knows no people unless --people names a file."""
    wanted = _read(paths)
    for tenant in wanted:
        click.echo(f"{tenant.id}: good")
    if people is not None:
        _doubt(doubts(wanted, _agents(people)))


@tenants.command()
@_paths
@_people
@_stage
def plan(paths: tuple[Path, ...], people: Path | None, stage: str) -> None:
    """Show what `apply` would change, and change nothing."""
    wanted = _read(paths)
    onboarding = _onboarding(stage)
    proposals = _propose(onboarding, wanted)
    _show(proposals)
    _doubt(_unkept(onboarding, wanted, people))
    for tenant in sorted(set(onboarding.live()) - {tenant.id for tenant in wanted}):
        click.echo(f"{tenant}: live, in none of these files; left alone")


@tenants.command()
@_paths
@_people
@_stage
@click.option("--yes", is_flag=True, help="Do not ask.")
def apply(paths: tuple[Path, ...], people: Path | None, stage: str, yes: bool) -> None:
    """Make the files live. Each client changes as a whole or not at all; what is live already is not written."""
    onboarding = _onboarding(stage)
    wanted = _read(paths)
    proposals = _propose(onboarding, wanted)
    _show(proposals)
    _doubt(_unkept(onboarding, wanted, people))
    waiting = [proposal for proposal in proposals if proposal.changes]
    if not waiting:
        return
    if not yes:
        click.confirm(f"Make this live on {stage}?", abort=True)
    for proposal in waiting:
        try:
            version = onboarding.apply(proposal, datetime.now(UTC))
        except ManylineError as error:
            raise click.ClickException(f"{proposal.wanted.id} stays as it was: {error.message}") from error
        if version is not None:
            click.echo(f"{proposal.wanted.id}: live, revision {version.revision}")
    wiring.safety_net().renew_terms()  # the sweep would tell the teams within a minute


@tenants.command()
@click.argument("names", nargs=-1, metavar="[TENANT]...")
@click.option("--to", type=click.Path(file_okay=False, path_type=Path), help="Write one file per client into a folder.")
@_stage
def export(names: tuple[str, ...], to: Path | None, stage: str) -> None:
    """Write what is live as files that `apply` takes without a change. All clients if none is named."""
    onboarding = _onboarding(stage)
    try:
        found = [onboarding.export(TenantId(name)) for name in names or onboarding.live()]
    except ManylineError as error:
        raise click.ClickException(error.message) from error
    for tenant in found:
        if to is None:
            click.echo(write_file(tenant))
            continue
        to.mkdir(parents=True, exist_ok=True)
        file = to / f"{tenant.id}{SUFFIX}"
        file.write_text(write_file(tenant), encoding="utf-8")
        click.echo(f"wrote {_shown(file)}")


@tenants.command()
def schema() -> None:
    """Write tenants/tenant.schema.json anew from the model, for editors."""
    SCHEMA.write_text(schema_text(), encoding="utf-8")
    click.echo(f"wrote {_shown(SCHEMA)}")


@tenants.command("webhook-key")
@click.argument("name", metavar="TENANT")
@_stage
def show_webhook_key(name: str, stage: str) -> None:
    """Show the key with which we sign what we ask of the client's own system. Give it to the client, to nobody else.

    The header Manyline-Signature is t=<seconds>,v1=<HMAC-SHA256 over "<seconds>.<body>" with this key, in hex>.
    """
    onboarding = _onboarding(stage)
    try:
        client = onboarding.export(TenantId(name))
    except ManylineError as error:
        raise click.ClickException(error.message) from error
    click.echo(webhook_key(wiring.signing_key(), client.id).text)


def _read(paths: Sequence[Path]) -> list[Tenant]:
    try:
        return read(paths or [FOLDER])
    except BadFiles as bad:
        for mistake in bad.mistakes:
            click.echo(str(mistake), err=True)
        count = len(bad.mistakes)
        raise click.ClickException(f"{count} mistake{'s' if count > 1 else ''}; nothing was changed") from bad


def _onboarding(stage: str) -> Onboarding:
    try:
        open_stage(stage)
    except NotDeployed as error:
        raise click.ClickException(str(error)) from error
    return wiring.onboarding()


def _propose(onboarding: Onboarding, wanted: Sequence[Tenant]) -> list[Proposal]:
    try:
        return onboarding.propose(wanted)
    except ManylineError as error:
        raise click.ClickException(f"{error.message}; nothing was changed") from error


def _unkept(onboarding: Onboarding, wanted: Sequence[Tenant], people: Path | None) -> list[Doubt]:
    """What the people cannot keep of what these clients are promised, beside the live clients of their teams."""
    return doubts(wanted, _agents(people), onboarding.beside(wanted))


def _agents(people: Path | None) -> list[Agent]:
    if people is None:
        workforce = wiring.workforce()
        return [agent for team in workforce.teams() for agent in workforce.members(team)]
    try:
        return read_people(people).agents
    except ManylineError as error:
        raise click.ClickException(error.message) from error


def _doubt(found: Sequence[Doubt]) -> None:
    for doubt in found:
        click.secho(f"! {doubt}", fg="yellow", err=True)


def _show(proposals: Sequence[Proposal]) -> None:
    for proposal in proposals:
        name = proposal.wanted.id
        if not proposal.changes:
            click.echo(f"{name}: no change")
            continue
        click.echo(f"{name}: {'new' if proposal.live is None else f'changes revision {proposal.live.revision}'}")
        for change in proposal.changes:
            line = str(change)
            click.secho(f"  {line}", fg=_COLOURS[line[0]])


def _shown(file: Path) -> str:
    """The name as a person at the root of the repository would type it."""
    resolved = file.resolve()
    return str(resolved.relative_to(ROOT)) if resolved.is_relative_to(ROOT) else str(file)
