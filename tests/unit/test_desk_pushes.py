"""What is told about a contact, on the page of its agent: whole, at once, and without another read."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.desk.model.frame import MOST_CONTENT, frame
from chalicelib.desk.service.pushes import Told
from chalicelib.kernel.channel import Channel
from tests.fakes.workplace import JONAS, MARIA, SHOP, Workplace


@pytest.fixture
def place() -> Workplace:
    place = Workplace()
    place.opens_page()
    place.starts_shift()
    place.came()
    return place


def test_an_offer_appears_with_its_client_and_its_countdown(place: Workplace) -> None:
    contact = place.arrives(customer_name="Jana Weber")
    place.tells()
    (shown,) = place.came()
    assert (shown["stream"], shown["seq"]) == (f"contact:{contact.contact}", 3)
    assert 'hx-target="#offers" hx-swap="upsert"' in shown["content"]
    assert "Luna Shop" in shown["content"]
    assert "Jana Weber" in shown["content"]
    assert 'data-for="20"' in shown["content"]


def test_a_push_reads_nothing_while_the_page_is_where_it_was(place: Workplace) -> None:
    first = place.arrives()
    place.memory.requests.clear()
    place.tells()
    assert place.memory.requests == ["get"]  # what she is called, once
    contact = place.arrives()
    for one in (first, contact):
        place.customer_says(one, "Hello?")
    place.memory.requests.clear()
    assert set(place.tells()) == {Told.SHOWN, Told.NOBODY}
    assert place.memory.requests == []


def test_a_card_that_moves_keeps_the_last_line_that_the_page_shows(place: Workplace) -> None:
    contact = place.taken(text="Hello?")
    place.tells()
    place.came()
    place.desk.end(MARIA, SHOP, contact.contact, place.clock.passes(1))
    place.tells()
    (shown,) = place.came()
    assert 'hx-target="#mine"' in shown["content"]
    assert 'data-state="ended"' in shown["content"]
    assert f'id="last-{contact.contact}" data-keep' in shown["content"]
    assert f'id="thread-{contact.contact}" class="thread" role="log"' in shown["content"]
    assert "data-part data-last" not in shown["content"]  # the conversation is not touched


@pytest.mark.parametrize(("why", "words"), [("declined", "You declined"), ("missed", "You missed")])
def test_what_is_taken_away_disappears_with_the_reason_and_the_new_status(
    place: Workplace, why: str, words: str
) -> None:
    contact = place.arrives()
    place.tells()
    place.came()
    if why == "declined":
        place.desk.decline(MARIA, SHOP, contact.contact, place.clock.passes(1))
    else:
        place.router.miss(SHOP, contact.contact, contact.offer, place.clock.passes(21))
    place.tells()
    (shown,) = place.came()
    assert f'hx-target="#row-{contact.contact}" hx-swap="delete"' in shown["content"]
    assert words in shown["content"]
    assert ("Declined" if why == "declined" else "Not responding") in shown["content"]


def test_a_caller_who_gives_up_disappears_from_the_desk(place: Workplace) -> None:
    call = place.arrives(Channel.VOICE)
    place.tells()
    place.came()
    place.router.abandon(SHOP, call.contact, "", place.clock.passes(1))
    place.tells()
    (shown,) = place.came()
    assert f'hx-target="#pane-{call.contact}" hx-swap="delete"' in shown["content"]
    assert "left before you could answer" in shown["content"]


def test_a_customer_who_was_called_did_not_answer(place: Workplace) -> None:
    call = place.arrives(Channel.VOICE, callback="+15550199999")
    place.tells()
    place.came()
    place.router.abandon(SHOP, call.contact, "callback", place.clock.passes(1))
    place.tells()
    (shown,) = place.came()
    assert "The customer did not answer." in shown["content"]


def test_a_callback_that_is_to_be_tried_again_leaves_the_desk_until_then(place: Workplace) -> None:
    place.desk.set_status(MARIA, "paused", "break", place.clock.passes(1))
    call = place.arrives(Channel.VOICE)
    now = place.clock.passes(1)
    place.contacts.ask_callback(SHOP, call.contact, number="+15550199999", attempts=3, retry_s=300, now=now)
    place.desk.set_status(MARIA, "available", "", place.clock.passes(1))
    assert place.contacts.get(SHOP, call.contact).agent == MARIA.agent
    place.tells()
    place.came()
    place.router.not_reached(SHOP, call.contact, place.clock.passes(1), id="attempt-1")
    place.tells()
    (shown,) = place.came()
    assert f'hx-target="#row-{call.contact}" hx-swap="delete"' in shown["content"]
    assert "The customer did not answer." in shown["content"]


def test_a_finished_contact_leaves_without_a_word(place: Workplace) -> None:
    contact = place.taken()
    place.desk.end(MARIA, SHOP, contact.contact, place.clock.passes(1))
    place.tells()
    place.came()
    place.desk.wrap(MARIA, SHOP, contact.contact, disposition="advice", now=place.clock.passes(1))
    place.tells()
    (shown,) = place.came()
    assert 'hx-swap="delete"' in shown["content"]
    assert "toast" not in shown["content"]


def test_a_message_comes_as_one_bubble_with_its_number(place: Workplace) -> None:
    contact = place.taken()
    place.tells()
    place.came()
    place.customer_says(place.contacts.get(SHOP, contact.contact), "Are you there?")
    place.tells()
    (shown,) = place.came()
    assert (shown["stream"], shown["seq"]) == (f"messages:{contact.contact}", 1)
    assert f'hx-target="#thread-{contact.contact}" hx-swap="upsert"' in shown["content"]
    assert shown["content"].count("Are you there?") == 2  # the bubble, and the last line in the list


def test_a_page_that_moved_is_found_at_the_seat(place: Workplace) -> None:
    contact = place.taken()
    place.tells()
    place.sockets.open.clear()
    place.sockets.open.add("page-2")
    place.router.connect(MARIA.team, MARIA.agent, "page-2", place.clock.passes(1))
    place.desk.end(MARIA, SHOP, contact.contact, place.clock.passes(1))
    assert place.tells() == [Told.SHOWN]
    assert len(place.came("page-2")) == 1


def test_nothing_is_lost_when_no_page_is_open(place: Workplace) -> None:
    contact = place.taken()
    place.tells()
    place.sockets.open.clear()
    place.desk.end(MARIA, SHOP, contact.contact, place.clock.passes(1))
    assert place.tells() == [Told.AWAY]
    assert place.desk.board(MARIA, place.clock()).mine[0].state == "ended"


def test_the_other_agents_page_sees_nothing_of_it(place: Workplace) -> None:
    place.opens_page(JONAS, "page-of-jonas")
    place.came("page-of-jonas")
    place.taken(text="My number is 4711")
    place.tells()
    assert place.came("page-of-jonas") == []


def test_what_does_not_fit_through_the_socket_is_a_poke(place: Workplace) -> None:
    contact = place.taken()
    place.tells()
    place.came()
    place.customer_says(place.contacts.get(SHOP, contact.contact), "ä" * 30_000)
    place.tells()
    (shown,) = place.came()
    assert shown == {
        "v": 1,
        "stream": f"messages:{contact.contact}",
        "seq": 1,
        "poke": f"/desk/contacts/shop/{contact.contact}",
    }
    assert "content" in frame("s", 1, "x" * (MOST_CONTENT - 2), poke="/p")


def test_a_message_told_twice_has_the_same_number_and_id(place: Workplace) -> None:
    contact = place.taken()
    place.tells()
    place.came()
    place.customer_says(place.contacts.get(SHOP, contact.contact), "Hello?")
    place.told *= 2
    place.tells()
    first, second = place.came()
    assert first == second
    assert f'id="msg-{contact.contact}-1"' in first["content"]


def test_an_offer_counts_down_from_when_it_was_made(place: Workplace) -> None:
    contact = place.arrives()
    card = place.desk.card(MARIA, SHOP, contact.contact, place.clock.passes(7))
    assert card is not None
    assert card.offered_until == contact.facts[-1].at + timedelta(seconds=20)
