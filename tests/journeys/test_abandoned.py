"""Callers whom nobody answers: they hang up in line, or while a phone rings, or the next agent answers them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.journeys.agents import Agent
from tests.journeys.books import Books, Finance, parts
from tests.journeys.customers import SHOP_NUMBER, Caller
from tests.journeys.legs import Till, agrees_with_connect
from tests.journeys.patience import eventually

NewCaller = Callable[[], Caller]
RINGS_OUT_S = 60.0  # a phone rings for 20 s; the desk keeps the offer for 40


@pytest.mark.parametrize("where", ["queue", "offer"])
def test_who_hangs_up_unanswered_costs_nothing_and_binds_nobody(
    where: str, caller: NewCaller, maria: Agent, books: Books, finance: Finance
) -> None:
    till = Till(books, finance, "shop")
    before = finance.usage("shop")["meters"]["abandoned"]["contacts"]
    customer = caller()
    if where == "offer":
        maria.is_available()
    contact = customer.dials(SHOP_NUMBER, press="1")
    if where == "offer":
        maria.sees(contact, "offered")
        maria.rings(contact)
    else:
        books.becomes("shop", contact, "queued")
        customer.is_told("waiting")
    customer.hangs_up()
    item = books.becomes("shop", contact, "abandoned")

    ways = {"queue": [], "offer": ["offered"]}
    assert [fact["kind"] for fact in item["facts"]] == ["arrived", "queued", *ways[where], "abandoned"]
    assert (item["facts"][-1]["data"], item["facts"][-1]["by"]) == ({"where": where}, "customer")
    usage = books.usage("shop", contact)
    assert set(usage) == {"abandoned"}
    assert (usage["abandoned"]["seconds"], usage["abandoned"]["dimensions"]) == (parts(item["facts"]), {"where": where})
    assert finance.usage("shop")["meters"]["abandoned"]["contacts"] == before + 1
    till.holds()
    assert books.reconciled(customer, records=1)[contact]["reason"] == "agrees"
    assert [record["Agent"] for record in customer.records()] == [None]
    if where == "offer":
        maria.no_longer_sees(contact)
        assert eventually(lambda: maria.phone()["call"] is None)
        assert maria.presence() == "available", "she missed nothing"
        following = caller().dials(SHOP_NUMBER, press="1")
        maria.accepts(following)
        maria.finishes(following, "advice")


def test_who_does_not_answer_gets_no_more_calls_and_the_next_agent_answers(
    caller: NewCaller, maria: Agent, jonas: Agent, books: Books, finance: Finance
) -> None:
    till = Till(books, finance, "shop")
    maria.is_available()
    customer = caller()
    contact = customer.dials(SHOP_NUMBER, press="1")
    maria.sees(contact, "offered")
    maria.rings(contact)
    jonas.is_available()
    assert jonas.cards() == {}, "one call is offered to one agent"

    jonas.accepts(contact, within=RINGS_OUT_S)
    assert (maria.presence(), maria.cards()) == ("missed", {})
    assert maria.phone()["call"]["state"] == "MISSED"
    customer.is_told("connected")
    other = caller()
    waiting = other.dials(SHOP_NUMBER, press="1")
    books.becomes("shop", waiting, "queued")
    assert (maria.presence(), maria.cards()) == ("missed", {}), "she gets no more until she says that she is back"
    other.hangs_up()
    books.becomes("shop", waiting, "abandoned")
    customer.hangs_up()
    jonas.sees(contact, "ended")
    jonas.wraps_up(contact, "advice")

    facts = till.holds(contact)[contact]["facts"]
    assert [(fact["kind"], fact["data"]["agent"]) for fact in facts[2:5]] == [
        ("offered", "maria"),
        ("requeued", "maria"),
        ("offered", "jonas"),
    ]
    assert facts[3]["data"]["why"] == "missed"
    agrees_with_connect(books, "shop", customer, {contact: "jonas"}, records=len(customer.records()))
    for agent in (maria, jonas):
        agent.goes_home()
    finance.time_is_conserved()
