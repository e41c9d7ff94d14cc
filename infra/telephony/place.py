"""Where a stage's phone side is: on AWS its stack says so; here it is the simulator behind the front door."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from infra import naming
from infra.layout import open_functions
from infra.local.connect.library import INSTANCE, flow_arn
from infra.local.telephony import CONNECT_PATH
from infra.stage import Stage
from infra.telephony.calls import Calls, last
from infra.telephony.errors import NoPhoneSide

open_functions()
from chalicelib.aws import clients  # noqa: E402  lives where Chalice wants it


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    instance: str  # ARN
    flow: str  # id of the inbound flow


LOCAL = Place(instance=INSTANCE, flow=last(flow_arn("InboundFlowArn")))


def place(stage: str, cloudformation: Any) -> Place:
    """Raises NoPhoneSide."""
    if stage == naming.LOCAL:
        return LOCAL
    try:
        [stack] = cloudformation.describe_stacks(StackName=naming.stack(stage, "telephony"))["Stacks"]
    except ClientError as error:
        raise NoPhoneSide(stage, error.response["Error"]["Message"]) from error
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", ())}
    missing = sorted({"ConnectInstance", "ConnectInboundFlow"} - set(outputs))
    if missing:
        raise NoPhoneSide(stage, f"its stack does not say {' and '.join(missing)}; deploy it again")
    return Place(instance=outputs["ConnectInstance"], flow=last(outputs["ConnectInboundFlow"]))


def reach(opened: Stage) -> tuple[Calls, Place]:
    """Raises NoPhoneSide."""
    found = place(opened.name, opened.client("cloudformation"))
    local = f"{opened.base_url}{CONNECT_PATH}" if opened.name == naming.LOCAL else ""
    return Calls(clients.client("connect", local), tick=time.monotonic, sleep=time.sleep), found
