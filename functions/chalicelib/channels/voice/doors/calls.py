"""The two Lambdas of the voice channel: Connect's flows ask one, EventBridge tells the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalice.app import Blueprint

from chalicelib import entry
from chalicelib.channels.voice import wiring
from chalicelib.channels.voice.model.call import Answer, flow_call
from chalicelib.channels.voice.model.event import contact_event

if TYPE_CHECKING:
    from datetime import datetime

    from chalicelib.channels.voice.service.attendant import Attendant
    from chalicelib.channels.voice.service.line_monitor import LineMonitor

bp = Blueprint(__name__)


@bp.lambda_function(name="contact_flow")
@entry.event(wiring.attendant)
def contact_flow(attendant: Attendant, event: Any, now: datetime) -> Answer:
    call = flow_call(event)
    answer = attendant.answer(call, now)
    entry.note(step=call.step, contact=call.contact, contact_id=answer.get("contactId", ""), outcome=answer["outcome"])
    return answer


@bp.lambda_function(name="connect_events")
@entry.event(wiring.line_monitor)
def connect_events(monitor: LineMonitor, event: Any, now: datetime) -> None:
    told = contact_event(event)
    meaning = monitor.notice(told, now)
    entry.note(event=told.type, contact=told.contact, initial_contact=told.initial, outcome=meaning)
