"""What came late for a period, contact by contact: added, changed or taken back since the period was last billed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import Any

from chalicelib.billing.model.counting import Counted, counted
from chalicelib.billing.model.ledger import Meter, UsageRecord, standing
from chalicelib.billing.model.terms import Terms
from chalicelib.kernel.clock import stamp
from chalicelib.kernel.ids import ContactId

ADDED, CHANGED, REVERSED = "added", "changed", "reversed"

_Counts = dict[tuple[str, str], Counted]


def differences(records: Iterable[UsageRecord], since: datetime, terms: Terms) -> list[dict[str, Any]]:
    """A row for each contact and charge that something was recorded for after `since`, in the order of their time.

    `records` come by `usage_at`; those of an instant at which nothing is new are not kept. `was_billed` and `billed`
    are what the contact itself comes to; whether a grace made it free follows from all of them together.
    """
    touched: dict[tuple[ContactId, Meter], list[UsageRecord]] = {}
    for _, together in groupby(records, key=attrgetter("usage_at")):
        of_instant = list(together)
        new = {(one.contact, one.meter) for one in of_instant if _after(one, since)}
        for one in of_instant:
            if (one.contact, one.meter) in new:
                touched.setdefault((one.contact, one.meter), []).append(one)
    rows = [row for found in touched.values() for row in _rows(found, since, terms)]
    return sorted(rows, key=lambda row: (row["at"], row["contact"], row["charge"], row["rate_class"]))


def _rows(found: list[UsageRecord], since: datetime, terms: Terms) -> Iterable[dict[str, Any]]:
    was = standing(record for record in found if not _after(record, since))
    now = standing(found)
    if was == now:
        return
    before, after = _counts(was, terms), _counts(now, terms)
    shown = (now or was)[-1]
    for charge, rate_class in sorted(before.keys() | after.keys()):
        old, new = before.get((charge, rate_class)), after.get((charge, rate_class))
        yield {
            "contact": shown.contact,
            "at": stamp(shown.usage_at),
            "channel": shown.channel.value,
            "seconds": dict(shown.seconds),
            "charge": charge,
            "rate_class": rate_class,
            "what": CHANGED if was and now else ADDED if now else REVERSED,
            "was_billed": old.billed if old else 0,
            "billed": new.billed if new else 0,
            "free": new.free if new else "",
        }


def _counts(records: list[UsageRecord], terms: Terms) -> _Counts:
    return {
        (one.charge, one.rate_class): one
        for record in records
        for one in counted(record, terms.plan(terms.segment_at(record.usage_at)), terms.rate_class)
    }


def _after(record: UsageRecord, since: datetime) -> bool:
    return record.recorded_at is not None and record.recorded_at > since
