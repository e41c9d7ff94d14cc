"""Whom an agent is to call, and why: for his card."""

from __future__ import annotations

from chalicelib.contacts.model.contact import Contact
from chalicelib.outreach.model.about import About
from chalicelib.outreach.model.agenda import Kind
from chalicelib.outreach.service.permission import kind_of
from chalicelib.outreach.service.ports import AppointmentBook, CampaignBook
from chalicelib.tenancy.model.tenant import Tenant


class Briefing:
    def __init__(self, campaigns: CampaignBook, appointments: AppointmentBook) -> None:
        self._campaigns, self._appointments = campaigns, appointments

    def about(self, client: Tenant, contact: Contact) -> About | None:
        """None for a contact that is neither of a campaign nor promised, and where that is no longer known."""
        match kind_of(contact):
            case Kind.CAMPAIGN, name:
                return self._campaign(client, contact, name)
            case Kind.APPOINTMENT, id:
                return self._appointment(client, contact, id)
            case _:
                return None

    def _campaign(self, client: Tenant, contact: Contact, name: str) -> About | None:
        campaign = client.campaign(name)
        person = self._campaigns.person(client.id, name, contact.customer)
        if campaign is None or person is None:
            return None
        made = [called.contact for called in person.history]
        return About(
            kind=Kind.CAMPAIGN.value,
            title=campaign.title,
            mode=campaign.mode.value,
            name=person.name,
            number=person.number,
            data=person.data,
            attempt=made.index(contact.contact) + 1 if contact.contact in made else person.attempts + 1,
            most=campaign.attempts,
            opening=campaign.opening,
            steps=tuple(map(str, campaign.steps)),
        )

    def _appointment(self, client: Tenant, contact: Contact, id: str) -> About | None:
        promised = self._appointments.get(client.id, id)
        if promised is None:
            return None
        item = promised.as_json()
        return About(
            kind=Kind.APPOINTMENT.value,
            title="Promised call",
            name=promised.name,
            number=promised.number,
            note=promised.note,
            attempt=min(promised.attempts + 1, promised.most),
            most=promised.most,
            at=str(item["at"]),
            opening={},
        )
