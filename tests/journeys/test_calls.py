"""Calls, from the first word that the caller hears to the client's bill."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.deployed import Stack
from tests.journeys.agents import Agent
from tests.journeys.books import Books, Finance, at, instant, parts
from tests.journeys.customers import PLUMBER_NUMBER, SHOP_NUMBER, Caller
from tests.journeys.legs import agrees_with_connect
from tests.journeys.patience import eventually

NewCaller = Callable[[], Caller]
WHOLE_CALL = ["arrived", "queued", "offered", "connected", "held", "resumed", "ended", "wrapped"]

GREETINGS = {
    "shop": (SHOP_NUMBER, "Hello and welcome to Luna Shop, where the light comes from."),
    "plumber": (PLUMBER_NUMBER, "Thank you for calling Rapid Plumbing. We fix it today, or we tell you honestly when."),
}
OUTCOME: dict[str, dict[str, Any]] = {
    "shop": {"disposition": "complaint", "note": "wants the lamp in brass", "tags": ["lamp", "brass"]},
    "plumber": {"disposition": "visit_booked", "note": "tomorrow between eight and noon"},
}


class Moments:
    """Between which two instants each thing was done."""

    def __init__(self) -> None:
        self.seen: dict[str, tuple[datetime, datetime]] = {}

    @contextmanager
    def of(self, kind: str) -> Iterator[None]:
        began = datetime.now(UTC) - timedelta(milliseconds=1)  # facts are cut to the millisecond
        yield
        self.seen[kind] = (began, datetime.now(UTC))


@pytest.mark.parametrize("tenant", ["shop", "plumber"])
def test_a_call_is_greeted_answered_held_wrapped_up_and_billed_to_the_second(
    tenant: str, stack: Stack, caller: NewCaller, maria: Agent, books: Books, finance: Finance
) -> None:
    number, greeting = GREETINGS[tenant]
    before = finance.usage(tenant)
    billed_before = finance.line(tenant, "voice_seconds")
    maria.is_available()
    on_shift = datetime.now(UTC)
    customer, moments = caller(), Moments()

    contact = customer.dials(number, press="1")
    customer.hears(greeting)
    with moments.of("connected"):
        card = maria.accepts(contact)
    maria.says(contact, "Good morning, how can I help?")
    customer.hears("Good morning, how can I help?", who="agent")
    customer.says("My kitchen lamp came in pieces.")
    time.sleep(1.2)
    with moments.of("held"):
        maria.holds(contact)
    customer.is_told("held")
    time.sleep(1.3)
    with moments.of("resumed"):
        maria.resumes(contact)
    customer.is_told("connected")
    time.sleep(1.1)
    with moments.of("ended"):
        maria.ends(contact)
    customer.is_told("over")
    time.sleep(1.1)
    with moments.of("wrapped"):
        maria.wraps_up(contact, **OUTCOME[tenant])
    maria.goes_home()
    home = datetime.now(UTC)

    # The facts
    item = books.becomes(tenant, contact, "wrapped")
    assert (card["tenant"], card["customer"]) == (tenant, customer.number)
    assert [fact["kind"] for fact in item["facts"]] == WHOLE_CALL
    assert [fact["at"] for fact in item["facts"]] == sorted(fact["at"] for fact in item["facts"])
    assert {kind for kind, (began, done) in moments.seen.items() if not began <= at(item, kind) <= done} == set()
    on_the_line = {line["text"]: instant(line["at"]) for line in customer.view()["lines"] if line["who"] == "note"}
    for words, kind in (("Maria is on the line", "connected"), ("Maria hangs up", "ended")):
        assert abs((at(item, kind) - on_the_line[words]).total_seconds()) < 1, "the moment of the telephone, not ours"
    outcome = item["facts"][-1]["data"]
    assert outcome == OUTCOME[tenant]
    assert [fact["by"] for fact in item["facts"][3:]] == ["agent:maria"] * 5

    # The ledger
    record = books.usage(tenant, contact)["voice_seconds"]
    took = parts(item["facts"])
    assert record["seconds"] == took
    assert record["quantity"] == took["talk"] + took["hold"] + took["wrap"]
    assert (took["talk"] >= 2, took["hold"] >= 1, took["wrap"] >= 1) == (True, True, True)

    # The usage and the draft
    after = finance.usage(tenant)
    grown = {
        part: after["meters"]["voice_seconds"]["seconds"][part] - seconds
        for part, seconds in before["meters"]["voice_seconds"]["seconds"].items()
    }
    assert grown == took
    assert (
        after["meters"]["voice_seconds"]["quantity"] - before["meters"]["voice_seconds"]["quantity"]
        == record["quantity"]
    )
    line = finance.line(tenant, "voice_seconds")
    mine = finance.behind(tenant, "voice_seconds", contact)
    assert mine["seconds"] == took
    assert mine["raw"] == record["quantity"]
    assert (mine["billed"], mine["free"]) == _billed(tenant, took)
    assert line["used"] - billed_before["used"] == mine["billed"]
    assert line["amount"] == 0, "the minutes of a test are included in the plan"

    # The agent's time
    turn = int(at(item, "wrapped").timestamp()) - int(at(item, "connected").timestamp())
    assert after["agent_time"]["channels"].get("voice", 0) - before["agent_time"]["channels"].get("voice", 0) == turn
    login = after["team"]["login"] - before["team"]["login"]
    assert abs(login - (home - on_shift).total_seconds()) <= 2
    finance.time_is_conserved()
    _the_record_adds_up(customer, contact, tenant)
    # The second record is of what the customer listens to when the agent has gone: a survey, or nothing.
    agrees_with_connect(books, tenant, customer, {contact: "maria"}, records=2)


def _billed(tenant: str, took: dict[str, int]) -> tuple[int, str]:
    """The plans of tenants/*.toml, by hand: wrap-up is capped, and the plumber counts in steps of 6 s from 30 s on, and
    the month's first short calls not at all."""
    if tenant == "shop":
        return took["talk"] + took["hold"] + min(took["wrap"], 120), ""
    if took["talk"] + took["hold"] + took["wrap"] < 30:
        return 0, "short_call"
    seconds = max(30, took["talk"] + took["hold"] + min(took["wrap"], 60))
    return -(-seconds // 6) * 6, ""


def _the_record_adds_up(customer: Caller, contact: str, tenant: str) -> None:
    """Connect's own record of the call, whose times are cut to the second."""
    records = eventually(customer.records)
    record = next(one for one in records if one["Agent"])
    agent, queue = record["Agent"], record["Queue"]
    connected, ended = instant(agent["ConnectedToAgentTimestamp"]), instant(agent["AfterContactWorkStartTimestamp"])
    assert agent["Username"] == "maria"
    assert agent["AgentInteractionDuration"] + agent["CustomerHoldDuration"] == (ended - connected).total_seconds()
    assert (agent["NumberOfHolds"], agent["CustomerHoldDuration"] >= 1) == (1, True)
    work = instant(agent["AfterContactWorkEndTimestamp"]) - ended
    assert agent["AfterContactWorkDuration"] == work.total_seconds() >= 1
    waited = instant(queue["DequeueTimestamp"]) - instant(queue["EnqueueTimestamp"])
    assert queue["Duration"] == waited.total_seconds()
    assert record["Attributes"]["tenantId"] == record["Tags"]["tenantId"] == tenant
    assert record["Attributes"]["contactId"] == record["Tags"]["contactId"] == contact
    assert record["DisconnectReason"] == "AGENT_DISCONNECT"


def test_who_asks_the_menu_is_answered_and_bothers_nobody(
    caller: NewCaller, maria: Agent, books: Books, finance: Finance
) -> None:
    maria.is_available()
    before = finance.usage("shop")["meters"]["self_served"]["contacts"]
    customer = caller()
    contact = customer.dials(SHOP_NUMBER, press="3")
    customer.hears("Most parcels arrive two working days later")
    item = books.becomes("shop", contact, "self_served")
    customer.hangs_up()
    assert item["facts"][-1]["data"] == {"topic": "delivery_time"}
    assert books.usage("shop", contact)["self_served"]["dimensions"] == {"topic": "delivery_time"}
    assert finance.usage("shop")["meters"]["self_served"]["contacts"] == before + 1
    assert maria.cards() == {}
