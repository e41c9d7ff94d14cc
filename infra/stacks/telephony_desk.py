"""What an agent's desk needs of the phone side: one way to transfer, one to call out, and rights over recordings."""

from __future__ import annotations

from collections.abc import Mapping

from aws_cdk import aws_connect as connect
from aws_cdk import aws_iam as iam
from aws_cdk import aws_ssm as ssm
from constructs import Construct

from infra import naming
from infra.nag import accept_star
from infra.permissions import STARS
from infra.stacks.telephony_records import Records

QUICK_CONNECT = "Manyline transfer"  # the desk looks for it by this name
_RECORDING = ("connect:SuspendContactRecording", "connect:ResumeContactRecording")


class DeskQueue(Construct):
    """A queue that agents call out from and that their transfers hang on. Nobody ever waits in it.

    It is one of its own because of what it names: the flow of a transfer names the queues in which callers wait, so
    that those cannot name it in turn.
    """

    def __init__(
        self,
        scope: Construct,
        name: str,
        *,
        instance: connect.CfnInstance,
        hours: str,
        holding: str,
        flows: Mapping[str, str],
    ) -> None:
        """Where a transfer goes, and which number is shown, the flows ask us: one of each does for all clients.

        A stage may come with some of the flows only: without one, what it is for is not there.
        """
        super().__init__(scope, name)
        transfer, whisper = flows.get("QueueTransferFlowArn"), flows.get("OutboundWhisperFlowArn")
        queue = connect.CfnQueue(
            self,
            "Queue",
            instance_arn=instance.attr_arn,
            name="Manyline desk",
            description="Agents call out from it, and transfer by its quick connect; nobody waits here",
            hours_of_operation_arn=hours,
            quick_connect_arns=[self._quick_connect(instance, holding, transfer)] if transfer else None,
            outbound_caller_config=_calls_out(whisper) if whisper else None,
        )
        self.arn = queue.attr_queue_arn

    def _quick_connect(self, instance: connect.CfnInstance, queue: str, flow: str) -> str:
        kind = connect.CfnQuickConnect
        return kind(
            self,
            "Transfer",
            instance_arn=instance.attr_arn,
            name=QUICK_CONNECT,
            description="Goes where the agent's desk wrote a moment before",
            quick_connect_config=kind.QuickConnectConfigProperty(
                quick_connect_type="QUEUE",
                queue_config=kind.QueueQuickConnectConfigProperty(contact_flow_arn=flow, queue_arn=queue),
            ),
        ).attr_quick_connect_arn


def _calls_out(whisper: str) -> connect.CfnQueue.OutboundCallerConfigProperty:
    """No number: the whisper flow shows the client's."""
    return connect.CfnQueue.OutboundCallerConfigProperty(outbound_flow_arn=whisper)


class DeskRights(Construct):
    def __init__(
        self,
        scope: Construct,
        name: str,
        *,
        stage: str,
        instance: connect.CfnInstance,
        records: Records,
        role: iam.IRole,
    ) -> None:
        super().__init__(scope, name)
        self.where = where = ssm.StringParameter(
            self,
            "Instance",
            parameter_name=naming.connect_instance(stage),
            string_value=instance.attr_id,
            description="The instance whose recordings the desk pauses: it is deployed after the desk's function",
        )
        policy = iam.Policy(
            self,
            "Right",
            roles=[role],
            statements=[
                iam.PolicyStatement(actions=list(_RECORDING), resources=[f"{instance.attr_arn}/contact/*"]),
                iam.PolicyStatement(actions=["ssm:GetParameter"], resources=[where.parameter_arn]),
                iam.PolicyStatement(actions=["s3:GetObject"], resources=[records.recordings.arn_for_objects("*")]),
                # Without it a message that is not there any more is "denied".
                iam.PolicyStatement(actions=["s3:ListBucket"], resources=[records.recordings.bucket_arn]),
                iam.PolicyStatement(actions=["kms:Decrypt"], resources=[records.key.key_arn]),
            ],
        )
        accept_star(policy, f"{instance.attr_arn}/contact/*", STARS[_RECORDING[0]])
        accept_star(policy, records.recordings.arn_for_objects("*"), STARS["s3:GetObject"])
