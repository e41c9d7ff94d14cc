"""The phone side: one Amazon Connect instance for all clients, and what every call on it needs. AWS only.

Nothing here belongs to one client: a client is a number that `manyline numbers` claims, and a file that is applied.
On this machine infra/local/connect executes the same flow files.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from aws_cdk import CfnOutput, Fn, RemovalPolicy, Stack
from aws_cdk import aws_connect as connect
from aws_cdk import aws_lambda as lambda_
from aws_cdk.aws_iam import IRole
from aws_cdk.aws_sns import ITopic
from constructs import Construct

from infra import naming, permissions
from infra.flows import FLOWS, FUNCTIONS, QUEUES, FlowFile
from infra.stacks.telephony_calls import CallsOut
from infra.stacks.telephony_desk import DeskQueue, DeskRights
from infra.stacks.telephony_numbers import FirstNumbers
from infra.stacks.telephony_people import People
from infra.stacks.telephony_records import Records

MODULE = "MODULE"  # the type of a flow file that other flows call; it has Settings, and no type on the service

_DAYS = ("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY")
_PURPOSE = {
    "HoldingQueueArn": "Callers wait here for whom our routing chooses; no agent is served from it",
    "FallbackQueueArn": "Callers go here when our routing does not answer; every agent is served from it",
}


class TelephonyStack(Stack):
    def __init__(
        self,
        scope: Construct,
        stage: str,
        *,
        alias: str,
        numbers: Sequence[Mapping[str, str]],
        origin: str,
        flows: Mapping[str, FlowFile] = FLOWS,
        readers: Mapping[str, IRole] = MappingProxyType({}),
        alarms: ITopic,
    ) -> None:
        """`origin` is where the desk is opened: only its pages may embed the softphone.

        `readers` are the roles of functions by their Chalice names; those of our two streams are fed from them, and
        the desk's may pause a recording and fetch a caller's message. `alarms` rings for what they could not take.
        """
        super().__init__(
            scope, naming.stack(stage, "telephony"), description="Manyline: telephony", termination_protection=True
        )
        self.instance = self._instance(alias)
        function = self._flow_function(stage)
        self._lend(function)
        hours = self._always()
        queues = self._queues(hours)
        self.flows = self._flows(flows, {**queues, FUNCTIONS[0]: function})
        desk_queue = DeskQueue(
            self,
            "DeskQueue",
            instance=self.instance,
            hours=hours,
            holding=queues["HoldingQueueArn"],
            flows=self.flows,
        )
        People(self, "People", instance=self.instance, fallback=queues["FallbackQueueArn"], desk=desk_queue.arn)
        records = Records(self, "Records", stage=stage, instance=self.instance, readers=readers, alarms=alarms)
        if desk := readers.get(permissions.DESK):
            rights = DeskRights(self, "DeskRights", stage=stage, instance=self.instance, records=records, role=desk)
            CallsOut(
                self,
                "CallsOut",
                stage=stage,
                instance=self.instance,
                flows=self.flows,
                readers=readers,
                where=rights.where,
            )
        FirstNumbers(self, numbers, instance=self.instance, flow=self.flows["InboundFlowArn"])
        connect.CfnApprovedOrigin(self, "Desk", instance_id=self.instance.attr_arn, origin=origin)
        CfnOutput(self, "ConnectInstance", value=self.instance.attr_arn)
        CfnOutput(self, "ConnectInboundFlow", value=self.flows["InboundFlowArn"])

    def _instance(self, alias: str) -> connect.CfnInstance:
        instance = connect.CfnInstance(
            self,
            "Instance",
            identity_management_type="CONNECT_MANAGED",
            instance_alias=alias,
            attributes=connect.CfnInstance.AttributesProperty(
                inbound_calls=True,
                outbound_calls=True,  # callbacks, transfers to the outside, calls from the desk
                contactflow_logs=True,
                auto_resolve_best_voices=True,
            ),
        )
        # An instance takes its numbers and its history with it: it goes by hand, never by a deployment.
        instance.apply_removal_policy(RemovalPolicy.RETAIN)
        return instance

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

    def _always(self) -> str:
        return connect.CfnHoursOfOperation(
            self,
            "Always",
            instance_arn=self.instance.attr_arn,
            name="Always",
            description="A client's own hours are in its file; the first Lambda call knows them",
            time_zone="Etc/UTC",
            config=[_day(day) for day in _DAYS],
        ).attr_hours_of_operation_arn

    def _queues(self, hours: str) -> dict[str, str]:
        """Two queues for all clients: whether somebody is there, and who, is decided by our own routing."""
        return {
            name: connect.CfnQueue(
                self,
                name.removesuffix("Arn"),
                instance_arn=self.instance.attr_arn,
                name=f"Manyline {name.removesuffix('QueueArn').lower()}",
                description=_PURPOSE[name],
                hours_of_operation_arn=hours,
            ).attr_queue_arn
            for name in QUEUES
        }

    def _flows(self, files: Mapping[str, FlowFile], known: dict[str, str]) -> dict[str, str]:
        """The ARN of each; in the order of `files`, where a flow stands behind those that it names."""
        made = {}
        for name, file in files.items():
            made[name] = known[name] = self._flow(name.removesuffix("Arn"), file, known)
        return made

    def _flow(self, name: str, file: FlowFile, known: Mapping[str, str]) -> str:
        content = file.read()
        used = {word: arn for word, arn in known.items() if f"${{{word}}}" in content}
        filled = Fn.sub(content, used) if used else content
        if file.type == MODULE:
            return connect.CfnContactFlowModule(
                self, name, instance_arn=self.instance.attr_arn, name=file.title, content=filled
            ).attr_contact_flow_module_arn
        return connect.CfnContactFlow(
            self, name, instance_arn=self.instance.attr_arn, name=file.title, type=file.type, content=filled
        ).attr_contact_flow_arn


def _day(day: str) -> connect.CfnHoursOfOperation.HoursOfOperationConfigProperty:
    time = connect.CfnHoursOfOperation.HoursOfOperationTimeSliceProperty
    return connect.CfnHoursOfOperation.HoursOfOperationConfigProperty(
        day=day, start_time=time(hours=0, minutes=0), end_time=time(hours=0, minutes=0)
    )
