"""A redrive: what could not be taken is given again, with all that stood on it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from infra.cli.queues import move
from tests.fakes.stage import environment


@pytest.fixture
def sqs() -> Iterator[Any]:
    with (
        environment(AWS_ACCESS_KEY_ID="test", AWS_SECRET_ACCESS_KEY="test", AWS_DEFAULT_REGION="us-east-1"),
        mock_aws(),
    ):
        yield boto3.client("sqs")


def test_every_dead_message_is_given_back_with_its_attributes(sqs: Any) -> None:
    dead, queue = (sqs.create_queue(QueueName=name)["QueueUrl"] for name in ("dead", "queue"))
    for number in range(23):
        attributes = {"kind": {"DataType": "String", "StringValue": "wrapped"}}
        sqs.send_message(QueueUrl=dead, MessageBody=str(number), MessageAttributes=attributes)

    assert move(sqs, dead, queue) == 23

    seen = []
    while found := sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, MessageAttributeNames=["All"]).get(
        "Messages"
    ):
        seen += found
    assert {message["Body"] for message in seen} == {str(number) for number in range(23)}
    assert {message["MessageAttributes"]["kind"]["StringValue"] for message in seen} == {"wrapped"}
    assert "Messages" not in sqs.receive_message(QueueUrl=dead)


def test_nothing_dead_is_nothing_to_do(sqs: Any) -> None:
    dead, queue = (sqs.create_queue(QueueName=name)["QueueUrl"] for name in ("dead", "queue"))
    assert move(sqs, dead, queue) == 0
