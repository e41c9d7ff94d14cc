"""`manyline flows check`: what Amazon Connect would refuse when these flows are published."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
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
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of text.")
def check(paths: tuple[Path, ...], type_: str | None, filled: bool, as_json: bool) -> None:
    """Name everything that Amazon Connect would refuse in these flow files, and how to mend it.

    Exit code 1 if there is anything.
    """
    files = gathered(paths)
    if not files:
        raise click.UsageError("no flow files there; they end in .json")
    checked = [_checked(file, FlowType(type_) if type_ else None, filled) for file in files]
    if as_json:
        click.echo(json.dumps(_json(checked), indent=1))
    else:
        _told(checked)
    if any(each.told for each in checked):
        raise SystemExit(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Checked:
    """`left` are placeholders that the deployment fills in."""

    file: Path
    type: FlowType
    told: list[Finding]
    left: int


def _checked(file: Path, type: FlowType | None, filled: bool) -> _Checked:
    flow = _opened(file, type)
    found = findings(flow)
    told = [finding for finding in found if filled or finding.rule != PLACEHOLDER]
    return _Checked(file=file, type=flow.type, told=told, left=len(found) - len(told))


def _json(checked: Sequence[_Checked]) -> dict[str, object]:
    """The summary has the names that `flows run` has for the same."""
    rows = [{**asdict(finding), "type": each.type.value} for each in checked for finding in each.told]
    refused = {str(each.file): [str(finding) for finding in each.told] for each in checked if each.told}
    summary = {
        "files": len(checked),
        "loaded": len(checked) - len(refused),
        "refused": refused,
        "findings": len(rows),
        "placeholders": sum(each.left for each in checked),
    }
    return {"findings": rows, "summary": summary}


def _told(checked: Sequence[_Checked]) -> None:
    for each in checked:
        for finding in each.told:
            click.echo(_line(finding, each.type))
    total, left = sum(len(each.told) for each in checked), sum(each.left for each in checked)
    click.echo(_summary(len(checked), sum(bool(each.told) for each in checked), total, left))


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
