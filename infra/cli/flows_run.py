"""`manyline flows run`: thousands of simulated calls through flow files, and what came of them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import click

from infra.cli.flows.check import PLACEHOLDER
from infra.cli.flows.files import gathered, opened
from infra.local.connect.actions.registry import HANDLERS
from infra.local.connect.language import Finding, Flow, FlowRefused, FlowType, read
from infra.local.connect.setup import AfterQueueFlow
from infra.local.connect.simulate.chances import Chances
from infra.local.connect.simulate.study import FlowStudy, study, summary
from infra.local.connect.validator import check

MOST_MISSED = 20  # branches named as text; JSON has them all


@click.command()
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--seeds", default=1_000, show_default=True, type=click.IntRange(min=1), help="Calls through each flow.")
@click.option(
    "--type",
    "type_",
    type=click.Choice([type.value for type in FlowType], case_sensitive=False),
    help="The type of all these flows; guessed from each file if left out.",
)
@click.option(
    "--after-queue-flow",
    "after",
    type=click.Choice([after.value for after in AfterQueueFlow]),
    help="What a caller hears behind EndFlowExecution in a queue; each call by chance if left out.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of text.")
def run(paths: tuple[Path, ...], seeds: int, type_: str | None, after: str | None, as_json: bool) -> None:
    """Run flow files in a world of chance: callers, Lambdas, queues and agents by seed.

    Flows that lie together find each other; others are replaced by stand-ins. A placeholder may stay in a file.
    While branches of a flow were never taken, every other call sets out for one; the same seeds make the same calls.
    Exit code 1 if a flow came into a state that nothing leads out of, or if no file could be run.
    """
    files = gathered(paths)
    if not files:
        raise click.UsageError("no flow files there; they end in .json")
    flows, refused = loaded(files, FlowType(type_) if type_ else None)
    chances = Chances() if after is None else Chances(restarts=float(after == AfterQueueFlow.RESTART))
    studies = study(flows, seeds, chances)
    report = {
        "files": len(files),
        "loaded": len(flows),
        "refused": {name: [str(finding) for finding in findings] for name, findings in refused.items()},
        **summary(studies),
    }
    if as_json:
        click.echo(json.dumps({"flows": [each.row() for each in studies], "summary": report}, indent=1))
    else:
        _told(studies, report)
    if report["unhandled"] or not flows:
        raise SystemExit(1)


def loaded(files: Sequence[Path], type: FlowType | None) -> tuple[list[Flow], dict[str, list[Finding]]]:
    """Flows that may be run, and the findings on those that may not."""
    flows: list[Flow] = []
    refused: dict[str, list[Finding]] = {}
    for file in files:
        try:
            export = opened(file, type)
            flow = read(export.text, name=export.name, type=export.type)
            found = [finding for finding in check(flow) if finding.rule != PLACEHOLDER] or _unknown(flow)
        except FlowRefused as error:
            refused[str(file)] = list(error.findings)
        except (OSError, UnicodeDecodeError) as error:
            raise click.ClickException(f"{file}: cannot be read ({error})") from error
        else:
            if found:
                refused[str(file)] = found
            else:
                flows.append(flow)
    return flows, refused


def _unknown(flow: Flow) -> list[Finding]:
    return [
        Finding(
            flow.name, "unsupported-type", f"{action.type} is not carried out here", "leave it out", action.identifier
        )
        for action in flow.actions
        if action.type not in HANDLERS
    ]


def _told(studies: Sequence[FlowStudy], report: dict[str, object]) -> None:
    for each in studies:
        row = each.row()
        click.echo(
            f"{row['flow']} ({row['type']}): {_ends(each.ends)}; "
            f"actions {row['action_coverage']:.0%}, branches {row['branch_coverage']:.0%}"
        )
        for fault in each.faults:
            click.echo(f"  unhandled: {fault}")
    _missed(studies)
    refused = report["refused"]
    assert isinstance(refused, dict), "built above"
    for findings in refused.values():
        for finding in findings:
            click.echo(f"refused: {finding}")
    counts = f"{report['files']} files, {report['loaded']} loaded, {len(refused)} refused"
    if not studies:
        click.echo(f"{counts}; nothing could be run")
        return
    click.echo(
        f"{counts}; {report['runs']} runs: {_ends(sum((each.ends for each in studies), Counter()))}; "
        f"{report['unhandled']} unhandled; "
        f"actions {report['action_coverage']:.1%}, branches {report['branch_coverage']:.1%}"
    )


def _ends(ends: Counter[str]) -> str:
    return ", ".join(f"{name} {times}" for name, times in ends.most_common())


def _missed(studies: Sequence[FlowStudy]) -> None:
    missed = [(each.flow.name, *branch) for each in studies for branch in each.coverage.missed_branches()]
    for flow, action, way in missed[:MOST_MISSED]:
        click.echo(f"never taken: {flow}: {action} → {way}")
    if len(missed) > MOST_MISSED:
        click.echo(f"never taken: and {len(missed) - MOST_MISSED} more")
