"""What Connect sends, read with tolerance: nulls, missing keys, changing case, other channels."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.channels.voice.model.call import flow_call
from chalicelib.channels.voice.model.event import contact_event
from tests.fakes.telephone import PLUMBER, Telephone

_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
_FIELDS = st.fixed_dictionaries(
    {},
    optional={
        "Channel": st.sampled_from(["VOICE", "Voice", "TASK", None]) | _JSON,
        "ContactId": st.just("c-1") | _JSON,
        "InitialContactId": st.just("c-1") | _JSON,
        "SystemEndpoint": st.just({"Address": PLUMBER}) | _JSON,
        "CustomerEndpoint": st.just({"Address": "+15557654321"}) | _JSON,
        "Attributes": st.just({"tenantId": "plumber", "language": "xx"}) | _JSON,
        **dict.fromkeys(("Queue", "Tags", "References", "MediaStreams"), _JSON),
    },
)
_PARAMETERS = st.fixed_dictionaries(
    {"step": st.sampled_from(["arrive", "choose", "poll", "x"])},
    optional={name: st.sampled_from(["1", "3", "9", "none"]) | _JSON for name in ("choice", "tries", "place", "moves")},
)
_EVENTS = st.builds(
    lambda contact, parameters: {"Details": {"ContactData": contact, "Parameters": parameters}},
    _FIELDS | _JSON,
    _PARAMETERS | _JSON,
)


@given(event=_EVENTS | _JSON)
def test_whatever_a_flow_sends_gets_an_answer_of_texts_that_are_not_empty(event: Any) -> None:
    telephone = Telephone()
    answer = telephone.functions.attendant.answer(flow_call(event), telephone.clock.now())
    assert answer["outcome"]
    assert all(isinstance(value, str) and value for value in answer.values())


@given(event=_JSON)
def test_whatever_eventbridge_sends_raises_nothing(event: Any) -> None:
    telephone = Telephone()
    telephone.bus.deliver(event if isinstance(event, dict) else {"detail": event})


def flow_event(**contact: Any) -> dict[str, Any]:
    return {
        "Name": "ContactFlowEvent",
        "Details": {
            "ContactData": {
                "Channel": "VOICE",
                "ContactId": "c-1",
                "InitialContactId": "c-1",
                "CustomerEndpoint": {"Address": "+15557654321", "Type": "TELEPHONE_NUMBER"},
                "SystemEndpoint": {"Address": PLUMBER, "Type": "TELEPHONE_NUMBER"},
                **contact,
            },
            "Parameters": {"step": "arrive"},
        },
    }


def outcome(telephone: Telephone, event: dict[str, Any]) -> str:
    return telephone.functions.attendant.answer(flow_call(event), telephone.clock.now())["outcome"]


@pytest.mark.parametrize("channel", ["Voice", "VOICE", "voice"])
def test_the_channel_is_a_call_in_any_case(channel: str) -> None:
    assert outcome(Telephone(), flow_event(Channel=channel)) == "ask_key"


@pytest.mark.parametrize("channel", ["TASK", "EMAIL", "CHAT", None, "FAX"])
def test_what_is_no_call_is_turned_away_and_opens_nothing(channel: str | None) -> None:
    telephone = Telephone()
    assert outcome(telephone, flow_event(Channel=channel)) == "unknown"
    assert not telephone.database.tables


@pytest.mark.parametrize("endpoint", [None, {}, {"Address": None}, {"Address": "anonymous"}])
def test_a_caller_without_a_number_is_a_caller(endpoint: Any) -> None:
    telephone = Telephone()
    assert outcome(telephone, flow_event(CustomerEndpoint=endpoint)) == "ask_key"


def test_the_same_arrival_twice_opens_one_contact_and_gets_the_same_answer() -> None:
    telephone = Telephone()
    first = telephone.functions.attendant.answer(flow_call(flow_event()), telephone.clock.now())
    telephone.clock.advance(2)
    second = telephone.functions.attendant.answer(flow_call(flow_event()), telephone.clock.now())
    assert first == second
    assert len([key for key in telephone.database.tables["contacts"] if key.sk == "CONTACT"]) == 1


def test_an_attribute_that_names_another_client_than_the_dialled_number_is_not_believed() -> None:
    telephone = Telephone()
    event = flow_event(Attributes={"tenantId": "clinic"})
    event["Details"]["Parameters"] = {"step": "choose", "choice": "1"}
    assert outcome(telephone, event) == "unknown"


def test_a_poll_that_names_another_client_finds_no_contact_of_his() -> None:
    telephone = Telephone()
    call = telephone.exchange.dial(PLUMBER, "", "1")
    telephone.clock.advance(8)
    event = flow_event(ContactId=call.id, InitialContactId=call.id, Attributes={"tenantId": "clinic"})
    event["Details"]["Parameters"] = {"step": "poll", "place": "holding", "agent": "none", "moves": "0"}
    assert outcome(telephone, event) == "fallback"


def test_keys_of_a_contact_event_are_read_in_any_case() -> None:
    event = contact_event(
        {
            "Detail": {
                "EventType": "Disconnected",
                "ContactId": "c-2",
                "InitialContactId": None,
                "Channel": "Voice",
                "AgentInfo": {"AgentArn": "arn", "ConnectedToAgentTimestamp": "2021-08-04T17:29:09.000Z"},
                "DisconnectTimestamp": "2021-08-04T17:30:00Z",
                "Tags": {"tenantId": "plumber", "agentId": "none"},
            }
        }
    )
    assert (event.type, event.initial, event.channel, event.agent) == ("DISCONNECTED", "c-2", "voice", "")
    assert event.connected_at is not None
    assert event.disconnected_at is not None
    assert event.left


@pytest.mark.parametrize("reason", ["TRANSFERRED", "OTHER", "THIRD_PARTY_DISCONNECT"])
def test_a_segment_that_ends_by_a_move_is_not_the_end_of_the_call(reason: str) -> None:
    assert not contact_event({"detail": {"eventType": "DISCONNECTED", "disconnectReason": reason}}).left


def test_an_event_of_an_unknown_contact_is_named_and_nothing_happens() -> None:
    telephone = Telephone()
    detail = {"eventType": "DISCONNECTED", "contactId": "c-9", "channel": "VOICE", "tags": {"tenantId": "plumber"}}
    assert telephone.bus.deliver({"detail": detail}) == "unknown_contact"
    assert telephone.bus.deliver({"detail": {**detail, "tags": None}}) == "unknown_tenant"
    assert not any(telephone.database.tables.values())


def _samples() -> Path:
    folder = os.environ.get("CONNECT_EVENT_SAMPLES")
    if not folder:
        pytest.skip("set CONNECT_EVENT_SAMPLES to a folder of published event payloads")
    return Path(folder)


def test_the_published_flow_events_are_read() -> None:
    told = {
        path.name: flow_call(json.loads(path.read_text()))
        for path in _samples().glob("*.json")
        if "onnectContactFlow" in path.name or "lambda_chat" in path.name
    }
    assert len(told) == 3
    assert {call.channel for call in told.values()} == {"voice", "chat"}
    assert all(call.contact and call.initial for call in told.values())


def test_the_published_contact_event_is_read() -> None:
    path = _samples() / "contact_event_eventbridge_disconnected.json"
    event = contact_event(json.loads(path.read_text()))
    assert (event.type, event.channel) == ("DISCONNECTED", "voice")
    assert event.initial != event.contact
    assert event.connected_at is not None
    assert event.disconnected_at is not None
