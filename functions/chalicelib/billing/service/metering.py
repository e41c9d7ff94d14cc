"""Turns the facts of contacts that are over into the ledger. A redelivery is silence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from chalicelib.billing.model.ledger import NaturalKey, Usage, usage_of
from chalicelib.kernel.channel import Channel
from chalicelib.kernel.facts import Fact
from chalicelib.kernel.ids import ContactId, TenantId

METERED = frozenset({"wrapped", "refused", "abandoned", "self_served"})


class Outcome(StrEnum):
    RECORDED = "recorded"
    REPEATED = "repeated"  # all of it was there already
    QUARANTINED = "quarantined"  # something else is there under the same key
    NOTHING = "nothing"  # the fact is no usage


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


class Ledger(Protocol):
    def append(self, usage: Usage, now: datetime) -> Appended:
        """Writes what is not there yet. What contradicts the ledger is kept apart, and changes nothing in it."""
        ...


class Metering:
    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def record(self, message: Mapping[str, Any], now: datetime) -> Recorded:
        """`message` is a fact with the contact as it stood then (all of its facts up to that one)."""
        contact = ContactId(message["contact_id"])
        if message["fact"]["kind"] not in METERED:
            return Recorded(outcome=Outcome.NOTHING, contact=contact)
        usage = _usage(message, contact)
        if not usage.records:
            return Recorded(outcome=Outcome.NOTHING, contact=contact)
        appended = self._ledger.append(usage, now)
        if appended.contradicted:
            outcome = Outcome.QUARANTINED
        else:
            outcome = Outcome.RECORDED if appended.new else Outcome.REPEATED
        return Recorded(outcome=outcome, contact=contact, quarantined=appended.contradicted)


def _usage(message: Mapping[str, Any], contact: ContactId) -> Usage:
    standing = message["contact"]
    # Cut at this very fact: what the contact has become since must not change what is recorded now.
    facts = tuple(Fact.from_item(fact) for fact in standing["facts"][: message["seq"]])
    return usage_of(TenantId(message["tenant"]), contact, Channel(standing["channel"]), facts)
