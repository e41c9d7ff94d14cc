"""Who is asking, and whose affairs they may see: the one place where tenant scope is decided."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from chalicelib.kernel.errors import NotAllowed, NotFound
from chalicelib.kernel.ids import AgentId, TeamId, TenantId
from chalicelib.kernel.signature import Signature


class Role(StrEnum):
    OPERATOR = "operator"
    SUPERVISOR = "supervisor"
    AGENT = "agent"
    CLIENT = "client"
    FINANCE = "finance"


@dataclass(frozen=True, slots=True)
class Scope:
    """The tenants that a caller may name: some, or (`tenants` is None) every one of the operator's."""

    tenants: frozenset[TenantId] | None

    @classmethod
    def of(cls, tenants: Iterable[str]) -> Scope:
        return cls(frozenset(TenantId(tenant) for tenant in tenants))

    @classmethod
    def everyone(cls) -> Scope:
        return cls(None)

    def open(self, tenant: str) -> TenantId:
        """The tenant that the text names. Raises NotFound outside the scope: who may not see it learns nothing."""
        if self.tenants is not None and tenant not in self.tenants:
            raise NotFound("tenant", tenant)
        return TenantId(tenant)


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """A signed-in person. `agent` and `team` are empty for those who take no contacts."""

    user: str
    role: Role
    name: str
    scope: Scope
    agent: AgentId = AgentId("")
    team: TeamId = TeamId("")

    @property
    def signature(self) -> str:
        """How the caller signs what is kept."""
        return str(Signature(self.name or self.user, self.user))

    def demand(self, roles: Iterable[Role]) -> None:
        if self.role not in roles:
            raise NotAllowed(f"this is not for the role {self.role.value}")

    def as_context(self) -> dict[str, str]:
        """What the authorizer hands to the doors: API Gateway carries text only."""
        tenants = "*" if self.scope.tenants is None else json.dumps(sorted(self.scope.tenants))
        return {
            "user": self.user,
            "role": self.role.value,
            "name": self.name,
            "agent": self.agent,
            "team": self.team,
            "tenants": tenants,
        }

    @staticmethod
    def from_context(context: Mapping[str, Any]) -> Caller:
        tenants = context["tenants"]
        return Caller(
            user=context["user"],
            role=Role(context["role"]),
            name=context["name"],
            scope=Scope.everyone() if tenants == "*" else Scope.of(json.loads(tenants)),
            agent=AgentId(context.get("agent", "")),
            team=TeamId(context.get("team", "")),
        )
