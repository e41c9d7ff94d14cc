"""The whole house in one process: the real doors and boto3, on a private emulator, with every request counted.

Queues and streams are carried by hand, so that what a Lambda service would do for nothing is not counted,
and a test says when it happens.
"""

from __future__ import annotations

import importlib
import itertools
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3

from chalicelib import wiring
from chalicelib.aws import clients
from infra.listeners import FOLLOWS, wants
from infra.people import UserPool, apply_people, read_people
from tests.fakes.browser import PASSWORD
from tests.fakes.stage import aws, create_pool, create_tables, environment, every_setting
from tests.fakes.tenants import sample
from tests.lambdas import lambdas

PEOPLE = Path(__file__).resolve().parents[1] / "infra" / "local" / "people.toml"
CONSUMERS = {
    "usage": "record_usage",
    "desk": "push_desk",
    "chat": "push_chat",
    "outreach": "settle_outreach",
    "mail_out": "mail_out",
}


class House:
    """`requests` counts `service.Operation` of what the doors asked AWS for since the last `counted`; `invocations`
    how often each Lambda ran since then."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint
        self.requests: Counter[str] = Counter()
        self.invocations: Counter[str] = Counter()
        self._outside = boto3.Session()  # carries by hand: never counted
        self._shards: dict[str, str] = {}
        self._numbers = itertools.count(1)
        self.stream = self.facts_queue = ""
        self.pushed: _Pushes | None = None

    # What the outside world does

    def invoke(self, name: str, event: Mapping[str, Any]) -> Any:
        module, _, handler = lambdas()[name].rpartition(".")
        self.invocations[name] += 1
        return getattr(importlib.import_module(module), handler)(event, None)

    def deliver(self, name: str, *messages: Mapping[str, Any]) -> None:
        records = [
            {"messageId": str(next(self._numbers)), "body": json.dumps(message), "eventSource": "aws:sqs"}
            for message in messages
        ]
        answer = self.invoke(name, {"Records": records})
        assert answer == {"batchItemFailures": []}, f"{name} could not take its messages: {answer}"

    def carry(self) -> None:
        """Stream → facts → every listener, until nothing moves."""
        while told := self._publish():
            for queue, consumer in CONSUMERS.items():
                mine = [body for body, attributes in told if wants(queue, attributes)]
                if mine:
                    self.deliver(consumer, *mine)

    def _publish(self) -> list[tuple[dict[str, Any], dict[str, str]]]:
        records = self._new_records()
        if not records:
            return []
        self.invoke("publish_facts", {"Records": records})
        queue = self._outside.client("sqs")
        told = []
        while messages := queue.receive_message(
            QueueUrl=self.facts_queue, MaxNumberOfMessages=10, MessageAttributeNames=["All"]
        ).get("Messages"):
            for message in messages:
                attributes = {name: value["StringValue"] for name, value in message["MessageAttributes"].items()}
                told.append((json.loads(message["Body"]), attributes))
                queue.delete_message(QueueUrl=self.facts_queue, ReceiptHandle=message["ReceiptHandle"])
        return told

    def _new_records(self) -> list[dict[str, Any]]:
        streams = self._outside.client("dynamodbstreams")
        records: list[dict[str, Any]] = []
        for shard in streams.describe_stream(StreamArn=self.stream)["StreamDescription"]["Shards"]:
            position = shard["ShardId"]
            iterator = (
                self._shards.get(position)
                or streams.get_shard_iterator(
                    StreamArn=self.stream, ShardId=position, ShardIteratorType="TRIM_HORIZON"
                )["ShardIterator"]
            )
            page = streams.get_records(ShardIterator=iterator)
            self._shards[position] = page["NextShardIterator"]
            records += [{**record, "eventSource": "aws:dynamodb"} for record in page["Records"]]
        return records

    # Counting

    def count(self, **told: Any) -> None:
        model = told["model"]
        self.requests[f"{model.service_model.service_name}.{model.name}"] += 1

    @contextmanager
    def counted(self) -> Iterator[Counter[str]]:
        self.requests.clear()
        self.invocations.clear()
        yield self.requests


class _Pushes:
    """The brand `aws.push.Push`, and the factory of itself: keeps what was pushed, and counts it."""

    def __init__(self, requests: Counter[str]) -> None:
        self._requests = requests
        self.sent: list[tuple[str, Mapping[str, Any]]] = []

    def __call__(self) -> _Pushes:
        return self

    def send(self, connection: str, payload: Mapping[str, Any]) -> bool:
        self._requests["apigatewaymanagementapi.PostToConnection"] += 1
        self.sent.append((connection, payload))
        return True


@contextmanager
def house(endpoint: str) -> Iterator[House]:
    """A stage of its own on the emulator, wired as Lambda would: by its environment."""
    with environment(**aws(endpoint)):
        built = House(endpoint)
        names = create_tables(endpoint, "house")
        settings = {f"table_{table}": name for table, name in names.items()}
        dynamodb, sns, sqs = boto3.client("dynamodb"), boto3.client("sns"), boto3.client("sqs")
        dynamodb.update_table(
            TableName=names["contacts"],
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
        )
        built.stream = dynamodb.describe_table(TableName=names["contacts"])["Table"]["LatestStreamArn"]
        topic = sns.create_topic(Name="house-facts")["TopicArn"]
        built.facts_queue = sqs.create_queue(QueueName="house-facts")["QueueUrl"]
        attributes = sqs.get_queue_attributes(QueueUrl=built.facts_queue, AttributeNames=["QueueArn"])["Attributes"]
        arn = attributes["QueueArn"]
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})
        offers = sqs.create_queue(QueueName="house-offers")["QueueUrl"]
        boto3.client("secretsmanager").create_secret(Name="house-key", SecretString="a key that signs in a test only")
        for bucket in ("house-mail", "house-documents"):
            boto3.client("s3").create_bucket(Bucket=bucket)
        pool, pool_client = create_pool()
        more = {
            "stage": "local",
            "user_pool": pool,
            "user_pool_client": pool_client,
            "topic_facts": topic,
            "queue_offers": offers,
            "secret_name": "house-key",
            "bucket_mail": "house-mail",
            "bucket_documents": "house-documents",
            "mail_domain": "mail.manyline.example",
        }
        with environment(**every_setting(**settings, **more)), _fresh_wiring():
            boto3.setup_default_session()
            boto3.DEFAULT_SESSION.events.register("before-call", built.count)  # type: ignore[union-attr]
            _fill(pool)
            built.pushed = wiring.push = _Pushes(built.requests)  # type: ignore[assignment]  there is no WebSocket here
            try:
                yield built
            finally:
                boto3.setup_default_session()


def _fill(pool: str) -> None:
    """The sample clients and people, as the local stack has them."""
    onboarding = wiring.onboarding()
    for proposal in onboarding.propose([sample(name) for name in ("plumber", "shop", "clinic")]):
        onboarding.apply(proposal, datetime.now(UTC))
    users = UserPool(clients.client("cognito-idp"), pool)
    apply_people(read_people(PEOPLE), users, wiring.workforce(), lambda: PASSWORD)


@contextmanager
def _fresh_wiring() -> Iterator[None]:
    """What a test put in its place goes; what was built is forgotten with the environment around it."""
    before = dict(vars(wiring))
    try:
        yield
    finally:
        vars(wiring).update(before)


assert set(FOLLOWS) == set(CONSUMERS), "a queue that follows the facts has a consumer here"
