"""Where a stage's phone side is: read from what its stack says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from infra import naming
from infra.telephony.errors import NoPhoneSide

LOCALLY = (
    "On this machine no number must be claimed: every one of a client's file rings as soon as that is applied "
    "(`manyline tenants apply`), and `manyline call` or /try calls it."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    instance: str  # ARN
    flow: str  # id of the inbound flow


def place(stage: str, cloudformation: Any) -> Place:
    """Raises NoPhoneSide."""
    if stage == naming.LOCAL:
        raise NoPhoneSide(
            stage,
            f"{LOCALLY} To claim numbers of Amazon Connect, name a deployed stage with --stage, and have credentials "
            "of its AWS account",
        )
    try:
        [stack] = cloudformation.describe_stacks(StackName=naming.stack(stage, "telephony"))["Stacks"]
    except ClientError as error:
        raise NoPhoneSide(stage, error.response["Error"]["Message"]) from error
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", ())}
    missing = sorted({"ConnectInstance", "ConnectInboundFlow"} - set(outputs))
    if missing:
        raise NoPhoneSide(stage, f"its stack does not say {' and '.join(missing)}; deploy it again")
    return Place(instance=outputs["ConnectInstance"], flow=outputs["ConnectInboundFlow"].rpartition("/")[2])
