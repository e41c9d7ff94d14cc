"""Amazon Connect's events as values, read with tolerance, and our answers to its flows.

Connect leaves keys out or sends null for them, writes `channel` and the keys of its contact events in changing
case, and repeats what it was not answered in time. Nothing here raises over what it sends.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from chalicelib.kernel.channel import Channel
from chalicelib.kernel.clock import instant
from chalicelib.kernel.ids import ContactId, contact_id

NOBODY = "none"  # Connect takes no empty text: this stands for it in attributes and answers
MOST_MOVES = 9  # a chain has at most 12 contacts: after so many moves the caller goes to the fallback queue


class Step(StrEnum):
    """What a flow wants to know."""

    ARRIVE = "arrive"
    CHOOSE = "choose"
    POLL = "poll"


class Outcome(StrEnum):
    """The one value that a flow compares; each has its branch in `templates/flows`."""

    MENU = "menu"  # greet, then ask
    QUEUE = "queue"  # greet, then queue
    CLOSED = "closed"  # say the message and hang up
    REFUSED = "refused"
    UNKNOWN = "unknown"  # nobody has this number
    SAY = "say"
    AGAIN = "again"  # the menu once more
    AGENT = "agent"  # to this agent's phone
    WAIT = "wait"  # to the holding queue
    STAY = "stay"  # where the caller is
    HOLDING = "holding"  # back to the holding queue
    FALLBACK = "fallback"  # to the queue that every agent's phone answers


class Place(StrEnum):
    """Where our flow put the caller."""

    AGENT = "agent"
    HOLDING = "holding"
    FALLBACK = "fallback"


Answer = dict[str, str]


def answer(outcome: Outcome, **values: str) -> Answer:
    """A STRING_MAP answer: no value is empty, or the flow would take its error branch."""
    return {"outcome": outcome.value} | {name: value or NOBODY for name, value in values.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowCall:
    """A question from a flow. Empty where Connect told us nothing."""

    step: str
    contact: str  # Connect's id of this segment
    initial: str  # of the first segment: the same for the whole call
    channel: str
    dialled: str
    caller: str
    attributes: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)

    @property
    def ours(self) -> ContactId:
        return contact_id(Channel.VOICE, self.initial)

    @property
    def is_call(self) -> bool:
        return self.channel == "voice" and bool(self.initial)

    def given(self, name: str) -> str:
        """A parameter of the flow's, without the word that stands for nothing."""
        value = self.parameters.get(name, "")
        return "" if value == NOBODY else value

    def remembered(self, name: str) -> str:
        """An attribute that our flow set before."""
        value = self.attributes.get(name, "")
        return "" if value == NOBODY else value

    def count(self, name: str) -> int:
        text = self.parameters.get(name, "")
        return int(text) if text.isdecimal() else 0


def flow_call(event: Any) -> FlowCall:
    """Reads the event of an `InvokeLambdaFunction` action, whatever of it is there."""
    details = _map(_map(event).get("Details"))
    contact = _map(details.get("ContactData"))
    parameters = _texts(details.get("Parameters"))
    this = _text(contact.get("ContactId"))
    return FlowCall(
        step=parameters.get("step", ""),
        contact=this,
        initial=_text(contact.get("InitialContactId")) or this,
        channel=_text(contact.get("Channel")).lower(),
        dialled=_text(_map(contact.get("SystemEndpoint")).get("Address")),
        caller=_number(_map(contact.get("CustomerEndpoint")).get("Address")),
        attributes=_texts(contact.get("Attributes")),
        parameters=parameters,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactEvent:
    """A contact event of EventBridge's. Times are None where it carries none."""

    type: str
    contact: str
    initial: str
    channel: str
    method: str
    reason: str
    dialled: str
    connected_at: datetime | None
    disconnected_at: datetime | None
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def ours(self) -> ContactId:
        return contact_id(Channel.VOICE, self.initial)

    @property
    def agent(self) -> str:
        """The agent whom our whisper flow announced the call to; empty if the router had reserved nobody."""
        agent = self.tags.get("agentId", "")
        return "" if agent == NOBODY else agent

    @property
    def outside_routing(self) -> bool:
        """Whether the whisper flow said that nobody was reserved: some agent took the call from the fallback queue."""
        return self.tags.get("agentId") == NOBODY

    @property
    def left(self) -> bool:
        """Whether this end of a segment is the end of the call for the caller.

        A requeue ends a segment too, and Connect documents no reason for that on calls: so only the
        reasons that mean a hang-up count, and a missing one, as older events have none.
        """
        return self.reason in _HANG_UPS and self.method != "DISCONNECT"

    @property
    def by_agent(self) -> bool:
        return self.reason == "AGENT_DISCONNECT"


_HANG_UPS = frozenset(
    {"", "CUSTOMER_DISCONNECT", "AGENT_DISCONNECT", "CONTACT_FLOW_DISCONNECT", "TELECOM_PROBLEM", "API"}
)


def contact_event(event: Any) -> ContactEvent:
    """Reads an EventBridge event; keys in any case, unknown ones ignored."""
    detail = _folded(_map(_folded(event).get("detail")))
    agent = _folded(detail.get("agentinfo"))
    this = _text(detail.get("contactid"))
    return ContactEvent(
        type=_text(detail.get("eventtype")).upper(),
        contact=this,
        initial=_text(detail.get("initialcontactid")) or this,
        channel=_text(detail.get("channel")).lower(),
        method=_text(detail.get("initiationmethod")).upper(),
        reason=_text(detail.get("disconnectreason")).upper(),
        dialled=_text(_folded(detail.get("systemendpoint")).get("address")),
        connected_at=_instant(agent.get("connectedtoagenttimestamp")),
        disconnected_at=_instant(detail.get("disconnecttimestamp")),
        tags=_texts(detail.get("tags")),
    )


def _map(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _folded(value: Any) -> Mapping[str, Any]:
    return {str(name).lower(): inner for name, inner in _map(value).items()}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _texts(value: Any) -> dict[str, str]:
    return {name: inner for name, inner in _map(value).items() if isinstance(name, str) and isinstance(inner, str)}


def _number(value: Any) -> str:
    """The caller's number; empty where it is withheld, which Connect writes as a word."""
    text = _text(value)
    return text if text.startswith("+") else ""


def _instant(value: Any) -> datetime | None:
    try:
        return instant(value)
    except (TypeError, ValueError):
        return None
