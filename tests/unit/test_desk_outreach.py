"""What an agent does about calls that we begin: makes one, promises one, sends for who is on call."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.contacts.model.contact import Arrival, Contact, SomebodyElses, State
from chalicelib.contacts.model.conversation import Draft
from chalicelib.contacts.model.errand import ERRAND_S
from chalicelib.contacts.service import CUSTOMER
from chalicelib.desk.model.board import Presence
from chalicelib.desk.model.card import Card
from chalicelib.desk.model.errands import SentFor, moment
from chalicelib.kernel.channel import Channel
from chalicelib.kernel.errors import Conflict, Invalid, NotFound
from chalicelib.kernel.ids import ContactId
from chalicelib.tenancy.model.caller import Caller
from tests.fakes.desk_calls import WHY
from tests.fakes.tenants import changed
from tests.fakes.terms import terms
from tests.fakes.workplace import JONAS, MARIA, SHARED, SHOP, Workplace
from tests.unit.test_desk_pages import ask, doors

__all__ = ["doors"]

NUMBER, OWN = "+15550123456", "+15550100200"
LADDER = {
    "name": "burst",
    "title": "Burst pipe",
    "people": [{"name": "Ada", "phone": "+15550100888"}],
    "steps": [{"who": "Ada", "by": "voice"}],
}


@pytest.fixture
def place() -> Workplace:
    place = Workplace()
    place.clients.known["shop"] = changed("shop", on_call=[LADDER])
    place.starts_shift(MARIA)
    return place


def calls_out(place: Workplace, outreach: str = "campaign:checkups", prefer: str = "") -> Contact:
    arrival = Arrival(
        channel=Channel.VOICE, entry_point=OWN, customer=NUMBER, source_id=f"{outreach}:{place.clock.passes(1)}",
        direction="outbound", outreach=outreach,
    )  # fmt: skip
    contact = place.contacts.open(SHOP, arrival, place.clock())
    place.router.enqueue(contact, terms(SHOP, SHARED).calling_out(3600), now=place.clock(), prefer=prefer)
    return now_of(place, contact)


def now_of(place: Workplace, contact: Contact) -> Contact:
    return place.contacts.get(contact.tenant, contact.contact)


def call(place: Workplace, contact: Contact, caller: Caller = MARIA) -> str:
    return place.desk_outreach.call(caller, SHOP, contact.contact, place.clock.passes(1))


def card_of(place: Workplace, contact: Contact) -> Card:
    card = place.desk.card(MARIA, SHOP, contact.contact, place.clock())
    assert card is not None
    return card


# Making a call that he is given


def test_call_counts_it_and_leaves_word_for_the_telephone(place: Workplace) -> None:
    contact = calls_out(place)
    assert call(place, contact) == NUMBER
    assert place.outreach.noted == [contact.contact]
    errand = place.contacts.dial_errand(MARIA.agent, place.clock())
    assert errand is not None
    assert (errand.contact, errand.number, errand.caller_id) == (contact.contact, NUMBER, OWN)
    assert errand.until == place.clock() + timedelta(seconds=ERRAND_S)


def test_pressed_twice_it_is_one_call(place: Workplace) -> None:
    contact = calls_out(place)
    assert call(place, contact) == call(place, contact) == NUMBER
    assert place.outreach.noted == [contact.contact]


def test_who_must_not_be_called_after_all_is_taken_back_and_the_agent_told_why(place: Workplace) -> None:
    contact = calls_out(place)
    place.outreach.refuses = "outside of the hours for calls: it is Monday 21:30 there"
    with pytest.raises(Conflict, match="Monday 21:30"):
        call(place, contact)
    gone = now_of(place, contact)
    assert (gone.state, gone.facts[-1].data) == (State.ABANDONED, {"where": "withdrawn"})
    assert place.outreach.noted == []
    assert place.contacts.dial_errand(MARIA.agent, place.clock()) is None
    assert place.router.seat(SHARED, MARIA.agent).available


def test_only_what_is_offered_to_him_and_of_ours_is_called(place: Workplace) -> None:
    contact = calls_out(place)
    with pytest.raises(SomebodyElses):
        call(place, contact, JONAS)
    place.contacts.dialled(SHOP, contact.contact, to=CUSTOMER, call="x1", now=place.clock.passes(1))
    with pytest.raises(Conflict, match="is being called"):
        call(place, contact)
    place.router.accept(SHOP, contact.contact, agent=MARIA.agent, now=place.clock.passes(1))
    with pytest.raises(Conflict, match="not offered"):
        call(place, contact)
    place.desk.end(MARIA, SHOP, contact.contact, place.clock.passes(1))
    place.desk.wrap(MARIA, SHOP, contact.contact, disposition="advice", now=place.clock.passes(1))
    caller = place.arrives(Channel.VOICE)
    with pytest.raises(Conflict, match="no call of a campaign"):
        call(place, caller)


def test_the_door_answers_with_what_is_dialled_and_says_no_in_words(doors: Workplace) -> None:
    doors.starts_shift(MARIA)
    path = {"tenant": "shop", "contact": calls_out(doors).contact}
    doors.outreach.refuses = "+15550123456 is on the do-not-call list"
    refused = ask("POST", "/api/desk/{tenant}/{contact}/call", MARIA, body={}, **path)
    assert (refused["statusCode"], json.loads(refused["body"])["detail"]) == (409, doors.outreach.refuses)
    doors.outreach.refuses = ""
    path["contact"] = calls_out(doors).contact
    told = ask("POST", "/api/desk/{tenant}/{contact}/call", MARIA, body={}, **path)
    assert json.loads(told["body"]) == {"contact": path["contact"], "number": NUMBER}


# The card


def test_the_card_says_whom_why_and_what_can_be_done(place: Workplace) -> None:
    place.outreach.why = replace(
        WHY, mode="progressive", opening={"en": "Hello, the clinic."}, steps=("Ask for a day",)
    )  # type: ignore[dict-item, arg-type]
    card = card_of(place, calls_out(place))
    assert (card.word, card.customer, card.commands) == ("To call", "Jana Weiss", {"call", "decline"})
    assert card.calls_by_itself
    assert card.opening == {"en": "Hello, the clinic."}
    assert card.steps == ("Ask for a day",)
    told = card.as_json()
    assert told["progressive"] is True
    assert told["about"]["title"] == "Checkups that are due"
    assert told["about"]["data"][0] == {"label": "Last checkup", "value": "2024-03-18"}
    drawn = place.drawing.card(card)
    assert "Campaign: Checkups that are due · attempt 1 of 3" in drawn
    assert "data-by-itself" in drawn
    assert 'hx-post="/api/desk/shop/' in drawn


def test_once_the_customer_is_called_there_is_nothing_to_press_but_the_end(place: Workplace) -> None:
    contact = calls_out(place)
    place.contacts.dialled(SHOP, contact.contact, to=CUSTOMER, call="x1", now=place.clock.passes(1))
    card = card_of(place, contact)
    assert (card.word, card.is_to_call, card.calls_by_itself) == ("Calling", False, False)
    assert card.commands == {"decline"}
    assert 'data-phone="end"' in place.drawing.card(card)


def test_a_call_of_his_own_is_none_that_he_is_given(place: Workplace) -> None:
    dialled = place.switchboard.dial(MARIA, SHOP, "+15550100999", now=place.clock.passes(1))
    card = card_of(place, place.contacts.get(SHOP, dialled.contact))
    assert (card.word, card.is_to_call, card.about) == ("Calling", False, None)


def test_what_people_wrote_comes_out_as_text(place: Workplace) -> None:
    evil = '<script>alert("1")</script>'
    place.outreach.why = replace(WHY, name=evil, note=evil, title=evil, data=((evil, evil),))
    drawn = place.drawing.card(card_of(place, calls_out(place)))
    assert "<script" not in drawn
    assert drawn.count("&lt;script&gt;") >= 5


def test_who_promised_a_call_is_told_that_it_was_he(place: Workplace) -> None:
    place.outreach.why = replace(WHY, kind="appointment", title="Promised call", mode="", at="2026-11-23T15:30:00.000Z")
    contact = calls_out(place, "appointment:a1", prefer=MARIA.agent)
    card = card_of(place, contact)
    assert card.reason == "the customer was promised a call from you"
    assert "Call promised for" in place.drawing.card(card)


def test_what_is_pushed_is_the_same_card_and_a_call_that_is_taken_back_says_so(place: Workplace) -> None:
    place.opens_page()
    place.came()
    contact = calls_out(place)
    place.tells()
    assert any("Checkups that are due" in frame["content"] for frame in place.came())
    place.router.abandon(SHOP, contact.contact, "withdrawn", place.clock.passes(1))
    place.tells()
    assert "not to be made any more" in place.came()[-1]["content"]


def test_who_skips_one_is_shown_as_having_declined(place: Workplace) -> None:
    contact = calls_out(place)
    presence = place.desk.decline(MARIA, SHOP, contact.contact, place.clock.passes(1))
    assert presence.word == "Declined"
    assert now_of(place, contact).state is State.QUEUED
    place.starts_shift(MARIA)
    place.router.miss(SHOP, contact.contact, now_of(place, contact).offer, place.clock.passes(91))
    assert Presence(seat=place.router.seat(SHARED, MARIA.agent)).word == "Not responding"


# Promising a call


def promise(place: Workplace, contact: Contact, **given: Any) -> Any:
    asked = {"at": "2026-11-24T15:30", "note": " Wants a price ", **given}
    return place.desk_outreach.promise(MARIA, SHOP, contact.contact, now=place.clock.passes(1), **asked)


def test_a_call_is_promised_on_the_clients_clock(place: Workplace) -> None:
    contact = place.taken(Channel.VOICE, customer=NUMBER, entry_point=OWN)
    made = promise(place, contact)
    zone = place.clients.get(SHOP).zone.info
    assert made.at == datetime(2026, 11, 24, 15, 30, tzinfo=zone)
    assert (made.number, made.note, made.by, made.agent) == (NUMBER, "Wants a price", "agent:maria", "maria")
    assert made.previous == contact.contact
    assert promise(place, contact, at="2026-11-24T15:30+00:00", whose="team").agent == ""
    assert place.outreach.made[-1].at == datetime(2026, 11, 24, 15, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"at": "soon"}, "at"),
        ({"at": ""}, "at"),
        ({"at": "2020-01-01T10:00"}, "at"),
        ({"whose": "jonas"}, "whose"),
        ({"number": "five"}, "number"),
        ({"number": OWN}, "number"),
        ({"number": "+15550100100"}, "number"),
        ({"number": "+19005550123"}, "number"),
    ],
)
def test_what_cannot_be_promised_names_the_field(place: Workplace, given: dict[str, str], field: str) -> None:
    contact = place.taken(Channel.VOICE, customer=NUMBER, entry_point=OWN)
    with pytest.raises(Invalid) as refused:
        promise(place, contact, **given)
    assert refused.value.field == field
    assert place.outreach.made == []


def test_a_chat_has_no_number_until_one_is_typed(place: Workplace) -> None:
    contact = place.taken(Channel.CHAT)
    assert place.desk_outreach.clock(MARIA, SHOP, contact.contact).number == ""
    with pytest.raises(Invalid, match="number"):
        promise(place, contact)
    assert promise(place, contact, number=NUMBER).number == NUMBER


def test_nothing_is_promised_about_what_is_offered_or_anothers(place: Workplace) -> None:
    contact = place.arrives(Channel.CHAT)
    with pytest.raises(Conflict, match="take the contact first"):
        promise(place, contact, number=NUMBER)
    place.router.accept(SHOP, contact.contact, agent=MARIA.agent, now=place.clock.passes(1))
    with pytest.raises(SomebodyElses):
        place.desk_outreach.clock(JONAS, SHOP, contact.contact)


def test_an_hour_that_the_clock_leaves_out_is_none() -> None:
    with pytest.raises(Invalid, match="does not exist"):
        moment("2026-03-29T02:30", ZoneInfo("Europe/Berlin"))
    assert moment("2026-10-25T02:30", ZoneInfo("Europe/Berlin")).utcoffset() == timedelta(hours=2)


@given(st.datetimes(datetime(2025, 1, 1), datetime(2030, 1, 1)), st.sampled_from(["Europe/Berlin", "America/Chicago"]))  # noqa: DTZ001
def test_a_moment_is_what_the_clock_there_shows(at: datetime, zone: str) -> None:
    try:
        read = moment(at.isoformat(), ZoneInfo(zone))
    except Invalid:
        return
    assert datetime.fromtimestamp(read.timestamp(), ZoneInfo(zone)).replace(tzinfo=None) == at


# Who is on call


def dispatch(place: Workplace, contact: Contact, ladder: str = "burst", message: str = "Water in the cellar") -> Any:
    now = place.clock.passes(1)
    return place.desk_outreach.dispatch(MARIA, SHOP, contact.contact, ladder=ladder, message=message, now=now)


def test_an_agent_sees_and_calls_off_what_he_promised_himself(doors: Workplace) -> None:
    promised = promise(doors, doors.taken(Channel.VOICE, source_id="c9", entry_point=OWN, customer=NUMBER))
    where = "/api/desk/{tenant}/appointments"

    def listed(caller: Caller) -> list[str]:
        answer = ask("GET", where, caller, tenant="shop")
        return [one["id"] for one in json.loads(answer["body"])["appointments"]]

    assert (listed(MARIA), listed(JONAS)) == ([promised.id], [])
    one = {"tenant": "shop", "id": promised.id}
    assert ask("DELETE", f"{where}/{{id}}", JONAS, **one)["statusCode"] == 403
    assert json.loads(ask("DELETE", f"{where}/{{id}}", MARIA, **one)["body"])["outcome"] == "cancelled"
    assert listed(MARIA) == []


def test_who_is_on_call_is_sent_for_and_can_be_called_off(place: Workplace) -> None:
    contact = place.taken(Channel.CHAT)
    begun = dispatch(place, contact).dispatch
    assert (begun.message, begun.by) == ("Water in the cellar", "agent:maria")
    found, ladders = place.desk_outreach.dispatched(MARIA, SHOP, contact.contact)
    assert (found, [one.title for one in ladders]) == (SentFor(begun), ["Burst pipe"])
    attempt = begun.up_next(place.clock())
    assert attempt is not None
    told = SentFor(begun.claimed(attempt, place.clock()).placed(1, "x", place.clock())).as_json()
    assert told["words"] == "Trying to reach somebody"
    assert [(one["who"], one["way"], one["words"]) for one in told["attempts"]] == [("Ada", "Call", "not taken yet")]
    off = place.desk_outreach.cancel_dispatch(MARIA, SHOP, contact.contact, place.clock.passes(1))
    assert off.as_json()["words"] == "Cancelled by Maria"


def test_what_cannot_be_sent_is_said(place: Workplace) -> None:
    contact = place.taken(Channel.CHAT)
    with pytest.raises(Invalid, match="ladder"):
        dispatch(place, contact, ladder="fire")
    with pytest.raises(Invalid, match="message"):
        dispatch(place, contact, message="  ")
    with pytest.raises(NotFound):
        place.desk_outreach.cancel_dispatch(MARIA, SHOP, contact.contact, place.clock())


# Handed on


def hands_on(place: Workplace, how: str) -> tuple[Contact, Contact]:
    contact = place.taken(Channel.VOICE, customer=NUMBER, entry_point=OWN)
    arrival = Arrival(
        channel=Channel.VOICE, entry_point=OWN, customer=NUMBER, source_id="leg-2",
        direction="transfer", previous=contact.contact,
    )  # fmt: skip
    leg = place.contacts.open(SHOP, arrival, place.clock.passes(1))
    place.contacts.transferred(
        SHOP, contact.contact, agent=MARIA.agent, to="agent:jonas", leg=leg.contact, now=place.clock()
    )
    if how == "declined":
        place.router.abandon(SHOP, leg.contact, "", place.clock.passes(5))
    place.contacts.end(SHOP, contact.contact, by="agent:maria", now=place.clock.passes(5), why="agent")
    return contact, leg


def test_who_handed_the_customer_on_need_not_know_what_became_of_him(place: Workplace) -> None:
    contact, _ = hands_on(place, "taken")
    card = card_of(place, contact)
    assert card.handed_on
    assert card.outcomes[0] == ("handed_on", "Handed on", "")
    drawn = place.drawing.card(card)
    assert "You handed it on" in drawn
    place.desk.wrap(MARIA, SHOP, contact.contact, disposition="handed_on", now=place.clock.passes(1))
    assert now_of(place, contact).disposition == "handed_on"


def test_who_kept_the_customer_says_what_became_of_him(place: Workplace) -> None:
    contact, _ = hands_on(place, "declined")
    assert not card_of(place, contact).handed_on
    with pytest.raises(Invalid, match="handed_on"):
        place.desk.wrap(MARIA, SHOP, contact.contact, disposition="handed_on", now=place.clock.passes(1))


def test_why_a_colleague_gets_a_transfer_is_that_it_was_handed_to_him(place: Workplace) -> None:
    _, leg = hands_on(place, "taken")
    place.starts_shift(JONAS)
    asked = terms(SHOP, SHARED).to_agent(SHARED)
    place.router.enqueue(place.contacts.get(SHOP, leg.contact), asked, now=place.clock.passes(1), prefer="jonas")
    card = place.desk.card(JONAS, SHOP, ContactId(leg.contact), place.clock())
    assert card is not None
    assert card.reason == "a colleague hands it to you"


def test_notes_of_the_legs_before_come_with_the_call(place: Workplace) -> None:
    contact = place.taken(Channel.VOICE, customer=NUMBER, entry_point=OWN)
    looked_up = Draft(by="system", kind="note", text="Account 7: settled", client_id="n0")
    place.contacts.say(contact, looked_up, place.clock.passes(1))
    place.desk.say(
        MARIA, SHOP, contact.contact, text="Order 7 is late", client_id="n1", note=True, now=place.clock.passes(1)
    )
    leg = place.contacts.open(
        SHOP,
        Arrival(
            channel=Channel.VOICE, entry_point=OWN, customer=NUMBER, source_id="leg-3", direction="transfer",
            previous=contact.contact,
        ),
        place.clock.passes(1),
    )  # fmt: skip
    place.contacts.transferred(
        SHOP, contact.contact, agent="maria", to="agent:jonas", leg=leg.contact, now=place.clock()
    )
    place.starts_shift(JONAS)
    place.router.enqueue(leg, terms(SHOP, SHARED).to_agent(SHARED), now=place.clock.passes(1), prefer="jonas")
    card = place.desk.card(JONAS, SHOP, leg.contact, place.clock())
    assert card is not None
    assert card.handed is not None
    assert card.handed.notes == (("Manyline", "Account 7: settled"), ("Maria", "Order 7 is late"))
    assert card.came_at == contact.opened_at
