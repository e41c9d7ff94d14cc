"""Amazon Connect's own API, as far as our functions use it: paths, shapes and errors are those of its service model.

Whoever asks must have signed with the credentials of this machine's stack; a page in a browser cannot.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from aiohttp import web

from infra.local.connect.api_calls import RING_S
from infra.local.connect.exchange import Exchange, NotNow, NotOnTheLine, Wanted
from infra.local.connect.language import FlowRefused
from infra.local.connect.library import INSTANCE
from infra.local.connect.parties import Segment
from infra.local.connect.web.simulator import Simulator
from infra.local.environment import LOCAL_CREDENTIALS
from infra.local.telephony import CONNECT_PATH as PATH

INSTANCE_ID = INSTANCE.rpartition("/")[2]
# The keys of this machine: those of our own processes, and the account's number, which the emulator gives to functions.
_KEYS = frozenset({LOCAL_CREDENTIALS["AWS_ACCESS_KEY_ID"], INSTANCE.split(":")[4]})
_SIGNED = re.compile(r"AWS4-HMAC-SHA256 Credential=([^/,]+)/\d{8}/[^/]+/connect/aws4_request,")
# What StartOutboundVoiceContact is asked with, as far as it is simulated.
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
_STATUS = {
    "InvalidRequestException": 400,
    "InvalidParameterException": 400,
    "UnrecognizedClientException": 403,
    "UnknownOperationException": 404,
    "ResourceNotFoundException": 404,
    "ContactNotFoundException": 410,
}


class _Refused(Exception):
    """With the name that the service gives it."""

    def __init__(self, error: str, message: str) -> None:
        super().__init__(message)
        self.error = error


class ConnectApi:
    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post(f"{PATH}/contact/suspend-recording", self.suspend_recording),
            web.post(f"{PATH}/contact/resume-recording", self.resume_recording),
            web.post(f"{PATH}/contact/stop", self.stop),
            web.put(f"{PATH}/contact/outbound-voice", self.start_outbound),
            web.get(f"{PATH}/contacts/{{instance:.+}}/{{contact}}", self.describe),
            web.get(f"{PATH}/contact/associated/{{instance:.+}}", self.associated),
            web.route("*", f"{PATH}/{{rest:.*}}", self.unknown),
        ]

    async def suspend_recording(self, request: web.Request) -> web.Response:
        return await self._command(request, lambda exchange, contact: exchange.suspend_recording(contact), chained=True)

    async def resume_recording(self, request: web.Request) -> web.Response:
        return await self._command(request, lambda exchange, contact: exchange.resume_recording(contact), chained=True)

    async def stop(self, request: web.Request) -> web.Response:
        """A contact that is over, or never was, is "not found" in a way of its own: 410."""
        return await self._command(
            request, lambda exchange, contact: exchange.stop(contact), missing="ContactNotFoundException"
        )

    async def describe(self, request: web.Request) -> web.Response:
        try:
            _demand_credentials(request)
            _demand_instance(request.match_info["instance"])
            segment = self._simulator.on.describe(request.match_info["contact"])
        except NotOnTheLine as error:
            return _answer(_Refused("ResourceNotFoundException", str(error)))
        except _Refused as refused:
            return _answer(refused)
        return web.json_response({"Contact": described(segment)})

    async def associated(self, request: web.Request) -> web.Response:
        """All of them on one page."""
        try:
            _demand_credentials(request)
            _demand_instance(request.match_info["instance"])
            found = self._simulator.on.associated(_text(request.query, "contactId"))
        except NotOnTheLine as error:
            return _answer(_Refused("ResourceNotFoundException", str(error)))
        except _Refused as refused:
            return _answer(refused)
        return web.json_response({"ContactSummaryList": [summary(segment) for segment in found]})

    async def start_outbound(self, request: web.Request) -> web.Response:
        try:
            _demand_credentials(request)
            wish = await _wish(request)
            _demand_instance(_text(wish, "InstanceId"))
            wanted = _wanted(wish)
            if wanted.caller_id and wanted.caller_id not in await asyncio.to_thread(self._claimed):
                raise _Refused("InvalidParameterException", f"{wanted.caller_id} is not claimed for this instance")
            self._simulator.renew()
            contact = self._simulator.on.call_out(wanted)
        except (NotNow, FlowRefused) as error:
            return _answer(_Refused("InvalidRequestException", str(error)))
        except NotOnTheLine as error:
            return _answer(_Refused("ResourceNotFoundException", str(error)))
        except _Refused as refused:
            return _answer(refused)
        return web.json_response({"ContactId": contact})

    def _claimed(self) -> set[str]:
        """Every number of a client is the instance's."""
        return {number["phone"] for number in self._simulator.numbers() if number["tenant"]}

    async def unknown(self, request: web.Request) -> web.Response:
        return _answer(_Refused("UnknownOperationException", f"{request.method} {request.path} is not simulated here"))

    async def _command(
        self,
        request: web.Request,
        deed: Callable[[Exchange, str], object],
        missing: str = "ResourceNotFoundException",
        *,
        chained: bool = False,
    ) -> web.Response:
        """`chained`: the request names the first contact of the chain, too."""
        try:
            _demand_credentials(request)
            wish = await _wish(request)
            _demand_instance(_text(wish, "InstanceId"))
            if chained:
                _demand_chain(self._simulator.on.describe(_text(wish, "ContactId")), _text(wish, "InitialContactId"))
            deed(self._simulator.on, _text(wish, "ContactId"))
        except NotOnTheLine as error:
            return _answer(_Refused(missing, str(error)))
        except NotNow as error:
            return _answer(_Refused("InvalidRequestException", str(error)))
        except _Refused as refused:
            return _answer(refused)
        return web.json_response({})


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


def _wanted(wish: Mapping[str, Any]) -> Wanted:
    """What this exchange cannot do is refused by its name: a call that it dialled otherwise would deceive."""
    for name in sorted(wish.keys() - _STARTS):
        raise _Refused("InvalidRequestException", f"{name} is not simulated here")
    ring_s, attributes = wish.get("RingTimeoutInSeconds", RING_S), wish.get("Attributes", {})
    if not isinstance(ring_s, int) or isinstance(ring_s, bool):
        raise _Refused("InvalidParameterException", "RingTimeoutInSeconds is no whole number")
    if not isinstance(attributes, dict) or not all(isinstance(value, str) for value in attributes.values()):
        raise _Refused("InvalidParameterException", "Attributes are no map of texts")
    return Wanted(
        number=_text(wish, "DestinationPhoneNumber"),
        flow=_text(wish, "ContactFlowId"),
        caller_id=_optional(wish, "SourcePhoneNumber"),
        queue=_optional(wish, "QueueId"),
        attributes=attributes,
        related=_optional(wish, "RelatedContactId"),
        token=_optional(wish, "ClientToken"),
        ring_s=ring_s,
    )


def _demand_credentials(request: web.Request) -> None:
    signed = _SIGNED.match(request.headers.get("Authorization", ""))
    if signed is None or signed[1] not in _KEYS:
        raise _Refused(
            "UnrecognizedClientException", "The security token included in the request is not of this machine's stack"
        )


def _demand_instance(instance: str) -> None:
    if instance not in (INSTANCE_ID, INSTANCE):
        raise _Refused("ResourceNotFoundException", f"there is no instance {instance!r} here, only {INSTANCE_ID}")


def _demand_chain(segment: Segment, initial: str) -> None:
    if segment.initial_id != initial:
        raise _Refused("ResourceNotFoundException", f"{segment.contact_id} is no contact of the chain {initial!r}")


async def _wish(request: web.Request) -> Mapping[str, Any]:
    try:
        wish = json.loads(await request.read())
    except ValueError:
        wish = None
    if not isinstance(wish, dict):
        raise _Refused("InvalidRequestException", "the body is no JSON object")
    return wish


def _text(wish: Mapping[str, Any], name: str) -> str:
    value = wish.get(name)
    if not isinstance(value, str) or not value:
        raise _Refused("InvalidParameterException", f"{name} is missing")
    return value


def _optional(wish: Mapping[str, Any], name: str) -> str:
    return _text(wish, name) if name in wish else ""


def _answer(refused: _Refused) -> web.Response:
    return web.json_response(
        {"Message": str(refused)},
        status=_STATUS[refused.error],
        headers={"x-amzn-ErrorType": refused.error},
    )
