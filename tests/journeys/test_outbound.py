"""Calls that an agent makes for a client: whom the customer sees, who may be called, and what is billed."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from tests.deployed import Stack
from tests.journeys.agents import Agent
from tests.journeys.books import Books, at
from tests.journeys.customers import SHOP_NUMBER, Caller, Outsider, private

NewCaller = Callable[[], Caller]
RINGS = ["arrived", "offered", "dialled"]


def _phone(stack: Stack, caller: NewCaller) -> Outsider:
    """Of somebody whom nobody has called before."""
    return Outsider(stack, caller().number)


def test_a_customer_is_called_in_his_client_s_name_and_the_talk_is_billed_to_the_second(
    stack: Stack, caller: NewCaller, maria: Agent, books: Books
) -> None:
    phone = _phone(stack, caller)
    maria.is_available()
    contact = maria.calls_out("shop", phone.number)
    ring = phone.rings()
    assert {name: ring[name] for name in ("kind", "from", "tenant")} == {
        "kind": "outbound",
        "from": SHOP_NUMBER,
        "tenant": "shop",
    }
    assert set(books.kinds("shop", contact)) == set(RINGS), "nobody talks while it rings"
    time.sleep(1.2)
    customer = phone.answers_as_customer()
    maria.sees(contact, "connected")
    maria.says(contact, "Luna Shop, you had asked for us.")
    customer.hears("you had asked for us", who="agent")
    time.sleep(1.3)
    maria.ends(contact)
    customer.is_told("over")
    time.sleep(1.1)
    maria.wraps_up(contact)

    item = books.becomes("shop", contact, "wrapped")
    assert (item["direction"], item["customer"]) == ("outbound", phone.number)
    assert sorted(fact["kind"] for fact in item["facts"]) == sorted([*RINGS, "connected", "ended", "wrapped"])
    seconds = {kind: int(at(item, kind).timestamp()) for kind in ("dialled", "connected", "ended", "wrapped")}
    assert seconds["connected"] - seconds["dialled"] >= 1, "from when he answered"
    ledger = books.usage("shop", contact, 2)
    handled = ledger["voice_seconds"]
    assert set(ledger) == {"voice_seconds", "dial"}
    assert handled["seconds"]["talk"] == seconds["ended"] - seconds["connected"] >= 1
    assert handled["seconds"]["wrap"] == seconds["wrapped"] - seconds["ended"] >= 1
    assert handled["quantity"] == seconds["wrapped"] - seconds["connected"]
    assert ledger["dial"]["quantity"] == 1
    found = books.reconciled(customer, 2)  # and one of the question after it
    assert {one: verdict["reason"] for one, verdict in found.items()} == {contact: "agrees"}


def test_who_does_not_answer_is_counted_as_dialled_and_nothing_else(
    stack: Stack, caller: NewCaller, maria: Agent, books: Books
) -> None:
    phone = _phone(stack, caller)
    maria.is_available()
    contact = maria.calls_out("shop", phone.number)
    phone.rings()
    phone.refuses()
    item = books.becomes("shop", contact, "abandoned")
    assert sorted(fact["kind"] for fact in item["facts"]) == sorted([*RINGS, "abandoned"])
    assert item["facts"][-1]["data"]["where"] == "no_answer"
    assert {meter: int(one["quantity"]) for meter, one in books.usage("shop", contact, 1).items()} == {
        "dial": 1,
    }
    maria.lays_down_the_phone()
    maria.no_longer_sees(contact)
    assert maria.presence() == "available"


def test_who_has_a_call_or_is_away_calls_nobody(
    stack: Stack, caller: NewCaller, maria: Agent, jonas: Agent, books: Books
) -> None:
    number = caller().number
    maria.takes_a_break()
    assert maria.asks_to_call("shop", number).status_code == 409, "on a break"
    maria.is_available()
    customer = caller()
    contact = customer.dials(SHOP_NUMBER, press="1")
    maria.accepts(contact)
    before = books.at_rest("contacts", "routing")
    assert maria.asks_to_call("shop", number).status_code == 409, "with a customer"
    assert books.state("contacts", "routing") == before
    assert jonas.asks_to_call("clinic", number).status_code in (403, 404), "behind a wall"
    maria.finishes(contact)


@pytest.mark.parametrize("number", ["", "12", "555 0100", "call me", "+1555<script>", "+1" + "5" * 40, SHOP_NUMBER])
def test_what_is_no_number_outside_is_refused_before_anything_is_opened(
    number: str, maria: Agent, books: Books
) -> None:
    maria.is_available()
    before = books.at_rest("contacts", "routing")
    private(number) if number != SHOP_NUMBER else number
    assert maria.asks_to_call("shop", number).status_code == 422
    assert books.state("contacts", "routing") == before
