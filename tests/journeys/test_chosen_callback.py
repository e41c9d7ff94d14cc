"""A caller says himself when he is to be called: he hangs up, and at that time somebody calls him."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from tests.deployed import Stack
from tests.journeys.agents import Agent
from tests.journeys.books import Books, Item, at, instant
from tests.journeys.customers import Caller, Outsider
from tests.journeys.noon import NUMBER, Future
from tests.journeys.noon import noon as noon_zone
from tests.journeys.patience import eventually


def test_who_keys_in_a_time_is_called_at_that_time_by_whoever_is_there(
    stack: Stack, noon: str, caller: Callable[[], Caller], maria: Agent, books: Books, future: Future
) -> None:
    customer = caller()
    zone = ZoneInfo(noon_zone(datetime.now(UTC)))
    contact = customer.dials(NUMBER, press="4")
    customer.hears("To be called at a time of your choice, press 3")
    customer.presses("3")
    customer.hears("At what time shall we call you?")
    customer.presses("9999#")
    customer.hears("That is no time of day")
    wanted = (datetime.now(zone) + timedelta(minutes=20)).replace(second=0, microsecond=0)
    customer.presses(f"{wanted:%H%M}#")
    customer.hears("We will call you at")
    assert not _promised(books, customer), "before he says yes, nothing is promised"
    customer.presses("1")
    customer.hears("Thank you. We will call you: today")
    customer.is_told("over")
    item = books.becomes("noon", contact, "self_served")
    assert item["facts"][-1]["data"]["topic"] == "callback_booked"
    assert not [one for one in books.waiting() if one["contact"] == contact], "he keeps no place in line"
    (promised,) = _promised(books, customer)
    assert (promised["number"], instant(promised["at"]), promised["by"]) == (customer.number, wanted, "customer")
    assert set(books.usage("noon", contact, 2)) == {"self_served", "automated_seconds"}

    maria.is_available()
    future.clock()
    assert maria.cards() == {}, "not before"
    future.comes(promised["sk"])
    call = eventually(lambda: next((one for one, card in maria.cards().items() if card.get("about")), ""))
    assert call, "nothing came of the promise"
    about = maria.sees(call, "offered")["about"]
    assert (about["kind"], about["number"]) == ("appointment", customer.number)
    assert maria.does(call, "call") == {"contact": call, "number": customer.number}
    maria.dials(customer.number)
    phone = Outsider(stack, customer.number)
    phone.rings()
    answered = phone.answers_as_customer()
    maria.sees(call, "connected")
    time.sleep(1.1)
    maria.ends(call)
    answered.is_told("over")
    maria.wraps_up(call)

    item = books.becomes("noon", call, "wrapped")
    assert item["previous"] == contact
    kinds = ["arrived", "queued", "offered", "dialled", "connected", "ended", "wrapped"]
    assert sorted(fact["kind"] for fact in item["facts"]) == sorted(kinds)
    worked = int(at(item, "wrapped").timestamp()) - int(at(item, "connected").timestamp())
    ledger = books.usage("noon", call, 2)
    assert {meter: one["quantity"] for meter, one in ledger.items()} == {"voice_seconds": worked, "dial": 1}
    verdicts = books.reconciled(answered, 2)  # and one of the question after it
    assert {one: found["reason"] for one, found in verdicts.items()} == {call: "agrees"}
    assert eventually(lambda: [one["state"] for one in _promised(books, customer)] == ["done"])


def _promised(books: Books, customer: Caller) -> list[Item]:
    promised = [one for one in books.table("contacts") if one["pk"] == "T#noon#APPT"]
    return [one for one in promised if one["number"] == customer.number]
