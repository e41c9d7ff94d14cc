"""A contact and all that its card tells beside it: why we call, who handed it on, what was before."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import islice

from chalicelib.contacts.model.contact import TRANSFER, Contact, State
from chalicelib.contacts.model.conversation import Message
from chalicelib.contacts.service import Contacts
from chalicelib.desk.model.card import Card
from chalicelib.desk.model.handover import Handover, handed_by, is_handover, leg_to, note_for, went_on
from chalicelib.desk.model.history import Earlier, is_said_by_the_next, was_taken, what_was
from chalicelib.desk.service.ports import Abouts, Clients, Names
from chalicelib.kernel.channel import Channel
from chalicelib.kernel.errors import NotFound
from chalicelib.kernel.ids import AgentId, ContactId
from chalicelib.tenancy.model.tenant import Tenant

_MOST_LEGS = 12  # of a chain, by Connect's own limit
_BACK, _BACK_IN_THREAD = 3, 1  # how many contacts before this one are told of: a thread is read where it is written


class Cards:
    def __init__(self, *, contacts: Contacts, clients: Clients, abouts: Abouts, names: Names) -> None:
        self._contacts, self._clients = contacts, clients
        self._abouts, self._names = abouts, names

    def of(self, contact: Contact, now: datetime, messages: tuple[Message, ...] | None = None) -> Card:
        """Who handed it on, and what was before, is looked for only where the conversation was looked for, too."""
        client, first, looks = self._clients.get(contact.tenant), self._first_leg(contact), messages is not None
        return Card(
            contact=contact,
            client=client,
            messages=messages,
            at=now,
            handed=self._handed(contact) if looks else None,
            before=self._before(client, contact) if looks else (),
            about=self._abouts(client, first) if first.outreach else None,
            ours=first.outbound,
            handed_on=handed_on(self._contacts, contact),
            agent_name=self._names(contact.agent) if contact.state is State.OFFERED else "",
        )

    def _first_leg(self, contact: Contact) -> Contact:
        """With which the call began, whoever has it now."""
        leg = contact
        for before in islice(self._chain(contact), _MOST_LEGS if contact.direction == TRANSFER else 0):
            if handed_by(before, leg) is None:
                break
            leg = before
        return leg

    def _handed(self, contact: Contact) -> Handover | None:
        before = next(self._chain(contact), None) if contact.channel is Channel.VOICE else None
        found = handed_by(before, contact) if before is not None else None
        if before is None or found is None:
            return None
        said = self.said(before)
        first, notes = self._earlier(before, said)
        return Handover(by=self._names(found[0]), note=note_for(found[1], said), notes=notes, came_at=first.opened_at)

    def _earlier(self, leg: Contact, said: tuple[Message, ...]) -> tuple[Contact, tuple[tuple[str, str], ...]]:
        """The leg with which the customer came, and what colleagues wrote down until now."""
        notes = self._notes(said)
        for before in islice(self._chain(leg), _MOST_LEGS):
            if handed_by(before, leg) is None:
                break
            leg, notes = before, self._notes(self.said(before)) + notes
        return leg, notes

    def _notes(self, said: tuple[Message, ...]) -> tuple[tuple[str, str], ...]:
        kept = [one.draft for one in said if one.draft.kind == "note" and not is_handover(one)]
        return tuple((self._author(draft.by), draft.text) for draft in kept)

    def _author(self, by: str) -> str:
        """What nobody wrote is ours: what a client's own system says of its customer, say."""
        return self._names(AgentId(by.removeprefix("agent:"))) if by.startswith("agent:") else "Manyline"

    def _before(self, client: Tenant, contact: Contact) -> tuple[Earlier, ...]:
        """The last first."""
        told: list[Earlier] = []
        later = contact
        for before in islice(self._chain(contact), _BACK if contact.channel is Channel.VOICE else _BACK_IN_THREAD):
            words = what_was(before, self._taker(before, contact), _outcome(client, before))
            if words and not is_said_by_the_next(words, later):
                told.append(Earlier(at=before.opened_at, words=words))
            later = before
        return tuple(told)

    def _taker(self, before: Contact, contact: Contact) -> str:
        """Who had it, as the agent reads it who has this one; empty where nobody did."""
        if not was_taken(before) or not before.agent:
            return ""
        return "you" if before.agent == contact.agent else self._names(before.agent)

    def _chain(self, contact: Contact) -> Iterator[Contact]:
        """The contacts before this one, the last first; it ends where one is not kept any more."""
        while contact.previous:
            try:
                contact = self._contacts.get(contact.tenant, ContactId(contact.previous))
            except NotFound:
                return
            yield contact

    def said(self, contact: Contact) -> tuple[Message, ...]:
        return tuple(self._contacts.messages(contact.tenant, contact.contact))


def handed_on(contacts: Contacts, contact: Contact) -> bool:
    """Whether its agent's part is over, and the customer's is not."""
    try:
        leg = leg_to(contact)
        return bool(leg) and went_on(contact, contacts.get(contact.tenant, ContactId(leg)))
    except NotFound:
        return False


def _outcome(client: Tenant, contact: Contact) -> str:
    known = client.disposition(contact.disposition) if contact.disposition else None
    return str(known.label) if known is not None else ""
