"""What `manyline numbers` does: decide, look, do.

Every decision is made from what the service holds and what is live, so that the same command run again, after
whatever cut it off, takes up where it was. A number's tag says whom it was claimed for; whose call it is, the live
configuration says alone.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from infra.telephony.errors import (
    ClaimFailed,
    Gone,
    NoneAvailable,
    NotHeld,
    NotOurs,
    OfAnother,
    QuotaReached,
    StillClaiming,
    StillLive,
    UnknownTenant,
)
from infra.telephony.exchange import Exchange
from infra.telephony.model import STAGE_TAG, TENANT_TAG, Book, Held, Status, Wish

POLL_S = 2.0
PATIENCE_S = 60.0
_QUOTA_WORDS = ("limit", "quota")


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """`known` is a number that was claimed for the client before and is not live yet: it is taken up."""

    tenant: str
    offered: tuple[str, ...] = ()  # the first is claimed; the next, if somebody was faster
    known: Held | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Assign:
    tenant: str
    number: Held
    tags: bool  # what is still to do
    leads: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """`number` is None where a client has the number in its configuration and the instance does not hold it."""

    phone: str
    number: Held | None
    owner: str  # who is live with it
    answered: bool  # by the inbound flow


class Numbers:
    def __init__(self, exchange: Exchange, book: Book, *, flow: str, stage: str) -> None:
        """`flow` is the id of the inbound flow."""
        self._exchange, self._book = exchange, book
        self._flow, self._stage = flow, stage

    def plan_claim(self, tenant: str, wish: Wish, *, another: bool = False) -> Claim:
        """`another`: also if a number that is whole is waiting for its line in the file.

        Raises UnknownTenant, NoneAvailable.
        """
        self._must_know(tenant)
        waiting = [
            number
            for number in self._exchange.held()
            if number.tenant == tenant and wish.fits(number) and self._book.owner(number.phone) != tenant
        ]
        begun = [number for number in waiting if not number.ready(self._flow)]
        if known := begun or ([] if another else waiting):
            return Claim(tenant=tenant, known=known[0])
        offered = [phone for phone in self._exchange.available(wish) if self._book.owner(phone) in ("", tenant)]
        if not offered:
            raise NoneAvailable(str(wish))
        return Claim(tenant=tenant, offered=tuple(offered))

    def claim(self, plan: Claim) -> Held:
        """Raises Gone, QuotaReached, ClaimFailed, StillClaiming."""
        number = self._settled(self._begun(plan))
        return self._led(number)

    def plan_assign(self, phone: str, tenant: str, *, force: bool = False) -> Assign:
        """Raises UnknownTenant, NotHeld, OfAnother."""
        self._must_know(tenant)
        number = self._exchange.find(phone)
        if number is None:
            raise NotHeld(phone)
        owner = self._book.owner(phone)
        if owner not in ("", tenant):
            raise OfAnother(phone, owner, live=True)
        if number.tenant not in ("", tenant) and not force:
            raise OfAnother(phone, number.tenant, live=False)
        return Assign(tenant=tenant, number=number, tags=number.tenant != tenant, leads=not number.ready(self._flow))

    def assign(self, plan: Assign) -> Held:
        """Raises ClaimFailed, QuotaReached, StillClaiming."""
        if plan.tags:
            self._exchange.tag(plan.number.arn, self._tags(plan.tenant))
        return self._led(self._settled(plan.number)) if plan.leads else plan.number

    def plan_release(self, phone: str, *, force: bool = False) -> Held | None:
        """None if the instance does not hold it: then nothing is to do. Raises StillLive, NotOurs."""
        number = self._exchange.find(phone)
        if number is None:
            return None
        if number.of_stack:
            raise NotOurs(phone, "belongs to the telephony stack; take it out of cdk.json and deploy")
        owner = self._book.owner(phone)
        if owner and not force:
            raise StillLive(phone, owner)
        if not number.tenant and not force:
            raise NotOurs(phone, "was claimed by other means and for no client; say --force if you know whose it is")
        return number

    def release(self, number: Held) -> None:
        self._exchange.release(number.id, token=_token("release", number.id))

    def rows(self) -> list[Row]:
        """Every number of the instance and every phone of a live client, by their digits."""
        held = {number.phone: number for number in self._exchange.held()}
        configured = {phone for phones in self._book.phones.values() for phone in phones}
        return [
            Row(
                phone=phone,
                number=held.get(phone),
                owner=self._book.owner(phone),
                answered=phone in held and held[phone].ready(self._flow),
            )
            for phone in sorted({*held, *configured})
        ]

    def _must_know(self, tenant: str) -> None:
        if not self._book.knows(tenant):
            raise UnknownTenant(tenant)

    def _begun(self, plan: Claim) -> Held:
        if plan.known is None:
            return self._first(plan)
        if plan.known.status is not Status.FAILED:
            return plan.known
        # Another token than the claim that failed: the service would only tell us again that it did.
        return self._exchange.describe(self._ask(plan.known.phone, plan.tenant, after=plan.known.id))

    def _first(self, plan: Claim) -> Held:
        *others, last = plan.offered
        for phone in others:
            try:
                return self._exchange.describe(self._ask(phone, plan.tenant))
            except Gone:
                continue
        return self._exchange.describe(self._ask(last, plan.tenant))

    def _ask(self, phone: str, tenant: str, *, after: str = "") -> str:
        token = _token("claim", self._exchange.instance_id, tenant, phone, after)
        return self._exchange.claim(phone, tags=self._tags(tenant), token=token)

    def _settled(self, number: Held) -> Held:
        """Waits until the service has decided."""
        waited = 0.0
        while number.status is Status.IN_PROGRESS:
            if waited >= PATIENCE_S:
                raise StillClaiming(number.phone, waited)
            self._exchange.wait(POLL_S)
            waited += POLL_S
            number = self._exchange.describe(number.id)
        if number.status is Status.FAILED:
            if any(word in number.why.lower() for word in _QUOTA_WORDS):
                raise QuotaReached(number.why)
            raise ClaimFailed(number.phone, number.why or "the service does not say why")
        return number

    def _led(self, number: Held) -> Held:
        if not number.ready(self._flow):
            self._exchange.lead(number.id, self._flow)
        return number

    def _tags(self, tenant: str) -> dict[str, str]:
        return {TENANT_TAG: tenant, STAGE_TAG: self._stage}


def _token(*parts: str) -> str:
    """The same for the same intention, so that the service does it once."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, "/".join(("manyline", *parts))))
