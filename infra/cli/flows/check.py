"""`manyline flows check`: what Amazon Connect would refuse when these flows are published."""

from __future__ import annotations

from pathlib import Path

import click

from infra.cli.flows.files import Export, gathered, opened
from infra.local.connect.language import NO_FLOW, Finding, FlowRefused, FlowType, read
from infra.local.connect.validator import check as check_flow

PLACEHOLDER = "placeholder"


@click.command()
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option(
    "--type",
    "type_",
    type=click.Choice([type.value for type in FlowType], case_sensitive=False),
    help="The type of all these flows; guessed from each file if left out.",
)
@click.option("--filled", is_flag=True, help="A ${Name} that nobody filled in is a finding too.")
def check(paths: tuple[Path, ...], type_: str | None, filled: bool) -> None:
    """Name everything that Amazon Connect would refuse in these flow files, and how to mend it.

    Exit code 1 if there is anything.
    """
    files = gathered(paths)
    if not files:
        raise click.UsageError("no flow files there; they end in .json")
    refused = total = left = 0
    for file in files:
        flow = _opened(file, FlowType(type_) if type_ else None)
        found = findings(flow)
        told = [finding for finding in found if filled or finding.rule != PLACEHOLDER]
        for finding in told:
            click.echo(_line(finding, flow.type))
        left += len(found) - len(told)
        refused += bool(told)
        total += len(told)
    click.echo(_summary(len(files), refused, total, left))
    if total:
        raise SystemExit(1)


def _opened(file: Path, type: FlowType | None) -> Export:
    try:
        return opened(file, type)
    except (OSError, UnicodeDecodeError) as error:
        raise click.ClickException(f"{file}: cannot be read ({error})") from error


def findings(flow: Export) -> list[Finding]:
    try:
        return check_flow(read(flow.text, name=flow.name, type=flow.type))
    except FlowRefused as refused:
        return list(refused.findings)


def _line(finding: Finding, type: FlowType) -> str:
    where = finding.action or "the file"
    flow = finding.flow if finding.rule in NO_FLOW else f"{finding.flow} ({type.value})"
    return f"{flow}: {where}: {finding.rule}: {finding.says}; fix: {finding.fix}"


def _summary(files: int, refused: int, total: int, left: int) -> str:
    rest = f"; {_count(left, 'placeholder')} left for the deployment to fill in" if left else ""
    if not total:
        return f"{_count(files, 'flow')}: nothing to refuse{rest}"
    return f"{_count(files, 'flow')}, {refused} refused: {_count(total, 'finding')}{rest}"


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
