"""`manyline why`: how a contact came to its agent, with the reason of every decision."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime

import click

from infra import naming
from infra.layout import open_functions
from infra.stage import NotDeployed, open_stage

open_functions()
from chalicelib import wiring  # noqa: E402  lives where Chalice wants it
from chalicelib.contacts.model.contact import Contact  # noqa: E402
from chalicelib.kernel.errors import ManylineError, NotFound  # noqa: E402
from chalicelib.kernel.ids import ContactId, TenantId, channel_of  # noqa: E402
from chalicelib.routing.model.line import Line  # noqa: E402
from chalicelib.routing.model.story import RINGS, Step, Story, story_of  # noqa: E402

_AT_ONCE = 100  # keys that one batched get takes


@click.command()
@click.argument("contact")
@click.option("--tenant", metavar="TENANT", help="Look at this client only; at all of them if left out.")
@click.option("--figures", is_flag=True, help="Also the figures that decided.")
@click.option("--json", "as_json", is_flag=True, help="As a list of documents: one mail may have reached two clients.")
@click.option("--stage", default=naming.LOCAL, show_default=True, help="A deployed stage.")
def why(contact: str, tenant: str | None, figures: bool, as_json: bool, stage: str) -> None:
    """Say why CONTACT went where it went: what it asked for, who was offered it, what was passed over."""
    try:
        open_stage(stage)
        stories = [story_of(found, _legs(found)) for found in _find(contact, tenant)]
    except (ManylineError, NotDeployed) as error:
        raise click.ClickException(str(error)) from error
    if as_json:
        click.echo(json.dumps([story.as_document() for story in stories], indent=2, ensure_ascii=False))
        return
    click.echo("\n\n".join("\n".join(told(story, figures=figures)) for story in stories))


def _find(contact: str, tenant: str | None) -> Sequence[Contact]:
    """By its key under each client: nothing is scanned. Raises NotFound."""
    wanted = ContactId(contact)
    channel_of(wanted)
    clients = [TenantId(tenant)] if tenant else wiring.onboarding().live()
    found: list[Contact] = []
    for start in range(0, len(clients), _AT_ONCE):
        found += wiring.contacts().get_many([(client, wanted) for client in clients[start : start + _AT_ONCE]])
    if not found:
        if tenant and TenantId(tenant) not in wiring.onboarding().live():
            raise NotFound("tenant", tenant)
        raise NotFound("contact of that client" if tenant else "contact", contact)
    return sorted(found, key=lambda one: one.tenant)


def _legs(contact: Contact) -> dict[str, Contact]:
    """What its agents asked for besides."""
    began = [ContactId(str(fact.data["contact"])) for fact in contact.facts if fact.kind == "transferred"]
    legs = wiring.contacts().get_many([(contact.tenant, leg) for leg in began]) if began else []
    return {leg.contact: leg for leg in legs}


def told(story: Story, *, figures: bool = False) -> Iterator[str]:
    """The story line by line; all times UTC."""
    contact = story.contact
    began = contact.opened_at
    state = "dropped by who had asked for it" if story.dropped else contact.state.value
    yield f"{contact.contact}  {contact.channel.value} of {contact.tenant}, {state}, {began:%Y-%m-%d} UTC"
    if story.line is not None:
        yield from _asked(story.line)
    if story.deadline is not None:
        day = "" if story.deadline.date() == began.date() else f" on {story.deadline:%Y-%m-%d}"
        yield _row("due", f"{_clock(story.deadline)}{day}{_how_late(story)}")
    for place, opening in enumerate(story.openings):
        gone = "" if opening.reached else "  (had gone by then)"
        anybody = not place and story.line is not None and not story.line.need.skill
        to = "anybody in the team" if anybody else RINGS[opening.ring]
        yield _row("open to" if not place else "", f"{_clock(opening.at)}  {to}{gone}")
    yield ""
    for step in story.steps:
        yield from _step(step, began, figures=figures)


def _asked(line: Line) -> Iterator[str]:
    need = line.need
    level = f" at level {need.level} or more" if need.skill and need.level > 1 else ""
    language = f", in {need.language}" if need.language else ""
    yield _row("asked for", f"{need.skill or 'no skill'}{level}{language}, of the team {need.team}")
    if need.certifications:
        yield _row("", f"certified for {', '.join(sorted(need.certifications))}")
    if need.overflow:
        yield _row("", f"helped out by {', '.join(sorted(need.overflow))}")
    boost = f", {line.boost_s} s ahead" if line.boost_s else ""
    hours = f" ({line.target_s / 3600:g} h)" if line.target_s >= 3600 else ""
    yield _row("target", f"{line.target_s} s{hours}{boost}")


def _how_late(story: Story) -> str:
    queued, deadline, waited_s = story.queued_at, story.deadline, story.waited_s
    if queued is None or deadline is None or waited_s is None:
        return ", still waiting" if queued is not None and not story.contact.over else ""
    if story.dropped:
        return f", dropped after {waited_s:.1f} s"
    if story.contact.callback:
        home = f" and {story.at_home_s:.1f} s at home" if story.at_home_s is not None else ", waits at home"
        return f", waited {waited_s:.1f} s on the line{home}"
    late = waited_s - (deadline - queued).total_seconds()
    served = story.contact.first("connected") is not None
    did = "waited" if served else "left after"
    return f", {did} {waited_s:.1f} s" + (
        f": {late:.1f} s late" if late > 0 else ": in time" if served else ", before that"
    )


def _step(step: Step, began: datetime, *, figures: bool) -> Iterator[str]:
    after = (step.fact.at - began).total_seconds()
    yield f"  {_clock(step.fact.at)}  {after:+9.1f} s  {step.words}"
    for part in step.reason.split("; ") if step.reason else ():
        yield f"{'':27}{part}"
    if figures and step.figures:
        yield f"{'':27}{', '.join(f'{name} {value}' for name, value in step.figures.items())}"


def _row(name: str, words: str) -> str:
    return f"  {name:<10} {words}"


def _clock(at: datetime) -> str:
    return f"{at:%H:%M:%S}"
