"""What an agent may do with a call: where it may go, whom he may call, what is recorded, what he may hear."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.contacts.model.contact import Arrival, Contact, SomebodyElses, State
from chalicelib.contacts.model.errand import ERRAND_S
from chalicelib.desk.model.destinations import End
from chalicelib.kernel.channel import Channel
from chalicelib.kernel.clock import stamp
from chalicelib.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from chalicelib.tenancy.model.caller import Caller, Role, Scope
from chalicelib.tenancy.model.tenant import Tenant
from tests.fakes.tenants import changed
from tests.fakes.workplace import CLINIC, JONAS, MARIA, PLUMBER, SHARED, SHOP, Workplace
from tests.unit.test_desk_pages import doors

__all__ = ["doors"]

COURIER, STRANGER, OWN = "+15550100777", "+15550100888", "+15550100200"
OF_ANOTHER = "+15550100100"  # the plumber's
SAM = Caller(user="sam", role=Role.SUPERVISOR, name="Sam", scope=Scope.everyone())


def shop(certifications: list[str] | None = None, **calls: Any) -> Tenant:
    given = {"transfers": [{"number": COURIER, "name": "Courier"}], **calls}
    more = {"routing__certifications": certifications} if certifications else {}
    return changed("shop", calls=given, **more)


@pytest.fixture
def place() -> Workplace:
    place = Workplace()
    place.clients.known["shop"] = shop()
    return place


@pytest.fixture
def call(place: Workplace) -> Contact:
    contact = place.taken(Channel.VOICE, source_id="call-1", entry_point=OWN, customer="+15550123456")
    place.starts_shift(JONAS)
    return contact


def transfer(place: Workplace, contact: Contact, to: str, note: str = "", caller: Caller = MARIA) -> None:
    now = place.clock.passes(1)
    place.switchboard.transfer(caller, contact.tenant, contact.contact, to=to, note=note, warm=True, now=now)


# Where a call may go


def test_the_destinations_are_who_is_there_and_what_the_client_lists(place: Workplace, call: Contact) -> None:
    told = place.switchboard.destinations(MARIA, SHOP, call.contact).as_json()
    assert told == {
        "agents": [{"id": "jonas", "name": "Jonas", "state": "available"}],
        "teams": [{"id": "shared", "name": "Shared team", "available": 1}],
        "numbers": [{"number": COURIER, "name": "Courier"}],
        "any_number": False,
    }


def test_who_has_a_call_is_busy_and_who_has_gone_is_not_listed(place: Workplace, call: Contact) -> None:
    second = place.arrives(Channel.VOICE)
    place.router.accept(SHOP, second.contact, agent=JONAS.agent, now=place.clock.passes(1))
    [jonas] = place.switchboard.destinations(MARIA, SHOP, call.contact).agents
    assert jonas.state == "busy"
    place.contacts.end(SHOP, second.contact, by="customer", now=place.clock.passes(1))
    place.desk.wrap(JONAS, SHOP, second.contact, disposition="advice", now=place.clock.passes(1))
    place.desk.set_status(JONAS, "offline", "", place.clock.passes(1))
    assert place.switchboard.destinations(MARIA, SHOP, call.contact).agents == ()


@pytest.mark.parametrize(
    ("record", "words"),
    [
        ({"walls": ["shop"]}, "wall"),
        ({"dedicated": ["plumber"]}, "serves other clients only"),
        ({}, "lacks what Luna Shop demands: payments"),
    ],
)
def test_a_colleague_who_may_not_serve_the_client_is_neither_offered_nor_taken(
    record: dict[str, list[str]], words: str, place: Workplace, call: Contact
) -> None:
    if not record:
        place.clients.known["shop"] = shop(["payments"])
    place.workforce.put_agent("jonas", "Jonas", SHARED, {"general": 5}, **record)
    assert place.switchboard.destinations(MARIA, SHOP, call.contact).agents == ()
    with pytest.raises(Invalid, match=f"to: Jonas .*{words}"):
        transfer(place, call, "agent:jonas")
    assert place.contacts.transfer_errand(SHOP, call.contact, place.clock()) is None


def test_a_colleague_of_a_team_that_does_not_serve_the_client_is_refused(place: Workplace, call: Contact) -> None:
    place.workforce.put_team("night", "Night")
    place.workforce.put_agent("amira", "Amira", "night", {"general": 5})
    with pytest.raises(Invalid, match="sits in a team that does not serve Luna Shop"):
        transfer(place, call, "agent:amira")


@pytest.mark.parametrize(
    ("to", "words"),
    [
        ("", "is no destination"),
        ("jonas", "is no destination"),
        ("cat:jonas", "is no destination"),
        ("agent:", "is no destination"),
        ("agent:maria", "you have the call already"),
        ("agent:nobody", "there is no agent 'nobody'"),
        ("team:night", "the team 'night' does not serve Luna Shop"),
        ("number:five", "is no telephone number"),
        ("number:015550100777", "is no telephone number"),
        (f"number:{OWN}", "Luna Shop's own number"),
        (f"number:{STRANGER}", "is not on Luna Shop's list"),
    ],
)
def test_a_destination_that_cannot_be_names_the_field_and_the_fix(
    to: str, words: str, place: Workplace, call: Contact
) -> None:
    with pytest.raises(Invalid, match=words) as refused:
        transfer(place, call, to)
    assert refused.value.field == "to"
    assert refused.value.facts["fix"]
    assert place.contacts.transfer_errand(SHOP, call.contact, place.clock()) is None


def test_who_is_offline_gets_no_call(place: Workplace, call: Contact) -> None:
    place.desk.set_status(JONAS, "offline", "", place.clock.passes(1))
    with pytest.raises(Invalid, match="Jonas is offline; choose who is at work, or a team"):
        transfer(place, call, "agent:jonas")


@pytest.mark.parametrize("to", ["agent:jonas", "team:shared", f"number:{COURIER}", "number:+1 (555) 010-0777"])
def test_where_the_call_shall_go_is_left_for_the_flow(to: str, place: Workplace, call: Contact) -> None:
    transfer(place, call, to, " Two pieces. ")
    errand = place.contacts.transfer_errand(SHOP, call.contact, place.clock())
    assert errand is not None
    assert (errand.to, errand.note, errand.warm, errand.agent) == (str(End.parse(to)), "Two pieces.", True, "maria")
    assert errand.until == place.clock() + timedelta(seconds=ERRAND_S)
    assert [said.draft.text for said in place.contacts.messages(SHOP, call.contact)] == ["Two pieces."]
    transfer(place, call, to, "Two pieces.")
    assert len(place.contacts.messages(SHOP, call.contact)) == 1, "sent twice, it is one note"


def test_any_number_is_taken_where_the_client_says_so_but_for_its_own(place: Workplace, call: Contact) -> None:
    place.clients.known["shop"] = shop(free_transfer=True)
    transfer(place, call, f"number:{STRANGER}")
    with pytest.raises(Invalid, match="own number"):
        transfer(place, call, f"number:{OWN}")
    with pytest.raises(Invalid, match=r"to: .* leads back to our own lines"):
        transfer(place, call, f"number:{OF_ANOTHER}")


PREMIUM, ABROAD = "+19005550123", "+493055501399"


@pytest.mark.parametrize(("number", "words"), [(PREMIUM, "is a premium number"), (ABROAD, "is abroad for Luna Shop")])
def test_a_number_that_costs_more_is_refused_where_any_number_is_free(
    number: str, words: str, place: Workplace, call: Contact
) -> None:
    place.clients.known["shop"] = shop(free_transfer=True)
    with pytest.raises(Invalid, match=words) as refused:
        transfer(place, call, f"number:{number}")
    assert refused.value.field == "to"
    assert refused.value.facts["fix"]
    assert place.contacts.transfer_errand(SHOP, call.contact, place.clock()) is None


def test_a_number_abroad_is_taken_where_the_client_lists_it_but_no_premium_one(place: Workplace, call: Contact) -> None:
    listed = [{"number": ABROAD, "name": "Berlin"}]
    place.clients.known["shop"] = shop(transfers=listed, free_transfer=True)
    transfer(place, call, f"number:{ABROAD}")
    with pytest.raises(Invalid, match="premium"):
        transfer(place, call, f"number:{PREMIUM}")


def test_a_call_is_handed_on_by_who_has_it_while_somebody_is_on_the_line(place: Workplace, call: Contact) -> None:
    with pytest.raises(SomebodyElses):
        transfer(place, call, "team:shared", caller=JONAS)
    with pytest.raises(SomebodyElses):
        place.switchboard.destinations(JONAS, SHOP, call.contact)
    with pytest.raises(NotFound):
        place.switchboard.destinations(MARIA, CLINIC, call.contact)
    place.contacts.hold(SHOP, call.contact, agent="maria", now=place.clock.passes(1))
    transfer(place, call, "team:shared")
    place.contacts.end(SHOP, call.contact, by="customer", now=place.clock.passes(1))
    with pytest.raises(Conflict, match="nobody is on the line"):
        transfer(place, call, "team:shared")


def test_a_chat_is_not_transferred_by_telephone(place: Workplace) -> None:
    chat = place.taken(Channel.CHAT)
    with pytest.raises(Conflict, match="this is no call"):
        transfer(place, chat, "team:shared")


def test_a_note_has_an_end(place: Workplace, call: Contact) -> None:
    with pytest.raises(Invalid, match="note: has 501 characters"):
        transfer(place, call, "team:shared", "x" * 501)


def handed_on(place: Workplace, call: Contact, note: str) -> Contact:
    """The call goes to the team, and is offered to Jonas."""
    transfer(place, call, "team:shared", note)
    leg = place.contacts.open(
        SHOP,
        Arrival(channel=Channel.VOICE, entry_point=OWN, customer="", source_id="leg", previous=call.contact),
        place.clock.passes(1),
    )
    now = place.clock.passes(1)
    place.contacts.transferred(SHOP, call.contact, agent="maria", to="team:shared", leg=leg.contact, now=now)
    return leg


def test_who_gets_the_call_knows_who_had_it_and_what_he_wrote(place: Workplace, call: Contact) -> None:
    leg = handed_on(place, call, "Wants her money back.")
    card = place.desk.card(SAM, SHOP, leg.contact, place.clock())
    assert card is not None
    assert card.handed is not None
    assert (card.handed.by, card.handed.note) == ("Maria", "Wants her money back.")
    assert card.as_json()["handed"] == {
        "by": "Maria",
        "note": "Wants her money back.",
        "came_at": stamp(call.opened_at),
    }
    assert card.came_at == call.opened_at < leg.opened_at


def test_a_note_for_somebody_else_is_not_shown(place: Workplace, call: Contact) -> None:
    transfer(place, call, "agent:jonas", "Only for Jonas.")
    leg = handed_on(place, call, "")
    card = place.desk.card(SAM, SHOP, leg.contact, place.clock())
    assert card is not None
    assert card.handed is not None
    assert card.handed.note == ""


# Calling out


def test_a_call_out_is_his_before_the_telephone_dials(place: Workplace) -> None:
    place.starts_shift()
    dialled = place.switchboard.dial(MARIA, SHOP, " +1 (555) 012-3456 ", now=place.clock.passes(1))
    contact = place.contacts.get(SHOP, dialled.contact)
    assert (contact.state, contact.agent, contact.direction) == (State.OFFERED, "maria", "outbound")
    assert (contact.customer, contact.entry_point) == ("+15550123456", OWN)
    assert dialled.number == "+15550123456"
    errand = place.contacts.dial_errand(MARIA.agent, place.clock())
    assert errand is not None
    assert (errand.contact, errand.number, errand.caller_id) == (contact.contact, "+15550123456", OWN)
    assert place.router.seat(SHARED, MARIA.agent).units == 3


def test_the_client_s_own_number_is_shown_or_the_one_that_it_chose(place: Workplace) -> None:
    place.starts_shift()
    known = {one.client.id: one.number for one in place.switchboard.caller_ids(MARIA)}
    assert known[SHOP] == OWN
    assert set(known) == {SHOP, PLUMBER}
    place.workforce.put_agent("maria", "Maria", SHARED, {"general": 5}, walls=["plumber"])
    assert [one.client.id for one in place.switchboard.caller_ids(MARIA)] == [SHOP]


def test_a_message_is_called_back_in_its_own_thread(place: Workplace) -> None:
    place.starts_shift()
    left = place.arrives(Channel.VOICE, voicemail="b/k.wav", customer_name="Jana", source_id="left")
    place.desk.accept(MARIA, SHOP, left.contact, place.clock.passes(1))
    place.desk.end(MARIA, SHOP, left.contact, place.clock.passes(1))
    place.desk.wrap(MARIA, SHOP, left.contact, disposition="advice", now=place.clock.passes(1))
    dialled = place.switchboard.dial(MARIA, SHOP, "+15550123456", about=left.contact, now=place.clock.passes(1))
    contact = place.contacts.get(SHOP, dialled.contact)
    assert (contact.previous, contact.thread, contact.customer_name) == (left.contact, left.contact, "Jana")
    with pytest.raises(NotFound):
        place.switchboard.dial(MARIA, PLUMBER, "+15550123456", about=left.contact, now=place.clock.passes(1))


def test_a_call_is_about_a_contact_of_the_number_that_is_called(place: Workplace) -> None:
    place.starts_shift()
    known = place.arrives(Channel.VOICE, customer="+15550123456", source_id="known")
    with pytest.raises(Invalid, match=r"contact: .* is not of \+15550123457"):
        place.switchboard.dial(MARIA, SHOP, "+15550123457", about=known.contact, now=place.clock.passes(1))
    unread = place.arrives(Channel.VOICE, voicemail="b/k.wav", customer="", source_id="withheld")
    with pytest.raises(Invalid, match="contact"):
        place.switchboard.dial(MARIA, SHOP, "+15550123457", about=unread.contact, now=place.clock.passes(1))


ISLAND, FREE, AUSTRIA = "+18765550123", "+18005550123", "+436641234567"


def test_a_country_under_the_same_code_is_abroad_and_a_free_number_is_not(place: Workplace, call: Contact) -> None:
    place.clients.known["shop"] = shop(free_transfer=True)
    with pytest.raises(Invalid, match="is abroad for Luna Shop"):
        transfer(place, call, f"number:{ISLAND}")
    transfer(place, call, f"number:{FREE}")


def test_countries_that_the_client_names_may_be_called(place: Workplace, call: Contact) -> None:
    place.clients.known["shop"] = shop(free_transfer=True, countries=["at", "JM"])
    transfer(place, call, f"number:{AUSTRIA}")
    transfer(place, call, f"number:{ISLAND}")
    with pytest.raises(Invalid, match="is abroad for Luna Shop"):
        transfer(place, call, f"number:{ABROAD}")


def test_who_is_not_there_or_has_a_call_calls_nobody(place: Workplace) -> None:
    with pytest.raises(Conflict, match="say that you are available first"):
        place.switchboard.dial(MARIA, SHOP, "+15550123456", now=place.clock.passes(1))
    place.taken(Channel.VOICE)
    before = place.contacts.of_day(SHOP, f"{place.clock():%Y-%m-%d}")
    with pytest.raises(Conflict, match="finish the call that you have"):
        place.switchboard.dial(MARIA, SHOP, "+15550123456", now=place.clock.passes(1))
    assert place.contacts.of_day(SHOP, f"{place.clock():%Y-%m-%d}") == before


@pytest.mark.parametrize(
    ("number", "words"),
    [
        ("", "is no telephone number"),
        ("0123", "is no telephone number"),
        ("+15550999", "too short or too long for its country"),
        ("+155501007771", "too short or too long for its country"),
        (OWN, "own number"),
        (OF_ANOTHER, "leads back to our own lines"),
        (PREMIUM, "is a premium number"),
        (ABROAD, "is abroad for Luna Shop"),
    ],
)
def test_a_number_that_cannot_be_called_is_named(number: str, words: str, place: Workplace) -> None:
    place.starts_shift()
    with pytest.raises(Invalid, match=words) as refused:
        place.switchboard.dial(MARIA, SHOP, number, now=place.clock.passes(1))
    assert refused.value.field == "number"


def test_who_called_from_abroad_is_called_back_there_and_nobody_else(place: Workplace) -> None:
    called = place.taken(Channel.VOICE, source_id="from-berlin", entry_point=OWN, customer=ABROAD)
    place.contacts.end(SHOP, called.contact, by="customer", now=place.clock.passes(1))
    place.desk.wrap(MARIA, SHOP, called.contact, disposition="advice", now=place.clock.passes(1))
    with pytest.raises(Invalid, match="abroad"):
        place.switchboard.dial(MARIA, SHOP, "+493055501398", now=place.clock.passes(1))
    assert place.switchboard.dial(MARIA, SHOP, ABROAD, about=called.contact, now=place.clock.passes(1)).number == ABROAD


def test_nobody_calls_for_a_client_behind_a_wall_or_that_is_paused_or_has_no_number(place: Workplace) -> None:
    place.starts_shift()
    place.clients.known["shop"] = changed("shop", status="paused")
    with pytest.raises(Conflict, match="nobody calls for Luna Shop"):
        place.switchboard.dial(MARIA, SHOP, "+15550123456", now=place.clock.passes(1))
    silent = shop()
    place.clients.known["shop"] = replace(silent, entry_points=replace(silent.entry_points, phones=()))
    with pytest.raises(Invalid, match="has no number to call from"):
        place.switchboard.dial(MARIA, SHOP, "+15550123456", now=place.clock.passes(1))
    place.workforce.put_agent("maria", "Maria", SHARED, {"general": 5}, walls=["shop"])
    with pytest.raises(NotAllowed, match="wall"):
        place.switchboard.dial(MARIA, SHOP, "+15550123456", now=place.clock.passes(1))


# Who is never to be called


def test_whoever_wants_no_calls_is_called_about_what_he_began_himself_and_never_else(place: Workplace) -> None:
    place.starts_shift(MARIA)
    number, now = "+15550123456", place.clock.passes(1)
    place.outreach.never = {number}

    def dials(about: str = "") -> str:
        return place.switchboard.dial(MARIA, SHOP, number, about=about, now=place.clock.passes(1)).number

    with pytest.raises(Conflict, match="which the customer began himself") as refused:
        dials()
    assert refused.value.facts["reason"] == "do_not_call"
    ours = Arrival(
        channel=Channel.VOICE, entry_point=OWN, customer=number, source_id="o1", direction="outbound"
    )  # fmt: skip
    with pytest.raises(Conflict, match="do-not-call"):
        dials(place.contacts.open(SHOP, ours, now).contact)
    chat = Arrival(channel=Channel.CHAT, entry_point="luna.example", customer="Ann", source_id="o2")
    mine = place.contacts.open(SHOP, chat, now)
    with pytest.raises((Conflict, Invalid)):
        dials(mine.contact)
    asked = Arrival(channel=Channel.VOICE, entry_point=OWN, customer=number, source_id="o3")
    assert dials(place.contacts.open(SHOP, asked, now).contact) == number


def test_an_outcome_that_forbids_calls_is_told_with_the_call_and_only_then(place: Workplace) -> None:
    never = [{"code": "advice", "label": "Advice"}, {"code": "never", "label": "Never", "do_not_call": True}]
    place.clients.known["shop"] = changed("shop", dispositions=never, plan__non_billable=None)
    said = []
    for number, code in enumerate(("never", "advice")):
        call = place.taken(Channel.VOICE, source_id=f"w{number}", entry_point=OWN, customer="+15550123456")
        place.contacts.end(SHOP, call.contact, by="customer", now=place.clock.passes(1))
        place.desk.wrap(MARIA, SHOP, call.contact, disposition=code, now=place.clock.passes(1))
        wrapped = place.contacts.get(SHOP, call.contact).last("wrapped")
        assert wrapped is not None
        said.append(wrapped.data.get("do_not_call", 0))
    assert said == [1, 0]
