"""What calls leave behind: recordings in a bucket, contact records and agent events in streams; one key for all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aws_cdk import CfnOutput, Duration, RemovalPolicy
from aws_cdk import aws_connect as connect
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kinesis as kinesis
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from constructs import Construct

from infra import naming
from infra.constructs.buckets import KeptBucket
from infra.constructs.queues import DeadLetters
from infra.layout import open_functions
from infra.nag import accept, accept_star
from infra.permissions import MARKERS, STARS

open_functions()
from chalicelib.channels.voice.store.tapes import TAG  # noqa: E402  lives where Chalice wants it
from chalicelib.tenancy.model.calls import KeepDays  # noqa: E402

CHOICES = tuple(days.value for days in KeepDays)  # CDK takes numbers, and no members of an enumeration
# What is deleted by its day must be gone soon after: an older version of it is no backup.
NONCURRENT_DAYS = 1
STREAM_DAYS = 7  # so long may a reader be broken before anything is lost
RETRIES = 1000  # a fault of hours; what fails longer must not hold up the shard for days
STREAMS = {"contact_records": "CONTACT_TRACE_RECORDS", "agent_events": "AGENT_EVENTS"}


class Records(Construct):
    def __init__(
        self,
        scope: Construct,
        name: str,
        *,
        stage: str,
        instance: connect.CfnInstance,
        readers: Mapping[str, iam.IRole],
        alarms: sns.ITopic,
    ) -> None:
        """`readers` are the roles of functions by their Chalice names; who reads a stream is named like it."""
        super().__init__(scope, name)
        self._alarms = alarms
        self._stage, self._instance = stage, instance
        self.key = self._key = self._made_key()
        self.recordings = self._keep_recordings()
        self._let_mark([readers[name] for name in MARKERS if name in readers])
        for stream, kind in STREAMS.items():
            made = self._stream(naming.output(stream), kind)
            if reader := readers.get(stream):
                self._feed(stream, made, reader)

    def _made_key(self) -> kms.Key:
        key = kms.Key(
            self,
            "Key",
            description="Manyline: recordings of calls, contact records, agent events",
            enable_key_rotation=True,
            removal_policy=RemovalPolicy.RETAIN,
        )
        key.add_to_resource_policy(
            iam.PolicyStatement(
                sid="ConnectWritesWithIt",
                principals=[iam.ArnPrincipal(self._instance.attr_service_role)],
                actions=["kms:GenerateDataKey", "kms:Decrypt"],
                resources=["*"],  # of a key's own policy: this key
            )
        )
        return key

    def _keep_recordings(self) -> KeptBucket:
        logs = KeptBucket(self, "AccessLogs", logs=None, expire_days=365)
        accept(logs, "AwsSolutions-S1", "it holds the access logs of the recordings; logging itself would not end")
        # A recording says itself how long its client keeps it. One that does not say so is not kept for ever either.
        bucket = KeptBucket(
            self,
            "Recordings",
            logs=logs,
            expire_days=max(CHOICES),
            expire_tagged=(TAG, CHOICES),
            noncurrent_days=NONCURRENT_DAYS,
        )
        config = connect.CfnInstanceStorageConfig
        config(
            self,
            "RecordingsConfig",
            instance_arn=self._instance.attr_arn,
            resource_type="CALL_RECORDINGS",
            storage_type="S3",
            s3_config=config.S3ConfigProperty(
                bucket_name=bucket.bucket_name,
                bucket_prefix=naming.RECORDINGS_PREFIX,
                encryption_config=config.EncryptionConfigProperty(encryption_type="KMS", key_id=self._key.key_arn),
            ),
        )
        CfnOutput(self, "RecordingsBucket", value=bucket.bucket_name).override_logical_id("Recordings")
        return bucket

    def _let_mark(self, roles: Sequence[iam.IRole]) -> None:
        """No right to the key: a tag is not encrypted with it."""
        if not roles:
            return
        recorded = self.recordings.arn_for_objects(f"{naming.RECORDINGS_PREFIX}/*")
        policy = iam.Policy(
            self,
            "Mark",
            roles=list(roles),
            statements=[
                iam.PolicyStatement(actions=["s3:GetObjectTagging", "s3:PutObjectTagging"], resources=[recorded]),
                # Without it a recording that is not there yet is "denied".
                iam.PolicyStatement(actions=["s3:ListBucket"], resources=[self.recordings.bucket_arn]),
            ],
        )
        accept_star(policy, recorded, STARS["s3:PutObjectTagging"])

    def _stream(self, name: str, kind: str) -> kinesis.Stream:
        stream = kinesis.Stream(
            self,
            name,
            stream_mode=kinesis.StreamMode.ON_DEMAND,
            encryption=kinesis.StreamEncryption.KMS,
            encryption_key=self._key,
            retention_period=Duration.days(STREAM_DAYS),
            removal_policy=RemovalPolicy.RETAIN,
        )
        accept(stream, "AwsSolutions-KDS3", "Connect is let in by the policy of a key of ours; AWS's own key has none")
        config = connect.CfnInstanceStorageConfig
        config(
            self,
            f"{name}Config",
            instance_arn=self._instance.attr_arn,
            resource_type=kind,
            storage_type="KINESIS_STREAM",
            kinesis_stream_config=config.KinesisStreamConfigProperty(stream_arn=stream.stream_arn),
        )
        CfnOutput(self, f"{name}Stream", value=stream.stream_arn).override_logical_id(f"Stream{name}")
        return stream

    def _feed(self, function: str, stream: kinesis.Stream, role: iam.IRole) -> None:
        """What fails to the last is told to a queue: not the record, but where it lies in the stream to be read."""
        name = naming.output(function)
        dead = DeadLetters(self, f"Unread{name}", alarms=self._alarms)
        CfnOutput(self, f"Unread{name}Queue", value=dead.queue_url).override_logical_id(naming.unread(function))
        right = iam.Policy(
            self,
            f"{name}Right",
            roles=[role],
            statements=[
                iam.PolicyStatement(
                    actions=[
                        "kinesis:DescribeStream",
                        "kinesis:DescribeStreamSummary",
                        "kinesis:GetRecords",
                        "kinesis:GetShardIterator",
                        "kinesis:ListShards",
                    ],
                    resources=[stream.stream_arn],
                ),
                iam.PolicyStatement(actions=["kms:Decrypt"], resources=[self._key.key_arn]),
                iam.PolicyStatement(actions=["sqs:SendMessage"], resources=[dead.queue_arn]),
            ],
        )
        mapping = lambda_.CfnEventSourceMapping
        feed = mapping(
            self,
            f"{name}Feed",
            function_name=naming.function(self._stage, function),
            event_source_arn=stream.stream_arn,
            starting_position="TRIM_HORIZON",
            batch_size=100,
            bisect_batch_on_function_error=True,
            maximum_retry_attempts=RETRIES,
            destination_config=mapping.DestinationConfigProperty(
                on_failure=mapping.OnFailureProperty(destination=dead.queue_arn)
            ),
            function_response_types=["ReportBatchItemFailures"],
        )
        feed.node.add_dependency(right)
