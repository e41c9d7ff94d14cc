"""The public door of chat, where anybody may knock: with wrong keys, wrong tokens and wrong words."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from chalicelib.channels.chat.model.visit import SessionTokens, Visit
from chalicelib.kernel.ids import ContactId, TenantId
from tests.deployed import Stack
from tests.journeys.agents import Agent
from tests.journeys.books import Books
from tests.journeys.customers import SHOP_WIDGET, VELO_WIDGET, Line, Visitor

NewVisitor = Callable[..., Visitor]
WORLD = ("contacts", "routing", "ledger", "tenants")
REFUSED = (401, 403)  # the emulator makes one of the other
GOOD = {"key": SHOP_WIDGET, "session": "0123456789abcdef0123456789abcdef", "text": "Hello, is the shop open?"}


def test_a_widget_that_nobody_has_opens_nothing(stack: Stack, visitor: NewVisitor, books: Books) -> None:
    before = books.at_rest(*WORLD)
    answer = visitor(key="wk_nobody_00000000").asks("sessions", **{**GOOD, "key": "wk_nobody_00000000"})
    assert (answer.status_code, answer.json()["what"]) == (404, "widget")
    frame = requests.get(f"{stack.url}/widget/wk_nobody_00000000/frame", timeout=30)
    assert (frame.status_code, "frame-ancestors 'none'" in frame.headers["Content-Security-Policy"]) == (404, True)
    assert books.state(*WORLD) == before


def test_a_site_that_the_client_did_not_name_may_not_show_the_widget(
    stack: Stack, visitor: NewVisitor, books: Books
) -> None:
    before = books.at_rest(*WORLD)
    named = visitor().asks("sessions", **GOOD, origin="https://evil.example")
    assert named.status_code == 403
    foreign = requests.post(
        f"{stack.url}/api/chat/sessions", json=GOOD, headers={"Origin": "https://evil.example"}, timeout=30
    )
    assert foreign.status_code == 403
    frame = requests.get(f"{stack.url}/widget/{SHOP_WIDGET}/frame", timeout=30)
    policy = frame.headers["Content-Security-Policy"]
    assert ("https://www.luna-shop.example" in policy, "evil" in policy) == (True, False)
    assert books.state(*WORLD) == before


WRONG = {
    "no key": ({**GOOD, "key": None}, "key"),
    "a number as text": ({**GOOD, "text": 17}, "text"),
    "too long": ({**GOOD, "text": "a" * 4_001}, "text"),
    "half a character": ({**GOOD, "text": "\ud800"}, "text"),
    "a session to guess": ({**GOOD, "session": "1"}, "session"),
    "no mail address": ({**GOOD, "email": "not an address"}, "email"),
    "a name of two lines": ({**GOOD, "name": "Bobby\nTables"}, "name"),
}


@pytest.mark.parametrize(("body", "field"), WRONG.values(), ids=WRONG.keys())
def test_an_opening_that_makes_no_sense_names_the_field(
    body: dict[str, Any], field: str, stack: Stack, books: Books
) -> None:
    before = books.at_rest(*WORLD)
    answer = requests.post(f"{stack.url}/api/chat/sessions", json=body, timeout=30)
    problem = answer.json()
    assert (answer.status_code, problem["field"]) == (422, field), answer.text
    assert problem["fix"]
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert books.state(*WORLD) == before


@pytest.mark.parametrize("body", ["{", "[]", '"text"', "null", "\x00", "{'key': 1}"])
def test_what_is_no_json_object_is_refused_by_name(body: str, stack: Stack, books: Books) -> None:
    before = books.at_rest(*WORLD)
    json_type = {"Content-Type": "application/json"}
    answer = requests.post(f"{stack.url}/api/chat/sessions", data=body.encode(), headers=json_type, timeout=30)
    assert (answer.status_code, answer.json()["field"]) == (422, "body"), answer.text
    assert books.state(*WORLD) == before


def test_messages_that_make_no_sense_are_refused_and_not_kept(visitor: NewVisitor, books: Books) -> None:
    customer = visitor()
    customer.opens("Let me try something.")
    wrong: dict[str, dict[str, str]] = {
        "text": {"text": " \n ", "client_id": "empty"},
        "client_id": {"text": "Who am I?", "client_id": "no spaces, please"},
    }
    for field, body in wrong.items():
        answer = customer.asks("messages", **body)
        assert (answer.status_code, answer.json()["field"]) == (422, field), answer.text
    assert len(books.messages("shop", customer.contact)) == 1
    customer.leaves()


def test_a_token_opens_the_one_chat_that_it_was_made_for(
    stack: Stack, velo: str, visitor: NewVisitor, books: Books
) -> None:
    mine, other = visitor(), visitor(key=VELO_WIDGET)
    mine.opens("I talk to the shop.")
    other.opens("I talk about bicycles.")
    before = books.at_rest("contacts")
    body, _, signature = mine.token.partition(".")
    stretched = json.loads(base64.urlsafe_b64decode(body + "=="))
    stretched |= {"t": velo, "c": other.contact}
    forged = base64.urlsafe_b64encode(json.dumps(stretched).encode()).decode().rstrip("=")
    for token in (f"{forged}.{signature}", f"{other.token.partition('.')[0]}.{signature}", "x.y", "x", "ä" * 40, body):
        for method, path in (("GET", "messages"), ("POST", "messages"), ("POST", "ticket"), ("POST", "end")):
            answer = requests.request(
                method,
                f"{stack.url}/api/chat/{path}",
                json={"text": "hi", "client_id": "hi"} if method == "POST" else None,
                headers={"Authorization": f"Bearer {token}".encode()},
                timeout=30,
            )
            assert answer.status_code == 401, (token, path, answer.text)
    # What the body says does not widen the token.
    assert mine.asks("messages", text="psst", client_id="psst", tenant=velo, contact=other.contact).ok
    assert [said["text"] for said in books.messages(velo, other.contact)] == ["I talk about bicycles."]
    assert books.state("contacts") != before
    mine.leaves()
    other.leaves()


def test_a_token_that_is_over_opens_nothing(stack: Stack, visitor: NewVisitor, books: Books) -> None:
    customer = visitor()
    customer.opens("How long will you know me?")
    key = stack.client("secretsmanager").get_secret_value(SecretId=stack.settings.secret_name)["SecretString"]
    tokens = SessionTokens(key.encode())
    visit = tokens.open(customer.token, datetime.now(UTC))
    assert (visit.tenant, visit.contact) == ("shop", customer.contact), "signed with the stage's own key"
    over = Visit(
        tenant=TenantId("shop"),
        contact=ContactId(customer.contact),
        visitor=visit.visitor,
        until=datetime.now(UTC) - timedelta(seconds=1),
    )
    before = books.at_rest("contacts")
    good, customer.token = customer.token, tokens.sign(over)
    answer = customer.says("Do you still know me?")
    assert (answer.status_code, "over" in answer.json()["detail"]) == (401, True)
    assert customer.asks("ticket").status_code == 401
    assert books.state("contacts") == before
    customer.token = good
    assert customer.leaves().ok


def test_after_the_end_nothing_more_is_said_by_anybody(visitor: NewVisitor, maria: Agent, books: Books) -> None:
    maria.is_available()
    customer = visitor()
    customer.opens("One short question.")
    maria.accepts(customer.contact)
    assert customer.leaves().ok
    maria.sees(customer.contact, "ended")
    assert maria.asks("shop", customer.contact, "messages", text="Wait!", client_id="wait").status_code == 409
    assert maria.asks("shop", customer.contact, "hold").status_code == 409
    maria.wraps_up(customer.contact)
    before = books.contact("shop", customer.contact)
    assert customer.says("Anybody?").status_code == 409
    assert customer.leaves().ok, "leaving twice is silence"
    assert customer.opens("One short question.")["snapshot"]["state"] == "ended"
    answers = {
        deed: maria.asks("shop", customer.contact, deed).status_code for deed in ("accept", "end", "hold", "resume")
    }
    assert answers == {"accept": 200, "end": 200, "hold": 409, "resume": 409}, "what happened may be asked for again"
    assert books.contact("shop", customer.contact) == before
    assert len(books.messages("shop", customer.contact)) == 1


def test_a_ticket_opens_one_line_once(stack: Stack, visitor: NewVisitor) -> None:
    customer = visitor()
    customer.opens("May I have two lines?")
    ticket = customer.asks("ticket").json()["ticket"]
    address = f"{stack.url.replace('http', 'ws', 1)}/ws"
    with Line(f"{address}?ticket={ticket}", stack.url) as first:
        assert first.refused == 0
        with Line(f"{address}?ticket={ticket}", stack.url) as second:
            assert second.refused in REFUSED
    fresh = customer.asks("ticket").json()["ticket"]
    for url, origin in (
        (f"{address}?ticket={fresh}", "https://evil.example"),
        (f"{address}?ticket=guessed", stack.url),
        (address, stack.url),
    ):
        with Line(url, origin) as line:
            assert line.refused in REFUSED, url
    customer.leaves()
