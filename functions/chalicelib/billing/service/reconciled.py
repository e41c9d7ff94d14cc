"""Telephony's own clock rules the billed seconds of a call: what its records say takes the place of what stands.

Who decides when they do is not billing's to say (`channels/voice/model/reconciliation.py`); what is told here is
carried out, but for what a person has decided, which stands. A record says in `telephony` when its seconds were
told so, and which: seconds that are not those were changed by a person since.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

from chalicelib.billing.model.books import Booking, BooksMoved
from chalicelib.billing.model.ledger import Doubt, Meter, UsageRecord, correction, standing
from chalicelib.billing.model.standing import Deed
from chalicelib.kernel.clock import stamp
from chalicelib.kernel.errors import Unavailable
from chalicelib.kernel.ids import ContactId, TenantId

PARTS = ("talk", "hold", "wrap")
_TRIES = 5
_MARK = "telephony"


class Ledger(Protocol):
    def revisions(self, tenant: TenantId, contact: ContactId, meter: Meter) -> list[UsageRecord]: ...
    def amend(
        self, records: Sequence[UsageRecord], bookings: Sequence[Booking], deed: Deed, settles: Doubt | None
    ) -> None: ...


class Books(Protocol):
    def bookings(self, records: Sequence[UsageRecord], now: datetime, *, anew: bool = False) -> list[Booking]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the contact records of a call say of talk, hold and wrap-up; `at` is when the last of them changed."""

    tenant: TenantId
    contact: ContactId
    seconds: Mapping[str, int]
    at: str  # a stamp
    by: str
    why: str

    @staticmethod
    def of(message: Mapping[str, Any]) -> Told:
        return Told(
            tenant=TenantId(message["tenant"]),
            contact=ContactId(message["contact_id"]),
            seconds={part: int(message["seconds"][part]) for part in PARTS},
            at=message["at"],
            by=message["by"],
            why=message["why"],
        )

    def over(self, stands: UsageRecord) -> UsageRecord:
        """The record with these seconds. It stays in its month, with its agents: only how long changes."""
        seconds = {**stands.seconds, **self.seconds}
        return replace(
            stands,
            quantity=sum(self.seconds.values()),
            seconds=seconds,
            dimensions={**stands.dimensions, _MARK: _mark(self.at, seconds)},
        )


def settled(revisions: Sequence[UsageRecord], told: Told) -> str:
    """Why nothing is to be done, or nothing where something is.

    repeated: it stands so. late: something newer was told. decided: a person changed it, or took it back.
    """
    stands = standing(revisions)
    if not stands:
        return "decided"
    record = stands[-1]
    mark = record.dimensions.get(_MARK, "")
    if record.revision > 1 and mark != _mark(mark.partition(" ")[0], record.seconds):
        return "decided"
    if mark and told.at < mark.partition(" ")[0]:
        return "late"
    same = all(record.seconds.get(part, 0) == told.seconds[part] for part in PARTS)
    return "repeated" if same else ""


def _mark(at: str, seconds: Mapping[str, int]) -> str:
    return f"{at} {'+'.join(str(seconds.get(part, 0)) for part in PARTS)}"


class Reconciled:
    def __init__(self, ledger: Ledger, books: Books) -> None:
        self._ledger, self._books = ledger, books

    def settle(self, told: Told, now: datetime) -> str:
        """`corrected`, or why not. Raises Unavailable where the call itself has not been recorded yet."""
        revisions = self._ledger.revisions(told.tenant, told.contact, Meter.VOICE)
        if not revisions:
            raise Unavailable("the usage of the call, which is on its way,")
        if reason := settled(revisions, told):
            return reason
        back, new = correction(revisions, told.over(standing(revisions)[-1]))
        about = f"{told.contact}#{Meter.VOICE.value}#{new.revision}"
        deed = Deed(tenant=told.tenant, what="reconciled", about=about, by=told.by, at=stamp(now), why=told.why)
        self._amend([back, new], deed, now)
        return "corrected"

    def _amend(self, records: Sequence[UsageRecord], deed: Deed, now: datetime) -> None:
        for attempt in range(_TRIES):
            try:
                bookings = self._books.bookings(records, now, anew=attempt > 0)
                return self._ledger.amend(records, bookings, deed, None)
            except BooksMoved:
                continue
        raise Unavailable("the books, which others kept changing,")
