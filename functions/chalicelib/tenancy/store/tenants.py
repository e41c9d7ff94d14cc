"""Client companies in DynamoDB. One transaction per change; a version, once written, stays as it is.

T#<tenant>            CURRENT                       the configuration that holds, its revision, and what holds beside it
T#<tenant>            VERSION#<effective>#<digest>  each one that ever held
T#<tenant>            ACT#<at>#<what>               who changed or scheduled a plan, and when
ADDR#<kind>#<text>    ENTRY                         whose address it is, with all that CURRENT has
DIRECTORY             <tenant>                      what a list shows
DUE                   <instant>#<tenant>            a change of plan that is to come
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
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
    Update,
    Write,
    every,
)
from chalicelib.kernel.clock import instant, stamp
from chalicelib.kernel.ids import TeamId, TenantId, digest
from chalicelib.tenancy.model.address import Address
from chalicelib.tenancy.model.plain import to_plain, trusted
from chalicelib.tenancy.model.plan import CapAction, Plan
from chalicelib.tenancy.model.routing import Routing
from chalicelib.tenancy.model.standing import Act, Cap, Scheduled, Standing
from chalicelib.tenancy.model.tenant import Status, Tenant
from chalicelib.tenancy.model.tier import Tier
from chalicelib.tenancy.service.directory import Listing, Version
from chalicelib.tenancy.service.onboarding import AddressTaken, Outdated

_TABLE = "tenants"
_DIRECTORY = "DIRECTORY"
_DUE = "DUE"


class TenantStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    def asked(self, address: Address) -> Version | None:
        item = self._database.get(_TABLE, _entry(address))
        return _version(item) if item is not None else None

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

    def due(self, now: datetime) -> list[TenantId]:
        """Whose change of plan has come."""
        items = every(self._database, _TABLE, _DUE, between=("0", f"{stamp(now)}~"))
        return [TenantId(item["tenant"]) for item in items]

    def acts(self, tenant: TenantId) -> list[Act]:
        items = every(self._database, _TABLE, _of(tenant), begins="ACT#")
        return [Act(what=one["what"], by=one["by"], at=instant(one["at"]), about=one["about"]) for one in items]

    def mark(self, before: Version, standing: Standing, act: Act | None = None) -> Version:
        """Other things hold beside the same configuration. Raises Outdated."""
        after = replace(before, revision=before.revision + 1, standing=standing)
        told, tenant = _standing_item(standing), before.tenant
        writes: list[Write] = [
            Update(
                table=_TABLE,
                key=key,
                set={"revision": after.revision, **({"standing": told} if told else {})},
                remove=() if told else ("standing",),
                when=(condition,),
            )
            for key, condition in (
                (Key(_of(tenant.id), "CURRENT"), _unchanged(before)),
                *((_entry(address), Equals("tenant", tenant.id)) for address in tenant.entry_points.all()),
            )
        ]
        try:
            self._database.transact([*writes, *_beside(before.standing, standing, tenant.id, act)])
        except ConditionLost:
            raise Outdated(tenant.id) from None
        return after

    def replace(
        self,
        before: Version | None,
        after: Tenant,
        now: datetime,
        *,
        standing: Standing | None = None,
        act: Act | None = None,
    ) -> Version:
        """What held beside the version before it still does, unless `standing` says otherwise."""
        held = before.standing if before else Standing()
        version = Version(
            effective=now,
            revision=before.revision + 1 if before else 1,
            tenant=replace(after, capped=CapAction.NONE),
            standing=held if standing is None else standing,
            by=act.by if act else _chosen_by(before, after),
        )
        had = set(before.tenant.entry_points.all()) if before else set()
        has = set(after.entry_points.all())
        body = _body(version)
        told = _standing_item(version.standing)
        live = {**body, "standing": told} if told else body
        claims = sorted(had | has)
        writes: list[Write] = [
            _put(Key(_of(after.id), "CURRENT"), live, _unchanged(before)),
            _put(Key(_of(after.id), f"VERSION#{stamp(now)}#{_digest(body)}"), body, Absent()),
            Put(table=_TABLE, item=_listing_item(after)),
            *(_claim(address, after.id, live if address in has else None, address in had) for address in claims),
        ]
        first_claim = len(writes) - len(claims)
        writes += _beside(held, version.standing, after.id, act)
        try:
            self._database.transact(writes)
        except ConditionLost as lost:
            raise _explained(lost, after.id, claims, first_claim) from None
        return version


def _chosen_by(before: Version | None, after: Tenant) -> str:
    """Who chose the plan, as long as its contract is the same."""
    same = before is not None and before.tenant.contract.effective_from == after.contract.effective_from
    return before.by if before is not None and same else ""


def _claim(address: Address, tenant: TenantId, body: Item | None, held: bool) -> Write:
    """Takes, refreshes or (without a body) gives up an address; another client's is never touched."""
    ours = Equals("tenant", tenant)
    if body is None:
        return Delete(table=_TABLE, key=_entry(address), when=(ours,))
    return _put(_entry(address), body, ours if held else Absent())


def _explained(lost: ConditionLost, tenant: TenantId, claims: list[Address], first_claim: int) -> Exception:
    for position, item in sorted(lost.lost.items()):
        place = position - first_claim
        if 0 <= place < len(claims) and item is not None and item["tenant"] != tenant:
            return AddressTaken(claims[place], item["tenant"])
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
        **({"by": version.by} if version.by else {}),
    }


def _beside(before: Standing, after: Standing, tenant: TenantId, act: Act | None) -> list[Write]:
    """The calendar of changes to come, and who did this."""
    writes: list[Write] = []
    gone, comes = (_due_key(one.next, tenant) if one.next is not None else None for one in (before, after))
    if gone is not None and gone != comes:
        writes.append(Delete(table=_TABLE, key=gone))
    if comes is not None and gone != comes:
        writes.append(Put(table=_TABLE, item={"pk": comes.pk, "sk": comes.sk, "tenant": tenant}))
    if act is not None:
        told = {"what": act.what, "by": act.by, "at": stamp(act.at), "about": act.about}
        writes.append(Put(table=_TABLE, item={"pk": _of(tenant), "sk": f"ACT#{stamp(act.at)}#{act.what}", **told}))
    return writes


def _due_key(scheduled: Scheduled, tenant: TenantId) -> Key:
    return Key(_DUE, f"{stamp(scheduled.due)}#{tenant}")


def _standing_item(standing: Standing) -> Item:
    """Empty where nothing holds beside the configuration."""
    told: Item = {}
    if (coming := standing.next) is not None:
        told["next"] = {
            "first_day": coming.first_day.isoformat(),
            "due": stamp(coming.due),
            "tier": coming.tier.value,
            "plan": _storable(to_plain(coming.plan)),
            "by": coming.by,
            "at": stamp(coming.at),
        }
    if (cap := standing.cap) is not None:
        told["cap"] = {"period": cap.period, "until": stamp(cap.until), "action": cap.action.value}
    return told


def _standing(told: Item) -> Standing:
    coming, cap = told.get("next"), told.get("cap")
    return Standing(
        next=Scheduled(
            first_day=date.fromisoformat(coming["first_day"]),
            due=instant(coming["due"]),
            tier=Tier(coming["tier"]),
            plan=trusted(Plan, coming["plan"]),
            by=coming["by"],
            at=instant(coming["at"]),
        )
        if coming
        else None,
        cap=Cap(period=cap["period"], until=instant(cap["until"]), action=CapAction(cap["action"])) if cap else None,
    )


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
    return Version(
        effective=instant(item["effective"]),
        revision=item["revision"],
        tenant=_tenant(item),
        standing=_standing(item.get("standing", {})),
        by=item.get("by", ""),
    )


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
        "budget": tenant.plan.budget is not None,
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
        budget=item.get("budget", False),
    )
