"""S3 and SES as this channel uses them, on the emulator."""

from __future__ import annotations

import io
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator

import pytest

from chalicelib.aws.clients import client
from chalicelib.aws.files import Bucket
from chalicelib.channels.email.model.letter import Letter
from chalicelib.channels.email.service.ports import Fetched, Rejected, Sent
from chalicelib.channels.email.store.folder import MailFolder
from chalicelib.channels.email.store.post import SesPost
from tests.fakes.stage import aws, environment


@pytest.fixture
def bucket(endpoint: str) -> Iterator[Bucket]:
    with environment(**aws(endpoint)):
        name = f"mail-{uuid.uuid4().hex[:12]}"
        client("s3").create_bucket(Bucket=name)
        yield Bucket(name)


def test_a_file_is_fetched_whole_or_by_its_beginning(bucket: Bucket) -> None:
    folder = MailFolder(bucket)
    folder.put("raw/small", b"x" * 10, "message/rfc822")
    folder.put("raw/big", b"y" * 1_000_000, "message/rfc822")
    assert folder.fetch("raw/small", 10) == Fetched(10, b"x" * 10)
    big = folder.fetch("raw/big", 999_999)
    assert big is not None
    assert big.size == 1_000_000
    assert 0 < len(big.content) < 500_000
    assert folder.fetch("raw/none", 10) is None


def test_a_file_is_poured_in_parts_and_is_there_as_a_whole(bucket: Bucket) -> None:
    for size in (0, 10, 20_000_000):
        content = b"0123456789" * (size // 10)
        bucket.pour("invoices/annex", io.BytesIO(content), "application/json")
        file = bucket.fetch("invoices/annex", 50_000_000)
        assert file is not None
        assert file.content == content


def test_moving_what_was_moved_is_silence(bucket: Bucket) -> None:
    folder = MailFolder(bucket)
    folder.put("raw/m1", b"mail", "message/rfc822")
    folder.move("raw/m1", "unknown/m1")
    folder.move("raw/m1", "unknown/m1")
    assert folder.fetch("raw/m1", 10) is None
    assert folder.fetch("unknown/m1", 10) == Fetched(4, b"mail")


def test_a_link_opens_one_file_under_its_name_and_runs_nothing(bucket: Bucket) -> None:
    bucket.put("a/1", b"<script>alert(1)</script>", "text/html")
    link = bucket.link("a/1", name='Grüße "1".html', media_type="text/html")
    with urllib.request.urlopen(link) as answer:
        assert answer.headers["Content-Type"] == "application/octet-stream"
        assert answer.headers["Content-Disposition"].startswith("attachment; filename*=UTF-8''Gr%C3%BC")
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(link.replace("a/1", "a/2"))
    refused.value.close()
    assert refused.value.code == 403


def letter(sender: str) -> bytes:
    words = Letter(sender=sender, sender_name="Luna", to="jana@example.com", subject="Hi", text="Hi", html="<p>Hi</p>")
    return words.as_bytes()


def test_ses_takes_a_letter_of_a_verified_sender_and_tells_its_message_id(endpoint: str) -> None:
    with environment(**aws(endpoint)):
        client("ses").verify_email_identity(EmailAddress="help@luna.example")
        sent = SesPost().send("help@luna.example", ["jana@example.com"], letter("help@luna.example"))
    assert isinstance(sent, Sent)
    assert sent.message_id.startswith("<")
    assert sent.message_id.endswith("@email.amazonses.com>")


def test_ses_rejects_a_sender_that_nobody_verified_for_ever(endpoint: str) -> None:
    with environment(**aws(endpoint)):
        outcome = SesPost().send("nobody@else.example", ["jana@example.com"], letter("nobody@else.example"))
    assert isinstance(outcome, Rejected)
    assert "not verified" in outcome.why
