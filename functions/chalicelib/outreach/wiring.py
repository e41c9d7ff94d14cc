"""The one place that puts stores and brands into the services of calls that begin with us; each is built once.

What they share with the rest of the house comes from `chalicelib.wiring`.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from chalicelib import wiring as house

if TYPE_CHECKING:
    from chalicelib.outreach.service.about import Briefing
    from chalicelib.outreach.service.agenda import Agenda
    from chalicelib.outreach.service.appointments import Appointments
    from chalicelib.outreach.service.campaigns import Campaigns
    from chalicelib.outreach.service.dispatches import Dispatches
    from chalicelib.outreach.service.do_not_call import DoNotCall
    from chalicelib.outreach.service.links import Links
    from chalicelib.outreach.service.permission import Permission
    from chalicelib.outreach.service.settling import Settling
    from chalicelib.outreach.store.agenda import AgendaStore
    from chalicelib.outreach.store.appointments import AppointmentStore
    from chalicelib.outreach.store.campaigns import CampaignStore
    from chalicelib.outreach.store.numbers import NumberStore


@cache
def agenda_store() -> AgendaStore:
    from chalicelib.outreach.store.agenda import AgendaStore

    return AgendaStore(house.database())


@cache
def dispatches() -> Dispatches:
    from chalicelib.aws.connect import Telephone
    from chalicelib.aws.settings import settings
    from chalicelib.aws.site import origin
    from chalicelib.aws.texts import Texts
    from chalicelib.entry import log
    from chalicelib.outreach.model.dispatch import Dispatch
    from chalicelib.outreach.model.letters import house_sender
    from chalicelib.outreach.model.link import LinkTokens
    from chalicelib.outreach.service.dispatches import Dispatches
    from chalicelib.outreach.service.ways import Ways
    from chalicelib.outreach.store.dispatches import DispatchStore
    from chalicelib.outreach.store.mails import SesMails

    ways = Ways(
        telephone=Telephone(),
        texts=Texts(),
        mails=SesMails(),
        house_sender=house_sender(settings().mail_domain),
        site=origin,
    )

    def failed(dispatch: Dispatch, error: Exception) -> None:
        told = {"tenant": dispatch.tenant, "contact_id": dispatch.contact, "error": type(error).__name__}
        log.error("dispatch_failed", extra=told, exc_info=error)

    store = DispatchStore(house.database())
    return Dispatches(store, house.contacts(), lambda: LinkTokens(house.signing_key()), ways, failed)


@cache
def links() -> Links:
    from chalicelib.outreach.service.links import Links

    return Links(dispatches())


@cache
def campaign_store() -> CampaignStore:
    from chalicelib.outreach.store.campaigns import CampaignStore

    return CampaignStore(house.database())


@cache
def number_store() -> NumberStore:
    from chalicelib.outreach.store.numbers import NumberStore

    return NumberStore(house.database())


@cache
def appointment_store() -> AppointmentStore:
    from chalicelib.outreach.store.appointments import AppointmentStore

    return AppointmentStore(house.database())


def zones_of(number: str) -> tuple[str, ...]:
    """The library that knows it is large: it is loaded when the first number is asked for."""
    from chalicelib.outreach.store.number_zones import zones_of

    return zones_of(number)


@cache
def do_not_call() -> DoNotCall:
    from chalicelib.outreach.service.do_not_call import DoNotCall

    return DoNotCall(number_store(), house.directory())


@cache
def campaigns() -> Campaigns:
    from chalicelib.outreach.service.campaigns import Campaigns
    from chalicelib.outreach.service.loading import Loading

    return Campaigns(
        book=campaign_store(),
        numbers=number_store(),
        do_not_call=do_not_call(),
        loading=Loading(campaign_store(), number_store(), zones_of),
        clients=house.directory(),
        contacts=house.contacts(),
        router=house.routing(),
    )


@cache
def appointments() -> Appointments:
    from chalicelib.outreach.service.appointments import Appointments

    return Appointments(
        book=appointment_store(),
        numbers=number_store(),
        do_not_call=do_not_call(),
        leave=campaigns().leave,
        clients=house.directory(),
        contacts=house.contacts(),
        router=house.routing(),
        zones_of=zones_of,
    )


@cache
def permission() -> Permission:
    from chalicelib.outreach.service.permission import Permission

    return Permission(campaign_store(), appointment_store(), number_store())


@cache
def briefing() -> Briefing:
    from chalicelib.outreach.service.about import Briefing

    return Briefing(campaign_store(), appointment_store())


@cache
def settling() -> Settling:
    from chalicelib.outreach.service.settling import Settling

    return Settling(campaigns(), appointments(), do_not_call(), house.directory())


@cache
def agenda() -> Agenda:
    from chalicelib.entry import log
    from chalicelib.outreach.model.agenda import Entry, Kind
    from chalicelib.outreach.service.agenda import Agenda

    def failed(entry: Entry, error: Exception) -> None:
        told = {"kind": entry.kind.value, "tenant": entry.tenant, "id": entry.id, "error": type(error).__name__}
        log.error("agenda_entry_failed", extra=told, exc_info=error)

    deeds = {
        Kind.CAMPAIGN: campaigns().deed,
        Kind.APPOINTMENT: appointments().due,
        Kind.DISPATCH: dispatches().due,
    }
    return Agenda(agenda_store(), deeds, failed)
