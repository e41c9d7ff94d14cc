"""What calls need of the other planes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from chalicelib.channels.voice.model.agent_event import AgentEvent, Note
from chalicelib.channels.voice.model.record import ContactRecord
from chalicelib.contacts.model.contact import Arrival, Contact
from chalicelib.contacts.model.conversation import Draft
from chalicelib.contacts.model.errand import DialErrand, TransferErrand
from chalicelib.kernel.ids import AgentId, ContactId, TenantId
from chalicelib.outreach.model.dispatch import Attempt, Dispatch
from chalicelib.routing.model.line import Line, Waiting
from chalicelib.routing.model.offer import Outcome as Standing
from chalicelib.routing.model.offer import Place
from chalicelib.routing.model.terms import Terms
from chalicelib.tenancy.model.tenant import Tenant
from chalicelib.workforce.model import Agent


class Directory(Protocol):
    def asked(self, kind: str, text: str) -> Tenant | None: ...


class Clients(Directory, Protocol):
    def get(self, tenant: TenantId) -> Tenant: ...


class Staff(Protocol):
    def agent(self, agent: AgentId) -> Agent: ...


class Lines(Protocol):
    def heads(self, line: Line, limit: int) -> tuple[Waiting, ...]: ...


class Subject(StrEnum):
    """What the client's own system is asked about: the same word is the question's, the step's and our texts'."""

    ORDER = "order"
    ACCOUNT = "account"


@dataclass(frozen=True, slots=True)
class Found:
    """What the client's own system says of a number: `status` is read out, `note` is for the agent's eyes."""

    status: str
    note: str = ""


class NoSuchNumber(Exception):
    """The client's own system knows nothing by that number."""


class NoAnswer(Exception):
    """The client's system is not there, too slow, or says what cannot be read out."""


class Lookups(Protocol):
    """A client's own system, which knows orders or accounts by their number."""

    def look_up(
        self, tenant: Tenant, subject: Subject, number: str, *, caller: str, contact: ContactId, now: datetime
    ) -> Found:
        """Raises NoSuchNumber or NoAnswer."""
        ...


class OnCall(Protocol):
    """An urgent message on its way to whoever is on call for a client."""

    def on_the_line(
        self, tenant: TenantId, contact: ContactId, *, call: str, number: str, n: int, now: datetime
    ) -> tuple[Dispatch, Attempt] | None:
        """None for whoever we did not call at that number."""
        ...

    def acknowledge(
        self, tenant: TenantId, contact: ContactId, *, who: str, how: str, now: datetime, n: int = 0
    ) -> Dispatch:
        """As it stands: taken by `who`, by somebody before, or over in another way."""
        ...

    def pass_on(self, tenant: TenantId, contact: ContactId, n: int, now: datetime) -> Dispatch: ...


class Tried(Protocol):
    """Who is told that a call to somebody on call is over."""

    def over(self, call: str, now: datetime, *, at: datetime, answered: bool) -> str:
        """As an event says, which may not know whose call it was."""
        ...

    def call_over(
        self, tenant: TenantId, contact: ContactId, call: str, now: datetime, *, at: datetime, answered: bool
    ) -> str:
        """As a record says, of a call that we may not have written down."""
        ...


class Taped(Protocol):
    def on_tape(self, client: Tenant, source: Contact, now: datetime) -> object:
        """A message was left: where the client wants that, it goes to whoever is on call. Told twice, done once."""
        ...


class Tapes(Protocol):
    """What telephony recorded, where it put it."""

    def keep(self, where: str, days: int) -> None:
        """Writes on a recording after how many days it is deleted. What is written there already stays. Raises
        NotFound where it is not there (yet)."""
        ...


class Contacts(Protocol):
    def get(self, tenant: TenantId, contact: ContactId) -> Contact: ...
    def open(self, tenant: TenantId, arrival: Arrival, now: datetime) -> Contact: ...
    def refuse(self, tenant: TenantId, arrival: Arrival, reason: str, tier: str, now: datetime) -> Contact: ...
    def serve(self, tenant: TenantId, contact: ContactId, topic: str, now: datetime) -> Contact: ...
    def end(self, tenant: TenantId, contact: ContactId, *, by: str, now: datetime, why: str = "") -> Contact: ...
    def dialled(
        self,
        tenant: TenantId,
        contact: ContactId,
        *,
        to: str,
        call: str,
        now: datetime,
        agent: str = "",
        offered: bool = False,
    ) -> Contact: ...


class Legs(Contacts, Protocol):
    """What the steps of a call ask of contacts beside that."""

    def transfer_errand(self, tenant: TenantId, contact: ContactId, now: datetime) -> TransferErrand | None: ...
    def dial_errand(self, agent: AgentId, now: datetime) -> DialErrand | None: ...
    def read_out(self, tenant: TenantId, contact: ContactId, topic: str, now: datetime) -> Contact: ...
    def transferred(
        self, tenant: TenantId, contact: ContactId, *, agent: str, to: str, leg: ContactId, now: datetime
    ) -> Contact: ...
    def looked_up(
        self, tenant: TenantId, contact: ContactId, *, what: str, found: str, now: datetime, id: str = ""
    ) -> Contact: ...
    def say(self, contact: Contact, draft: Draft, now: datetime) -> object: ...
    def ask_callback(
        self, tenant: TenantId, contact: ContactId, *, number: str, attempts: int, retry_s: int, now: datetime
    ) -> Contact: ...
    def close(self, tenant: TenantId, contact: ContactId, now: datetime, why: str = "") -> Contact: ...
    def rate(self, tenant: TenantId, contact: ContactId, *, score: int, now: datetime) -> Contact: ...


class Router(Protocol):
    def enqueue(self, contact: Contact, terms: Terms, *, now: datetime) -> Standing: ...
    def poll(self, tenant: TenantId, contact: ContactId, now: datetime) -> Standing: ...
    def accept(
        self, tenant: TenantId, contact: ContactId, *, now: datetime, agent: str = "", offer: str = ""
    ) -> Contact: ...
    def take(
        self, tenant: TenantId, contact: ContactId, agent: AgentId, now: datetime, terms: Terms | None = None
    ) -> Contact: ...
    def not_reached(self, tenant: TenantId, contact: ContactId, now: datetime, *, id: str) -> Contact: ...
    def abandon(
        self, tenant: TenantId, contact: ContactId, where: str, now: datetime, by: str = "customer"
    ) -> Contact: ...


class Booked(Protocol):
    @property
    def id(self) -> str: ...


class Appointments(Protocol):
    """Calls that were promised for an instant."""

    def make(
        self,
        client: Tenant,
        *,
        number: str,
        at: datetime,
        note: str,
        by: str,
        previous: Contact | None,
        now: datetime,
    ) -> Booked:
        """Asked again for the same number and instant, it is the same one. Raises Conflict where that number must not
        be called, Invalid where nobody can be called there or then."""
        ...

    def cancel(self, tenant: TenantId, id: str, now: datetime) -> object:
        """Nobody is called then. Raises NotFound, and Conflict where somebody is being called."""
        ...


class Switchboard(Protocol):
    """What the steps of a call ask of routing."""

    def enqueue(self, contact: Contact, terms: Terms, *, now: datetime, prefer: AgentId | str = "") -> Standing: ...
    def poll(self, tenant: TenantId, contact: ContactId, now: datetime) -> Standing: ...
    def place(self, tenant: TenantId, contact: ContactId, now: datetime) -> Place | None: ...
    def abandon(self, tenant: TenantId, contact: ContactId, where: str, now: datetime) -> Contact: ...
    def serve(self, tenant: TenantId, contact: ContactId, topic: str, now: datetime) -> Contact: ...


class Kept(StrEnum):
    """What became of a contact record."""

    NEW = "new"
    NEWER = "newer"  # it took the place of an older one
    REPEATED = "repeated"
    STALE = "stale"  # a newer one is here


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A chain is to be looked at; `since` is when the waiting for it began."""

    at: datetime
    initial: str
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What was found of one leg. `report`: it is worth telling a person, and was not told before."""

    contact: str  # ours; empty where nobody knows whose call it was
    told: Mapping[str, Any]
    report: bool


class Records(Protocol):
    def keep(self, record: ContactRecord, due: datetime, now: datetime) -> Kept: ...
    def chain(self, initial: str) -> dict[str, ContactRecord]: ...
    def due(self, now: datetime, most: int) -> list[Due]: ...
    def found(self, initial: str) -> Mapping[str, Mapping[str, Any]]: ...
    def settle(self, due: Due, findings: Sequence[Finding], now: datetime, again: datetime | None = None) -> None: ...


class Aside(Protocol):
    def lay_aside(self, stream: str, place: str, reason: str, raw: str, now: datetime) -> None: ...


class Notes(Protocol):
    def hear(self, event: AgentEvent, now: datetime) -> bool: ...
    def note(self, event: AgentEvent, note: Note, now: datetime) -> bool: ...


class Topic(Protocol):
    def publish(self, messages: Sequence[tuple[Mapping[str, Any], Mapping[str, str]]]) -> None: ...
