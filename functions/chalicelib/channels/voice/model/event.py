"""A contact event of EventBridge's: who was connected, who hung up. Best effort, in any order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from chalicelib.channels.voice.model.call import NOBODY
from chalicelib.channels.voice.model.reading import folded, instant_of, mapping, text, texts
from chalicelib.kernel.channel import Channel
from chalicelib.kernel.ids import ContactId, contact_id

OUTBOUND, REQUEUED, TRANSFER = "OUTBOUND", "QUEUE_TRANSFER", "TRANSFER"
API = "API"  # we began the call, and no agent is on it: somebody on call is tried
OUT = frozenset({OUTBOUND, "CALLBACK"})  # methods of the legs on which the agent is before his customer
_SYSTEM_ENDPOINT = "aws:connect:systemEndpoint"  # Connect's own tag: the number that was dialled


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactEvent:
    """A contact event of EventBridge's. Times are None where it carries none.

    An event is no step but a snapshot: it says all that was known of its segment by then. So the later of two has
    what the earlier one said, and the last one, DISCONNECTED, has everything.
    """

    type: str
    contact: str
    initial: str
    channel: str
    method: str
    reason: str
    dialled: str
    agent_at: datetime | None  # when the agent was on the line
    system_at: datetime | None  # when the caller was; of a call out, when the customer answered
    disconnected_at: datetime | None
    began_at: datetime | None = None
    calls_back: bool = False  # our contact says so: telephony tells it of the first segment alone
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def ours(self) -> ContactId:
        """Our flow names the contact of each leg; the first leg follows from the call itself."""
        named = self.tags.get("contactId", "")
        return ContactId(named) if named and named != NOBODY else contact_id(Channel.VOICE, self.initial)

    @property
    def untaken(self) -> ContactId | None:
        """The leg that we may have begun for this transfer, where the flow was not answered in time to take it up."""
        began = contact_id(Channel.VOICE, self.contact)
        return began if self.method == TRANSFER and self.ours != began else None

    @property
    def goes_out(self) -> bool:
        return self.method in OUT or self.calls_back

    @property
    def requeued(self) -> bool:
        return self.method == REQUEUED

    def calling_back(self, asked_at: datetime) -> ContactEvent:
        """As one of a customer who asked at that instant to be called back: what began later has nobody on the line."""
        there = self.system_at if self.began_at is None else self.began_at
        return replace(self, calls_back=there is None or there > asked_at)

    @property
    def connected_at(self) -> datetime | None:
        """When both were on the line: of a call out the later of two instants, whichever event told of it."""
        if not self.goes_out:
            return self.agent_at
        return max(self.agent_at, self.system_at) if self.agent_at and self.system_at else None

    @property
    def agent(self) -> str:
        """The agent whom our whisper flow announced the call to; empty if the router had reserved nobody."""
        agent = self.tags.get("agentId", "")
        return "" if agent == NOBODY else agent

    @property
    def outside_routing(self) -> bool:
        """Whether the whisper flow knew of no agent: somebody took the call from the fallback queue."""
        return self.tags.get("agentId") == NOBODY

    @property
    def left(self) -> bool:
        """Whether this end of a segment is the end of the leg.

        Where an agent was on the line it is, whatever the reason: a segment that had an agent does not go on. A
        requeue ends a segment too, and Connect documents no reason for that on calls: so without an agent only the
        reasons that mean a hang-up count, and a missing one, as older events have none. A call of an agent's own is
        in no queue, and over for whatever reason.
        """
        if self.method == "DISCONNECT":
            return False
        return self.connected_at is not None or self.method == OUTBOUND or self.reason in _HANG_UPS

    @property
    def given_up(self) -> bool:
        """Of a callback: nobody dialled, as it was taken back before an agent had answered for it."""
        return self.agent_at is None and self.reason in GIVEN_UP

    @property
    def by_agent(self) -> bool:
        return self.reason == "AGENT_DISCONNECT"


GIVEN_UP = frozenset({"CUSTOMER_DISCONNECT", "CONTACT_FLOW_DISCONNECT", "API"})
_HANG_UPS = frozenset(
    {"", "CUSTOMER_DISCONNECT", "AGENT_DISCONNECT", "CONTACT_FLOW_DISCONNECT", "TELECOM_PROBLEM", "API"}
)


def contact_event(event: Any) -> ContactEvent:
    """Reads an EventBridge event; keys in any case, unknown ones ignored."""
    detail = folded(mapping(folded(event).get("detail")))
    agent = folded(detail.get("agentinfo"))
    this = text(detail.get("contactid"))
    tags = texts(detail.get("tags"))
    dialled = text(folded(detail.get("systemendpoint")).get("address"))
    return ContactEvent(
        type=text(detail.get("eventtype")).upper(),
        contact=this,
        initial=text(detail.get("initialcontactid")) or this,
        channel=text(detail.get("channel")).lower(),
        method=text(detail.get("initiationmethod")).upper(),
        reason=text(detail.get("disconnectreason")).upper(),
        dialled=dialled or tags.get(_SYSTEM_ENDPOINT, ""),
        agent_at=instant_of(agent.get("connectedtoagenttimestamp")),
        system_at=instant_of(detail.get("connectedtosystemtimestamp")),
        disconnected_at=instant_of(detail.get("disconnecttimestamp")),
        began_at=instant_of(detail.get("initiationtimestamp")),
        tags=tags,
    )
