"""Queues and streams promise to deliver at least once, and nothing about the order: the house must not mind."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from chalicelib.routing.service.safety_net import REPAIRS, SUMS
from tests.deployed import Stack
from tests.journeys.agents import Agent
from tests.journeys.books import Books
from tests.journeys.customers import SHOP_MAILBOX, Mailer, Visitor
from tests.journeys.lambdas import change, deliver, depths, fact, invoke, plain, send
from tests.journeys.patience import eventually

WORLD = ("contacts", "routing", "ledger", "workforce")
NewVisitor = Callable[..., Visitor]


def test_the_stream_told_again_and_backwards_bills_once_and_mails_once(
    stack: Stack, mailer: Callable[[], Mailer], maria: Agent, books: Books
) -> None:
    maria.is_available()
    customer = mailer()
    contact = customer.writes(SHOP_MAILBOX, "Twice", "Please answer me once.").contact()
    maria.accepts(contact)
    maria.says(contact, "Once it is.")
    customer.gets()
    maria.finishes(contact)
    books.usage("shop", contact)
    assert eventually(lambda: not books.unfinished())
    before, ledger = books.state("contacts", but=["desk"]), books.state("ledger")

    item = books.contact("shop", contact)
    moves = [
        change({**item, "facts": item["facts"][:seq]}, {**item, "facts": item["facts"][: seq - 1]} if seq > 1 else None)
        for seq in range(1, len(item["facts"]) + 1)
    ]
    letters = [change(message) for message in books.messages("shop", contact)]
    for records in ([*moves, *letters], [*reversed(moves), *reversed(letters)]):
        assert invoke(stack, "publish_facts", {"Records": records}) == {"batchItemFailures": []}

    assert eventually(lambda: not any(_waiting(stack).values()), within=60), _waiting(stack)
    assert (books.state("contacts", but=["desk"]), books.state("ledger")) == (before, ledger)
    assert len(customer.letters()) == 1


def test_a_wrap_up_that_is_told_differently_is_kept_apart_and_changes_no_bill(
    stack: Stack, visitor: NewVisitor, maria: Agent, books: Books
) -> None:
    maria.is_available()
    customer = visitor()
    customer.opens("Count me once.")
    contact = customer.contact
    maria.accepts(contact)
    maria.finishes(contact)
    record = books.usage("shop", contact)["chat"]
    item = books.contact("shop", contact)
    told = fact(item, len(item["facts"]))
    send(stack, "QueueUsage", told, told)
    assert deliver(stack, "record_usage", told, fact(item, 3), told) == []
    assert books.usage("shop", contact)["chat"] == record

    lie = plain(told)
    lie["contact"]["facts"][-2]["at"] = lie["contact"]["facts"][-3]["at"]
    lie["fact"] = lie["contact"]["facts"][-1] = {**lie["fact"], "data": {"disposition": "complaint"}}
    assert deliver(stack, "record_usage", lie) == []
    assert books.usage("shop", contact) == {"chat": record}
    aside = [item for item in books.table("ledger") if item["pk"] == f"T#shop#Q#{contact}"]
    assert [item["dimensions"]["disposition"] for item in aside] == ["complaint"]
    assert deliver(stack, "record_usage", lie) == []
    assert len([item for item in books.table("ledger") if item["pk"] == f"T#shop#Q#{contact}"]) == 1


def test_an_offer_that_runs_out_after_it_was_taken_takes_nothing_away(
    stack: Stack, visitor: NewVisitor, maria: Agent, jonas: Agent, books: Books
) -> None:
    maria.is_available()
    customer = visitor()
    customer.opens("Do not pass me on.")
    offer = maria.sees(customer.contact, "offered")["offer"]
    expiry = {"tenant": "shop", "contact": customer.contact, "offer": offer}
    stale = {**expiry, "offer": "an-offer-of-before"}
    assert deliver(stack, "offer_expired", stale) == []
    assert maria.cards()[customer.contact]["state"] == "offered"
    maria.accepts(customer.contact)
    jonas.is_available()
    assert deliver(stack, "offer_expired", expiry, expiry, stale) == []
    assert maria.cards()[customer.contact]["state"] == "connected"
    assert (maria.presence(), jonas.cards()) == ("available", {})
    maria.finishes(customer.contact)
    assert deliver(stack, "offer_expired", expiry) == []
    assert books.contact("shop", customer.contact)["state"] == "wrapped"


def test_pushes_told_twice_late_or_about_nobody_harm_nobody(
    stack: Stack, visitor: NewVisitor, maria: Agent, books: Books
) -> None:
    maria.is_available()
    customer = visitor()
    customer.opens("Push me twice.")
    with customer.listens() as widget:
        maria.accepts(customer.contact)
        maria.says(customer.contact, "Here I am.")
        widget.brings(seq=2)
        with books.unchanged(*WORLD):
            item, message = books.contact("shop", customer.contact), books.messages("shop", customer.contact)[1]
            said: dict[str, Any] = {
                "type": "message",
                "tenant": "shop",
                "contact_id": customer.contact,
                "n": 2,
                "message": plain({name: message[name] for name in ("n", "at", "by", "kind", "text", "client_id")}),
                "contact": {"agent": "maria", "desk": "gone-long-ago", "visitor": item["visitor"], "channel": "chat"},
            }
            facts = [fact(item, seq) for seq in (4, 3, 2, 1)]
            for function in ("push_chat", "push_desk"):
                assert deliver(stack, function, said, *facts, said) == []
            frames = widget.brings(3, seq=2)
            texts = {frame["message"]["text"] for frame in frames}
            assert texts == {"Here I am."}, "the widget knows them by their number"
    maria.finishes(customer.contact)


def test_one_message_that_nobody_can_take_holds_up_no_other(
    stack: Stack, visitor: NewVisitor, maria: Agent, books: Books
) -> None:
    maria.is_available()
    customer = visitor()
    customer.opens("I stand beside a bad message.")
    maria.accepts(customer.contact)
    maria.finishes(customer.contact)
    books.usage("shop", customer.contact)
    item = books.contact("shop", customer.contact)
    good = fact(item, len(item["facts"]))
    with books.unchanged(*WORLD):
        for function in ("record_usage", "push_desk", "push_chat"):
            assert deliver(stack, function, good, "this is no JSON", {"type": "fact"}, good) == [1, 2], function
        for function in ("offer_expired", "mail_out"):
            assert deliver(stack, function, "this is no JSON", {}, {"tenant": "nobody"}) == [0, 1, 2], function
        assert invoke(stack, "publish_facts", {"Records": []}) == {"batchItemFailures": []}


def test_the_sweep_finds_nothing_to_repair(stack: Stack, visitor: NewVisitor, maria: Agent) -> None:
    maria.is_available()
    customer = visitor()
    customer.opens("Sweep around me.")
    maria.sees(customer.contact, "offered")
    for _ in range(2):
        caught = invoke(stack, "sweep", {"source": "aws.events"})
        assert caught == dict.fromkeys((*REPAIRS, *SUMS), 0)
    maria.accepts(customer.contact)
    maria.finishes(customer.contact)


def test_no_message_was_given_up(stack: Stack) -> None:
    time.sleep(0.2)
    assert set(depths(stack).values()) == {0}, depths(stack)


def _waiting(stack: Stack) -> dict[str, int]:
    return {name: depth for name, depth in depths(stack, "Queue").items() if name != "QueueOffers"}
