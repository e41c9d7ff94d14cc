"""A whole telephone exchange in a test: our flows, our two voice Lambdas on memory, agents, and a virtual clock."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from chalicelib.channels.voice.model.call import flow_call
from chalicelib.channels.voice.model.event import contact_event
from chalicelib.channels.voice.service.attendant import Attendant
from chalicelib.channels.voice.service.line_monitor import LineMonitor
from chalicelib.channels.voice.service.paused import Pauses
from chalicelib.channels.voice.service.planes import Planes
from chalicelib.channels.voice.service.ports import Found, NoAnswer, NoSuchNumber, Subject
from chalicelib.contacts.model.contact import Contact
from chalicelib.contacts.service import Contacts
from chalicelib.contacts.store import ContactStore
from chalicelib.kernel.errors import Conflict, Invalid, NotFound, Unavailable
from chalicelib.kernel.ids import AgentId, ContactId, TeamId, TenantId, contact_id
from chalicelib.routing.service.router import Router
from chalicelib.routing.store.seats import RoutingStore
from chalicelib.tenancy.model.tenant import Tenant
from chalicelib.tenancy.service.files import read_files
from chalicelib.workforce.model import Agent, Status, graded
from infra.local.connect.clock import VirtualClock
from infra.local.connect.exchange import Exchange, NotNow, NotOnTheLine, Setup
from infra.local.connect.library import Library, deployed
from infra.local.connect.parties import Call, Speaker
from infra.local.connect.recording import Tapes
from infra.local.connect.script import Reply
from tests.fakes.memory import MemoryDatabase
from tests.fakes.on_call import Carrier, on_call

TENANTS = Path(__file__).parents[2] / "tenants"
FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:contact_flow"
MONDAY_MORNING = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)  # all sample clients are open
PLUMBER, CLINIC = "+15550100100", "+493055501300"


class Numbers:
    """The sample clients by what is dialled."""

    def __init__(self) -> None:
        read = read_files({path.name: path.read_text() for path in TENANTS.glob("*.toml")})
        self.tenants: dict[str, Tenant] = {phone: tenant for tenant in read for phone in tenant.entry_points.phones}

    def asked(self, kind: str, text: str) -> Tenant | None:
        return self.tenants.get(text) if kind == "phone" else None

    def get(self, tenant: TenantId) -> Tenant:
        return next(known for known in self.tenants.values() if known.id == tenant)


@dataclass(frozen=True, slots=True)
class Booked:
    id: str
    number: str
    at: datetime


class Calendar:
    """The port `Appointments`; `refuses`: no number may be called; `sleeps`: not at that hour."""

    def __init__(self) -> None:
        self.booked: dict[str, Booked] = {}
        self.refuses = self.sleeps = False

    def make(
        self, client: Tenant, *, number: str, at: datetime, note: str, by: str, previous: Contact | None, now: datetime
    ) -> Booked:
        if self.refuses:
            raise Conflict("this number must not be called")
        if self.sleeps:
            raise Invalid("at", "is at night where the customer may live", "choose another hour")
        assert previous is not None
        assert by == "customer"
        assert not note
        assert at > now
        one = Booked(f"{previous.contact}@{at:%d%H%M}", number, at)
        return self.booked.setdefault(one.id, one)

    def cancel(self, tenant: TenantId, id: str, now: datetime) -> None:
        self.booked.pop(id, None)


class Staff:
    """Who works where."""

    def __init__(self) -> None:
        self.agents: dict[AgentId, Agent] = {}

    def agent(self, agent: AgentId) -> Agent:
        if agent not in self.agents:
            raise NotFound("agent", agent)
        return self.agents[agent]


class OwnSystem:
    """The port `Lookups`: knows the orders and accounts that it is given; `down` as a client's system may be."""

    def __init__(self) -> None:
        self.orders: dict[str, str] = {}
        self.accounts: dict[str, Found] = {}
        self.down = False
        self.asked: list[str] = []

    def look_up(
        self, tenant: Tenant, subject: Subject, number: str, *, caller: str, contact: ContactId, now: datetime
    ) -> Found:
        self.asked.append(number)
        if self.down:
            raise NoAnswer("down")
        orders = {order: Found(status) for order, status in self.orders.items()}
        known = orders if subject is Subject.ORDER else self.accounts
        if number not in known:
            raise NoSuchNumber(number)
        return known[number]


class Functions:
    """The port `Lambdas`: answers at once, through JSON as the wire does. `broken` names steps that fail."""

    def __init__(self, clock: VirtualClock, attendant: Attendant) -> None:
        self._clock, self.attendant = clock, attendant
        self.broken: set[str] = set()
        self.delay_s = 0.0
        self.events: list[dict[str, Any]] = []
        self.answers: list[dict[str, str]] = []

    def invoke(self, function: str, event: Mapping[str, Any], then: Callable[[Reply], None]) -> None:
        wire = json.loads(json.dumps(event))
        self.events.append(wire)
        if wire["Details"]["Parameters"]["step"] in self.broken:
            reply = Reply(failed="Unhandled")
        else:
            answer = self.attendant.answer(flow_call(wire), self._clock.now())
            self.answers.append(answer)
            reply = Reply(value=json.loads(json.dumps(answer)))
        self._clock.later(self.delay_s, lambda: then(reply)) if self.delay_s else then(reply)


class Bus:
    """The port `Events`: keeps what was put, and delivers it to the line monitor in the order a test wants."""

    def __init__(self, clock: VirtualClock, monitor: LineMonitor) -> None:
        self._clock, self._monitor = clock, monitor
        self.kept: list[dict[str, Any]] = []
        self.meanings: list[str] = []
        self.held_back: set[str] = set()

    def put(self, detail: Mapping[str, Any], at: datetime) -> None:
        envelope = {"source": "aws.connect", "detail-type": "Amazon Connect Contact Event", "detail": dict(detail)}
        self.kept.append(json.loads(json.dumps(envelope)))
        if detail["eventType"] not in self.held_back:
            self.deliver(self.kept[-1])

    def deliver(self, event: Mapping[str, Any]) -> str:
        meaning = self._monitor.notice(contact_event(event), self._clock.now())
        self.meanings.append(meaning)
        return meaning

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [event["detail"] for event in self.kept if event["detail"]["eventType"] == kind]


class Kept:
    """The port `Records`: keeps what was put; `then` is told of each."""

    def __init__(self) -> None:
        self.records: list[Mapping[str, Any]] = []
        self.then: Callable[[Mapping[str, Any]], object] = lambda record: None

    def put(self, record: Mapping[str, Any]) -> None:
        self.records.append(json.loads(json.dumps(record)))
        self.then(self.records[-1])


class Expiries:
    """The port `Later`: an offer that nobody takes runs out on the virtual clock."""

    def __init__(self, clock: VirtualClock) -> None:
        self._clock = clock
        self.router: Router | None = None

    def send(self, message: Mapping[str, Any], delay_s: int) -> None:
        self._clock.later(delay_s, lambda: self._expire(message))

    def _expire(self, message: Mapping[str, Any]) -> None:
        assert self.router is not None
        self.router.due(message, self._clock.now())


class ExchangeRecorder:
    """The port `Recorder`: what Amazon Connect's API does, without the web between."""

    def __init__(self, exchange: Callable[[], Exchange]) -> None:
        self._exchange = exchange

    def belongs(self, call: str, first: str) -> bool:
        return self._exchange().describe(call).initial_id == first

    def part_now(self, call: str, first: str) -> str:
        for part in self._exchange().associated(first):
            if part.method == "QUEUE_TRANSFER" and part.previous is not None and part.previous.contact_id == call:
                call = part.contact_id
        return call

    def pause(self, call: str, first: str) -> None:
        self._do(lambda: self._exchange().suspend_recording(call))

    def resume(self, call: str, first: str) -> None:
        self._do(lambda: self._exchange().resume_recording(call))

    def _do(self, deed: Callable[[], object]) -> None:
        try:
            deed()
        except (NotNow, NotOnTheLine) as refused:
            raise Unavailable("Amazon Connect's recording") from refused


class Telephone:
    def __init__(
        self,
        start: datetime = MONDAY_MORNING,
        *,
        library: Library | None = None,
        tapes: Tapes | None = None,
        **setup: Any,
    ) -> None:
        self.clock = VirtualClock(start)
        self.database = MemoryDatabase()
        self.contacts = Contacts(ContactStore(self.database))
        expiries = Expiries(self.clock)
        self.seats = RoutingStore(self.database)
        self.router = expiries.router = Router(self.seats, expiries)
        self.staff, self.lookups, self.appointments = Staff(), OwnSystem(), Calendar()
        self.numbers = Numbers()
        self.carrier = Carrier()
        self.on_call = on_call(self.database, self.carrier, self.contacts)
        self.functions = Functions(self.clock, self.attendant())
        pauses = Pauses(self.contacts, ExchangeRecorder(lambda: self.exchange))
        self.bus = Bus(self.clock, LineMonitor(self.numbers, self.contacts, self.router, self.on_call, pauses))
        self.records = Kept()
        count = itertools.count(1)
        self.exchange = Exchange(
            clock=self.clock,
            library=library or deployed(FUNCTION),
            lambdas=self.functions,
            events=self.bus,
            records=self.records,
            mint=lambda: f"connect-{next(count):04d}",
            setup=Setup(**setup),
            tapes=tapes,
        )

    def attendant(self) -> Attendant:
        planes = Planes(
            clients=self.numbers,
            contacts=self.contacts,
            router=self.router,
            lines=self.seats,
            staff=self.staff,
            lookups=self.lookups,
            appointments=self.appointments,
            on_call=self.on_call,
        )
        return Attendant(planes)

    def agent(self, name: str, team: str = "shared", skills: str = "emergency booking reception general") -> None:
        """Signs in at the soft phone and is available to the router."""
        self.exchange.sign_in(name, name.title())
        who = Agent(
            agent=AgentId(name),
            name=name.title(),
            team=TeamId(team),
            skills=graded(skills.split()),
            certifications=frozenset({"confidentiality"}),  # the clinic asks for it
        )
        self.staff.agents[who.agent] = who
        self.router.set_status(who, Status.AVAILABLE, self.clock.now())

    def contact(self, call: Call, tenant: str = "plumber") -> Contact:
        return self.contacts.get(TenantId(tenant), contact_id("voice", call.segments[0].contact_id))

    def facts(self, call: Call, tenant: str = "plumber") -> list[str]:
        return [fact.kind for fact in self.contact(call, tenant).facts]


def heard(call: Call) -> list[str]:
    """What the caller heard of prompts."""
    return [line.text for line in call.transcript.lines if line.who is Speaker.SYSTEM]


def spoken(lines: Any, who: Speaker) -> list[str]:
    return [line.text for line in lines if line.who is who]
