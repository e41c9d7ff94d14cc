"""Contact events as EventBridge delivers them: source aws.connect, times to the millisecond."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Protocol

from infra.local.connect.library import INSTANCE, agent_arn
from infra.local.connect.parties import Segment

DETAIL_TYPE = "Amazon Connect Contact Event"


class EventType(StrEnum):
    INITIATED = "INITIATED"
    CONNECTED_TO_SYSTEM = "CONNECTED_TO_SYSTEM"
    CONTACT_DATA_UPDATED = "CONTACT_DATA_UPDATED"
    QUEUED = "QUEUED"
    CONNECTED_TO_AGENT = "CONNECTED_TO_AGENT"
    DISCONNECTED = "DISCONNECTED"
    COMPLETED = "COMPLETED"


class Events(Protocol):
    def put(self, detail: Mapping[str, Any], at: datetime) -> None: ...


def contact_event(kind: EventType, segment: Segment) -> dict[str, Any]:
    """The `detail` of the event; what is not known yet is absent, as in the published samples."""
    detail: dict[str, Any] = {
        "eventType": kind.value,
        "contactId": segment.contact_id,
        "initialContactId": segment.initial_id,
        "previousContactId": segment.previous.contact_id if segment.previous else None,
        "relatedContactId": segment.related or None,
        "channel": "VOICE",
        "instanceArn": INSTANCE,
        "initiationMethod": segment.method,
        "initiationTimestamp": instant(segment.began_at),
        "connectedToSystemTimestamp": instant(segment.media_at),
        "disconnectTimestamp": instant(segment.ended_at),
        "disconnectReason": segment.reason.value if segment.reason else None,
        "queueInfo": _queue(segment),
        "agentInfo": _agent(segment),
        "tags": segment.all_tags or None,
    }
    return {name: value for name, value in detail.items() if value is not None}


def task_event(contact_id: str, segment: Segment, now: datetime) -> dict[str, Any]:
    """A task that a flow made: no call, but related to one."""
    return {
        "eventType": EventType.INITIATED.value,
        "contactId": contact_id,
        "initialContactId": contact_id,
        "relatedContactId": segment.contact_id,
        "channel": "TASK",
        "instanceArn": INSTANCE,
        "initiationMethod": "FLOW",
        "initiationTimestamp": instant(now),
    }


def _queue(segment: Segment) -> dict[str, Any] | None:
    if segment.queue is None:
        return None
    queue = segment.queue
    return {"queueArn": queue.arn, "queueType": queue.type, "enqueueTimestamp": instant(segment.enqueued_at)}


def _agent(segment: Segment) -> dict[str, Any] | None:
    if segment.agent is None:
        return None
    info = {"agentArn": agent_arn(segment.agent.id), "connectedToAgentTimestamp": instant(segment.connected_at)}
    if segment.ended_at and segment.cleared_at:
        info |= {
            "afterContactWorkStartTimestamp": instant(segment.ended_at),
            "afterContactWorkEndTimestamp": instant(segment.cleared_at),
        }
    return {name: value for name, value in info.items() if value is not None}


def instant(at: datetime | None) -> str | None:
    if at is None:
        return None
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"
