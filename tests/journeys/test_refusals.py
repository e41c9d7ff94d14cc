"""A client of the voice tier: mails and chats are answered politely, recorded and counted, and bother nobody."""

from __future__ import annotations

from collections.abc import Callable

from tests.journeys.agents import Agent
from tests.journeys.books import Books, Finance
from tests.journeys.customers import PLUMBER_MAILBOX, PLUMBER_WIDGET, Mailer, Visitor


def test_a_mail_to_the_plumber_is_answered_politely_and_kept(
    mailer: Callable[[], Mailer], maria: Agent, books: Books, finance: Finance
) -> None:
    before = finance.usage("plumber")["meters"]["refused"]["contacts"]
    maria.is_available()
    desk_before = maria.cards()
    customer = mailer()
    asked = customer.writes(PLUMBER_MAILBOX, "Dripping tap", "My tap drips since Tuesday.")
    contact = asked.contact("plumber")

    letter = customer.gets()
    answer = customer.raw(letter)
    text = customer.text(letter)
    assert "Thank you for writing to Rapid Plumbing." in text
    assert "Please call us at +1 555 010 0100" in text
    assert answer["From"].addresses[0].addr_spec == PLUMBER_MAILBOX
    assert answer["In-Reply-To"] == asked.message_id
    assert answer["Auto-Submitted"] == "auto-replied", "no machine answers that"

    item = books.becomes("plumber", contact, "refused")
    assert [fact["kind"] for fact in item["facts"]] == ["arrived", "refused"]
    assert item["facts"][-1]["data"] == {"reason": "tier", "tier": "voice"}
    kept = books.messages("plumber", contact)
    assert kept[0]["text"] == "My tap drips since Tuesday.", "nothing of it is lost"
    _counted(books, finance, contact, "email", before + 1)
    assert maria.cards() == desk_before == {}

    # A second mail on that day is recorded, and not answered again.
    second = customer.writes(PLUMBER_MAILBOX, "Dripping tap again", "It still drips, day and night.")
    books.becomes("plumber", second.contact("plumber"), "refused")
    assert finance.usage("plumber")["meters"]["refused"]["contacts"] >= before + 1
    assert len(customer.letters()) == 1


def test_a_chat_with_the_plumber_is_answered_politely_and_kept(
    visitor: Callable[..., Visitor], maria: Agent, books: Books, finance: Finance
) -> None:
    before = finance.usage("plumber")["meters"]["refused"]["contacts"]
    maria.is_available()
    customer = visitor(key=PLUMBER_WIDGET)
    told = customer.opens("Can somebody come this evening?")
    assert told["refused"] is True
    assert "+1 555 010 0100" in told["answer"]
    assert "token" not in told

    chats = [item for item in books.contacts("plumber") if item.get("customer") == customer.about["email"]]
    [item] = chats
    assert (item["state"], item["channel"]) == ("refused", "chat")
    assert item["facts"][-1]["data"] == {"reason": "tier", "tier": "voice"}
    assert [said["text"] for said in books.messages("plumber", item["contact"])] == ["Can somebody come this evening?"]
    _counted(books, finance, item["contact"], "chat", before + 1)
    assert maria.cards() == {}
    # The widget asks again when its page is loaded anew: the same answer, and nothing more is counted.
    assert customer.opens("Can somebody come this evening?") == told
    assert finance.usage("plumber")["meters"]["refused"]["contacts"] == before + 1


def _counted(books: Books, finance: Finance, contact: str, channel: str, count: int) -> None:
    """Visible in the usage and on the draft, and free."""
    record = books.usage("plumber", contact)["refused"]
    assert record["channel"] == channel
    assert record["dimensions"] == {"reason": "tier", "tier": "voice"}
    assert finance.usage("plumber")["meters"]["refused"]["contacts"] == count
    draft = finance.draft("plumber")
    assert draft["not_charged"]["refused"] == count
    assert "refused" not in {line["kind"] for line in draft["lines"]}
