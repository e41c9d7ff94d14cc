"""Contacts in a store: moves are one conditional write, repeated ones are silence, words keep their order."""

from __future__ import annotations

import threading
import uuid

import pytest

from chalicelib.aws.dynamo import DynamoDatabase
from chalicelib.aws.table import Database
from chalicelib.contacts.model.contact import Arrival, Contact, IllegalMove, SomebodyElses, State
from chalicelib.contacts.model.conversation import Attachment, Draft
from chalicelib.contacts.service import Contacts
from chalicelib.contacts.store import ContactStore, contact_key
from chalicelib.kernel.channel import Channel
from chalicelib.kernel.errors import Conflict, Invalid, NotFound
from chalicelib.kernel.facts import Fact
from chalicelib.kernel.ids import ContactId, TenantId
from tests.fakes.clock import Clock
from tests.fakes.memory import MemoryDatabase

SHOP, CLINIC = TenantId("shop"), TenantId("clinic")


def arrival(source: str | None = None, channel: Channel = Channel.CHAT) -> Arrival:
    return Arrival(channel=channel, entry_point="wk_shop", customer="v1", source_id=source or uuid.uuid4().hex)


def connected(contacts: Contacts, store: ContactStore, clock: Clock, channel: Channel = Channel.CHAT) -> Contact:
    contact = contacts.open(SHOP, arrival(channel=channel), clock())
    for kind, data in (
        ("queued", {"team": "shared", "deadline": "d"}),
        ("offered", {"agent": "maria", "offer": "o1", "reason": "r"}),
        ("connected", {"agent": "maria"}),
    ):
        contact = store.move(SHOP, contact.contact, Fact(kind=kind, at=clock.passes(1), data=data))
    return contact


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(database: Database) -> ContactStore:
    return ContactStore(database)


@pytest.fixture
def contacts(store: ContactStore) -> Contacts:
    return Contacts(store)


def test_an_arrival_delivered_twice_opens_one_contact(contacts: Contacts, clock: Clock) -> None:
    first = contacts.open(SHOP, arrival("s1"), clock())
    again = contacts.open(SHOP, arrival("s1"), clock.passes(5))
    assert again == first
    assert again.opened_at == first.opened_at


def test_a_refused_contact_is_recorded_with_its_reason(contacts: Contacts, clock: Clock) -> None:
    tenant = TenantId(f"t{uuid.uuid4().hex[:8]}")
    refused = contacts.refuse(tenant, arrival(), "email is not part of the voice tier", "voice", clock())
    kept = contacts.get(tenant, refused.contact)
    assert kept.state is State.REFUSED
    assert kept.facts[-1].data == {"reason": "email is not part of the voice tier", "tier": "voice"}
    assert contacts.of_day(tenant, "2026-11-23") == [refused.contact]


def test_what_the_store_does_is_what_the_model_says(contacts: Contacts, store: ContactStore, clock: Clock) -> None:
    contact = connected(contacts, store, clock)
    held = contacts.hold(SHOP, contact.contact, agent="maria", now=clock.passes(1))
    assert held == contact.after(held.facts[-1])
    assert contacts.get(SHOP, contact.contact) == held


def test_an_illegal_move_changes_nothing_and_says_why(contacts: Contacts, clock: Clock) -> None:
    contact = contacts.open(SHOP, arrival(), clock())
    with pytest.raises(IllegalMove) as refused:
        contacts.end(SHOP, contact.contact, by="customer", now=clock())
    assert refused.value.facts == {"state": "arrived"}
    assert contacts.get(SHOP, contact.contact) == contact


def test_a_repeated_command_is_silence(contacts: Contacts, store: ContactStore, clock: Clock) -> None:
    contact = connected(contacts, store, clock)
    once = contacts.end(SHOP, contact.contact, by="customer", now=clock.passes(1))
    twice = contacts.end(SHOP, contact.contact, by="customer", now=clock.passes(1))
    assert twice == once


def test_an_agent_ends_only_his_own_contact(contacts: Contacts, store: ContactStore, clock: Clock) -> None:
    contact = connected(contacts, store, clock)
    with pytest.raises(SomebodyElses):
        contacts.end(SHOP, contact.contact, by="agent:jonas", now=clock())
    assert contacts.get(SHOP, contact.contact).state is State.CONNECTED


def test_another_tenant_sees_nothing_under_the_same_id(contacts: Contacts, clock: Clock) -> None:
    contact = contacts.open(SHOP, arrival(), clock())
    with pytest.raises(NotFound):
        contacts.get(CLINIC, contact.contact)
    with pytest.raises(NotFound):
        contacts.end(CLINIC, contact.contact, by="customer", now=clock())
    assert contacts.messages(CLINIC, contact.contact) == []


def test_words_are_numbered_in_order_and_said_once(contacts: Contacts, store: ContactStore, clock: Clock) -> None:
    contact = connected(contacts, store, clock)
    said = [
        contacts.say(contact, Draft(by=by, text=text, client_id=one), clock.passes(1))
        for by, text, one in [
            ("customer", "hello", "c1"),
            ("agent:maria", "hi", "c1"),
            ("customer", "hello", "c1"),
            ("customer", "it broke", "c2"),
        ]
    ]
    assert [message.n for message in said] == [1, 2, 1, 3]
    assert [message.draft.text for message in contacts.messages(SHOP, contact.contact)] == ["hello", "hi", "it broke"]
    assert [message.n for message in contacts.messages(SHOP, contact.contact, after=2)] == [3]


def test_a_message_comes_back_whole(contacts: Contacts, store: ContactStore, clock: Clock) -> None:
    contact = connected(contacts, store, clock, Channel.EMAIL)
    draft = Draft(
        by="customer",
        kind="email",
        text="t",
        client_id="m1",
        html="<p>t</p>",
        quoted="> q",
        subject="s",
        message_id="<m>",
        attachments=(Attachment(name="a.pdf", type="application/pdf", size=3, key="k"),),
        headers={"Date": "x"},
    )
    contacts.say(contact, draft, clock())
    assert contacts.messages(SHOP, contact.contact)[0].draft == draft


def test_nobody_speaks_in_a_chat_that_has_ended(contacts: Contacts, store: ContactStore, clock: Clock) -> None:
    contact = connected(contacts, store, clock)
    ended = contacts.end(SHOP, contact.contact, by="customer", now=clock())
    with pytest.raises(Conflict):
        contacts.say(ended, Draft(by="customer", text="one more", client_id="c9"), clock())
    note = contacts.say(ended, Draft(by="agent:maria", kind="note", text="called back", client_id="n1"), clock())
    assert note.n == 1


def test_a_text_beyond_the_limit_is_refused(contacts: Contacts, store: ContactStore, clock: Clock) -> None:
    contact = connected(contacts, store, clock)
    with pytest.raises(Invalid):
        contacts.say(contact, Draft(by="customer", text="👋" * 16_385, client_id="c1"), clock())


def test_an_answer_finds_its_thread_in_its_own_tenant_only(contacts: Contacts) -> None:
    key = f"<{uuid.uuid4().hex}@mail>"
    contacts.link(SHOP, ContactId("e1"), [key])
    assert contacts.thread(SHOP, ["<unknown@x>", key]) == "e1"
    assert contacts.thread(CLINIC, [key]) is None
    assert contacts.thread(SHOP, []) is None


def test_a_move_costs_one_request() -> None:
    database = MemoryDatabase()
    store = ContactStore(database)
    contacts, clock = Contacts(store), Clock()
    contact = connected(contacts, store, clock)
    database.requests.clear()
    contacts.hold(SHOP, contact.contact, agent="maria", now=clock())
    assert database.requests == ["write"]


def test_of_eight_who_speak_at_once_each_is_heard_once(emulated: DynamoDatabase) -> None:
    store = ContactStore(emulated)
    contacts, clock = Contacts(store), Clock()
    contact = connected(contacts, store, clock)
    threads = [
        threading.Thread(
            target=lambda n=number: contacts.say(contact, Draft(by="customer", text=str(n), client_id=f"c{n}"), clock())
        )
        for number in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    said = contacts.messages(SHOP, contact.contact)
    assert [message.n for message in said] == list(range(1, 9))
    assert sorted(message.draft.text for message in said) == [str(number) for number in range(8)]
    assert emulated.get("contacts", contact_key(SHOP, contact.contact)) is not None
