"""What the dialog knows before a call is promised: whose clock it is, and what is promised already."""

from __future__ import annotations

import json
from typing import Any

import pytest

from app import app
from chalicelib.contacts.model.contact import Contact, SomebodyElses
from chalicelib.kernel.channel import Channel
from chalicelib.tenancy.model.caller import Caller
from tests.fakes.workplace import JONAS, MARIA, PLUMBER, SHOP, Workplace
from tests.unit.test_desk_pages import ask, doors

__all__ = ["doors"]

OWN, BERLIN, ANGELES = "+15550100200", "+493012345678", "+13105550123"
ZONES = {BERLIN: ("Europe/Berlin",), ANGELES: ("America/Los_Angeles",)}


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> Workplace:
    place = Workplace()
    monkeypatch.setattr(place.desk_outreach, "_zones", lambda number: ZONES.get(number, ()))
    return place


def called(place: Workplace, **more: str) -> Contact:
    return place.taken(Channel.VOICE, entry_point=OWN, customer=BERLIN, customer_name="Jana Weiss", **more)


def clock(place: Workplace, contact: Contact, number: str = "") -> dict[str, Any]:
    return place.desk_outreach.clock(MARIA, SHOP, contact.contact, number).as_json()


def promise(place: Workplace, contact: Contact, **given: str) -> Any:
    asked = {"at": "2030-01-15T15:30", "note": "", **given}
    return place.desk_outreach.promise(MARIA, SHOP, contact.contact, now=place.clock.passes(1), **asked)


def test_the_clock_is_that_of_the_number_that_is_typed(place: Workplace) -> None:
    contact = called(place)
    assert (clock(place, contact)["number"], clock(place, contact)["theirs"]) == (BERLIN, ["Europe/Berlin"])
    told = clock(place, contact, " +1 310 555-0123 ")
    assert (told["number"], told["theirs"]) == (BERLIN, ["America/Los_Angeles"])
    assert clock(place, contact, "+1310")["theirs"] == []
    with pytest.raises(SomebodyElses):
        place.desk_outreach.clock(JONAS, SHOP, contact.contact, ANGELES)


def test_what_is_promised_already_is_told_with_who_calls(place: Workplace) -> None:
    contact = called(place)
    assert clock(place, contact)["promised"] == []
    promise(place, contact)
    promise(place, contact, at="2030-01-16T15:30", whose="team")
    assert [(one["number"], one["who"]) for one in clock(place, contact)["promised"]] == [(BERLIN, "you"), (BERLIN, "")]
    jonas = place.outreach.promises.make(
        place.clients.get(SHOP), number=ANGELES, at=place.clock(), note="", by="", agent="jonas", now=place.clock()
    )
    assert len(clock(place, contact)["promised"]) == 2
    assert [one["who"] for one in clock(place, contact, ANGELES)["promised"]] == ["you", "", "Jonas"]
    place.outreach.promises.cancel(SHOP, jonas.id, place.clock())
    assert len(clock(place, contact, ANGELES)["promised"]) == 2


def test_another_clients_promises_are_nobodys_business(place: Workplace) -> None:
    contact = called(place)
    place.outreach.promises.make(
        place.clients.get(PLUMBER), number=BERLIN, at=place.clock(), note="", by="", now=place.clock()
    )
    assert clock(place, contact)["promised"] == []


def test_what_was_promised_in_the_same_case_is_told_also_where_no_number_is_known(place: Workplace) -> None:
    chat = place.taken(Channel.CHAT)
    promise(place, chat, number="+15550123456")
    assert [one["number"] for one in clock(place, chat)["promised"]] == ["+15550123456"]


def test_no_name_goes_with_another_number(place: Workplace) -> None:
    contact = called(place)
    assert promise(place, contact).name == "Jana Weiss"
    other = promise(place, contact, number="+15550123456")
    assert (other.name, other.previous) == ("", contact.contact)


def test_the_door_takes_the_number_as_it_is_typed(doors: Workplace) -> None:
    contact = called(doors)
    path = {"tenant": "shop", "contact": contact.contact}

    def asked(caller: Caller, query: dict[str, str] | None) -> Any:
        event = ask_event(caller, query, **path)
        return json.loads(app(event, None)["body"])

    assert asked(MARIA, None)["theirs"] == ["Europe/Berlin"]
    assert asked(MARIA, {"number": ANGELES})["theirs"] == ["America/Los_Angeles"]
    assert asked(MARIA, {"number": "+1"})["theirs"] == []
    assert asked(JONAS, {"number": ANGELES})["status"] == 409
    assert (
        ask("GET", "/api/desk/{tenant}/{contact}/appointment", MARIA, **{**path, "tenant": "clinic"})["statusCode"]
        == 404
    )


def ask_event(caller: Caller, query: dict[str, str] | None, **path: str) -> dict[str, Any]:
    pattern = "/api/desk/{tenant}/{contact}/appointment"
    context = {"httpMethod": "GET", "resourcePath": pattern, "authorizer": caller.as_context()}
    return {
        "resource": pattern, "path": pattern, "httpMethod": "GET", "body": None, "isBase64Encoded": False,
        "headers": {"host": "d.example"}, "multiValueHeaders": {}, "pathParameters": path,
        "queryStringParameters": query, "stageVariables": None, "requestContext": context,
        "multiValueQueryStringParameters": {name: [value] for name, value in query.items()} if query else None,
    }  # fmt: skip
