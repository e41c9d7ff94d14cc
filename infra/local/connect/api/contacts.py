"""Calls and their recordings, by their contacts: what Amazon Connect's API does with them, on the exchange."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any

from infra.local.connect.api.service import Answer, Refused, Words, demand_instance
from infra.local.connect.api_calls import RING_S
from infra.local.connect.exchange import Exchange, NotNow, NotOnTheLine, Wanted
from infra.local.connect.language import FlowRefused
from infra.local.connect.library import INSTANCE
from infra.local.connect.parties import Segment

DIALS = "StartOutboundVoiceContact"
# What it is asked with, as far as it is simulated.
_STARTS = frozenset(
    {
        "DestinationPhoneNumber", "ContactFlowId", "InstanceId", "ClientToken", "SourcePhoneNumber", "QueueId",
        "Attributes", "RelatedContactId", "RingTimeoutInSeconds",
    }
)  # fmt: skip
_SUMMARY = (
    "InitiationTimestamp", "DisconnectTimestamp", "InitialContactId", "PreviousContactId", "RelatedContactId",
    "InitiationMethod", "Channel",
)  # fmt: skip


class Contacts:
    def __init__(self, exchange: Callable[[], Exchange], renew: Callable[[], None]) -> None:
        """`renew` takes changed flow files, and raises FlowRefused."""
        self._exchange, self._renew = exchange, renew
        self.claimed: Collection[str] = ()  # the instance's numbers; whoever serves a call looks them up before

    @property
    def operations(self) -> Mapping[str, Callable[[Words], Answer]]:
        return {
            "SuspendContactRecording": _told(self.suspend_recording),
            "ResumeContactRecording": _told(self.resume_recording),
            # A contact that is over, or never was, is "not found" in a way of its own.
            "StopContact": _told(self.stop, missing="ContactNotFoundException"),
            DIALS: _told(self.start_outbound),
            "DescribeContact": _told(self.describe),
            "ListAssociatedContacts": _told(self.associated),
        }

    def suspend_recording(self, words: Words) -> Answer:
        self._demand_chain(words)
        self._exchange().suspend_recording(words["ContactId"])
        return None

    def resume_recording(self, words: Words) -> Answer:
        self._demand_chain(words)
        self._exchange().resume_recording(words["ContactId"])
        return None

    def stop(self, words: Words) -> Answer:
        self._exchange().stop(words["ContactId"])
        return None

    def describe(self, words: Words) -> Answer:
        return {"Contact": described(self._exchange().describe(words["ContactId"]))}

    def associated(self, words: Words) -> Answer:
        """All of them on one page."""
        found = self._exchange().associated(words["ContactId"])
        return {"ContactSummaryList": [summary(segment) for segment in found]}

    def start_outbound(self, words: Words) -> Answer:
        wanted = _wanted(words)
        if wanted.caller_id and wanted.caller_id not in self.claimed:
            raise Refused("InvalidParameterException", f"{wanted.caller_id} is not claimed for this instance")
        self._renew()
        return {"ContactId": self._exchange().call_out(wanted)}

    def _demand_chain(self, words: Words) -> None:
        """The first contact of the chain is named, too."""
        segment, initial = self._exchange().describe(words["ContactId"]), words["InitialContactId"]
        if segment.initial_id != initial:
            raise Refused("ResourceNotFoundException", f"{segment.contact_id} is no contact of the chain {initial!r}")


def _told(deed: Callable[[Words], Answer], missing: str = "ResourceNotFoundException") -> Callable[[Words], Answer]:
    """What the exchange cannot do is refused in Connect's words."""

    def telling(words: Words) -> Answer:
        try:
            demand_instance(words["InstanceId"])
            return deed(words)
        except NotOnTheLine as error:
            raise Refused(missing, str(error)) from error
        except (NotNow, FlowRefused) as error:
            raise Refused("InvalidRequestException", str(error)) from error

    return telling


def described(segment: Segment) -> dict[str, Any]:
    """A contact as DescribeContact tells it: times in seconds since 1970, what is not known absent."""
    call = segment.call
    told = {
        "Arn": f"{INSTANCE}/contact/{segment.contact_id}",
        "Id": segment.contact_id,
        "InitialContactId": segment.initial_id if segment.initial_id != segment.contact_id else None,
        "PreviousContactId": segment.previous.contact_id if segment.previous else None,
        "RelatedContactId": segment.related or None,
        "InitiationMethod": segment.method,
        "Channel": "VOICE",
        "QueueInfo": _queue(segment),
        "QueuePriority": segment.priority,
        "AgentInfo": _agent(segment),
        "InitiationTimestamp": _at(segment.began_at),
        "ConnectedToSystemTimestamp": _at(segment.media_at),
        "DisconnectTimestamp": _at(segment.ended_at),
        "DisconnectReason": segment.reason.value if segment.reason else None,
        "CustomerEndpoint": _number(call.customer),
        "SystemEndpoint": _number(segment.system_number),
        "Attributes": dict(segment.attributes) or None,
        "Tags": segment.all_tags or None,
    }
    return {name: value for name, value in told.items() if value is not None}


def summary(segment: Segment) -> dict[str, Any]:
    """A contact as ListAssociatedContacts tells it."""
    whole = described(segment)
    told = {name: whole[name] for name in _SUMMARY if name in whole}
    return {"ContactId": whole["Id"], "ContactArn": whole["Arn"], **told}


def _queue(segment: Segment) -> dict[str, Any] | None:
    if segment.queue is None or segment.enqueued_at is None:
        return None
    return {"Id": segment.queue.arn.partition("/queue/")[2], "EnqueueTimestamp": _at(segment.enqueued_at)}


def _agent(segment: Segment) -> dict[str, Any] | None:
    if segment.agent is None:
        return None
    times = {
        "ConnectedToAgentTimestamp": segment.connected_at,
        "AfterContactWorkStartTimestamp": segment.ended_at if segment.cleared_at else None,
        "AfterContactWorkEndTimestamp": segment.cleared_at,
    }
    return {"Id": segment.agent.id, **{name: _at(at) for name, at in times.items() if at is not None}}


def _number(number: str) -> dict[str, str] | None:
    return {"Type": "TELEPHONE_NUMBER", "Address": number} if number else None


def _at(at: datetime | None) -> float | None:
    return None if at is None else round(at.timestamp(), 3)


def _wanted(words: Words) -> Wanted:
    """What this exchange cannot do is refused by its name: a call that it dialled otherwise would deceive."""
    for name in sorted(words.keys() - _STARTS):
        raise Refused("InvalidRequestException", f"{name} is not simulated here")
    return Wanted(
        number=words["DestinationPhoneNumber"],
        flow=words["ContactFlowId"],
        caller_id=words.get("SourcePhoneNumber", ""),
        queue=words.get("QueueId", ""),
        attributes=words.get("Attributes", {}),
        related=words.get("RelatedContactId", ""),
        token=words.get("ClientToken", ""),
        ring_s=words.get("RingTimeoutInSeconds", RING_S),
    )
