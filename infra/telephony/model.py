"""Numbers as the service holds them, and as a client has them in its configuration."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

TENANT_TAG = "tenantId"  # also what AWS splits its bill by
STAGE_TAG = "stage"
_STACK_TAGS = "aws:cloudformation:"


class Status(StrEnum):
    """PhoneNumberWorkflowStatus."""

    CLAIMED = "CLAIMED"
    IN_PROGRESS = "IN_PROGRESS"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What kind of number is wanted. `prefix` with + and country code, like +1512; empty for any."""

    country: str
    type: str
    prefix: str = ""

    def __str__(self) -> str:
        return f"{self.country} {self.type} number" + (f" under {self.prefix}" if self.prefix else "")

    def fits(self, number: Held) -> bool:
        return (number.country, number.type) == (self.country, self.type) and number.phone.startswith(self.prefix)


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A number of the instance. `flow` is the id of the flow that answers it; empty while none does."""

    id: str
    arn: str
    phone: str
    country: str
    type: str
    status: Status
    why: str = ""  # where it failed
    tags: Mapping[str, str] = field(default_factory=dict)
    flow: str = ""

    @property
    def tenant(self) -> str:
        """Whom it was claimed for; empty where nobody said."""
        return self.tags.get(TENANT_TAG, "")

    @property
    def of_stack(self) -> bool:
        """A deployment claimed it, and would miss it."""
        return any(key.startswith(_STACK_TAGS) for key in self.tags)

    def ready(self, flow: str) -> bool:
        return self.status is Status.CLAIMED and self.flow == flow


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """The live configurations, as far as numbers go: client → its phones."""

    phones: Mapping[str, Sequence[str]]

    def knows(self, tenant: str) -> bool:
        return tenant in self.phones

    def owner(self, phone: str) -> str:
        """Who answers when it is called; empty: nobody, and the caller is told that the number is unknown."""
        return next((tenant for tenant, phones in self.phones.items() if phone in phones), "")

    def line(self, tenant: str, phone: str) -> str:
        """The line of the client's file that would make the number live."""
        phones = dict.fromkeys((*self.phones.get(tenant, ()), phone))
        return f"phones = {json.dumps(list(phones))}"  # a list of plain texts is the same in TOML
