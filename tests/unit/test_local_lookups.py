"""The sample clients' own systems: they know some orders and accounts, and tell nobody but us."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from chalicelib.kernel.ids import TenantId
from chalicelib.tenancy.model.webhook import HEADER, webhook_key
from infra.local import lookups

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
SHOP = webhook_key(b"master", TenantId("shop"))
QUESTION = json.dumps({"order": "1001", "caller": "+15550123456", "contact": "c1"}).encode()


def asked(body: bytes, signature: str, tenant: str = "shop", system: str = "orders") -> tuple[int, dict[str, str]]:
    async def ask() -> tuple[int, dict[str, str]]:
        app = web.Application()
        app.add_routes(lookups.routes(lambda tenant: webhook_key(b"master", tenant), lambda: NOW))
        async with TestClient(TestServer(app)) as client:
            answer = await client.post(f"/try/{system}/{tenant}", data=body, headers={HEADER: signature})
            return answer.status, await answer.json()

    return asyncio.run(ask())


@pytest.mark.parametrize("order", lookups.ORDERS)
def test_an_order_that_is_known_is_told_in_a_sentence_that_can_be_read_out(order: str) -> None:
    body = json.dumps({"order": order, "caller": "", "contact": "c1"}).encode()
    status, told = asked(body, SHOP.sign(body, NOW))
    assert (status, told["status"].endswith(".")) == (200, True)


@pytest.mark.parametrize("account", lookups.ACCOUNTS)
def test_an_account_that_is_known_is_told_without_its_number_and_noted_with_it(account: str) -> None:
    body = json.dumps({"account": account, "caller": "", "contact": "c1"}).encode()
    status, told = asked(body, SHOP.sign(body, NOW), system="accounts")
    assert (status, told["status"].endswith("."), account in told["status"]) == (200, True, False)
    assert account in told.get("note", account)


@pytest.mark.parametrize("system", ["orders", "accounts"])
@pytest.mark.parametrize("body", [b'{"order": "9999", "account": "1001"}', b"{}", b"[]", b"\xff", b""])
def test_a_number_that_nobody_knows_is_not_there(body: bytes, system: str) -> None:
    assert asked(body, SHOP.sign(body, NOW), system=system)[0] == 404


@pytest.mark.parametrize(
    ("signature", "tenant"),
    [
        ("", "shop"),
        ("t=1,v1=" + "0" * 64, "shop"),
        (SHOP.sign(QUESTION + b" ", NOW), "shop"),  # of another question
        (SHOP.sign(QUESTION, NOW - timedelta(minutes=6)), "shop"),  # overheard
        (SHOP.sign(QUESTION, NOW), "plumber"),  # with another client's key
    ],
)
def test_who_does_not_sign_as_we_do_learns_nothing(signature: str, tenant: str) -> None:
    status, told = asked(QUESTION, signature, tenant)
    assert (status, "status" in told) == (401, False)
