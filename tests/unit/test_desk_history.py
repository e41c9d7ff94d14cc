"""What a card tells of before: who truly spoke with whom, who handed the call on, and why we had called."""

from __future__ import annotations

import pytest

from chalicelib.contacts.model.contact import Arrival, Contact
from chalicelib.contacts.service import CUSTOMER
from chalicelib.desk.model.card import Card
from chalicelib.kernel.channel import Channel
from chalicelib.kernel.ids import ContactId
from chalicelib.tenancy.model.caller import Caller
from tests.fakes.terms import terms
from tests.fakes.workplace import JONAS, MARIA, SHARED, SHOP, Workplace

NUMBER, OWN = "+13105550000", "+15550100200"


@pytest.fixture
def place() -> Workplace:
    place = Workplace()
    place.starts_shift(MARIA)
    return place


def opens(place: Workplace, source: str, previous: Contact | None = None, **more: str) -> Contact:
    arrival = Arrival(
        channel=Channel.VOICE, entry_point=OWN, customer=NUMBER, source_id=source,
        previous=previous.contact if previous is not None else "", **more,
    )  # fmt: skip
    return place.contacts.open(SHOP, arrival, place.clock.passes(60))


def offered(place: Workplace, contact: Contact) -> Contact:
    place.router.enqueue(contact, terms(SHOP, SHARED), now=place.clock.passes(1))
    return now_of(place, contact)


def spoken(place: Workplace, contact: Contact, disposition: str = "advice") -> Contact:
    """Maria has it, and is done with it."""
    place.router.accept(SHOP, offered(place, contact).contact, agent=MARIA.agent, now=place.clock.passes(1))
    place.desk.end(MARIA, SHOP, contact.contact, place.clock.passes(5))
    place.desk.wrap(MARIA, SHOP, contact.contact, disposition=disposition, note="So it was", now=place.clock.passes(5))
    return now_of(place, contact)


def now_of(place: Workplace, contact: Contact) -> Contact:
    return place.contacts.get(SHOP, contact.contact)


def before(place: Workplace, contact: Contact, caller: Caller = MARIA) -> list[str]:
    card = card_of(place, contact, caller)
    drawn = place.drawing.card(card)
    assert ("<dt>Before</dt>" in drawn) == bool(card.before)
    assert all(f"<dd>{one.words} <time" in drawn for one in card.before)
    return [one.words for one in card.before]


def card_of(place: Workplace, contact: Contact, caller: Caller = MARIA) -> Card:
    card = place.desk.card(caller, SHOP, ContactId(contact.contact), place.clock())
    assert card is not None
    return card


# Whom the customer spoke with


def test_who_was_only_in_the_menu_spoke_with_nobody(place: Workplace) -> None:
    menu = opens(place, "menu")
    place.contacts.serve(SHOP, menu.contact, "callback_at", place.clock())
    promised = offered(place, opens(place, "promised", menu))
    assert before(place, promised) == ["called, spoke with nobody"]


def test_who_gave_up_in_the_queue_spoke_with_nobody(place: Workplace) -> None:
    waited = opens(place, "waited")
    place.router.abandon(SHOP, waited.contact, "queue", place.clock())
    assert before(place, offered(place, opens(place, "again", waited))) == ["called, spoke with nobody"]


def test_who_hung_up_while_it_rang_spoke_with_nobody(place: Workplace) -> None:
    rang = offered(place, opens(place, "rang"))
    assert rang.agent == MARIA.agent
    place.router.abandon(SHOP, rang.contact, "queue", place.clock())
    assert before(place, offered(place, opens(place, "again", rang))) == ["called, spoke with nobody"]


def test_a_message_on_tape_is_no_talk_and_its_own_call_is_nothing_before_it(place: Workplace) -> None:
    call = opens(place, "call")
    place.router.abandon(SHOP, call.contact, "voicemail", place.clock())
    message = offered(place, opens(place, "voicemail:call", call, voicemail="tapes/1.wav"))
    assert before(place, message) == []
    place.router.accept(SHOP, message.contact, agent=MARIA.agent, now=place.clock.passes(1))
    place.desk.end(MARIA, SHOP, message.contact, place.clock.passes(1))
    place.desk.wrap(MARIA, SHOP, message.contact, disposition="advice", now=place.clock.passes(1))
    assert before(place, offered(place, opens(place, "back", message))) == ["left a message"]


def test_who_spoke_with_somebody_is_named_with_what_came_of_it(place: Workplace) -> None:
    first = spoken(place, opens(place, "first"))
    second = opens(place, "second", first)
    place.router.abandon(SHOP, second.contact, "queue", place.clock())
    place.desk.set_status(MARIA, "paused", "break", place.clock.passes(1))
    place.starts_shift(JONAS)
    label = next(one.label for one in place.clients.get(SHOP).dispositions if one.code == "advice")
    third = offered(place, opens(place, "third", second))
    assert before(place, third, JONAS) == ["called, spoke with nobody", f"spoke with Maria: {label}"]
    told = card_of(place, third, JONAS).as_json()["before"]
    assert [one["words"] for one in told] == ["called, spoke with nobody", f"spoke with Maria: {label}"]


def test_whoever_speaks_with_him_again_reads_that_it_was_he(place: Workplace) -> None:
    first = spoken(place, opens(place, "first"))
    (words,) = before(place, offered(place, opens(place, "second", first)))
    assert words.startswith("spoke with you: ")


def test_an_attempt_that_reached_nobody_is_told_as_that(place: Workplace) -> None:
    first = opens(place, "campaign:x:1", direction="outbound", outreach="campaign:x")
    place.contacts.dialled(SHOP, first.contact, to=CUSTOMER, call="x1", now=place.clock())
    place.router.abandon(SHOP, first.contact, "no_answer", place.clock())
    taken_back = opens(place, "campaign:x:2", first, direction="outbound", outreach="campaign:x")
    place.router.abandon(SHOP, taken_back.contact, "withdrawn", place.clock())
    third = offered(place, opens(place, "campaign:x:3", taken_back, direction="outbound", outreach="campaign:x"))
    assert before(place, third) == ["was called, and did not answer"]


@pytest.mark.parametrize(("channel", "words"), [(Channel.EMAIL, "wrote a mail"), (Channel.CHAT, "opened a chat")])
def test_what_was_written_is_told_of_calls_and_of_mails(place: Workplace, channel: Channel, words: str) -> None:
    wrote = place.contacts.open(
        SHOP, Arrival(channel=channel, entry_point="x", customer="j@example.com", source_id="w"), place.clock()
    )
    assert before(place, offered(place, opens(place, "call", wrote))) == [words]


def test_a_first_call_has_nothing_before_it_and_nothing_else_is_read_for_it(place: Workplace) -> None:
    assert before(place, offered(place, opens(place, "first"))) == []


def test_a_push_leaves_what_the_page_knows_of_before(place: Workplace) -> None:
    place.opens_page()
    menu = opens(place, "menu")
    place.contacts.serve(SHOP, menu.contact, "hours", place.clock())
    call = offered(place, opens(place, "call", menu))
    place.tells()
    pushed = "".join(str(frame.get("content", "")) for frame in place.came())
    assert f'<div id="before-{call.contact}" data-keep></div>' in pushed


# A call of a campaign that is handed on


def handed(place: Workplace) -> Contact:
    """Maria made it and hands it to Jonas."""
    call = opens(place, "campaign:checkups:1", direction="outbound", outreach="campaign:checkups")
    place.router.accept(SHOP, offered(place, call).contact, agent=MARIA.agent, now=place.clock.passes(1))
    leg = opens(place, "leg", call, direction="transfer")
    place.contacts.transferred(
        SHOP, call.contact, agent=MARIA.agent, to="agent:jonas", leg=leg.contact, now=place.clock()
    )
    place.starts_shift(JONAS)
    place.opens_page(JONAS, "page-2")
    place.told.clear()
    asked = terms(SHOP, SHARED).to_agent(SHARED)
    place.router.enqueue(leg, asked, now=place.clock.passes(1), prefer=JONAS.agent)
    return now_of(place, leg)


def test_whoever_gets_a_campaign_call_by_transfer_sees_its_card_and_no_button_to_call(place: Workplace) -> None:
    leg = handed(place)
    card = card_of(place, leg, JONAS)
    assert card.about is not None
    assert (card.about.title, card.customer) == ("Checkups that are due", "Jana Weiss")
    assert (card.we_called, card.is_to_call, card.calls_by_itself) == (True, False, False)
    assert "call" not in card.commands
    assert before(place, leg, JONAS) == ["speaks with Maria"]
    place.tells()
    pushed = "".join(str(frame.get("content", "")) for frame in place.came("page-2"))
    for drawn in (place.drawing.card(card), pushed):
        assert "Campaign: Checkups that are due" in drawn
        assert "Dr. Roth" in drawn
        assert "<dt>Sees</dt>" in drawn
        assert "<dt>Dialled</dt>" not in drawn
        assert "<dt>Came in</dt>" not in drawn
        assert 'data-deed="call"' not in drawn


def test_a_call_that_a_customer_began_came_in_also_at_a_colleagues(place: Workplace) -> None:
    call = opens(place, "in")
    place.router.accept(SHOP, offered(place, call).contact, agent=MARIA.agent, now=place.clock.passes(1))
    leg = opens(place, "leg", call, direction="transfer")
    place.contacts.transferred(
        SHOP, call.contact, agent=MARIA.agent, to="agent:jonas", leg=leg.contact, now=place.clock()
    )
    place.starts_shift(JONAS)
    place.router.enqueue(leg, terms(SHOP, SHARED).to_agent(SHARED), now=place.clock.passes(1), prefer=JONAS.agent)
    drawn = place.drawing.card(card_of(place, leg, JONAS))
    assert "<dt>Dialled</dt>" in drawn
    assert "<dt>Came in</dt>" in drawn


# Names


def test_why_a_contact_came_is_told_with_names(place: Workplace) -> None:
    place.workforce.put_agent("maria", "Maria Lopez", SHARED, frozenset({"general"}))
    card = card_of(place, offered(place, opens(place, "named")))
    assert "Maria Lopez could take just then; Maria Lopez has the skill" in card.reason
    assert "maria" not in card.reason
    assert str(card.client.name) not in card.reason or "shop" not in card.reason.split()
