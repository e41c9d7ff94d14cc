"""Holds each leg of a call against our facts, once late records have come; billing is told what it is to hold.

A record that changes later brings its call here again. The same finding twice tells nobody anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from chalicelib.channels.voice.model.legs import Records, legs, whole
from chalicelib.channels.voice.model.reconciliation import BILLED, Reason, Verdict, ours, verdict, verdict_on_attempts
from chalicelib.channels.voice.model.record import latest
from chalicelib.channels.voice.service import ports
from chalicelib.channels.voice.service.adopting import Adoption
from chalicelib.channels.voice.service.endings import Endings
from chalicelib.channels.voice.service.mailbox import Mailbox, client_of
from chalicelib.channels.voice.service.ports import Directory, Due, Finding, Topic
from chalicelib.channels.voice.service.records import SETTLE_S
from chalicelib.channels.voice.service.retention import Retention
from chalicelib.contacts.model.contact import Contact
from chalicelib.kernel.clock import stamp
from chalicelib.kernel.errors import NotFound
from chalicelib.kernel.ids import ContactId, TenantId

PATIENCE = timedelta(hours=24)  # so long a leg may lack a record, or our facts an end
_MOST = 500  # calls in one look
_BY = "contact record"
UNMARKED, NEVER_MARKED = "unmarked", "never_marked"  # of recordings that do not say how long they are kept


class Contacts(Protocol):
    def get(self, tenant: TenantId, contact: ContactId) -> Contact: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class _Leg:
    """A leg with what was found of it; None while it waits."""

    of: str  # our contact's id, known or not
    records: Records = field(default_factory=dict)
    tenant: TenantId | None = None
    contact: Contact | None = None
    found: Verdict | None = None


class Reconciler:
    def __init__(
        self,
        records: ports.Records,
        contacts: Contacts,
        directory: Directory,
        topic: Topic,
        endings: Endings,
        mailbox: Mailbox,
        retention: Retention,
        adoption: Adoption,
    ) -> None:
        self._records, self._contacts = records, contacts
        self._directory, self._topic = directory, topic
        self._endings, self._mailbox = endings, mailbox
        self._retention, self._adoption = retention, adoption

    def due(self, now: datetime) -> list[Due]:
        return self._records.due(now, _MOST)

    def settle(self, due: Due, now: datetime) -> tuple[str, ...]:
        """What was found of each leg of a call, or `waits`; and of its recordings, where they lack their mark."""
        chain = self._records.chain(due.initial)
        unmarked = self._unmarked(chain, due, now)
        looked = self._look(chain, due, now)
        before = self._records.found(due.initial)
        findings = [self._conclude(due, one, before.get(one.of) or {}, now) for one in looked if one.found]
        again = _later(due, now) if len(findings) < len(looked) or UNMARKED in unmarked else None
        self._records.settle(due, findings, now, again)
        return (*(one.found.reason.value if one.found else "waits" for one in looked), *unmarked)

    def postpone(self, due: Due, now: datetime) -> None:
        """A call that cannot be settled for now makes room for the others; it is looked at later and later."""
        self._records.settle(due, [], now, _later(due, now))

    def _unmarked(self, chain: Records, due: Due, now: datetime) -> tuple[str, ...]:
        """A recording may come after its record. One that never came, or has been deleted, nobody keeps too long."""
        left = self._retention.mark(chain.values())
        if left is None:
            return ()
        if now - due.since < PATIENCE:
            return (UNMARKED,)
        return () if isinstance(left, NotFound) else (NEVER_MARKED,)

    def _look(self, chain: Records, due: Due, now: datetime) -> list[_Leg]:
        tenant = client_of(chain.values(), self._directory)
        if not chain or tenant is None:
            reason = Reason.UNKNOWN_CLIENT if chain else Reason.CHAIN_BROKEN
            return [_Leg(of="", records=chain, found=Verdict(reason=reason))]
        self._endings.give_up(tenant, chain, now)
        return [self._leg(tenant, contact, leg, chain, due, now) for contact, leg in legs(chain).items()]

    def _leg(self, tenant: TenantId, of: ContactId, leg: Records, chain: Records, due: Due, now: datetime) -> _Leg:
        for record in leg.values():
            if record.has_message:
                self._mailbox.take(record, of, now)
        contact = self._contact(tenant, of)
        if contact is not None:
            contact = self._endings.tell(leg, chain, contact, now)
            if contact.dispatched and whole(leg, chain):
                counted = verdict_on_attempts(leg, contact)
                return _Leg(of=of, records=leg, tenant=tenant, contact=contact, found=counted)
        else:
            contact = self._adoption.take(tenant, of, leg, chain, now - due.since)
            if contact is not None:
                return _Leg(of=of, records=leg, tenant=tenant, contact=contact, found=Verdict(reason=Reason.ADOPTED))
        lacking = _lacking(leg, chain, contact)
        found: Verdict | None = None
        if lacking is None or now - due.since >= PATIENCE:
            over = contact is not None and contact.over
            found = verdict(leg, contact, chain) if over and contact else Verdict(reason=lacking or Reason.NOT_OVER)
        return _Leg(of=of, records=leg, tenant=tenant, contact=contact, found=found)

    def _conclude(self, due: Due, leg: _Leg, before: Mapping[str, Any], now: datetime) -> Finding:
        assert leg.found is not None, "who waits is not concluded"
        told = _told(leg.found, leg.contact, before)
        at = stamp(latest(leg.records)) if leg.records else ""
        if told and told != before.get("seconds") and leg.tenant is not None and leg.contact is not None:
            self._topic.publish([_message(leg.tenant, leg.contact, told, leg.found.why, at)])
        finding = _finding(leg, told or before.get("seconds") or {})
        changed = any(before.get(name) != value for name, value in finding.items())
        kept = {**finding, "initial": due.initial, "records_at": at, "found_at": stamp(now)}
        return Finding(contact=leg.of, told=kept, report=changed and leg.found.worth_telling)

    def _contact(self, tenant: TenantId, contact: ContactId) -> Contact | None:
        try:
            return self._contacts.get(tenant, contact)
        except NotFound:
            return None


def _later(due: Due, now: datetime) -> datetime:
    """Twice as long as it has waited already: a call that stays broken is looked at nine times, not 288."""
    return now + max(timedelta(seconds=SETTLE_S), now - due.since)


def _lacking(leg: Records, chain: Records, contact: Contact | None) -> Reason | None:
    if contact is None:
        return Reason.UNKNOWN_CONTACT
    if not contact.over:
        return Reason.NOT_OVER
    return None if whole(leg, chain) else Reason.CHAIN_BROKEN


def _told(found: Verdict, contact: Contact | None, before: Mapping[str, Any]) -> dict[str, int] | None:
    """What billing is to hold; None where it keeps what it has. Records that agree after all undo what was told."""
    if found.seconds is not None:
        return dict(found.seconds)
    if found.reason is Reason.AGREES and contact is not None and before.get("seconds"):
        return {part: ours(contact).seconds[part] for part in BILLED}
    return None


def _finding(leg: _Leg, told: Mapping[str, int]) -> dict[str, Any]:
    assert leg.found is not None, "who waits is not concluded"
    return {
        "reason": leg.found.reason.value,
        "differences": [asdict(one) for one in leg.found.differences],
        "clocks_apart_s": leg.found.clocks_apart_s,
        "tenant": leg.tenant or "",
        "contact_id": leg.contact.contact if leg.contact else "",
        "seconds": dict(told),
        "recordings": sorted({where for record in leg.records.values() for where in record.recordings}),
    }


def _message(
    tenant: TenantId, contact: Contact, seconds: Mapping[str, int], why: str, at: str
) -> tuple[dict[str, Any], dict[str, str]]:
    body = {
        "type": "reconciled",
        "tenant": tenant,
        "contact_id": contact.contact,
        "seconds": dict(seconds),
        "at": at,
        "by": _BY,
        "why": why,
    }
    return body, {"type": "reconciled", "kind": "reconciled", "channel": contact.channel.value, "tenant": tenant}
