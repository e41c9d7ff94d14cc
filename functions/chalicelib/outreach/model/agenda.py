"""What is to be done at a moment to come: a campaign goes on, somebody was promised a call, the next on call is tried.

An entry says when, and whose; what is to be done then, the thing itself knows. Who has done it strikes the entry, or
moves it to the next moment, in the transaction in which it is done: so nothing is done twice, and nothing forgotten.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from chalicelib.kernel.clock import instant, stamp
from chalicelib.kernel.ids import TenantId


class Kind(StrEnum):
    """In the order in which they are done: nobody on call waits for a campaign."""

    DISPATCH = "dispatch"
    APPOINTMENT = "appointment"
    CAMPAIGN = "campaign"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """`id` is the campaign's name, or the id of the appointment or the dispatch."""

    at: datetime
    kind: Kind
    tenant: TenantId
    id: str

    def moved(self, at: datetime) -> Entry:
        return replace(self, at=at)

    @property
    def place(self) -> str:
        """In the order of time."""
        return f"{stamp(self.at)}#{self.kind}#{self.tenant}#{self.id}"

    def as_item(self) -> dict[str, Any]:
        return {"at": stamp(self.at), "kind": self.kind.value, "tenant": self.tenant, "id": self.id}

    @staticmethod
    def from_item(item: Mapping[str, Any]) -> Entry:
        return Entry(
            at=instant(item["at"]), kind=Kind(item["kind"]), tenant=TenantId(item["tenant"]), id=str(item["id"])
        )
