"""Calls that nobody expects, and what Connect may hand to our functions when it has a bad day."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from chalicelib.channels.voice.service.attendant import STEPS
from infra.local.connect.aws import kinesis_batch
from tests.deployed import Stack
from tests.journeys.agents import Agent
from tests.journeys.books import OVER, Books, instant, parts
from tests.journeys.customers import SHOP_NUMBER, Caller
from tests.journeys.lambdas import events, invoke, reconcile
from tests.journeys.patience import eventually

NewCaller = Callable[[], Caller]
WORLD = ("contacts", "routing", "ledger", "tenants")
NOT_IN_SERVICE = "This number is not in service. Please check the number and dial again. Goodbye."


def _asked(**contact: Any) -> dict[str, Any]:
    """An InvokeLambdaFunction event on arrival, all null but what is given."""
    nothing: dict[str, Any] = dict.fromkeys(
        ("Attributes", "CustomerEndpoint", "SystemEndpoint", "InitialContactId", "PreviousContactId", "Queue", "Tags")
    )
    data = {**nothing, "Channel": "VOICE", "ContactId": "0000-bad", **contact}
    return {"Name": "ContactFlowEvent", "Details": {"ContactData": data, "Parameters": {"step": "arrive"}}}


BAD_QUESTIONS: dict[str, Any] = {
    "nothing at all": {},
    "null": None,
    "a text": "hello",
    "a list": [1, 2],
    "all null": {"Name": None, "Details": None},
    "no contact": {"Name": "ContactFlowEvent", "Details": {"ContactData": None, "Parameters": None}},
    "no addresses": _asked(),
    "addresses of no kind": _asked(SystemEndpoint={"Address": None}, CustomerEndpoint={"Address": 17}),
    "a number that nobody has": _asked(SystemEndpoint={"Address": "+15550999999"}),
    "a chat": _asked(Channel="CHAT", SystemEndpoint={"Address": SHOP_NUMBER}),
    "a channel of the future": _asked(Channel="HOLOGRAM", SystemEndpoint={"Address": SHOP_NUMBER}),
    "no channel": _asked(Channel=None, SystemEndpoint={"Address": SHOP_NUMBER}),
    "no contact id": _asked(ContactId=None, SystemEndpoint={"Address": SHOP_NUMBER}),
}


@pytest.mark.parametrize("question", BAD_QUESTIONS.values(), ids=BAD_QUESTIONS.keys())
def test_a_question_without_sense_gets_a_polite_answer_and_writes_nothing(
    question: Any, stack: Stack, books: Books
) -> None:
    with books.unchanged(*WORLD):
        answer = invoke(stack, "contact_flow", question)
        assert answer == {"outcome": "unknown", "message": NOT_IN_SERVICE}


@pytest.mark.parametrize("step", ["choose", "poll", "sing"])
def test_a_step_of_a_call_that_never_arrived_leaves_no_caller_alone(step: str, stack: Stack, books: Books) -> None:
    with books.unchanged(*WORLD):
        question = _asked(SystemEndpoint={"Address": SHOP_NUMBER}, Attributes={"tenantId": "clinic", "contactId": "v1"})
        question["Details"]["Parameters"] = {"step": step, "choice": "1", "place": "holding"}
        answer = invoke(stack, "contact_flow", question)
        assert answer["outcome"] in ("unknown", "fallback")
        assert all(isinstance(value, str) and value for value in answer.values()), "a STRING_MAP without an empty text"


@pytest.mark.parametrize(
    "event",
    [
        *({}, None, "hello", {"detail": None}, {"detail": {"eventType": "DISCONNECTED"}}),
        *events("0000-nobody-knows-me", {"eventType": "DISCONNECTED", "disconnectReason": "CUSTOMER_DISCONNECT"}),
        *events("0000-nobody-knows-me", {"eventType": "CONNECTED_TO_AGENT", "tags": {"tenantId": "shop"}}),
        *events("0000-nobody-knows-me", {"eventType": "DISCONNECTED", "tags": {"tenantId": "shop"}, "agentInfo": None}),
        *events("0000-nobody-knows-me", {"eventType": "SHAKEN", "channel": None, "tags": {"tenantId": None}}),
        *events("0000-nobody-knows-me", {"eventType": "DISCONNECTED", "channel": "CHAT", "tags": {"tenantId": "shop"}}),
    ],
)
def test_an_event_without_sense_is_heard_and_changes_nothing(event: Any, stack: Stack, books: Books) -> None:
    with books.unchanged(*WORLD):
        assert invoke(stack, "connect_events", event) is None


def test_the_published_samples_of_connect_s_events_are_taken(stack: Stack, books: Books) -> None:
    folder = os.environ.get("CONNECT_EVENT_SAMPLES")
    if not folder:
        pytest.skip("CONNECT_EVENT_SAMPLES names no folder with published events of Amazon Connect")
    with books.unchanged(*WORLD):
        for file in sorted(Path(folder).glob("*.json")):
            sample = json.loads(file.read_text())
            if "Details" in sample:
                assert invoke(stack, "contact_flow", sample)["outcome"] in ("unknown", "fallback"), file.name
            else:
                assert invoke(stack, "connect_events", sample) is None, file.name


def test_a_wrong_number_is_told_so(caller: NewCaller, books: Books, maria: Agent) -> None:
    maria.is_available()
    with books.unchanged("contacts", "ledger"):
        customer = caller()
        customer.dials("+15550999999", press="1")
        customer.is_told("over")
        assert NOT_IN_SERVICE in customer.heard()
    assert maria.cards() == {}


def test_events_that_come_twice_late_and_in_the_wrong_order_tell_one_story(
    stack: Stack, caller: NewCaller, maria: Agent, books: Books
) -> None:
    maria.is_available()
    customer = caller()
    contact = customer.dials(SHOP_NUMBER, press="1")
    maria.accepts(contact)
    source = books.contact("shop", contact)["source_id"]
    tags = {"tenantId": "shop", "contactId": contact, "agentId": "maria"}
    initiated, queued, connected = events(
        source,
        {"eventType": "INITIATED", "tags": tags},
        {"eventType": "QUEUED", "tags": tags},
        {"eventType": "CONNECTED_TO_AGENT", "tags": tags},
    )
    for event in (connected, queued, initiated, connected):
        invoke(stack, "connect_events", event)
    stranger = {**tags, "agentId": "jonas"}
    invoke(stack, "connect_events", events(source, {"eventType": "CONNECTED_TO_AGENT", "tags": stranger})[0])
    invoke(
        stack, "connect_events", events(source, {"eventType": "CONNECTED_TO_AGENT", "tags": {"tenantId": "plumber"}})[0]
    )
    assert books.kinds("shop", contact) == ["arrived", "queued", "offered", "connected"]
    maria.ends(contact)
    maria.wraps_up(contact)
    ended = {"eventType": "DISCONNECTED", "disconnectReason": "CUSTOMER_DISCONNECT", "tags": tags}
    for event in (*events(source, ended), connected, *events(source, ended)):
        invoke(stack, "connect_events", event)
    assert books.kinds("shop", contact) == ["arrived", "queued", "offered", "connected", "ended", "wrapped"]
    assert books.contact("shop", contact)["facts"][4]["data"] == {"why": "agent"}
    assert set(books.usage("shop", contact)) == {"voice_seconds"}
    assert books.contact("plumber", contact) == {}


def test_a_call_that_is_over_before_its_beginning_was_heard_is_whole_in_the_end(
    stack: Stack, caller: NewCaller, maria: Agent, books: Books
) -> None:
    """EventBridge promises no order: the end of a talk may be told before its beginning."""
    maria.is_available()
    number = caller().number
    source = f"{secrets.token_hex(4)}-out-of-order"
    question = _asked(
        ContactId=source,
        InitialContactId=source,
        SystemEndpoint={"Address": SHOP_NUMBER},
        CustomerEndpoint={"Address": number},
    )
    arrived = invoke(stack, "contact_flow", question)
    assert arrived == invoke(stack, "contact_flow", question), "asked again, the same answer"
    contact = arrived["contactId"]
    question["Details"]["ContactData"]["Attributes"] = {"tenantId": "shop", "language": "en"}
    question["Details"]["Parameters"] = {"step": "choose", "choice": "1"}
    for _ in ("asked", "asked again"):
        told = invoke(stack, "contact_flow", question)
        assert (told["outcome"], told["agent"]) == ("agent", "maria")
    now = eventually(lambda: books.contact("shop", contact))["facts"][-1]["at"]
    told = {
        "tags": {"tenantId": "shop", "contactId": contact, "agentId": "maria"},
        "agentInfo": {"agentArn": "arn/maria", "connectedToAgentTimestamp": now},
    }
    end = {"eventType": "DISCONNECTED", "disconnectReason": "CUSTOMER_DISCONNECT", "disconnectTimestamp": now, **told}
    for event in events(source, end, {"eventType": "CONNECTED_TO_AGENT", **told}, end):
        invoke(stack, "connect_events", event)
    assert books.kinds("shop", contact) == ["arrived", "queued", "offered", "connected", "ended"]
    maria.sees(contact, "ended")
    maria.wraps_up(contact)
    assert set(books.usage("shop", contact)) == {"voice_seconds"}


JUNK = [
    "",
    "*#*#",
    "ABCD",
    "9" * 200,
    "\uff11",
    "1; DROP TABLE",
    "$.Attributes.x",
    "\x00",
    "Timeout",
    "-1",
    "1e9",
    None,
]


def _on_the_line(stack: Stack, **contact: Any) -> tuple[dict[str, Any], dict[str, str]]:
    """A call that has arrived: the question, to be asked again with other parameters, and the first answer."""
    source = f"{secrets.token_hex(4)}-bad-day"
    known = {"ContactId": source, "InitialContactId": source, "SystemEndpoint": {"Address": SHOP_NUMBER}}
    question = _asked(**known, **contact)
    return question, invoke(stack, "contact_flow", question)


def _hangs_up(stack: Stack, question: dict[str, Any], contact: str) -> None:
    tags = {"tenantId": "shop", "contactId": contact}
    left = {"eventType": "DISCONNECTED", "disconnectReason": "CUSTOMER_DISCONNECT", "tags": tags}
    invoke(stack, "connect_events", events(question["Details"]["ContactData"]["ContactId"], left)[0])


@pytest.mark.parametrize("channel", ["VOICE", "Voice", "voice"])
def test_a_call_is_a_call_however_its_channel_is_written_and_whatever_is_not_told(
    channel: str, stack: Stack, books: Books
) -> None:
    """Nobody's number, no queue, and no attributes at all, not even null ones."""
    question, answer = _on_the_line(stack, Channel=channel, CustomerEndpoint=None, Queue=None)
    assert (answer["outcome"], answer["tenantId"]) == ("ask_key", "shop")
    del question["Details"]["ContactData"]["Attributes"]
    assert invoke(stack, "contact_flow", question) == answer
    assert not books.contact("shop", answer["contactId"]).get("customer")
    _hangs_up(stack, question, answer["contactId"])
    books.becomes("shop", answer["contactId"], "abandoned")


def test_a_caller_who_hides_his_number_is_served_like_any_other(stack: Stack, maria: Agent, books: Books) -> None:
    maria.is_available()
    customer = Caller(stack, "")
    contact = customer.dials(SHOP_NUMBER, press="1")
    assert maria.accepts(contact)["customer"] == ""
    maria.finishes(contact)
    assert books.usage("shop", contact)["voice_seconds"]["quantity"] >= 0


def test_attributes_beyond_connect_s_own_limit_are_no_reason_to_lose_a_caller(stack: Stack, books: Books) -> None:
    question, answer = _on_the_line(stack, Attributes={"note": "x" * 40_000, "language": "e" * 9_000})
    assert answer["outcome"] == "ask_key"
    assert len(json.dumps(answer)) < 8_000, "nothing of it comes back"
    _hangs_up(stack, question, answer["contactId"])
    books.becomes("shop", answer["contactId"], "abandoned")


@pytest.mark.parametrize("step", sorted({*STEPS} - {"arrive", "left", "outside"}))
def test_junk_on_the_keys_gets_an_answer_in_words_at_every_step(step: str, stack: Stack, books: Books) -> None:
    question, arrived = _on_the_line(stack)
    question["Details"]["ContactData"]["Attributes"] = {"tenantId": "shop", "contactId": arrived["contactId"]}
    for junk in JUNK:
        question["Details"]["Parameters"] = {"step": step, "input": junk, "about": junk, "place": "holding"}
        answer = invoke(stack, "contact_flow", question)
        assert all(isinstance(value, str) and value for value in answer.values()), (junk, answer)
        assert answer["outcome"]
    _hangs_up(stack, question, arrived["contactId"])
    assert eventually(lambda: books.contact("shop", arrived["contactId"])["state"] in OVER)


def test_a_record_of_a_contact_that_nobody_knows_is_kept_and_opens_nothing(stack: Stack, books: Books) -> None:
    this, now = secrets.token_hex(8), datetime.now(UTC)
    record = {
        "ContactId": this,
        "InitialContactId": this,
        "Channel": "VOICE",
        "InitiationMethod": "INBOUND",
        "LastUpdateTimestamp": now.isoformat(),
        "DisconnectTimestamp": now.isoformat(),
        "SystemEndpoint": {"Type": "TELEPHONE_NUMBER", "Address": SHOP_NUMBER},
        "Agent": None,
        "Queue": None,
        "Attributes": None,
    }
    with books.unchanged(*WORLD):
        for place in (701, 702, 703):
            assert invoke(stack, "contact_records", kinesis_batch([record], place)) == {"batchItemFailures": []}
        reconcile(stack, this)


def test_a_clock_that_is_ahead_of_ours_is_not_believed_about_the_future(
    stack: Stack, caller: NewCaller, maria: Agent, books: Books
) -> None:
    maria.is_available()
    question, arrived = _on_the_line(stack, CustomerEndpoint={"Address": caller().number})
    contact = arrived["contactId"]
    question["Details"]["ContactData"]["Attributes"] = {"tenantId": "shop", "contactId": contact}
    question["Details"]["Parameters"] = {"step": "choose", "input": "1"}
    answered = invoke(stack, "contact_flow", question)
    assert answered.get("agent") == "maria", answered
    ahead = (datetime.now(UTC) + timedelta(hours=3)).isoformat()
    told = {
        "tags": {"tenantId": "shop", "contactId": contact, "agentId": "maria"},
        "agentInfo": {"agentArn": "arn/maria", "connectedToAgentTimestamp": ahead},
    }
    source = question["Details"]["ContactData"]["ContactId"]
    end = {"eventType": "DISCONNECTED", "disconnectReason": "CUSTOMER_DISCONNECT", "disconnectTimestamp": ahead, **told}
    for event in events(source, {"eventType": "CONNECTED_TO_AGENT", **told}, end):
        invoke(stack, "connect_events", event)
    item = books.becomes("shop", contact, "ended")
    assert max(instant(fact["at"]) for fact in item["facts"]) <= datetime.now(UTC)
    assert [fact["at"] for fact in item["facts"]] == sorted(fact["at"] for fact in item["facts"])
    maria.sees(contact, "ended")
    maria.wraps_up(contact)
    assert parts(books.becomes("shop", contact, "wrapped")["facts"])["talk"] < 60
