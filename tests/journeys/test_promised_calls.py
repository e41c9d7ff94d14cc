"""A customer is promised a call at a time: it comes to the agent who promised it, and he makes it at his desk."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from tests.deployed import Stack, eventually
from tests.journeys.agents import Agent
from tests.journeys.books import Books
from tests.journeys.customers import Caller, Outsider
from tests.journeys.noon import NUMBER, Future

NewCaller = Callable[[], Caller]


def test_a_promised_call_comes_to_who_promised_it_and_is_made_at_the_desk(
    stack: Stack, noon: str, caller: NewCaller, maria: Agent, books: Books, future: Future
) -> None:
    maria.is_available()
    customer = caller()
    before = customer.dials(NUMBER, press="1")
    maria.accepts(before)
    at = datetime.now(UTC) + timedelta(minutes=20)
    promised = maria.does(before, "appointment", at=at.isoformat(), note="Wants a price", whose="me")
    assert promised["number"] == customer.number
    maria.finishes(before)
    future.comes(promised["id"])

    def offered() -> str:
        cards = maria.cards()
        return next((contact for contact, card in cards.items() if card.get("about")), "")

    contact = eventually(offered)
    assert contact, "nothing came of the promise"
    card = maria.sees(contact, "offered")
    assert card["about"]["kind"] == "appointment"
    assert card["about"]["note"] == "Wants a price"
    assert "call" in card["commands"]
    told = maria.does(contact, "call")
    assert told == {"contact": contact, "number": customer.number}
    assert maria.does(contact, "call") == told, "pressed twice"
    phone = Outsider(stack, customer.number)
    maria.dials(told["number"])
    ring = phone.rings()
    assert (ring["from"], ring["tenant"]) == (NUMBER, noon)
    answered = phone.answers_as_customer()
    maria.sees(contact, "connected")
    maria.ends(contact)
    answered.is_told("over")
    maria.wraps_up(contact)
    item = books.becomes(noon, contact, "wrapped")
    kinds = [fact["kind"] for fact in item["facts"]]
    assert kinds.count("dialled") == 1
    assert sorted(kinds) == sorted(["arrived", "queued", "offered", "dialled", "connected", "ended", "wrapped"])
    assert set(books.usage(noon, contact, 2)) == {"voice_seconds", "dial"}
