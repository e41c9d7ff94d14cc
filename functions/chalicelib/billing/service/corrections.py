"""What a person decides about records: taken back, told again, or doubted and settled. Each with who, when and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

from chalicelib.billing.model.books import Booking, BooksMoved
from chalicelib.billing.model.ledger import (
    Doubt,
    Meter,
    NaturalKey,
    UsageRecord,
    correction,
    reversal,
    standing,
)
from chalicelib.billing.model.standing import Deed
from chalicelib.billing.model.terms import Agreed
from chalicelib.kernel.clock import stamp
from chalicelib.kernel.errors import Conflict, Invalid, NotFound, Unavailable
from chalicelib.kernel.ids import ContactId, TenantId
from chalicelib.tenancy.model.caller import Scope

_TRIES = 5


class Ledger(Protocol):
    def revisions(self, tenant: TenantId, contact: ContactId, meter: Meter) -> list[UsageRecord]: ...
    def amend(
        self, records: Sequence[UsageRecord], bookings: Sequence[Booking], deed: Deed, settles: Doubt | None
    ) -> None: ...
    def drop(self, doubt: Doubt, deed: Deed) -> None: ...
    def doubts(self, after: str = "", most: int = 50) -> tuple[list[Doubt], str]: ...
    def doubt(self, tenant: TenantId, contact: ContactId, mark: str) -> Doubt | None: ...


class Books(Protocol):
    def agreed(self, tenant: TenantId) -> Sequence[Agreed]:
        """Raises NotFound where there is no such client."""
        ...

    def bookings(self, records: Sequence[UsageRecord], now: datetime, *, anew: bool = False) -> list[Booking]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubtful:
    """A doubt beside what the ledger says under its key; None where that was taken back."""

    doubt: Doubt
    stands: UsageRecord | None

    def as_document(self) -> dict[str, Any]:
        return _row(self.doubt) | {
            "settled": self.doubt.settled,
            "told": self.doubt.told.as_item(),
            "ledger": self.stands.as_item() if self.stands is not None else None,
        }

    def rows(self) -> list[tuple[str, str, str]]:
        """Each attribute: what the ledger says, and what was told later."""
        ledger = _flat(self.stands.as_item()) if self.stands is not None else {}
        told = _flat(self.doubt.told.as_item())
        names = dict.fromkeys([*ledger, *told])
        return [(name, ledger.get(name, ""), told.get(name, "")) for name in names]


class Corrections:
    def __init__(self, ledger: Ledger, books: Books) -> None:
        self._ledger = ledger
        self._books = books

    def waiting(self, scope: Scope, after: str = "") -> dict[str, Any]:
        """A page of what nobody has decided about, of the clients in the scope; `next` is where another begins."""
        doubts, following = self._ledger.doubts(after)
        seen = [doubt for doubt in doubts if scope.tenants is None or doubt.told.tenant in scope.tenants]
        return {"records": [_row(doubt) for doubt in seen], "next": following}

    def key(self, tenant: TenantId, contact: ContactId, meter: str) -> NaturalKey:
        """Of whatever revision stands. Raises Invalid for what is no meter."""
        if meter not in set(Meter):
            raise Invalid("meter", f"{meter!r} is none", f"one of {', '.join(sorted(Meter))}")
        return NaturalKey(tenant, contact, Meter(meter), 1)

    def doubtful(self, tenant: TenantId, contact: ContactId, mark: str) -> Doubtful:
        doubt = self._doubt(tenant, contact, mark)
        stands = standing(self._ledger.revisions(tenant, contact, doubt.told.meter))
        return Doubtful(doubt=doubt, stands=stands[-1] if stands else None)

    def reverse(self, key: NaturalKey, why: str, by: str, now: datetime) -> UsageRecord:
        """Takes the record back. Returns the one that does so."""
        back = reversal(self._revisions(key))
        self._amend([back], _deed("reversed", key, why, by, now), now)
        return back

    def correct(self, key: NaturalKey, changed: Mapping[str, Any], why: str, by: str, now: datetime) -> UsageRecord:
        """Takes the record back and tells it again with another `quantity` or `seconds`. Returns the new one."""
        revisions = self._revisions(key)
        stands = standing(revisions)
        back, told = correction(revisions, replace((stands or revisions)[-1], **_changes(changed)))
        self._amend([back, told], _deed("corrected", key, why, by, now), now)
        return told

    def accept(self, tenant: TenantId, contact: ContactId, mark: str, why: str, by: str, now: datetime) -> UsageRecord:
        """What was told later holds: the ledger's record is taken back, and this one stands."""
        doubt = self._open(tenant, contact, mark)
        told = doubt.told
        revisions = self._ledger.revisions(tenant, contact, told.meter)
        stands = standing(revisions)
        new: list[UsageRecord]
        if stands:
            new = list(correction(revisions, told))
        else:
            latest = max((record.revision for record in revisions), default=0)
            new = [replace(told, revision=latest + 1, reverses=0, recorded_at=None)]
        self._amend(new, _deed("accepted", told.key, why, by, now), now, doubt)
        return new[-1]

    def reject(self, tenant: TenantId, contact: ContactId, mark: str, why: str, by: str, now: datetime) -> None:
        """The ledger holds: what was told later is dropped, with the reason."""
        doubt = self._open(tenant, contact, mark)
        self._ledger.drop(doubt, _deed("dropped", doubt.told.key, why, by, now))

    def _revisions(self, key: NaturalKey) -> list[UsageRecord]:
        revisions = self._ledger.revisions(key.tenant, key.contact, key.meter)
        if not revisions:
            self._books.agreed(key.tenant)
            raise NotFound("usage record", f"{key.contact} {key.meter.value}")
        return revisions

    def _doubt(self, tenant: TenantId, contact: ContactId, mark: str) -> Doubt:
        doubt = self._ledger.doubt(tenant, contact, mark)
        if doubt is None:
            raise NotFound("record in quarantine", f"{contact} {mark}")
        return doubt

    def _open(self, tenant: TenantId, contact: ContactId, mark: str) -> Doubt:
        doubt = self._doubt(tenant, contact, mark)
        if doubt.settled:
            raise Conflict(f"this record was {doubt.settled} already", state=doubt.settled)
        return doubt

    def _amend(self, records: Sequence[UsageRecord], deed: Deed, now: datetime, settles: Doubt | None = None) -> None:
        for attempt in range(_TRIES):
            try:
                bookings = self._books.bookings(records, now, anew=attempt > 0)
                return self._ledger.amend(records, bookings, deed, settles)
            except BooksMoved:
                continue
        raise Unavailable("the books, which others kept changing,")


def _row(doubt: Doubt) -> dict[str, Any]:
    told = doubt.told
    return {
        "tenant": told.tenant,
        "contact": told.contact,
        "meter": told.meter.value,
        "quantity": told.quantity,
        "usage_at": stamp(told.usage_at),
        "mark": doubt.mark,
        "since": doubt.since,
    }


def _flat(item: Mapping[str, Any]) -> dict[str, str]:
    flat: dict[str, str] = {}
    for name, value in item.items():
        if isinstance(value, Mapping):
            flat |= {f"{name}.{inner}": str(part) for inner, part in value.items()}
        else:
            flat[name] = ", ".join(value) if isinstance(value, list) else str(value)
    return flat


def _changes(changed: Mapping[str, Any]) -> dict[str, Any]:
    unknown = changed.keys() - {"quantity", "seconds"}
    if unknown or not changed:
        raise Invalid("changed", f"{', '.join(sorted(unknown)) or 'nothing'} cannot be", "give quantity or seconds")
    for name, value in changed.items():
        numbers = value.values() if name == "seconds" and isinstance(value, Mapping) else [value]
        if any(isinstance(number, bool) or not isinstance(number, int) for number in numbers):
            raise Invalid(name, "is not whole", "give whole seconds or a count")
    return dict(changed)


def _deed(what: str, key: NaturalKey, why: str, by: str, now: datetime) -> Deed:
    if not why.strip():
        raise Invalid("why", "is empty", "say why, for whoever asks later")
    about = f"{key.contact}#{key.meter.value}#{key.revision}"
    return Deed(tenant=key.tenant, what=what, about=about, by=by, at=stamp(now), why=why)
