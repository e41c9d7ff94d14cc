"""May this number be called now? Asked before anybody dials, and once more in the moment in which he does."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from chalicelib.contacts.model.contact import Contact
from chalicelib.kernel.errors import Conflict
from chalicelib.kernel.ids import TenantId
from chalicelib.outreach.model.agenda import Kind
from chalicelib.outreach.model.appointment import AppointmentState
from chalicelib.outreach.model.campaign import CalleeState, RunState
from chalicelib.outreach.model.limits import NONE, Limit
from chalicelib.outreach.model.windows import Window, lawful
from chalicelib.outreach.service.calling import takes_calls
from chalicelib.outreach.service.ports import AppointmentBook, CampaignBook, NumberBook
from chalicelib.tenancy.model.outreach import Campaign
from chalicelib.tenancy.model.tenant import Tenant


class Permission:
    """Of calls for campaigns, and of promised ones. Other calls of ours are an agent's own, or to who is on call."""

    def __init__(self, campaigns: CampaignBook, appointments: AppointmentBook, numbers: NumberBook) -> None:
        self._campaigns, self._appointments, self._numbers = campaigns, appointments, numbers

    def listed(self, tenant: TenantId, number: str) -> bool:
        """Whether nobody calls the number for this client: by its own list, or by that for all clients."""
        return self._numbers.standings(tenant, [number])[number].listed

    def may_call(self, client: Tenant, contact: Contact, now: datetime) -> None:
        """Raises Conflict with the reason in words; `reason` is client, do_not_call, window, limit, campaign, or over:
        nobody asks for this call any more."""
        kind, name = kind_of(contact)
        if kind is None:
            return
        if not takes_calls(client):
            raise Conflict(f"nobody calls for {client.name} for now", reason="client")
        number = contact.customer
        standing = self._numbers.standings(client.id, [number])[number]
        if standing.listed:
            raise Conflict(f"{number} is on the do-not-call list: do not call", reason="do_not_call")
        if kind is Kind.APPOINTMENT:
            self._demand_promised(client, contact, name, now)
            limit = NONE
        else:
            limit = self._demand_wanted(client, contact, name, now)
        if not standing.calls.has(contact.contact) and (why := standing.calls.why_not(now, limit)):
            raise Conflict(f"{number} was {why}", reason="limit")

    def _demand_promised(self, client: Tenant, contact: Contact, id: str, now: datetime) -> None:
        """It is still to be kept, and by this contact."""
        promised = self._appointments.get(client.id, id)
        if promised is None or promised.state is not AppointmentState.OUT or promised.contact != contact.contact:
            raise Conflict(f"{contact.customer} does not wait for this call any more", reason="over")
        _demand(lawful(now, promised.zones), now, promised.zones)

    def _demand_wanted(self, client: Tenant, contact: Contact, name: str, now: datetime) -> Limit:
        """The campaign runs, and calls this person by this contact."""
        campaign, number = _campaign(client, name), contact.customer
        if self._campaigns.run(client.id, name).state is not RunState.RUNNING:
            raise Conflict(f"{campaign.title} calls nobody for now", reason="campaign")
        person = self._campaigns.person(client.id, name, number)
        if person is None:
            raise Conflict(f"{number} is not on the list of {campaign.title} (any more)", reason="campaign")
        if person.state is not CalleeState.OUT or person.contact != contact.contact:
            raise Conflict(f"{campaign.title} does not ask for this call of {number} any more", reason="over")
        _demand(Window.of(campaign).is_open(now, person.zones), now, person.zones)
        return limit_of(campaign)

    def note_call(self, client: Tenant, contact: Contact, now: datetime) -> None:
        """The number is called now: counted once of each contact. Raises Conflict where others have called it as
        often as it may be in the meantime."""
        kind, name = kind_of(contact)
        if kind is None:
            return
        limit = limit_of(_campaign(client, name)) if kind is Kind.CAMPAIGN else NONE
        self._numbers.note_call(client.id, contact.customer, contact.contact, limit, now)


def kind_of(contact: Contact) -> tuple[Kind | None, str]:
    """Of a campaign or an appointment, and its name or id; None of all other contacts."""
    kind, _, name = contact.outreach.partition(":")
    return (Kind(kind) if kind in (Kind.CAMPAIGN, Kind.APPOINTMENT) else None), name


def limit_of(campaign: Campaign) -> Limit:
    return Limit(a_day=campaign.a_day, a_week=campaign.a_week)


def _campaign(client: Tenant, name: str) -> Campaign:
    campaign = client.campaign(name)
    if campaign is None:
        raise Conflict(f"{client.name} has no campaign {name!r} any more", reason="campaign")
    return campaign


def _demand(may: bool, now: datetime, zones: Sequence[str]) -> None:
    if not may:
        told = sorted({f"{now.astimezone(ZoneInfo(zone)):%A %H:%M}" for zone in zones})
        where = f"{told[0]} there" if len(told) == 1 else f"between {told[0]} and {told[-1]} there"
        raise Conflict(f"outside of the hours for calls: it is {where}", reason="window")
