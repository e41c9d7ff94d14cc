"""A bucket of ours: private, encrypted, versioned, access logged, kept when its stack goes."""

from __future__ import annotations

from collections.abc import Iterable

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_s3 as s3
from constructs import Construct


class KeptBucket(s3.Bucket):
    def __init__(
        self,
        scope: Construct,
        name: str,
        *,
        logs: s3.IBucket | None,
        expire_days: int = 0,
        expire_tagged: tuple[str, Iterable[int]] = ("", ()),  # a tag, and the numbers of days that it may say
        noncurrent_days: int = 30,  # so long what was overwritten or deleted can be fetched back
        takes_acls: bool = False,  # CloudFront writes its access logs with one
    ) -> None:
        super().__init__(
            scope,
            name,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            encryption=s3.BucketEncryption.S3_MANAGED,
            enforce_ssl=True,
            versioned=True,
            removal_policy=RemovalPolicy.RETAIN,
            object_ownership=(
                s3.ObjectOwnership.BUCKET_OWNER_PREFERRED if takes_acls else s3.ObjectOwnership.BUCKET_OWNER_ENFORCED
            ),
            server_access_logs_bucket=logs,
            server_access_logs_prefix=f"{name.lower()}/" if logs else None,
            lifecycle_rules=[
                s3.LifecycleRule(
                    expiration=Duration.days(expire_days) if expire_days else None,
                    noncurrent_version_expiration=Duration.days(noncurrent_days),
                    abort_incomplete_multipart_upload_after=Duration.days(7),
                ),
                *_tagged(*expire_tagged),
            ],
        )


def _tagged(tag: str, days: Iterable[int]) -> list[s3.LifecycleRule]:
    """Where two rules hold for a file, S3 goes by the shorter time."""
    return [
        s3.LifecycleRule(id=f"{tag}-{count}", tag_filters={tag: str(count)}, expiration=Duration.days(count))
        for count in days
    ]
