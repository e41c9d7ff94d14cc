"""The one place that puts stores and brands into the services of the telephone; each is built once, on first use.

What they share with the rest of the house comes from `chalicelib.wiring`.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from chalicelib import wiring as house
from chalicelib.outreach import wiring as outreach

if TYPE_CHECKING:
    from datetime import datetime

    from chalicelib.channels.voice.service.attendant import Attendant
    from chalicelib.channels.voice.service.line_monitor import LineMonitor
    from chalicelib.channels.voice.service.lost_calls import LostCalls
    from chalicelib.channels.voice.service.mailbox import Mailbox
    from chalicelib.channels.voice.service.reconciling import Reconciler
    from chalicelib.channels.voice.service.records import PhoneWatch, RecordKeeper
    from chalicelib.channels.voice.service.retention import Retention
    from chalicelib.channels.voice.store.records import RecordStore
    from chalicelib.contacts.model.contact import Contact
    from chalicelib.kernel.ids import TenantId
    from chalicelib.outreach.model.appointment import Appointment
    from chalicelib.tenancy.model.tenant import Tenant


class _Later:
    """The port `Appointments`: most calls promise nothing, and need none of that."""

    def make(
        self, client: Tenant, *, number: str, at: datetime, note: str, by: str, previous: Contact | None, now: datetime
    ) -> Appointment:
        return outreach.appointments().make(
            client, number=number, at=at, note=note, by=by, previous=previous, now=now
        )  # fmt: skip

    def cancel(self, tenant: TenantId, id: str, now: datetime) -> Appointment:
        return outreach.appointments().cancel(tenant, id, now)


@cache
def attendant() -> Attendant:
    from time import monotonic

    from chalicelib.aws.settings import settings
    from chalicelib.aws.webhook import Webhook
    from chalicelib.channels.voice.service.attendant import Attendant
    from chalicelib.channels.voice.service.planes import Planes
    from chalicelib.channels.voice.store.lookup_desk import LookupDesk
    from chalicelib.tenancy.service.directory import Directory
    from chalicelib.tenancy.store.tenants import TenantStore

    # A caller listens to greeting and menu for half a minute: the client is read once for that call.
    patient = Directory(TenantStore(house.database()), monotonic, max_age_s=60)
    return Attendant(
        Planes(
            clients=patient,
            contacts=house.contacts(),
            router=house.routing(),
            lines=house.routing_store(),
            staff=house.workforce(),
            on_call=outreach.dispatches(),
            lookups=LookupDesk(Webhook(at_home=settings().stage == "local"), house.signing_key),
            appointments=_Later(),
        )
    )


@cache
def line_monitor() -> LineMonitor:
    from chalicelib.aws.connect import Recording
    from chalicelib.channels.voice.service.line_monitor import LineMonitor
    from chalicelib.channels.voice.service.paused import Pauses

    pauses = Pauses(house.contacts(), Recording())
    return LineMonitor(house.directory(), house.contacts(), house.routing(), outreach.dispatches(), pauses)


@cache
def record_store() -> RecordStore:
    from chalicelib.channels.voice.store.records import RecordStore

    return RecordStore(house.database())


@cache
def record_keeper() -> RecordKeeper:
    from chalicelib.channels.voice.service.records import RecordKeeper

    return RecordKeeper(record_store(), record_store(), mailbox(), retention())


@cache
def retention() -> Retention:
    from chalicelib.aws.settings import recordings_bucket
    from chalicelib.channels.voice.service.retention import Retention
    from chalicelib.channels.voice.store.tapes import TaggedTapes

    return Retention(house.directory(), TaggedTapes(recordings_bucket()))


@cache
def mailbox() -> Mailbox:
    from chalicelib.channels.voice.service.mailbox import Mailbox

    return Mailbox(house.directory(), house.contacts(), house.routing(), outreach.dispatches())


@cache
def phone_watch() -> PhoneWatch:
    from chalicelib.channels.voice.service.records import PhoneWatch

    return PhoneWatch(record_store(), record_store(), house.workforce(), house.routing())


@cache
def reconciler() -> Reconciler:
    from chalicelib.aws.settings import settings
    from chalicelib.aws.topics import Topic
    from chalicelib.channels.voice.service.adopting import Adoption
    from chalicelib.channels.voice.service.endings import Endings
    from chalicelib.channels.voice.service.reconciling import Reconciler

    endings, topic = Endings(house.contacts(), house.routing(), outreach.dispatches()), Topic(settings().topic_facts)
    adoption = Adoption(house.contacts(), house.directory(), house.workforce())
    return Reconciler(
        record_store(), house.contacts(), house.directory(), topic, endings, mailbox(), retention(), adoption
    )


@cache
def lost_calls() -> LostCalls:
    from time import sleep

    from chalicelib.aws.connect import Telephone
    from chalicelib.channels.voice.service.lost_calls import LostCalls
    from chalicelib.tenancy.model.caller import Scope

    return LostCalls(
        Telephone(),
        house.contacts(),
        house.routing(),
        house.routing_store(),
        house.workforce().teams,
        lambda: [listing.tenant for listing in house.directory().listings(Scope.everyone())],
        sleep,
    )
