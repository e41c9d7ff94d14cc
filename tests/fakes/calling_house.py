"""Campaigns and promised calls over the real stores and the real router, with a clock and agents that a test moves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from chalicelib.aws.table import Database
from chalicelib.contacts.model.contact import Contact, State
from chalicelib.contacts.service import Contacts
from chalicelib.contacts.store import ContactStore
from chalicelib.kernel.errors import NotFound
from chalicelib.kernel.ids import AgentId, ContactId, TenantId
from chalicelib.outreach.model.agenda import Entry, Kind
from chalicelib.outreach.model.campaign import Callee, Run
from chalicelib.outreach.service.agenda import Agenda
from chalicelib.outreach.service.appointments import Appointments
from chalicelib.outreach.service.campaigns import Campaigns
from chalicelib.outreach.service.do_not_call import DoNotCall
from chalicelib.outreach.service.loading import Loading
from chalicelib.outreach.service.permission import Permission
from chalicelib.outreach.service.settling import Settling
from chalicelib.outreach.store.agenda import TABLE, AgendaStore
from chalicelib.outreach.store.appointments import AppointmentStore
from chalicelib.outreach.store.campaigns import CampaignStore
from chalicelib.outreach.store.numbers import NumberStore
from chalicelib.routing.service.router import Router
from chalicelib.routing.store.seats import RoutingStore
from chalicelib.tenancy.model.tenant import Tenant
from chalicelib.workforce.model import Agent, Status
from tests.fakes.clock import Clock
from tests.fakes.queues import KeptQueue


class Book:
    """Clients, as files have them now."""

    def __init__(self, *clients: Tenant) -> None:
        self.clients = {client.id: client for client in clients}

    def get(self, tenant: TenantId) -> Tenant:
        if tenant not in self.clients:
            raise NotFound("tenant", tenant)
        return self.clients[tenant]

    def asked(self, kind: str, text: str) -> Tenant | None:
        return next((one for one in self.clients.values() if text in one.entry_points.phones), None)


class CallingHouse:
    def __init__(
        self, database: Database, *clients: Tenant, now: datetime, zones: Mapping[str, tuple[str, ...]] | None = None
    ) -> None:
        self.database = database
        self.clock = Clock(now)
        self.clients = Book(*clients)
        self.contacts = Contacts(ContactStore(database))
        self.router = Router(RoutingStore(database), KeptQueue())
        self.store, self.numbers = CampaignStore(database), NumberStore(database)
        self.promises, self.pages = AppointmentStore(database), AgendaStore(database)
        self.do_not_call = DoNotCall(self.numbers, self.clients)
        known = zones or {}
        self.zones_of = lambda number: known.get(number, ())
        self.campaigns = Campaigns(
            book=self.store,
            numbers=self.numbers,
            do_not_call=self.do_not_call,
            loading=Loading(self.store, self.numbers, self.zones_of),
            clients=self.clients,
            contacts=self.contacts,
            router=self.router,
        )
        self.appointments = Appointments(
            book=self.promises,
            numbers=self.numbers,
            do_not_call=self.do_not_call,
            leave=self.campaigns.leave,
            clients=self.clients,
            contacts=self.contacts,
            router=self.router,
            zones_of=self.zones_of,
        )
        self.permission = Permission(self.store, self.promises, self.numbers)
        self.settling = Settling(self.campaigns, self.appointments, self.do_not_call, self.clients)
        self.failures: list[Exception] = []
        deeds = {Kind.CAMPAIGN: self.campaigns.deed, Kind.APPOINTMENT: self.appointments.due}
        self.agenda = Agenda(self.pages, deeds, lambda entry, error: self.failures.append(error))

    @property
    def client(self) -> Tenant:
        return next(iter(self.clients.clients.values()))

    @property
    def tenant(self) -> TenantId:
        return self.client.id

    @property
    def now(self) -> datetime:
        return self.clock.now

    # Time and people

    def minute(self, seconds: float = 60) -> dict[str, int]:
        """The clock goes on, and the agenda is worked."""
        self.clock.passes(seconds)
        done = self.agenda.work(self.now, lambda: 45.0)
        assert not self.failures, self.failures
        return done

    def comes(self, name: str, status: Status = Status.AVAILABLE, **more: object) -> Agent:
        agent = Agent(agent=AgentId(name), name=name.capitalize(), team=self.client.team_id, **more)  # type: ignore[arg-type]
        self.router.set_status(agent, status, self.now)
        return agent

    def goes(self, name: str) -> None:
        self.comes(name, Status.OFFLINE)

    # A call

    def offered(self, name: str) -> Contact | None:
        """What the agent has before him."""
        seat = self.router.seat(self.client.team_id, AgentId(name))
        found = self.contacts.get_many([(held.tenant, contact) for contact, held in seat.contacts.items()])
        return next((one for one in found if one.state is State.OFFERED), None)

    def dials(self, name: str) -> Contact:
        """As the desk does it: allowed, counted, and then by telephone."""
        contact = self.offered(name)
        assert contact is not None, f"{name} has nothing"
        client = self.clients.get(contact.tenant)
        self.permission.may_call(client, contact, self.now)
        self.permission.note_call(client, contact, self.now)
        return self.contacts.dialled(
            contact.tenant, contact.contact, to="customer", call=f"call-{contact.contact}", now=self.now, agent=name
        )

    def not_answered(self, name: str) -> Contact:
        contact = self.dials(name)
        self.clock.passes(30)
        return self.router.abandon(contact.tenant, contact.contact, "no_answer", self.now)

    def talks(self, name: str, code: str) -> Contact:
        """To the end of the wrap-up."""
        contact = self.dials(name)
        self.router.accept(contact.tenant, contact.contact, now=self.clock.passes(10), agent=name)
        self.contacts.end(contact.tenant, contact.contact, by="customer", now=self.clock.passes(60))
        self.router.finish(
            contact.tenant,
            contact.contact,
            contact.channel,
            agent=name,
            team=self.client.team_id,
            disposition=code,
            now=self.clock.passes(20),
        )
        return self.contacts.get(contact.tenant, contact.contact)

    def settle(self, contact: Contact) -> str:
        settled = self.settling.settle(self.contacts.get(contact.tenant, contact.contact), self.now)
        self.settling.go_on(self.now)
        return settled

    def contact(self, id: str) -> Contact:
        return self.contacts.get(self.tenant, ContactId(id))

    # What there is

    def run(self, name: str) -> Run:
        return self.store.run(self.tenant, name)

    def person(self, campaign: str, number: str) -> Callee:
        found = self.store.person(self.tenant, campaign, number)
        assert found is not None, number
        return found

    def entries(self) -> list[Entry]:
        every = self.pages.due(self.now + timedelta(days=3650), 1000)
        return [one for one in every if one.tenant == self.tenant]

    def faults(self, campaign: str) -> list[str]:
        """What is wrong with the books of a campaign: everybody stands where he belongs, once, and is counted."""
        pk = f"T#{self.tenant}#P#{campaign}"
        items = [item for begins in ("CALLEE#", "DUE#", "OUT#") for item in self._all(pk, begins)]
        callees = {item["number"]: item for item in items if item["sk"].startswith("CALLEE#")}
        places = Counter(item["number"] for item in items if not item["sk"].startswith("CALLEE#"))
        wanted: dict[str, str] = {}
        for number, callee in callees.items():
            if callee["state"] == "waiting":
                wanted[f"DUE#{callee['next_at']}#{number}"] = number
            elif callee["state"] == "out":
                wanted[f"OUT#{number}"] = number
        there = {item["sk"] for item in items if not item["sk"].startswith("CALLEE#")}
        found = [f"missing {one}" for one in wanted.keys() - there] + [
            f"too many {one}" for one in there - wanted.keys()
        ]
        found += [f"{number} stands twice" for number, count in places.items() if count > 1]
        run, states = self.run(campaign), Counter(callee["state"] for callee in callees.values())
        if (run.waiting, run.out, run.done) != tuple(states[state] for state in ("waiting", "out", "done")):
            found.append(f"counted {run}, there are {dict(states)}")
        if sum(run.outcomes.values()) != run.done:
            found.append(f"outcomes {run.outcomes} of {run.done}")
        return found

    def _all(self, pk: str, begins: str) -> list[dict[str, object]]:
        page = self.database.query(TABLE, pk, begins=begins, limit=1000)
        assert page.next is None
        return page.items


def renamed(client: Tenant, name: str) -> Tenant:
    """A client of its own, so that tests on the emulator keep apart."""
    return replace(client, id=TenantId(name), team=type(client.team)(name))
