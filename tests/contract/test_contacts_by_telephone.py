"""What only a telephone does to a contact, and the errands it is sent on: told once, in one write each."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from chalicelib.aws.table import Database
from chalicelib.contacts.model.contact import Arrival, Contact, IllegalMove, SomebodyElses, State, opened
from chalicelib.contacts.model.errand import ERRAND_S, DialErrand, TransferErrand
from chalicelib.contacts.service import Contacts
from chalicelib.contacts.store import ContactStore
from chalicelib.kernel.channel import Channel
from chalicelib.kernel.errors import Conflict, Invalid, NotFound
from chalicelib.kernel.facts import Fact
from chalicelib.kernel.ids import AgentId, ContactId, TenantId
from tests.fakes.clock import Clock
from tests.fakes.memory import MemoryDatabase

SHOP, CLINIC = TenantId("shop"), TenantId("clinic")
MARIA, JONAS = AgentId("maria"), AgentId("jonas")
NUMBER = "+15557654321"
FACTS = {
    "queued": {"team": "shared", "deadline": "2026-11-23T09:00:30.000Z"},
    "offered": {"agent": "maria", "offer": "o1", "reason": "r"},
    "connected": {"agent": "maria"},
    "ended": {"why": "customer"},
    "wrapped": {"disposition": "solved"},
}
ON_THE_WAY = tuple(FACTS)


@dataclass
class Exchange:
    """Calls as far as a test wants them to have come."""

    database: Database
    clock: Clock = field(default_factory=Clock)

    def __post_init__(self) -> None:
        self.store = ContactStore(self.database)
        self.contacts = Contacts(self.store)

    def call(self, until: str = "arrived", **more: str) -> Contact:
        arrival = Arrival(
            channel=Channel.VOICE, entry_point="+15550100100", customer=NUMBER, source_id=uuid.uuid4().hex, **more
        )
        contact = self.contacts.open(SHOP, arrival, self.clock())
        for kind in ON_THE_WAY[: ON_THE_WAY.index(until) + 1] if until != "arrived" else ():
            contact = self.store.move(SHOP, contact.contact, Fact(kind=kind, at=self.clock.passes(1), data=FACTS[kind]))
        return contact

    def now_of(self, contact: Contact) -> Contact:
        return self.contacts.get(SHOP, contact.contact)


@pytest.fixture
def exchange(database: Database) -> Exchange:
    return Exchange(database)


Doing = Callable[[Exchange, ContactId], Contact]


def dialled(exchange: Exchange, contact: ContactId) -> Contact:
    return exchange.contacts.dialled(SHOP, contact, to="customer", call="c-9", now=exchange.clock.passes(1))


def transferred(exchange: Exchange, contact: ContactId) -> Contact:
    leg = ContactId("vnew")
    return exchange.contacts.transferred(
        SHOP, contact, agent="maria", to="team:night", leg=leg, now=exchange.clock.passes(1)
    )


def paused(exchange: Exchange, contact: ContactId) -> Contact:
    return exchange.contacts.pause_recording(SHOP, contact, agent="maria", now=exchange.clock.passes(1))


def looked_up(exchange: Exchange, contact: ContactId) -> Contact:
    return exchange.contacts.looked_up(SHOP, contact, what="order", found="yes", id="q1", now=exchange.clock.passes(1))


def asked(exchange: Exchange, contact: ContactId) -> Contact:
    return exchange.contacts.ask_callback(
        SHOP, contact, number=NUMBER, attempts=3, retry_s=600, now=exchange.clock.passes(1)
    )


def rated(exchange: Exchange, contact: ContactId) -> Contact:
    return exchange.contacts.rate(SHOP, contact, score=4, now=exchange.clock.passes(1))


def patched(exchange: Exchange, contact: ContactId) -> Contact:
    return exchange.contacts.patched(SHOP, contact, exchange.clock.passes(1))


def closed(exchange: Exchange, contact: ContactId) -> Contact:
    return exchange.contacts.close(SHOP, contact, exchange.clock.passes(1), why="hung up")


MAY: dict[str, tuple[Doing, tuple[str, ...], State | None]] = {
    "dialled": (dialled, ("arrived", "queued", "offered", "connected"), None),
    "transferred": (transferred, ("connected", "ended"), None),
    "recording_paused": (paused, ("connected",), None),
    "looked_up": (looked_up, ("arrived", "queued", "connected"), None),
    "callback_asked": (asked, ("queued",), None),
    "rated": (rated, ("connected", "ended", "wrapped"), None),
    "patched": (patched, ("arrived",), State.PATCHED),
    "closed": (closed, ("arrived",), State.CLOSED),
}


@pytest.mark.parametrize("kind", sorted(MAY))
def test_each_happens_from_its_own_states_only_and_twice_is_once(exchange: Exchange, kind: str) -> None:
    does, come_from, becomes = MAY[kind]
    for until in ("arrived", *ON_THE_WAY):
        contact = exchange.call(until)
        if until not in come_from:
            with pytest.raises(Conflict):
                does(exchange, contact.contact)
            assert exchange.now_of(contact) == contact
            continue
        after = does(exchange, contact.contact)
        assert after.state is (becomes or contact.state)
        assert after == contact.after(after.facts[-1]) == exchange.now_of(contact)
        assert after.facts[-1].kind == kind
        assert does(exchange, contact.contact) == after


def test_another_call_another_leg_and_another_question_are_told_again(exchange: Exchange) -> None:
    contact, contacts, clock = exchange.call("connected"), exchange.contacts, exchange.clock
    for call in ("c-1", "c-2", "c-1"):
        contacts.dialled(SHOP, contact.contact, to="outside", call=call, now=clock.passes(1), agent="maria")
    for id in ("q1", "q2", "", ""):
        contacts.looked_up(SHOP, contact.contact, what="order", found="no", id=id, now=clock.passes(1))
    for leg in ("v1", "v2", "v2"):
        contacts.transferred(
            SHOP, contact.contact, agent="maria", to="agent:ben", leg=ContactId(leg), now=clock.passes(1)
        )
    told = [fact.kind for fact in exchange.now_of(contact).facts[4:]]
    assert told == ["dialled"] * 2 + ["looked_up"] * 4 + ["transferred"] * 2


def test_a_dialled_call_that_is_told_again_when_it_is_over_is_silence(exchange: Exchange) -> None:
    contact = exchange.call("connected")
    dialled(exchange, contact.contact)
    ended = exchange.contacts.end(SHOP, contact.contact, by="customer", now=exchange.clock.passes(1))
    assert dialled(exchange, contact.contact) == ended


def test_a_recording_is_paused_and_goes_on_and_each_only_where_it_is_not_so(exchange: Exchange) -> None:
    contact, clock = exchange.call("connected"), exchange.clock
    contacts = exchange.contacts
    with pytest.raises(IllegalMove):
        contacts.resume_recording(SHOP, contact.contact, agent="maria", now=clock.passes(1))
    with pytest.raises(SomebodyElses):
        contacts.pause_recording(SHOP, contact.contact, agent="jonas", now=clock.passes(1))
    assert paused(exchange, contact.contact).recording == "paused"
    on = contacts.resume_recording(SHOP, contact.contact, agent="maria", now=clock.passes(1))
    assert on.recording == ""
    assert contacts.resume_recording(SHOP, contact.contact, agent="maria", now=clock.passes(1)) == on
    assert paused(exchange, contact.contact).recording == "paused"
    kinds = [fact.kind for fact in exchange.now_of(contact).facts[4:]]
    assert kinds == ["recording_paused", "recording_resumed", "recording_paused"]


def test_the_first_word_of_a_customer_holds_and_his_number_is_remembered(exchange: Exchange) -> None:
    contact = exchange.call("wrapped")
    assert rated(exchange, contact.contact).score == 4
    assert exchange.contacts.rate(SHOP, contact.contact, score=1, now=exchange.clock.passes(1)).score == 4
    waits = exchange.call("queued")
    assert asked(exchange, waits.contact).callback == NUMBER
    assert exchange.now_of(waits).last("callback_asked").data == {"number": NUMBER, "attempts": 3, "retry_s": 600}  # type: ignore[union-attr]
    assert (exchange.now_of(waits).state, exchange.now_of(waits).patient) == (State.QUEUED, True)


def test_a_leg_to_the_outside_is_patched_before_it_is_closed_and_never_after(exchange: Exchange) -> None:
    contact = exchange.call()
    assert patched(exchange, contact.contact).state is State.PATCHED
    over = closed(exchange, contact.contact)
    assert (over.state, over.over) == (State.CLOSED, True)
    assert patched(exchange, contact.contact) == over
    unanswered = exchange.call()
    closed(exchange, unanswered.contact)
    with pytest.raises(IllegalMove):
        patched(exchange, unanswered.contact)


@pytest.mark.parametrize(("score", "found", "to"), [(0, "maybe", "agent"), (6, "", "")])
def test_what_nobody_can_mean_is_refused(exchange: Exchange, score: int, found: str, to: str) -> None:
    contact, now = exchange.call("connected"), exchange.clock()
    with pytest.raises(Invalid):
        exchange.contacts.rate(SHOP, contact.contact, score=score, now=now)
    with pytest.raises(Invalid):
        exchange.contacts.looked_up(SHOP, contact.contact, what="order", found=found, now=now)
    with pytest.raises(Invalid):
        exchange.contacts.dialled(SHOP, contact.contact, to=to, call="c", now=now)
    assert exchange.now_of(contact) == contact


def test_what_an_arrival_says_of_a_leg_is_kept(exchange: Exchange) -> None:
    contact = exchange.call(direction="outbound", previous="v0", thread="v0", voicemail="s3://r/w.wav")
    kept = exchange.now_of(contact)
    assert (kept.direction, kept.previous, kept.thread, kept.voicemail) == ("outbound", "v0", "v0", "s3://r/w.wav")
    assert kept.facts[0].data["direction"] == "outbound"
    assert kept.patient


def test_a_move_of_the_telephone_costs_one_request() -> None:
    database = MemoryDatabase()
    exchange = Exchange(database)
    contact = exchange.call("connected")
    for does in (dialled, transferred, paused, looked_up, rated):
        database.requests.clear()
        does(exchange, contact.contact)
        does(exchange, contact.contact)
        assert database.requests == ["write", "write"]


# Errands


def errand(exchange: Exchange, contact: Contact, **more: str) -> TransferErrand:
    until = exchange.clock() + timedelta(seconds=ERRAND_S)
    made = TransferErrand(tenant=SHOP, contact=contact.contact, agent=MARIA, to="agent:ben", note="n", until=until)
    return replace(made, **more) if more else made  # type: ignore[arg-type]


def dial(exchange: Exchange, contact: Contact, agent: AgentId = MARIA) -> DialErrand:
    until = exchange.clock() + timedelta(seconds=ERRAND_S)
    return DialErrand(
        tenant=SHOP, contact=contact.contact, agent=agent, number=NUMBER, caller_id="+15550100100", until=until
    )


def test_an_errand_is_there_for_a_minute_and_only_for_its_own_client(exchange: Exchange) -> None:
    contact, clock = exchange.call("connected"), exchange.clock
    made = errand(exchange, contact)
    exchange.contacts.leave_transfer(made)
    assert exchange.contacts.transfer_errand(SHOP, contact.contact, clock.passes(59)) == made
    assert exchange.contacts.transfer_errand(CLINIC, contact.contact, clock()) is None
    assert exchange.contacts.transfer_errand(SHOP, contact.contact, clock.passes(1)) is None
    assert exchange.now_of(contact) == contact


def test_a_newer_errand_takes_the_place_of_the_older_one_and_never_the_reverse(exchange: Exchange) -> None:
    contact, clock = exchange.call("connected"), exchange.clock
    older = errand(exchange, contact)
    clock.passes(5)
    newer = errand(exchange, contact, to="team:night")
    exchange.contacts.leave_transfer(newer)
    exchange.contacts.leave_transfer(older)
    assert exchange.contacts.transfer_errand(SHOP, contact.contact, clock()) == newer
    clock.passes(1)
    newest = errand(exchange, contact, to="number:+15550100777")
    exchange.contacts.leave_transfer(newest)
    exchange.contacts.leave_transfer(newest)
    assert exchange.contacts.transfer_errand(SHOP, contact.contact, clock()) == newest


@pytest.mark.parametrize("until", ["queued", "offered", "ended"])
def test_nobody_hands_on_whom_he_does_not_speak_with(exchange: Exchange, until: str) -> None:
    contact = exchange.call(until)
    with pytest.raises(Conflict):
        exchange.contacts.leave_transfer(errand(exchange, contact))
    assert exchange.contacts.transfer_errand(SHOP, contact.contact, exchange.clock()) is None


def test_nobody_hands_on_another_ones_customer_or_one_that_is_not_there(exchange: Exchange) -> None:
    contact = exchange.call("connected")
    with pytest.raises(SomebodyElses):
        exchange.contacts.leave_transfer(errand(exchange, contact, agent="jonas"))
    nobody = opened(SHOP, ContactId("vnobody"), Arrival(
        channel=Channel.VOICE, entry_point="e", customer="c", source_id="s"
    ), exchange.clock())  # fmt: skip
    with pytest.raises(NotFound):
        exchange.contacts.leave_transfer(errand(exchange, nobody))


def test_an_agent_has_one_call_to_make_and_it_must_be_offered_to_him(exchange: Exchange) -> None:
    clock, agent = exchange.clock, AgentId(f"maria-{uuid.uuid4().hex}")
    first, second = exchange.call(), exchange.call()
    for contact in (first, second):
        with pytest.raises(Conflict):
            exchange.contacts.leave_dial(dial(exchange, contact, agent))
        data = {"agent": agent, "offer": "o1", "reason": "r"}
        exchange.store.move(SHOP, contact.contact, Fact(kind="offered", at=clock.passes(1), data=data))
        exchange.contacts.leave_dial(dial(exchange, contact, agent))
    assert exchange.contacts.dial_errand(agent, clock()) == dial(exchange, second, agent)
    assert exchange.contacts.dial_errand(JONAS, clock()) is None
    with pytest.raises(SomebodyElses):
        exchange.contacts.leave_dial(dial(exchange, second, JONAS))
    assert exchange.contacts.dial_errand(agent, clock.passes(ERRAND_S)) is None


def test_an_errand_costs_one_request_and_is_forgotten_by_the_table() -> None:
    database = MemoryDatabase()
    exchange = Exchange(database)
    contact = exchange.call("connected")
    database.requests.clear()
    exchange.contacts.leave_transfer(errand(exchange, contact))
    assert database.requests == ["transact"]
    (kept,) = [item for key, item in database.tables["contacts"].items() if key.sk == "ERRAND"]
    assert kept["expires"] == int(errand(exchange, contact).until.timestamp())
