"""What callers get without an agent: how an order or account stands, answers, the hours, their place; one question."""

from __future__ import annotations

from collections.abc import Callable

from tests.journeys.agents import Agent
from tests.journeys.books import Books, at
from tests.journeys.customers import SHOP_NUMBER, Caller, private
from tests.journeys.patience import eventually

NewCaller = Callable[[], Caller]
CLINIC_NUMBER = "+493055501300"
ASKED_FOR_THE_ORDER = "Please key in your order number"


def _looked_up(books: Books, contact: str) -> list[str]:
    facts = books.contact("shop", contact)["facts"]
    return [fact["data"]["found"] for fact in facts if fact["kind"] == "looked_up"]


def test_where_an_order_is_the_shop_s_own_system_says_on_the_telephone(
    caller: NewCaller, maria: Agent, books: Books
) -> None:
    maria.is_available()
    customer = caller()
    contact = customer.dials(SHOP_NUMBER, press="4")
    customer.hears(ASKED_FOR_THE_ORDER)
    customer.presses("1999#")
    customer.hears("We cannot find that order.")
    customer.presses("1001#")
    customer.hears("Your order left our house yesterday and arrives tomorrow.")
    assert _looked_up(books, contact) == ["no", "yes"]
    customer.is_told("over")
    item = books.becomes("shop", contact, "self_served")
    assert item["facts"][-1]["data"] == {"topic": "order_status"}
    assert "1001" not in str([fact["data"] for fact in item["facts"]]), "the number is the caller's affair"
    served = books.usage("shop", contact)["automated_seconds"]
    assert served["quantity"] == int(at(item, "self_served").timestamp()) - int(at(item, "arrived").timestamp())
    assert maria.cards() == {}


def test_how_an_account_stands_is_told_alike_and_who_goes_on_is_known_to_the_agent(
    caller: NewCaller, maria: Agent, books: Books
) -> None:
    maria.is_available()
    served, asks = caller(), caller()
    contact = served.dials(SHOP_NUMBER, press="6")
    served.hears("Please key in your customer number")
    served.presses("1001#")
    served.hears("We cannot find that customer number.")
    served.presses("7001#")
    served.hears("Your account is settled.")
    assert _looked_up(books, contact) == ["no", "yes"]
    served.is_told("over")
    item = books.becomes("shop", contact, "self_served")
    assert item["facts"][-1]["data"] == {"topic": "account_status"}
    assert books.usage("shop", contact)["self_served"]["dimensions"] == {"topic": "account_status", "events": "2"}
    assert "7001" not in str([fact["data"] for fact in item["facts"]]), "the number is the caller's affair"
    assert maria.cards() == {}

    goes_on = asks.dials(SHOP_NUMBER, press="6")
    asks.hears("Please key in your customer number")
    asks.presses("7003#")
    asks.hears("A payment on your account is late.")
    asks.presses("1")
    note = private("Account 7003: 120.00 late, reminded twice. Payment in two parts may be offered.")
    card = maria.accepts(goes_on)
    assert [(one["by"], one["kind"], one["text"]) for one in card["messages"]] == [("system", "note", note)]
    assert not any(note in words for words in asks.heard()), "it is for the agent's eyes"
    maria.finishes(goes_on)


def test_a_common_question_is_answered_and_the_caller_who_hangs_up_has_served_himself(
    caller: NewCaller, books: Books
) -> None:
    customer = caller()
    contact = customer.dials(SHOP_NUMBER, press="5")
    customer.hears("How do I send something back? Press 1.")
    customer.presses("2")
    customer.hears("By card, or on account within thirty days.")
    customer.hangs_up()
    item = books.becomes("shop", contact, "self_served")
    assert item["facts"][-1]["data"] == {"topic": "payment"}
    assert books.usage("shop", contact)["self_served"]["dimensions"] == {"topic": "payment"}


def test_who_waits_is_told_his_place(caller: NewCaller, maria: Agent) -> None:
    first, second = caller(), caller()
    one = first.dials(SHOP_NUMBER, press="1")
    eventually(lambda: first.view()["state"] == "waiting")
    second.dials(SHOP_NUMBER, press="1")
    first.hears("You are the next in line.")
    second.hears("You are number 2 in line.")
    second.hangs_up()
    maria.is_available()
    maria.accepts(one)
    maria.finishes(one)


def test_one_question_after_the_call_is_kept_with_it_once(caller: NewCaller, maria: Agent, books: Books) -> None:
    maria.is_available()
    customer = caller()
    contact = customer.dials(SHOP_NUMBER, press="1")
    maria.accepts(contact)
    maria.ends(contact)
    customer.hears("how satisfied were you with this call?")
    customer.presses("9")
    assert eventually(lambda: " ".join(customer.heard()).count("how satisfied were you") == 2), "asked again"
    customer.presses("4")
    customer.hears("Thank you very much. Goodbye.")
    customer.is_told("over")
    maria.wraps_up(contact)
    item = books.becomes("shop", contact, "wrapped")
    assert [fact["data"] for fact in item["facts"] if fact["kind"] == "rated"] == [{"score": 4}]
    assert item["score"] == 4
    took = int(at(item, "ended").timestamp()) - int(at(item, "connected").timestamp())
    talk = books.usage("shop", contact)["voice_seconds"]["seconds"]["talk"]
    assert talk == took, "the question is nobody's talk"


def test_the_hours_are_told_by_the_house_s_clock(caller: NewCaller, books: Books) -> None:
    """Open or closed: one sentence says until when, or from when on."""
    customer = caller()
    contact = customer.dials(CLINIC_NUMBER, press="3")
    assert eventually(lambda: any(words in " ".join(customer.heard()) for words in ("geöffnet", "geschlossen")))
    customer.hangs_up()
    assert eventually(lambda: books.contact("clinic", contact).get("state") in ("self_served", "abandoned"))
