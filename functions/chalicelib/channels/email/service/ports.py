"""What the mail services lean on; stores and brands fit these."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol

from chalicelib.kernel.ids import ContactId, TenantId
from chalicelib.tenancy.model.tenant import Tenant


@dataclass(frozen=True, slots=True)
class Fetched:
    """`content` is the whole file where `size` is within the limit that was asked for, else its beginning."""

    size: int
    content: bytes = field(repr=False)


class Files(Protocol):
    def fetch(self, key: str, most: int) -> Fetched | None: ...
    def put(self, key: str, content: bytes, media_type: str) -> None: ...
    def move(self, key: str, to: str) -> None:
        """Moving what has been moved is silence."""
        ...


class Directory(Protocol):
    def asked(self, kind: str, address: str) -> Tenant | None: ...
    def get(self, tenant: TenantId) -> Tenant: ...


@dataclass(frozen=True, slots=True)
class Sent:
    message_id: str  # with its angle brackets, as the customer's answer will name it


@dataclass(frozen=True, slots=True)
class Rejected:
    """For ever: sending it again would be rejected again."""

    why: str


class Post(Protocol):
    """Raises Unavailable where trying again later may help."""

    def send(self, sender: str, to: Sequence[str], raw: bytes) -> Sent | Rejected: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """What a letter looks like besides its words."""

    client: str
    colour: str
    language: str
    signature: str = ""
    legal_footer: str = ""


class Letterhead(Protocol):
    def text(self, words: str, style: Style) -> str: ...
    def html(self, words: str, style: Style) -> str: ...


@dataclass(frozen=True, slots=True)
class Yours:
    """Send it: nobody has, and nobody else is about to."""


@dataclass(frozen=True, slots=True)
class Done:
    outcome: Sent | Rejected


@dataclass(frozen=True, slots=True)
class Busy:
    """Somebody began a moment ago, and may have died since: come back later."""


class Marks(Protocol):
    def may_answer(self, tenant: TenantId, customer: str, day: date, contact: ContactId, now: datetime) -> bool:
        """True for the first contact of a customer on that day, however often it asks."""
        ...

    def begin(self, tenant: TenantId, contact: ContactId, n: int, now: datetime) -> Yours | Done | Busy: ...
    def finish(self, tenant: TenantId, contact: ContactId, n: int, outcome: Sent | Rejected, now: datetime) -> None: ...
