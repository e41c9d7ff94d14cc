"""What the events of a telephone call mean, in every order in which they may come, twice, and with one of them lost."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.channels.voice.model.event import contact_event
from chalicelib.channels.voice.service.line_monitor import LineMonitor
from chalicelib.channels.voice.service.paused import Pauses
from chalicelib.contacts.model.contact import OUTBOUND, Arrival, Contact, State
from chalicelib.contacts.service import Contacts
from chalicelib.contacts.store import ContactStore
from chalicelib.kernel.channel import Channel
from chalicelib.kernel.clock import stamp
from chalicelib.kernel.facts import Fact
from chalicelib.kernel.ids import AgentId, TeamId, TenantId, contact_id
from chalicelib.routing.service.router import Router
from chalicelib.routing.store.seats import RoutingStore
from chalicelib.workforce.model import Agent, Status
from tests.fakes.memory import MemoryDatabase
from tests.fakes.on_call import NobodyOnCall
from tests.fakes.queues import KeptQueue
from tests.fakes.telephone import MONDAY_MORNING, PLUMBER, Numbers
from tests.fakes.terms import terms

TENANT, TEAM = TenantId("plumber"), TeamId("shared")
MARIA, JONAS, WALLED = AgentId("maria"), AgentId("jonas"), AgentId("walled")
CALLER = "+15557654321"
LATER = MONDAY_MORNING + timedelta(hours=1)

Told = dict[str, Any]


def at(seconds: float) -> datetime:
    return MONDAY_MORNING + timedelta(seconds=seconds)


class Tape:
    """The port `Recorder`: nobody pauses anything in these stories."""

    def pause(self, call: str, first: str) -> None:
        raise AssertionError("nothing was paused")


@dataclass
class House:
    """The router and the monitor, and one contact as far as a story has brought it before its events come."""

    database: MemoryDatabase = field(default_factory=MemoryDatabase)
    contact: Contact | None = None

    def __post_init__(self) -> None:
        self.contacts = Contacts(ContactStore(self.database))
        self.router = Router(RoutingStore(self.database), KeptQueue())
        pauses = Pauses(self.contacts, Tape())
        self.monitor = LineMonitor(Numbers(), self.contacts, self.router, NobodyOnCall(), pauses)

    def agent(self, name: AgentId, status: Status = Status.AVAILABLE) -> Agent:
        walls = frozenset({TENANT}) if name == WALLED else frozenset[TenantId]()
        agent = Agent(agent=name, name=name, team=TEAM, walls=walls)
        self.router.set_status(agent, status, at(0))
        return agent

    def arrives(self, source: str = "c-1", **more: str) -> Contact:
        arrival = Arrival(channel=Channel.VOICE, entry_point=PLUMBER, customer=CALLER, source_id=source, **more)
        self.contact = self.contacts.open(TENANT, arrival, at(1))
        return self.contact

    def queues(self, source: str = "c-1") -> None:
        self.router.enqueue(self.arrives(source), terms(TENANT, TEAM), now=at(2))

    def hears(self, *events: Told) -> list[str]:
        return [self.monitor.notice(contact_event({"detail": told}), LATER) for told in events]

    @property
    def now(self) -> Contact:
        assert self.contact is not None
        return self.contacts.get(TENANT, self.contact.contact)

    def end(self) -> tuple[State, str, list[Fact], list[list[str]]]:
        """All that the events could have changed: the contact's facts, and who has what."""
        seats = [sorted(seat.contacts) for seat in self.router.seats(TEAM)]
        return self.now.state, self.now.agent, list(self.now.facts), seats


def event(kind: str, connect: str = "c-1", method: str = "INBOUND", tags: Told | None = None, **more: Any) -> Told:
    """`agent`, `system` and `over` are seconds after the start."""
    names = {"system": "connectedToSystemTimestamp", "over": "disconnectTimestamp"}
    told: Told = {
        "eventType": kind, "contactId": connect, "initialContactId": "c-1", "channel": "VOICE",
        "initiationMethod": method, "tags": {"tenantId": TENANT, **(tags or {})},
        "disconnectReason": more.get("reason"),
    }  # fmt: skip
    told |= {name: stamp(at(more[short])) for short, name in names.items() if more.get(short) is not None}
    if more.get("agent") is not None:
        told["agentInfo"] = {"connectedToAgentTimestamp": stamp(at(more["agent"]))}
    return told


BY_MARIA, BY_JONAS = {"agentId": MARIA}, {"agentId": JONAS}
NOBODY, BY_WALLED = {"agentId": "none"}, {"agentId": WALLED}


def segment(connect: str, method: str, tags: Told, reason: str, **times: float) -> list[Told]:
    """The events of one segment, each with what was known by then."""
    agent, system, over = times.get("agent"), times.get("system"), times["over"]

    def known(until: float) -> Told:
        return {name: second for name, second in times.items() if name != "over" and second <= until}

    told = [event("INITIATED", connect, method, tags)]
    told += [event("CONNECTED_TO_AGENT", connect, method, tags, **known(agent))] if agent else []
    told += [event("CONNECTED_TO_SYSTEM", connect, method, tags, **known(system))] if system else []
    return [*told, event("DISCONNECTED", connect, method, tags, reason=reason, **known(over), over=over)]


def answered() -> tuple[House, list[Told]]:
    """Moved from the holding queue to Maria's, who answers; she hangs up."""
    house = House()
    house.agent(MARIA)
    house.queues()
    moved = event("DISCONNECTED", "c-1", reason="OTHER", over=9)
    return house, [moved, *segment("c-2", "QUEUE_TRANSFER", BY_MARIA, "AGENT_DISCONNECT", agent=20, over=60)]


def fallback() -> tuple[House, list[Told]]:
    """Waits in the fallback queue; Jonas answers, whom nobody had asked, while it is offered to Maria."""
    house = House()
    house.agent(JONAS, Status.PAUSED)
    house.agent(MARIA)
    house.queues()
    return house, segment("c-1", "INBOUND", BY_JONAS, "CUSTOMER_DISCONNECT", system=1, agent=20, over=60)


def nobody_asked() -> tuple[House, list[Told]]:
    house = House()
    house.agent(JONAS, Status.PAUSED)
    house.queues()
    return house, segment("c-1", "INBOUND", BY_JONAS, "", agent=20, over=60)


def walled() -> tuple[House, list[Told]]:
    house = House()
    house.agent(WALLED)
    house.queues()
    return house, segment("c-1", "INBOUND", BY_WALLED, "CUSTOMER_DISCONNECT", agent=20, over=60)


def unnamed() -> tuple[House, list[Told]]:
    """The whisper flow could not say who answered."""
    house = House()
    house.queues()
    return house, segment("c-1", "INBOUND", NOBODY, "CUSTOMER_DISCONNECT", agent=20, over=60)


def gave_up() -> tuple[House, list[Told]]:
    house = House()
    house.agent(MARIA)
    house.queues()
    return house, segment("c-1", "INBOUND", {}, "CUSTOMER_DISCONNECT", system=1, over=30)


def handed_on() -> tuple[House, list[Told]]:
    """A transfer's own leg, named by its tag; it ends because its agent hands the customer on again."""
    house = House()
    house.agent(MARIA)
    house.queues("desk-7")
    assert house.contact is not None
    tags = {**BY_MARIA, "contactId": house.contact.contact}
    return house, segment("c-5", "TRANSFER", tags, "TRANSFERRED", agent=30, over=90)


def own_call(reached: bool) -> Callable[[], tuple[House, list[Told]]]:
    def build() -> tuple[House, list[Told]]:
        house = House()
        maria = house.agent(MARIA)
        contact = house.arrives("desk-9", direction=OUTBOUND)
        house.router.claim_own(contact, terms(TENANT, TEAM), maria, at(2))
        tags = {**BY_MARIA, "contactId": contact.contact}
        times = {"agent": 3.0, "over": 40.0} | ({"system": 15.0} if reached else {})
        return house, segment("c-1", "OUTBOUND", tags, "CUSTOMER_DISCONNECT" if reached else "OTHER", **times)

    return build


def called_back(reached: bool, attempts: int = 2, by: AgentId = MARIA) -> Callable[[], tuple[House, list[Told]]]:
    """He asks to be called back and hangs up; later Maria is on the line, and then he is, or not."""

    def build() -> tuple[House, list[Told]]:
        house = House()
        house.queues()
        assert house.contact is not None
        name = house.contact.contact
        house.contacts.ask_callback(TENANT, name, number=CALLER, attempts=attempts, retry_s=60, now=at(10))
        house.agent(MARIA)
        house.agent(JONAS, Status.PAUSED)
        hung_up = event("DISCONNECTED", "c-1", tags={"contactId": name}, reason="CUSTOMER_DISCONNECT", over=14)
        tags = {"agentId": by, "contactId": name}
        times = {"agent": 40.0, "over": 90.0} | ({"system": 55.0} if reached else {})
        reason = "AGENT_DISCONNECT" if reached else "TELECOM_PROBLEM"
        return house, [hung_up, *segment("c-3", "CALLBACK", tags, reason, **times)]

    return build


def outside() -> tuple[House, list[Told]]:
    house = House()
    contact = house.arrives("desk-4")
    house.contacts.dialled(TENANT, contact.contact, to="outside", call="c-6", now=at(5))
    return house, segment("c-6", "TRANSFER", {"contactId": contact.contact}, "CUSTOMER_DISCONNECT", system=4, over=50)


STORIES: dict[str, tuple[Callable[[], tuple[House, list[Told]]], State, str, list[str]]] = {
    "answered": (answered, State.ENDED, MARIA, ["arrived", "queued", "offered", "connected", "ended"]),
    "taken from the one who was asked": (
        fallback, State.ENDED, JONAS,
        ["arrived", "queued", "offered", "requeued", "offered", "connected", "ended"],
    ),
    "taken while nobody was asked": (
        nobody_asked, State.ENDED, JONAS, ["arrived", "queued", "offered", "connected", "ended"],
    ),
    "answered by one who may not": (walled, State.ABANDONED, "", ["arrived", "queued", "abandoned"]),
    "answered by nobody knows whom": (unnamed, State.ABANDONED, "", ["arrived", "queued", "abandoned"]),
    "gave up": (gave_up, State.ABANDONED, MARIA, ["arrived", "queued", "offered", "abandoned"]),
    "handed on": (handed_on, State.ENDED, MARIA, ["arrived", "queued", "offered", "connected", "ended"]),
    "own call, answered": (own_call(True), State.ENDED, MARIA, ["arrived", "offered", "dialled", "connected", "ended"]),
    "own call, no answer": (own_call(False), State.ABANDONED, MARIA, ["arrived", "offered", "abandoned"]),
    "called back": (
        called_back(True), State.ENDED, MARIA,
        ["arrived", "queued", "callback_asked", "offered", "dialled", "connected", "ended"],
    ),
    "called back by another one": (
        called_back(True, by=JONAS), State.ENDED, JONAS,
        ["arrived", "queued", "callback_asked", "offered", "dialled", "requeued", "offered", "connected", "ended"],
    ),
    "not reached": (
        called_back(False), State.ARRIVED, "",
        ["arrived", "queued", "callback_asked", "offered", "dialled", "not_reached"],
    ),
    "never reached": (
        called_back(False, attempts=1), State.ABANDONED, MARIA,
        ["arrived", "queued", "callback_asked", "offered", "dialled", "abandoned"],
    ),
    "outside": (outside, State.ARRIVED, "", ["arrived", "dialled"]),
}  # fmt: skip


def after(story: str, order: Callable[[Sequence[Told]], Iterable[Told]]) -> tuple[Any, ...]:
    house, told = STORIES[story][0]()
    house.hears(*order(told))
    return house.end()


@pytest.mark.parametrize("story", sorted(STORIES))
def test_a_calls_events_in_their_own_order_mean_what_happened(story: str) -> None:
    _, state, agent, kinds = STORIES[story]
    found = after(story, lambda told: told)
    assert (found[0], found[1], [fact.kind for fact in found[2]]) == (state, agent, kinds)


@pytest.mark.parametrize("story", sorted(STORIES))
def test_in_every_order_they_mean_the_same(story: str) -> None:
    whole = after(story, lambda told: told)
    _, told = STORIES[story][0]()
    for places in permutations(range(len(told))):
        assert after(story, lambda told, places=places: [told[place] for place in places]) == whole  # type: ignore[misc]


@given(story=st.sampled_from(sorted(STORIES)), dice=st.randoms(use_true_random=False))
def test_repeated_any_number_of_times_they_mean_the_same(story: str, dice: Any) -> None:
    def shuffled(told: Sequence[Told]) -> list[Told]:
        found = [*told, *(dice.choice(told) for _ in range(dice.randint(1, 6)))]
        dice.shuffle(found)
        return found

    assert after(story, shuffled) == after(story, lambda told: told)


@pytest.mark.parametrize("story", sorted(STORIES))
def test_one_that_is_lost_is_made_up_for_by_the_last_one(story: str) -> None:
    whole = after(story, lambda told: told)
    _, told = STORIES[story][0]()
    last = {place for place, one in enumerate(told) if one["eventType"] == "DISCONNECTED"}
    for lost in set(range(len(told))) - last:
        assert after(story, lambda told, lost=lost: [*told[:lost], *told[lost + 1 :]]) == whole  # type: ignore[misc]


def test_a_call_out_begins_when_the_later_of_the_two_is_on_the_line() -> None:
    for agent, system in ((3.0, 15.0), (15.0, 3.0)):
        house, _ = own_call(True)()
        told = segment("c-1", "OUTBOUND", {**BY_MARIA, "contactId": house.now.contact}, "", agent=agent, system=system, over=40)  # noqa: E501  # fmt: skip
        first, second = (told[1], told[2]) if agent < system else (told[2], told[1])
        assert house.hears(first) == ["rings"]
        assert house.now.state is State.OFFERED
        assert house.hears(second) == ["connected"]
        assert house.now.last("connected").at == at(15)  # type: ignore[union-attr]


def test_an_attempt_that_failed_long_ago_ends_no_later_one() -> None:
    house, told = called_back(False, attempts=3)()
    house.hears(*told)
    again = house.router.enqueue(house.now, terms(TENANT, TEAM), now=at(200))
    assert house.now.agent == MARIA, again
    elsewhere = [replace_contact(one, "c-9") for one in told if one["initiationMethod"] == "CALLBACK"]
    house.hears(*told, *elsewhere)
    assert house.now.state is State.OFFERED
    tags = {**BY_MARIA, "contactId": house.now.contact}
    reached = segment("c-4", "CALLBACK", tags, "CUSTOMER_DISCONNECT", agent=230, system=240, over=300)
    assert house.hears(*reached[:3])[-1] == "connected"
    house.hears(*told, *elsewhere)
    assert house.now.state is State.CONNECTED
    assert house.hears(reached[3]) == ["ended"]


def replace_contact(told: Told, connect: str) -> Told:
    return {**told, "contactId": connect}


def test_an_end_that_lacks_its_instants_ends_a_conversation_that_was_heard_of() -> None:
    house, told = own_call(True)()
    poorer = {name: value for name, value in told[-1].items() if name != "connectedToSystemTimestamp"}
    house.hears(*told[:3])
    assert house.hears(poorer) == ["ended"]


def test_the_number_that_was_dialled_is_known_from_connects_own_tag() -> None:
    house, told = gave_up()
    untagged = {**told[-1], "tags": {"aws:connect:systemEndpoint": PLUMBER}}
    assert house.hears(untagged) == ["abandoned"]
    house, told = gave_up()
    assert house.hears({**told[-1], "tags": {"aws:connect:systemEndpoint": "+15550999999"}}) == ["unknown_tenant"]


def test_the_tag_names_the_leg_and_another_clients_name_finds_nothing() -> None:
    house, told = handed_on()
    assert contact_event({"detail": told[1]}).ours == house.now.contact != contact_id("voice", "c-1")
    foreign = {**told[-1], "tags": {**told[-1]["tags"], "tenantId": "clinic"}}
    assert house.hears(foreign) == ["unknown_contact"]


@pytest.mark.parametrize(
    ("reason", "by", "why"),
    [
        ("TRANSFERRED", "system", "transferred"),
        ("OTHER", "system", "system"),
        ("TELECOM_PROBLEM", "system", "system"),
        ("THIRD_PARTY_DISCONNECT", "system", "system"),
        ("AGENT_DISCONNECT", "agent:maria", "agent"),
        ("CUSTOMER_DISCONNECT", "customer", "customer"),
    ],
)
def test_a_leg_that_an_agent_had_ends_for_whatever_reason(reason: str, by: str, why: str) -> None:
    house, _ = answered()
    house.hears(*segment("c-2", "QUEUE_TRANSFER", BY_MARIA, reason, agent=20, over=60))
    ended = house.now.facts[-1]
    assert (ended.kind, ended.by, ended.data) == ("ended", by, {"why": why})


def test_an_outside_leg_is_left_to_its_record_until_that_closed_it() -> None:
    house, told = outside()
    assert house.hears(told[-1]) == ["outside_leg"]
    house.contacts.patched(TENANT, house.now.contact, at(10))
    assert house.hears(told[-1]) == ["outside_leg"]
    house.contacts.close(TENANT, house.now.contact, at(50))
    assert house.hears(told[-1]) == ["too_late_closed"]


def test_who_takes_the_call_is_told_in_the_log_line() -> None:
    house, told = fallback()
    assert house.hears(*told) == ["noted", "taken", "noted", "ended"]
    assert replace(house.now, facts=()).agent == JONAS
