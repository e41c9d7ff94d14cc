"""`manyline queues`: what waits, what could not be taken, and another try for it."""

from __future__ import annotations

import re
from typing import Any

import click

from infra import feeds, naming
from infra.permissions import FEEDS
from infra.stage import NotDeployed, Stage, open_stage

_stage = click.option("--stage", default=naming.LOCAL, show_default=True, help="A deployed stage.")


@click.group(invoke_without_command=True)
@_stage
@click.pass_context
def queues(ctx: click.Context, stage: str) -> None:
    """How many messages wait in each queue, and how many lie in its dead-letter queue."""
    if ctx.invoked_subcommand:
        return
    opened = _open(stage)
    sqs = opened.client("sqs")
    click.echo(f"{'queue':<16} {'waiting':>8} {'dead':>6}")
    width = 16
    for name, (queue, dead) in sorted(_pairs(opened).items()):
        click.echo(f"{name:<{width}} {_depth(sqs, queue):>8} {_depth(sqs, dead):>6}")
    for name, feed in sorted(_feeds(opened).items()):
        click.echo(f"{name:<{width}} {'stream':>8} {_depth(sqs, feed.dead):>6}")


@queues.command()
@click.argument("name")
@_stage
def redrive(name: str, stage: str) -> None:
    """Give what lies in the dead-letter queue of NAME to its consumer again; consumers are idempotent.

    Of a stream of the phone side the records are read again where they lie: it keeps them for seven days.
    """
    opened = _open(stage)
    pairs, streams = _pairs(opened), _feeds(opened)
    if name in streams:
        _redrive_feed(opened, name, streams[name])
        return
    if name not in pairs:
        raise click.ClickException(f"no queue {name}; there are {', '.join(sorted([*pairs, *streams]))}")
    queue, dead = pairs[name]
    click.echo(f"{move(opened.client('sqs'), dead, queue)} messages given back to {name}")


def _redrive_feed(stage: Stage, name: str, feed: feeds.Feed) -> None:
    clients = {"sqs": stage.client("sqs"), "kinesis": stage.client("kinesis"), "lambda_": stage.client("lambda")}
    given = feeds.redrive(feed, **clients)
    click.echo(f"{given.records} records given back to {name}")
    for why in given.left:
        click.echo(why, err=True)
    if given.left:
        raise click.ClickException(f"{len(given.left)} messages stay where they are")


def move(sqs: Any, source: str, target: str) -> int:
    """One by one, and deleted only when it has arrived: an interrupted move repeats a message and loses none."""
    moved = 0
    while messages := _take(sqs, source):
        for message in messages:
            sqs.send_message(
                QueueUrl=target,
                MessageBody=message["Body"],
                MessageAttributes={
                    key: {kind: attribute[kind] for kind in attribute if kind in ("DataType", "StringValue")}
                    for key, attribute in message.get("MessageAttributes", {}).items()
                },
            )
            sqs.delete_message(QueueUrl=source, ReceiptHandle=message["ReceiptHandle"])
            moved += 1
    return moved


def _take(sqs: Any, queue: str) -> list[dict[str, Any]]:
    answer = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, MessageAttributeNames=["All"])
    messages: list[dict[str, Any]] = answer.get("Messages", [])
    return messages


def _pairs(stage: Stage) -> dict[str, tuple[str, str]]:
    """Queue and dead-letter queue by name, from the outputs that ContactsStack gives."""
    outputs = stage.outputs
    return {
        _name(key): (outputs[f"Queue{key}"], outputs[f"Dead{key}"])
        for key in (output.removeprefix("Dead") for output in outputs if output.startswith("Dead"))
    }


def _feeds(stage: Stage) -> dict[str, feeds.Feed]:
    """None on this machine: the simulator delivers without a stream."""
    outputs = stage.phone_side
    return {
        function: feeds.Feed(function=stage.function(function), dead=outputs[naming.unread(function)])
        for function in FEEDS
        if naming.unread(function) in outputs
    }


def _name(camel: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", camel).lower()


def _depth(sqs: Any, queue: str) -> int:
    kinds = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    found = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=kinds)["Attributes"]
    return sum(int(found[kind]) for kind in kinds)


def _open(stage: str) -> Stage:
    try:
        return open_stage(stage)
    except NotDeployed as error:
        raise click.ClickException(str(error)) from error
