"""What an agent does about calls that we begin: makes one that he is given, promises one, sends for who is on call."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from chalicelib.contacts.model.contact import Contact, SomebodyElses, State
from chalicelib.contacts.model.errand import ERRAND_S, DialErrand
from chalicelib.contacts.service import Contacts
from chalicelib.desk.model import destinations
from chalicelib.desk.model.errands import Clock, SentFor, moment
from chalicelib.desk.service.ports import Appointments, Clients, Dispatches, Names, Permission, Zones
from chalicelib.kernel.channel import Channel
from chalicelib.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from chalicelib.kernel.ids import AgentId, ContactId, TenantId
from chalicelib.outreach.model.agenda import Kind
from chalicelib.outreach.model.appointment import Appointment, AppointmentState
from chalicelib.outreach.model.dispatch import Dispatch
from chalicelib.routing.service.leaving import WITHDRAWN
from chalicelib.routing.service.router import Router
from chalicelib.tenancy.model.caller import Caller
from chalicelib.tenancy.model.on_call import OnCall
from chalicelib.tenancy.model.tenant import Tenant

ME, TEAM = "me", "team"
_WITH_HIM = frozenset({State.CONNECTED, State.HELD, State.ENDED})


class DeskOutreach:
    def __init__(
        self,
        *,
        contacts: Contacts,
        router: Router,
        clients: Clients,
        permission: Permission,
        appointments: Appointments,
        dispatches: Dispatches,
        zones: Zones,
        names: Names,
    ) -> None:
        self._contacts = contacts
        self._router = router
        self._clients = clients
        self._permission = permission
        self._appointments = appointments
        self._dispatches = dispatches
        self._zones = zones
        self._names = names

    # A call that he is given

    def call(self, caller: Caller, tenant: TenantId, contact: ContactId, now: datetime) -> str:
        """The number that his telephone dials now. Pressed twice, it is counted once.

        Raises Conflict with the reason where the customer must not be called after all: then it is taken back.
        """
        standing = self._own(caller, tenant, contact)
        if standing.outreach.partition(":")[0] not in (Kind.CAMPAIGN, Kind.APPOINTMENT):
            raise Conflict("this is no call of a campaign, and none that was promised")
        if standing.state is not State.OFFERED:
            raise Conflict("this call is not offered to you any more", state=standing.state.value)
        if standing.is_dialled:
            raise Conflict("the customer is being called", state=standing.state.value)
        left = self._contacts.dial_errand(_agent(caller), now)
        if left is not None and left.contact == contact:
            return left.number
        self._demand_allowed(self._clients.get(tenant), standing, now)
        self._contacts.leave_dial(
            DialErrand(
                tenant=tenant,
                contact=contact,
                agent=_agent(caller),
                number=standing.customer,
                caller_id=standing.entry_point,
                until=now + timedelta(seconds=ERRAND_S),
            )
        )
        return standing.customer

    def _demand_allowed(self, client: Tenant, contact: Contact, now: datetime) -> None:
        try:
            self._permission.may_call(client, contact, now)
            self._permission.note_call(client, contact, now)
        except Conflict:
            self._router.abandon(contact.tenant, contact.contact, WITHDRAWN, now)
            raise

    # A call that he promises

    def clock(self, caller: Caller, tenant: TenantId, contact: ContactId, number: str = "") -> Clock:
        """`number` as it is typed, where that is not the customer's own: of half a number no clock is known."""
        standing, client = self._own(caller, tenant, contact), self._clients.get(tenant)
        own = _number_of(standing)
        wanted = _read(number) if number.strip() else own
        theirs = self._zones(wanted) if wanted else ()
        known = {one for one in (wanted, own) if one}
        promised = tuple(
            (one, "you" if one.agent == caller.agent else self._names(one.agent) if one.agent else "")
            for one in self._appointments.of(tenant)
            if one.state is not AppointmentState.DONE and (one.number in known or one.thread == _thread(standing))
        )
        return Clock(zone=client.zone, theirs=theirs, number=own, promised=promised)

    def promise(
        self,
        caller: Caller,
        tenant: TenantId,
        contact: ContactId,
        *,
        at: str,
        number: str = "",
        note: str = "",
        whose: str = ME,
        now: datetime,
    ) -> Appointment:
        """`at` as `errands.moment` reads it, in the client's zone; `whose` says who shall call if he is there."""
        if whose not in (ME, TEAM):
            raise Invalid("whose", f"{whose!r} is not known", f"send {ME} or {TEAM}")
        standing, client = self._with_him(caller, tenant, contact), self._clients.get(tenant)
        wanted = destinations.number("number", number or _number_of(standing))
        destinations.demand_outside("number", wanted, client)
        destinations.demand_affordable("number", wanted, client, _number_of(standing))
        if self._clients.asked("phone", wanted) is not None:
            raise Invalid("number", f"{wanted} leads back to our own lines", "choose another number")
        when = moment(at, client.zone.info)
        if when <= now:
            raise Invalid("at", "is over", "choose a time to come")
        agent = _agent(caller)
        return self._appointments.make(
            client,
            number=wanted,
            at=when,
            note=note.strip(),
            by=f"agent:{agent}",
            agent=agent if whose == ME else "",
            previous=_of(standing, wanted),
            now=now,
        )

    def promised(self, caller: Caller, tenant: TenantId) -> list[Appointment]:
        """What he promised himself, and is still to come."""
        return self._appointments.to_come(tenant, f"agent:{_agent(caller)}")

    def take_back(self, caller: Caller, tenant: TenantId, id: str, now: datetime) -> Appointment:
        """Raises NotAllowed for what somebody else promised, Conflict where somebody calls there already."""
        if self._appointments.get(tenant, id).by != f"agent:{_agent(caller)}":
            raise NotAllowed("somebody else promised this call")
        return self._appointments.cancel(tenant, id, now)

    # Who is on call

    def dispatch(
        self, caller: Caller, tenant: TenantId, contact: ContactId, *, ladder: str, message: str, now: datetime
    ) -> SentFor:
        standing, client = self._with_him(caller, tenant, contact), self._clients.get(tenant)
        if not message.strip():
            raise Invalid("message", "is empty", "write what has happened, and where")
        if not any(one.name == ladder for one in client.on_call):
            known = ", ".join(str(one.name) for one in client.on_call) or "none: this client has nobody on call"
            raise Invalid("ladder", f"{ladder!r} is none of this client's", f"choose {known}")
        by = f"agent:{_agent(caller)}"
        begun = self._dispatches.start(client, standing, ladder=ladder, message=message.strip(), by=by, now=now)
        return self._told(begun)

    def dispatched(
        self, caller: Caller, tenant: TenantId, contact: ContactId
    ) -> tuple[SentFor | None, tuple[OnCall, ...]]:
        """Where it stands, None where nobody was sent for; and the client's ladders."""
        found = self._dispatches.of(self._own(caller, tenant, contact))
        return self._told(found) if found is not None else None, self._clients.get(tenant).on_call

    def cancel_dispatch(self, caller: Caller, tenant: TenantId, contact: ContactId, now: datetime) -> SentFor:
        standing = self._own(caller, tenant, contact)
        found = self._dispatches.of(standing)
        if found is None:
            raise NotFound("dispatch", contact)
        return self._told(self._dispatches.cancel(tenant, found.contact, by=f"agent:{_agent(caller)}", now=now))

    def _told(self, dispatch: Dispatch) -> SentFor:
        """Who is on call has a name already; of an agent we know the id."""
        kind, _, agent = dispatch.who.partition(":")
        return SentFor(dispatch, self._names(AgentId(agent)) if kind == "agent" and agent else dispatch.who)

    # Whose it is

    def _own(self, caller: Caller, tenant: TenantId, contact: ContactId) -> Contact:
        standing = self._contacts.get(tenant, contact)
        if standing.agent != _agent(caller):
            raise SomebodyElses(standing)
        return standing

    def _with_him(self, caller: Caller, tenant: TenantId, contact: ContactId) -> Contact:
        standing = self._own(caller, tenant, contact)
        if standing.state not in _WITH_HIM:
            raise Conflict("take the contact first", state=standing.state.value)
        return standing


def _agent(caller: Caller) -> AgentId:
    if not caller.agent:
        raise NotAllowed("you take no contacts")
    return caller.agent


def _number_of(contact: Contact) -> str:
    known = contact.callback or contact.customer
    return known if contact.channel is Channel.VOICE and known.startswith("+") else ""


def _read(text: str) -> str:
    """The number, where it is one already."""
    try:
        return destinations.number("number", text)
    except Invalid:
        return ""


def _thread(contact: Contact) -> str:
    return contact.thread or contact.contact


def _of(contact: Contact, number: str) -> Contact:
    """In which the call was promised. Who is called at another number may be somebody else: no name goes with it."""
    own = number in (contact.customer, contact.callback)
    return contact if own else replace(contact, customer_name="")
