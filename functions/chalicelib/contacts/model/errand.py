"""What an agent wants of the telephone, told at his desk before his telephone asks for it.

The telephone itself knows one way to transfer and one to dial; whom to, the flow asks for when it gets there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from chalicelib.kernel.clock import instant, second, stamp
from chalicelib.kernel.ids import AgentId, ContactId, TenantId

ERRAND_S = 60  # until then the telephone has asked, or the agent has thought better of it


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferErrand:
    """The customer of this contact is to be put through to somebody else."""

    tenant: TenantId
    contact: ContactId
    agent: AgentId  # who has the customer now
    to: str  # agent:<id>, team:<id> or number:<E.164>
    note: str = ""  # for who answers
    warm: bool = False  # the agent speaks first with whom he called
    until: datetime

    def as_item(self) -> dict[str, Any]:
        return asdict(self) | _ends(self.until)

    @staticmethod
    def from_item(item: Mapping[str, Any]) -> TransferErrand:
        return TransferErrand(
            tenant=TenantId(item["tenant"]),
            contact=ContactId(item["contact"]),
            agent=AgentId(item["agent"]),
            to=item["to"],
            note=item["note"],
            warm=item["warm"],
            until=instant(item["until"]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DialErrand:
    """The agent calls a customer: the contact is open, and his seat is kept for it."""

    tenant: TenantId
    contact: ContactId
    agent: AgentId
    number: str
    caller_id: str  # which of the client's numbers the customer sees
    until: datetime

    def as_item(self) -> dict[str, Any]:
        return asdict(self) | _ends(self.until)

    @staticmethod
    def from_item(item: Mapping[str, Any]) -> DialErrand:
        return DialErrand(
            tenant=TenantId(item["tenant"]),
            contact=ContactId(item["contact"]),
            agent=AgentId(item["agent"]),
            number=item["number"],
            caller_id=item["caller_id"],
            until=instant(item["until"]),
        )


Errand = TransferErrand | DialErrand


def _ends(until: datetime) -> dict[str, Any]:
    """The table forgets it some time after it has run out; whether it still holds is decided by the clock alone."""
    return {"until": stamp(until), "expires": second(until)}
