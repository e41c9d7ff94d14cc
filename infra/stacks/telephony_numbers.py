"""The numbers that a stage is born with (cdk.json), claimed and led into the inbound flow while it is deployed.

A client's own numbers come later and without a deployment: `manyline numbers claim`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aws_cdk import CfnOutput, Fn, Stack
from aws_cdk import aws_connect as connect
from aws_cdk import custom_resources as custom
from aws_cdk.aws_iam import PolicyStatement

from infra.nag import accept_singleton


class FirstNumbers:
    def __init__(
        self, stack: Stack, numbers: Sequence[Mapping[str, str]], *, instance: connect.CfnInstance, flow: str
    ) -> None:
        """`flow` is the ARN of the inbound flow; whose a number is, tenancy knows."""
        self._stack, self._instance, self._flow = stack, instance, flow
        for number in numbers:
            name = number["name"].capitalize()
            claimed = connect.CfnPhoneNumber(
                stack,
                f"Number{name}",
                target_arn=instance.attr_arn,
                country_code=number["country"],
                type=number["type"],
                tags=[{"key": "name", "value": number["name"]}],
            )
            self._lead(claimed, name)
            CfnOutput(stack, f"Phone{name}", value=claimed.attr_address)

    def _lead(self, number: connect.CfnPhoneNumber, name: str) -> None:
        """CloudFormation can claim a number and cannot say which flow answers it."""
        call = custom.AwsSdkCall(
            service="Connect",
            action="associatePhoneNumberContactFlow",
            parameters={
                # …:phone-number/<id> and …:instance/<id>/contact-flow/<id>
                "PhoneNumberId": Fn.select(1, Fn.split("/", number.attr_phone_number_arn)),
                "InstanceId": self._instance.attr_id,
                "ContactFlowId": Fn.select(3, Fn.split("/", self._flow)),
            },
            # A number that is replaced is another thing to lead: its ARN is what the association is known by.
            physical_resource_id=custom.PhysicalResourceId.of(number.attr_phone_number_arn),
        )
        lead = custom.AwsCustomResource(
            self._stack,
            f"Lead{name}",
            on_update=call,  # also when it is made
            install_latest_aws_sdk=False,
            policy=custom.AwsCustomResourcePolicy.from_statements(
                [
                    PolicyStatement(
                        actions=["connect:AssociatePhoneNumberContactFlow"],
                        resources=[number.attr_phone_number_arn, self._flow, self._instance.attr_arn],
                    )
                ]
            ),
        )
        accept_singleton(self._stack, lead, "no star of ours: number, flow and instance are named")
