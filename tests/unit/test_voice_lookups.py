"""A client's own system is asked while the caller listens: signed, bounded, and never inside our own network."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.aws.webhook import MOST_BYTES, Unreachable, Webhook
from chalicelib.channels.voice.model.phrases import words
from chalicelib.channels.voice.service.ports import Found, NoAnswer, NoSuchNumber, Subject
from chalicelib.channels.voice.store.lookup_desk import LONGEST, LONGEST_NOTE, LookupDesk
from chalicelib.kernel.ids import ContactId, TenantId
from chalicelib.tenancy.model.webhook import FRESH, HEADER, webhook_key
from tests.fakes.asking import CALLER, Asking
from tests.fakes.branches import actions
from tests.fakes.telephone import Telephone
from tests.fakes.tenants import changed

SHOP = "+15550100200"
MASTER = b"the stage's secret"
NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
KEY = webhook_key(MASTER, TenantId("shop"))


# What a caller hears


Told = tuple[str, str, str]  # the key of the menu, what is looked up, and what a caller hears of it
ORDER: Told = ("4", "order", "Your lamp left our house this morning.")
ACCOUNT: Told = ("6", "account", "Nothing is open.")
NOTE = "Account 4711: settled, a customer since 2019"
both = pytest.mark.parametrize(("key", "what", "status"), [ORDER, ACCOUNT])


def house() -> Telephone:
    telephone = Telephone()
    telephone.lookups.orders["4711"] = ORDER[2]
    telephone.lookups.accounts["4711"] = Found(ACCOUNT[2], NOTE)
    return telephone


def asked(telephone: Telephone, key: str = "4") -> Asking:
    asking = Asking(telephone, SHOP)
    asking.arrives()
    assert asking.key(key)["outcome"] == "ask_number"
    return asking


def found(asking: Asking) -> list[tuple[str, str]]:
    return [(fact.data["what"], fact.data["found"]) for fact in asking.ours().facts if fact.kind == "looked_up"]


def noted(asking: Asking) -> list[tuple[str, str, str]]:
    contact = asking.ours()
    said = asking.telephone.contacts.messages(contact.tenant, contact.contact)
    return [(message.draft.by, message.draft.kind, message.draft.text) for message in said]


@both
def test_a_caller_hears_how_it_stands_and_it_is_a_fact_without_the_number(key: str, what: str, status: str) -> None:
    asking = asked(house(), key)
    assert words("en", f"{what}_keys") in asking.last["message"]
    assert asking.key("4711")["message"].startswith(status)
    assert found(asking) == [(what, "yes")], "once, though Connect asks twice"
    assert "4711" not in repr(asking.ours().facts)
    assert asking.key("Timeout")["outcome"] == "say"
    assert asking.ours().facts[-1].data == {"topic": f"{what}_status"}


@both
def test_who_hangs_up_while_his_number_is_looked_up_breaks_nothing(key: str, what: str, status: str) -> None:
    telephone = house()
    asking = asked(telephone, key)
    contact = asking.ours()
    telephone.router.abandon(contact.tenant, contact.contact, "", telephone.clock.now())
    assert asking.key("4711")["message"].startswith(status)
    assert asking.facts() == ["arrived", "abandoned"]
    assert noted(asking) == []


@both
def test_an_unknown_number_may_be_mended_once_and_then_leads_to_an_agent(key: str, what: str, status: str) -> None:
    asking = asked(Telephone(), key)
    assert asking.key("1")["outcome"] == "ask_number"
    assert asking.last["message"] == f"{words('en', f'{what}_unknown')} {words('en', f'{what}_keys')}"
    assert asking.key("2")["message"].startswith(words("en", f"{what}_unknown"))
    assert "speak to somebody" in asking.last["message"]
    assert asking.key("Timeout")["outcome"] == "wait"


@both
def test_a_call_may_ask_for_three_numbers_and_as_often_as_it_likes_for_one_of_them(
    key: str, what: str, status: str
) -> None:
    telephone = Telephone()
    telephone.lookups.orders.update({number: f"{number}: here." for number in "1234"})
    telephone.lookups.accounts.update({number: Found(f"{number}: here.") for number in "1234"})
    asking = asked(telephone, key)
    for number in ("1", "2", "3", "1"):
        assert asking.key(number)["message"].startswith(f"{number}: here.")
        asking.key("*")
        asking.key(key)
    before = list(telephone.lookups.asked)
    assert words("en", f"{what}_unknown") in asking.key("4")["message"]
    assert telephone.lookups.asked == before
    assert asking.key("Timeout")["outcome"] == "wait"


def test_who_has_asked_for_his_orders_may_ask_for_his_account_of_the_same_number() -> None:
    telephone = house()
    asking = asked(telephone)
    telephone.lookups.orders.update(dict.fromkeys("123", "Here."))
    for number in ("1", "2", "3"):
        asking.key(number)
        asking.key("4")
    assert asking.key("4711")["message"].startswith(words("en", "order_unknown"))
    assert asking.key("6")["outcome"] == "ask_number"
    assert asking.key("4711")["message"].startswith(ACCOUNT[2])
    assert found(asking)[-1] == ("account", "yes")


def test_an_order_and_an_account_of_one_number_are_two_facts() -> None:
    asking = asked(house())
    asking.key("4711")
    asking.key("6")
    asking.key("4711")
    assert found(asking) == [("order", "yes"), ("account", "yes")]


@both
def test_a_system_that_is_down_leads_to_an_agent(key: str, what: str, status: str) -> None:
    telephone = house()
    telephone.lookups.down = True
    asking = asked(telephone, key)
    assert asking.key("4711")["message"].startswith(words("en", f"{what}_failed"))
    assert found(asking) == [(what, "failed")]
    assert asking.key("Timeout")["outcome"] == "wait"


@both
@pytest.mark.parametrize("keys", ["Timeout", "*", "none", "", "4" * 21])
def test_what_is_no_number_is_not_asked_for(keys: str, key: str, what: str, status: str) -> None:
    telephone = house()
    asking = asked(telephone, key)
    assert asking.key(keys)["outcome"] == "ask_number"
    assert asking.key(keys)["outcome"] in ("wait", "ask_key")
    assert telephone.lookups.asked == []


def test_the_agent_to_whom_the_caller_goes_on_reads_what_the_client_notes_of_the_account_once() -> None:
    asking = asked(house(), "6")
    asking.key("4711")
    asking.key("*")
    asking.key("6")
    asking.key("4711")
    assert asking.key("1")["outcome"] == "wait"
    assert noted(asking) == [("system", "note", NOTE)]
    assert NOTE not in repr(asking.ours().facts), "facts go to other systems, the note does not"


@pytest.mark.parametrize("language", ["en", "de", "fr", "es", "it", "nl", "pl"])
def test_every_language_asks_for_the_customers_number_in_its_own_words(language: str) -> None:
    for key in ("account_keys", "account_unknown", "account_failed"):
        assert (words(language, key) == words("en", key)) is (language == "en")
        assert words(language, key) != words(language, key.replace("account", "order"))


def test_a_client_without_such_a_system_has_no_answer() -> None:
    desk = LookupDesk(Webhook(at_home=True), lambda: MASTER)
    for subject in Subject:
        with pytest.raises(NoAnswer, match=subject.value):
            desk.look_up(changed("clinic"), subject, "4711", caller=CALLER, contact=ContactId("v1"), now=NOW)


def _ways(action: Mapping[str, Any]) -> set[str]:
    ways = action["Transitions"]
    named = [ways, *ways.get("Conditions", []), *ways.get("Errors", [])]
    return {one["NextAction"] for one in named if "NextAction" in one}


def test_what_is_keyed_in_and_read_out_stands_in_no_flow_log_of_connect_and_what_follows_does() -> None:
    """Connect logs what a Lambda is asked and answers, and what a prompt says."""
    flow = actions("InboundFlowArn")
    logging = {name: one["Parameters"].get("FlowLoggingBehavior", "") for name, one in flow.items()}
    assert {logging[name] for name, one in flow.items() if "ask-number" in _ways(one)} == {"Disabled"}
    unlogged, ahead = set[str](), {"ask-number"}
    while ahead:
        here = ahead.pop()
        unlogged.add(here)
        ahead |= {name for name in _ways(flow[here]) if logging[name] != "Enabled"} - unlogged
    assert {"answer", "ask-key"} <= unlogged
    assert "TransferContactToQueue" not in {flow[name]["Type"] for name in unlogged}


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


def look_up(url: str, *, subject: Subject = Subject.ACCOUNT, time_out_s: float = 3.0) -> Found:
    desk = LookupDesk(Webhook(at_home=True, time_out_s=time_out_s), lambda: MASTER)
    other = "http://127.0.0.1:1/"  # nobody is there
    orders, accounts = (url, other) if subject is Subject.ORDER else (other, url)
    client = changed("shop", orders={"url": orders}, accounts={"url": accounts})
    return desk.look_up(client, subject, "4711", caller=CALLER, contact=ContactId("v1"), now=NOW)


@pytest.mark.parametrize("subject", Subject)
def test_the_client_can_tell_that_we_are_asking_and_for_what(subject: Subject) -> None:
    with system(says(b'{"status": "On its way."}')) as (url, seen):
        assert look_up(url, subject=subject) == Found("On its way.")
    (question,) = seen
    assert question["path"] == "/status?from=phone"
    assert json.loads(question["body"]) == {subject.value: "4711", "caller": CALLER, "contact": "v1"}
    assert KEY.is_signed(question["headers"][HEADER], question["body"], NOW)


@pytest.mark.parametrize("subject", Subject)
def test_a_number_that_the_client_does_not_know(subject: Subject) -> None:
    with system(says(b"{}", 404)) as (url, _), pytest.raises(NoSuchNumber):
        look_up(url, subject=subject)


@pytest.mark.parametrize(
    ("note", "kept"),
    [
        ("Owes 40.00,\n since <May>", "Owes 40.00, since May"), ("", ""), ("\x00", ""), (None, ""), (7, ""),
        (["x"], ""), ("x" * 9000, "x" * LONGEST_NOTE),
    ],
)  # fmt: skip
def test_a_note_is_one_plain_line_and_a_bad_one_costs_no_caller_his_answer(note: Any, kept: str) -> None:
    with system(says(json.dumps({"status": "Settled.", "note": note}).encode())) as (url, _):
        assert look_up(url) == Found("Settled.", kept)


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
        said = look_up(url).status
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
