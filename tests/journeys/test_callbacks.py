"""Callers who are called back instead of waiting on the line: their place, the calls to them, and what is billed."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from tests.deployed import Stack
from tests.journeys.agents import Agent
from tests.journeys.books import Books, Finance, Item, at, instant, parts
from tests.journeys.clients import goes_live, section
from tests.journeys.customers import PLUMBER_MAILBOX, PLUMBER_NUMBER, PLUMBER_WIDGET, Caller, Outsider
from tests.journeys.legs import Till, turn
from tests.journeys.patience import eventually

NewCaller = Callable[[], Caller]
NUMBERS = {"pipes": "+15550100310", "drains": "+15550100320"}
ATTEMPTS = {"pipes": 1, "drains": 2}
ASKED = ["arrived", "queued", "callback_asked"]
SERVED = ["offered", "dialled", "connected", "ended", "wrapped"]
RECORDS_OF_TWO_ATTEMPTS = 6  # his call, and what each attempt left


@pytest.fixture(scope="module")
def clients(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Plumbers who call back at any hour: one who tries once, and one who tries again after a minute."""
    folder, maria = tmp_path_factory.mktemp("clients"), Agent(stack, "maria")
    for client, number in NUMBERS.items():
        again = f"[calls.callback]\nattempts = {ATTEMPTS[client]}\nretry_s = 60\nafter_s = 0\n\n"
        changes = {
            "Rapid Plumbing": client.title(),
            PLUMBER_NUMBER: number,
            PLUMBER_MAILBOX: f"office@{client}.example",
            PLUMBER_WIDGET: f"wk_{client}_5f3a9c21",
            section("plumber", "calls.callback"): again,
        }
        goes_live(stack, folder, client, "plumber", changes, maria)
    return NUMBERS


def _asks_for_a_callback(customer: Caller, number: str) -> str:
    contact = customer.dials(number, press="4")
    customer.hears("If that is right, press 1")
    customer.presses("1")
    customer.hears("we will call you back at")
    customer.is_told("over")
    return contact


def test_who_asks_to_be_called_back_keeps_his_place_and_is_billed_to_the_second(
    stack: Stack, clients: dict[str, str], caller: NewCaller, maria: Agent, books: Books, finance: Finance
) -> None:
    before = finance.usage("pipes")
    customer, later = caller(), caller()
    contact = _asks_for_a_callback(customer, clients["pipes"])
    place = books.contact("pipes", contact)
    next_one = later.dials(clients["pipes"], press="2")
    eventually(lambda: books.contact("pipes", next_one).get("state") == "queued")
    assert books.kinds("pipes", contact) == ASKED
    assert place["facts"][-1]["data"] == {"number": customer.number, "attempts": 1, "retry_s": 60}

    maria.is_available()
    maria.sees(contact, "offered")
    phone = Outsider(stack, customer.number)
    maria.picks_up(contact)
    ring = phone.rings()
    assert (ring["kind"], ring["from"], ring["tenant"]) == ("callback", clients["pipes"], "pipes")
    assert books.kinds("pipes", contact) == [*ASKED, "offered"], "nobody is on the line before he answers"
    rang = datetime.now(UTC)
    time.sleep(1.1)
    called = phone.answers_as_customer()
    maria.sees(contact, "connected")
    assert books.contact("pipes", next_one)["state"] == "queued", "he came later, and waits longer"
    assert books.contact("pipes", contact)["deadline"] == place["deadline"]
    maria.says(contact, "You wanted to be called back?")
    time.sleep(1.2)
    maria.ends(contact)
    time.sleep(1.1)
    maria.wraps_up(contact, "question_answered")

    item = books.becomes("pipes", contact, "wrapped")
    assert [fact["kind"] for fact in item["facts"]] == [*ASKED, *SERVED]
    assert item["facts"][4]["data"]["to"] == "customer"
    assert (at(item, "connected") - rang).total_seconds() >= 1, "ringing is no talk"
    took = parts(item["facts"])
    ledger = books.usage("pipes", contact, 2)
    assert {meter: record["quantity"] for meter, record in ledger.items()} == {
        "voice_seconds": took["talk"] + took["hold"] + took["wrap"],
        "dial": 1,
    }
    seconds = {part: int(count) for part, count in ledger["voice_seconds"]["seconds"].items()}
    waited = {"queue": took["queue"] - seconds.pop("callback"), "callback": took["queue"] - seconds["queue"]}
    assert {**seconds, "callback": waited["callback"]} == {**took, **waited}, "on the line, and at home"
    asked_at, queued_at = (int(at(item, kind).timestamp()) for kind in ("callback_asked", "queued"))
    assert waited["queue"] == asked_at - queued_at
    assert (took["talk"] >= 1, took["wrap"] >= 1) == (True, True)
    called.is_told("over")
    verdicts = books.reconciled(customer, 4)
    assert {one: found["reason"] for one, found in verdicts.items()} == {contact: "agrees"}

    maria.accepts(next_one)
    maria.finishes(next_one, "question_answered")
    maria.goes_home()
    turns = [books.becomes("pipes", one, "wrapped") for one in (contact, next_one)]
    worked = [int(at(one, "wrapped").timestamp()) - int(at(one, "connected").timestamp()) for one in turns]
    after = finance.usage("pipes")["agent_time"]["channels"].get("voice", 0)
    assert after - before["agent_time"]["channels"].get("voice", 0) == sum(worked)
    finance.time_is_conserved()


def test_who_is_not_reached_in_the_last_attempt_is_counted_as_such_and_the_agent_is_free(
    stack: Stack, clients: dict[str, str], caller: NewCaller, maria: Agent, books: Books, finance: Finance
) -> None:
    till, before = Till(books, finance, "pipes"), finance.usage("pipes")["agent_time"]["seconds"]
    customer = caller()
    contact = _asks_for_a_callback(customer, clients["pipes"])
    maria.is_available()
    maria.sees(contact, "offered")
    maria.picks_up(contact)
    phone = Outsider(stack, customer.number)
    phone.rings()
    time.sleep(1.1)
    refused = datetime.now(UTC)
    phone.refuses()
    item = books.becomes("pipes", contact, "abandoned")
    assert [fact["kind"] for fact in item["facts"]] == [*ASKED, "offered", "dialled", "abandoned"]
    assert item["facts"][-1]["data"]["where"] == "callback"
    for kind in ("dialled", "abandoned"):  # of an attempt telephony tells when it is over
        assert abs((at(item, kind) - refused).total_seconds()) < 1, "when he refused"
    maria.no_longer_sees(contact)
    maria.lays_down_the_phone()
    assert eventually(lambda: maria.presence() == "available"), "he missed nothing: the customer did"

    usage = books.usage("pipes", contact, 2)
    assert set(usage) == {"abandoned", "dial"}
    assert (usage["dial"]["quantity"], usage["abandoned"]["dimensions"]) == (1, {"where": "callback"})
    assert usage["abandoned"]["seconds"] == _waited(item, until="abandoned")
    assert till.grew("dial") == 1
    maria.goes_home()
    after = finance.usage("pipes")["agent_time"]["seconds"]
    assert (after - before, till.grew("voice_seconds")) == (0, 0), "nobody talked"
    finance.time_is_conserved()


def test_who_is_not_reached_at_first_is_tried_again_and_keeps_his_place(
    stack: Stack, clients: dict[str, str], caller: NewCaller, maria: Agent, books: Books, finance: Finance
) -> None:
    till, before = Till(books, finance, "drains"), finance.usage("drains")["agent_time"]["seconds"]
    customer = caller()
    contact = _asks_for_a_callback(customer, clients["drains"])
    deadline = books.contact("drains", contact)["deadline"]
    maria.is_available()
    maria.sees(contact, "offered")
    maria.picks_up(contact)
    phone = Outsider(stack, customer.number)
    phone.rings()
    refused = datetime.now(UTC)
    phone.refuses()
    item = books.becomes("drains", contact, "arrived")
    assert [fact["kind"] for fact in item["facts"]] == [*ASKED, "offered", "dialled", "not_reached"]
    assert abs((at(item, "not_reached") - refused).total_seconds()) < 1, "when he refused"
    maria.lays_down_the_phone()
    maria.no_longer_sees(contact)

    again = maria.sees(contact, "offered", within=100)
    item = books.contact("drains", contact)
    assert (item["deadline"], again["state"]) == (deadline, "offered")
    assert (at(item, "queued") - at(item, "not_reached")).total_seconds() >= 60
    maria.picks_up(contact)
    phone.rings()
    answered = datetime.now(UTC)
    called = phone.answers_as_customer()
    maria.sees(contact, "connected")
    time.sleep(1.1)
    maria.ends(contact)
    ended = datetime.now(UTC)
    time.sleep(1.1)
    maria.wraps_up(contact, "question_answered")
    item = books.becomes("drains", contact, "wrapped")
    attempt = ["queued", *SERVED]
    assert [fact["kind"] for fact in item["facts"]] == [*ASKED, "offered", "dialled", "not_reached", *attempt]
    assert abs((at(item, "connected") - answered).total_seconds()) < 1, "when he answered"
    assert abs((at(item, "ended") - ended).total_seconds()) < 1, "when she hung up"

    # He waited on the line until he asked, and from then on at home; she worked only while he was there
    usage = books.usage("drains", contact, 2)["voice_seconds"]
    took = parts(item["facts"])
    handled = {part: took[part] for part in ("talk", "hold", "wrap")}
    assert usage["seconds"] == {**_waited(item, until="connected"), **handled}
    assert (usage["quantity"], handled["talk"] >= 1, handled["wrap"] >= 1) == (sum(handled.values()), True, True)
    assert books.stands("drains", contact, "dial")["quantity"] == till.grew("dial") == 2
    assert till.grew("voice_seconds") == usage["quantity"]
    called.is_told("over")
    verdicts = books.reconciled(customer, RECORDS_OF_TWO_ATTEMPTS)
    assert {one: found["reason"] for one, found in verdicts.items()} == {contact: "agrees"}
    maria.goes_home()
    assert finance.usage("drains")["agent_time"]["seconds"] - before == turn(item)
    finance.time_is_conserved()


def _waited(item: Item, until: str) -> dict[str, int]:
    """The parts of a contact whom nobody has spoken with yet, by its facts: `callback` is what he waited at home."""
    first = {fact["kind"]: int(instant(fact["at"]).timestamp()) for fact in item["facts"][:3]}
    return {
        "automated": first["queued"] - first["arrived"],
        "queue": first["callback_asked"] - first["queued"],
        "callback": int(at(item, until).timestamp()) - first["callback_asked"],
        **dict.fromkeys(("talk", "hold", "wrap"), 0),
    }
