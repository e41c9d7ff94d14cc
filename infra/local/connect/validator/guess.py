"""The type of a flow whose file does not say it: from the editor's notes, its name and what it holds."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from infra.local.connect.catalogue import RULES
from infra.local.connect.language import FlowType

# What the editor writes into `Metadata.type`.
_EDITOR: Mapping[str, FlowType] = {
    "contactFlow": FlowType.INBOUND,
    "customerQueue": FlowType.CUSTOMER_QUEUE,
    "customerHold": FlowType.CUSTOMER_HOLD,
    "customerWhisper": FlowType.CUSTOMER_WHISPER,
    "agentHold": FlowType.AGENT_HOLD,
    "agentWhisper": FlowType.AGENT_WHISPER,
    "outboundWhisper": FlowType.OUTBOUND_WHISPER,
    "agentTransfer": FlowType.AGENT_TRANSFER,
    "queueTransfer": FlowType.QUEUE_TRANSFER,
    "campaign": FlowType.CAMPAIGN,
    "module": FlowType.MODULE,
}
# Words of a file's name, the longer first; a name that says only half means the customer's or the agent's more usual.
_WORDS: Mapping[str, FlowType] = {
    "customerqueue": FlowType.CUSTOMER_QUEUE,
    "queuetransfer": FlowType.QUEUE_TRANSFER,
    "transfertoqueue": FlowType.QUEUE_TRANSFER,
    "agenttransfer": FlowType.AGENT_TRANSFER,
    "transfertoagent": FlowType.AGENT_TRANSFER,
    "customerwhisper": FlowType.CUSTOMER_WHISPER,
    "outboundwhisper": FlowType.OUTBOUND_WHISPER,
    "whisper": FlowType.AGENT_WHISPER,
    "agenthold": FlowType.AGENT_HOLD,
    "hold": FlowType.CUSTOMER_HOLD,
}
# In this order, of those that allow every action.
_LIKELY = (
    FlowType.INBOUND,
    FlowType.CUSTOMER_QUEUE,
    FlowType.CUSTOMER_HOLD,
    FlowType.AGENT_WHISPER,
    FlowType.OUTBOUND_WHISPER,
    FlowType.AGENT_TRANSFER,
)


def guess(text: str, name: str) -> FlowType:
    """The type that the flow in `text` most likely has; what is no flow at all counts as inbound."""
    try:
        content = json.loads(text)
    except ValueError:
        return FlowType.INBOUND
    if not isinstance(content, Mapping):
        return FlowType.INBOUND
    notes = content.get("Metadata")
    if isinstance(notes, Mapping) and (said := _EDITOR.get(str(notes.get("type")))):
        return said
    types = _types(content)
    if "Settings" in content or "EndFlowModuleExecution" in types:
        return FlowType.MODULE
    word = re.sub(r"[^a-z]", "", name.lower())
    named = [type for part, type in _WORDS.items() if part in word]
    return next((type for type in (*named, *_LIKELY) if _all_allowed(types, type)), FlowType.INBOUND)


def _types(content: Mapping[str, Any]) -> set[str]:
    actions = content.get("Actions")
    found = actions if isinstance(actions, list) else []
    return {str(action.get("Type")) for action in found if isinstance(action, Mapping)}


def _all_allowed(types: set[str], type: FlowType) -> bool:
    return all(RULES[name].allowed_in(type) for name in types & RULES.keys())
