"""What the pages and the command line see of a call."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from infra.layout import open_functions
from infra.local.connect.parties import Agent, Call, Leg, LegState, Line, Outside, OutsideState, Segment

open_functions()
from chalicelib.kernel.clock import stamp  # noqa: E402  lives where Chalice wants it
from chalicelib.kernel.ids import contact_id  # noqa: E402

_MARK = "contactId"
_DIRECTIONS = {"INBOUND": "inbound", "CALLBACK": "callback", "OUTBOUND": "outbound", "API": "outbound"}


def call_view(call: Call, after: int = 0, happened_after: int = 0) -> dict[str, Any]:
    """The caller's side. `last` and `happened_last` are where to go on reading."""
    attributes = call.now.attributes
    return {
        "call": call.id,
        "state": call.state.value,
        "recorded": _message_on(call.now),
        "direction": _DIRECTIONS.get(call.segments[0].method, "inbound"),
        "language": _language(call.now),
        "to": call.dialled or call.segments[0].caller_id,
        "from": call.customer,
        "tenant": attributes.get("tenantId", ""),
        "tenant_name": attributes.get("tenantName", ""),
        "contact_id": contact_of(call.segments[0]),
        "began_at": stamp(_on_the_line_since(call)),
        "ended_at": _at(call.ended_at),
        "lines": _lines(call.transcript.after(after)),
        "last": call.transcript.last,
        "happened": _lines(call.journal.after(happened_after)),
        "happened_last": call.journal.last,
    }


def _on_the_line_since(call: Call) -> datetime:
    """Who is called is not on the line before he answers, however long his call waited for its turn and rang."""
    phone = call.phone
    return call.began_at if phone is None else phone.answered_at or phone.began_at


def _message_on(segment: Segment) -> bool:
    """Whether a flow records what the caller says, as it does of a message for the voicemail."""
    return segment.take is not None and segment.take.kind == "ivr"


def ring_view(party: Outside) -> dict[str, Any]:
    """A telephone outside that the centre calls. `kind`: what for."""
    attributes = party.segment.attributes
    called = "callback" if party.call.plan is not None else "api" if party.segment.method == "API" else "outbound"
    return {
        "ring": party.id,
        "kind": called if party.kind == "customer" else "outside",
        "number": party.number,
        "from": party.caller_id,
        "tenant": attributes.get("tenantId", ""),
        "tenant_name": attributes.get("tenantName", ""),
        "began_at": stamp(party.began_at),
        "call": party.call.id,
    }


def outside_view(party: Outside, after: int = 0) -> dict[str, Any]:
    """What a number outside hears to which a call was put through; in the words of a caller's view."""
    attributes, lines = party.segment.attributes, party.transcript.lines
    is_over = party.state is OutsideState.OVER
    return {
        "call": party.id,
        "state": party.state.value,
        "direction": "outside",
        "language": _language(party.segment),
        "to": party.number,
        "from": party.caller_id,
        "tenant": attributes.get("tenantId", ""),
        "tenant_name": attributes.get("tenantName", ""),
        "contact_id": contact_of(party.segment),
        "began_at": stamp(party.answered_at or party.began_at),
        "ended_at": _at(lines[-1].at if is_over and lines else None),
        "lines": _lines(party.transcript.after(after)),
        "last": party.transcript.last,
        "happened": [],
        "happened_last": 0,
    }


def phone_view(agent: Agent, after: int = 0) -> dict[str, Any]:
    """The agent's side; `call` is null when the phone is quiet. States are those of Connect's CCP."""
    view: dict[str, Any] = {"agent": agent.id, "name": agent.name, "available": agent.available, "call": None}
    if agent.leg is not None:
        view["call"] = _leg(agent.leg, after)
    return view


def _leg(leg: Leg, after: int) -> dict[str, Any]:
    call, segment = leg.segment.call, leg.segment
    state = LegState.CONNECTING if leg.state is LegState.WHISPER else leg.state
    return {
        "call": call.id,
        "state": state.value,
        "recorded": False,
        "accepted": leg.state is not LegState.CONNECTING,
        "direction": leg.direction,
        "muted": leg.muted,
        "recording": segment.recording_state,
        "legs": [{"kind": end.kind, "name": end.name, "state": end.state} for end in leg.ends()],
        "tenant": segment.attributes.get("tenantId", ""),
        "tenant_name": segment.attributes.get("tenantName", ""),
        "contact_id": contact_of(segment),
        "asked_by": segment.near.agent.name if segment.near is not None else "",
        "connect_contact": segment.contact_id,
        "from": call.customer,
        "began_at": stamp(leg.began_at),
        "connected_at": _at(segment.connected_at),
        "lines": _lines(leg.transcript.after(after)),
        "last": leg.transcript.last,
    }


def contact_of(segment: Segment) -> str:
    """The contact of ours that a leg belongs to: as it is tagged, else as the flow remembers, else as it began."""
    told = segment.tags.get(_MARK) or segment.attributes.get(_MARK)
    return told or contact_id("voice", segment.initial_id)


def _language(segment: Segment) -> str:
    return segment.data.get("LanguageCode") or "en-US"


def _lines(lines: Iterable[Line]) -> list[dict[str, Any]]:
    return [
        {"n": line.n, "at": stamp(line.at), "who": line.who.value, "text": line.text, "block": line.block}
        for line in lines
    ]


def _at(at: datetime | None) -> str | None:
    return stamp(at) if at else None
