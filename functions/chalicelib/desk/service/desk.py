"""An agent at work: what lies before him, and what he does with it.

Whose client a contact belongs to was decided at the door (the tenant comes opened from the caller's scope);
whose contact it is, is decided here and in the very write. Every command may be sent twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from chalicelib.contacts.model.contact import Contact, SomebodyElses, State
from chalicelib.contacts.model.conversation import Draft, Message
from chalicelib.contacts.model.line import line_of
from chalicelib.contacts.service import Contacts
from chalicelib.desk.model.board import Board, Presence
from chalicelib.desk.model.card import OPEN, Card, answer_to
from chalicelib.desk.service.cards import Cards, handed_on
from chalicelib.desk.service.colleagues import Colleagues
from chalicelib.desk.service.ports import Abouts, Clients, Lines
from chalicelib.kernel.channel import Channel
from chalicelib.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from chalicelib.kernel.ids import AgentId, ContactId, TenantId, channel_of
from chalicelib.routing.model.offer import HANDED_ON, INCOMPLETE
from chalicelib.routing.model.seat import Seat
from chalicelib.routing.service.router import Router
from chalicelib.tenancy.model.caller import Caller
from chalicelib.tenancy.model.tenant import Disposition, Tenant, WrapUpField
from chalicelib.workforce.model import PAUSE_REASONS, Status
from chalicelib.workforce.service import Workforce

_CHOSEN = (Status.AVAILABLE, Status.PAUSED, Status.OFFLINE)  # an agent does not choose to have missed an offer
_SPOKEN_TO = frozenset({State.CONNECTED, State.HELD})
_LAID_ASIDE = "this is laid aside for what came first; it goes on by itself when you have room again"


class Desk:
    def __init__(
        self,
        *,
        contacts: Contacts,
        router: Router,
        workforce: Workforce,
        clients: Clients,
        abouts: Abouts,
        lines: Lines,
    ) -> None:
        self._lines = lines
        self._cards = Cards(contacts=contacts, clients=clients, abouts=abouts, names=Colleagues(workforce))
        self._contacts = contacts
        self._router = router
        self._workforce = workforce
        self._clients = clients

    # What lies before him

    def board(self, caller: Caller, now: datetime) -> Board:
        """One read for the seat, one for its contacts, one for each written conversation."""
        seat = self._seat(caller)
        keys = [(held.tenant, contact) for contact, held in seat.contacts.items()]
        contacts = sorted(self._contacts.get_many(keys), key=lambda contact: contact.opened_at)
        cards = (self._card(contact, now, self._said(contact)) for contact in contacts)
        return Board(
            name=caller.name,
            presence=Presence(seat=seat),
            cards=tuple(card for card in cards if card.is_with(seat.agent)),
            clients=tuple(listing.name for listing in self._clients.listings(caller.scope)),
            at=now,
            takes_contacts=bool(caller.agent),
        )

    def card(self, caller: Caller, tenant: TenantId, contact: ContactId, now: datetime) -> Card | None:
        """None when the contact is not on this agent's desk (any more). Who is no agent may look at any."""
        standing = self._contacts.get(tenant, contact)
        card = self._card(standing, now, self._said(standing))
        if caller.agent and not card.is_with(caller.agent):
            return None
        return card

    # What he does

    def set_status(self, caller: Caller, status: str, reason: str, now: datetime) -> Presence:
        """Starts a shift, pauses it, ends it. Raises Conflict for who goes while customers are with him."""
        chosen = _status(status)
        if chosen is Status.PAUSED and reason not in PAUSE_REASONS:
            raise Invalid("reason", f"{reason!r} is not known", f"choose one of {', '.join(PAUSE_REASONS)}")
        agent = self._workforce.agent(_agent(caller))
        if chosen is Status.OFFLINE:
            self._demand_nothing_open(caller)
        self._router.set_status(agent, chosen, now, reason if chosen is Status.PAUSED else "")
        return Presence(seat=self._router.seat(agent.team, agent.agent))

    def accept(self, caller: Caller, tenant: TenantId, contact: ContactId, now: datetime) -> Card:
        """Raises SomebodyElses when the offer is no longer his."""
        if channel_of(contact) is Channel.VOICE and not self._contacts.get(tenant, contact).voicemail:
            # The contact is connected when the voices are: the telephone tells us then.
            raise Conflict("a call is answered at the telephone")
        accepted = self._router.accept(tenant, contact, agent=_agent(caller), now=now)
        return self._card(accepted, now, self._said(accepted))

    def decline(self, caller: Caller, tenant: TenantId, contact: ContactId, now: datetime) -> Presence:
        """He gets no more until he is back; the presence says so."""
        self._router.decline(tenant, contact, agent=_agent(caller), now=now)
        return Presence(seat=self._seat(caller))

    def hold(self, caller: Caller, tenant: TenantId, contact: ContactId, now: datetime) -> Card:
        """Calls only: written work is laid aside by the router, and taken up again by it."""
        self._demand_call(caller, tenant, contact, "only a call can be put on hold")
        return self._card(self._contacts.hold(tenant, contact, agent=_agent(caller), now=now), now)

    def resume(self, caller: Caller, tenant: TenantId, contact: ContactId, now: datetime) -> Card:
        self._demand_call(caller, tenant, contact, _LAID_ASIDE)
        return self._card(self._contacts.resume(tenant, contact, agent=_agent(caller), now=now), now)

    def end(self, caller: Caller, tenant: TenantId, contact: ContactId, now: datetime) -> Card:
        """Of a call only where its line is dead and nobody told us; raises Conflict while somebody is on it."""
        standing = self._contacts.get(tenant, contact)
        mine = standing.agent == _agent(caller) and standing.state in _SPOKEN_TO
        if mine and _is_call(standing) and (line := line_of(standing)) and self._lines.goes_on(line):
            raise Conflict("a call is hung up at the telephone", state=standing.state.value)
        return self._card(self._contacts.end(tenant, contact, by=f"agent:{_agent(caller)}", now=now), now)

    def wrap(
        self,
        caller: Caller,
        tenant: TenantId,
        contact: ContactId,
        *,
        disposition: str,
        note: str = "",
        tags: Sequence[str] = (),
        now: datetime,
    ) -> None:
        """Closes the contact with its outcome; the seat is free and looks for who waits."""
        outcome = self._outcome(caller, tenant, contact, disposition)
        _demand_filled_in(outcome, note, tags)
        self._router.finish(
            tenant,
            contact,
            channel_of(contact),
            agent=_agent(caller),
            team=caller.team,
            disposition=outcome.code,
            note=note.strip(),
            tags=tags,
            do_not_call=outcome.do_not_call and channel_of(contact) is Channel.VOICE,
            now=now,
        )

    def say(
        self,
        caller: Caller,
        tenant: TenantId,
        contact: ContactId,
        *,
        text: str,
        client_id: str,
        note: bool = False,
        subject: str = "",
        now: datetime,
    ) -> Message:
        """A chat line or a reply by mail; as a note it stays in the house."""
        if not text.strip():
            raise Invalid("text", "is empty", "write something")
        if not client_id:
            raise Invalid("client_id", "is empty", "send an id of your own, the same for a second try")
        standing = self._own(caller, tenant, contact)
        if not note:
            _demand_spoken_to(standing)
        mail = standing.channel is Channel.EMAIL and not note
        draft = Draft(
            by=f"agent:{_agent(caller)}",
            kind="note" if note else "email" if mail else "text",
            text=text.strip(),
            client_id=client_id,
            subject=(subject.strip() or answer_to(standing.subject)) if mail else "",
        )
        return self._contacts.say(standing, draft, now)

    def _outcome(self, caller: Caller, tenant: TenantId, contact: ContactId, code: str) -> Disposition:
        """Of a client who is no client any more, any outcome will do: the agent must be able to go on. Who handed the
        customer on need not know what became of him."""
        try:
            client = self._clients.get(tenant)
            if code == HANDED_ON and client.disposition(code) is None:
                standing = self._own(caller, tenant, contact)
                # Wrapped up already: sent again, it is silence.
                if standing.disposition == code or handed_on(self._contacts, standing):
                    return Disposition(code=code, label="Handed on")  # type: ignore[arg-type]
            return _outcome(client, code)
        except NotFound:
            return Disposition(code=code or INCOMPLETE, label=code or INCOMPLETE)  # type: ignore[arg-type]

    def _own(self, caller: Caller, tenant: TenantId, contact: ContactId) -> Contact:
        standing = self._contacts.get(tenant, contact)
        if standing.agent != _agent(caller):
            raise SomebodyElses(standing)
        return standing

    def _card(self, contact: Contact, now: datetime, messages: tuple[Message, ...] | None = None) -> Card:
        return self._cards.of(contact, now, messages)

    def _said(self, contact: Contact) -> tuple[Message, ...]:
        return self._cards.said(contact)

    def _seat(self, caller: Caller) -> Seat:
        try:
            return self._router.seat(caller.team, caller.agent)
        except NotFound:  # who has never worked here, or takes no contacts
            return Seat(agent=caller.agent, team=caller.team)

    def _demand_call(self, caller: Caller, tenant: TenantId, contact: ContactId, else_told: str) -> None:
        """That it is not there, or somebody else's, is told first."""
        standing = self._contacts.get(tenant, contact)
        if _is_call(standing):
            return
        if standing.agent != _agent(caller):
            raise SomebodyElses(standing)
        raise Conflict(else_told, state=standing.state.value)

    def _demand_nothing_open(self, caller: Caller) -> None:
        held = self._seat(caller).contacts
        keys = [(one.tenant, contact) for contact, one in held.items()]
        with_him = [one for one in self._contacts.get_many(keys) if one.state in OPEN - {State.OFFERED}]
        if with_him:
            raise Conflict(f"finish your open contacts first: {len(with_him)} of them", open=len(with_him))


def _is_call(contact: Contact) -> bool:
    """A message on tape is none: it is done with at the desk."""
    return contact.channel is Channel.VOICE and not contact.voicemail


def _agent(caller: Caller) -> AgentId:
    if not caller.agent:
        raise NotAllowed("you take no contacts")
    return caller.agent


def _status(text: str) -> Status:
    for status in _CHOSEN:
        if status.value == text:
            return status
    raise Invalid("status", f"{text!r} is not known", f"choose one of {', '.join(_CHOSEN)}")


def _outcome(client: Tenant, code: str) -> Disposition:
    outcome = client.disposition(code)
    if outcome is None:
        known = ", ".join(choice.code for choice in client.dispositions)
        raise Invalid("disposition", f"{code!r} is none of this client's" if code else "is missing", f"choose {known}")
    return outcome


def _demand_filled_in(outcome: Disposition, note: str, tags: Sequence[str]) -> None:
    if WrapUpField.NOTE in outcome.requires and not note.strip():
        raise Invalid("note", f"is empty, and {outcome.label!r} needs one", "write what was agreed")
    if WrapUpField.TAGS in outcome.requires and not tags:
        raise Invalid("tags", f"are missing, and {outcome.label!r} needs some", "write words, parted by commas")


def _demand_spoken_to(contact: Contact) -> None:
    if contact.state is State.OFFERED:
        raise Conflict("accept the contact first", state=contact.state.value)
    if contact.state is State.HELD and contact.channel is not Channel.VOICE:
        raise Conflict(_LAID_ASIDE, state=contact.state.value)
    if contact.state not in _SPOKEN_TO or contact.channel is Channel.VOICE:
        raise Conflict("nobody reads this any more", state=contact.state.value)
