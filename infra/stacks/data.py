"""What must outlive every deployment: tables, buckets and the signing key. No code lives here."""

from __future__ import annotations

from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_secretsmanager as secrets
from constructs import Construct

from infra import naming
from infra.constructs.buckets import KeptBucket
from infra.constructs.tables import KeptTable
from infra.nag import accept

RAW_MAIL = "raw/"  # prefix of mails as they came


class DataStack(Stack):
    def __init__(self, scope: Construct, stage: str) -> None:
        super().__init__(
            scope, naming.stack(stage, "data"), description="Manyline: what is kept", termination_protection=True
        )
        self.tables = {
            "tenants": KeptTable(self, "Tenants"),
            "contacts": KeptTable(self, "Contacts", stream=True, expires=True),
            "routing": KeptTable(self, "Routing"),
            "workforce": KeptTable(self, "Workforce"),
            "ledger": KeptTable(self, "Ledger", index="period"),
            "sessions": KeptTable(self, "Sessions", expires=True),
        }
        logs = KeptBucket(self, "AccessLogs", logs=None, expire_days=365)
        accept(logs, "AwsSolutions-S1", "it holds the access logs of the other buckets; logging itself would not end")
        self.mail = KeptBucket(self, "Mail", logs=logs)
        self.mail.add_to_resource_policy(self._ses_may_deliver())
        self.documents = KeptBucket(self, "Documents", logs=logs)
        self.signing_name = f"manyline/{stage}/signing"
        self.signing = self._signing_key()
        self._export()

    def _export(self) -> None:
        """Everything that another stack may ever ask for, at once: what is kept does not change with who reads it."""
        for kept in self.tables.values():
            self.export_value(kept.table.table_name)
            self.export_value(kept.table.table_arn)
        self.export_value(self.tables["contacts"].table.table_stream_arn)
        self.export_value(self.mail.bucket_name)
        self.documents_name = self.export_value(self.documents.bucket_name)
        self.mail_arn = self.export_value(self.mail.bucket_arn)
        self.documents_arn = self.export_value(self.documents.bucket_arn)
        self.export_value(self.signing.secret_arn)

    def _signing_key(self) -> secrets.Secret:
        secret = secrets.Secret(
            self,
            "Signing",
            secret_name=self.signing_name,
            description="Signs reply tokens in mail and the sessions of chat visitors",
            generate_secret_string=secrets.SecretStringGenerator(password_length=64, exclude_punctuation=True),
            removal_policy=RemovalPolicy.RETAIN,
        )
        accept(
            secret,
            "AwsSolutions-SMG4",
            "a new key would orphan the reply tokens already in customers' mailboxes; it is replaced by hand on a leak",
        )
        return secret

    def mail_by_name(self, scope: Construct) -> s3.IBucket:
        """For a stack that must not write into this one: the bucket's policy names SES already."""
        return s3.Bucket.from_bucket_name(scope, "MailBucket", self.mail.bucket_name)

    def _ses_may_deliver(self) -> iam.PolicyStatement:
        return iam.PolicyStatement(
            sid="SesDeliversRawMail",
            principals=[iam.ServicePrincipal("ses.amazonaws.com")],
            actions=["s3:PutObject"],
            resources=[self.mail.arn_for_objects(f"{RAW_MAIL}*")],
            conditions={"StringEquals": {"aws:SourceAccount": self.account}},
        )
