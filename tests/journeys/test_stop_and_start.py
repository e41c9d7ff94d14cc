"""The house closes for the night, and once the power is cut: what was there is there again, and it adds up."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Callable, Sequence

import requests

from infra.local import processes
from infra.local import stack as local
from infra.local.emulator import launcher
from tests.deployed import Stack
from tests.journeys.agents import Agent
from tests.journeys.books import Books, Finance
from tests.journeys.customers import SHOP_MAILBOX, Mailer, Visitor
from tests.journeys.journal import Journal
from tests.journeys.lambdas import invoke
from tests.journeys.patience import eventually

NewVisitor = Callable[..., Visitor]
EVERYTHING = ("contacts", "routing", "ledger", "tenants", "workforce")


def test_after_a_night_everything_is_where_it_was(
    stack: Stack,
    mailer: Callable[[], Mailer],
    visitor: NewVisitor,
    maria: Agent,
    books: Books,
    finance: Finance,
    journal: Journal,
) -> None:
    maria.is_available()
    writer, chatter = mailer(), visitor()
    done = writer.writes(SHOP_MAILBOX, "Before the night", "This one is settled today.").contact()
    maria.accepts(done)
    maria.says(done, "It is.")
    maria.finishes(done)
    open_mail = writer.writes(SHOP_MAILBOX, "Over night", "This one takes until tomorrow.")
    maria.accepts(open_mail.contact())
    maria.says(open_mail.contact(), "We will see tomorrow.")
    chatter.opens("Will you remember me?")
    maria.accepts(chatter.contact)
    letter = writer.gets_answer(open_mail)
    writer.gets(2)
    maria.takes_a_break()
    waiting = writer.writes(SHOP_MAILBOX, "Who is next?", "This one has not been seen by anybody.").contact()
    books.becomes("shop", waiting, "queued")
    assert eventually(lambda: not books.unfinished())
    before = {table: books.state(table) for table in EVERYTHING}
    meters, letters = finance.usage("shop")["meters"], len(writer.letters())

    journal.reads()
    stack.restart()
    _is_awake(stack)

    assert {table: books.state(table) for table in EVERYTHING} == before
    assert finance.usage("shop")["meters"] == meters, "who was signed in still is"
    assert len(writer.letters()) == letters
    assert {contact: card["state"] for contact, card in maria.cards().items()} == {
        open_mail.contact(): "connected",
        chatter.contact: "connected",
    }
    # And work goes on where it was left.
    writer.answers(letter, "Good morning! Any news?")
    assert eventually(lambda: len(maria.cards()[open_mail.contact()]["messages"]) == 3)
    with chatter.listens() as widget:
        maria.says(chatter.contact, "Of course we do.")
        assert widget.brings(seq=2)
    assert [said["text"] for said in chatter.reads()["messages"]] == ["Will you remember me?", "Of course we do."]
    maria.is_available()
    maria.accepts(waiting)
    for contact in (waiting, open_mail.contact(), chatter.contact):
        maria.finishes(contact)
        books.usage("shop", contact)


def test_after_a_power_cut_in_the_middle_of_work_the_books_add_up(
    stack: Stack, visitor: NewVisitor, mailer: Callable[[], Mailer], maria: Agent, books: Books, journal: Journal
) -> None:
    maria.is_available()
    kept = visitor()
    kept.opens("I was here long before.")
    maria.accepts(kept.contact)
    _is_kept(stack)
    journal.reads()
    customers = [visitor() for _ in range(4)]
    crowd = threading.Thread(target=_open_anyway, args=(customers,))
    crowd.start()
    mailer().writes(SHOP_MAILBOX, "In the storm", "Just when the light goes out.")
    _cut_the_power(stack)
    crowd.join()

    said: list[str] = []
    local.up(stack.home, stack.ports, said.append, deploying=False)
    _is_awake(stack)

    assert any("was not stopped cleanly" in words and "lost" in words for words in said), said
    assert kept.reads()["messages"][0]["text"] == "I was here long before."
    assert maria.cards()[kept.contact]["state"] == "connected"
    assert eventually(lambda: not books.unfinished())
    _add_up(books)
    # And the next customer is served.
    maria.finishes(kept.contact)
    fresh = visitor()
    fresh.opens("Is the light on again?")
    for contact in [*maria.cards()]:
        maria.accepts(contact)
        maria.finishes(contact)
    assert eventually(lambda: _served(maria, books, fresh.contact))
    _add_up(books)


def _is_awake(stack: Stack) -> None:
    """The flow's function: whoever calls next waits eight seconds for its first answer, however busy the machine is."""
    invoke(stack, "contact_flow", {})


def _served(agent: Agent, books: Books, contact: str) -> bool:
    for other, card in agent.cards().items():
        if card["state"] == "offered":
            agent.accepts(other)
            agent.finishes(other)
    return bool(books.contact("shop", contact)["state"] == "wrapped")


def _open_anyway(customers: Sequence[Visitor]) -> None:
    """As browsers in a power cut: some requests go through."""
    for customer in customers:
        with contextlib.suppress(requests.RequestException, AssertionError):
            customer.opens("Is it dark at your place, too?")


def _is_kept(stack: Stack) -> None:
    """Waits for a checkpoint of the emulator that began after this call."""
    note = stack.home.state / "checkpoint.json"
    seen = note.read_text()
    first = eventually(lambda: (now := note.read_text()) != seen and now)
    assert eventually(lambda: note.read_text() != first)


def _cut_the_power(stack: Stack) -> None:
    running = processes.running(stack.home, launcher.NAME)
    assert running is not None
    os.kill(running.pid, signal.SIGKILL)
    if child := processes._children.pop(running.pid, None):
        child.wait()


def _add_up(books: Books) -> None:
    """What is written in several places says the same in all of them."""
    contacts = {item["contact"]: item for item in books.contacts()}
    seats = books.seats()
    held = {contact: seat["agent"] for seat in seats for contact in seat["contacts"]}
    assert {contact: item["agent"] for contact, item in contacts.items() if item["state"] in WITH_AN_AGENT} == held
    waiting = {item["contact"] for item in books.waiting()}
    assert {contact for contact, item in contacts.items() if item["state"] == "queued"} == waiting
    for seat in seats:
        cost = sum({"voice": 3}.get(one["channel"], 1) for one in seat["contacts"].values() if not one.get("paused"))
        assert seat["units"] == cost, seat
    for contact, item in contacts.items():
        assert item["version"] == len(item["facts"]), item
        assert item["state"] == [STATE_AFTER[kind] for fact in item["facts"] if (kind := fact["kind"]) not in STAYS][-1]
        numbers = [int(message["n"]) for message in books.messages(item["tenant"], contact)]
        assert numbers == list(range(1, len(numbers) + 1)), contact


WITH_AN_AGENT = ("offered", "connected", "held", "ended")
STATE_AFTER = {
    **{kind: kind for kind in ("arrived", "queued", "offered", "connected", "held", "ended", "wrapped")},
    **{kind: kind for kind in ("refused", "self_served", "abandoned")},
    **{kind: kind for kind in ("patched", "closed")},
    "requeued": "queued",
    **dict.fromkeys(("not_reached", "left_line"), "arrived"),
    "resumed": "connected",
}
STAYS = frozenset(
    "callback_asked dialled transferred recording_paused recording_resumed looked_up read_out rated notified "
    "acknowledged".split()
)
