"""Calls with more than one leg: handed on, asked about first, joined, given up, and put through to a number outside."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from infra.local.seed import PASSWORD
from tests.deployed import Stack
from tests.journeys.agents import Agent
from tests.journeys.books import Books, Finance, at
from tests.journeys.clients import goes_live
from tests.journeys.customers import SHOP_NUMBER, SHOP_WIDGET, Caller, Outsider
from tests.journeys.legs import Till, agrees_with_connect
from tests.journeys.patience import eventually

NewCaller = Callable[[], Caller]

NORD, NORD_NUMBER, NORD_MAILBOX = "nord", "+15550100400", "hello@nord-tours.example"
WORKSHOP, STRANGER = "+15550100777", "+15550100778"
# A team that helps out at night. Wanda sits in it, and may never serve this client.
TEAMS = """
[[teams]]
id = "day"
name = "Day"

[[teams]]
id = "night"
name = "Night"
"""
PERSON = """
[[people]]
email = "{agent}@manyline.example"
name = "{name}"
role = "agent"
agent = "{agent}"
team = "{team}"
skills = ["orders", "returns"]
languages = ["en"]
walls = {walls}
"""
SEATS = (("dora", "day", "[]"), ("nora", "night", "[]"), ("wanda", "night", '["nord"]'))


@pytest.fixture(scope="module")
def nord(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A client with a team of its own, another that helps out, and one number to which its calls may go."""
    folder = tmp_path_factory.mktemp(NORD)
    people = [PERSON.format(agent=name, name=name.title(), team=team, walls=walls) for name, team, walls in SEATS]
    (folder / "people.toml").write_text(TEAMS + "".join(people))
    done = stack.manyline("people", "apply", str(folder / "people.toml"), "--password", PASSWORD)
    assert done.returncode == 0, done.stdout + done.stderr
    changes = {
        "Luna Shop": "Nord Tours",
        SHOP_NUMBER: NORD_NUMBER,
        '"help@luna-shop.example", "returns@luna-shop.example"': f'"{NORD_MAILBOX}"',
        '"help@luna-shop.example"': f'"{NORD_MAILBOX}"',
        SHOP_WIDGET: "wk_nord_1c2d3e4f",
        'team = "shared"': 'team = "day"',
        "[routing]\n": '[routing]\noverflow = ["night"]\n',
        "[calls]\n": f'[calls]\ntransfers = [{{ number = "{WORKSHOP}", name = "Workshop" }}]\n',
        "[calls.survey]\n": "",
    }
    return goes_live(stack, folder, NORD, "shop", changes, Agent(stack, "dora"))


@pytest.fixture
def dora(stack: Stack, nord: str) -> Agent:
    return Agent(stack, "dora")


@pytest.fixture
def nora(stack: Stack, nord: str) -> Agent:
    return Agent(stack, "nora")


@pytest.fixture
def wanda(stack: Stack, nord: str) -> Agent:
    return Agent(stack, "wanda")


def _talks_to(agent: Agent, customer: Caller, number: str) -> str:
    """The contact of the call that the customer made and this agent took."""
    agent.is_available()
    contact = customer.dials(number, press="1")
    agent.accepts(contact)
    return contact


def _asks_jonas_first(books: Books, customer: Caller, maria: Agent, jonas: Agent) -> tuple[str, str]:
    """Maria talks with the customer, and asks Jonas: the contact of each of the two calls."""
    first = _talks_to(maria, customer, SHOP_NUMBER)
    jonas.is_available()
    maria.asks_first(first, "agent:jonas")
    return first, _second_leg(books, "shop", first, "agent:jonas")


def _second_leg(books: Books, tenant: str, first: str, to: str) -> str:
    """The contact that the transfer began, as the first one tells it."""

    def handed() -> str:
        facts = books.contact(tenant, first)["facts"]
        told = [fact["data"] for fact in facts if fact["kind"] == "transferred"]
        assert len(told) <= 1, told
        return str(told[0]["contact"]) if told and told[0]["to"] == to else ""

    leg = eventually(handed)
    assert leg, f"{first} was not handed on to {to}: {books.contact(tenant, first)}"
    second = books.contact(tenant, leg)
    assert (second["previous"], second["thread"]) == (first, first)
    return leg


def test_a_call_that_is_handed_on_goes_to_the_colleague_who_was_named(
    stack: Stack, caller: NewCaller, maria: Agent, jonas: Agent, books: Books, finance: Finance
) -> None:
    till = Till(books, finance, "shop")
    customer = caller()
    first = _talks_to(maria, customer, SHOP_NUMBER)
    jonas.is_available()
    assert [one["id"] for one in maria.destinations(first)["agents"]] == ["jonas"]
    time.sleep(1.1)

    maria.hands_on(first, "agent:jonas", "Wants her money back")
    second = _second_leg(books, "shop", first, "agent:jonas")
    card = jonas.accepts(second)
    customer.is_told("connected")
    assert (card["customer"], card["subject"]) == (customer.number, "Wants her money back")
    jonas.says(second, "I can help you with that.")
    customer.hears("I can help you with that.", who="agent")
    assert maria.phone()["call"]["state"] == "ENDED"
    maria.wraps_up(first, "advice")
    time.sleep(1.1)
    customer.hangs_up()
    jonas.sees(second, "ended")
    time.sleep(1.1)
    jonas.wraps_up(second, "advice")

    legs = till.holds(first, second)
    kinds = [fact["kind"] for fact in legs[first]["facts"]]
    assert sorted(kinds[4:6]) == ["ended", "transferred"]
    assert (kinds[:4], kinds[6:]) == (["arrived", "queued", "offered", "connected"], ["wrapped"])
    assert [fact["kind"] for fact in legs[second]["facts"]] == [
        "arrived",
        "queued",
        "offered",
        "connected",
        "ended",
        "wrapped",
    ]
    assert legs[second]["facts"][-2]["by"] == "customer"
    agrees_with_connect(books, "shop", customer, {first: "maria", second: "jonas"}, records=2)
    for agent in (maria, jonas):
        agent.goes_home()
    finance.time_is_conserved()


def test_a_colleague_is_asked_first_and_both_are_bound_while_both_talk(
    caller: NewCaller, maria: Agent, jonas: Agent, books: Books, finance: Finance
) -> None:
    till = Till(books, finance, "shop")
    customer = caller()
    first, second = _asks_jonas_first(books, customer, maria, jonas)
    customer.is_told("held")
    jonas.accepts(second)
    maria.is_on_the_line_with(customer="held", agent="connected")
    jonas.is_on_the_line_with(agent="connected", customer="held")
    maria.says(first, "She wants the lamp in brass.")
    jonas.hears("She wants the lamp in brass.")
    assert "She wants the lamp in brass." not in customer.heard("agent")
    bound = {seat["agent"]: set(seat["contacts"]) for seat in books.seats() if seat["contacts"]}
    assert bound == {"maria": {first}, "jonas": {second}}
    assert [books.contact("shop", leg)["state"] for leg in (first, second)] == ["connected", "connected"]
    time.sleep(2.1)

    maria.swaps()
    customer.is_told("connected")
    maria.is_on_the_line_with(customer="connected", agent="held")
    maria.says(first, "One moment, Jonas will take over.")
    customer.hears("Jonas will take over.", who="agent")
    maria.swaps()
    customer.is_told("held")
    maria.completes(first)
    customer.is_told("connected")
    jonas.is_on_the_line_with(customer="connected")
    customer.says("Hello Jonas.")
    jonas.hears("Hello Jonas.")
    maria.wraps_up(first, "advice")
    jonas.finishes(second, "advice")
    customer.hangs_up()  # the survey

    legs = till.holds(first, second)
    assert at(legs[second], "connected") < at(legs[first], "ended") < at(legs[second], "ended")
    agrees_with_connect(books, "shop", customer, {first: "maria", second: "jonas"}, records=3)
    held = books.stands("shop", first, "voice_seconds")["hold"]
    assert held >= 2, "the customer waited while they talked"
    for agent in (maria, jonas):
        agent.goes_home()
    finance.time_is_conserved()


def test_who_does_not_answer_is_dropped_and_the_customer_is_back(
    caller: NewCaller, maria: Agent, jonas: Agent, books: Books, finance: Finance
) -> None:
    till = Till(books, finance, "shop")
    customer = caller()
    first, second = _asks_jonas_first(books, customer, maria, jonas)
    jonas.sees(second, "offered")
    customer.is_told("held")

    maria.drops()
    customer.is_told("connected")
    maria.is_on_the_line_with(customer="connected")
    given_up = books.becomes("shop", second, "abandoned")
    jonas.no_longer_sees(second)
    assert jonas.presence() == "available", "nobody missed anything"
    maria.says(first, "I can do it myself.")
    customer.hears("I can do it myself.", who="agent")
    customer.hangs_up()
    maria.sees(first, "ended")
    maria.wraps_up(first, "advice")

    assert [fact["kind"] for fact in given_up["facts"]] == ["arrived", "queued", "offered", "abandoned"]
    assert given_up["facts"][-1]["by"] == "agent:maria"
    till.holds(first)
    assert set(books.usage("shop", second)) == {"abandoned"}
    agrees_with_connect(books, "shop", customer, {first: "maria"}, records=2)
    for agent in (maria, jonas):
        agent.goes_home()
    finance.time_is_conserved()


def test_all_three_speak_and_the_colleague_is_let_go(
    caller: NewCaller, maria: Agent, jonas: Agent, books: Books, finance: Finance
) -> None:
    till = Till(books, finance, "shop")
    customer = caller()
    first, second = _asks_jonas_first(books, customer, maria, jonas)
    jonas.accepts(second)
    maria.joins()
    customer.is_told("connected")
    maria.is_on_the_line_with(customer="connected", agent="connected")
    customer.says("Can you both hear me?")
    maria.hears("Can you both hear me?")
    jonas.hears("Can you both hear me?")
    jonas.says(second, "We do.")
    customer.hears("We do.", who="agent")
    maria.hears("We do.")
    time.sleep(1.1)

    maria.drops()
    jonas.sees(second, "ended")
    time.sleep(1.1)
    jonas.wraps_up(second, "advice")
    maria.is_on_the_line_with(customer="connected")
    customer.is_told("connected")
    customer.hangs_up()
    maria.sees(first, "ended")
    maria.wraps_up(first, "advice")

    legs = till.holds(first, second)
    assert at(legs[second], "ended") < at(legs[first], "ended")
    agrees_with_connect(books, "shop", customer, {first: "maria", second: "jonas"}, records=2)
    for agent in (maria, jonas):
        agent.goes_home()
    finance.time_is_conserved()


def test_a_call_for_another_team_is_never_offered_across_the_wall(
    nord: str, caller: NewCaller, dora: Agent, nora: Agent, wanda: Agent, books: Books, finance: Finance
) -> None:
    till = Till(books, finance, nord)
    customer = caller()
    first = _talks_to(dora, customer, NORD_NUMBER)
    wanda.is_available()
    assert nord not in wanda.tenants()

    there = dora.destinations(first)
    assert there["agents"] == []
    assert {team["id"] for team in there["teams"]} == {"day", "night"}
    refused = dora.asks(nord, first, "transfer", to="agent:wanda")
    assert (refused.status_code, "wall" in refused.text) == (422, True), refused.text
    strangers = dora.asks(nord, first, "transfer", to="team:clinic")
    assert (strangers.status_code, "does not serve" in strangers.text) == (422, True), strangers.text

    dora.hands_on(first, "team:night")
    second = _second_leg(books, nord, first, "team:night")
    waits = books.becomes(nord, second, "queued")
    customer.is_told("waiting")
    dora.wraps_up(first, "advice")
    assert (waits["team"], wanda.cards(), dora.cards()) == ("night", {}, {})
    assert wanda.phone()["call"] is None
    assert wanda.asks(nord, second, "accept").status_code in (403, 404)
    nora.is_available()
    nora.accepts(second)
    customer.is_told("connected")
    customer.hangs_up()
    nora.sees(second, "ended")
    nora.wraps_up(second, "advice")

    legs = till.holds(first, second)
    offered = [fact["data"]["agent"] for fact in legs[second]["facts"] if fact["kind"] == "offered"]
    assert (offered, wanda.cards(), wanda.presence()) == (["nora"], {}, "available")
    usage = finance.usage(nord)
    assert usage["team"]["own"] == usage["agent_time"]["seconds"]


def test_a_call_is_put_through_to_a_number_outside_and_metered_when_it_hangs_up(
    stack: Stack, nord: str, caller: NewCaller, dora: Agent, books: Books, finance: Finance
) -> None:
    till = Till(books, finance, nord)
    customer, workshop = caller(), Outsider(stack, WORKSHOP)
    first = _talks_to(dora, customer, NORD_NUMBER)
    assert dora.destinations(first)["numbers"] == [{"number": WORKSHOP, "name": "Workshop"}]
    for number, why in ((STRANGER, "is not on Nord Tours's list"), (NORD_NUMBER, "own number")):
        refused = dora.asks(nord, first, "transfer", to=f"number:{number}")
        assert (refused.status_code, why in refused.text) == (422, True), refused.text

    dora.asks_first(first, f"number:{WORKSHOP}")
    assert workshop.rings()["from"] == NORD_NUMBER
    second = _second_leg(books, nord, first, f"number:{WORKSHOP}")
    customer.is_told("held")
    workshop.answers()
    dora.is_on_the_line_with(customer="held", outside="connected")
    dora.says(first, "I have a customer for you.")
    workshop.hears("I have a customer for you.")
    dora.completes(first)
    customer.is_told("patched")
    dora.wraps_up(first, "advice")
    workshop.says("Workshop, good morning.")
    customer.hears("Workshop, good morning.", who="outside")
    assert dora.presence() == "available"
    time.sleep(1.1)
    workshop.hangs_up()
    customer.is_told("over")

    till.holds(first)
    agrees_with_connect(books, nord, customer, {first: "dora"}, records=2)
    closed = books.becomes(nord, second, "closed")
    assert [fact["kind"] for fact in closed["facts"]] == ["arrived", "dialled", "patched", "closed"]
    outside = next(record for record in customer.records() if record["TransferredToEndpoint"])
    assert outside["TransferredToEndpoint"]["Address"] == WORKSHOP
    spoken = int(at(closed, "closed").timestamp()) - int(at(closed, "patched").timestamp())
    usage = books.usage(nord, second, 2)
    assert {meter: record["quantity"] for meter, record in usage.items()} == {"patched_seconds": spoken, "dial": 1}
    assert spoken >= 1
    assert (till.grew("patched_seconds"), till.grew("dial")) == (spoken, 1)


def test_who_is_refused_outside_has_his_customer_back(
    stack: Stack, nord: str, caller: NewCaller, dora: Agent, books: Books, finance: Finance
) -> None:
    till = Till(books, finance, nord)
    customer, workshop = caller(), Outsider(stack, WORKSHOP)
    first = _talks_to(dora, customer, NORD_NUMBER)
    dora.asks_first(first, f"number:{WORKSHOP}")
    workshop.rings()
    second = _second_leg(books, nord, first, f"number:{WORKSHOP}")
    workshop.refuses()
    customer.is_told("connected")
    dora.is_on_the_line_with(customer="connected")
    closed = books.becomes(nord, second, "closed")
    dora.says(first, "They do not answer.")
    customer.hears("They do not answer.", who="agent")
    customer.hangs_up()
    dora.sees(first, "ended")
    dora.wraps_up(first, "advice")

    till.holds(first)
    assert [fact["kind"] for fact in closed["facts"]] == ["arrived", "dialled", "closed"]
    assert {meter: one["quantity"] for meter, one in books.usage(nord, second).items()} == {"dial": 1}
    assert (till.grew("patched_seconds"), till.grew("dial")) == (0, 1)
    agrees_with_connect(books, nord, customer, {first: "dora"}, records=2)
