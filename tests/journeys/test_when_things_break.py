"""Calls while something of ours is slow or away, and an agent who is gone in the middle of one.

Whatever it is, the caller comes to somebody, and what he and the agent had of each other is counted once.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.kernel.clock import stamp
from chalicelib.routing.service.safety_net import VANISHED_S, WRAP_UP_S
from tests.deployed import Stack
from tests.journeys.agents import Agent
from tests.journeys.bad_day import Door, door_before
from tests.journeys.books import Books, Finance, at, instant, parts
from tests.journeys.clients import hires
from tests.journeys.customers import SHOP_NUMBER, Caller
from tests.journeys.lambdas import Failed, invoke
from tests.journeys.legs import Till, adds_up, agrees_with_connect, happened_when_told, turn
from tests.journeys.patience import eventually

NewCaller = Callable[[], Caller]
PATIENCE_OF_THE_FLOW_S = 8
TAKEN = ["arrived", "offered", "connected", "ended", "wrapped"]
GREETING = "Hello and welcome to Luna Shop"


@pytest.fixture(scope="module")
def way(stack: Stack) -> Iterator[Door]:
    """Between the flow's function and its tables; open, and the function awake."""
    with door_before(stack, "contact_flow") as door:
        _wakes(stack)
        yield door
        door.opens()
    _wakes(stack)


@pytest.fixture
def door(way: Door, stack: Stack) -> Iterator[Door]:
    """What the last test kept busy, or the emulator stopped for it, is awake again before the next call."""
    _wakes(stack)
    yield way
    way.opens()


@pytest.fixture(scope="module")
def vera(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Agent:
    """Who has done nothing else in the quarter of an hour by which her call is moved back."""
    hires(stack, tmp_path_factory.mktemp("people"), {"vera": "shared"})
    return Agent(stack, "vera")


def _wakes(stack: Stack) -> None:
    """Changed a moment ago, its code may still be on its way to where the emulator runs it."""

    def awake() -> bool:
        try:
            invoke(stack, "contact_flow", {})
        except Failed:
            return False
        return True

    assert eventually(awake, every=1)


def _moment(customer: Caller, words: str) -> datetime:
    """When the exchange noted it."""
    told = lambda: [one for one in customer.view()["happened"] if words in one["text"]]  # noqa: E731
    found = eventually(told)
    assert found, f"{words!r} did not happen: {customer.view()['happened']}"
    return instant(found[0]["at"])


def _added(customer: Caller, print_as: str) -> float:
    """Seconds from the beginning of the call until it waited in the fallback queue."""
    took = (_moment(customer, "standard queue Fallback") - instant(customer.view()["began_at"])).total_seconds()
    print(f"{print_as}: in the fallback queue after {took:.2f} s")
    return took


def _is_connected_and_billed(books: Books, customer: Caller, maria: Agent, contact: str, till: Till) -> dict[str, Any]:
    """He who answered has it, as if it had been kept for him."""
    maria.sees(contact, "connected")
    maria.says(contact, "Luna Shop, I am here.")
    customer.hears("I am here", who="agent")
    time.sleep(1.1)
    maria.ends(contact)
    time.sleep(1.1)
    maria.wraps_up(contact)
    item = till.holds(contact)[contact]
    # What came too late for the caller may still have put him into a line.
    assert [fact["kind"] for fact in item["facts"] if fact["kind"] != "queued"] == TAKEN
    assert [fact["by"] for fact in item["facts"] if fact["kind"] == "connected"] == ["agent:maria"]
    began = instant(customer.view()["began_at"])
    assert 0 <= (at(item, "arrived") - began).total_seconds() < 2, "he was here before anything of ours answered"
    happened_when_told(item, customer, connected="Maria is on the line", ended="Maria hangs up")
    took = parts(item["facts"])
    assert took["automated"] + took["queue"] == _second(item, "connected") - _second(item, "arrived")
    assert (took["talk"] >= 1, took["wrap"] >= 1) == (True, True)
    assert maria.presence() == "available"
    customer.hangs_up()  # the survey, if there is one: the flow may not have heard whose call it is
    customer.is_told("over")
    agrees_with_connect(books, "shop", customer, {contact: "maria"}, records=len(customer.records()))
    maria.goes_home()
    return item


def _second(item: dict[str, Any], kind: str) -> int:
    return int(at(item, kind).timestamp())


def test_when_the_router_is_away_who_is_signed_in_answers_and_has_the_call(
    door: Door, stack: Stack, caller: NewCaller, maria: Agent, books: Books, finance: Finance
) -> None:
    till = Till(books, finance, "shop")
    maria.is_available()
    customer = caller()
    door.shut_for = (stack.settings.table_routing,)
    contact = customer.dials(SHOP_NUMBER, press="1")
    customer.hears(GREETING)
    took = _added(customer, "router away")
    door.opens()
    maria.picks_up(contact)
    _is_connected_and_billed(books, customer, maria, contact, till)
    finance.time_is_conserved()
    assert took < 2 * PATIENCE_OF_THE_FLOW_S


def test_when_the_answer_comes_too_late_the_caller_does_not_wait_for_it(
    door: Door, stack: Stack, caller: NewCaller, maria: Agent, books: Books, finance: Finance
) -> None:
    till = Till(books, finance, "shop")
    maria.is_available()
    customer = caller()
    door.slow_for, door.delay_s = (stack.settings.table_contacts,), PATIENCE_OF_THE_FLOW_S + 1
    contact = customer.dials(SHOP_NUMBER, press="1")
    took = _added(customer, "answer too late")
    assert PATIENCE_OF_THE_FLOW_S <= took < PATIENCE_OF_THE_FLOW_S + 2
    door.opens()
    books.becomes("shop", contact, "arrived")  # what came too late for the caller is written all the same
    maria.picks_up(contact)
    _is_connected_and_billed(books, customer, maria, contact, till)
    finance.time_is_conserved()


def test_when_all_fails_the_caller_is_answered_and_the_call_is_written_down_by_its_records(
    door: Door, stack: Stack, caller: NewCaller, maria: Agent, books: Books, finance: Finance
) -> None:
    till = Till(books, finance, "shop")
    before = finance.usage("shop")["team"]
    maria.is_available()
    on_shift = datetime.now(UTC)
    customer = caller()
    door.shut_for, door.denies = ("{",), True
    contact = customer.dials(SHOP_NUMBER, press="1")
    _added(customer, "function error")
    maria.picks_up(contact)
    customer.is_told("connected")
    time.sleep(1.1)
    customer.hangs_up()
    customer.is_told("over")
    door.opens()
    time.sleep(1.1)
    maria.lays_down_the_phone()
    maria.goes_home()
    home = datetime.now(UTC)
    assert eventually(lambda: [one for one in customer.records() if one["Agent"]])
    assert books.contact("shop", contact) == {}
    found = books.reconciled(customer, len(customer.records()))
    assert found == {}, "our side may still come"
    long_ago = datetime.now(UTC) - timedelta(hours=2)  # for an hour a record is waited with
    verdicts = books.reconciled(customer, len(customer.records()), since=long_ago)
    assert {leg: verdict["reason"] for leg, verdict in verdicts.items()} == {contact: "adopted"}

    # Facts, usage and her time are the record's, to the second
    item = till.holds(contact)[contact]
    [record] = [one for one in customer.records() if one["Agent"]]
    adds_up(record)
    agent, talk = record["Agent"], record["Agent"]["AgentInteractionDuration"]
    assert (talk >= 1, agent["AfterContactWorkDuration"] >= 1) == (True, True)
    assert [fact["kind"] for fact in item["facts"]] == ["arrived", "queued", *TAKEN[1:]]
    moments = {
        "arrived": record["InitiationTimestamp"],
        "queued": record["Queue"]["EnqueueTimestamp"],
        "connected": agent["ConnectedToAgentTimestamp"],
        "ended": agent["AfterContactWorkStartTimestamp"],
        "wrapped": agent["AfterContactWorkEndTimestamp"],
    }
    assert {kind: at(item, kind) for kind in moments} == {kind: instant(told) for kind, told in moments.items()}
    happened_when_told(item, customer, connected="Maria is on the line")
    took = parts(item["facts"])
    assert (took["talk"], took["hold"], took["wrap"]) == (talk, 0, agent["AfterContactWorkDuration"])
    assert list(books.usage("shop", contact)["voice_seconds"]["agents"]) == ["maria"]
    after = finance.usage("shop")["team"]
    grown = {part: after[part] - seconds for part, seconds in before.items()}
    assert (grown["own"], grown["others"], grown["pause"]) == (turn(item), 0, 0)
    assert grown["own"] + grown["idle"] == grown["login"]
    assert abs(grown["login"] - (home - on_shift).total_seconds()) <= 2
    finance.time_is_conserved()


def test_an_agent_who_is_gone_in_a_call_is_signed_out_and_the_call_is_closed_by_the_record_s_seconds(
    stack: Stack, caller: NewCaller, vera: Agent, books: Books, finance: Finance
) -> None:
    till = Till(books, finance, "shop")
    vera.is_available()
    on_shift = datetime.now(UTC)
    customer = caller()
    contact = customer.dials(SHOP_NUMBER, press="1")
    vera.accepts(contact)

    # No page and no telephone any more. The customer stays on the line as long as he likes
    vera.telephone_goes_dead()
    _ages(stack, books, "vera", VANISHED_S + 60)
    invoke(stack, "sweep", {"source": "aws.events"})
    gone = datetime.now(UTC)
    assert _seat(books, "vera")["status"] == "offline"
    assert books.contact("shop", contact)["state"] == "connected", "the customer's line is telephony's affair"
    assert customer.view()["state"] == "connected"
    time.sleep(1.1)
    customer.hangs_up()
    item = books.becomes("shop", contact, "ended")
    assert item["facts"][-1]["data"] == {"why": "customer"}
    happened_when_told(item, customer, connected="Vera is on the line")

    # Nobody wraps it up: the safety net does, and her place is free
    _ended_long_ago(stack, books, contact, WRAP_UP_S + 60)
    invoke(stack, "sweep", {"source": "aws.events"})
    done = till.holds(contact)[contact]
    assert [fact["kind"] for fact in done["facts"]] == ["arrived", "queued", "offered", "connected", "ended", "wrapped"]
    assert (done["disposition"], done["facts"][-1]["by"]) == ("incomplete", "system")
    assert contact not in _seat(books, "vera")["contacts"]
    took = parts(done["facts"])
    assert (took["talk"] >= 1, took["wrap"] >= WRAP_UP_S) == (True, True)

    # Telephony's clock knows when she was really done
    vera.lays_down_the_phone()
    assert eventually(lambda: [one for one in customer.records() if one["Agent"]])
    agrees_with_connect(books, "shop", customer, {contact: "vera"}, records=len(customer.records()))
    assert books.stands("shop", contact, "voice_seconds")["wrap"] < WRAP_UP_S
    assert (gone - on_shift).total_seconds() < turn(done)
    finance.time_is_conserved()


def _seat(books: Books, agent: str) -> dict[str, Any]:
    return next(seat for seat in books.seats() if seat["agent"] == agent)


def _ages(stack: Stack, books: Books, agent: str, by_s: int) -> None:
    """His page has given no sign of life for so long."""
    seat = _seat(books, agent)
    beat = stamp(datetime.now(UTC) - timedelta(seconds=by_s))
    _set(stack, stack.settings.table_routing, seat, "beat", beat)


def _ended_long_ago(stack: Stack, books: Books, contact: str, by_s: int) -> None:
    """As if nobody had come for so long since it ended."""
    item = books.contact("shop", contact)
    facts = [dict(fact) for fact in item["facts"]]
    shift = timedelta(seconds=by_s)
    moved = [fact | {"at": stamp(instant(fact["at"]) - shift)} for fact in facts]
    _set(stack, stack.settings.table_contacts, item, "facts", moved)


def _set(stack: Stack, table: str, item: dict[str, Any], name: str, value: Any) -> None:
    from boto3.dynamodb.types import TypeSerializer

    serialize = TypeSerializer().serialize
    stack.client("dynamodb").update_item(
        TableName=table,
        Key={key: {"S": item[key]} for key in ("pk", "sk")},
        UpdateExpression="SET #n = :v",
        ExpressionAttributeNames={"#n": name},
        ExpressionAttributeValues={":v": serialize(value)},
    )
