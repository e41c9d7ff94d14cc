"""The flow files of `templates/flows`: their type on Amazon Connect, and the name their ARN goes by in each other.

A file may hold `${Name}` for each of these and for what else a stage gives (`ContactFlowFunctionArn`,
`HoldingQueueArn`, `FallbackQueueArn`). CDK fills them by `Fn::Sub`, the local simulator with its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from infra.layout import FLOWS as DIRECTORY


@dataclass(frozen=True, slots=True)
class FlowFile:
    file: str
    type: str  # CreateContactFlow.Type
    title: str

    @property
    def path(self) -> Path:
        return DIRECTORY / self.file

    def read(self) -> str:
        return self.path.read_text(encoding="utf-8")


# In the order in which they can be deployed: a flow stands behind those that it names.
FLOWS: Mapping[str, FlowFile] = {
    "AgentWhisperFlowArn": FlowFile("agent_whisper.json", "AGENT_WHISPER", "Manyline agent whisper"),
    "CustomerWhisperFlowArn": FlowFile("customer_whisper.json", "CUSTOMER_WHISPER", "Manyline customer whisper"),
    "CustomerHoldFlowArn": FlowFile("customer_hold.json", "CUSTOMER_HOLD", "Manyline hold"),
    "DisconnectFlowArn": FlowFile("disconnect.json", "CONTACT_FLOW", "Manyline disconnect"),
    "CallbackQueueFlowArn": FlowFile("callback_queue.json", "CUSTOMER_QUEUE", "Manyline waiting callbacks"),
    "CallbackFlowArn": FlowFile("callback.json", "CONTACT_FLOW", "Manyline callback"),
    "CustomerQueueFlowArn": FlowFile("customer_queue.json", "CUSTOMER_QUEUE", "Manyline waiting callers"),
    "AgentTransferFlowArn": FlowFile("agent_transfer.json", "AGENT_TRANSFER", "Manyline transfer to an agent"),
    "QueueTransferFlowArn": FlowFile("queue_transfer.json", "QUEUE_TRANSFER", "Manyline transfer"),
    "OutboundWhisperFlowArn": FlowFile("outbound_whisper.json", "OUTBOUND_WHISPER", "Manyline outbound whisper"),
    "DispatchFlowArn": FlowFile("dispatch.json", "CONTACT_FLOW", "Manyline on call"),
    "InboundFlowArn": FlowFile("inbound.json", "CONTACT_FLOW", "Manyline inbound"),
}
# Flows that our own functions begin calls with, by the names that they use.
STARTED: Mapping[str, str] = {"dispatch": "DispatchFlowArn"}
QUEUES = ("HoldingQueueArn", "FallbackQueueArn")
FUNCTIONS = ("ContactFlowFunctionArn",)
