"""A bucket of ours: private, encrypted, versioned, access logged, kept when its stack goes."""

from __future__ import annotations

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
                    noncurrent_version_expiration=Duration.days(30),
                    abort_incomplete_multipart_upload_after=Duration.days(7),
                )
            ],
        )
