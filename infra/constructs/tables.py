"""A table of ours: on demand, encrypted, recoverable to any second of 35 days, never deleted with its stack."""

from __future__ import annotations

from aws_cdk import RemovalPolicy
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from constructs import Construct

READ = ("dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query")
WRITE = (
    *READ,
    "dynamodb:PutItem",
    "dynamodb:UpdateItem",
    "dynamodb:DeleteItem",
    "dynamodb:ConditionCheckItem",
    "dynamodb:BatchWriteItem",
)


class KeptTable(Construct):
    def __init__(
        self,
        scope: Construct,
        name: str,
        *,
        expires: bool = False,
        stream: bool = False,
        index: str = "",
    ) -> None:
        super().__init__(scope, name)
        self.table = dynamodb.Table(
            self,
            "Table",
            partition_key=_text("pk"),
            sort_key=_text("sk"),
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            encryption=dynamodb.TableEncryption.AWS_MANAGED,
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True
            ),
            removal_policy=RemovalPolicy.RETAIN,
            deletion_protection=True,
            time_to_live_attribute="expires" if expires else None,
            stream=dynamodb.StreamViewType.NEW_AND_OLD_IMAGES if stream else None,
        )
        self.index = index
        if index:
            self.table.add_global_secondary_index(
                index_name=index, partition_key=_text(f"{index}_pk"), sort_key=_text(f"{index}_sk")
            )

    def grant(self, role: iam.IGrantable, *, write: bool) -> None:
        """No scan, no star: an index is named, unlike what `grant_read_data` gives."""
        arns = [self.table.table_arn]
        if self.index:
            arns.append(f"{self.table.table_arn}/index/{self.index}")
        iam.Grant.add_to_principal(grantee=role, actions=list(WRITE if write else READ), resource_arns=arns)


def _text(name: str) -> dynamodb.Attribute:
    return dynamodb.Attribute(name=name, type=dynamodb.AttributeType.STRING)
