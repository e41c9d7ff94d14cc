"""The floor: who gets which contact, what happens when nobody takes it, and one agent with a full desk."""

from __future__ import annotations

from collections.abc import Callable

from tests.journeys.agents import Agent
from tests.journeys.books import Books, Finance
from tests.journeys.customers import (
    PLUMBER_NUMBER,
    SHOP_MAILBOX,
    SHOP_NUMBER,
    VELO_MAILBOX,
    VELO_WIDGET,
    Caller,
    Mailer,
    Visitor,
)
from tests.journeys.patience import eventually

NewVisitor = Callable[..., Visitor]
NewCaller = Callable[[], Caller]


def test_one_agent_serves_several_clients_on_every_channel_as_far_as_there_is_room(
    velo: str,
    caller: NewCaller,
    mailer: Callable[[], Mailer],
    visitor: NewVisitor,
    maria: Agent,
    books: Books,
    finance: Finance,
) -> None:
    maria.is_available()
    first = caller()
    call = first.dials(PLUMBER_NUMBER, press="2")
    maria.accepts(call)
    # A call fills the desk: who writes now waits.
    lamp = mailer().writes(SHOP_MAILBOX, "Which lamp?", "Which lamp is right for a desk?").contact()
    bike = mailer().writes(VELO_MAILBOX, "Flat tyre", "Do you repair on Saturdays?").contact(velo)
    shopper = visitor()
    shopper.opens("Is there anybody?")
    for tenant, contact in (("shop", lamp), (velo, bike), ("shop", shopper.contact)):
        books.becomes(tenant, contact, "queued")
    assert set(maria.cards()) == {call}

    # The call is over: all three come at once, and no fourth.
    maria.finishes(call, "question_answered")
    for contact in (lamp, bike, shopper.contact):
        maria.accepts(contact)
    cyclist = visitor(key=VELO_WIDGET)
    cyclist.opens("Hello, are you open?")
    second = caller()
    waiting_call = second.dials(SHOP_NUMBER, press="1")
    books.becomes(velo, cyclist.contact, "queued")
    books.becomes("shop", waiting_call, "queued")
    second.is_told("waiting")
    cards = maria.cards()
    assert {card["tenant"] for card in cards.values()} == {"shop", velo}
    assert {card["channel"] for card in cards.values()} == {"email", "chat"}
    assert {card["state"] for card in cards.values()} == {"connected"}

    # One place is free: it goes to the chat, a call would not fit.
    maria.says(lamp, "The Aurora.")
    maria.finishes(lamp, "advice")
    maria.accepts(cyclist.contact)
    maria.finishes(cyclist.contact)
    maria.finishes(bike)
    assert books.contact("shop", waiting_call)["state"] == "queued"
    second.hears("Thank you for waiting for Luna Shop. You keep your place in line.")
    # The desk is empty: the caller who waited is connected.
    maria.finishes(shopper.contact)
    maria.accepts(waiting_call)
    second.is_told("connected")
    maria.finishes(waiting_call)
    maria.goes_home()

    assert books.kinds("shop", waiting_call) == ["arrived", "queued", "offered", "connected", "ended", "wrapped"]
    for tenant, contact in ((velo, bike), (velo, cyclist.contact), ("shop", lamp), ("shop", waiting_call)):
        books.usage(tenant, contact)
    finance.time_is_conserved()


def test_an_offer_that_nobody_takes_goes_to_the_next_agent(
    visitor: NewVisitor, maria: Agent, jonas: Agent, books: Books
) -> None:
    maria.is_available()
    customer = visitor()
    customer.opens("Is anybody there?")
    maria.sees(customer.contact, "offered")
    jonas.is_available()
    assert jonas.cards() == {}, "one contact is offered to one agent"
    jonas.accepts(customer.contact)
    assert (maria.presence(), maria.cards()) == ("missed", {})
    item = books.contact("shop", customer.contact)
    requeued = next(fact for fact in item["facts"] if fact["kind"] == "requeued")
    assert (requeued["data"]["agent"], requeued["data"]["why"]) == ("maria", "missed")
    offered = [fact["data"]["agent"] for fact in item["facts"] if fact["kind"] == "offered"]
    assert offered == ["maria", "jonas"]
    assert maria.asks("shop", customer.contact, "accept").status_code == 409, "too late"
    jonas.finishes(customer.contact)


def test_who_declines_or_takes_a_break_gives_back_what_was_offered(
    visitor: NewVisitor, maria: Agent, jonas: Agent, books: Books
) -> None:
    maria.is_available()
    customer = visitor()
    customer.opens("Hello, hello?")
    maria.sees(customer.contact, "offered")
    maria.takes_a_break()
    books.becomes("shop", customer.contact, "queued")
    assert maria.cards() == {}
    jonas.is_available()
    jonas.sees(customer.contact, "offered")
    jonas.declines(customer.contact)
    assert (jonas.presence(), maria.presence()) == ("missed", "paused")
    books.becomes("shop", customer.contact, "queued")
    maria.is_available()
    maria.accepts(customer.contact)
    maria.finishes(customer.contact)
    facts = books.contact("shop", customer.contact)["facts"]
    assert [fact["data"]["why"] for fact in facts if fact["kind"] == "requeued"] == ["vanished", "declined"]


def test_nobody_goes_home_while_a_customer_is_with_him(visitor: NewVisitor, maria: Agent) -> None:
    maria.is_available()
    customer = visitor()
    customer.opens("Please stay!")
    maria.accepts(customer.contact)
    refused = maria.wants_to_be("offline")
    assert (refused.status_code, refused.json()["open"]) == (409, 1)
    assert maria.presence() == "available"
    # The outcome must be one of the client's, with what it asks for.
    maria.ends(customer.contact)
    wrong = maria.asks("shop", customer.contact, "wrap", disposition="visit_booked")
    empty = maria.asks("shop", customer.contact, "wrap", disposition="complaint", tags=["loud"])
    assert [(answer.status_code, answer.json()["field"]) for answer in (wrong, empty)] == [
        (422, "disposition"),
        (422, "note"),
    ]
    assert maria.cards()[customer.contact]["state"] == "ended"
    maria.wraps_up(customer.contact)


def test_a_caller_who_leaves_early_is_counted_where_he_left(
    caller: NewCaller, maria: Agent, books: Books, finance: Finance
) -> None:
    before = finance.usage("shop")["meters"]["abandoned"]["contacts"]
    left: dict[str, str] = {}

    in_the_menu = caller()
    left["ivr"] = in_the_menu.dials(SHOP_NUMBER)
    in_the_menu.hears("Hello and welcome to Luna Shop")
    in_the_menu.hangs_up()
    books.becomes("shop", left["ivr"], "abandoned")

    in_the_queue = caller()
    left["queue"] = in_the_queue.dials(SHOP_NUMBER, press="1")
    in_the_queue.is_told("waiting")
    in_the_queue.hangs_up()
    books.becomes("shop", left["queue"], "abandoned")

    maria.is_available()
    at_the_phone = caller()
    left["offer"] = at_the_phone.dials(SHOP_NUMBER, press="1")
    at_the_phone.is_told("ringing")
    maria.sees(left["offer"], "offered")
    at_the_phone.hangs_up()
    maria.no_longer_sees(left["offer"])
    assert maria.presence() == "available", "it was not her who missed it"
    assert eventually(lambda: maria.phone()["call"] is None)

    for where, contact in left.items():
        assert books.contact("shop", contact)["facts"][-1]["data"] == {"where": where}
        assert books.usage("shop", contact)["abandoned"]["dimensions"] == {"where": where}
    assert finance.usage("shop")["meters"]["abandoned"]["contacts"] == before + 3
    assert books.waiting() == []
