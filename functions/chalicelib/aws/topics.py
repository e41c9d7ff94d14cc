"""SNS: what happened, told to whoever listens."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from chalicelib.aws.clients import client


class Topic:
    def __init__(self, arn: str) -> None:
        self._arn = arn

    def publish(self, messages: Sequence[tuple[Mapping[str, Any], Mapping[str, str]]]) -> None:
        """(body, attributes) each, ten to a request. Raises when any was not taken, so that all come again."""
        for start in range(0, len(messages), 10):
            entries = [
                {
                    "Id": str(position),
                    "Message": json.dumps(body, ensure_ascii=False),  # the limit counts bytes
                    "MessageAttributes": {
                        name: {"DataType": "String", "StringValue": value}
                        for name, value in attributes.items()
                        if value
                    },
                }
                for position, (body, attributes) in enumerate(messages[start : start + 10])
            ]
            answer = client("sns").publish_batch(TopicArn=self._arn, PublishBatchRequestEntries=entries)
            if answer.get("Failed"):
                raise RuntimeError(f"the topic did not take {len(answer['Failed'])} of {len(entries)} messages")
