"""Records of a stream that its function could not take: read again where they lie, and given to it again."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import boto3
import pytest
from moto import mock_aws

from infra import feeds
from infra.feeds import Feed, redrive
from infra.local.connect.aws import kinesis_batch
from tests.fakes.stage import environment


class Function:
    """The side of Lambda that is invoked; `broken` are the records that it does not take."""

    def __init__(self) -> None:
        self.calls: list[list[dict[str, Any]]] = []
        self.broken: set[str] = set()
        self.dies = False

    def invoke(self, *, FunctionName: str, Payload: bytes) -> dict[str, Any]:  # noqa: N803  boto3's names
        assert FunctionName == "manyline-prod-contact_records"
        records = json.loads(Payload)["Records"]
        self.calls.append(records)
        failed = [one["kinesis"]["sequenceNumber"] for one in records if _text(one) in self.broken]
        said = {"batchItemFailures": [{"itemIdentifier": one} for one in failed]}
        died = {"FunctionError": "Unhandled"} if self.dies else {}
        return {"Payload": io.BytesIO(json.dumps(said).encode()), **died}

    @property
    def taken(self) -> list[str]:
        return [_text(one) for call in self.calls for one in call]


def _text(record: dict[str, Any]) -> str:
    return base64.b64decode(record["kinesis"]["data"]).decode()


@dataclass
class Stage:
    sqs: Any
    kinesis: Any
    dead: str
    stream: str
    function: Function = field(default_factory=Function)
    places: list[str] = field(default_factory=list)

    def put(self, *texts: str) -> None:
        for text in texts:
            told = self.kinesis.put_record(StreamName="records", Data=text.encode(), PartitionKey="one")
            self.places.append(told["SequenceNumber"])
            self.shard = told["ShardId"]

    def tells(self, first: int, last: int, **more: Any) -> None:
        """As Lambda does when it has given up on a batch."""
        info = {
            "shardId": self.shard, "startSequenceNumber": self.places[first], "endSequenceNumber": self.places[last],
            "batchSize": last - first + 1, "streamArn": self.stream, **more,
        }  # fmt: skip
        body = {"requestContext": {"condition": "RetryAttemptsExhausted"}, "version": "1.0", "KinesisBatchInfo": info}
        self.sqs.send_message(QueueUrl=self.dead, MessageBody=json.dumps(body))

    def redrives(self) -> feeds.Given:
        feed = Feed(function="manyline-prod-contact_records", dead=self.dead)
        return redrive(feed, sqs=self.sqs, kinesis=self.kinesis, lambda_=self.function)

    def lie(self) -> int:
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        told = self.sqs.get_queue_attributes(QueueUrl=self.dead, AttributeNames=names)["Attributes"]
        return sum(int(told[name]) for name in names)


@pytest.fixture
def stage() -> Iterator[Stage]:
    keys = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-east-1"}
    with environment(**keys), mock_aws():
        sqs, kinesis = boto3.client("sqs"), boto3.client("kinesis")
        kinesis.create_stream(StreamName="records", ShardCount=1)
        arn = kinesis.describe_stream(StreamName="records")["StreamDescription"]["StreamARN"]
        yield Stage(sqs, kinesis, sqs.create_queue(QueueName="dead")["QueueUrl"], arn)


def test_a_batch_is_read_where_it_lies_and_nothing_beside_it(stage: Stage) -> None:
    stage.put(*(f"record {n}" for n in range(8)))
    stage.tells(2, 5)
    stage.tells(7, 7)
    assert stage.redrives() == feeds.Given(5, ())
    assert sorted(stage.function.taken) == [f"record {n}" for n in (2, 3, 4, 5, 7)]
    assert [len(call) for call in stage.function.calls] in ([4, 1], [1, 4])
    assert stage.lie() == 0
    assert stage.redrives() == feeds.Given(0, ())


def test_it_looks_to_the_function_like_what_the_stream_gives_it(stage: Stage) -> None:
    stage.put("{}")
    stage.tells(0, 0)
    stage.redrives()
    [[given]] = stage.function.calls
    [usual] = kinesis_batch([{}])["Records"]
    assert usual.keys() <= given.keys()
    assert usual["kinesis"].keys() <= given["kinesis"].keys()
    assert given["kinesis"]["sequenceNumber"] == stage.places[0]


def test_what_is_not_taken_again_stays_and_the_rest_goes(stage: Stage) -> None:
    stage.put("good", "bad", "fine")
    stage.function.broken = {"bad"}
    stage.tells(0, 0)
    stage.tells(1, 2)
    given = stage.redrives()
    assert given.records == 1
    assert [why.partition(": ")[2] for why in given.left] == [
        "manyline-prod-contact_records did not take 1 of 2 records again"
    ]
    assert stage.lie() == 1


def test_a_function_that_fails_keeps_its_message(stage: Stage) -> None:
    stage.put("good")
    stage.tells(0, 0)
    stage.function.dies = True
    assert "failed again" in stage.redrives().left[0]
    assert stage.lie() == 1


def test_records_that_the_stream_has_no_more_are_told_and_not_forgotten(stage: Stage) -> None:
    stage.put("one", "two")
    stage.tells(0, 1, batchSize=5)
    stage.tells(0, 1, shardId="shardId-000000000009")
    why = sorted(stage.redrives().left)
    assert "5 records were not taken, and 2 are" in why[0]
    assert "2 records were not taken, and 0 are" in why[1]
    assert stage.function.calls == []
    assert stage.lie() == 2


def test_a_message_that_names_no_place_stays(stage: Stage) -> None:
    for body in ("hello", "[]", '{"KinesisBatchInfo": {}}'):
        stage.sqs.send_message(QueueUrl=stage.dead, MessageBody=body)
    assert len(stage.redrives().left) == 3
    assert stage.lie() == 3


def test_much_is_given_in_parts_and_in_its_order(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feeds, "MOST_BYTES", 900)
    stage.put(*(f"{n}" for n in range(5)))
    stage.tells(0, 4)
    assert stage.redrives().records == 5
    assert len(stage.function.calls) > 1
    assert stage.function.taken == [f"{n}" for n in range(5)]
