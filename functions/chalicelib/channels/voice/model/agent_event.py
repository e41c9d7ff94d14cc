"""An event of Connect's agent stream, and what it tells that our floor does not know. All rules are here.

    what the event tells                       what our seat says       note
    a contact rang and was not answered        anything                 missed_call
    a contact failed on the way to the phone   anything                 phone_error
    the phone is off, or was signed out        available                phone_offline: a call would wait for nobody
    the phone rings for whoever calls          offline                  phone_open: the fallback queue may ring there

A note is for people: it moves nobody. Our own page says who is here, as Connect's heart goes on beating up to an
hour after a sign-out, and a closed window leaves a phone available. So a HEART_BEAT means what its status says and
not that somebody is there; an event that is older than one heard before says nothing any more.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from chalicelib.channels.voice.model.reading import mapping, text
from chalicelib.channels.voice.model.record import Fault, Unreadable, short, time_of
from chalicelib.workforce.model import Status

_OFFLINE = "OFFLINE"
_ROUTABLE = "ROUTABLE"
# The published samples carry no type beside the name; these two names every instance has.
_TYPES: Mapping[str, str] = {"offline": _OFFLINE, "available": _ROUTABLE}
_MISSED = frozenset({"MISSED", "REJECTED"})
_FAILED = frozenset({"ERROR"})


class Kind(StrEnum):
    MISSED_CALL = "missed_call"
    PHONE_ERROR = "phone_error"
    PHONE_OFFLINE = "phone_offline"
    PHONE_OPEN = "phone_open"


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentEvent:
    """`contacts` and `before` are the states of what the agent has and had, by Connect's contact id."""

    id: str
    type: str  # LOGIN, LOGOUT, STATE_CHANGE, HEART_BEAT
    agent: str  # the user name, which is our agent's id
    at: str  # a stamp
    status: str
    status_type: str  # ROUTABLE, CUSTOM, OFFLINE; empty where it is not known
    since: str  # a stamp; when the status began
    contacts: Mapping[str, str]
    before: Mapping[str, str]

    @property
    def off(self) -> bool:
        return self.type == "LOGOUT" or self.status_type == _OFFLINE

    @property
    def rings(self) -> bool:
        return not self.off and self.status_type == _ROUTABLE


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """`about` names what it is of, so that the same thing told again is one note."""

    kind: Kind
    about: str


def agent_event(value: Mapping[str, Any]) -> AgentEvent:
    """Raises Unreadable where it says not what it is, of whom, or when."""
    identity = text(value.get("EventId"))
    if not identity:
        raise Unreadable(Fault.NO_EVENT_ID)
    at = time_of(value, "EventTimestamp")
    if not at:
        raise Unreadable(Fault.NO_UPDATE_TIME, identity)
    now, before = mapping(value.get("CurrentAgentSnapshot")), mapping(value.get("PreviousAgentSnapshot"))
    agent = _username(now) or _username(before) or text(value.get("AgentARN")).rpartition("/agent/")[2]
    if not agent:
        raise Unreadable(Fault.NO_AGENT, identity)
    status = mapping(now.get("AgentStatus"))
    name = text(status.get("Name"))
    return AgentEvent(
        id=identity,
        type=text(value.get("EventType")).upper(),
        agent=short("Username", agent),
        at=at,
        status=name,
        status_type=text(status.get("Type")).upper() or _TYPES.get(name.lower(), ""),
        since=time_of(status, "StartTimestamp"),
        contacts=_states(now),
        before=_states(before),
    )


def _username(snapshot: Mapping[str, Any]) -> str:
    return text(mapping(snapshot.get("Configuration")).get("Username"))


def _states(snapshot: Mapping[str, Any]) -> dict[str, str]:
    told = snapshot.get("Contacts")
    calls = [mapping(one) for one in told] if isinstance(told, list) else []
    return {
        short("ContactId", contact): text(one.get("State")).upper()
        for one in calls
        if (contact := text(one.get("ContactId"))) and text(one.get("Channel")).lower() == "voice"
    }


def notes(event: AgentEvent, seat: Status) -> list[Note]:
    """What the event tells that our floor does not know; `seat` is what our floor says of the agent now."""
    found = [
        Note(kind=kind, about=contact)
        for contact, state in event.contacts.items()
        for kind, states in ((Kind.MISSED_CALL, _MISSED), (Kind.PHONE_ERROR, _FAILED))
        if state in states and event.before.get(contact) not in states
    ]
    if event.off and seat is Status.AVAILABLE:
        found.append(Note(kind=Kind.PHONE_OFFLINE, about=event.since or event.at))
    if event.rings and seat is Status.OFFLINE:
        found.append(Note(kind=Kind.PHONE_OPEN, about=event.since or event.at))
    return found
