"""From wished configurations to live ones: propose, look, apply."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol

from chalicelib.kernel.errors import Conflict, NotFound
from chalicelib.kernel.ids import TenantId
from chalicelib.kernel.signature import name_in
from chalicelib.tenancy.model.address import Address
from chalicelib.tenancy.model.standing import Act, Standing
from chalicelib.tenancy.model.tenant import Tenant
from chalicelib.tenancy.service.changes import Change, changes
from chalicelib.tenancy.service.directory import Listing, Version
from chalicelib.tenancy.service.reading import unfit
from chalicelib.tenancy.service.shares import Excess, excesses


class AddressTaken(Conflict):
    """An address belongs to one client only, and this one is another's."""

    def __init__(self, address: Address, owner: str) -> None:
        why = f"the {address.kind.value} {address.text} belongs to {owner}; remove it there and apply that first"
        super().__init__(why, address=address.text, owner=owner)


class SharesExceeded(Conflict):
    """A team has no more than all of its seats to promise."""

    def __init__(self, excess: Excess) -> None:
        super().__init__(f"{excess.client}: routing.share {excess.why}; {excess.fix}", tenant=excess.client)


class PeriodClosed(Conflict):
    """A contract cannot change on a day that is invoiced. What is billed stays billed; later days are free."""

    def __init__(self, wanted: Tenant, closed_until: date) -> None:
        begins, free = wanted.contract.effective_from, closed_until + timedelta(days=1)
        super().__init__(
            f"{wanted.id}: contract.effective_from {begins} lies in a period that is invoiced until {closed_until}; "
            f"let it begin on {free} or later",
            tenant=wanted.id,
        )


class OlderFile(Conflict):
    """A plan was changed since the file was written, and the file would take it back without anybody meaning to."""

    def __init__(self, wanted: Tenant, live: Version) -> None:
        begins = live.tenant.contract.effective_from
        super().__init__(
            f"{wanted.id}: {name_in(live.by)} changed the plan to {live.tenant.plan.name!r} from {begins} on, and "
            f"the file is older: its contract.effective_from is {wanted.contract.effective_from}; run "
            f"`manyline tenants export {wanted.id}` and work on that file, or let contract.effective_from be after "
            f"{begins}",
            tenant=wanted.id,
        )


class ChangeIsComing(Conflict):
    """Tier and plan will change on a day that is agreed; a file cannot mean another plan besides."""

    def __init__(self, tenant: TenantId, name: str, first_day: date, why: str) -> None:
        super().__init__(
            f"{tenant}: the plan changes to {name!r} on {first_day}, {why}; cancel that change first", tenant=tenant
        )


class Outdated(Conflict):
    """Somebody applied in between; nothing was written."""

    def __init__(self, tenant: TenantId) -> None:
        super().__init__(f"{tenant} was changed by somebody else in the meantime; plan again", tenant=tenant)


class Store(Protocol):
    def current(self, tenant: TenantId) -> Version | None: ...
    def listings(self) -> list[Listing]: ...
    def owner(self, address: Address) -> TenantId | None: ...

    def replace(
        self,
        before: Version | None,
        after: Tenant,
        now: datetime,
        *,
        standing: Standing | None = None,
        act: Act | None = None,
    ) -> Version:
        """All of it or nothing. Raises AddressTaken or Outdated."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What `apply` would do for one client; `live` is what it was compared with."""

    wanted: Tenant
    live: Version | None
    changes: tuple[Change, ...]

    @property
    def released(self) -> frozenset[Address]:
        return _addresses(self.live) - frozenset(self.wanted.entry_points.all())

    @property
    def claimed(self) -> frozenset[Address]:
        return frozenset(self.wanted.entry_points.all()) - _addresses(self.live)


class Onboarding:
    def __init__(self, store: Store, closed_until: Callable[[TenantId], date | None] = lambda tenant: None) -> None:
        """`closed_until` tells the last day of a client that is invoiced; None where nothing is."""
        self._store = store
        self._closed_until = closed_until

    def propose(self, wanted: Sequence[Tenant]) -> list[Proposal]:
        """Compares with what is live; in the order in which `apply` must go.

        Raises AddressTaken, SharesExceeded, OlderFile, ChangeIsComing, PeriodClosed.

        A live client that is not among the wanted is left alone.
        """
        proposals = [self._propose(tenant) for tenant in wanted]
        released = frozenset[Address]().union(*(proposal.released for proposal in proposals))
        for proposal in proposals:
            for address in sorted(proposal.claimed - released):
                owner = self._store.owner(address)
                if owner is not None:
                    raise AddressTaken(address, owner)
        self._check_shares(proposals)
        # Who gives an address away goes first, so that another can take it in the same run.
        return sorted(proposals, key=lambda proposal: (not proposal.released, proposal.wanted.id))

    def apply(self, proposal: Proposal, now: datetime) -> Version | None:
        """The new version, or None where nothing changes: then nothing is written."""
        if not proposal.changes:
            return None
        return self._store.replace(proposal.live, proposal.wanted, now, standing=_still(proposal.live, proposal.wanted))

    def export(self, tenant: TenantId) -> Tenant:
        live = self._store.current(tenant)
        if live is None:
            raise NotFound("tenant", tenant)
        return live.tenant

    def live(self) -> list[TenantId]:
        return [listing.tenant for listing in self._store.listings()]

    def beside(self, wanted: Sequence[Tenant]) -> list[Listing]:
        """The live clients that are not among the wanted."""
        named = {tenant.id for tenant in wanted}
        return [listing for listing in self._store.listings() if listing.tenant not in named]

    def _check_shares(self, proposals: Sequence[Proposal]) -> None:
        """Only of teams in which shares change: an old excess elsewhere holds up nobody."""
        teams = {proposal.wanted.team_id for proposal in proposals if _shares_change(proposal)}
        if not teams:
            return
        wanted = [proposal.wanted for proposal in proposals]
        for excess in excesses([*self.beside(wanted), *wanted]):
            if excess.team in teams:
                raise SharesExceeded(excess)

    def _check_closed(self, wanted: Tenant, live: Version | None) -> None:
        begins = wanted.contract.effective_from
        if live is None or begins == live.tenant.contract.effective_from:
            return  # what names no other day begins today
        closed = self._closed_until(wanted.id)
        if closed is not None and begins <= closed:
            raise PeriodClosed(wanted, closed)

    def _propose(self, tenant: Tenant) -> Proposal:
        live = self._store.current(tenant.id)
        _check_changes(tenant, live)  # first: an older file names an older day, and that is no wish to bill it anew
        self._check_closed(tenant, live)
        return Proposal(wanted=tenant, live=live, changes=changes(live.tenant if live else None, tenant))


def _check_changes(wanted: Tenant, live: Version | None) -> None:
    """Raises OlderFile, ChangeIsComing."""
    if live is None:
        return
    held = live.tenant
    if live.switched and wanted.contract.effective_from < held.contract.effective_from:
        raise OlderFile(wanted, live)
    coming = live.standing.next
    if coming is None:
        return
    if (wanted.tier, wanted.plan, wanted.contract) != (held.tier, held.plan, held.contract):
        raise ChangeIsComing(wanted.id, coming.plan.name, coming.first_day, "and the file has another one now")
    if mistakes := unfit(coming.of(wanted)):
        raise ChangeIsComing(wanted.id, coming.plan.name, coming.first_day, f"and then {mistakes[0]}")


def _still(live: Version | None, wanted: Tenant) -> Standing | None:
    """What a file changes leaves what holds beside it alone; but a cap is of a budget, and ends with it."""
    if live is None or live.tenant.plan.budget == wanted.plan.budget:
        return None
    return dataclasses.replace(live.standing, cap=None)


def _shares_change(proposal: Proposal) -> bool:
    if proposal.live is None:
        return True
    live, wanted = proposal.live.tenant, proposal.wanted
    return (live.team, live.routing.share) != (wanted.team, wanted.routing.share)


def _addresses(version: Version | None) -> frozenset[Address]:
    return frozenset(version.tenant.entry_points.all()) if version is not None else frozenset()
