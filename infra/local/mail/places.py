"""Which addresses are a client's: asked of the directory, which remembers for some seconds."""

from __future__ import annotations

from dataclasses import dataclass

from infra.layout import open_functions

open_functions()
from chalicelib.kernel.channel import Channel  # noqa: E402  lives where Chalice wants it
from chalicelib.kernel.errors import NotFound  # noqa: E402
from chalicelib.tenancy.model.caller import Scope  # noqa: E402
from chalicelib.tenancy.model.tenant import Tenant  # noqa: E402
from chalicelib.tenancy.service.directory import Directory  # noqa: E402


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    tenant: str
    name: str
    address: str
    answered: bool  # False: the client's tier has no mail, so there is a polite refusal


class Places:
    def __init__(self, directory: Directory, own_domain: str) -> None:
        self._directory = directory
        self._own_domain = own_domain.lower()

    def all(self) -> list[Place]:
        return [
            Place(tenant=tenant.id, name=tenant.name, address=str(mailbox), answered=Channel.EMAIL in tenant.channels)
            for tenant in self._tenants()
            for mailbox in tenant.entry_points.mailboxes
        ]

    def domains(self) -> frozenset[str]:
        return frozenset({self._own_domain, *(place.address.rpartition("@")[2] for place in self.all())})

    def _tenants(self) -> list[Tenant]:
        found = []
        for listing in self._directory.listings(Scope.everyone()):
            try:
                found.append(self._directory.get(listing.tenant))
            except NotFound:
                continue  # listed before it was written whole
        return found
