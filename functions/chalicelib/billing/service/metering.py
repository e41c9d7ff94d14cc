"""Turns the facts of contacts that are over into the ledger. A redelivery is silence."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import partial
from typing import Any, Protocol

from chalicelib.billing.model.books import Booking, BooksMoved
from chalicelib.billing.model.ledger import NaturalKey, Usage, UsageRecord, usage_of
from chalicelib.billing.service.reconciled import Reconciled, Told
from chalicelib.kernel.channel import Channel
from chalicelib.kernel.errors import Unavailable
from chalicelib.kernel.facts import Fact
from chalicelib.kernel.ids import ContactId, TenantId

_TRIES = 5
METERED = frozenset({"wrapped", "refused", "abandoned", "self_served", "closed"})


class Outcome(StrEnum):
    RECORDED = "recorded"
    REPEATED = "repeated"  # all of it was there already
    QUARANTINED = "quarantined"  # something else is there under the same key
    NOTHING = "nothing"  # the fact is no usage
    CORRECTED = "corrected"  # by telephony's own records
    DECIDED = "decided"  # a person did, and that stands
    LATE = "late"  # something newer was told


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    outcome: Outcome
    contact: ContactId
    quarantined: tuple[NaturalKey, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Appended:
    """`new` counts the items written; `contradicted` are the keys that hold something else."""

    new: int
    contradicted: tuple[NaturalKey, ...]


Book = Callable[[Sequence[UsageRecord]], Booking]  # what records of one contact add to the running totals


class Ledger(Protocol):
    def append(self, usage: Usage, now: datetime, book: Book | None = None) -> Appended:
        """Writes what is not there yet. What contradicts the ledger is kept apart, and changes nothing in it.

        Raises BooksMoved where the books are not as `book` took them to be.
        """
        ...


class Books(Protocol):
    def booking(self, records: Sequence[UsageRecord], now: datetime, *, anew: bool = False) -> Booking: ...


class Metering:
    def __init__(self, ledger: Ledger, books: Books, reconciled: Reconciled) -> None:
        self._ledger = ledger
        self._books = books
        self._reconciled = reconciled

    def record(self, message: Mapping[str, Any], now: datetime) -> Recorded:
        """`message` is a fact with the contact as it stood then (all of its facts up to that one), or what telephony's
        own records say of a call."""
        contact = ContactId(message["contact_id"])
        if message.get("type") == "reconciled":
            return Recorded(outcome=Outcome(self._reconciled.settle(Told.of(message), now)), contact=contact)
        if message["fact"]["kind"] not in METERED:
            return Recorded(outcome=Outcome.NOTHING, contact=contact)
        usage = _usage(message, contact)
        if not usage.records:
            return Recorded(outcome=Outcome.NOTHING, contact=contact)
        appended = self.append(usage, now)
        if appended.contradicted:
            outcome = Outcome.QUARANTINED
        else:
            outcome = Outcome.RECORDED if appended.new else Outcome.REPEATED
        return Recorded(outcome=outcome, contact=contact, quarantined=appended.contradicted)

    def append(self, usage: Usage, now: datetime) -> Appended:
        """The records with what they add to the running totals, or neither."""
        for attempt in range(_TRIES):
            try:
                return self._ledger.append(usage, now, partial(self._books.booking, now=now, anew=attempt > 0))
            except BooksMoved:
                continue
        raise Unavailable("the books, which others kept changing,")


def _usage(message: Mapping[str, Any], contact: ContactId) -> Usage:
    standing = message["contact"]
    # Cut at this very fact: what the contact has become since must not change what is recorded now.
    facts = tuple(Fact.from_item(fact) for fact in standing["facts"][: message["seq"]])
    return usage_of(TenantId(message["tenant"]), contact, Channel(standing["channel"]), facts)
