"""SQS: messages that come later."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from chalicelib.aws.clients import client


class DelayedQueue:
    """`delay_s` at most 900."""

    def __init__(self, url: str) -> None:
        self._url = url

    def send(self, message: Mapping[str, Any], delay_s: int) -> None:
        client("sqs").send_message(QueueUrl=self._url, MessageBody=json.dumps(message), DelaySeconds=delay_s)
