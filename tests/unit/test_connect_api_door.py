"""Numbers and users at the simulator's door, asked by the commands' own code and the real client."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import aiohttp
import boto3
import pytest
from aiohttp.test_utils import TestServer
from botocore.config import Config
from botocore.exceptions import ClientError

from infra.local.connect.api.books import Register
from infra.local.connect.library import INSTANCE
from infra.local.telephony import CONNECT_PATH
from infra.telephony.calls import Calls
from infra.telephony.errors import NoneAvailable
from infra.telephony.exchange import Exchange
from infra.telephony.model import Book, Wish
from infra.telephony.numbers import Numbers
from infra.telephony.place import LOCAL
from infra.telephony.users import Users, Wanted
from tests.fakes.connect_api import Time
from tests.fakes.lamp_shop import CENTRE, CUSTOMER, LampShop
from tests.fakes.phone_door import app

MARIA = Wanted(name="maria", first="Maria", last="Maria", email="maria@x.example")
SIGNED = "AWS4-HMAC-SHA256 Credential=test/20261123/us-east-1/connect/aws4_request, Signature=x"
US = Wish(country="US", type="DID", prefix="+1512")


class Door:
    """A door of its own at each story, as after a restart; what it keeps is in one file."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "state" / "phone-side.json"
        self.board = LampShop()
        self.time = Time()

    def asked(self, story: Callable[[Any], None]) -> None:
        async def run() -> None:
            async with self._served() as server:
                client = boto3.client(
                    "connect", endpoint_url=str(server.make_url(CONNECT_PATH)), region_name="us-east-1",
                    aws_access_key_id="test", aws_secret_access_key="test",
                    config=Config(retries={"total_max_attempts": 1}),
                )  # fmt: skip
                await asyncio.to_thread(story, client)

        asyncio.run(run())

    def raw(self, method: str, path: str, body: bytes | None = None) -> tuple[int, str, str]:
        """Status, error, message; for what boto3 itself would not send."""

        async def run() -> tuple[int, str, str]:
            async with self._served() as server, aiohttp.ClientSession() as session:
                url = server.make_url(CONNECT_PATH + path)
                async with session.request(method, url, data=body, headers={"Authorization": SIGNED}) as answer:
                    told = await answer.json()
                    return answer.status, answer.headers.get("x-amzn-ErrorType", ""), told.get("Message", "")

        return asyncio.run(run())

    def calls(self, client: Any) -> Calls:
        return Calls(client, tick=self.time.tick, sleep=self.time.sleep)

    def numbers(self, client: Any, **phones: tuple[str, ...]) -> Numbers:
        return Numbers(
            Exchange(self.calls(client), LOCAL.instance),
            Book(phones={"shop": (), **phones}),
            flow=LOCAL.flow,
            stage="local",
        )

    def _served(self) -> TestServer:
        return TestServer(app(self.board.exchange, [CENTRE], Register(self.file), self.time.tick))


@pytest.fixture
def door(tmp_path: Path) -> Door:
    return Door(tmp_path)


@contextmanager
def refused(code: str, words: str = "") -> Iterator[None]:
    with pytest.raises(ClientError) as error:
        yield
    assert error.value.response["Error"]["Code"] == code
    assert words in error.value.response["Error"]["Message"]


def test_a_number_is_claimed_led_and_released_and_survives_a_restart(door: Door) -> None:
    claimed: list[str] = []

    def claim(client: Any) -> None:
        numbers = door.numbers(client)
        number = numbers.claim(numbers.plan_claim("shop", US))
        claimed.append(number.phone)

    def look(client: Any) -> None:
        numbers = door.numbers(client, shop=tuple(claimed))
        [row] = numbers.rows()
        assert (row.phone, row.owner, row.answered) == (claimed[0], "shop", True)
        held = numbers.plan_release(claimed[0], force=True)
        assert held is not None
        assert held.tags == {"tenantId": "shop", "stage": "local"}
        numbers.release(held)

    def again(client: Any) -> None:
        numbers = door.numbers(client)
        assert numbers.rows() == []
        assert claimed[0] not in numbers.plan_claim("shop", US).offered

    for story in (claim, look, again):
        door.asked(story)
    assert claimed[0].startswith("+151255501")


def test_where_there_is_no_such_number_nothing_is_on_offer(door: Door) -> None:
    def story(client: Any) -> None:
        with pytest.raises(NoneAvailable):
            door.numbers(client).plan_claim("shop", Wish(country="FR", type="DID"))

    door.asked(story)


def test_a_claimed_number_may_be_shown_to_who_is_called(door: Door) -> None:
    def story(client: Any) -> None:
        [shown] = client.search_available_phone_numbers(
            TargetArn=INSTANCE, PhoneNumberCountryCode="US", PhoneNumberType="DID", MaxResults=1
        )["AvailableNumbersList"]
        wish = {
            "InstanceId": INSTANCE, "DestinationPhoneNumber": CUSTOMER, "ContactFlowId": "inbound",
            "SourcePhoneNumber": shown["PhoneNumber"],
        }  # fmt: skip
        with refused("InvalidParameterException", "is not claimed"):
            client.start_outbound_voice_contact(**wish)
        client.claim_phone_number(TargetArn=INSTANCE, PhoneNumber=shown["PhoneNumber"])
        with refused("ResourceNotFoundException", "there is no flow inbound"):
            client.start_outbound_voice_contact(**wish)

    door.asked(story)


def test_a_user_is_made_once_and_his_telephone_answers_by_itself(door: Door) -> None:
    def apply(client: Any, person: Wanted) -> list[Any]:
        users = Users(door.calls(client), INSTANCE, stage="local")
        return list(users.apply([person], users.names(), lambda: "Secret-2026"))

    def first(client: Any) -> None:
        assert apply(client, MARIA)[0].new
        assert not Register(door.file).answers_itself("maria")

    def second(client: Any) -> None:
        changed = Wanted(name="maria", first="Maria", last="Maria", email="maria@x.example", auto_accept=True)
        assert apply(client, changed)[0].changed == ("telephone",)

    door.asked(first)
    door.asked(second)
    kept = Register(door.file)
    assert (kept.answers_itself("maria"), kept.answers_itself("jonas")) == (True, False)
    assert "Secret-2026" not in door.file.read_text()


def test_what_the_model_does_not_have_is_refused_in_the_services_words(door: Door) -> None:
    def story(client: Any) -> None:
        with refused("InvalidParameterException", "is not like"):
            client.claim_phone_number(TargetArn=INSTANCE, PhoneNumber="5125550101")
        with refused("InvalidParameterException", "none of its values"):
            client.search_available_phone_numbers(
                TargetArn=INSTANCE, PhoneNumberCountryCode="XX", PhoneNumberType="DID"
            )
        with refused("UnknownOperationException", "StartChatContact is not simulated"):
            client.start_chat_contact(InstanceId=INSTANCE, ContactFlowId="f", ParticipantDetails={"DisplayName": "x"})
        with refused("ResourceNotFoundException", "there is no instance"):
            client.list_users(InstanceId="elsewhere")

    door.asked(story)
    unknown = {"TargetArn": INSTANCE, "PhoneNumber": "+15125550100", "Colour": "blue"}
    assert door.raw("POST", "/phone-number/claim", json.dumps(unknown).encode()) == (
        400, "InvalidParameterException", "ClaimPhoneNumber has no member 'Colour' in its body",
    )  # fmt: skip
    assert door.raw("GET", "/users-summary/x?maxresults=1")[1:] == (
        "InvalidParameterException", "ListUsers has no member 'maxresults' in its querystring",
    )  # fmt: skip
    assert door.raw("POST", "/phone-number/claim", b"[]")[:2] == (400, "InvalidParameterException")
    assert door.raw("POST", "/contact/stop", b"{")[:2] == (400, "InvalidParameterException")
    assert door.raw("GET", "/nowhere")[:2] == (404, "UnknownOperationException")


def test_whoever_administers_faster_than_the_quota_is_told_to_slow_down(door: Door) -> None:
    def story(client: Any) -> None:
        with refused("TooManyRequestsException"):
            for _ in range(10):
                client.list_users(InstanceId=INSTANCE)
        for _ in range(10):  # the calls of our functions are not held up
            with refused("ResourceNotFoundException"):
                client.describe_contact(InstanceId=INSTANCE, ContactId="nobody")

    door.asked(story)
