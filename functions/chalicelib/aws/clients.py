"""One boto3 client per service, made on first use and kept for the life of the worker."""

from __future__ import annotations

from functools import cache
from typing import Any

from chalicelib.aws.settings import endpoint_url, region


@cache
def client(service: str, endpoint: str = "") -> Any:
    """`endpoint` only where the service has an address per resource, as open WebSockets have."""
    import boto3  # noqa: PLC0415  the elephant: only a Lambda that talks to AWS pays for it
    from botocore.config import Config  # noqa: PLC0415

    config = Config(
        # Path style and v4 signatures: what presigned links need on the emulator, and valid on AWS.
        signature_version="s3v4" if service == "s3" else None,
        s3={"addressing_style": "path"} if endpoint_url() else {},
        inject_host_prefix=endpoint_url() is None,
        retries={"mode": "standard", "max_attempts": 4},
        connect_timeout=2,
        read_timeout=25,
    )
    return boto3.client(service, region_name=region(), endpoint_url=endpoint or endpoint_url(), config=config)
