"""A call that was promised for a moment to come."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from chalicelib.kernel.clock import instant, stamp
from chalicelib.kernel.ids import AgentId, ContactId, TenantId, digest

AHEAD = timedelta(days=90)
KEPT = timedelta(days=30)  # after it is over
MOST_NOTE = 500  # characters
ATTEMPTS, RETRY_S = 2, 900  # where the client has no terms for callbacks
CANCELLED = "cancelled"


class AppointmentState(StrEnum):
    WAITING = "waiting"
    OUT = "out"  # a contact of it waits for an agent, or is with one
    DONE = "done"


@dataclass(frozen=True, slots=True, kw_only=True)
class Appointment:
    """`at` is what was promised, `next_at` when it is tried (again). `agent` is whom the customer wants, if anybody.
    `attempts` and `turns` are as those of a person of a campaign; promised anew after it is over, it has one turn more:
    a contact is never opened twice."""

    id: str
    tenant: TenantId
    number: str
    at: datetime
    zones: tuple[str, ...]
    name: str = ""
    note: str = ""
    by: str = ""  # who made it
    agent: AgentId = AgentId("")
    previous: ContactId = ContactId("")  # in which it was promised
    thread: str = ""
    state: AppointmentState = AppointmentState.WAITING
    next_at: str = ""
    attempts: int = 0
    most: int = ATTEMPTS
    retry_s: int = RETRY_S
    turns: int = 0
    contact: ContactId = ContactId("")
    outcome: str = ""
    made_at: str = ""
    agenda: str = ""  # the stamp of its place there

    @property
    def source_id(self) -> str:
        return f"appointment:{self.id}:{self.turns}"

    def taken(self, contact: ContactId) -> Appointment:
        return replace(self, state=AppointmentState.OUT, contact=contact, next_at="")

    def again(self, at: datetime) -> Appointment:
        return replace(self, state=AppointmentState.WAITING, next_at=stamp(at))

    def over(self, outcome: str) -> Appointment:
        return replace(self, state=AppointmentState.DONE, next_at="", outcome=outcome)

    def called(self) -> Appointment:
        return replace(self, attempts=self.attempts + 1)

    def as_item(self) -> dict[str, Any]:
        item = {name: getattr(self, name) for name in self.__slots__}
        item |= {"at": stamp(self.at), "state": self.state.value, "zones": list(self.zones)}
        return {name: value for name, value in item.items() if value or isinstance(value, int)}

    @staticmethod
    def from_item(item: Mapping[str, Any]) -> Appointment:
        known = {name: item[name] for name in Appointment.__slots__ if name in item}
        more = {"at": instant(item["at"]), "state": AppointmentState(item["state"]), "zones": tuple(item["zones"])}
        return Appointment(**{**known, **more})

    def as_json(self) -> dict[str, Any]:
        """As lists show it."""
        return {
            "id": self.id,
            "number": self.number,
            "name": self.name,
            "at": stamp(self.at),
            "note": self.note,
            "by": self.by,
            "agent": self.agent,
            "state": self.state.value,
            "next_at": self.next_at,
            "attempts": self.attempts,
            "most": self.most,
            "outcome": self.outcome,
            "contact": self.contact or self.previous,
        }


def appointment_id(tenant: TenantId, number: str, at: datetime) -> str:
    """Promised twice for one moment, it is one promise."""
    return digest("appointment", tenant, number, stamp(at))
