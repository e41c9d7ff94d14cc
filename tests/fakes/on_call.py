"""The ways to somebody on call: what rang, and what was sent. The same token is the same call, text or mail."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from chalicelib.aws.table import Database
from chalicelib.contacts.model.contact import Contact
from chalicelib.contacts.service import Contacts
from chalicelib.contacts.store import ContactStore
from chalicelib.kernel.errors import Conflict, Unavailable
from chalicelib.kernel.ids import ContactId, TenantId
from chalicelib.outreach.model.letters import Letter
from chalicelib.outreach.model.link import LinkTokens
from chalicelib.outreach.service.dispatches import Dispatches
from chalicelib.outreach.service.ways import Ways
from chalicelib.outreach.store.dispatches import DispatchStore
from chalicelib.tenancy.model.tenant import Tenant

KEY = b"k" * 32
SITE = "https://desk.example"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rang:
    call: str
    number: str
    caller_id: str
    attributes: Mapping[str, str]


@dataclass
class Carrier:
    """Telephone, texts and mails in one. `dead` names what does not answer; `lost` what does its work and then fails
    to say so."""

    rang: list[Rang] = field(default_factory=list)
    texted: list[tuple[str, str]] = field(default_factory=list)
    mailed: list[tuple[str, str, Letter]] = field(default_factory=list)
    dead: set[str] = field(default_factory=set)
    lost: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)  # never taken
    failed: list[Exception] = field(default_factory=list)  # what nobody had foreseen
    hushed: list[str] = field(default_factory=list)  # calls that were to ring no more
    placed: dict[str, str] = field(default_factory=dict)  # token → the call's id

    def call(self, *, number: str, caller_id: str, flow: str, attributes: Mapping[str, str], token: str) -> str:
        self._alive("voice")
        if token not in self.placed:
            self.placed[token] = f"call-{len(self.placed) + 1}-{token[:6]}"
            self.rang.append(
                Rang(call=self.placed[token], number=number, caller_id=caller_id, attributes=dict(attributes))
            )
        self._said("voice")
        return self.placed[token]

    def hush(self, call: str) -> None:
        self._alive("hush")
        self.hushed.append(call)

    def sent_text(self, number: str, text: str) -> str:
        self._alive("sms")
        self.texted.append((number, text))
        return f"text-{len(self.texted)}"

    def sent_mail(self, sender: str, name: str, to: str, letter: Letter, token: str) -> str:
        self._alive("email")
        self.mailed.append((sender, to, letter))
        return f"mail-{len(self.mailed)}"

    def _alive(self, way: str) -> None:
        if way in self.refused:
            raise Conflict(way)
        if way in self.dead:
            raise Unavailable(way)

    def _said(self, way: str) -> None:
        if way in self.lost:
            raise Unavailable(way)

    @property
    def ways(self) -> Ways:
        return Ways(
            telephone=self,
            texts=_Texts(self),
            mails=_Mails(self),
            house_sender="on-call@mail.manyline.example",
            site=lambda: SITE,
        )


@dataclass(frozen=True, slots=True)
class _Texts:
    carrier: Carrier

    def send(self, number: str, text: str) -> str:
        return self.carrier.sent_text(number, text)


@dataclass(frozen=True, slots=True)
class _Mails:
    carrier: Carrier

    def send(self, sender: str, name: str, to: str, letter: Letter, token: str) -> str:
        return self.carrier.sent_mail(sender, name, to, letter, token)


def on_call(database: Database, carrier: Carrier | None = None, contacts: Contacts | None = None) -> Dispatches:
    told = contacts or Contacts(ContactStore(database))
    reaching = carrier or Carrier()
    return Dispatches(
        DispatchStore(database),
        told,
        lambda: LinkTokens(KEY),
        reaching.ways,
        lambda _, error: reaching.failed.append(error),
    )


class NobodyOnCall:
    """For houses whose clients have nobody on call."""

    def over(self, call: str, now: datetime, *, at: datetime, answered: bool) -> str:
        return "unknown_call"

    def call_over(
        self, tenant: TenantId, contact: ContactId, call: str, now: datetime, *, at: datetime, answered: bool
    ) -> str:
        raise AssertionError("no such call was made")

    def on_tape(self, client: Tenant, source: Contact, now: datetime) -> None:
        return None
