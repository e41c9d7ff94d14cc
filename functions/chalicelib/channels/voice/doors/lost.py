"""Two clocks that ask telephony for calls of whose end nobody told us: those on the floor, and what a day left."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalice.app import Blueprint

from chalicelib import entry
from chalicelib.channels.voice import wiring

if TYPE_CHECKING:
    from datetime import datetime

    from chalicelib.channels.voice.service.lost_calls import Found, LostCalls

bp = Blueprint(__name__)


@bp.lambda_function(name="lost_calls")
@entry.event(wiring.lost_calls)
def lost_calls(calls: LostCalls, event: Any, now: datetime) -> dict[str, int]:
    return _told(calls.of_the_floor(now))


@bp.lambda_function(name="lost_calls_of_yesterday")
@entry.event(wiring.lost_calls)
def lost_calls_of_yesterday(calls: LostCalls, event: Any, now: datetime) -> dict[str, int]:
    return _told(calls.of_yesterday(now))


def _told(found: Found) -> dict[str, int]:
    """Each of them is a line of its own: an end that we had to ask for is a fault of somebody's."""
    for contact, why in found.told:
        entry.log.warning("call_lost", extra={"contact": contact, "why": why})
    for contact, failed in found.failed:
        entry.log.error("lost_call_not_settled", extra={"contact": contact}, exc_info=failed)
    entry.count("CallsLost", len(found.told))
    entry.note(found=dict(found.counts))
    return dict(found.counts)
