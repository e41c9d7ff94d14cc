"""What is recorded, and what is not: asked before, paused for a card's number, and kept with its record."""

from __future__ import annotations

import io
import json
import time
import wave
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from infra.local.telephony import RECORDINGS_BUCKET
from tests.deployed import Stack
from tests.journeys.agents import Agent
from tests.journeys.books import Books, Finance, Item, at
from tests.journeys.clients import ALWAYS, goes_live, section
from tests.journeys.customers import SHOP_NUMBER, SHOP_WIDGET, Caller
from tests.journeys.legs import Till, agrees_with_connect, happened_when_told
from tests.journeys.patience import eventually
from tests.journeys.tapes import written_on

NewCaller = Callable[[], Caller]
DAY_NUMBER = "+493055501320"
ASKED, AGREES, DECLINES = "Dürfen wir das Gespräch aufzeichnen", "1", "2"
COUNTER_NUMBER, COUNTER_MAILBOX = "+15550100430", "hello@lamp-counter.example"
CARD = "My card is 4111 1111 1111 1111."


@pytest.fixture(scope="module")
def day(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A practice that is always open, and asks before it records."""
    changes = {
        "Praxis am Park": "Praxis bei Tag",
        "+493055501300": DAY_NUMBER,
        "empfang@praxis-am-park.example": "empfang@day.example",
        "wk_praxis_e09b66d4": "wk_day_e09b66d4",
        section("clinic", "hours"): ALWAYS,
        'mode = "ask"': 'mode = "ask"\nkeep_days = 14',
    }
    folder = tmp_path_factory.mktemp("clients")
    return goes_live(stack, folder, "day", "clinic", changes, Agent(stack, "amira"))


@pytest.fixture(scope="module")
def counter(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A shop that records every call, and takes cards."""
    changes = {
        "Luna Shop": "Lamp Counter",
        SHOP_NUMBER: COUNTER_NUMBER,
        '"help@luna-shop.example", "returns@luna-shop.example"': f'"{COUNTER_MAILBOX}"',
        '"help@luna-shop.example"': f'"{COUNTER_MAILBOX}"',
        SHOP_WIDGET: "wk_counter_5d6e7f80",
        "[calls.survey]\n": '[calls.recording]\nmode = "on"\n',
    }
    folder = tmp_path_factory.mktemp("counters")
    return goes_live(stack, folder, "counter", "shop", changes, Agent(stack, "maria"))


@pytest.fixture
def amira(stack: Stack) -> Agent:
    return Agent(stack, "amira")


def _with(amira: Agent, customer: Caller, key: str) -> str:
    amira.is_available()
    contact = customer.dials(DAY_NUMBER, press="1")
    customer.hears(ASKED)
    customer.presses(key)
    amira.accepts(contact)
    return contact


def _record(customer: Caller) -> dict[str, Any]:
    """Connect's own, of the segment in which they talked."""
    found = eventually(lambda: [one for one in customer.records() if one["Agent"]])
    return found[0]


def test_who_declines_is_helped_and_not_recorded(
    day: str, caller: NewCaller, amira: Agent, books: Books, finance: Finance
) -> None:
    till, customer = Till(books, finance, day), caller()
    contact = _with(amira, customer, DECLINES)
    assert amira.phone()["call"]["recording"] == "off"
    refused = amira.switches_recording(day, contact, "paused")
    assert refused.status_code >= 400, "there is nothing to pause"
    assert "recording_paused" not in books.kinds(day, contact)
    time.sleep(1.1)
    amira.finishes(contact)
    _holds(till, customer, {contact: "amira"}, records=2)
    amira.goes_home()
    finance.time_is_conserved_in("clinic")
    assert not [one for one in _record(customer)["Recordings"] or [] if one["Location"]]


def test_what_a_customer_says_of_his_card_is_not_on_the_tape_of_a_talk_that_he_agreed_to(
    stack: Stack, day: str, caller: NewCaller, amira: Agent, books: Books, finance: Finance
) -> None:
    till, customer = Till(books, finance, day), caller()
    contact = _with(amira, customer, AGREES)
    assert amira.phone()["call"]["recording"] == "on"
    customer.says("I would like to pay now.")
    for _ in ("once", "twice is silence"):
        assert amira.switches_recording(day, contact, "paused").ok
    assert amira.phone()["call"]["recording"] == "paused"
    customer.says(CARD)
    time.sleep(1.2)
    for _ in ("once", "twice is silence"):
        assert amira.switches_recording(day, contact, "on").ok
    assert amira.phone()["call"]["recording"] == "on"
    customer.says("That was all of it.")
    time.sleep(0.3)
    amira.ends(contact)
    time.sleep(1.1)
    amira.wraps_up(contact)

    # A pause of the tape is none of the talk: it is billed, and she is bound
    item = _holds(till, customer, {contact: "amira"}, records=2)[contact]
    happened_when_told(item, customer, connected="Amira is on the line", ended="Amira hangs up")
    amira.goes_home()
    finance.time_is_conserved_in("clinic")
    during = ["connected", "recording_paused", "recording_resumed", "ended"]
    assert [fact["kind"] for fact in item["facts"]][-5:] == [*during, "wrapped"]
    assert {fact["by"] for fact in item["facts"] if fact["kind"].startswith("recording")} == {"agent:amira"}
    paused_s = (at(item, "recording_resumed") - at(item, "recording_paused")).total_seconds()
    [take] = _record(customer)["Recordings"]
    told = json.loads(_stored(stack, take, ".json"))
    said = [line["text"] for line in told["lines"] if line["who"] == "customer"]
    assert said == ["I would like to pay now.", "That was all of it."]
    assert "4111" not in json.dumps(told)
    pauses = told["pauses"]
    assert len(pauses) == 1
    assert abs((pauses[0][1] - pauses[0][0]) - paused_s) < 1
    talked_s = (at(item, "ended") - at(item, "connected")).total_seconds()
    with wave.open(io.BytesIO(_stored(stack, take, ".wav"))) as sound:
        assert abs(sound.getnframes() / sound.getframerate() - talked_s) < 1

    assert written_on(stack, take) == {"keep": "14"}, "so long as the client says; at once, or when the call is settled"


def test_a_pause_holds_for_the_colleague_who_is_asked_and_he_may_let_the_recording_go_on(
    stack: Stack, counter: str, caller: NewCaller, maria: Agent, jonas: Agent, books: Books, finance: Finance
) -> None:
    """Maria paused for a card's number, and it was on Jonas's tape."""
    till, customer = Till(books, finance, counter), caller()
    maria.is_available()
    first = customer.dials(COUNTER_NUMBER, press="1")
    maria.accepts(first)
    customer.says("I would like to pay now.")
    assert maria.switches_recording(counter, first, "paused").ok
    jonas.is_available()
    maria.asks_first(first, "agent:jonas")
    maria.hears("Asking Jonas")

    def handed() -> list[str]:
        facts = books.contact(counter, first)["facts"]
        return [str(fact["data"]["contact"]) for fact in facts if fact["kind"] == "transferred"]

    [second] = eventually(handed)
    jonas.accepts(second)
    assert eventually(lambda: jonas.cards()[second].get("recording") == "paused"), "he sees that it is paused"
    assert jonas.phone()["call"]["recording"] == "paused"
    assert not [line for line in maria.phone()["call"]["lines"] if "next free agent" in line["text"]]
    maria.joins()
    customer.is_told("connected")
    customer.says(CARD)
    maria.completes(first)
    customer.is_told("connected")
    customer.says(CARD)
    assert jonas.switches_recording(counter, second, "on").ok
    customer.says("That was all of it.")
    time.sleep(0.3)
    maria.wraps_up(first, "advice")
    jonas.finishes(second, "advice")

    _holds(till, customer, {first: "maria", second: "jonas"}, records=3)
    for agent in (maria, jonas):
        agent.goes_home()
    finance.time_is_conserved()
    facts = books.contact(counter, second)["facts"]
    by = [(fact["kind"], fact["by"]) for fact in facts if fact["kind"].startswith("recording")]
    assert by == [("recording_paused", "agent:maria"), ("recording_resumed", "agent:jonas")]
    assert eventually(lambda: len([one for one in customer.records() if one["Recordings"]]) == 2)
    tapes = {one["Agent"]["Username"]: _told(stack, one) for one in customer.records() if one["Recordings"]}
    assert tapes == {"maria": ["I would like to pay now."], "jonas": ["That was all of it."]}


def _holds(till: Till, customer: Caller, agents: Mapping[str, str], records: int) -> dict[str, Item]:
    """Facts, usage and the agents' time are those of the legs that these agents had, and Connect says the same."""
    legs = till.holds(*agents)
    customer.is_told("over")
    agrees_with_connect(till.books, till.tenant, customer, agents, records)
    return legs


def _told(stack: Stack, record: dict[str, Any]) -> list[str]:
    """What the customer says on the tape."""
    [take] = record["Recordings"]
    told = json.loads(_stored(stack, take, ".json"))
    assert "4111" not in json.dumps(told)
    return [line["text"] for line in told["lines"] if line["who"] == "customer"]


def _stored(stack: Stack, take: dict[str, Any], ending: str) -> bytes:
    bucket, _, key = take["Location"].partition("/")
    assert bucket == RECORDINGS_BUCKET
    s3, name = stack.client("s3"), key.removesuffix(".wav") + ending
    assert eventually(lambda: s3.list_objects_v2(Bucket=bucket, Prefix=name).get("KeyCount"))
    content: bytes = s3.get_object(Bucket=bucket, Key=name)["Body"].read()
    return content
