"""The public doors of chat, as a browser and a stranger's script find them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from chalice.test import Client, HTTPResponse

from app import app
from chalicelib import wiring
from chalicelib.channels.chat.doors import push
from tests.fakes.chatroom import CLINIC, PLUMBER, SHOP, Chatroom

JSON = {"Content-Type": "application/json", "Host": "manyline.example", "Origin": "https://manyline.example"}
SESSION = "a-session-of-a-widget-1"


class Browser:
    """A widget's frame in a browser."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self.token = ""

    def get(self, path: str) -> HTTPResponse:
        return self._client.http.get(path, headers=self._headers())

    def post(self, path: str, body: dict[str, Any], **headers: str) -> HTTPResponse:
        return self._client.http.post(path, headers={**self._headers(), **headers}, body=json.dumps(body).encode())

    def opens(self, **more: str) -> dict[str, Any]:
        answer = self.post("/api/chat/sessions", {"key": SHOP, "session": SESSION, **more}).json_body
        self.token = answer.get("token", "")
        return answer  # type: ignore[no-any-return]

    def _headers(self) -> dict[str, str]:
        return {**JSON, **({"Authorization": f"Bearer {self.token}"} if self.token else {})}


@pytest.fixture
def room(monkeypatch: pytest.MonkeyPatch) -> Iterator[Chatroom]:
    """The doors' services, on memory. The doors' clock is the real one, so the shop has no holidays here."""
    room = Chatroom()
    shop = room.keys.tenants[SHOP]
    room.keys.tenants[SHOP] = replace(shop, hours=replace(shop.hours, special=()))
    for service in (wiring.chat, wiring.chat_delivery):
        service.cache_clear()
    monkeypatch.setattr(wiring, "directory", lambda: room.keys)
    monkeypatch.setattr(wiring, "contacts", lambda: room.contacts)
    monkeypatch.setattr(wiring, "routing", lambda: room.router)
    monkeypatch.setattr(wiring, "tickets", lambda: room.tickets)
    monkeypatch.setattr(wiring, "push", lambda: room.push)
    monkeypatch.setattr(wiring, "signing_key", lambda: b"key")
    yield room
    for service in (wiring.chat, wiring.chat_delivery):
        service.cache_clear()


@pytest.fixture
def browser(room: Chatroom) -> Iterator[Browser]:
    with Client(app) as client:
        yield Browser(client)


def test_only_the_clients_own_sites_may_embed_the_frame(browser: Browser) -> None:
    answer = browser.get(f"/widget/{SHOP}/frame")
    policy = answer.headers["Content-Security-Policy"]
    assert answer.status_code == 200
    assert "frame-ancestors https://www.luna-shop.example http://localhost:8080 http://127.0.0.1:8080" in policy
    assert "unsafe" not in policy
    assert "*" not in policy
    assert "Hello and welcome to Luna Shop" in answer.body.decode()


def test_an_unknown_key_is_a_small_page_that_nobody_may_embed(browser: Browser) -> None:
    for key in ("wk_nobody_000000", "%3Cscript%3E", "x"):
        answer = browser.get(f"/widget/{key}/frame")
        assert answer.status_code == 404
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        assert "<script" not in answer.body.decode()


def test_the_frame_speaks_german_where_the_client_does(browser: Browser) -> None:
    assert '<html lang="de">' in browser.get(f"/widget/{CLINIC}/frame").body.decode()
    assert '<html lang="en">' in browser.get(f"/widget/{CLINIC}/frame?lang=en").body.decode()


def test_a_conversation_over_the_public_api(browser: Browser, room: Chatroom) -> None:
    opened = browser.opens(text="Where is my lamp?")
    assert opened["snapshot"]["state"] == "queued"
    said = browser.post("/api/chat/messages", {"client_id": "c1", "text": "<b>Hello</b>"})
    assert (said.status_code, said.json_body["n"], said.json_body["text"]) == (200, 2, "<b>Hello</b>")
    assert [m["text"] for m in browser.get("/api/chat/messages?after=1").json_body["messages"]] == ["<b>Hello</b>"]
    assert browser.post("/api/chat/ticket", {}).json_body == {"ticket": "ticket-1"}
    assert browser.post("/api/chat/end", {}).status_code == 204
    late = browser.post("/api/chat/messages", {"client_id": "c2", "text": "Hello?"})
    assert (late.status_code, late.json_body["state"]) == (409, "abandoned")


def test_a_voice_only_client_is_no_error_but_an_answer(browser: Browser) -> None:
    answer = browser.opens(key=PLUMBER)
    assert answer["refused"] is True
    assert "we do answer the phone" in answer["answer"]
    assert "token" not in answer


@pytest.mark.parametrize("token", ["", "x", "a.b", "eyJ0Ijoic2hvcCJ9.AAAA", "\u00e9\u00e9.\u00e9"])
def test_without_a_token_of_ours_every_door_is_shut(browser: Browser, token: str) -> None:
    browser.opens()
    browser.token = token
    for path, body in (("messages", {"client_id": "c", "text": "x"}), ("ticket", {}), ("end", {})):
        assert browser.post(f"/api/chat/{path}", body).status_code == 401
    assert browser.get("/api/chat/messages").status_code == 401


def test_a_token_reads_its_own_conversation_whatever_the_request_says(browser: Browser, room: Chatroom) -> None:
    other = browser.opens(session="a-session-of-somebody-else", text="a secret")["snapshot"]["contact"]
    browser.token = ""
    browser.opens(text="mine")
    seen = browser.get(f"/api/chat/messages?contact={other}&tenant=clinic").json_body
    assert [message["text"] for message in seen["messages"]] == ["mine"]


def test_another_site_cannot_post_in_a_visitors_name(browser: Browser) -> None:
    opening = {"key": SHOP, "session": SESSION}
    assert browser.post("/api/chat/sessions", opening, Origin="https://evil.example").status_code == 403
    assert browser.post("/api/chat/sessions", {**opening, "origin": "https://evil.example"}).status_code == 403


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"client_id": "c1", "text": "   "}, "text"),
        ({"client_id": "c1", "text": "x" * 4_001}, "text"),
        ({"client_id": "c1", "text": 7}, "text"),
        ({"client_id": "c1", "text": "\ud800"}, "text"),
        ({"client_id": "", "text": "x"}, "client_id"),
        ({"text": "x"}, "client_id"),
    ],
)
def test_what_cannot_be_used_is_named(browser: Browser, body: dict[str, Any], field: str) -> None:
    browser.opens()
    answer = browser.post("/api/chat/messages", body)
    assert (answer.status_code, answer.json_body["field"]) == (422, field)


@pytest.mark.parametrize("after", ["-1", "x", "1e3", "٣", "12345678"])
def test_a_number_that_is_none_is_refused(browser: Browser, after: str) -> None:
    browser.opens()
    assert browser.get(f"/api/chat/messages?after={after}").status_code == 422


def test_too_many_messages_get_a_time_to_come_back(browser: Browser) -> None:
    browser.opens()
    answers = [browser.post("/api/chat/messages", {"client_id": f"c{n}", "text": "x"}).status_code for n in range(10)]
    limit = browser.post("/api/chat/messages", {"client_id": "c10", "text": "x"})
    assert answers == [200] * 10
    assert limit.status_code == 429
    assert 1 <= int(limit.headers["Retry-After"]) <= 10


def test_a_queue_message_that_comes_twice_is_pushed_twice_and_harms_nobody(room: Chatroom) -> None:
    visit = room.visit(room.opens())
    room.live.connected(visit.tenant, visit.contact, "conn-1", room.clock())
    room.push.open.add("conn-1")
    room.told.clear()
    room.says(visit, "Hello")
    record = {"messageId": "m1", "body": json.dumps(room.told[0][0]), "attributes": {}, "messageAttributes": {}}
    for _ in range(2):
        assert push.push_chat({"Records": [record]}, None) == {"batchItemFailures": []}
    assert [frame["seq"] for frame in room.push.came["conn-1"]] == [1, 1]  # the widget drops what it has


def test_one_broken_queue_message_comes_back_alone(room: Chatroom) -> None:
    good = {"type": "fact", "tenant": "shop", "contact_id": "c", "seq": 1, "fact": {"kind": "held"}, "contact": {}}
    records = [
        {"messageId": name, "body": body, "attributes": {}, "messageAttributes": {}}
        for name, body in (("broken", "{}"), ("good", json.dumps(good)))
    ]
    assert push.push_chat({"Records": records}, None) == {"batchItemFailures": [{"itemIdentifier": "broken"}]}
