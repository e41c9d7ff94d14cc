"""The recording of a conversation: paused and resumed for all who are in it.

Telephony records every agent's part by itself. A pause holds for the conversation: whoever is in it sees it, and
whoever is in it may let the recording go on. Who comes later begins paused: the monitor of the lines sees to that.
Both write what they know first and look at the other afterwards, so that neither misses who comes in that very moment.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime

from chalicelib.contacts.model.contact import Contact, State
from chalicelib.contacts.model.line import calls_of, line_of
from chalicelib.contacts.service import Contacts
from chalicelib.desk.model.handover import handed_by
from chalicelib.desk.service.ports import Recorder
from chalicelib.kernel.errors import Conflict, Invalid, NotFound, Unavailable
from chalicelib.kernel.ids import AgentId, ContactId, TenantId

PAUSED, ON = "paused", "on"
TALKING = frozenset({State.CONNECTED, State.HELD})
_PART = re.compile(r"[\w-]{1,80}", re.ASCII)  # as telephony's ids are
_MOST_LEGS = 12  # of a chain, by Connect's own limit


class ConversationRecording:
    def __init__(self, contacts: Contacts, recorder: Recorder) -> None:
        self._contacts, self._recorder = contacts, recorder

    def switch(self, agent: AgentId, contact: Contact, state: str, call: str, now: datetime) -> Contact:
        """First his own part, then his colleagues'. Raises Unavailable where one of them goes on as it was: asked
        again, those that are so already are left alone."""
        first = self._began(contact)
        if not _is(contact, state):
            call = call or (first if contact.outbound else contact.source_id)
            self._demand_part(contact, call, first)
            contact = self._set(agent, contact, state, call, first, now)
        for leg in self._others(contact):
            if not _is(leg, state):
                self._set_colleague(agent, leg, state, first, now)
        return contact

    def _set_colleague(self, agent: AgentId, leg: Contact, state: str, first: str, now: datetime) -> None:
        """One who has left by now has nothing to pause."""
        try:
            call = self._recorder.part_now(line_of(leg), first)
            with suppress(Conflict):
                self._set(agent, leg, state, call, first, now)
        except Unavailable:
            if self._contacts.get(leg.tenant, leg.contact).state in TALKING:
                raise

    def _set(self, agent: AgentId, leg: Contact, state: str, call: str, first: str, now: datetime) -> Contact:
        if state == PAUSED:
            self._recorder.pause(call, first)
            return self._contacts.pause_recording(leg.tenant, leg.contact, agent=leg.agent, by=agent, now=now)
        self._recorder.resume(call, first)
        return self._contacts.resume_recording(leg.tenant, leg.contact, agent=leg.agent, by=agent, now=now)

    def _demand_part(self, contact: Contact, call: str, first: str) -> None:
        """The page says what it is: it might be another client's. What we do not know of telephony is asked about."""
        known = {first, contact.source_id, *calls_of(contact)}
        if call not in known and not (_PART.fullmatch(call) and self._recorder.belongs(call, first)):
            raise Invalid("call", "is no part of this call", "send what the telephone calls its part of it")

    def _began(self, contact: Contact) -> str:
        """What the telephone calls the part with which the call began: all others hang on it. A call of an agent's own
        has that name from when it is dialled, and none of an earlier call that it is about."""
        for _ in range(_MOST_LEGS):
            before = self._handed_from(contact)
            if before is None:
                break
            contact = before
        dialled = contact.last("dialled") if contact.outbound else None
        return str(dialled.data["call"]) if dialled is not None else contact.source_id

    def _others(self, contact: Contact) -> list[Contact]:
        """Whoever else talks in this conversation: who handed it on and is still there, and who was asked."""
        found, open_ = {contact.contact: contact}, [contact]
        while open_ and len(found) <= _MOST_LEGS:
            beside = [leg for leg in self._beside(open_.pop()) if leg.contact not in found]
            found |= {leg.contact: leg for leg in beside}
            open_ += beside
        return [leg for leg in found.values() if leg.contact != contact.contact and leg.state in TALKING]

    def _beside(self, contact: Contact) -> Iterator[Contact]:
        if (before := self._handed_from(contact)) is not None:
            yield before
        for fact in contact.facts:
            leg = self._get(contact.tenant, str(fact.data["contact"])) if fact.kind == "transferred" else None
            if leg is not None:
                yield leg

    def _handed_from(self, contact: Contact) -> Contact | None:
        before = self._get(contact.tenant, contact.previous)
        return before if before is not None and handed_by(before, contact) is not None else None

    def _get(self, tenant: TenantId, contact: str) -> Contact | None:
        try:
            return self._contacts.get(tenant, ContactId(contact)) if contact else None
        except NotFound:
            return None


def _is(contact: Contact, state: str) -> bool:
    return (contact.recording or ON) == state
