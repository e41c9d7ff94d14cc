"""Recordings as files in the recordings bucket: a WAV under Connect's own key, and the words beside it as JSON."""

from __future__ import annotations

import json
import logging
from concurrent.futures import Executor, ThreadPoolExecutor
from datetime import datetime
from typing import Any

from infra.local.connect.parties import Take
from infra.local.connect.sound import Words, wav

log = logging.getLogger("connect")


class BucketTapes:
    """The port `Tapes`. One thread: a recording is there shortly after its call, as it is with Connect."""

    def __init__(self, s3: Any) -> None:
        self._s3 = s3
        self._thread: Executor = ThreadPoolExecutor(1, thread_name_prefix="tapes")

    def put(self, take: Take) -> None:
        self._thread.submit(self._store, take)

    def _store(self, take: Take) -> None:
        bucket, _, key = take.location.partition("/")
        try:
            for name, content, media_type in files(take, key):
                self._s3.put_object(Bucket=bucket, Key=name, Body=content, ContentType=media_type)
        except Exception:  # a recording that is lost must not stop the next one
            log.exception("a recording was lost: %s", take.location)

    def close(self) -> None:
        """Waits until the last recording is stored."""
        self._thread.shutdown(wait=True)


def files(take: Take, key: str) -> list[tuple[str, bytes, str]]:
    """Name, content and media type. Raises ValueError for a recording that has not ended."""
    if take.ended_at is None:
        raise ValueError(f"the recording {take.location} runs yet")
    length = _since(take, take.ended_at)
    said = [Words(at_s=_since(take, line.at), who=line.who.value, text=line.text) for line in take.lines]
    told = {
        "contact": take.contact_id,
        "kind": take.kind,
        "participants": list(take.participants),
        "seconds": length,
        "pauses": [[_since(take, begun), _since(take, over)] for begun, over in take.pauses],
        "lines": [{"at": words.at_s, "who": words.who, "text": words.text} for words in said],
    }
    words_key = f"{key.removesuffix('.wav')}.json"
    return [
        (key, wav(length, said), "audio/wav"),
        (words_key, json.dumps(told, ensure_ascii=False).encode(), "application/json"),
    ]


def _since(take: Take, at: datetime) -> float:
    return round((at - take.began_at).total_seconds(), 3)
