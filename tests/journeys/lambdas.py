"""The deployed functions, asked directly: what a queue, a stream, Connect or EventBridge would hand them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from chalicelib.kernel.clock import stamp
from tests.deployed import Stack

Message = Mapping[str, Any]


class Failed(Exception):
    """The function raised; the text is what it answered."""


def invoke(stack: Stack, name: str, event: Any) -> Any:
    answer = stack.client("lambda").invoke(FunctionName=stack.function(name), Payload=json.dumps(event).encode())
    body = json.loads(answer["Payload"].read() or b"null")
    if answer.get("FunctionError"):
        raise Failed(str(body)[:2_000])
    return body


def deliver(stack: Stack, name: str, *messages: Message | str) -> list[int]:
    """As its queue would: the positions of the messages that it could not take."""
    bodies = [message if isinstance(message, str) else json.dumps(message) for message in messages]
    records = [
        {"messageId": str(n), "receiptHandle": str(n), "body": body, "eventSource": "aws:sqs"}
        for n, body in enumerate(bodies)
    ]
    answer = invoke(stack, name, {"Records": records})
    return sorted(int(failure["itemIdentifier"]) for failure in answer["batchItemFailures"])


def send(stack: Stack, queue: str, *messages: Message | str) -> None:
    """Into the queue itself, so that its consumer comes by the usual way."""
    for message in messages:
        body = message if isinstance(message, str) else json.dumps(message)
        stack.client("sqs").send_message(QueueUrl=stack.stage.outputs[queue], MessageBody=body)


def change(item: Mapping[str, Any], before: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """A record of the contacts table's stream."""
    images = {"NewImage": _typed(item)} | ({"OldImage": _typed(before)} if before else {})
    keys = {name: {"S": item[name]} for name in ("pk", "sk")}
    return {
        "eventID": f"{item['pk']}-{item.get('version', 0)}",
        "eventName": "MODIFY" if before else "INSERT",
        "eventSource": "aws:dynamodb",
        "dynamodb": {"Keys": keys, "SequenceNumber": "1", "StreamViewType": "NEW_AND_OLD_IMAGES", **images},
    }


def fact(contact: Mapping[str, Any], seq: int) -> dict[str, Any]:
    """What the house is told of the contact's fact number `seq`."""
    known = {name: value for name, value in contact.items() if name not in {"pk", "sk"}}
    facts = plain(contact["facts"])[:seq]
    return {
        "type": "fact",
        "tenant": contact["tenant"],
        "contact_id": contact["contact"],
        "seq": seq,
        "fact": facts[-1],
        "contact": plain({**known, "facts": facts}),
    }


def plain(value: Any) -> Any:
    """As JSON has it."""
    return json.loads(json.dumps(value, default=int))


def depths(stack: Stack, kind: str = "Dead") -> dict[str, int]:
    """How many messages lie in each dead-letter queue."""
    sqs = stack.client("sqs")
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    urls = {name: url for name, url in stack.stage.outputs.items() if name.startswith(kind)}
    found = {
        name: sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"] for name, url in urls.items()
    }
    return {name: sum(int(told[one]) for one in names) for name, told in found.items()}


def reconcile(stack: Stack, initial: str, since: datetime | None = None) -> None:
    """Holds a call against Connect's records now, not minutes later: the look that is due of it is brought forward."""
    table, now = stack.settings.table_contacts, stamp(datetime.now(UTC) - timedelta(seconds=1))
    due = {
        "pk": "VOICE#DUE",
        "sk": f"{now}#{initial}",
        "at": now,
        "initial": initial,
        "since": stamp(since) if since else now,
    }
    stack.client("dynamodb").put_item(TableName=table, Item=_typed(due))
    invoke(stack, "reconcile_calls", {})


def _typed(item: Mapping[str, Any]) -> dict[str, Any]:
    from boto3.dynamodb.types import TypeSerializer

    serializer = TypeSerializer()
    return {name: serializer.serialize(value) for name, value in item.items()}


def events(contact: str, *kinds: Mapping[str, Any]) -> Sequence[dict[str, Any]]:
    """Contact events of a call, as EventBridge hands them on."""
    base = {"contactId": contact, "initialContactId": contact, "channel": "VOICE", "initiationMethod": "INBOUND"}
    return [
        {
            "source": "manyline.connect",
            "detail-type": "Amazon Connect Contact Event",
            "detail": {**base, **kind},
        }
        for kind in kinds
    ]
