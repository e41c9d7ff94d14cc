"""Contact records as Kinesis delivers them: whole seconds, one record per segment, after the agent's wrap-up.

Times are cut to the second first and durations taken between the cut times, so that they add up:
after-contact work start − connected = interaction + hold, and queue duration = dequeue − enqueue.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Protocol

from infra.local.connect.library import INSTANCE, agent_arn
from infra.local.connect.parties import Segment, Take
from infra.local.connect.scope import endpoint


class Records(Protocol):
    def put(self, record: Mapping[str, Any]) -> None: ...


def contact_record(segment: Segment, now: datetime) -> dict[str, Any]:
    """The record of a segment that is over and cleared."""
    call = segment.call
    recordings = [_recording(take) for take in segment.takes]
    return {
        "AWSAccountId": "000000000000",
        "AWSContactTraceRecordFormatVersion": "2017-03-10",
        "Agent": _agent(segment),
        "AgentConnectionAttempts": segment.attempts,
        "Attributes": dict(segment.attributes),
        "Channel": "VOICE",
        "AnsweringMachineDetectionStatus": None,
        "Campaign": {"CampaignId": None},
        "ConnectedToSystemTimestamp": _second(segment.media_at),
        "ContactDetails": {},
        "ContactId": segment.contact_id,
        "CustomerEndpoint": endpoint(call.customer),
        "DisconnectReason": segment.reason.value if segment.reason else None,
        "DisconnectTimestamp": _second(segment.ended_at),
        "InitialContactId": None if segment.initial_id == segment.contact_id else segment.initial_id,
        "InitiationMethod": segment.method,
        "InitiationTimestamp": _second(segment.began_at),
        "InstanceARN": INSTANCE,
        "LastUpdateTimestamp": _second(now),
        "NextContactId": segment.next_id or None,
        "PreviousContactId": segment.previous.contact_id if segment.previous else None,
        "Queue": _queue(segment),
        "MediaStreams": [{"Type": "AUDIO"}],
        "Recording": _first(recordings),
        "Recordings": recordings or None,
        "References": [],
        "RelatedContactId": segment.related or None,
        "ScheduledTimestamp": None,
        "SystemEndpoint": endpoint(segment.system_number),
        "Tags": segment.all_tags,
        "TransferCompletedTimestamp": _second(segment.transferred_at),
        "TransferredToEndpoint": endpoint(segment.transferred_to),
        "VoiceIdResult": None,
    }


def _recording(take: Take) -> dict[str, Any]:
    return {
        "DeletionReason": None,
        "FragmentStartNumber": None,
        "FragmentStopNumber": None,
        "Location": take.location,
        "MediaStreamType": "AUDIO",
        "ParticipantType": "IVR" if take.kind == "ivr" else None,
        "StartTimestamp": _second(take.began_at),
        "Status": "AVAILABLE",
        "StopTimestamp": _second(take.ended_at),
        "StorageType": "S3",
    }


def _first(recordings: list[dict[str, Any]]) -> dict[str, Any] | None:
    """The older field, which holds one."""
    if not recordings:
        return None
    return {"DeletionReason": None, "Location": recordings[0]["Location"], "Status": "AVAILABLE", "Type": "AUDIO"}


def _queue(segment: Segment) -> dict[str, Any] | None:
    if segment.queue is None or segment.enqueued_at is None:
        return None
    left = segment.dequeued_at or segment.ended_at
    return {
        "ARN": segment.queue.arn,
        "Name": segment.queue.name,
        "EnqueueTimestamp": _second(segment.enqueued_at),
        "DequeueTimestamp": _second(left),
        "Duration": _between(segment.enqueued_at, left),
    }


def _agent(segment: Segment) -> dict[str, Any] | None:
    if segment.agent is None or segment.connected_at is None:
        return None
    holds = [_between(begin, end) for begin, end in segment.holds]
    talk = _between(segment.connected_at, segment.ended_at)
    return {
        "ARN": agent_arn(segment.agent.id),
        "Username": segment.agent.id,
        "RoutingProfile": {"ARN": f"{INSTANCE}/routing-profile/voice", "Name": "Voice"},
        "HierarchyGroups": None,
        "ConnectedToAgentTimestamp": _second(segment.connected_at),
        "AgentInteractionDuration": talk - sum(holds),
        "CustomerHoldDuration": sum(holds),
        "NumberOfHolds": len(holds),
        "LongestHoldDuration": max(holds, default=0),
        "AfterContactWorkStartTimestamp": _second(segment.ended_at),
        "AfterContactWorkEndTimestamp": _second(segment.cleared_at),
        "AfterContactWorkDuration": _between(segment.ended_at, segment.cleared_at),
    }


def _whole(at: datetime) -> int:
    return int(at.timestamp() // 1)


def _between(begin: datetime | None, end: datetime | None) -> int:
    return 0 if begin is None or end is None else _whole(end) - _whole(begin)


def _second(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
