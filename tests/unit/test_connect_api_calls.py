"""Calls without an agent: the API asks for one, a telephone rings, and the flow runs for whoever picks up."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import boto3
import pytest
from aiohttp.test_utils import TestServer
from botocore.config import Config
from botocore.exceptions import ClientError

from chalicelib.channels.voice.model.event import contact_event
from chalicelib.channels.voice.model.record import contact_record
from infra.local.connect.exchange import NotNow, NotOnTheLine, Wanted
from infra.local.connect.language import FlowType
from infra.local.connect.library import flow_arn
from infra.local.connect.parties import Call, CallState, LegState, OutsideState, Speaker
from infra.local.connect.views import call_view, phone_view, ring_view
from infra.local.connect.web.connect_api import INSTANCE_ID
from infra.local.telephony import CONNECT_PATH
from tests.fakes.phone_door import app
from tests.fakes.switchboard import (
    ANY,
    BYE,
    CALLER,
    FALLBACK,
    FRONT_DESK,
    Switchboard,
    act,
    aim,
    flow,
    heard,
    inbound,
    say,
)

CALL = flow_arn("notify")
WANTED = Wanted(
    number=CALLER, flow=CALL, caller_id=FRONT_DESK, attributes={"tenantId": "plumber", "tenantName": "Rapid"}
)


def notify() -> Any:
    """Says whose call it is; 1 acknowledges, 2 wants an agent."""
    return inbound(
        say("first", "Message from $.Attributes.tenantName", "ask"),
        act("ask", "GetParticipantInput", "bye",
            {"InputTimeLimitExceeded": "bye", "NoMatchingCondition": "bye", ANY: "bye"}, {"1": "thanks", "2": "aim"},
            Text="Press 1", StoreInput="False", InputTimeLimitSeconds="5"),
        say("thanks", "Thank you", "bye"), aim(FALLBACK), BYE,
    )  # fmt: skip


def exchange(**setup: Any) -> Switchboard:
    return Switchboard(flows={"notify": notify()}, **setup)


def called(board: Switchboard, wanted: Wanted = WANTED) -> Call:
    return board.exchange.find(board.exchange.call_out(wanted))


def test_the_telephone_rings_and_nothing_is_heard_before_somebody_picks_up() -> None:
    board = exchange()
    call = called(board)
    (ring,) = board.exchange.outgoing.values()
    assert (ring.number, ring.caller_id, ring.kind) == (CALLER, FRONT_DESK, "customer")
    view = ring_view(ring)
    assert (view["kind"], view["tenant"], view["from"]) == ("api", "plumber", FRONT_DESK)
    assert (call.state, call_view(call)["direction"]) == (CallState.DIALLING, "outbound")
    board.clock.advance(20)
    assert heard(call.transcript, Speaker.SYSTEM) == []
    assert board.told(call.id) == ["INITIATED"]


def test_who_answers_hears_the_flow_and_presses_its_keys() -> None:
    board = exchange()
    call = called(board)
    board.clock.advance(7)
    board.exchange.answer_out(board.out())
    board.clock.advance(3)
    assert call.state is CallState.MENU
    board.exchange.press(call, "1")
    board.clock.advance(10)
    assert heard(call.transcript, Speaker.SYSTEM) == ["Message from Rapid", "Press 1", "Thank you"]
    assert board.told(call.id) == ["INITIATED", "CONNECTED_TO_SYSTEM", "DISCONNECTED", "COMPLETED"]
    record = board.record(call.id)
    assert (record["InitiationMethod"], record["DisconnectReason"]) == ("API", "CONTACT_FLOW_DISCONNECT")
    assert record["SystemEndpoint"]["Address"] == FRONT_DESK
    assert record["CustomerEndpoint"]["Address"] == CALLER
    assert record["Attributes"] == {"tenantId": "plumber", "tenantName": "Rapid"}
    assert record["Tags"] == {"aws:connect:systemEndpoint": FRONT_DESK}
    assert (record["Agent"], record["Queue"], record["InitialContactId"]) == (None, None, None)
    read = contact_record(record)
    connected = call.began_at + timedelta(seconds=7)
    assert record["ConnectedToSystemTimestamp"] == connected.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert read.contact == call.id
    first = contact_event({"source": "aws.connect", "detail": board.events.sent[0]})
    assert first is not None
    assert board.events.sent[0]["initiationMethod"] == "API"


@pytest.mark.parametrize(("deed", "seconds"), [("late", 60), ("refused", 0)])
def test_who_is_not_reached_was_never_connected(deed: str, seconds: int) -> None:
    board = exchange()
    call = called(board)
    if deed == "refused":
        board.exchange.refuse_out(board.out())
    else:
        board.clock.advance(59.5)
        assert call.state is CallState.DIALLING
        board.clock.advance(1)
    assert call.state is CallState.OVER
    assert board.told(call.id) == ["INITIATED", "DISCONNECTED", "COMPLETED"]
    record = board.record(call.id)
    assert (record["ConnectedToSystemTimestamp"], record["DisconnectReason"]) == (None, "TELECOM_PROBLEM")
    assert call.ended_at == call.began_at + timedelta(seconds=seconds)
    assert not board.exchange.outgoing


def test_it_rings_as_long_as_is_asked() -> None:
    board = exchange()
    call = called(board, replace(WANTED, ring_s=15))
    board.clock.advance(15.5)
    assert call.state is CallState.OVER


def test_it_is_stopped_while_it_rings() -> None:
    board = exchange()
    call = called(board)
    board.exchange.stop(call.id)
    assert board.record(call.id)["DisconnectReason"] == "API"
    assert not board.exchange.outgoing


def test_who_picked_up_may_hang_up_at_any_time() -> None:
    board = exchange()
    call = called(board)
    leg = board.out()
    board.exchange.answer_out(leg)
    board.exchange.out_hangs_up(leg)
    assert board.record(call.id)["DisconnectReason"] == "CUSTOMER_DISCONNECT"
    assert call.state is CallState.OVER


def queued(board: Switchboard) -> Call:
    board.exchange.sign_in("maria", "Maria")
    call = called(board)
    board.exchange.answer_out(board.out())
    board.clock.advance(2)
    board.exchange.press(call, "2")
    board.clock.advance(2)
    return call


def test_it_is_put_through_to_an_agent_like_an_inbound_caller() -> None:
    board = exchange()
    call = queued(board)
    assert call.state is CallState.RINGING
    assert phone_view(board.exchange.floor.agents["maria"])["call"]["direction"] == "inbound"
    board.answer("maria")
    board.exchange.customer_says(call, "Hello")
    assert call.state is CallState.CONNECTED
    assert heard(board.leg("maria").transcript, Speaker.CUSTOMER) == ["Hello"]
    board.exchange.agent_hangs_up("maria")
    board.exchange.clear("maria")
    assert board.told(call.id)[:4] == ["INITIATED", "CONNECTED_TO_SYSTEM", "QUEUED", "CONNECTED_TO_AGENT"]
    assert board.record(call.id)["InitiationMethod"] == "API"


def test_an_agent_who_rejects_it_leaves_it_to_the_next() -> None:
    board = exchange()
    call = queued(board)
    board.exchange.reject("maria")
    assert (call.state, board.leg("maria").state) == (CallState.WAITING, LegState.MISSED)
    board.exchange.sign_in("ben", "Ben")
    board.exchange.accept("ben")
    with pytest.raises(NotNow):  # his whisper runs, and nobody's phone rings: he cannot give anything up
        board.exchange.agent_hangs_up("ben")
    board.exchange.reject("ben")
    assert call.on_line


def test_a_token_that_comes_again_is_the_same_call_and_nothing_rings_twice() -> None:
    board = exchange()
    wanted = replace(WANTED, token="dispatch:1:1")
    first = board.exchange.call_out(wanted)
    assert board.exchange.call_out(wanted) == first
    assert len(board.exchange.outgoing) == 1
    board.exchange.refuse_out(board.out())
    assert board.exchange.call_out(wanted) == first
    assert not board.exchange.outgoing
    assert board.exchange.call_out(replace(WANTED, token="dispatch:1:2")) != first
    board.clock.advance(8 * 86_400)
    assert board.exchange.call_out(wanted) != first


def test_a_call_belongs_to_another_if_that_is_said() -> None:
    board = exchange()
    source = board.dial()
    call = called(board, replace(WANTED, related=source.id))
    assert board.events.sent[-1]["relatedContactId"] == source.id
    board.exchange.refuse_out(board.out())
    assert board.record(call.id)["RelatedContactId"] == source.id


def test_a_queue_names_the_number_that_is_shown() -> None:
    board = exchange(caller_id=FRONT_DESK)
    called(board, replace(WANTED, caller_id="", queue=FALLBACK))
    assert board.exchange.outgoing[board.out()].caller_id == FRONT_DESK


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"number": "0123"}, NotNow),
        ({"flow": flow_arn("nowhere")}, NotOnTheLine),
        ({"flow": flow_arn("queue")}, NotNow),
        ({"caller_id": ""}, NotNow),
        ({"queue": "nowhere"}, NotOnTheLine),
        ({"related": "nobody"}, NotOnTheLine),
        ({"attributes": {"not a name": "x"}}, NotNow),
        ({"attributes": {"long": "ä" * 16_383}}, NotNow),
        ({"ring_s": 14}, NotNow),
        ({"ring_s": 61}, NotNow),
    ],
)
def test_what_cannot_be_dialled_is_refused_and_leaves_nothing(wrong: dict[str, Any], error: type[Exception]) -> None:
    board = exchange()
    with pytest.raises(error):
        board.exchange.call_out(replace(WANTED, token="t", **wrong))
    assert not board.exchange.calls
    assert called(board, replace(WANTED, token="t")).state is CallState.DIALLING


def test_a_flow_of_another_type_does_not_begin_a_call() -> None:
    board = Switchboard(flows={"notify": flow(FlowType.OUTBOUND_WHISPER, say("first", "no"))})
    with pytest.raises(NotNow, match="CONTACT_FLOW"):
        called(board)


# At the door, by the real client

ASKED = {
    "InstanceId": INSTANCE_ID, "DestinationPhoneNumber": CALLER, "ContactFlowId": CALL,
    "SourcePhoneNumber": FRONT_DESK, "Attributes": {"tenantId": "plumber"}, "ClientToken": "once",
}  # fmt: skip


def asked(board: Switchboard, story: Callable[[Any], None]) -> None:
    async def run() -> None:
        async with TestServer(app(board.exchange, [FRONT_DESK])) as server:
            client = boto3.client(
                "connect", endpoint_url=str(server.make_url(CONNECT_PATH)), region_name="us-east-1",
                aws_access_key_id="test", aws_secret_access_key="test",
                config=Config(retries={"total_max_attempts": 1}),
            )  # fmt: skip
            await asyncio.to_thread(story, client)

    asyncio.run(run())


def test_the_real_client_begins_a_call_and_describes_it() -> None:
    board, told = exchange(), {}

    def story(client: Any) -> None:
        contact = client.start_outbound_voice_contact(**ASKED, RingTimeoutInSeconds=20)["ContactId"]
        assert client.start_outbound_voice_contact(**ASKED)["ContactId"] == contact
        told.update(client.describe_contact(InstanceId=INSTANCE_ID, ContactId=contact)["Contact"])

    asked(board, story)
    (ring,) = board.exchange.outgoing.values()
    assert ring.state is OutsideState.RINGING
    assert (told["InitiationMethod"], told["SystemEndpoint"]["Address"]) == ("API", FRONT_DESK)
    assert told["Attributes"] == {"tenantId": "plumber"}
    assert "ConnectedToSystemTimestamp" not in told


@pytest.mark.parametrize(
    ("more", "error", "status", "names"),
    [
        ({"TrafficType": "GENERAL"}, "InvalidRequestException", 400, "TrafficType"),
        ({"CampaignId": "c"}, "InvalidRequestException", 400, "CampaignId"),
        (
            {"AnswerMachineDetectionConfig": {"EnableAnswerMachineDetection": True}},
            "InvalidRequestException", 400, "AnswerMachineDetectionConfig",
        ),
        ({"SourcePhoneNumber": "+15559999999"}, "InvalidParameterException", 400, "not claimed"),
        ({"ContactFlowId": "nowhere"}, "ResourceNotFoundException", 404, "nowhere"),
        ({"InstanceId": "another"}, "ResourceNotFoundException", 404, "another"),
        ({"Attributes": {"a b": "x"}}, "InvalidRequestException", 400, "a b"),
    ],
)  # fmt: skip
def test_what_is_wrong_or_not_simulated_is_refused_by_name(
    more: dict[str, Any], error: str, status: int, names: str
) -> None:
    board = exchange()

    def story(client: Any) -> None:
        with pytest.raises(ClientError) as refused:
            client.start_outbound_voice_contact(**{**ASKED, **more})
        answer = refused.value.response
        assert (answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]) == (error, status)
        assert names in answer["Error"]["Message"]

    asked(board, story)
    assert not board.exchange.outgoing
