"""What our functions need to begin calls themselves, and to ask how one stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aws_cdk import Fn
from aws_cdk import aws_connect as connect
from aws_cdk import aws_iam as iam
from aws_cdk import aws_ssm as ssm
from constructs import Construct

from infra import naming
from infra.flows import STARTED
from infra.nag import accept_star
from infra.permissions import CALLERS, CONNECT_LISTENER, ENQUIRERS, STARS

_STARTS = ("connect:StartOutboundVoiceContact", "connect:StopContact")  # nobody needs it any more while it rings
_PAUSES = ("connect:SuspendContactRecording",)
# A call that went from queue to queue has a part for each: the second names them.
_ASKS = ("connect:DescribeContact", "connect:ListAssociatedContacts")


class CallsOut(Construct):
    def __init__(
        self,
        scope: Construct,
        name: str,
        *,
        stage: str,
        instance: connect.CfnInstance,
        flows: Mapping[str, str],
        readers: Mapping[str, iam.IRole],
        where: ssm.IStringParameter,
    ) -> None:
        """`readers` are the roles of functions by their Chalice names, `where` the parameter with the instance's id.

        A stage may come with some of the flows only: calls with the others do not begin there.
        """
        super().__init__(scope, name)
        self._contacts = f"{instance.attr_arn}/contact/*"
        written = [self._write(stage, name, flows[flow]) for name, flow in STARTED.items() if flow in flows]
        known = [where.parameter_arn, *(parameter.parameter_arn for parameter in written)]
        self._may("Begin", _roles(CALLERS, readers), [*_STARTS, *_ASKS], known)
        # Who comes into a conversation whose recording is paused begins paused.
        self._may("Pause", _roles((CONNECT_LISTENER,), readers), _PAUSES, [where.parameter_arn])
        self._may("Enquire", _roles(ENQUIRERS, readers), _ASKS, [where.parameter_arn])

    def _write(self, stage: str, name: str, arn: str) -> ssm.StringParameter:
        return ssm.StringParameter(
            self,
            name.capitalize(),
            parameter_name=naming.connect_flow(stage, name),
            string_value=Fn.select(3, Fn.split("/", arn)),  # …:instance/<id>/contact-flow/<id>
            description=f"The flow that calls for {name} begin with: it is deployed after the functions that dial",
        )

    def _may(self, name: str, roles: Sequence[iam.IRole], actions: Sequence[str], parameters: Sequence[str]) -> None:
        if not roles:
            return
        policy = iam.Policy(
            self,
            name,
            roles=list(roles),
            statements=[
                iam.PolicyStatement(actions=list(actions), resources=[self._contacts]),
                iam.PolicyStatement(actions=["ssm:GetParameter"], resources=list(parameters)),
            ],
        )
        accept_star(policy, self._contacts, STARS[actions[0]])


def _roles(names: Sequence[str], readers: Mapping[str, iam.IRole]) -> list[iam.IRole]:
    return [readers[name] for name in names if name in readers]
