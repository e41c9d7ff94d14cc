"""What the desk asks of others, in its own words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from chalicelib.contacts.model.conversation import Message
    from chalicelib.desk.model.board import Board, Presence
    from chalicelib.desk.model.card import Card
    from chalicelib.kernel.ids import AgentId, ContactId, TeamId, TenantId
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
