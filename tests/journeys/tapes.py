"""Recordings as they lie in the bucket."""

from __future__ import annotations

from typing import Any

from infra.local.telephony import RECORDINGS_BUCKET
from tests.deployed import Stack


def written_on(stack: Stack, take: dict[str, Any]) -> dict[str, str]:
    """The tags of what a contact record names."""
    bucket, _, key = take["Location"].partition("/")
    assert bucket == RECORDINGS_BUCKET
    told = stack.client("s3").get_object_tagging(Bucket=bucket, Key=key)["TagSet"]
    return {tag["Key"]: tag["Value"] for tag in told}
