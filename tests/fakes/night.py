"""Somebody on call, an urgent message, and the clock that takes it up the ladder."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from chalicelib.contacts.model.contact import Arrival, Contact
from chalicelib.contacts.service import Contacts
from chalicelib.contacts.store import ContactStore
from chalicelib.kernel.channel import Channel
from chalicelib.outreach.model.agenda import Entry, Kind
from chalicelib.outreach.model.dispatch import Dispatch
from chalicelib.outreach.service.agenda import Agenda
from chalicelib.outreach.store.agenda import AgendaStore
from chalicelib.tenancy.model.address import E164, Mailbox
from chalicelib.tenancy.model.form import Line, Name
from chalicelib.tenancy.model.hours import Hours, Span
from chalicelib.tenancy.model.on_call import By, OnCall, Person, Step
from chalicelib.tenancy.model.tenant import Tenant
from tests.fakes.memory import MemoryDatabase
from tests.fakes.on_call import SITE, Carrier, on_call
from tests.fakes.tenants import sample

MONDAY = datetime.fromisoformat("2026-11-23T15:00:00+00:00")  # 09:00 in Chicago
RAY, DANA, KIM = "Ray", "Dana", "Kim"
RAYS, DANAS, KIMS = "+15550100777", "+15550100779", "+15550100781"
BOSS = "boss@rapid-office.example"
NIGHT = Hours(monday=(Span("20:00-24:00"),))
DAY = Hours(monday=(Span("08:00-20:00"),))

PEOPLE = (
    Person(name=Line(RAY), phone=E164(RAYS)),
    Person(name=Line(DANA), phone=E164(DANAS), email=Mailbox("dana@rapid-office.example"), hours=DAY),
    Person(name=Line(KIM), phone=E164(KIMS), hours=NIGHT),
)


def step(who: str, by: By, wait_s: int = 120) -> Step:
    return Step(who=Line(who), by=by, wait_s=wait_s)


USUAL = (step(RAY, By.VOICE), step(RAY, By.SMS), step(DANA, By.VOICE), step(DANA, By.EMAIL, 300))


def ladder(*steps: Step, **more: Any) -> OnCall:
    return OnCall(
        **{
            "name": Name("emergency"),
            "title": Line("Water"),
            "rounds": 1,
            "people": PEOPLE,
            "steps": steps or USUAL,
            **more,
        }
    )


@dataclass
class Night:
    """A client with somebody on call, a call that is urgent, and the clock of the agenda."""

    climbed: OnCall = field(default_factory=ladder)
    now: datetime = MONDAY
    carrier: Carrier = field(default_factory=Carrier)

    def __post_init__(self) -> None:
        self.client: Tenant = replace(sample("plumber"), on_call=(self.climbed,))
        self.database = MemoryDatabase()
        self.contacts = Contacts(ContactStore(self.database))
        self.dispatches = on_call(self.database, self.carrier, self.contacts)
        self.pages = AgendaStore(self.database)
        self.failed: list[Exception] = []
        self.agenda = Agenda(self.pages, {Kind.DISPATCH: self.dispatches.due}, self._fail)
        arrival = Arrival(channel=Channel.VOICE, entry_point="+15550100100", customer="+15557654321", source_id="c-1")
        self.source = self.contacts.open(self.client.id, arrival, self.now)

    def _fail(self, entry: Entry, error: Exception) -> None:
        self.failed.append(error)

    def begins(self, message: str = "Water in the cellar, 411 Elm.", by: str = "agent:maria", **how: Any) -> Dispatch:
        source = how.get("source", self.source)
        began = self.dispatches.start(self.client, source, ladder="emergency", message=message, by=by, now=self.now)
        self.id = began.contact
        return began

    @property
    def it(self) -> Dispatch:
        return self.dispatches.get(self.client.id, self.id)

    @property
    def contact(self) -> Contact:
        return self.contacts.get(self.client.id, self.id)

    def facts(self) -> list[str]:
        return [fact.kind for fact in self.contact.facts]

    def passes(self, seconds: float) -> None:
        """The agenda's clock strikes once, so much later."""
        self.now += timedelta(seconds=seconds)
        self.agenda.work(self.now, lambda: 45.0)

    def hangs_up(self, place: int = -1, *, answered: bool = False) -> str:
        call = self.carrier.rang[place].call
        return self.dispatches.over(call, self.now, at=self.now, answered=answered)

    def takes(self, who: str = RAY, how: str = "voice") -> Dispatch:
        return self.dispatches.acknowledge(self.client.id, self.id, who=who, how=how, now=self.now)

    def link(self) -> str:
        """The token of the latest text or mail."""
        text = self.carrier.texted[-1][1] if self.carrier.texted else self.carrier.mailed[-1][2].text
        return text.split(f"{SITE}/oncall/")[1].split()[0]

    def notes(self) -> list[str]:
        said = self.contacts.messages(self.client.id, self.source.contact)
        return [message.draft.text for message in said if message.draft.kind == "note"]

    def tried(self) -> list[tuple[str, str]]:
        return [(one.person, one.by.value) for one in self.it.attempts]
