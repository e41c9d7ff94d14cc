"""The feeds of the phone side's streams: what their functions could not take is read again and given to them again.

Lambda tells a queue no record, but the place in the stream where the batch lies. A stream keeps seven days, the queue
fourteen: a message whose records are gone stays, to be looked into.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

MOST_BYTES = 4_000_000  # of one invocation; Lambda takes six million
_PAGE = 500
_GONE = frozenset({"InvalidArgumentException", "ResourceNotFoundException", "ExpiredIteratorException"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    function: str  # deployed name
    dead: str  # URL of the queue that is told what was not taken


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a batch lies."""

    stream: str  # ARN
    shard: str
    first: str  # sequence numbers; both belong to it
    last: str
    size: int

    @staticmethod
    def read(body: str) -> Place:
        """Raises ValueError."""
        try:
            told = json.loads(body)["KinesisBatchInfo"]
            return Place(
                stream=told["streamArn"],
                shard=told["shardId"],
                first=told["startSequenceNumber"],
                last=told["endSequenceNumber"],
                size=int(told["batchSize"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"no place in a stream: {error!r}") from error


@dataclass(frozen=True, slots=True)
class Given:
    """What came of a redrive: records that were taken, and why messages stay where they are."""

    records: int
    left: tuple[str, ...]


def redrive(feed: Feed, *, sqs: Any, kinesis: Any, lambda_: Any) -> Given:
    """Each message of the queue at most once; it goes when all its records are taken. The functions are idempotent."""
    taken, left = 0, list[str]()
    seen: set[str] = set()
    while messages := [one for one in _receive(sqs, feed.dead) if one["MessageId"] not in seen]:
        for message in messages:
            seen.add(message["MessageId"])
            try:
                taken += _again(Place.read(message["Body"]), feed.function, kinesis, lambda_)
            except ValueError as stays:
                left.append(str(stays))
            else:
                sqs.delete_message(QueueUrl=feed.dead, ReceiptHandle=message["ReceiptHandle"])
    return Given(taken, tuple(left))


def _receive(sqs: Any, queue: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = sqs.receive_message(
        QueueUrl=queue, MaxNumberOfMessages=10, VisibilityTimeout=300
    ).get("Messages", [])
    return found


def _again(place: Place, function: str, kinesis: Any, lambda_: Any) -> int:
    """How many records the function took. Raises ValueError where not all of them are there, or taken."""
    records = _records(place, kinesis)
    where = f"{place.shard} {place.first}"
    if len(records) != place.size:
        raise ValueError(f"{where}: {place.size} records were not taken, and {len(records)} are still in the stream")
    for part in _parts([_as_lambda_gets_it(place, record) for record in records]):
        answer = lambda_.invoke(FunctionName=function, Payload=json.dumps({"Records": part}).encode())
        said = json.loads(answer["Payload"].read() or b"null")
        if answer.get("FunctionError"):
            raise ValueError(f"{where}: {function} failed again: {str(said)[:200]}")
        if failed := (said or {}).get("batchItemFailures"):
            raise ValueError(f"{where}: {function} did not take {len(failed)} of {len(part)} records again")
    return len(records)


def _records(place: Place, kinesis: Any) -> list[Mapping[str, Any]]:
    """Those of the batch that the stream still has."""
    found: list[Mapping[str, Any]] = []
    last = int(place.last)
    try:
        iterator = kinesis.get_shard_iterator(
            StreamARN=place.stream,
            ShardId=place.shard,
            ShardIteratorType="AT_SEQUENCE_NUMBER",
            StartingSequenceNumber=place.first,
        )["ShardIterator"]
        while iterator:
            page = kinesis.get_records(StreamARN=place.stream, ShardIterator=iterator, Limit=_PAGE)
            inside = [one for one in page["Records"] if int(one["SequenceNumber"]) <= last]
            found += [one for one in inside if int(one["SequenceNumber"]) >= int(place.first)]
            past = len(inside) < len(page["Records"])
            done = bool(found) and int(found[-1]["SequenceNumber"]) >= last
            at_tip = not page["Records"] and not page.get("MillisBehindLatest", 0)
            iterator = None if past or done or at_tip else page.get("NextShardIterator")
    except ClientError as error:
        if error.response["Error"]["Code"] not in _GONE:
            raise
    return found


def _as_lambda_gets_it(place: Place, record: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "eventSource": "aws:kinesis",
        "eventVersion": "1.0",
        "eventName": "aws:kinesis:record",
        "eventSourceARN": place.stream,
        "eventID": f"{place.shard}:{record['SequenceNumber']}",
        "kinesis": {
            "kinesisSchemaVersion": "1.0",
            "partitionKey": record["PartitionKey"],
            "sequenceNumber": record["SequenceNumber"],
            "approximateArrivalTimestamp": record["ApproximateArrivalTimestamp"].timestamp(),
            "data": base64.b64encode(record["Data"]).decode(),
        },
    }


def _parts(records: Sequence[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """In their order, as many at once as an invocation takes."""
    part, size = list[dict[str, Any]](), 0
    for record in records:
        weight = len(json.dumps(record))
        if part and size + weight > MOST_BYTES:
            yield part
            part, size = [], 0
        part.append(record)
        size += weight
    if part:
        yield part
