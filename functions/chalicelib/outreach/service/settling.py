"""What came of a call that began with us, as the facts tell it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from chalicelib.contacts.model.contact import Contact
from chalicelib.kernel.ids import TenantId
from chalicelib.outreach.model.agenda import Kind
from chalicelib.outreach.service.appointments import Appointments
from chalicelib.outreach.service.campaigns import Campaigns
from chalicelib.outreach.service.do_not_call import DoNotCall
from chalicelib.outreach.service.permission import kind_of
from chalicelib.outreach.service.ports import Clients


class Settling:
    """Of several calls that are told together, each campaign looks once for the next people."""

    def __init__(
        self, campaigns: Campaigns, appointments: Appointments, do_not_call: DoNotCall, clients: Clients
    ) -> None:
        self._campaigns, self._appointments = campaigns, appointments
        self._do_not_call, self._clients = do_not_call, clients
        self._waiting: dict[tuple[TenantId, str], None] = {}  # campaigns, in the order in which they were told of

    def told(self, contact: Mapping[str, Any], now: datetime) -> str:
        """As the message has it that tells the fact. Told again, it is known already."""
        return self.settle(Contact.from_item(contact), now)

    def settle(self, contact: Contact, now: datetime) -> str:
        match kind_of(contact):
            case Kind.CAMPAIGN, name:
                self._waiting[contact.tenant, name] = None
                return self._campaigns.settle(contact, now)
            case Kind.APPOINTMENT, _:
                return self._appointments.settle(contact, now)
            case _:
                return self._wish(contact, now)

    def _wish(self, contact: Contact, now: datetime) -> str:
        """Of any other call: whoever wants no calls any more leaves every campaign."""
        client = self._clients.get(contact.tenant)
        numbers = self._do_not_call.wished(client, contact, now)
        for number in numbers:
            self._campaigns.leave(client, number, now)
        return "never" if numbers else "other"

    def go_on(self, now: datetime) -> None:
        """The next people are called, of all campaigns that were told of since."""
        while self._waiting:
            tenant, name = next(iter(self._waiting))
            del self._waiting[tenant, name]
            self._campaigns.top_up(tenant, name, now)
