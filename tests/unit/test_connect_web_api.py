"""Amazon Connect's own API as the simulator serves it, asked by the real client that our functions use."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import boto3
import pytest
from aiohttp.test_utils import TestServer
from botocore.config import Config
from botocore.exceptions import ClientError

from infra.local.connect.api.contacts import described
from infra.local.connect.api.model import model
from infra.local.connect.parties import CallState
from infra.local.connect.views import phone_view
from infra.local.connect.web.connect_api import INSTANCE_ID
from infra.local.home import Ports
from infra.local.telephony import CONNECT_PATH, surroundings
from tests.fakes.lamp_shop import CENTRE, CUSTOMER, LampShop
from tests.fakes.phone_door import app


def asked(board: LampShop, story: Callable[[Any], None], key: str = "test") -> None:
    """Runs the story with a client of boto3's, in a thread of its own, against the door."""

    async def run() -> None:
        async with TestServer(app(board.exchange, [CENTRE])) as server:
            client = boto3.client(
                "connect",
                endpoint_url=str(server.make_url(CONNECT_PATH)),
                region_name="us-east-1",
                aws_access_key_id=key,
                aws_secret_access_key="test",
                config=Config(retries={"total_max_attempts": 1}),
            )
            await asyncio.to_thread(story, client)

    asyncio.run(run())


def refusal(deed: Callable[[], object]) -> tuple[str, int]:
    with pytest.raises(ClientError) as refused:
        deed()
    told = refused.value.response
    return told["Error"]["Code"], told["ResponseMetadata"]["HTTPStatusCode"]


def test_a_recording_is_paused_and_goes_on() -> None:
    board = LampShop()
    contact = board.connected().now.contact_id
    ids = {"InstanceId": INSTANCE_ID, "ContactId": contact, "InitialContactId": contact}
    states = []

    def story(client: Any) -> None:
        for deed in (client.suspend_contact_recording, client.resume_contact_recording):
            deed(**ids)
            leg = board.exchange.floor.agents["maria"]
            states.append(phone_view(leg)["call"]["recording"])

    asked(board, story)
    assert states == ["paused", "on"]


def test_where_nothing_is_recorded_nothing_can_be_paused() -> None:
    board = LampShop()
    contact = board.exchange.dial(CENTRE, CUSTOMER).now.contact_id
    ids = {"InstanceId": INSTANCE_ID, "ContactId": contact, "InitialContactId": contact}
    asked(board, lambda client: _is(client.suspend_contact_recording, ids, "InvalidRequestException", 400))


def _is(deed: Callable[..., object], ids: dict[str, str], error: str, status: int) -> None:
    assert refusal(lambda: deed(**ids)) == (error, status)


def test_a_contact_is_stopped_and_then_there_is_none_to_stop() -> None:
    board = LampShop()
    call = board.connected()
    ids = {"InstanceId": INSTANCE_ID, "ContactId": call.now.contact_id}

    def story(client: Any) -> None:
        client.stop_contact(**ids)
        _is(client.stop_contact, {**ids, "ContactId": "nobody"}, "ContactNotFoundException", 410)

    asked(board, story)
    assert (call.state, call.segments[0].reason) == (CallState.OVER, "API")


def test_who_is_unknown_is_not_found_in_connects_words() -> None:
    board = LampShop()
    contact = board.connected().now.contact_id
    both = {"ContactId": contact, "InitialContactId": contact}

    def story(client: Any) -> None:
        nobody = {"InstanceId": INSTANCE_ID, "ContactId": "nobody", "InitialContactId": "nobody"}
        _is(client.suspend_contact_recording, nobody, "ResourceNotFoundException", 404)
        _is(client.resume_contact_recording, nobody, "ResourceNotFoundException", 404)
        other_chain = {"InstanceId": INSTANCE_ID, "ContactId": contact, "InitialContactId": "nobody"}
        _is(client.suspend_contact_recording, other_chain, "ResourceNotFoundException", 404)
        elsewhere = {"InstanceId": "00000000-0000-4000-8000-000000000002"}
        _is(client.suspend_contact_recording, {**elsewhere, **both}, "ResourceNotFoundException", 404)
        _is(client.describe_contact, {**elsewhere, "ContactId": contact}, "ResourceNotFoundException", 404)
        _is(
            client.describe_contact,
            {"InstanceId": INSTANCE_ID, "ContactId": "nobody"},
            "ResourceNotFoundException",
            404,
        )

    asked(board, story)


def test_a_contact_is_described_with_what_is_known_of_it() -> None:
    board = LampShop()
    call = board.connected()
    told: dict[str, Any] = {}

    def story(client: Any) -> None:
        told.update(client.describe_contact(InstanceId=INSTANCE_ID, ContactId=call.now.contact_id)["Contact"])

    asked(board, story)
    segment = call.now
    assert told["Id"] == segment.contact_id
    assert told["Arn"].endswith(f"/contact/{segment.contact_id}")
    assert (told["InitiationMethod"], told["Channel"]) == ("INBOUND", "VOICE")
    assert told["InitiationTimestamp"] == datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
    assert told["CustomerEndpoint"] == {"Type": "TELEPHONE_NUMBER", "Address": CUSTOMER}
    assert told["SystemEndpoint"] == {"Type": "TELEPHONE_NUMBER", "Address": CENTRE}
    assert told["AgentInfo"]["Id"] == "maria"
    assert abs(told["AgentInfo"]["ConnectedToAgentTimestamp"] - segment.connected_at) < timedelta(milliseconds=1)
    assert abs(told["QueueInfo"]["EnqueueTimestamp"] - segment.enqueued_at) < timedelta(milliseconds=1)
    assert told["Attributes"] == {"tenantId": "shop", "tenantName": "Luna Shop"}
    assert "DisconnectTimestamp" not in told


def test_nothing_is_told_that_the_service_model_does_not_know() -> None:
    """botocore drops what it does not know without a word."""
    board = LampShop()
    call = board.connected()
    board.exchange.agent_hangs_up("maria")
    board.exchange.clear("maria")
    shape = model().operation_model("DescribeContact").output_shape.members["Contact"]
    told = described(call.segments[0])
    assert told.keys() <= shape.members.keys()
    assert {"DisconnectTimestamp", "DisconnectReason", "ConnectedToSystemTimestamp"} <= told.keys()
    for part in ("AgentInfo", "QueueInfo", "CustomerEndpoint"):
        assert told[part].keys() <= shape.members[part].members.keys()
    assert {"AfterContactWorkStartTimestamp", "AfterContactWorkEndTimestamp"} <= told["AgentInfo"].keys()


@pytest.mark.parametrize("key", ["test", "000000000000"])
def test_the_stacks_own_processes_and_functions_may_ask(key: str) -> None:
    board = LampShop()
    contact = board.connected().now.contact_id
    asked(board, lambda client: client.describe_contact(InstanceId=INSTANCE_ID, ContactId=contact), key)


def test_nobody_else_may() -> None:
    board = LampShop()
    contact = board.connected().now.contact_id
    ids = {"InstanceId": INSTANCE_ID, "ContactId": contact}

    def story(client: Any) -> None:
        _is(client.describe_contact, ids, "UnrecognizedClientException", 403)
        _is(client.stop_contact, ids, "UnrecognizedClientException", 403)

    asked(board, story, key="AKIASOMEBODYELSE")
    assert board.exchange.calls[contact].state is CallState.CONNECTED


def test_a_page_in_a_browser_cannot_ask() -> None:
    board = LampShop()
    call = board.connected()

    async def run() -> None:
        async with TestServer(app(board.exchange)) as server, aiohttp.ClientSession() as session:
            body = {"InstanceId": INSTANCE_ID, "ContactId": call.now.contact_id}
            async with session.post(server.make_url(f"{CONNECT_PATH}/contact/stop"), json=body) as answer:
                assert (answer.status, answer.headers["x-amzn-ErrorType"]) == (403, "UnrecognizedClientException")
            async with session.put(server.make_url(f"{CONNECT_PATH}/contact/outbound-voice"), json={}) as answer:
                assert answer.status == 403
            async with session.get(server.make_url(f"{CONNECT_PATH}/nowhere")) as answer:
                assert answer.status == 403

    asyncio.run(run())
    assert call.state is CallState.CONNECTED


def test_functions_are_told_this_very_address_and_instance() -> None:
    told = surroundings(Ports(front=4321))
    assert told["CONNECT_ENDPOINT_URL"] == f"http://127.0.0.1:4321{CONNECT_PATH}"
    assert told["CONNECT_INSTANCE"] == INSTANCE_ID
