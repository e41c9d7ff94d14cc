"""What a chat leaves in the tables, on the fake and on the emulator alike."""

from __future__ import annotations

import threading
import uuid

import pytest

from chalicelib.aws.dynamo import DynamoDatabase
from chalicelib.aws.table import Database
from chalicelib.channels.chat.model.outcome import Closed, TurnedAway
from chalicelib.channels.chat.model.view import Phase
from chalicelib.channels.chat.model.visit import source_of
from chalicelib.channels.chat.service.chat import PACE
from chalicelib.contacts.model.contact import State
from chalicelib.kernel.errors import Conflict, NotSignedIn, TooMany
from chalicelib.kernel.ids import ConnectionId, contact_id
from tests.fakes.chatroom import CHRISTMAS, PLUMBER, SHOP, Chatroom
from tests.fakes.clock import Clock
from tests.fakes.tenants import changed


@pytest.fixture
def room(database: Database) -> Chatroom:
    return Chatroom(database)


@pytest.fixture
def session() -> str:
    """The emulator's tables are shared by the run: every test has a visitor of its own."""
    return uuid.uuid4().hex


def test_a_chat_waits_for_an_agent_with_its_first_words(room: Chatroom, session: str) -> None:
    opened = room.opens(session=session, name=" Jana ", email="jana@example.com", text="Where is my lamp?")
    contact = room.contact(room.visit(opened))
    assert (contact.state, contact.customer, contact.customer_name) == (State.QUEUED, "jana@example.com", "Jana")
    assert contact.deadline == "2026-11-23T15:01:00.000Z"  # the shop's target: 60 s
    assert opened.snapshot.phase is Phase.QUEUED
    assert [message["text"] for message in opened.snapshot.messages] == ["Where is my lamp?"]


def test_the_same_session_again_is_the_same_chat(room: Chatroom, session: str) -> None:
    first = room.opens(session=session, text="Hello")
    room.clock.passes(30)
    again = room.opens(session=session, text="Hello")
    assert again.snapshot.messages == first.snapshot.messages
    assert again.token == first.token  # it does not live longer for being asked for again
    assert len(room.contact(room.visit(first)).facts) == 2


def test_a_chat_that_broke_off_while_it_was_opened_is_finished_by_the_next_try(room: Chatroom, session: str) -> None:
    def breaks(*_: object, **__: object) -> None:
        raise ConnectionError

    enqueue, room.router.enqueue = room.router.enqueue, breaks  # type: ignore[method-assign,assignment]
    with pytest.raises(ConnectionError):
        room.opens(session=session, text="Hello")
    room.router.enqueue = enqueue  # type: ignore[method-assign]
    opened = room.opens(session=session, text="Hello")
    assert room.contact(room.visit(opened)).state is State.QUEUED
    assert [message["text"] for message in opened.snapshot.messages] == ["Hello"]


def test_a_voice_only_client_answers_politely_and_the_contact_is_recorded(room: Chatroom, session: str) -> None:
    outcome = room.attempts(PLUMBER, session, text="My pipe is broken")
    assert outcome == TurnedAway(
        answer="Thank you for stopping by! We do not chat, but we do answer the phone: +1 555 010 0100, at any hour."
    )
    tenant = room.keys.tenants[PLUMBER].id
    refused = room.contacts.get(tenant, contact_id("chat", source_of(tenant, session)))
    assert refused.state is State.REFUSED
    assert refused.facts[-1].data == {"reason": "tier", "tier": "voice"}
    kept = room.contacts.messages(tenant, refused.contact)
    assert [message.draft.text for message in kept] == ["My pipe is broken"]
    assert room.attempts(PLUMBER, session, text="My pipe is broken") == outcome
    assert len(room.contacts.messages(tenant, refused.contact)) == 1


def test_outside_of_the_hours_the_visitor_is_told_when_and_where(database: Database, session: str) -> None:
    room = Chatroom(database, Clock(CHRISTMAS))
    holiday = {"date": CHRISTMAS.date(), "name": "Christmas Day"}
    room.keys.tenants[SHOP] = changed("shop", hours__special=[holiday])
    outcome = room.attempts(SHOP, session, text="Anyone there?")
    assert isinstance(outcome, Closed)
    assert outcome.answer.startswith("We are with our families today")
    assert outcome.mailbox == "help@luna-shop.example"
    assert outcome.opens_at == "2026-12-26T05:00:00.000Z"  # midnight in New York
    tenant = room.keys.tenants[SHOP].id
    served = room.contacts.get(tenant, contact_id("chat", source_of(tenant, session)))
    assert (served.state, served.facts[-1].data) == (State.SELF_SERVED, {"topic": "closed"})
    assert [message.draft.text for message in room.contacts.messages(tenant, served.contact)] == ["Anyone there?"]


def test_a_message_sent_twice_is_said_once(room: Chatroom, session: str) -> None:
    visit = room.visit(room.opens(session=session))
    first = room.says(visit, "Hello", "c1")
    room.clock.passes(1)
    assert room.says(visit, "Hello", "c1") == first
    assert room.chat.read(visit).last == 1


def test_two_speakers_get_one_order_without_a_gap(room: Chatroom, session: str) -> None:
    visit = room.visit(room.opens(session=session))
    numbers = []
    for turn in range(5):
        numbers.append(room.says(visit, f"q{turn}").n)
        numbers.append(room.agent_says(visit, f"a{turn}").n)
    assert numbers == list(range(1, 11))
    assert [message["text"] for message in room.chat.read(visit, after=8).messages] == ["q4", "a4"]


def test_a_note_among_agents_leaves_no_gap_that_a_widget_would_wait_for(room: Chatroom, session: str) -> None:
    visit = room.visit(room.opens(session=session))
    room.says(visit, "Hello")
    room.agent_says(visit, "a difficult one", kind="note")
    seen = room.chat.read(visit)
    assert [message["text"] for message in seen.messages] == ["Hello"]
    assert seen.last == 2


def test_the_eleventh_message_in_ten_seconds_is_too_many(room: Chatroom, session: str) -> None:
    visit = room.visit(room.opens(session=session))
    for number in range(PACE.most):
        room.clock.passes(0.5)
        room.says(visit, str(number))
    with pytest.raises(TooMany) as limit:
        room.says(visit, "eleventh")
    assert limit.value.retry_after_s == 6
    room.clock.passes(6)
    assert room.says(visit, "eleventh").n == 11


def test_an_agent_who_writes_much_does_not_silence_the_visitor(room: Chatroom, session: str) -> None:
    visit = room.visit(room.opens(session=session))
    for number in range(15):
        room.agent_says(visit, str(number))
    assert room.says(visit, "Thank you").n == 16


def test_a_hundred_messages_at_once_do_not_get_past_the_pace(emulated: DynamoDatabase, session: str) -> None:
    room = Chatroom(emulated)
    visit = room.visit(room.opens(session=session))
    refused = []

    def fire(number: int) -> None:
        try:
            room.says(visit, str(number))
        except (TooMany, Conflict) as error:
            refused.append(error)

    threads = [threading.Thread(target=fire, args=(number,)) for number in range(100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    said = room.chat.read(visit).messages
    assert len(said) <= PACE.most
    assert len(said) + len(refused) == 100
    assert [message["n"] for message in said] == list(range(1, len(said) + 1))


def test_after_the_end_nothing_more_is_said(room: Chatroom, session: str) -> None:
    visit = room.visit(room.opens(session=session))
    room.chat.end(visit, room.clock.passes(1))
    with pytest.raises(Conflict) as refusal:
        room.says(visit, "one more thing")
    assert refusal.value.facts == {"state": "abandoned"}
    assert room.chat.read(visit).phase is Phase.ENDED


def test_who_leaves_before_an_agent_came_has_abandoned_the_queue(room: Chatroom, session: str) -> None:
    visit = room.visit(room.opens(session=session))
    room.chat.end(visit, room.clock.passes(1))
    room.chat.end(visit, room.clock.passes(1))
    contact = room.contact(visit)
    assert contact.state is State.ABANDONED
    assert contact.facts[-1].data == {"where": "queue"}
    assert len(contact.facts) == 3


def test_a_chat_of_yesterday_is_not_taken_up_again(room: Chatroom, session: str) -> None:
    opened = room.opens(session=session)
    room.clock.passes(24 * 3600)
    with pytest.raises(NotSignedIn):
        room.visit(opened)
    with pytest.raises(Conflict):
        room.opens(session=session)


def test_a_ticket_opens_one_socket_of_one_chat(room: Chatroom, session: str) -> None:
    room.tickets._mint = lambda: uuid.uuid4().hex
    visit = room.visit(room.opens(session=session))
    ticket = room.chat.ticket(visit, room.clock())
    assert room.tickets.redeem(ticket, room.clock()) == {
        "kind": "chat",
        "tenant": visit.tenant,
        "contact": visit.contact,
    }
    with pytest.raises(NotSignedIn):
        room.tickets.redeem(ticket, room.clock())


def test_a_visitor_who_comes_back_is_found_at_the_new_connection(room: Chatroom, session: str) -> None:
    visit = room.visit(room.opens(session=session))
    for connection in ("conn-1", "conn-2"):
        room.live.connected(visit.tenant, visit.contact, ConnectionId(connection), room.clock())
    assert room.contact(visit).visitor == "conn-2"
