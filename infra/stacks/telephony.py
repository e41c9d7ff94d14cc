"""The phone side: one Amazon Connect instance, our flows, one queue to wait in, the numbers. AWS only.

On this machine infra/local/connect executes the same flow files.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aws_cdk import CfnOutput, Fn, RemovalPolicy, Stack
from aws_cdk import aws_connect as connect
from aws_cdk import aws_lambda as lambda_
from aws_cdk import custom_resources as custom
from aws_cdk.aws_iam import PolicyStatement
from constructs import Construct

from infra import naming, permissions
from infra.flows import FLOWS, FUNCTIONS, QUEUES
from infra.nag import accept_singleton

_DAYS = ("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY")


class TelephonyStack(Stack):
    def __init__(self, scope: Construct, stage: str, *, alias: str, numbers: Sequence[Mapping[str, str]]) -> None:
        super().__init__(
            scope, naming.stack(stage, "telephony"), description="Manyline: telephony", termination_protection=True
        )
        self.instance = connect.CfnInstance(
            self,
            "Instance",
            identity_management_type="CONNECT_MANAGED",
            instance_alias=alias,
            attributes=connect.CfnInstance.AttributesProperty(
                inbound_calls=True, outbound_calls=False, contactflow_logs=True, auto_resolve_best_voices=True
            ),
        )
        # An instance takes its numbers and its history with it: it goes by hand, never by a deployment.
        self.instance.apply_removal_policy(RemovalPolicy.RETAIN)
        function = self._flow_function(stage)
        self._lend(function)
        self.flows = self._flows({**self._queues(), FUNCTIONS[0]: function})
        self._numbers(numbers)
        CfnOutput(self, "ConnectInstance", value=self.instance.attr_arn)

    def _flow_function(self, stage: str) -> str:
        """By name, not by reference: the phone side is deployed and deleted without the functions moving."""
        name = naming.function(stage, permissions.FLOW_FUNCTION)
        return f"arn:{self.partition}:lambda:{self.region}:{self.account}:function:{name}"

    def _lend(self, function: str) -> None:
        connect.CfnIntegrationAssociation(
            self,
            "FlowFunction",
            instance_id=self.instance.attr_arn,
            integration_type="LAMBDA_FUNCTION",
            integration_arn=function,
        )
        lambda_.CfnPermission(
            self,
            "FlowMayAsk",
            action="lambda:InvokeFunction",
            function_name=function,
            principal="connect.amazonaws.com",
            source_account=self.account,
            source_arn=self.instance.attr_arn,
        )

    def _queues(self) -> dict[str, str]:
        """Two queues for all clients: whether somebody is there, and who, is decided by our own routing."""
        hours = connect.CfnHoursOfOperation(
            self,
            "Always",
            instance_arn=self.instance.attr_arn,
            name="Always",
            description="A client's own hours are in its file; the first Lambda call knows them",
            time_zone="Etc/UTC",
            config=[_day(day) for day in _DAYS],
        )
        return {
            name: connect.CfnQueue(
                self,
                name.removesuffix("Arn"),
                instance_arn=self.instance.attr_arn,
                name=f"Manyline {name.removesuffix('QueueArn').lower()}",
                hours_of_operation_arn=hours.attr_hours_of_operation_arn,
            ).attr_queue_arn
            for name in QUEUES
        }

    def _flows(self, known: dict[str, str]) -> dict[str, connect.CfnContactFlow]:
        made = {}
        for name, file in FLOWS.items():
            content = file.read()
            used = {word: arn for word, arn in known.items() if f"${{{word}}}" in content}
            flow = connect.CfnContactFlow(
                self,
                name.removesuffix("Arn"),
                instance_arn=self.instance.attr_arn,
                name=file.title,
                type=file.type,
                content=Fn.sub(content, used) if used else content,
            )
            known[name] = flow.attr_contact_flow_arn
            made[name] = flow
        return made

    def _numbers(self, numbers: Sequence[Mapping[str, str]]) -> None:
        """Each number of cdk.json is claimed and led into the one inbound flow; whose it is, tenancy knows."""
        for number in numbers:
            claimed = connect.CfnPhoneNumber(
                self,
                f"Number{number['name'].capitalize()}",
                target_arn=self.instance.attr_arn,
                country_code=number["country"],
                type=number["type"],
                tags=[{"key": "name", "value": number["name"]}],
            )
            self._lead(claimed, number["name"])
            CfnOutput(self, f"Phone{number['name'].capitalize()}", value=claimed.attr_address)

    def _lead(self, number: connect.CfnPhoneNumber, name: str) -> None:
        """CloudFormation can claim a number and cannot say which flow answers it."""
        call = custom.AwsSdkCall(
            service="Connect",
            action="associatePhoneNumberContactFlow",
            parameters={
                "PhoneNumberId": number.attr_phone_number_arn,
                "InstanceId": self.instance.attr_arn,
                "ContactFlowId": self.flows["InboundFlowArn"].attr_contact_flow_arn,
            },
            physical_resource_id=custom.PhysicalResourceId.of(f"inbound-{name}"),
        )
        lead = custom.AwsCustomResource(
            self,
            f"Lead{name.capitalize()}",
            on_update=call,
            install_latest_aws_sdk=False,
            policy=custom.AwsCustomResourcePolicy.from_statements(
                [
                    PolicyStatement(
                        actions=["connect:AssociatePhoneNumberContactFlow"],
                        resources=[
                            number.attr_phone_number_arn,
                            self.flows["InboundFlowArn"].attr_contact_flow_arn,
                            self.instance.attr_arn,
                        ],
                    )
                ]
            ),
        )
        accept_singleton(self, lead, "no star of ours: number, flow and instance are named")


def _day(day: str) -> connect.CfnHoursOfOperation.HoursOfOperationConfigProperty:
    time = connect.CfnHoursOfOperation.HoursOfOperationTimeSliceProperty
    return connect.CfnHoursOfOperation.HoursOfOperationConfigProperty(
        day=day, start_time=time(hours=0, minutes=0), end_time=time(hours=0, minutes=0)
    )
