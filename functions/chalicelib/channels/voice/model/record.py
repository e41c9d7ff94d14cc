"""A contact record of Connect's: one segment of a call by telephony's own clock, in whole seconds.

It is delivered at least once and sent again whenever it changes: the one with the greatest LastUpdateTimestamp
holds. Endpoints, agent and queue may be null; what we do not know is passed over. Of people only the agent's
user name is kept: neither the caller's number nor the attributes.

Which contact of ours a segment is of (`leg`) our flow has written on it. A tag is the segment's own; an attribute is
shared by the whole call and may name a leg that began later, so it is not believed where we know better: of the first
segment of an inbound call, and of a segment that only follows another one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from chalicelib.channels.voice.model.call import NOBODY
from chalicelib.channels.voice.model.event import API, REQUEUED
from chalicelib.channels.voice.model.reading import instant_of, mapping, text, texts
from chalicelib.kernel.channel import Channel
from chalicelib.kernel.clock import instant, second, stamp
from chalicelib.kernel.ids import ContactId, contact_id

MOST_TEXT = 256  # characters of an id or a name
MOST_SECONDS = 10_000_000  # a third of a year
MOST_LOCATION = 1100  # characters of a bucket's name and a key
_OUT = "EXTERNAL_OUTBOUND"
_CALLED = frozenset({"OUTBOUND", "CALLBACK"})
FOLLOWS = "DISCONNECT"  # the method of a segment after an agent hung up: it is of the leg before it


class Fault(StrEnum):
    """Why something of a stream cannot be read, by a name that stays."""

    NOT_JSON = "not_json"
    NOT_AN_OBJECT = "not_an_object"
    NO_CONTACT_ID = "no_contact_id"
    NO_UPDATE_TIME = "no_update_time"
    BAD_TIME = "bad_time"
    BAD_SECONDS = "bad_seconds"
    BAD_TEXT = "bad_text"  # half of a character: no table can hold it
    TOO_LONG = "too_long"
    NO_AGENT = "no_agent"
    NO_EVENT_ID = "no_event_id"


class Unreadable(Exception):
    """It would be as broken the next time: it rests with its reason, and the shard goes on."""

    def __init__(self, fault: Fault, where: str = "") -> None:
        super().__init__(f"{fault.value} {where}".strip())
        self.fault = fault
        self.where = where


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueTime:
    enqueued_at: str  # a stamp, as all instants of a record
    seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentTime:
    """`talk` excludes hold. `wrap_from` is empty where Connect tells of no wrap-up."""

    username: str
    connected_at: str
    talk: int
    hold: int
    wrap: int
    wrap_from: str = ""

    @property
    def contradiction(self) -> int:
        """Seconds by which talk and hold are not the time from the connection to the wrap-up."""
        if not self.wrap_from:
            return 0
        return second(instant(self.wrap_from)) - second(instant(self.connected_at)) - self.talk - self.hold


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactRecord:
    contact: str  # Connect's id of this segment
    initial: str  # of the first one: the same for the whole call
    previous: str
    next: str
    channel: str
    method: str
    updated_at: str
    began_at: str
    ended_at: str  # empty while it goes on
    reason: str
    tenant: str  # as our flow wrote it; empty where it never ran
    dialled: str
    attempts: int
    agent: AgentTime | None
    queue: QueueTime | None
    related: str = ""  # a contact that this one goes with, in no order
    leg: str = ""  # our contact, as our flow wrote it; empty where that does not say
    outside: bool = False  # it went, or was meant to go, to somebody outside
    through_at: str = ""  # when that one answered, or who is on call; empty where nobody did
    voicemail: bool = False  # the caller was asked to leave a message
    recordings: tuple[str, ...] = ()  # where they lie: `<bucket>/<key>`

    @property
    def ours(self) -> ContactId:
        return ContactId(self.leg) if self.leg else contact_id(Channel.VOICE, self.initial)

    @property
    def has_message(self) -> bool:
        """Whether this is the segment in which a message was left: the attribute is on all of the call's."""
        return self.voicemail and self.agent is None and not self.next and self.method != FOLLOWS

    @property
    def is_call(self) -> bool:
        return self.channel == "voice"

    def as_item(self) -> dict[str, Any]:
        return asdict(self) | {"recordings": list(self.recordings)}

    @staticmethod
    def from_item(item: Mapping[str, Any]) -> ContactRecord:
        kept = {name: item[name] for name in ContactRecord.__slots__ if name in item}
        agent, queue = item["agent"], item["queue"]
        kept["agent"] = AgentTime(**agent) if agent else None
        kept["queue"] = QueueTime(**queue) if queue else None
        kept["recordings"] = tuple(item.get("recordings", ()))
        return ContactRecord(**kept)


def document(raw: str) -> Mapping[str, Any]:
    """The object that a record of a stream carries. Raises Unreadable."""
    try:
        value = json.loads(raw)
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise Unreadable(Fault.BAD_TEXT) from None
    except (ValueError, RecursionError):
        raise Unreadable(Fault.NOT_JSON) from None
    if not isinstance(value, dict):
        raise Unreadable(Fault.NOT_AN_OBJECT)
    return value


def short(name: str, told: str) -> str:
    """What becomes a part of a key. Raises Unreadable where no name of Connect's is so long."""
    if len(told) > MOST_TEXT:
        raise Unreadable(Fault.TOO_LONG, name)
    return told


def contact_record(value: Mapping[str, Any]) -> ContactRecord:
    """Raises Unreadable where it says not which contact it is of, since when it holds, or how long something took."""
    this = _name(value, "ContactId")
    if not this:
        raise Unreadable(Fault.NO_CONTACT_ID)
    updated = time_of(value, "LastUpdateTimestamp")
    if not updated:
        raise Unreadable(Fault.NO_UPDATE_TIME, this)
    attributes, tags = texts(value.get("Attributes")), texts(value.get("Tags"))
    tenant = tags.get("tenantId") or attributes.get("tenantId", "")
    initial, method = _name(value, "InitialContactId") or this, _name(value, "InitiationMethod").upper()
    begins = initial == this and method == "INBOUND"
    shared = "" if begins or method == FOLLOWS else attributes.get("contactId", "")
    outside = method == _OUT or bool(mapping(value.get("TransferredToEndpoint")))
    return ContactRecord(
        contact=this,
        initial=initial,
        previous=_name(value, "PreviousContactId"),
        next=_name(value, "NextContactId"),
        channel=_name(value, "Channel").lower(),
        method=method,
        updated_at=updated,
        began_at=time_of(value, "InitiationTimestamp"),
        ended_at=time_of(value, "DisconnectTimestamp"),
        reason=_name(value, "DisconnectReason").upper(),
        tenant="" if tenant == NOBODY else short("tenantId", tenant),
        dialled=_name(mapping(value.get("SystemEndpoint")), "Address"),
        attempts=_seconds(value, "AgentConnectionAttempts"),
        agent=_agent(mapping(value.get("Agent")), _answered(value, method)),
        queue=_queue(mapping(value.get("Queue"))),
        related=_name(value, "RelatedContactId"),
        leg=_said(tags.get("contactId", "")) or _said(shared),
        outside=outside,
        through_at=_through(value, method) if outside or method == API else "",
        voicemail=attributes.get("voicemail") == "1",
        recordings=_recordings(value),
    )


def _said(told: str) -> str:
    return "" if told == NOBODY else short("contactId", told)


def _through(value: Mapping[str, Any], method: str) -> str:
    """A call of its own, to somebody outside or on call, is connected to the system when they answer."""
    completed = time_of(value, "TransferCompletedTimestamp")
    return completed or (time_of(value, "ConnectedToSystemTimestamp") if method in (_OUT, API) else "")


def _recordings(value: Mapping[str, Any]) -> tuple[str, ...]:
    """Bucket and key of each. What was deleted is passed over, and what cannot be one."""
    told = value.get("Recordings")
    found = []
    for one in map(mapping, told if isinstance(told, list) else [value.get("Recording")]):
        where = text(one.get("Location"))
        if not one.get("DeletionReason") and len(where) <= MOST_LOCATION:
            found.append(where)
    return tuple(where for where in found if where.partition("/")[2])


def _answered(value: Mapping[str, Any], method: str) -> str | None:
    """When the customer was there; None where he never was. Only where we call does the agent come before him, and a
    callback that was sent on to another queue is one of those though it is not called so."""
    if method not in _CALLED and method != REQUEUED:
        return ""
    return time_of(value, "ConnectedToSystemTimestamp") or ("" if method == REQUEUED else None)


def _agent(value: Mapping[str, Any], answered: str | None) -> AgentTime | None:
    """Nobody where nobody was connected: an agent who only rang has no part in the call, nor one who let it ring."""
    connected = time_of(value, "ConnectedToAgentTimestamp")
    if not connected or answered is None:
        return None
    began = max(connected, answered)
    rang = second(instant(began)) - second(instant(connected))
    return AgentTime(
        username=_name(value, "Username"),
        connected_at=began,
        talk=max(0, _seconds(value, "AgentInteractionDuration") - rang),
        hold=_seconds(value, "CustomerHoldDuration"),
        wrap=_seconds(value, "AfterContactWorkDuration"),
        wrap_from=time_of(value, "AfterContactWorkStartTimestamp"),
    )


def _queue(value: Mapping[str, Any]) -> QueueTime | None:
    enqueued = time_of(value, "EnqueueTimestamp")
    return QueueTime(enqueued_at=enqueued, seconds=_seconds(value, "Duration")) if enqueued else None


def _name(value: Mapping[str, Any], name: str) -> str:
    return short(name, text(value.get(name)))


def _seconds(value: Mapping[str, Any], name: str) -> int:
    """A whole number that is not negative; 0 where there is none."""
    told = value.get(name)
    if told is None:
        return 0
    if isinstance(told, bool) or not isinstance(told, int) or not 0 <= told <= MOST_SECONDS:
        raise Unreadable(Fault.BAD_SECONDS, name)
    return told


def time_of(value: Mapping[str, Any], name: str) -> str:
    """A stamp; empty where there is none."""
    told = value.get(name)
    if told is None or told == "":
        return ""
    at = instant_of(told)
    if at is None or at.year < 1000:  # a stamp has four digits for the year
        raise Unreadable(Fault.BAD_TIME, name)
    return stamp(at)


def newer(told: ContactRecord, kept: ContactRecord) -> bool:
    """Stamps are of fixed width: their order as text is their order in time."""
    return told.updated_at > kept.updated_at


def latest(records: Mapping[str, ContactRecord]) -> datetime:
    """When the last of a chain changed."""
    return instant(max(record.updated_at for record in records.values()))
