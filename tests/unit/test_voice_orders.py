"""A client's own system is asked while the caller listens: signed, bounded, and never inside our own network."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.aws.webhook import MOST_BYTES, Unreachable, Webhook
from chalicelib.channels.voice.service.ports import NoAnswer, NoSuchOrder
from chalicelib.channels.voice.store.order_desk import LONGEST, OrderDesk
from chalicelib.kernel.ids import ContactId, TenantId
from chalicelib.tenancy.model.webhook import FRESH, HEADER, webhook_key
from tests.fakes.asking import CALLER, Asking
from tests.fakes.telephone import Telephone
from tests.fakes.tenants import changed

SHOP = "+15550100200"
MASTER = b"the stage's secret"
NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
KEY = webhook_key(MASTER, TenantId("shop"))


# What a caller hears


def asked(telephone: Telephone) -> Asking:
    asking = Asking(telephone, SHOP)
    asking.arrives()
    assert asking.key("4")["outcome"] == "ask_number"
    return asking


def test_a_caller_hears_how_his_order_stands_and_it_is_a_fact_without_the_number() -> None:
    telephone = Telephone()
    telephone.orders.known["4711"] = "Your lamp left our house this morning."
    answer = asked(telephone).key("4711")
    assert answer["message"].startswith("Your lamp left our house this morning.")
    asking = asked(telephone)
    asking.key("4711")
    fact = asking.ours().last("looked_up")
    assert fact is not None
    assert (fact.data["what"], fact.data["found"]) == ("order", "yes")
    assert "4711" not in repr(asking.ours().facts)
    assert asking.facts().count("looked_up") == 1
    assert asking.key("Timeout")["outcome"] == "say"
    assert asking.ours().facts[-1].data == {"topic": "order_status"}


def test_who_hangs_up_while_his_order_is_looked_up_breaks_nothing() -> None:
    telephone = Telephone()
    telephone.orders.known["4711"] = "Your lamp left our house this morning."
    asking = asked(telephone)
    contact = asking.ours()
    telephone.router.abandon(contact.tenant, contact.contact, "", telephone.clock.now())
    assert asking.key("4711")["message"].startswith("Your lamp")
    assert asking.facts() == ["arrived", "abandoned"]


def test_an_unknown_number_may_be_mended_once_and_then_leads_to_an_agent() -> None:
    asking = asked(Telephone())
    assert asking.key("1")["outcome"] == "ask_number"
    assert "cannot find" in asking.last["message"]
    assert "speak to somebody" in asking.key("2")["message"]
    assert asking.key("Timeout")["outcome"] == "wait"


def test_a_call_may_ask_for_three_orders_and_as_often_as_it_likes_for_one_of_them() -> None:
    telephone = Telephone()
    telephone.orders.known.update({number: f"Order {number} left." for number in ("1", "2", "3", "4")})
    asking = asked(telephone)
    for number in ("1", "2", "3", "1"):
        assert asking.key(number)["message"].startswith(f"Order {number} left.")
        asking.key("*")
        asking.key("4")
    before = list(telephone.orders.asked)
    assert "cannot find" in asking.key("4")["message"]
    assert telephone.orders.asked == before
    assert asking.key("Timeout")["outcome"] == "wait"


def test_a_system_that_is_down_leads_to_an_agent() -> None:
    telephone = Telephone()
    telephone.orders.down = True
    asking = asked(telephone)
    assert "cannot look up" in asking.key("4711")["message"]
    fact = asking.ours().last("looked_up")
    assert fact is not None
    assert fact.data["found"] == "failed"
    assert asking.key("Timeout")["outcome"] == "wait"


@pytest.mark.parametrize("keys", ["Timeout", "*", "none", "", "4" * 21])
def test_what_is_no_number_is_not_asked_for(keys: str) -> None:
    telephone = Telephone()
    asking = asked(telephone)
    assert asking.key(keys)["outcome"] == "ask_number"
    assert asking.key(keys)["outcome"] in ("wait", "ask_key")
    assert telephone.orders.asked == []


# The signature


def test_a_signature_is_ours_over_this_body_and_fresh() -> None:
    signed = KEY.sign(b"{}", NOW)
    assert KEY.is_signed(signed, b"{}", NOW)
    assert KEY.is_signed(signed, b"{}", NOW + FRESH)
    assert not KEY.is_signed(signed, b"{} ", NOW)
    assert not KEY.is_signed(signed, b"{}", NOW + FRESH + timedelta(seconds=1))
    assert not webhook_key(MASTER, TenantId("clinic")).is_signed(signed, b"{}", NOW)
    assert not webhook_key(b"other", TenantId("shop")).is_signed(signed, b"{}", NOW)


@given(st.text(max_size=120))
def test_whatever_stands_in_the_header_is_refused_and_raises_nothing(header: str) -> None:
    assert not KEY.is_signed(header, b"{}", NOW)


def test_a_key_is_told_to_nobody_by_accident() -> None:
    assert KEY.text not in repr(KEY)
    assert len(KEY.text) == 64


# The question on the wire


Answers = Callable[[BaseHTTPRequestHandler], None]


@contextmanager
def system(answers: Answers) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """A client's system on this machine."""
    seen: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            seen.append({"path": self.path, "headers": dict(self.headers), "body": body})
            answers(self)

        def log_message(self, *words: object) -> None:
            del words

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/status?from=phone", seen
    finally:
        server.shutdown()
        server.server_close()


def says(body: bytes, status: int = 200, **headers: str) -> Answers:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def look_up(url: str, *, time_out_s: float = 3.0) -> str:
    desk = OrderDesk(Webhook(at_home=True, time_out_s=time_out_s), lambda: MASTER)
    client = changed("shop", orders={"url": url})
    return desk.look_up(client, "4711", caller=CALLER, contact=ContactId("v1"), now=NOW).status


def test_the_client_can_tell_that_we_are_asking_and_for_what() -> None:
    with system(says(b'{"status": "On its way."}')) as (url, seen):
        assert look_up(url) == "On its way."
    (question,) = seen
    assert question["path"] == "/status?from=phone"
    assert json.loads(question["body"]) == {"order": "4711", "caller": CALLER, "contact": "v1"}
    assert KEY.is_signed(question["headers"][HEADER], question["body"], NOW)


def test_an_order_that_the_client_does_not_know() -> None:
    with system(says(b"{}", 404)) as (url, _), pytest.raises(NoSuchOrder):
        look_up(url)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 200), (b"[]", 200), (b"{}", 200), (b'{"status": ""}', 200), (b'{"status": 7}', 200), (b"nope", 200),
        (b"\xff\xfe", 200), (b'{"status": "\\u0000 \\n"}', 200), (b"[" * 9000, 200),
        (b'{"status": "x"}', 500), (b'{"status": "x"}', 204),
        (json.dumps({"status": "x" * MOST_BYTES}).encode(), 200),
    ],
)  # fmt: skip
def test_what_cannot_be_read_out_is_no_answer(body: bytes, status: int) -> None:
    with system(says(body, status)) as (url, _), pytest.raises(NoAnswer):
        look_up(url)


def test_a_redirect_is_not_followed() -> None:
    with system(says(b"", 302, Location="http://127.0.0.1:1/")) as (url, seen), pytest.raises(NoAnswer):
        look_up(url)
    assert len(seen) == 1


def test_what_is_read_out_is_one_plain_sentence_of_bearable_length() -> None:
    hostile = "Hello <speak>\n$.Attributes.x</speak> " + "long " * 1000
    with system(says(json.dumps({"status": hostile}).encode())) as (url, _):
        said = look_up(url)
    assert len(said) <= LONGEST
    assert not any(sign in said for sign in ("<", ">", "\n", "$."))


def test_a_system_that_drips_is_not_waited_for() -> None:
    def drips(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "100")
        handler.end_headers()
        enough = threading.Event()
        for _ in range(20):
            try:
                handler.wfile.write(b" ")
                handler.wfile.flush()
            except OSError:
                return
            enough.wait(0.05)

    with system(drips) as (url, _), pytest.raises(NoAnswer):
        look_up(url, time_out_s=0.2)


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/", "https://127.0.0.1/", "https://localhost/", "https://10.0.0.1/", "https://192.168.1.1/",
        "https://169.254.169.254/latest/meta-data", "https://[::1]/", "https://[::ffff:10.0.0.1]/", "https://[fd00::1]/",
        "https://[64:ff9b::a9fe:a9fe]/",
        "https://0.0.0.0/", "https://100.64.0.1/", "https://224.0.0.1/", "ftp://example.com/", "https:///", "nonsense",
        "https://example.com:99999/",
    ],
)  # fmt: skip
def test_a_deployed_stage_asks_nobody_without_encryption_or_inside_a_network(url: str) -> None:
    with pytest.raises(Unreachable):
        Webhook().post(url, b"{}", {})


def test_a_name_that_leads_inside_is_refused_though_it_leads_outside_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    def resolve(host: str, port: int, **more: Any) -> list[Any]:
        return [(2, 1, 6, "", (address, port)) for address in ("93.184.216.34", "10.0.0.7")]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    with pytest.raises(Unreachable, match="private"):
        Webhook().post("https://orders.luna-shop.example/", b"{}", {})
