"""Texts go to nobody on this machine: the emulator keeps them, and the front door shows them."""

from __future__ import annotations

import asyncio

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from chalicelib.aws.clients import client
from infra.local import texts
from tests.fakes.emulator import free_port
from tests.fakes.stage import aws, environment

MARIA, JONAS = "+15550100801", "+15550100802"


def shown(url: str, place: str) -> tuple[int, list[dict[str, str]]]:
    async def ask() -> tuple[int, list[dict[str, str]]]:
        app = web.Application()
        app.add_routes(texts.routes(lambda: texts._kept(url + texts._KEPT)))
        async with TestClient(TestServer(app)) as door, door.get(place) as answer:
            return answer.status, await answer.json() if answer.status == 200 else []

    return asyncio.run(ask())


def test_what_was_published_to_a_telephone_is_shown_in_its_order_and_for_each_apart(endpoint: str) -> None:
    with environment(**aws(endpoint)):
        for number, words in ((MARIA, "first"), (JONAS, "Acknowledge: http://x.example/ü"), (MARIA, "second")):
            client("sns").publish(PhoneNumber=number, Message=words)
    status, found = shown(endpoint, "/try/api/texts")
    assert status == 200
    told = [(one["number"], one["text"]) for one in found if one["number"] in (MARIA, JONAS)]
    assert sorted(told) == [(MARIA, "first"), (MARIA, "second"), (JONAS, "Acknowledge: http://x.example/ü")]
    assert [words for number, words in told if number == MARIA] == ["first", "second"]
    assert len({one["id"] for one in found}) == len(found)
    _, hers = shown(endpoint, f"/try/api/texts?number=%2B{MARIA[1:]}")
    assert {one["number"] for one in hers} == {MARIA}


def test_an_emulator_that_does_not_answer_is_said_so(nowhere: str) -> None:
    assert shown(nowhere, "/try/api/texts")[0] == 503


@pytest.fixture
def nowhere() -> str:
    return f"http://127.0.0.1:{free_port()}"
