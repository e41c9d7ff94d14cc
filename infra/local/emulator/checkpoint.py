"""Checkpoints of the emulator, so that `kill -9` costs seconds and not the day.

MiniStack saves on a clean stop only, forgets the records of DynamoDB streams, and remembers how far they were read:
after a restart every fact would be silently skipped. Here the unread records are saved too. The order of a checkpoint
(reading positions, then queues, then tables) makes a fact that was under way arrive twice rather than never; the
consumers are idempotent.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any

BLOB = "__manyline_blob__"
BLOB_FROM = 64 * 1024
CHATTER = ("cloudtrail", "cloudwatch", "cloudwatch_logs")  # large and of little worth
CHATTER_EVERY_S = 60
CORE = ("lambda", "sqs", "dynamodb")  # in the order in which a fact travels back: positions, queues, tables
Text = tuple[str, str]  # service, its state as JSON


class Keeper:
    def __init__(self, state: Path, *, app: Any, persistence: Any) -> None:
        self._state = state
        self._blobs = state / "blobs"
        self._blobs.mkdir(parents=True, exist_ok=True)
        self._app = app
        self._persistence = persistence
        self._written: dict[str, str] = {}
        self._positions: dict[Any, int] = {}
        self._note = state / "checkpoint.json"
        self._loop: asyncio.AbstractEventLoop | None = None
        self._changes = 0  # of tables, since the emulator started
        self._changes_kept = -1
        self._chatter_kept = 0.0

    def install(self) -> None:
        """Takes over the emulator's own saving and loading."""
        from ministack.services import dynamodb, lambda_svc, sqs  # noqa: PLC0415  after the environment is set

        self._dynamodb, self._lambda = dynamodb, lambda_svc
        self._app.save_all = lambda services: self.farewell()
        self._app.load_state = self._load
        plain_load, plain_emit = dynamodb.load_persisted_state, dynamodb._emit_stream_event
        plain_queues = sqs.load_persisted_state

        def load_persisted_state(saved: dict[str, Any]) -> None:
            plain_load(saved)
            self._restore_streams(saved.get("manyline_streams"))

        def emit(*arguments: Any, **named: Any) -> None:
            self._changes += 1
            plain_emit(*arguments, **named)

        def load_queues(saved: dict[str, Any]) -> None:
            plain_queues(saved)
            _give_back(sqs._queues)

        dynamodb.load_persisted_state, dynamodb._emit_stream_event = load_persisted_state, emit
        sqs.load_persisted_state = load_queues
        dynamodb.get_state = self._tables

    def checkpoint(self) -> None:
        """From a thread of its own. Requests wait while tables and queues are read, so that they are of one moment."""
        if self._loop is None:
            return  # still starting
        moment = time.time()
        core: Future[list[Text]] = Future()
        self._loop.call_soon_threadsafe(_fulfil, core, lambda: self._texts(CORE, moment))
        texts = core.result(timeout=120)
        others = [name for name in self._app._build_persistence_save_dict() if name not in CORE]
        self._keep([*texts, *self._texts(others, moment)], moment, clean=False)

    def farewell(self) -> None:
        """On a clean stop, when no request comes any more: everything, the chatter too."""
        moment = time.time()
        self._changes_kept, self._chatter_kept = -1, 0.0
        others = [name for name in self._app._build_persistence_save_dict() if name not in CORE]
        self._keep([*self._texts(CORE, moment), *self._texts(others, moment)], moment, clean=True)

    def _texts(self, names: Sequence[str], moment: float) -> list[Text]:
        services: dict[str, Callable[[], Any]] = self._app._build_persistence_save_dict()
        wanted = [name for name in names if name in services and self._worth_it(name, moment)]
        return [text for name in wanted if (text := self._text(name, services[name]))]

    def _keep(self, texts: list[Text], moment: float, *, clean: bool) -> None:
        """Readers of the folder see a service's state before or after, never between."""
        drafts = []
        for name, text in texts:
            digest = hashlib.sha256(text.encode()).hexdigest()
            if self._written.get(name) != digest:
                final = self._state / f"{name}.json"
                final.with_suffix(".draft").write_text(text)
                drafts.append(final)
                self._written[name] = digest
        # The other way round than they were taken: whatever a kill leaves mixed repeats a message and loses none.
        for final in reversed(drafts):
            os.replace(final.with_suffix(".draft"), final)
        draft = self._note.with_suffix(".draft")
        draft.write_text(json.dumps({"at": moment, "clean": clean}))
        os.replace(draft, self._note)

    def _worth_it(self, name: str, moment: float) -> bool:
        if name in CHATTER:
            due = moment - self._chatter_kept > CHATTER_EVERY_S
            self._chatter_kept = moment if due and name == CHATTER[-1] else self._chatter_kept
            return due
        return name != "dynamodb" or self._changes != self._changes_kept

    def _text(self, name: str, get_state: Callable[[], Any]) -> Text | None:
        if name == "lambda":
            self._positions = dict(self._lambda._dynamodb_stream_positions._data)
        if name == "dynamodb":
            self._changes_kept = self._changes
        state = _patiently(get_state)
        if state is None:
            return None
        wrapped = {"__ministack_format__": self._persistence._state_format_version(name), "payload": state}
        return name, _patiently(lambda: json.dumps(wrapped, default=self._plain))

    def _tables(self) -> dict[str, Any]:
        """As the emulator's own, without the deep copy: it is written down at once, on the thread that owns it."""
        of = self._dynamodb
        tables = of.AccountRegionScopedDict()
        for (account, region, name), table in of._tables.all_items():
            visible = {key: value for key, value in table.items() if key != of._INDEX_MEMBERS}
            tables.set_scoped(account, region, name, visible)
        return {
            "tables": tables,
            "tags": of._tags,
            "ttl_settings": of._ttl_settings,
            "pitr_settings": of._pitr_settings,
            "kinesis_destinations": of._kinesis_destinations,
            "contributor_insights": of._contributor_insights,
            "backups": of._backups,
            "resource_policies": of._resource_policies,
            "exports": of._exports,
            "imports": of._imports,
            "manyline_streams": self._unread(),
        }

    def _plain(self, value: Any) -> Any:
        """Code and layers are kept once, in a file named by their content, not in every checkpoint."""
        if isinstance(value, bytes) and len(value) > BLOB_FROM:
            digest = hashlib.sha256(value).hexdigest()
            file = self._blobs / digest
            if not file.exists():
                draft = file.with_suffix(".draft")
                draft.write_bytes(value)
                os.replace(draft, file)
            return {BLOB: digest}
        return self._persistence._json_default(value)

    def _load(self, name: str) -> Any:
        self._loop = asyncio.get_running_loop()
        file = self._state / f"{name}.json"
        if not file.exists():
            return None
        return json.loads(file.read_text(), object_hook=self._rich)["payload"]

    def _rich(self, value: dict[str, Any]) -> Any:
        if BLOB in value:
            return (self._blobs / value[BLOB]).read_bytes()
        return self._persistence._json_object_hook(value)

    def _unread(self) -> list[list[Any]]:
        """Per table: how many records were read by everyone, and the records after them."""
        unread = []
        for (account, region, table), records in self._dynamodb._stream_records.all_items():
            trimmed = self._dynamodb._stream_trimmed.get_scoped(account, region, table, 0)
            read = self._read_by_all(account, region, table, trimmed + len(records))
            skip = max(0, read - trimmed)
            unread.append([account, region, table, trimmed + skip, records[skip:]])
        return unread

    def _read_by_all(self, account: str, region: str, table: str, end: int) -> int:
        positions = []
        for (esm_account, esm_region, uuid), mapping in list(self._lambda._esms._data.items()):
            source = mapping.get("EventSourceArn", "")
            if (esm_account, esm_region) == (account, region) and f":table/{table}/stream/" in source:
                positions.append(self._positions.get((esm_account, esm_region, uuid), 0))
        return min(positions, default=end)

    def _restore_streams(self, streams: list[list[Any]] | None) -> None:
        for account, region, table, trimmed, records in streams or ():
            self._dynamodb._stream_records.set_scoped(account, region, table, records)
            self._dynamodb._stream_trimmed.set_scoped(account, region, table, trimmed)


def _patiently(take: Callable[[], Any]) -> Any:
    """Other threads write while we read; a dictionary that changed size meanwhile is read again."""
    for _ in range(20):
        try:
            return take()
        except RuntimeError:
            time.sleep(0.02)
    return take()


def _give_back(queues: Any) -> None:
    """Who took a message and has not finished is gone with the last process: the message is for the next one."""
    for queue in queues._data.values():
        for message in queue["messages"]:
            if message.get("receipt_handle") and message["visible_at"] > time.time():
                message["visible_at"] = time.time()


def _fulfil(promise: Future[Any], make: Callable[[], Any]) -> None:
    try:
        promise.set_result(make())
    except Exception as error:
        promise.set_exception(error)
