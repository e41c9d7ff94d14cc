"""What stands for Kinesis here: records of the exchange reach their Lambda, in order, and again where it failed."""

from __future__ import annotations

import base64
import io
import json
from pathlib import Path
from typing import Any

from infra.local.connect.aws import RecordFile, RecordStream


class Lambda:
    """The client: answers as told, one answer per invocation, and then that all was taken."""

    def __init__(self, *answers: Any) -> None:
        self._answers = list(answers)
        self.taken: list[str] = []

    def invoke(self, *, FunctionName: str, Payload: bytes) -> dict[str, Any]:  # noqa: N803  as boto3 names them
        (record,) = json.loads(Payload)["Records"]
        told = json.loads(base64.b64decode(record["kinesis"]["data"]))
        self.taken.append(f"{FunctionName} {record['kinesis']['sequenceNumber']} {told['ContactId']}")
        answer = self._answers.pop(0) if self._answers else {"batchItemFailures": []}
        if isinstance(answer, Exception):
            raise answer
        return {"Payload": io.BytesIO(json.dumps(answer).encode())}


def delivered(file: Path, client: Lambda, *contacts: str) -> list[str]:
    stream = RecordStream(client, "contact_records")
    records = RecordFile(file, stream)
    for contact in contacts:
        records.put({"ContactId": contact})
    stream.close()
    return client.taken


def test_each_record_is_written_to_the_file_and_delivered_in_order(tmp_path: Path) -> None:
    file = tmp_path / "records.jsonl"
    assert delivered(file, Lambda(), "a", "b") == ["contact_records 1 a", "contact_records 2 b"]
    assert [json.loads(line)["ContactId"] for line in file.read_text().splitlines()] == ["a", "b"]


def test_what_failed_comes_again_and_then_lets_the_next_one_by(tmp_path: Path) -> None:
    failed = {"batchItemFailures": [{"itemIdentifier": "1"}]}
    taken = delivered(tmp_path / "1", Lambda(failed, RuntimeError("down")), "a", "b")
    assert taken == ["contact_records 1 a"] * 3 + ["contact_records 2 b"]
    taken = delivered(tmp_path / "2", Lambda(*[failed] * 4), "a", "b")
    assert taken == ["contact_records 1 a"] * 4 + ["contact_records 2 b"]
