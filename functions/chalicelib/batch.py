"""What the doors of queues and streams wear: each record on its own, and only the failed ones come again.

@bp.lambda_function(name="offer_expired")
@batch.each(wiring.routing)
def offer_expired(router, message, now): ...        # raise to have the message redelivered
"""

from __future__ import annotations

import base64
import functools
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from chalicelib import wiring
from chalicelib.aws.dynamo import decode_item
from chalicelib.entry import Invocation, build_if_mine, log, note

QUEUE = "SQS"
STREAM = "DynamoDBStreams"
KINESIS = "KinesisDataStreams"


def each(
    service: Callable[[], Any], source: str = QUEUE, *, last: Callable[[Any, datetime], None] | None = None
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """The view gets (service, message, now) once per record; after all of them `last` gets (service, now).

    `message` is the JSON body of a queue message, or of a stream {"old": item or None, "new": item or None};
    of Kinesis {"text": what it carries, "place": its sequence number}.
    A record whose view raises is reported back alone, so that only it comes again, and at last rests in the
    dead-letter queue.
    """

    def decorate(view: Callable[..., Any]) -> Callable[..., Any]:
        build_if_mine(view, service)

        @functools.wraps(view)
        def wrapper(event: Any, context: Any) -> Any:
            with Invocation(view.__name__):
                now = datetime.now(UTC)

                def one(record: Any) -> Any:
                    message = _MESSAGES[source](record.raw_event)
                    try:
                        return view(service(), message, now)
                    except Exception:
                        log.exception("record_failed", extra={"door": view.__name__})
                        raise

                processor = wiring.batch_processor(source)
                with processor(records=event["Records"], handler=one):
                    processor.process()
                if last is not None:
                    last(service(), now)
                note(records=len(event["Records"]), failed=len(processor.fail_messages))
                return processor.response()

        return wrapper

    return decorate


def _change(record: Mapping[str, Any]) -> dict[str, Any]:
    images = record["dynamodb"]
    return {
        "old": decode_item(images["OldImage"]) if images.get("OldImage") else None,
        "new": decode_item(images["NewImage"]) if images.get("NewImage") else None,
    }


def _carried(record: Mapping[str, Any]) -> dict[str, Any]:
    """Whatever it is: whether it can be read is for its plane to say, so that it never blocks the shard."""
    told = record["kinesis"]
    return {"text": base64.b64decode(told["data"]).decode("utf-8", "replace"), "place": told["sequenceNumber"]}


_MESSAGES: Mapping[str, Callable[[Mapping[str, Any]], Any]] = {
    QUEUE: lambda record: json.loads(record["body"]),
    STREAM: _change,
    KINESIS: _carried,
}
