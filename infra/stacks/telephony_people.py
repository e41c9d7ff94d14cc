"""What a person has on the phone side: a status to be in, rights, and the queues that he is served from.

Who works, and for whom, our own workforce knows. Here is one profile for all agents; users are made with it by
`manyline people apply`, for people come and go without a deployment.
"""

from __future__ import annotations

from aws_cdk import aws_connect as connect
from constructs import Construct

from infra.layout import open_functions
from infra.telephony.profiles import AGENTS, ROUTING, SUPERVISORS

open_functions()
from chalicelib.desk.model.telephone import STATUSES  # noqa: E402  lives where Chalice wants it

# Agents may see quick connects, or the softphone offers them no transfer.
RIGHTS = {
    AGENTS: ("BasicAgentAccess", "OutboundCallAccess", "TransferDestinations.View"),
    SUPERVISORS: (
        "BasicAgentAccess",
        "OutboundCallAccess",
        "TransferDestinations.View",
        "AccessMetrics",
        "ManagerListenIn",
    ),
}


class People(Construct):
    def __init__(self, scope: Construct, name: str, *, instance: connect.CfnInstance, fallback: str, desk: str) -> None:
        """`fallback` is the ARN of the queue that serves when our routing does not, `desk` of that for calling out."""
        super().__init__(scope, name)
        self._instance = instance.attr_arn
        for place, status in enumerate(STATUSES, 1):
            connect.CfnAgentStatus(
                self,
                status.replace(" ", ""),
                instance_arn=self._instance,
                name=status,
                state="ENABLED",
                type="CUSTOM",  # no call is given to who is in it
                display_order=place,
            )
        for profile, rights in RIGHTS.items():
            connect.CfnSecurityProfile(
                self,
                profile.rpartition(" ")[2].capitalize(),
                instance_arn=self._instance,
                security_profile_name=profile,
                permissions=list(rights),
            )
        self._routing(fallback, desk)

    def _routing(self, fallback: str, desk: str) -> None:
        """A call that our router gives comes through the agent's own queue, which needs no row here."""
        profile = connect.CfnRoutingProfile
        profile(
            self,
            "Routing",
            instance_arn=self._instance,
            name=ROUTING,
            description="One call at a time; the fallback queue is served when our routing does not answer",
            default_outbound_queue_arn=desk,
            media_concurrencies=[profile.MediaConcurrencyProperty(channel="VOICE", concurrency=1)],
            queue_configs=[
                profile.RoutingProfileQueueConfigProperty(
                    delay=0,
                    priority=1,
                    queue_reference=profile.RoutingProfileQueueReferenceProperty(channel="VOICE", queue_arn=queue),
                )
                for queue in (fallback, desk)  # a softphone knows the quick connects of these
            ],
        )
