"""Mails: from a customer's mail program to an agent, and the answer back into the thread."""

from __future__ import annotations

from collections.abc import Callable

from tests.journeys.agents import Agent
from tests.journeys.books import Books, Finance, at
from tests.journeys.customers import SHOP_MAILBOX, Mailer
from tests.journeys.patience import eventually

NewMailer = Callable[[], Mailer]
SIGNATURE = ["Have a bright day", "Your Luna Shop team", "Luna Shop Inc., 12 Lantern Way, Albany, New York"]


def test_a_mail_is_answered_in_its_thread_and_the_thread_goes_on(
    mailer: NewMailer, maria: Agent, books: Books, finance: Finance
) -> None:
    before = finance.usage("shop")["meters"]["email"]["contacts"]
    maria.is_available()
    customer = mailer()

    # A mail and its answer
    asked = customer.writes(SHOP_MAILBOX, "Lamp arrived without a bulb", "Which bulb fits the lamp Aurora?")
    contact = asked.contact()
    card = maria.accepts(contact)
    assert card["customer"] == customer.address
    assert card["customer_name"] == customer.name
    assert [message["text"] for message in card["messages"]] == ["Which bulb fits the lamp Aurora?"]
    maria.notes(contact, "Looks like the batch of October")
    maria.says(contact, "The Aurora takes an E27 bulb.\n\nWe put one into the post for you.")

    letter = customer.gets()
    answer = customer.raw(letter)
    sender = answer["From"].addresses[0]
    assert (sender.addr_spec, sender.display_name) == (SHOP_MAILBOX, "Luna Shop")
    assert answer["To"].addresses[0].addr_spec == customer.address
    assert answer["Subject"] == "Re: Lamp arrived without a bulb"
    assert answer["In-Reply-To"] == asked.message_id
    assert asked.message_id in answer["References"]
    assert answer["Auto-Submitted"] is None, "a person wrote it"
    bodies = {part.get_content_type(): part.get_content() for part in answer.walk() if not part.is_multipart()}
    assert set(bodies) == {"text/plain", "text/html"}
    for body in bodies.values():
        assert "The Aurora takes an E27 bulb." in body
        assert all(line in body for line in SIGNATURE)
        assert "batch of October" not in body, "a note stays in the house"

    # The customer answers before the agent closes the contact
    again = customer.answers(letter, "Thank you! How long will it take?")
    assert _last_message(maria, contact, 4)["text"] == "Thank you! How long will it take?"
    assert books.contact("shop", again.contact()) == {}, "it went into the thread"
    maria.says(contact, "Two days.")
    second = customer.gets_answer(again)
    maria.finishes(contact, "advice")

    # The customer answers when the contact is over
    late = customer.answers(second, "It came, and it shines. One more lamp, please.")
    following = late.contact()
    card = maria.accepts(following)
    item = books.contact("shop", following)
    assert (item["previous"], item["thread"]) == (contact, contact)
    assert [message["text"] for message in card["messages"]] == ["It came, and it shines. One more lamp, please."]
    maria.finishes(following)

    # The bill
    assert books.kinds("shop", contact) == ["arrived", "queued", "offered", "connected", "ended", "wrapped"]
    for one in (contact, following):
        record = books.usage("shop", one)["email"]
        assert (record["quantity"], record["dimensions"]["disposition"] in ("advice", "order_status")) == (1, True)
    assert finance.usage("shop")["meters"]["email"]["contacts"] == before + 2
    assert [finance.behind("shop", "email", one)["billed"] for one in (contact, following)] == [1, 1]


def test_two_answers_in_a_row_stay_in_one_contact_also_without_the_token_in_the_address(
    mailer: NewMailer, maria: Agent, books: Books
) -> None:
    customer = mailer()
    maria.is_available()
    contact = customer.writes(SHOP_MAILBOX, "Return of a lamp", "Where do I send it?").contact()
    maria.accepts(contact)
    maria.says(contact, "The label is in the parcel.")
    letter = customer.gets()
    # Some mail programs answer to From and not to Reply-To: then the message ids carry the thread.
    customer.writes(SHOP_MAILBOX, "Re: Return of a lamp", "Found it!", In_Reply_To=letter.message_id)
    assert _last_message(maria, contact, 3)["text"] == "Found it!"
    maria.finishes(contact, "return_started", note="free return")
    assert at(books.contact("shop", contact), "wrapped") > at(books.contact("shop", contact), "ended")


def _last_message(agent: Agent, contact: str, n: int) -> dict[str, object]:
    def said() -> list[dict[str, object]]:
        messages: list[dict[str, object]] = agent.cards()[contact]["messages"]
        return messages if len(messages) >= n else []

    found = eventually(said)
    assert found, f"no message {n}: {agent.cards()[contact]['messages']}"
    return found[-1]
