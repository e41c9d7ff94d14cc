"""What is recorded, and what is not: asked before, paused for a card's number, and kept with its record."""

from __future__ import annotations

import io
import json
import time
import wave
from collections.abc import Callable
from typing import Any

import pytest

from infra.local.telephony import RECORDINGS_BUCKET
from tests.deployed import Stack
from tests.journeys.agents import Agent
from tests.journeys.books import Books, at
from tests.journeys.clients import ALWAYS, goes_live, section
from tests.journeys.customers import Caller
from tests.journeys.patience import eventually

NewCaller = Callable[[], Caller]
DAY_NUMBER = "+493055501320"
ASKED, AGREES, DECLINES = "Dürfen wir das Gespräch aufzeichnen", "1", "2"
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
    }
    folder = tmp_path_factory.mktemp("clients")
    return goes_live(stack, folder, "day", "clinic", changes, Agent(stack, "amira"))


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


def test_who_declines_is_helped_and_not_recorded(day: str, caller: NewCaller, amira: Agent, books: Books) -> None:
    customer = caller()
    contact = _with(amira, customer, DECLINES)
    assert amira.phone()["call"]["recording"] == "off"
    refused = amira.switches_recording(day, contact, "paused")
    assert refused.status_code >= 400, "there is nothing to pause"
    assert "recording_paused" not in books.kinds(day, contact)
    amira.finishes(contact)
    assert not [one for one in _record(customer)["Recordings"] or [] if one["Location"]]


def test_what_a_customer_says_of_his_card_is_not_on_the_tape_of_a_talk_that_he_agreed_to(
    stack: Stack, day: str, caller: NewCaller, amira: Agent, books: Books
) -> None:
    customer = caller()
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
    amira.finishes(contact)

    item = books.becomes(day, contact, "wrapped")
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


def _stored(stack: Stack, take: dict[str, Any], ending: str) -> bytes:
    bucket, _, key = take["Location"].partition("/")
    assert bucket == RECORDINGS_BUCKET
    s3, name = stack.client("s3"), key.removesuffix(".wav") + ending
    assert eventually(lambda: s3.list_objects_v2(Bucket=bucket, Prefix=name).get("KeyCount"))
    content: bytes = s3.get_object(Bucket=bucket, Key=name)["Body"].read()
    return content
