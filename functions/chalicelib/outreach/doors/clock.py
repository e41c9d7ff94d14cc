"""Calls that begin with us, by the clock and by the facts: what is due is begun, what is over is settled."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING, Any

from chalice.app import Blueprint

from chalicelib import batch, entry
from chalicelib.outreach import wiring

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from chalicelib.outreach.service.agenda import Agenda
    from chalicelib.outreach.service.settling import Settling

bp = Blueprint(__name__)

_WORK_S = 45  # of the function's 55: who has begun an entry finishes it


@bp.lambda_function(name="work_agenda")
@entry.event(wiring.agenda)
def work_agenda(agenda: Agenda, event: Mapping[str, Any], now: datetime) -> dict[str, int]:
    until = monotonic() + _WORK_S
    done = agenda.work(now, lambda: until - monotonic())
    entry.note(**done)
    entry.count("AgendaFailed", sum(count for what, count in done.items() if what.endswith("_failed")))
    return done


def _go_on(settling: Settling, now: datetime) -> None:
    """A fault here keeps nothing unsettled: the clock looks at each campaign a minute later."""
    try:
        settling.go_on(now)
    except Exception:
        entry.log.exception("campaign_goes_on_later")


@bp.lambda_function(name="settle_outreach")
@batch.each(wiring.settling, last=_go_on)
def settle_outreach(settling: Settling, message: Mapping[str, Any], now: datetime) -> None:
    settled = settling.told(message["contact"], now)
    entry.note(contact=message["contact_id"], settled=settled)
