"""What the desk asks of others, in its own words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from chalicelib.contacts.model.contact import Contact
    from chalicelib.contacts.model.conversation import Message
    from chalicelib.desk.model.board import Board, Presence
    from chalicelib.desk.model.card import Card
    from chalicelib.kernel.ids import AgentId, ContactId, TeamId, TenantId
    from chalicelib.outreach.model.about import About
    from chalicelib.outreach.model.appointment import Appointment
    from chalicelib.outreach.model.dispatch import Dispatch
    from chalicelib.tenancy.model.caller import Caller, Scope
    from chalicelib.tenancy.model.tenant import Tenant
    from chalicelib.tenancy.service.directory import Listing


class Clients(Protocol):
    def get(self, tenant: TenantId) -> Tenant: ...
    def listings(self, scope: Scope) -> list[Listing]: ...
    def asked(self, kind: str, text: str) -> Tenant | None: ...


class Recorder(Protocol):
    """What telephony records. `call` is what it calls the part of the call, `first` its very first part."""

    def pause(self, call: str, first: str) -> None:
        """Raises Unavailable."""
        ...

    def resume(self, call: str, first: str) -> None: ...

    def belongs(self, call: str, first: str) -> bool:
        """Whether it is a part of that very call. Raises Unavailable."""
        ...

    def part_now(self, call: str, first: str) -> str:
        """What that part is called by now: sent from queue to queue, it has a new name each time. Raises
        Unavailable."""
        ...


class Lines(Protocol):
    def goes_on(self, call: str) -> bool:
        """Whether somebody is still on the line, as telephony has it. Raises Unavailable."""
        ...


class Abouts(Protocol):
    def __call__(self, client: Tenant, contact: Contact) -> About | None:
        """Why we call; None for a contact that a customer began, or an agent of his own accord."""
        ...


class Names(Protocol):
    def __call__(self, agent: AgentId) -> str:
        """What people call him; his id where he works here no more."""
        ...


class Zones(Protocol):
    def __call__(self, number: str) -> tuple[str, ...]:
        """The time zones in which the number may be; none where that is not known."""
        ...


class Lists(Protocol):
    def listed(self, tenant: TenantId, number: str) -> bool:
        """Whether the number is on the do-not-call list of the client, or of the house."""
        ...


class Permission(Protocol):
    def may_call(self, client: Tenant, contact: Contact, now: datetime) -> None:
        """Raises Conflict, with the reason in words."""
        ...

    def note_call(self, client: Tenant, contact: Contact, now: datetime) -> None:
        """Counts it against the number's limits, once for each contact."""
        ...


class Appointments(Protocol):
    def make(
        self,
        client: Tenant,
        *,
        number: str,
        at: datetime,
        note: str,
        by: str,
        agent: str = "",
        previous: Contact | None = None,
        now: datetime,
    ) -> Appointment: ...
    def to_come(self, tenant: TenantId, by: str) -> list[Appointment]: ...
    def of(self, tenant: TenantId) -> list[Appointment]:
        """All that are to come, and those that were lately, in order of time."""
        ...

    def get(self, tenant: TenantId, id: str) -> Appointment: ...
    def cancel(self, tenant: TenantId, id: str, now: datetime) -> Appointment:
        """Raises Conflict where somebody calls already."""
        ...


class Dispatches(Protocol):
    def start(
        self, client: Tenant, source: Contact, *, ladder: str, message: str, by: str, now: datetime
    ) -> Dispatch: ...
    def of(self, contact: Contact) -> Dispatch | None: ...
    def cancel(self, tenant: TenantId, contact: ContactId, *, by: str, now: datetime) -> Dispatch: ...


class Tapes(Protocol):
    def fetch(self, where: str) -> bytes | None:
        """The recording that telephony put there; None when it is not there (any more). Raises TooLarge."""
        ...


class Drawing(Protocol):
    """The pieces of the desk's page as HTML. Everything that people wrote comes out as text."""

    policy: str  # what the whole page may load

    def page(self, board: Board) -> str: ...
    def board(self, board: Board) -> str: ...
    def card(self, card: Card) -> str:
        """Row, conversation and context; without messages the page keeps those that it shows."""
        ...

    def gone(self, contact: str, notice: str = "", presence: Presence | None = None) -> str: ...
    def presence(self, presence: Presence) -> str: ...
    def said(self, contact: str, message: Message) -> str: ...


class Socket(Protocol):
    def send(self, connection: str, payload: Mapping[str, Any]) -> bool:
        """False when nobody is at the other end any more."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentPage:
    agent: AgentId
    team: TeamId


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitorPage:
    tenant: TenantId
    contact: ContactId


Page = AgentPage | VisitorPage


class PageBook(Protocol):
    """Whose page is at the other end of a connection."""

    def write(self, connection: str, page: Page, now: datetime) -> None: ...
    def read(self, connection: str) -> Page | None: ...
    def strike(self, connection: str) -> Page | None: ...


class SignedIn(Protocol):
    def caller(self, sid: str, now: datetime) -> Caller | None:
        """Whose session this is; None once it is over."""
        ...


class Passes(Protocol):
    def redeem(self, ticket: str, now: datetime) -> Mapping[str, str]:
        """What the ticket opens. Raises NotSignedIn for one that opens nothing (any more)."""
        ...


class Visitors(Protocol):
    """The chat's side of the same socket: customers."""

    def connected(self, tenant: TenantId, contact: ContactId, connection: str, now: datetime) -> None: ...
    def disconnected(self, tenant: TenantId, contact: ContactId, connection: str, now: datetime) -> None: ...
    def typing(self, tenant: TenantId, contact: ContactId, by: str, now: datetime) -> bool: ...
