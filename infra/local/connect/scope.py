"""What flows and Lambdas are told of a contact."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from infra.local.connect.library import INSTANCE, agent_arn
from infra.local.connect.parties import Queue, Segment


def endpoint(number: str) -> dict[str, str] | None:
    return {"Address": number, "Type": "TELEPHONE_NUMBER"} if number else None


def contact_fields(segment: Segment) -> dict[str, Any]:
    """What flows and Lambdas alike are told of a contact. A requeued one has no SystemEndpoint."""
    queue = segment.queue or segment.target
    return {
        "ContactId": segment.contact_id,
        "InitialContactId": segment.initial_id,
        "PreviousContactId": segment.previous.contact_id if segment.previous else segment.contact_id,
        "RelatedContactId": segment.related or None,
        "Channel": "VOICE",
        "InitiationMethod": segment.method,
        "InstanceARN": INSTANCE,
        "CustomerEndpoint": endpoint(segment.call.customer),
        "SystemEndpoint": endpoint(segment.system_number),
        "Queue": _queue(queue) if queue else None,
        "CustomerId": segment.data.get("CustomerId"),
        "Name": segment.data.get("Name"),
        "Description": segment.data.get("Description"),
        "LanguageCode": segment.data.get("LanguageCode", "en-US"),
        "Tags": segment.all_tags,
        "MediaStreams": {"Customer": {"Audio": _audio(segment)}},
    }


def flow_event(segment: Segment, parameters: Mapping[str, str]) -> dict[str, Any]:
    """The event of `InvokeLambdaFunction`."""
    contact = {
        **contact_fields(segment),
        "Attributes": dict(segment.attributes),
        "AwsRegion": "us-east-1",
        "References": {},
        "SegmentAttributes": {"connect:Subtype": {"ValueString": "connect:Telephony"}},
    }
    return {"Name": "ContactFlowEvent", "Details": {"ContactData": contact, "Parameters": dict(parameters)}}


def agent_fields(segment: Segment) -> dict[str, str] | None:
    """Who answers, or answered; in a transfer nobody has, it is the agent who asks."""
    leg = segment.leg or segment.near
    agent = segment.agent or (leg.agent if leg else None)
    if agent is None:
        return None
    first, _, last = agent.name.partition(" ")
    return {"UserName": agent.id, "FirstName": first, "LastName": last or first, "ARN": agent_arn(agent.id)}


def _queue(queue: Queue) -> dict[str, Any]:
    return {"ARN": queue.arn, "Name": queue.name, "OutboundCallerId": None}


def _audio(segment: Segment) -> dict[str, str]:
    if segment.streaming_since is None:
        return {}
    stream = f"arn:aws:kinesisvideo:us-east-1:000000000000:stream/manyline-{segment.contact_id}"
    began = str(int(segment.streaming_since.timestamp() * 1000))
    return {"StreamARN": stream, "StartTimestamp": began, "StartFragmentNumber": "1"}
