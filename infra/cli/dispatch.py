"""`manyline dispatch`: messages on their way to clients' people on call."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any, TypeVar

import click

from infra import naming
from infra.layout import open_functions
from infra.stage import NotDeployed, open_stage

open_functions()
from chalicelib import wiring as house  # noqa: E402  lives where Chalice wants it
from chalicelib.kernel.clock import stamp  # noqa: E402
from chalicelib.kernel.errors import ManylineError  # noqa: E402
from chalicelib.kernel.ids import ContactId, TenantId  # noqa: E402
from chalicelib.outreach import wiring  # noqa: E402
from chalicelib.outreach.model.dispatch import Dispatch  # noqa: E402

_stage = click.option("--stage", default=naming.LOCAL, show_default=True, help="A deployed stage.")
T = TypeVar("T")
_as_json = click.option("--json", "as_json", is_flag=True, help="As a document.")


@click.group()
def dispatch() -> None:
    """Urgent messages: which are on their way to who is on call, and who took them."""


@dispatch.command("list")
@click.argument("tenant")
@click.option("--most", type=click.IntRange(1, 100), default=20, show_default=True, help="So many, the latest first.")
@_as_json
@_stage
def list_(tenant: str, most: int, as_json: bool, stage: str) -> None:
    """The latest of TENANT."""
    found = _on(stage, tenant, lambda client: wiring.dispatches().latest(client, most))
    if as_json:
        click.echo(json.dumps([document(one) for one in found], indent=2, ensure_ascii=False))
        return
    for one in found:
        click.echo(f"{one.contact}  {one.started_at:%Y-%m-%d %H:%M:%S}  {one.ladder.name:<16} {_standing(one)}")
    if not found:
        click.echo(f"nothing was dispatched for {tenant}")


@dispatch.command()
@click.argument("tenant")
@click.argument("id")
@_as_json
@_stage
def show(tenant: str, id: str, as_json: bool, stage: str) -> None:
    """One of TENANT, attempt by attempt; all times UTC."""
    found = _on(stage, tenant, lambda client: wiring.dispatches().get(client, ContactId(id)))
    if as_json:
        click.echo(json.dumps(document(found), indent=2, ensure_ascii=False))
        return
    for line in told(found):
        click.echo(line)


@dispatch.command()
@click.argument("tenant")
@click.argument("id")
@click.option("--who", required=True, help="Who takes it.")
@_stage
def acknowledge(tenant: str, id: str, who: str, stage: str) -> None:
    """Somebody of TENANT took it in another way: nobody else is tried."""
    now = datetime.now(UTC)
    dispatches = wiring.dispatches
    after = _on(stage, tenant, lambda client: dispatches().taken_by(client, ContactId(id), who=who, now=now))
    click.echo(_standing(after))


@dispatch.command()
@click.argument("tenant")
@click.argument("id")
@_stage
def cancel(tenant: str, id: str, stage: str) -> None:
    """Nobody of TENANT is needed any more."""
    now = datetime.now(UTC)
    dispatches = wiring.dispatches
    after = _on(stage, tenant, lambda client: dispatches().cancel(client, ContactId(id), by="operator", now=now))
    click.echo(_standing(after))


def told(one: Dispatch) -> Iterator[str]:
    yield f"{one.contact}  {one.ladder.title} ({one.ladder.name}) of {one.tenant}, {_standing(one)}"
    yield f"  from     {one.source}, by {one.by}, {one.started_at:%Y-%m-%d %H:%M:%S}"
    yield f"  message  {one.message}"
    for attempt in one.attempts:
        where = f"round {attempt.round}, step {attempt.step + 1}"
        yield f"  {attempt.at:%H:%M:%S} {where:<17} {attempt.by.value:<6} {attempt.person}: {attempt.result.value}"
    if one.running and one.next_at is not None:
        yield f"  next at  {one.next_at:%H:%M:%S}"


def document(one: Dispatch) -> dict[str, Any]:
    moments = {"started_at": one.started_at, "ended_at": one.ended_at, "next_at": one.next_at}
    return {
        "id": one.contact,
        "tenant": one.tenant,
        "source": one.source,
        "ladder": str(one.ladder.name),
        "standing": one.standing.value,
        "who": one.who,
        "how": one.how,
        "by": one.by,
        "message": one.message,
        **{name: stamp(at) for name, at in moments.items() if at is not None},
        "attempts": [attempt.as_item() for attempt in one.attempts],
    }


def _standing(one: Dispatch) -> str:
    by = f" by {one.who}" if one.who else ""
    how = f" ({one.how})" if one.how else ""
    return f"{one.standing.value}{by}{how}"


def _on(stage: str, tenant: str, do: Callable[[TenantId], T]) -> T:
    """Of a client that there is: for any other one nothing would ever be found, and nobody would know why."""
    try:
        open_stage(stage)
        return do(house.directory().get(TenantId(tenant)).id)
    except (ManylineError, NotDeployed) as error:
        raise click.ClickException(str(error)) from error
