"""Where cost runs take revenue and clients from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from chalicelib.billing.model.credit import CreditNote
from chalicelib.billing.model.standing import BeforeContract, Issued
from chalicelib.kernel.ids import TeamId, TenantId
from chalicelib.tenancy.model.caller import Scope
from chalicelib.tenancy.service.directory import Listing, Version


class Draft(Protocol):
    def as_document(self) -> dict[str, Any]: ...


class Drafts(Protocol):
    def draft(self, tenant_id: TenantId, label: str, now: datetime) -> Draft: ...


class Issues(Protocol):
    def get(self, tenant: TenantId, label: str) -> Issued | None: ...
    def credits(self, tenant: TenantId, label: str) -> Sequence[CreditNote]: ...


class Archive(Protocol):
    def read(self, key: str) -> Mapping[str, Any]: ...


class Directory(Protocol):
    def listings(self, scope: Scope) -> list[Listing]: ...
    def versions(self, tenant: TenantId) -> list[Version]: ...
    def tenants_of(self, team: TeamId) -> frozenset[TenantId]: ...


class Invoiced:
    """What a client was invoiced for a month, less what it got back of it; before there is an invoice, its draft."""

    def __init__(self, issues: Issues, archive: Archive, drafts: Drafts) -> None:
        self._issues = issues
        self._archive = archive
        self._drafts = drafts

    def documents(self, tenant: TenantId, label: str, now: datetime) -> Sequence[Mapping[str, Any]]:
        issued = self._issues.get(tenant, label)
        if issued is None:
            try:
                return [self._drafts.draft(tenant, label, now).as_document()]
            except BeforeContract:
                return []
        keys = [issued.key, *(note.numbered.key for note in self._issues.credits(tenant, label))]
        return [self._archive.read(key) for key in keys]


class Roll:
    """All clients of the operator, by name."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self.versions = directory.versions
        self.tenants_of = directory.tenants_of

    def names(self) -> list[TenantId]:
        return [listing.tenant for listing in self._directory.listings(Scope.everyone())]
