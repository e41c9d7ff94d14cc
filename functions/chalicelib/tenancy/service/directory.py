"""Who is asked? From an address, or from an id, to the client company."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

from chalicelib.kernel.errors import NotFound
from chalicelib.kernel.ids import TeamId, TenantId
from chalicelib.tenancy.model.address import Address, address
from chalicelib.tenancy.model.caller import Scope
from chalicelib.tenancy.model.routing import Routing
from chalicelib.tenancy.model.standing import AS_CONFIGURED, Standing
from chalicelib.tenancy.model.tenant import Status, Tenant
from chalicelib.tenancy.model.tier import Tier

_MOST_KEPT = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A client as a list shows it."""

    tenant: TenantId
    name: str
    tier: Tier
    status: Status
    team: TeamId
    colour: str
    routing: Routing = field(default_factory=Routing)
    budget: bool = False  # it means to spend so much a month, and no more

    @property
    def id(self) -> TenantId:
        return self.tenant

    @property
    def team_id(self) -> TeamId:
        return self.team


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """The configuration that held from `effective` on, until the next version's."""

    effective: datetime
    revision: int
    tenant: Tenant
    standing: Standing = AS_CONFIGURED
    by: str = ""  # who changed the plan; empty where a file was applied

    @property
    def switched(self) -> bool:
        """Its plan was chosen, not applied from a file."""
        return bool(self.by)

    def at(self, now: datetime) -> Tenant:
        """The client as its contacts find it at that instant."""
        return self.standing.at(self.tenant, now)


class Store(Protocol):
    def asked(self, address: Address) -> Version | None: ...
    def current(self, tenant: TenantId) -> Version | None: ...
    def versions(self, tenant: TenantId) -> list[Version]: ...
    def listings(self) -> list[Listing]: ...


class Directory:
    """Answers are kept in this process for `max_age_s` seconds of `tick`, a clock that never goes back.

    So a change of a configuration is felt everywhere after that time at the latest. That something is
    unknown is never kept: a new address works at once. What is dated (a change of plan to come, the end of a cap) is
    kept with its date, and holds from that instant of `clock` on without a read.
    """

    def __init__(
        self,
        store: Store,
        tick: Callable[[], float],
        max_age_s: float = 15,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._store = store
        self._tick = tick
        self._clock = clock
        self._max_age_s = max_age_s
        self._kept: dict[object, tuple[float, Any]] = {}

    def asked(self, kind: str, text: str) -> Tenant | None:
        """The client at this address (`kind` is phone, mailbox or widget). None if it is nobody's."""
        known = address(kind, text)
        version = self._keep(known, lambda: self._store.asked(known)) if known is not None else None
        return version.at(self._clock()) if version is not None else None

    def get(self, tenant: TenantId) -> Tenant:
        version = self._keep(tenant, lambda: self._store.current(tenant))
        if version is None:
            raise NotFound("tenant", tenant)
        return version.at(self._clock())  # type: ignore[no-any-return]

    def versions(self, tenant: TenantId) -> list[Version]:
        """The whole history, the oldest first; never empty. A change that has come is in it, written down or not."""
        versions = self._store.versions(tenant)
        current = self._store.current(tenant)
        if not versions or current is None:
            raise NotFound("tenant", tenant)
        coming = current.standing.next
        if coming is not None and coming.due <= self._clock():
            after = coming.of(current.tenant)
            versions.append(Version(effective=coming.due, revision=current.revision + 1, tenant=after, by=coming.by))
        return versions

    def listings(self, scope: Scope) -> list[Listing]:
        """The clients in the scope, by id."""
        every: list[Listing] = self._keep("listings", self._store.listings) or []
        return [listing for listing in every if scope.tenants is None or listing.tenant in scope.tenants]

    def tenants_of(self, team: TeamId) -> frozenset[TenantId]:
        """Whom the team serves: its own clients, and those whom it helps out."""
        everyone = self.listings(Scope.everyone())
        return frozenset(one.tenant for one in everyone if one.team == team or team in one.routing.helpers)

    def _keep(self, key: object, read: Callable[[], Any]) -> Any:
        now = self._tick()
        kept = self._kept.get(key)
        if kept is not None and now - kept[0] < self._max_age_s:
            return kept[1]
        value = read()
        if value:
            if len(self._kept) >= _MOST_KEPT:
                self._kept.clear()
            self._kept[key] = (now, value)
        return value
