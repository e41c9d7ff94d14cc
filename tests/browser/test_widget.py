"""The chat on clients' sites: on theirs, on a stranger's, over a reload and a broken line."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator

import pytest
import requests
from playwright.sync_api import expect

from tests.browser.conftest import Complaints, NewPage
from tests.browser.gate import Gate
from tests.browser.screens import Desk, Widget
from tests.browser.visitor import SHOP_KEY
from tests.deployed import Stack


@pytest.fixture
def strangers_site(stack: Stack) -> Iterator[str]:
    """A site that is on nobody's list, and shows the shop's chat all the same."""
    script = f'<script src="{stack.url}/widget/loader.js" data-key="{SHOP_KEY}"></script>'
    page = f"<!doctype html><title>Not the shop</title>{script}"

    class Site(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(page.encode())

        def log_message(self, format: str, *args: object) -> None:
            """Nobody reads it."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://localhost:{server.server_address[1]}"
        server.shutdown()


def test_a_strangers_site_shows_no_chat_and_the_api_refuses_it(
    stack: Stack, new_page: NewPage, strangers_site: str, complaints: Complaints
) -> None:
    page = new_page()
    with page.expect_console_message(lambda message: "not on its list" in message.text):
        page.goto(strangers_site)
    expect(Widget(page).launcher).to_have_count(0)
    expect(page.locator("iframe")).to_have_count(0)
    assert any("frame-ancestors" in words for words in complaints.heard), "the browser itself refused the frame"
    complaints.heard.clear()

    opening = {"key": SHOP_KEY, "session": "s" * 32, "text": "Hello", "origin": strangers_site}
    answer = stack.visitor().post(f"{stack.url}/api/chat/sessions", json=opening, timeout=30)
    assert answer.status_code == 403
    frame = requests.get(f"{stack.url}/widget/wk_nobody_00000000/frame", timeout=30)
    assert (frame.status_code, "frame-ancestors 'none'" in frame.headers["Content-Security-Policy"]) == (404, True)


def test_a_chat_goes_on_after_a_reload_and_a_broken_line(
    stack: Stack, maria: Desk, new_page: NewPage, site: str
) -> None:
    page = new_page()
    gate = Gate(page, stutters=True)
    page.goto(f"{site}/shop")
    chat = Widget(page).open()
    chat.ask("one", name="Ben")
    contact = maria.take("Ben")
    expect(chat.messages).to_have_text(["one", "An agent is here."])

    gate.shut()
    maria.say(contact, "two")
    maria.say(contact, "three")
    gate.open()
    expect(chat.messages).to_have_text(["one", "An agent is here.", "two", "three"])

    page.reload()
    chat.launcher.click()
    expect(chat.messages).to_have_text(["one", "two", "three"])
    chat.say("four")
    expect(maria.words(contact)).to_have_text(["one", "two", "three", "four"])
    maria.say(contact, "five")
    maria.say(contact, "six")
    expect(chat.messages).to_have_text(["one", "two", "three", "four", "five", "six"])


def test_a_closed_window_counts_what_it_missed(stack: Stack, maria: Desk, new_page: NewPage, site: str) -> None:
    page = new_page()
    page.goto(f"{site}/shop")
    chat = Widget(page).open()
    chat.ask("Hello?", name="Ben")
    contact = maria.take("Ben")
    chat.frame.locator("body").press("Escape")
    expect(chat.launcher).to_be_focused()
    maria.say(contact, "Good morning!")
    expect(chat.launcher).to_have_text("Chat with us: Luna Shop (1)")
    chat.launcher.click()
    expect(chat.launcher).to_have_text("Chat with us: Luna Shop")
