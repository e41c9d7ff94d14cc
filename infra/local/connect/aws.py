"""The exchange's ports to the deployed stack: Lambdas are invoked, events go to EventBridge, records to a file.

Everything that waits for the network runs in threads; answers come back on the exchange's own loop.
"""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
import logging
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any

from infra.local.connect.events import DETAIL_TYPE
from infra.local.connect.library import INSTANCE
from infra.local.connect.script import Reply

# EventBridge keeps every `aws.` source for AWS itself, and so does the emulator; the rule takes this one here.
LOCAL_SOURCE = "manyline.connect"
_THREADS = 16
_RECORDS_KEPT = 1_000
_DELIVERIES = 4  # of a batch, as a stream brings again what failed
log = logging.getLogger("connect")


class DeployedLambdas:
    """The port `Lambdas`."""

    def __init__(self, client: Any, loop: asyncio.AbstractEventLoop) -> None:
        self._client, self._loop = client, loop
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="flow")

    def invoke(self, function: str, event: Mapping[str, Any], then: Callable[[Reply], None]) -> None:
        asked = self._loop.run_in_executor(self._threads, self._ask, function, json.dumps(event).encode())
        asked.add_done_callback(lambda done: then(done.result()))

    def _ask(self, function: str, payload: bytes) -> Reply:
        try:
            answer = self._client.invoke(FunctionName=function, Payload=payload)
            body = answer["Payload"].read()
        except Exception as error:  # whatever it was, the flow takes its error branch and the caller hears on
            log.warning("Lambda %s did not answer: %r", function, error)
            return Reply(failed=type(error).__name__)
        if failed := answer.get("FunctionError"):
            log.warning("Lambda %s failed: %s", function, body[:500])
            return Reply(failed=str(failed))
        return Reply(value=json.loads(body or b"null"))

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)


class EventBridge:
    """The port `Events`. One thread, so that events leave in the order in which they happened."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._thread: Executor = ThreadPoolExecutor(1, thread_name_prefix="events")

    def put(self, detail: Mapping[str, Any], at: datetime) -> None:
        entry = {
            "Source": LOCAL_SOURCE,
            "DetailType": DETAIL_TYPE,
            "Time": at,
            "Resources": [f"{INSTANCE}/contact/{detail['contactId']}", INSTANCE],
            "Detail": json.dumps(detail),
        }
        self._thread.submit(self._put, entry)

    def _put(self, entry: Mapping[str, Any]) -> None:
        try:
            answer = self._client.put_events(Entries=[entry])
        except Exception:  # an event that is lost must not stop the next one
            log.exception("an event was lost")
            return
        if answer.get("FailedEntryCount"):
            log.error("EventBridge took no event: %s", answer["Entries"])

    def close(self) -> None:
        """Waits until the last event is out."""
        self._thread.shutdown(wait=True)


class RecordStream:
    """What a Kinesis stream does between Connect and a Lambda: each record in a batch of its own, in order."""

    def __init__(self, client: Any, function: str) -> None:
        self._client, self._function = client, function
        self._places = itertools.count(1)
        self._thread: Executor = ThreadPoolExecutor(1, thread_name_prefix="records")

    def put(self, record: Mapping[str, Any]) -> None:
        self._thread.submit(self._deliver, kinesis_batch([record], next(self._places)))

    def _deliver(self, batch: Mapping[str, Any]) -> None:
        for _ in range(_DELIVERIES):
            try:
                answer = self._client.invoke(FunctionName=self._function, Payload=json.dumps(batch).encode())
                taken = json.loads(answer["Payload"].read() or b"null")
            except Exception:  # a record that is lost must not stop the next one
                log.exception("a record was not delivered")
                continue
            if not answer.get("FunctionError") and not (taken or {}).get("batchItemFailures"):
                return
        log.error("%s did not take a record", self._function)

    def close(self) -> None:
        """Waits until the last record is out."""
        self._thread.shutdown(wait=True)


def kinesis_batch(records: Sequence[Mapping[str, Any]], first: int = 1) -> dict[str, Any]:
    """As Lambda gets it from a stream."""
    return {
        "Records": [
            {
                "eventSource": "aws:kinesis",
                "eventID": f"shardId-000000000000:{place}",
                "kinesis": {
                    "partitionKey": str(record.get("ContactId") or record.get("EventId") or place),
                    "sequenceNumber": str(place),
                    "data": base64.b64encode(json.dumps(record).encode()).decode(),
                },
            }
            for place, record in enumerate(records, first)
        ]
    }


class RecordFile:
    """The port `Records`: one JSON line per record, the latest ones in memory by contact, and on into the stream."""

    def __init__(self, file: Path, stream: RecordStream | None = None) -> None:
        self._file = file
        self._stream = stream
        self._kept: OrderedDict[str, Mapping[str, Any]] = OrderedDict()

    def put(self, record: Mapping[str, Any]) -> None:
        self._kept[record["ContactId"]] = record
        if len(self._kept) > _RECORDS_KEPT:
            self._kept.popitem(last=False)
        with self._file.open("a", encoding="utf-8") as lines:
            lines.write(json.dumps(record) + "\n")
        if self._stream is not None:
            self._stream.put(record)

    def of(self, contact: str) -> Mapping[str, Any] | None:
        return self._kept.get(contact)
