"""A cost run: the costs of a period, shared out, with the margins that follow. It never changes.

A later run of the period replaces it by naming it; both stay. The id follows from what a run says and replaces.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from chalicelib.billing.model.agent_time import AgentTime
from chalicelib.billing.model.cost.allocation import (
    METHOD_VERSION,
    Allocated,
    Kind,
    as_documents,
    digest,
    digest_of,
)
from chalicelib.billing.model.cost.margin import Earned, ProfitAndLoss
from chalicelib.billing.model.cost.shares import Policies
from chalicelib.kernel.clock import stamp
from chalicelib.kernel.errors import Invalid
from chalicelib.kernel.ids import AgentId, TenantId
from chalicelib.kernel.money import exponent


@dataclass(frozen=True, slots=True, kw_only=True)
class Time:
    """Of all agents together; `login` is the sum of the others."""

    login: int = 0
    contacts: int = 0
    dedicated: int = 0  # dedicated agents' time without a contact
    idle: int = 0
    pauses: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, time: AgentTime) -> Time:
        return cls(
            login=time.login,
            contacts=time.occupied,
            dedicated=sum(time.seats.values()),
            idle=time.idle,
            pauses=time.pauses,
        )

    def as_document(self) -> dict[str, Any]:
        return {
            "login": self.login,
            "contacts": self.contacts,
            "dedicated": self.dedicated,
            "idle": self.idle,
            "pauses": dict(self.pauses),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class AllocationRun:
    label: str
    zone: str
    first_day: date
    last_day: date
    until: datetime  # what happened before this instant is in it
    complete: bool
    policies: Policies
    allocated: tuple[Allocated, ...]
    earned: tuple[Earned, ...]
    result: ProfitAndLoss
    time: Time
    without_pay: tuple[AgentId, ...] = ()  # worked, and nobody said what they cost
    replaces: str = ""
    made_at: datetime | None = None  # None: computed, and not written down

    def __post_init__(self) -> None:
        """Raises Invalid where the run does not add up; each origin was checked when it was made."""
        names = [one.origin.id for one in self.allocated]
        if len(set(names)) != len(names):
            raise Invalid("origins", "one stands twice", "nothing was written; compute the run again")
        for kind, borne in self._borne().items():
            single = {one.origin.cost.currency for one in self.allocated if one.origin.kind is kind}
            whole = sum(one.origin.cost.minor for one in self.allocated if one.origin.kind is kind)
            if single == {self.result.home} and borne != whole:
                raise Invalid(kind.value, f"margins bear {borne} of {whole}", "nothing was written; compute it again")

    def _borne(self) -> dict[Kind, int]:
        total = self.result.total
        return {Kind.LABOUR: total.labour, Kind.DIRECT: total.direct, Kind.OVERHEAD: total.overhead}

    @property
    def content(self) -> str:
        """The same for two runs that say the same."""
        said = [
            {"tenant": one.tenant, "document": one.document, "currency": one.currency, "net": dict(one.net)}
            for one in self.earned
        ]
        margins = [row.as_document() for row in self.result.rows]
        return digest_of(self.allocated, self.label, stamp(self.until), self.policies.method, said, margins)

    @property
    def id(self) -> str:
        return digest(self.content, self.replaces)

    def rows_of(self, tenant: TenantId | None = None) -> list[dict[str, Any]]:
        """The allocation rows, each with its origin and this run; of one client, or all."""
        run = self.id
        return [
            {"run": run, **row}
            for one in self.allocated
            for row in as_documents(one)
            if tenant is None or row["tenant"] == tenant
        ]

    def as_document(self) -> dict[str, Any]:
        """All but the rows."""
        home, content = self.result.home, self.content
        return {
            "run": {
                "id": digest(content, self.replaces),
                "content": content,
                "replaces": self.replaces or None,
                "made_at": stamp(self.made_at) if self.made_at else None,
                "origins": len(self.allocated),
                "rows": sum(len(one.rows) for one in self.allocated),
            },
            "period": {
                "label": self.label,
                "zone": self.zone,
                "first_day": self.first_day.isoformat(),
                "last_day": self.last_day.isoformat(),
                "until": stamp(self.until),
                "complete": self.complete,
            },
            "policy": {
                "idle": self.policies.idle.value,
                "shrinkage": self.policies.shrinkage.value,
                "method": self.policies.method,
                "method_version": METHOD_VERSION,
            },
            "currency": {"code": home, "exponent": exponent(home)},
            "exchange": [rate.as_document() for rate in self.result.rates],
            "time": self.time.as_document(),
            "without_pay": list(self.without_pay),
            "revenue": [
                {"tenant": one.tenant, "document": one.document, "currency": one.currency, "net": sum(one.net.values())}
                for one in self.earned
            ],
            "clients": [row.as_document() for row in self.result.clients()],
            "margins": [row.as_document() for row in self.result.rows],
            "total": self.result.total.as_document(),
        }
