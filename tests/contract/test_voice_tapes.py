"""What is written on a recording, on the fake and in the emulator's bucket: once, beside what stands there."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any, Protocol

import pytest

from chalicelib.aws import clients
from chalicelib.channels.voice.store.tapes import TAG, TaggedTapes
from chalicelib.kernel.errors import NotFound
from chalicelib.tenancy.model.calls import KeepDays
from tests.fakes.marked_tapes import MarkedTapes
from tests.fakes.stage import aws, environment

BUCKET = "manyline-test-tapes"


class Store(Protocol):
    def keep(self, where: str, days: int) -> None: ...
    def says(self, where: str) -> str: ...
    def lacks(self, where: str) -> None: ...


class Fake(MarkedTapes):
    def says(self, where: str) -> str:
        return str(self.days[where])

    def lacks(self, where: str) -> None:
        self.late.add(where)


class Emulated(TaggedTapes):
    def __init__(self) -> None:
        super().__init__(BUCKET)

    def says(self, where: str) -> str:
        return tags(where)[TAG]

    def lacks(self, where: str) -> None:
        """Its bucket keeps versions, as on AWS: what was deleted is still there for who knows which one."""
        clients.client("s3").delete_object(Bucket=BUCKET, Key=where.partition("/")[2])


def tags(where: str) -> dict[str, str]:
    bucket, _, key = where.partition("/")
    told = clients.client("s3").get_object_tagging(Bucket=bucket, Key=key)["TagSet"]
    return {tag["Key"]: tag["Value"] for tag in told}


@pytest.fixture
def s3(endpoint: str) -> Iterator[Any]:
    with environment(**aws(endpoint)):
        client = clients.client("s3")
        if BUCKET not in {bucket["Name"] for bucket in client.list_buckets()["Buckets"]}:
            client.create_bucket(Bucket=BUCKET)
            client.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
        yield client


@pytest.fixture(params=["fake", "emulator"])
def tapes(request: pytest.FixtureRequest) -> Store:
    if request.param == "fake":
        return Fake()
    request.getfixturevalue("s3")
    return Emulated()


@pytest.fixture
def where(request: pytest.FixtureRequest, tapes: Store) -> str:
    """A recording, under a key as Connect's are."""
    key = f"recordings/ivr/2026/11/23/{uuid.uuid4()}_20261123T15:00_UTC.wav"
    if isinstance(tapes, Emulated):
        clients.client("s3").put_object(Bucket=BUCKET, Key=key, Body=b"RIFF", Tagging="made=by-telephony")
    return f"{BUCKET}/{key}"


@pytest.mark.parametrize("days", KeepDays)
def test_a_recording_says_how_long_it_is_kept(tapes: Store, where: str, days: KeepDays) -> None:
    tapes.keep(where, days)
    assert tapes.says(where) == str(int(days))


def test_what_it_says_stays(tapes: Store, where: str) -> None:
    for days in (7, 7, 365):
        tapes.keep(where, days)
    assert tapes.says(where) == "7"


def test_one_that_is_not_there_is_not_there(tapes: Store, where: str) -> None:
    tapes.lacks(where)
    with pytest.raises(NotFound):
        tapes.keep(where, 7)


def test_what_else_is_written_on_it_stays(s3: Any) -> None:
    s3.put_object(Bucket=BUCKET, Key="recordings/a.wav", Body=b"RIFF", Tagging="made=by-telephony")
    TaggedTapes(BUCKET).keep(f"s3://{BUCKET}/recordings/a.wav", 30)
    assert tags(f"{BUCKET}/recordings/a.wav") == {"made": "by-telephony", TAG: "30"}


def test_one_that_is_deleted_between_look_and_writing_is_not_there(s3: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chalicelib.aws.files.Bucket.tags", lambda self, key: {})
    with pytest.raises(NotFound):
        TaggedTapes(BUCKET).keep(f"{BUCKET}/recordings/never.wav", 7)


@pytest.mark.parametrize("strange", ["documents/a.wav", "", BUCKET, f"{BUCKET}/", "/a.wav"])
def test_what_lies_elsewhere_is_not_touched(s3: Any, monkeypatch: pytest.MonkeyPatch, strange: str) -> None:
    monkeypatch.setattr("chalicelib.aws.files._s3", lambda: pytest.fail("nobody is asked"))
    with pytest.raises(NotFound):
        TaggedTapes(BUCKET).keep(strange, 7)


def test_a_bucket_that_refuses_says_so(s3: Any) -> None:
    """It is no recording that is not there: somebody has to know."""
    with pytest.raises(s3.exceptions.ClientError, match="NoSuchBucket"):
        TaggedTapes().keep("manyline-test-nowhere/recordings/a.wav", 7)
