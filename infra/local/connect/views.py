"""What the pages and the command line see of a call."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from infra.layout import open_functions
from infra.local.connect.parties import Agent, Call, LegState, Line

open_functions()
from chalicelib.kernel.clock import stamp  # noqa: E402  lives where Chalice wants it
from chalicelib.kernel.ids import contact_id  # noqa: E402


def call_view(call: Call, after: int = 0, happened_after: int = 0) -> dict[str, Any]:
    """The caller's side. `last` and `happened_last` are where to go on reading."""
    attributes = call.now.attributes
    return {
        "call": call.id,
        "state": call.state.value,
        "to": call.dialled,
        "from": call.customer,
        "tenant": attributes.get("tenantId", ""),
        "tenant_name": attributes.get("tenantName", ""),
        "contact_id": ours(call),
        "began_at": stamp(call.began_at),
        "ended_at": _at(call.ended_at),
        "lines": _lines(call.transcript.after(after)),
        "last": call.transcript.last,
        "happened": _lines(call.journal.after(happened_after)),
        "happened_last": call.journal.last,
    }


def phone_view(agent: Agent, after: int = 0) -> dict[str, Any]:
    """The agent's side; `call` is null when the phone is quiet. States are those of Connect's CCP."""
    leg = agent.leg
    view: dict[str, Any] = {"agent": agent.id, "name": agent.name, "available": agent.available, "call": None}
    if leg is None:
        return view
    call, attributes = leg.segment.call, leg.segment.attributes
    state = LegState.CONNECTING if leg.state is LegState.WHISPER else leg.state
    view["call"] = {
        "call": call.id,
        "state": state.value,
        "accepted": leg.state is not LegState.CONNECTING,
        "tenant": attributes.get("tenantId", ""),
        "tenant_name": attributes.get("tenantName", ""),
        "contact_id": ours(call),
        "from": call.customer,
        "began_at": stamp(leg.began_at),
        "connected_at": _at(leg.segment.connected_at),
        "lines": _lines(leg.transcript.after(after)),
        "last": leg.transcript.last,
    }
    return view


def ours(call: Call) -> str:
    """The contact's id in our own system follows from Connect's."""
    return contact_id("voice", call.segments[0].contact_id)


def _lines(lines: Iterable[Line]) -> list[dict[str, Any]]:
    return [
        {"n": line.n, "at": stamp(line.at), "who": line.who.value, "text": line.text, "block": line.block}
        for line in lines
    ]


def _at(at: datetime | None) -> str | None:
    return stamp(at) if at else None
