"""Chats through the widget's API and its live line, with an agent at the other end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.deployed import Stack
from tests.journeys.agents import Agent
from tests.journeys.books import Books, Finance
from tests.journeys.customers import Line, Visitor
from tests.journeys.patience import eventually

NewVisitor = Callable[..., Visitor]


def _desk_line(stack: Stack, agent: Agent) -> Line:
    """The live line of the agent's page."""
    cookie = f"sid={agent.session.cookies['sid']}"
    return Line(f"{stack.url.replace('http', 'ws', 1)}/ws", stack.url, cookie)


def _texts(conversation: dict[str, Any]) -> list[str]:
    return [message["text"] for message in conversation["messages"]]


def test_a_chat_goes_both_ways_live_and_is_over_when_it_is_over(
    stack: Stack, visitor: NewVisitor, maria: Agent, books: Books, finance: Finance
) -> None:
    before = finance.usage("shop")["meters"]["chat"]["contacts"]
    maria.is_available()
    customer = visitor()
    opened = customer.opens("Is the Aurora dimmable?")
    assert opened["snapshot"]["state"] == "queued"
    with _desk_line(stack, maria) as desk, customer.listens() as widget:
        card = maria.accepts(customer.contact)
        assert (card["customer_name"], card["customer"]) == (customer.about["name"], customer.about["email"])
        assert _texts(card) == ["Is the Aurora dimmable?"]
        assert widget.brings(stream=f"chat:{customer.contact}", state="active")

        maria.says(customer.contact, "Yes, with any dimmer.")
        [frame] = widget.brings(seq=2)
        assert (frame["message"]["by"], frame["message"]["text"]) == ("agent", "Yes, with any dimmer.")
        assert "maria" not in str(frame).lower(), "who of the agents writes is the client's own affair"

        maria.notes(customer.contact, "Likes to ask technical questions")
        assert customer.says("Wonderful.", client_id="wonderful").ok
        assert customer.says("Wonderful.", client_id="wonderful").json()["n"] == 4, "sent twice, said once"
        assert "Wonderful." in desk.brings(stream=f"messages:{customer.contact}", seq=4)[0]["content"]

        maria.ends(customer.contact)
        assert widget.brings(stream=f"chat:{customer.contact}", state="ended")
    too_late = customer.says("One more thing")
    assert (too_late.status_code, too_late.json()["state"]) == (409, "ended")
    assert maria.asks("shop", customer.contact, "messages", text="Bye", client_id="bye").status_code == 409
    maria.wraps_up(customer.contact, "advice")

    assert _texts(customer.reads()) == ["Is the Aurora dimmable?", "Yes, with any dimmer.", "Wonderful."]
    assert books.kinds("shop", customer.contact) == ["arrived", "queued", "offered", "connected", "ended", "wrapped"]
    assert books.usage("shop", customer.contact)["chat"]["quantity"] == 1
    assert finance.usage("shop")["meters"]["chat"]["contacts"] == before + 1


def test_a_widget_that_was_away_misses_nothing(visitor: NewVisitor, maria: Agent) -> None:
    maria.is_available()
    customer = visitor()
    customer.opens("Do you ship to Alaska?")
    with customer.listens():
        maria.accepts(customer.contact)
    # In the tunnel
    maria.says(customer.contact, "We do.")
    maria.says(customer.contact, "It takes five days.")
    # And out of it
    with customer.listens() as widget:
        missed = customer.reads(after=1)
        assert (_texts(missed), missed["last"], missed["state"]) == (["We do.", "It takes five days."], 3, "active")
        maria.says(customer.contact, "Are you still there?")
        assert widget.brings(seq=4)[0]["message"]["text"] == "Are you still there?"
        assert widget.words()[-1] == "Are you still there?"
    # The page is loaded anew: the same session is the same chat.
    again = customer.opens("Do you ship to Alaska?")["snapshot"]
    assert (again["contact"], again["last"], len(again["messages"])) == (customer.contact, 4, 4)
    maria.finishes(customer.contact)


def test_what_both_say_at_once_has_one_order_for_everybody(visitor: NewVisitor, maria: Agent, books: Books) -> None:
    maria.is_available()
    customer = visitor()
    customer.opens("Hello!")
    with customer.listens() as widget:
        maria.accepts(customer.contact)
        for number in range(1, 5):
            assert customer.says(f"customer's line {number}").ok
            maria.says(customer.contact, f"agent's line {number}")
        widget.brings(seq=9)
        pushed = [frame["seq"] for frame in widget.frames if frame.get("message", {}).get("by") == "agent"]
    messages = customer.reads()["messages"]
    assert [message["n"] for message in messages] == list(range(1, 10))
    assert [message["at"] for message in messages] == sorted(message["at"] for message in messages)
    assert [said["text"] for said in books.messages("shop", customer.contact)] == [said["text"] for said in messages]
    assert _texts(maria.cards()[customer.contact]) == [said["text"] for said in messages]
    assert sorted(pushed) == [3, 5, 7, 9]
    assert customer.leaves().ok
    assert maria.sees(customer.contact, "ended")
    assert books.contact("shop", customer.contact)["facts"][-1]["by"] == "customer"
    maria.wraps_up(customer.contact)


def test_a_visitor_who_talks_without_end_is_asked_to_wait(visitor: NewVisitor, maria: Agent) -> None:
    customer = visitor()
    customer.opens("Hello?")
    answers = [customer.says(f"hello {number}") for number in range(11)]
    refused = [answer for answer in answers if answer.status_code == 429]
    assert len(refused) == 2, [answer.status_code for answer in answers]
    assert 1 <= int(refused[0].headers["Retry-After"]) <= 10
    assert customer.leaves().ok
    assert eventually(lambda: customer.reads()["state"] == "ended")
