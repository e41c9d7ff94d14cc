"""The open line to an agent's page and to a chat's visitor."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib import wiring as house
from chalicelib.desk import wiring
from chalicelib.desk.doors import live as doors
from chalicelib.desk.service.live import Knock
from tests.fakes.workplace import JONAS, MARIA, SHOP, Workplace

HOME = {"origin": "https://d.example", "host": "d.example"}


@pytest.fixture
def place() -> Workplace:
    return Workplace()


def test_nobody_comes_in_without_a_session_or_from_another_site(place: Workplace) -> None:
    for headers in (
        HOME,
        {**HOME, "cookie": "sid=stolen"},
        {**HOME, "cookie": "sid=maria-sid", "origin": "https://evil.example"},
        {**HOME, "cookie": "sid=maria-sid", "origin": "null"},
    ):
        assert not place.live.arrive(Knock(connection="c", headers=headers), place.clock())
    assert place.live.arrive(Knock(connection="c", headers={**HOME, "cookie": "sid=maria-sid"}), place.clock())


def test_the_first_page_ever_makes_the_seat(place: Workplace) -> None:
    assert place.opens_page()
    seat = place.router.seat(MARIA.team, MARIA.agent)
    assert (seat.connection, seat.status.value) == ("page-1", "offline")


def test_an_agent_works_in_one_window(place: Workplace) -> None:
    place.opens_page(connection="first")
    place.opens_page(connection="second")
    assert place.came("first") == [{"v": 1, "type": "taken_over"}]
    assert place.router.seat(MARIA.team, MARIA.agent).connection == "second"
    place.live.leave("first", place.clock.passes(1))  # too late to take the seat's page away
    assert place.router.seat(MARIA.team, MARIA.agent).connection == "second"
    place.live.leave("second", place.clock.passes(1))
    assert place.router.seat(MARIA.team, MARIA.agent).connection == ""


def test_open_contacts_learn_where_the_page_is_now(place: Workplace) -> None:
    contact = place.taken()
    place.opens_page(connection="after-the-tunnel")
    assert place.contacts.get(SHOP, contact.contact).desk == "after-the-tunnel"


def test_a_ping_is_a_sign_of_life_and_is_answered(place: Workplace) -> None:
    place.opens_page()
    before = place.router.seat(MARIA.team, MARIA.agent).beat
    place.live.hear("page-1", '{"action": "ping"}', place.clock.passes(240))
    assert place.router.seat(MARIA.team, MARIA.agent).beat > before
    assert place.came() == [{"v": 1, "type": "pong"}]


@pytest.mark.parametrize("rubbish", ["", "{", "[]", "null", '"ping"', '{"action": 7}', '{"action": "typing"}'])
def test_rubbish_on_the_line_does_nothing(place: Workplace, rubbish: str) -> None:
    place.opens_page()
    place.live.hear("page-1", rubbish, place.clock.passes(1))
    place.live.hear("unknown", rubbish, place.clock.passes(1))
    assert place.came() == []
    assert place.chats.happened == []


def test_a_visitor_comes_in_once_with_a_ticket_and_is_known_until_he_leaves(place: Workplace) -> None:
    contact = place.taken()
    holder = {"kind": "chat", "tenant": "shop", "contact": contact.contact}
    ticket = place.tickets.issue(holder, place.clock())
    knock = Knock(connection="visitor", headers=HOME, query={"ticket": ticket})
    assert place.live.arrive(knock, place.clock.passes(1))
    assert not place.live.arrive(knock, place.clock.passes(1))
    place.live.hear("visitor", '{"action": "typing"}', place.clock.passes(1))
    place.live.leave("visitor", place.clock.passes(1))
    place.live.leave("visitor", place.clock.passes(1))
    assert [event[0] for event in place.chats.happened] == ["connected", "typing", "disconnected"]


def test_a_ticket_for_something_else_opens_no_line(place: Workplace) -> None:
    ticket = place.tickets.issue({"kind": "download"}, place.clock())
    assert not place.live.arrive(Knock(connection="c", headers=HOME, query={"ticket": ticket}), place.clock())


def test_only_the_agent_of_a_contact_is_seen_typing_in_it(place: Workplace) -> None:
    contact = place.taken()
    place.opens_page(MARIA, "of-maria")
    place.opens_page(JONAS, "of-jonas")
    typing = f'{{"action": "typing", "contact": "{contact.contact}"}}'
    place.live.hear("of-jonas", typing, place.clock.passes(1))
    assert place.chats.happened == []
    place.live.hear("of-maria", typing, place.clock.passes(1))
    assert place.chats.happened == [("typing", "shop", contact.contact, "agent")]


def test_the_doors_speak_api_gateways_language(place: Workplace, monkeypatch: pytest.MonkeyPatch) -> None:
    wiring.live.cache_clear()
    for name, part in {
        "sessions": place.sign_ins,
        "tickets": place.tickets,
        "chat_live": place.chats,
        "database": place.memory,
        "routing": place.router,
        "workforce": place.workforce,
        "contacts": place.contacts,
        "push": place.sockets,
    }.items():
        monkeypatch.setattr(house, name, lambda part=part: part)
    place.sockets.open.add("c1")

    def event(**more: Any) -> dict[str, Any]:
        return {"requestContext": {"connectionId": "c1"}, **more}

    good = {"Cookie": "a=1; sid=maria-sid", "Origin": "https://d.example", "Host": "d.example"}
    assert doors.live_connect(event(headers={}, queryStringParameters=None), None) == {"statusCode": 401}
    assert doors.live_connect(event(headers=good), None) == {"statusCode": 200}
    assert doors.live_message(event(body='{"action": "ping"}'), None) == {"statusCode": 200}
    assert place.came("c1")[-1] == {"v": 1, "type": "pong"}
    assert doors.live_disconnect(event(), None) == {"statusCode": 200}
    assert place.router.seat(MARIA.team, MARIA.agent).connection == ""
    wiring.live.cache_clear()
