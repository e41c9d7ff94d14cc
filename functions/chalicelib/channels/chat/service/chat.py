"""A chat from the visitor's side: open it, write, read, leave.

Cost in requests to the database: a message is three (the contact, the latest messages, one transaction),
a look at the conversation two.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from chalicelib.channels.chat.model.opening import Opening, named, spoken
from chalicelib.channels.chat.model.outcome import Closed, Opened, TurnedAway
from chalicelib.channels.chat.model.view import Snapshot, ink_on, snapshot
from chalicelib.channels.chat.model.visit import SessionTokens, Visit, source_of, visit_of
from chalicelib.contacts.model.contact import Arrival, Contact, IllegalMove, State
from chalicelib.contacts.model.conversation import Draft, Message, Pace
from chalicelib.contacts.service import Contacts
from chalicelib.kernel.channel import Channel
from chalicelib.kernel.clock import stamp
from chalicelib.kernel.errors import Conflict, NotAllowed, NotFound
from chalicelib.routing.model.offer import Gone
from chalicelib.routing.model.terms import terms_of
from chalicelib.routing.service.router import Router
from chalicelib.tenancy.model.gate import Admitted, Refused, gate
from chalicelib.tenancy.model.tenant import Tenant

PACE = Pace(most=10, within_s=10)
_BEFORE_AN_AGENT = frozenset({State.ARRIVED, State.QUEUED, State.OFFERED})
_WITH_AN_AGENT = frozenset({State.CONNECTED, State.HELD})


class Directory(Protocol):
    def asked(self, kind: str, text: str) -> Tenant | None: ...


class Tickets(Protocol):
    def issue(self, holder: Mapping[str, str], now: datetime) -> str: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Widget:
    """What the frame shows before a word is said. `origins` may embed it, nobody else."""

    key: str
    name: str
    greeting: str
    language: str
    colour: str
    ink: str
    logo: str
    origins: tuple[str, ...]


class Chat:
    def __init__(
        self, *, directory: Directory, contacts: Contacts, router: Router, tokens: SessionTokens, tickets: Tickets
    ) -> None:
        self._directory = directory
        self._contacts = contacts
        self._router = router
        self._tokens = tokens
        self._tickets = tickets

    def widget(self, key: str, language: str = "") -> Widget | None:
        tenant = self._directory.asked("widget", key)
        if tenant is None:
            return None
        spoken_here = language if language in tenant.languages else tenant.language
        return Widget(
            key=key,
            name=tenant.name,
            greeting=tenant.say(tenant.greeting, spoken_here),
            language=spoken_here,
            colour=tenant.brand.colour,
            ink=ink_on(tenant.brand.colour),
            logo=tenant.brand.logo or "",
            origins=tenant.entry_points.origins(key),
        )

    def visit(self, token: str, now: datetime) -> Visit:
        """Whose chat the token opens. Raises NotSignedIn."""
        return self._tokens.open(token, now)

    def open(self, opening: Opening, now: datetime) -> Opened | TurnedAway | Closed:
        """Begins the chat, or takes it up again: the same session is the same chat.

        Every step is safe to repeat, so a request that broke off in the middle is finished by the next one.
        """
        tenant = self._tenant(opening)
        contact = self._arrive(tenant, opening, now)
        state = self._welcome(tenant, contact, opening, now) if contact.state is State.ARRIVED else contact.state
        admitted = gate(tenant, Channel.CHAT, opening.language)
        if state is State.REFUSED and isinstance(admitted, Refused):
            return TurnedAway(answer=admitted.answer)
        if state is State.SELF_SERVED and not tenant.is_open(now):
            return _closed(tenant, opening, now)
        visit = visit_of(contact)
        if now >= visit.until or state in {State.REFUSED, State.SELF_SERVED}:
            raise Conflict("this chat is over; start a new one", state=state.value)
        said = self._contacts.messages(contact.tenant, contact.contact)
        seen = snapshot(contact.contact, state, contact.version, said)
        return Opened(token=self._tokens.sign(visit), until=visit.until, snapshot=seen)

    def say(self, visit: Visit, client_id: str, text: str, now: datetime) -> Message:
        """Raises Conflict after the end, TooMany beyond the pace. The same `client_id` again is said once."""
        draft = Draft(by="customer", text=spoken(text), client_id=named(client_id))
        return self._contacts.say(self._contacts.get(visit.tenant, visit.contact), draft, now, PACE)

    def read(self, visit: Visit, after: int = 0) -> Snapshot:
        """What was said after number `after`, and where the chat stands."""
        contact = self._contacts.get(visit.tenant, visit.contact)
        said = self._contacts.messages(visit.tenant, visit.contact, after)
        return snapshot(visit.contact, contact.state, contact.version, said, after)

    def ticket(self, visit: Visit, now: datetime) -> str:
        """Opens one WebSocket, once, within seconds."""
        return self._tickets.issue({"kind": "chat", "tenant": visit.tenant, "contact": visit.contact}, now)

    def end(self, visit: Visit, now: datetime) -> None:
        """The visitor leaves. Asked again, or after the agent's end, it changes nothing."""
        contact = self._contacts.get(visit.tenant, visit.contact)
        if contact.state in _BEFORE_AN_AGENT:
            try:
                self._router.abandon(visit.tenant, visit.contact, "", now)
            except IllegalMove as moved:  # an agent took it in that very moment
                contact = moved.contact
        if contact.state in _WITH_AN_AGENT:
            self._contacts.end(visit.tenant, visit.contact, by="customer", now=now)

    def _tenant(self, opening: Opening) -> Tenant:
        tenant = self._directory.asked("widget", opening.key)
        if tenant is None:
            raise NotFound("widget", opening.key)
        # The frame's own requests carry our origin; which site embeds it, only the loader can say. What really
        # keeps others out is `frame-ancestors` on the frame.
        if opening.origin and opening.origin.lower() not in tenant.entry_points.origins(opening.key):
            raise NotAllowed("this site may not show the widget")
        return tenant

    def _arrive(self, tenant: Tenant, opening: Opening, now: datetime) -> Contact:
        arrival = Arrival(
            channel=Channel.CHAT,
            entry_point=opening.key,
            customer=opening.email,
            customer_name=opening.name.strip(),
            source_id=source_of(tenant.id, opening.session),
        )
        match gate(tenant, Channel.CHAT, opening.language):
            case Admitted():
                return self._contacts.open(tenant.id, arrival, now)
            case Refused(reason, tier):
                contact = self._contacts.refuse(tenant.id, arrival, reason.value, tier.value, now)
                if contact.state is State.REFUSED:
                    self._keep(contact, opening, "note", now)
                return contact

    def _welcome(self, tenant: Tenant, contact: Contact, opening: Opening, now: datetime) -> State:
        """The first words are kept before anyone is asked, so that the agent sees them with the offer."""
        self._keep(contact, opening, "text", now)
        if not tenant.is_open(now):
            return self._contacts.serve(tenant.id, contact.contact, "closed", now).state
        language = opening.language if opening.language in tenant.languages else ""
        outcome = self._router.enqueue(contact, terms_of(tenant, Channel.CHAT, language=language), now=now)
        return outcome.state if isinstance(outcome, Gone) else State.QUEUED

    def _keep(self, contact: Contact, opening: Opening, kind: str, now: datetime) -> None:
        if opening.text:
            draft = Draft(by="customer", kind=kind, text=spoken(opening.text), client_id="opening")
            self._contacts.say(contact, draft, now)


def _closed(tenant: Tenant, opening: Opening, now: datetime) -> Closed:
    opens_at = tenant.next_change(now)
    return Closed(
        answer=tenant.closed_answer(Channel.CHAT, opening.language),
        mailbox=next(iter(tenant.entry_points.mailboxes), ""),
        opens_at=stamp(opens_at) if opens_at is not None else "",
    )
