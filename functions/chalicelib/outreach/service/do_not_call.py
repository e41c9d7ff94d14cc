"""The do-not-call lists: one of each client, and one of the house for all of them."""

from __future__ import annotations

from datetime import datetime

from chalicelib.contacts.model.contact import Contact, State
from chalicelib.kernel.channel import Channel
from chalicelib.kernel.clock import stamp
from chalicelib.kernel.errors import Invalid
from chalicelib.kernel.ids import TenantId
from chalicelib.outreach.model.listing import MOST_WHY, Listed, Standing
from chalicelib.outreach.service.ports import Clients, NumberBook
from chalicelib.tenancy.model.address import E164
from chalicelib.tenancy.model.form import Unfit
from chalicelib.tenancy.model.tenant import Tenant


class DoNotCall:
    """Where `tenant` is None, all clients of the house are meant; of one that is not there NotFound is raised, and
    nothing written."""

    def __init__(self, numbers: NumberBook, clients: Clients) -> None:
        self._numbers, self._clients = numbers, clients
        self.number_of = number_of

    def add(self, tenant: TenantId | None, number: str, *, by: str, why: str = "", now: datetime) -> bool:
        """False where it stands there already. That it leaves the campaigns is for `Campaigns.leave`; whoever is put
        into a line meanwhile, or stands in one of another client, is asked for once more when he would be dialled."""
        if len(why) > MOST_WHY:
            raise Invalid("why", f"has {len(why)} characters", f"write at most {MOST_WHY}")
        self._demand(tenant)
        return self._numbers.add(tenant, Listed(number=number_of(number), at=stamp(now), by=by, why=why))

    def wished(self, client: Tenant, contact: Contact, now: datetime) -> tuple[str, ...]:
        """Whoever was talked to and wants no calls any more gets none; his numbers, where it is so. Told again, they
        stand there already."""
        wrapped = contact.last("wrapped") if contact.state is State.WRAPPED else None
        if wrapped is None or contact.channel is not Channel.VOICE:
            return ()
        outcome = client.disposition(contact.disposition)
        if not wrapped.data.get("do_not_call") and not (outcome is not None and outcome.do_not_call):
            return ()
        why = outcome.label if outcome is not None else contact.disposition
        numbers = tuple(sorted({one for one in (contact.customer, contact.callback) if one.startswith("+")}))
        for number in numbers:
            self.add(client.id, number, by=f"agent:{contact.agent}", why=why, now=now)
        return numbers

    def remove(self, tenant: TenantId | None, number: str) -> bool:
        """False where it did not stand there."""
        self._demand(tenant)
        return self._numbers.remove(tenant, number_of(number))

    def page(self, tenant: TenantId | None, after: str = "") -> tuple[list[Listed], str]:
        self._demand(tenant)
        return self._numbers.page(tenant, after)

    def check(self, tenant: TenantId, number: str) -> Standing:
        wanted = number_of(number)
        self._demand(tenant)
        return self._numbers.standings(tenant, [wanted])[wanted]

    def _demand(self, tenant: TenantId | None) -> None:
        if tenant is not None:
            self._clients.get(tenant)


def number_of(text: str) -> str:
    """Raises Invalid."""
    try:
        return str(E164.parse(text.strip()))
    except Unfit as unfit:
        raise Invalid("number", f"{text.strip()!r} is no telephone number", unfit.allowed) from None
