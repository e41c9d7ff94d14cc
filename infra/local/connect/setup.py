"""How an exchange is set up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from infra import naming
from infra.local.connect.hours import ALWAYS, Hours
from infra.local.connect.library import flow_arn, queue_arn


class AfterQueueFlow(StrEnum):
    """What a caller hears who is still in the queue behind EndFlowExecution. AWS says only that he stays there."""

    SILENCE = "silence"
    RESTART = "restart"  # the queue flow from its start


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    inbound_flow: str = flow_arn("InboundFlowArn")
    outbound_flow: str = flow_arn("OutboundWhisperFlowArn")
    transfer_flow: str = flow_arn("QueueTransferFlowArn")  # of the one quick connect
    agent_transfer_flow: str = flow_arn("AgentTransferFlowArn")
    holding_queue: str = queue_arn("HoldingQueueArn")
    fallback_queue: str = queue_arn("FallbackQueueArn")
    hours: tuple[Hours, ...] = (ALWAYS,)
    ring_s: float = 20  # an agent's phone
    auto_accept_s: float = 1  # so long it rings where it accepts by itself
    auto_accepts: Callable[[str], bool] = lambda agent: False  # whose does; asked at each call
    outside_ring_s: float = 45  # a customer's
    caller_id: str = ""  # of outbound calls whose flow names none
    # Which outside numbers answer by themselves, after so many seconds; None waits for a person to do it.
    answers: Mapping[str, float | None] = field(default_factory=dict)
    answers_after: float | None = None  # all the others
    after_queue_flow: AfterQueueFlow = AfterQueueFlow.SILENCE
    speech_rate: float = 15  # characters a second, as Polly reads
    recordings_bucket: str = "recordings"
    recordings_prefix: str = naming.RECORDINGS_PREFIX
    keep: int = 200  # calls remembered after they are over
    seed: int = 1
