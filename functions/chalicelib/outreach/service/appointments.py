"""Promised calls: at the moment that was promised a contact waits for an agent, for the one who was asked for first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from chalicelib.contacts.model.contact import Contact, State
from chalicelib.kernel.clock import instant, stamp
from chalicelib.kernel.errors import Conflict, Invalid, NotFound
from chalicelib.kernel.ids import AgentId, ContactId, TenantId
from chalicelib.outreach.model.agenda import Entry, Kind
from chalicelib.outreach.model.appointment import (
    AHEAD,
    ATTEMPTS,
    CANCELLED,
    MOST_NOTE,
    RETRY_S,
    Appointment,
    AppointmentState,
    appointment_id,
)
from chalicelib.outreach.model.campaign import LISTED, NO_ANSWER, TOO_LATE
from chalicelib.outreach.model.limits import Calls
from chalicelib.outreach.model.people import ZonesOf, zones_for
from chalicelib.outreach.model.windows import lawful, next_lawful
from chalicelib.outreach.service.calling import (
    arrival,
    shown_number,
    take_back,
    take_back_even_offered,
    takes_calls,
    terms_for,
    voice_id,
)
from chalicelib.outreach.service.do_not_call import DoNotCall, number_of
from chalicelib.outreach.service.ports import AppointmentBook, Clients, Contacts, NumberBook, Router
from chalicelib.tenancy.model.abroad import country_by_letters
from chalicelib.tenancy.model.tariff import is_abroad, is_dear
from chalicelib.tenancy.model.tenant import Disposition, Tenant

TARGET_S = 300  # from the promised moment to the agent who calls
WATCH_S = 300  # between two looks at one that is out

Leave = Callable[[Tenant, str, datetime], object]  # of `Campaigns`: the number leaves all of them


class Appointments:
    def __init__(
        self,
        *,
        book: AppointmentBook,
        numbers: NumberBook,
        do_not_call: DoNotCall,
        leave: Leave,
        clients: Clients,
        contacts: Contacts,
        router: Router,
        zones_of: ZonesOf,
    ) -> None:
        self._book = book
        self._numbers = numbers
        self._do_not_call = do_not_call
        self._leave = leave
        self._clients = clients
        self._contacts = contacts
        self._router = router
        self._zones_of = zones_of

    def make(
        self,
        client: Tenant,
        *,
        number: str,
        at: datetime,
        note: str,
        by: str,
        agent: AgentId | str = "",
        previous: Contact | None = None,
        now: datetime,
    ) -> Appointment:
        """Promises a call; promised again for the same moment, it is the same one, and anew where that one is over.
        `agent` is whom the customer wants, `previous` the contact in which it was promised.

        Raises Invalid for a moment or a number at which nobody can be called, Conflict for a number that is on the
        do-not-call list.
        """
        wanted = self._callable(client, number, previous)
        if len(note) > MOST_NOTE:
            raise Invalid("note", f"has {len(note)} characters", f"write at most {MOST_NOTE}")
        zones = zones_for(wanted, "", client.zone, self._zones_of)
        _demand_moment(client, at, zones, now)
        if self._numbers.standings(client.id, [wanted])[wanted].listed:
            raise Conflict(f"{wanted} is on the do-not-call list: do not call", reason="do_not_call")
        terms = client.calls.callback
        promised = Appointment(
            id=appointment_id(client.id, wanted, at),
            tenant=client.id,
            number=wanted,
            at=at,
            zones=zones,
            name=previous.customer_name if previous is not None else "",
            note=note,
            by=by,
            agent=AgentId(agent),
            previous=previous.contact if previous is not None else ContactId(""),
            thread=(previous.thread or previous.contact) if previous is not None else "",
            next_at=stamp(at),
            most=terms.attempts if terms is not None else ATTEMPTS,
            retry_s=terms.retry_s if terms is not None else RETRY_S,
            made_at=stamp(now),
            agenda=stamp(at),
        )
        standing = self._book.add(promised)
        return standing if standing.state is not AppointmentState.DONE else self._anew(standing, promised, now)

    def _anew(self, over: Appointment, promised: Appointment, now: datetime) -> Appointment:
        """In the place of the one that is over: no contact that was opened for that one is opened for this."""
        anew = replace(promised, turns=over.turns + 1)
        if not self._book.change(over, anew, now):
            raise Conflict("this appointment changed in that moment; promise it again")
        return anew

    def _callable(self, client: Tenant, text: str, previous: Contact | None) -> str:
        wanted = number_of(text)
        if self._clients.asked("phone", wanted) is not None:
            raise Invalid("number", f"{wanted} leads back to our own lines", "choose another number")
        if is_dear(wanted):
            raise Invalid("number", f"{wanted} is a premium number", "choose one that costs no more than a call")
        abroad = all(is_abroad(wanted, phone) for phone in client.entry_points.phones)
        own = previous is not None and wanted in (previous.customer, previous.callback)
        if abroad and not own and country_by_letters(wanted) not in client.calls.countries:
            raise Invalid(
                "number", f"{wanted} is abroad for {client.name}", "choose one at home, or the customer's own"
            )
        return wanted

    def cancel(self, tenant: TenantId, id: str, now: datetime) -> Appointment:
        """Nobody calls. Raises NotFound, and Conflict where somebody calls already."""
        self._clients.get(tenant)
        standing = self._get(tenant, id)
        if standing.state is AppointmentState.DONE:
            return standing
        if standing.state is AppointmentState.OUT:
            for contact in self._contacts.get_many([(tenant, standing.contact)]):
                if not contact.over and take_back_even_offered(self._router, contact, now) is None:
                    raise Conflict("somebody calls there already", state=contact.state.value)
        after = standing.over(CANCELLED)
        if not self._book.change(standing, after, now):
            raise Conflict("this appointment changed in that moment; look again")
        return after

    def of(self, tenant: TenantId) -> list[Appointment]:
        """Raises NotFound where there is no such client."""
        self._clients.get(tenant)
        return self._book.of(tenant)

    def to_come(self, tenant: TenantId, by: str) -> list[Appointment]:
        """What somebody promised himself, and is not over."""
        return [one for one in self._book.of(tenant) if one.by == by and one.state is not AppointmentState.DONE]

    def get(self, tenant: TenantId, id: str) -> Appointment:
        return self._get(tenant, id)

    def _get(self, tenant: TenantId, id: str) -> Appointment:
        standing = self._book.get(tenant, id)
        if standing is None:
            raise NotFound("appointment", id)
        return standing

    # When it is due

    def due(self, entry: Entry, now: datetime) -> str:
        """Its place in the agenda has come: it is called, or seen after."""
        standing = self._book.get(entry.tenant, entry.id)
        if standing is None or standing.state is AppointmentState.DONE or stamp(entry.at) < standing.agenda:
            self._book.strike(entry)
            return "over" if standing is None or standing.state is AppointmentState.DONE else "stale"
        try:
            client = self._clients.get(entry.tenant)
        except NotFound:
            self._book.strike(entry)
            return "gone"
        if standing.state is AppointmentState.OUT:
            return self._seen_after(client, standing, entry, now)
        if not takes_calls(client):
            self._book.watch(standing, entry, now + timedelta(seconds=WATCH_S))
            return "waits"
        known = self._numbers.standings(client.id, [standing.number])[standing.number]
        if known.listed:
            self._book.change(standing, standing.over(LISTED), now)
            return "listed"
        moment = next_lawful(max(now, instant(standing.next_at)), standing.zones, known.calls)
        if moment is None:
            self._book.change(standing, standing.over(TOO_LATE), now)
            return "over"
        if moment > now:
            self._book.watch(standing, entry, moment)
            return "waits"
        return self._called(client, standing, entry, now)

    def _called(self, client: Tenant, standing: Appointment, entry: Entry, now: datetime) -> str:
        turned = replace(standing, turns=standing.turns + 1, agenda=stamp(now + timedelta(seconds=WATCH_S)))
        taken = turned.taken(voice_id(turned.source_id))
        if not self._book.change(standing, taken, now, entry):
            return "known"
        self._send(client, taken, now)
        return "called"

    def _seen_after(self, client: Tenant, standing: Appointment, entry: Entry, now: datetime) -> str:
        """What a fault left is mended; and it is taken back where no agent had time for it before the night, or where
        nobody calls for the client any more."""
        self._book.watch(standing, entry, now + timedelta(seconds=WATCH_S))
        found = self._contacts.get_many([(client.id, standing.contact)])
        goes = takes_calls(client)
        if not found or (goes and found[0].state is State.ARRIVED):
            self._send(client, standing, now)
            return "mended"
        contact = found[0]
        if not contact.over and not goes:
            contact = take_back_even_offered(self._router, contact, now) or contact
        elif not contact.over and not lawful(now, standing.zones):
            contact = take_back(self._router, contact, now) or contact
        return self.settle(contact, now) if contact.over else "out"

    def _send(self, client: Tenant, standing: Appointment, now: datetime) -> None:
        contact = self._contacts.open(
            client.id,
            arrival(
                number=standing.number,
                shown=shown_number(client),
                source_id=standing.source_id,
                outreach=f"{Kind.APPOINTMENT}:{standing.id}",
                name=standing.name,
                previous=standing.previous,
                thread=standing.thread,
            ),
            now,
        )
        if contact.state is not State.ARRIVED:
            return
        terms = terms_for(client, TARGET_S)
        if standing.agent:
            terms = replace(terms, sticky=True, named=True)  # he was asked for, whatever the client's habit is
        self._router.enqueue(contact, terms, now=now, prefer=standing.agent)

    # What came of it

    def settle(self, contact: Contact, now: datetime) -> str:
        """What became of the call decides: tried again, or over. Told again, it is known already. Who wants no calls
        any more gets none, whatever else is known of this one."""
        client = self._clients.get(contact.tenant)
        numbers = self._do_not_call.wished(client, contact, now)
        settled = self._settled(client, contact, now)
        for number in numbers:
            self._leave(client, number, now)
        return settled

    def _settled(self, client: Tenant, contact: Contact, now: datetime) -> str:
        standing = self._book.get(contact.tenant, contact.outreach.partition(":")[2])
        if standing is None or standing.state is not AppointmentState.OUT or standing.contact != contact.contact:
            return "known"
        outcome = client.disposition(contact.disposition) if contact.state is State.WRAPPED else None
        calls = self._numbers.standings(client.id, [standing.number])[standing.number].calls
        after = _after(standing, contact, outcome, calls, now)
        return after.state.value if self._book.change(standing, after, now) else "known"


def _after(
    standing: Appointment, contact: Contact, outcome: Disposition | None, calls: Calls, now: datetime
) -> Appointment:
    if contact.state is State.WRAPPED:
        called, told = standing.called(), contact.disposition
        wait_s = outcome.again_s if outcome is not None else None
    elif contact.is_dialled:
        called, told, wait_s = standing.called(), NO_ANSWER, standing.retry_s
    else:  # taken back before anybody dialled
        called, told, wait_s = standing, TOO_LATE, 0
    if wait_s is None or called.attempts >= called.most:
        return called.over(told)
    moment = next_lawful(now + timedelta(seconds=wait_s), standing.zones, calls)
    if moment is None:
        return called.over(told)
    return replace(called.again(moment), agenda=stamp(moment))


def _demand_moment(client: Tenant, at: datetime, zones: tuple[str, ...], now: datetime) -> None:
    if at.tzinfo is None:
        raise Invalid("at", "names no time zone", "write it like 2026-12-01T15:30:00-05:00")
    if at <= now:
        raise Invalid("at", "is over", "choose a moment to come")
    if at > now + AHEAD:
        raise Invalid("at", "is too far ahead", f"choose a moment within {AHEAD.days} days")
    callback = client.calls.callback
    hours = callback.latest if callback is not None and callback.latest is not None else client.hours
    if not hours.is_open(at, client.zone.info):
        local = at.astimezone(client.zone.info)
        fix = "choose a moment at which somebody is at work"
        raise Invalid("at", f"{local:%A %H:%M} is outside of the hours in which {client.name} calls back", fix)
    if not lawful(at, zones):
        raise Invalid("at", "is before 08:00 or after 21:00 where the customer may live", "choose another hour")
