"""Connect's two streams, and the clock that holds its contact records against our facts."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from chalice.app import Blueprint

from chalicelib import batch, entry
from chalicelib.channels.voice import wiring
from chalicelib.kernel.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from chalicelib.channels.voice.service.reconciling import Reconciler
    from chalicelib.channels.voice.service.records import PhoneWatch, Read, RecordKeeper

bp = Blueprint(__name__)


@bp.lambda_function(name="contact_records")
@batch.each(wiring.record_keeper, batch.KINESIS)
def contact_records(keeper: RecordKeeper, message: Mapping[str, Any], now: datetime) -> None:
    _tell(keeper.take(message["text"], message["place"], now), message)


@bp.lambda_function(name="agent_events")
@batch.each(wiring.phone_watch, batch.KINESIS)
def agent_events(watch: PhoneWatch, message: Mapping[str, Any], now: datetime) -> None:
    _tell(watch.take(message["text"], message["place"], now), message)


@bp.lambda_function(name="reconcile_calls")
@entry.event(wiring.reconciler)
def reconcile_calls(reconciler: Reconciler, event: Any, now: datetime) -> None:
    found: Counter[str] = Counter()
    for due in reconciler.due(now):
        try:
            told = reconciler.settle(due, now)
            found.update(told)
            if "never_marked" in told:
                entry.log.error("recording_never_marked", extra={"initial_contact": due.initial})
        except Exception:  # one call must not keep the others waiting
            found["failed"] += 1
            entry.log.exception("call_not_reconciled", extra={"initial_contact": due.initial})
            reconciler.postpone(due, now)
    entry.count("CallsCorrected", found["telephony_rules"])
    entry.note(found=dict(found))


def _tell(read: Read, message: Mapping[str, Any]) -> None:
    unread = read.outcome.startswith("unread_")
    entry.count("Unread", int(unread))
    entry.note(outcome=read.outcome, about=read.about)
    if read.unmarked is not None and not isinstance(read.unmarked, NotFound):
        entry.log.error("recording_not_marked", extra={"about": read.about}, exc_info=read.unmarked)
    if read.failed is not None:
        entry.log.error("message_not_taken", extra={"about": read.about}, exc_info=read.failed)
    if unread:
        entry.log.error("record_unread", extra={"why": read.outcome, "about": read.about, "place": message["place"]})
