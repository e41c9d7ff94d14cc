"""Client companies in DynamoDB. One transaction per change; a version, once written, stays as it is.

T#<tenant>            CURRENT                       the configuration that holds, and its revision
T#<tenant>            VERSION#<effective>#<digest>  each one that ever held
ADDR#<kind>#<text>    ENTRY                         whose address it is, with the whole configuration
DIRECTORY             <tenant>                      what a list shows
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from chalicelib.aws.table import (
    Absent,
    Condition,
    ConditionLost,
    Database,
    Delete,
    Equals,
    Item,
    Key,
    Put,
    Write,
    every,
)
from chalicelib.kernel.clock import instant, stamp
from chalicelib.kernel.ids import TeamId, TenantId, digest
from chalicelib.tenancy.model.address import Address
from chalicelib.tenancy.model.plain import to_plain, trusted
from chalicelib.tenancy.model.routing import Routing
from chalicelib.tenancy.model.tenant import Status, Tenant
from chalicelib.tenancy.model.tier import Tier
from chalicelib.tenancy.service.directory import Listing, Version
from chalicelib.tenancy.service.onboarding import AddressTaken, Outdated

_TABLE = "tenants"
_DIRECTORY = "DIRECTORY"


class TenantStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    def asked(self, address: Address) -> Tenant | None:
        item = self._database.get(_TABLE, _entry(address))
        return _tenant(item) if item is not None else None

    def owner(self, address: Address) -> TenantId | None:
        item = self._database.get(_TABLE, _entry(address))
        return TenantId(item["tenant"]) if item is not None else None

    def current(self, tenant: TenantId) -> Version | None:
        item = self._database.get(_TABLE, Key(_of(tenant), "CURRENT"))
        return _version(item) if item is not None else None

    def versions(self, tenant: TenantId) -> list[Version]:
        items = every(self._database, _TABLE, _of(tenant), begins="VERSION#")
        return sorted((_version(item) for item in items), key=lambda version: version.revision)

    def listings(self) -> list[Listing]:
        return [_listing(item) for item in every(self._database, _TABLE, _DIRECTORY)]

    def replace(self, before: Version | None, after: Tenant, now: datetime) -> Version:
        version = Version(effective=now, revision=before.revision + 1 if before else 1, tenant=after)
        had = set(before.tenant.entry_points.all()) if before else set()
        has = set(after.entry_points.all())
        body = _body(version)
        claims = sorted(had | has)
        writes: list[Write] = [
            _put(Key(_of(after.id), "CURRENT"), body, _unchanged(before)),
            _put(Key(_of(after.id), f"VERSION#{stamp(now)}#{_digest(body)}"), body, Absent()),
            Put(table=_TABLE, item=_listing_item(after)),
            *(_claim(address, after.id, body if address in has else None, address in had) for address in claims),
        ]
        try:
            self._database.transact(writes)
        except ConditionLost as lost:
            raise _explained(lost, after.id, claims, first_claim=len(writes) - len(claims)) from None
        return version


def _claim(address: Address, tenant: TenantId, body: Item | None, held: bool) -> Write:
    """Takes, refreshes or (without a body) gives up an address; another client's is never touched."""
    ours = Equals("tenant", tenant)
    if body is None:
        return Delete(table=_TABLE, key=_entry(address), when=(ours,))
    return _put(_entry(address), body, ours if held else Absent())


def _explained(lost: ConditionLost, tenant: TenantId, claims: list[Address], first_claim: int) -> Exception:
    for position, item in sorted(lost.lost.items()):
        if position >= first_claim and item is not None and item["tenant"] != tenant:
            return AddressTaken(claims[position - first_claim], item["tenant"])
    return Outdated(tenant)


def _of(tenant: TenantId) -> str:
    return f"T#{tenant}"


def _entry(address: Address) -> Key:
    return Key(f"ADDR#{address.kind.value}#{address.text}", "ENTRY")


def _unchanged(before: Version | None) -> Condition:
    return Equals("revision", before.revision) if before else Absent()


def _put(key: Key, body: Item, when: Condition) -> Put:
    return Put(table=_TABLE, item={"pk": key.pk, "sk": key.sk, **body}, when=(when,))


def _body(version: Version) -> Item:
    return {
        "tenant": version.tenant.id,
        "revision": version.revision,
        "effective": stamp(version.effective),
        "config": _storable(to_plain(version.tenant)),
    }


def _storable(plain: Any) -> Any:
    if isinstance(plain, Mapping):
        return {name: _storable(inner) for name, inner in plain.items()}
    if isinstance(plain, list):
        return [_storable(inner) for inner in plain]
    if isinstance(plain, Decimal):
        return str(plain)
    return plain.isoformat() if isinstance(plain, date) else plain


def _digest(body: Item) -> str:
    return digest("tenant", json.dumps(body["config"], sort_keys=True))


def _tenant(item: Item) -> Tenant:
    return trusted(Tenant, item["config"], id=TenantId(item["tenant"]))  # type: ignore[no-any-return]


def _version(item: Item) -> Version:
    return Version(effective=instant(item["effective"]), revision=item["revision"], tenant=_tenant(item))


def _listing_item(tenant: Tenant) -> Item:
    return {
        "pk": _DIRECTORY,
        "sk": tenant.id,
        "name": str(tenant.name),
        "tier": tenant.tier.value,
        "status": tenant.status.value,
        "team": str(tenant.team),
        "colour": str(tenant.brand.colour),
        "routing": _storable(to_plain(tenant.routing)),
    }


def _listing(item: Item) -> Listing:
    return Listing(
        tenant=TenantId(item["sk"]),
        name=item["name"],
        tier=Tier(item["tier"]),
        status=Status(item["status"]),
        team=TeamId(item["team"]),
        colour=item["colour"],
        routing=trusted(Routing, item.get("routing", {})),
    )
