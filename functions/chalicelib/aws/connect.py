"""Amazon Connect: recordings switched off and on while a call goes on, calls that nobody dials, and how calls stand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from chalicelib.aws.clients import client
from chalicelib.aws.settings import connect_endpoint, connect_flow, connect_instance
from chalicelib.kernel.errors import Conflict, Unavailable

_NOT_THERE = "ResourceNotFoundException"
_OVER = "ContactNotFoundException"  # of a call that is to be stopped: it ended by itself
# What it says of a number that it will not dial, however often it is asked.
_NEVER = {
    "DestinationNotAllowedException": "Amazon Connect does not dial this number from this instance",
    "OutboundContactNotPermittedException": "Amazon Connect does not permit this instance to call this number now",
}
_REQUEUED = "QUEUE_TRANSFER"


class Recording:
    def pause(self, call: str, first: str) -> None:
        """Raises Unavailable where nothing was paused: what is said then is still recorded."""
        self._ask("suspend_contact_recording", call, first)

    def resume(self, call: str, first: str) -> None:
        self._ask("resume_contact_recording", call, first)

    def belongs(self, call: str, first: str) -> bool:
        """Whether it is a part of that call. Raises Unavailable."""
        try:
            part = _described(call)
        except _Unknown:
            return False
        return bool(first == part.get("InitialContactId", part["Id"]))

    def part_now(self, call: str, first: str) -> str:
        """The last of the parts that a caller went on to from this one, by queues alone. Raises Unavailable."""
        followed = {part.get("PreviousContactId"): part["ContactId"] for part in _associated(first) if _requeued(part)}
        seen = {call}
        while (following := followed.get(call)) and following not in seen:
            seen.add(following)
            call = following
        return call

    def _ask(self, operation: str, call: str, first: str) -> None:
        import botocore.exceptions as botocore  # noqa: PLC0415 - loaded with boto3, on first use

        try:
            getattr(_connect(), operation)(InstanceId=_instance(), ContactId=call, InitialContactId=first)
        except (botocore.ClientError, botocore.BotoCoreError) as error:
            raise Unavailable("Amazon Connect's recording") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """How a call stands. Of one that was sent from queue to queue: the end is that of the last part."""

    connected_at: datetime | None = None  # the customer was there
    ended_at: datetime | None = None


class Telephone:
    def call(
        self, *, number: str, caller_id: str, flow: str = "dispatch", attributes: Mapping[str, str], token: str
    ) -> str:
        """The contact's id: the number rings, and who answers hears the flow. The same token is the same call.

        Raises Conflict where it will never be dialled, Unavailable where it was not taken: it may be tried again.
        """
        wanted = {
            "InstanceId": _instance(),
            "ContactFlowId": _flow(flow),
            "DestinationPhoneNumber": number,
            "SourcePhoneNumber": caller_id,
            "Attributes": dict(attributes),
            "ClientToken": token,
        }
        contact: str = _asked("start_outbound_voice_contact", wanted)["ContactId"]
        return contact

    def describe(self, call: str) -> Line | None:
        """None for what it knows nothing of. Raises Unavailable where it did not answer."""
        try:
            first = _described(call)
        except _Unknown:
            return None
        ended = _at(first.get("DisconnectTimestamp"))
        return Line(
            connected_at=_at(first.get("ConnectedToSystemTimestamp")),
            ended_at=_last_end(call, ended) if ended is not None else None,
        )

    def hush(self, call: str) -> None:
        """It rings no more; who has answered it is not cut off. Silent where it is over. Raises Unavailable."""
        line = self.describe(call)
        if line is not None and line.connected_at is None:
            _asked("stop_contact", {"InstanceId": _instance(), "ContactId": call})

    def goes_on(self, call: str) -> bool:
        line = self.describe(call)
        return line is not None and line.ended_at is None


class _Unknown(Exception):
    """There is no such contact."""


def _described(call: str) -> Mapping[str, Any]:
    contact: Mapping[str, Any] = _asked("describe_contact", {"InstanceId": _instance(), "ContactId": call})["Contact"]
    return contact


def _last_end(call: str, ended: datetime) -> datetime | None:
    """A caller who went on to another queue is on a part of its own, which hangs on the one before."""
    parts, more = {call}, list(_associated(call))
    for _ in range(len(more)):
        for part in more:
            if _requeued(part) and part.get("PreviousContactId") in parts:
                parts.add(part["ContactId"])
    ends = [_at(part.get("DisconnectTimestamp")) for part in more if part["ContactId"] in parts]
    known = [end for end in ends if end is not None]
    return max([ended, *known]) if len(known) == len(ends) else None


def _requeued(part: Mapping[str, Any]) -> bool:
    return bool(part.get("InitiationMethod") == _REQUEUED)


def _at(told: datetime | None) -> datetime | None:
    """botocore reads instants in the machine's own zone."""
    return told.astimezone(UTC) if told is not None else None


def _associated(call: str) -> Iterator[Mapping[str, Any]]:
    asked = {"InstanceId": _instance(), "ContactId": call}
    while True:
        page = _asked("list_associated_contacts", asked)
        yield from page.get("ContactSummaryList", [])
        if not page.get("NextToken"):
            return
        asked = {**asked, "NextToken": page["NextToken"]}


def _asked(operation: str, words: Mapping[str, Any]) -> Mapping[str, Any]:
    import botocore.exceptions as botocore  # noqa: PLC0415 - loaded with boto3, on first use

    try:
        answer: Mapping[str, Any] = getattr(_connect(), operation)(**words)
    except botocore.ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        if code in _NEVER:
            raise Conflict(_NEVER[code]) from error
        if code == _NOT_THERE and operation == "describe_contact":
            raise _Unknown from error
        if code == _OVER and operation == "stop_contact":
            return {}
        raise Unavailable("Amazon Connect") from error
    except botocore.BotoCoreError as error:
        raise Unavailable("Amazon Connect") from error
    return answer


def _connect() -> Any:
    return client("connect", connect_endpoint())


def _instance() -> str:
    return _looked_up(connect_instance())


def _flow(name: str) -> str:
    named = connect_flow(name)
    if not named:
        raise Unavailable(f"Amazon Connect's flow {name}")
    return _looked_up(named)


@cache
def _looked_up(named: str) -> str:
    """A stage knows where an id is written: the instance is deployed after the functions that ask for it. Raises
    Unavailable."""
    if not named.startswith("/"):
        return named
    import botocore.exceptions as botocore  # noqa: PLC0415 - loaded with boto3, on first use

    try:
        value: str = client("ssm").get_parameter(Name=named)["Parameter"]["Value"]
    except (botocore.ClientError, botocore.BotoCoreError) as error:
        raise Unavailable("what Amazon Connect is called here") from error
    return value
