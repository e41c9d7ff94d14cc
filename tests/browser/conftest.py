"""A browser for each test of the pages, an agent at work, and a floor on which nobody waits."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright

from tests.browser.floor import clear_floor
from tests.browser.screens import CustomerPage, Desk
from tests.deployed import Stack

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
NAMES = ("chromium", "chromium-browser", "google-chrome")

expect.set_options(timeout=10_000)

NewPage = Callable[..., Page]


def installed() -> str:
    """The machine's own browser: Playwright's would have to be downloaded. Skips where there is none."""
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    if found is None and os.environ.get("CI") == "true":
        pytest.fail("no Chromium on this machine: apt-get install chromium")
    if found is None:
        pytest.skip("the pages are tried in Chromium, and there is none on this machine: apt-get install chromium")
    return found


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    path = installed()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


class Complaints:
    """What the browser said against our pages: errors of scripts, and what their policy stopped."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    def listen(self, context: BrowserContext) -> None:
        context.on("weberror", lambda error: self.heard.append(f"{error.page and error.page.url}: {error.error}"))
        context.on("console", self._console)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error" and "Content Security Policy" in message.text:
            self.heard.append(message.text)


@pytest.fixture
def complaints() -> Iterator[Complaints]:
    complaints = Complaints()
    yield complaints
    assert not complaints.heard, "the pages gave the browser reason to complain"


@pytest.fixture
def new_page(chromium: Browser, stack: Stack, complaints: Complaints) -> Iterator[NewPage]:
    """A window of somebody else's, with cookies of its own; `signed_in` is one of the sample people."""
    contexts: list[BrowserContext] = []

    def open_page(signed_in: str = "", width: int = 1440, height: int = 900, colours: str = "light") -> Page:
        context = chromium.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if colours == "dark" else "light",
            locale="en-GB",
        )
        contexts.append(context)
        complaints.listen(context)
        if signed_in:
            sid = stack.sign_in(signed_in).cookies["sid"]
            context.add_cookies([{"name": "sid", "value": sid, "url": stack.url, "httpOnly": True}])
        return context.new_page()

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture
def floor(stack: Stack) -> Iterator[None]:
    """Nobody waits, nobody talks, every agent has gone home: before the test, and after it."""
    clear_floor(stack)
    yield
    clear_floor(stack)


@pytest.fixture
def maria(floor: None, new_page: NewPage, stack: Stack) -> Desk:
    """At her desk, with her shift begun."""
    return Desk(new_page("maria"), stack.url).open().start_shift()


@pytest.fixture
def customer(new_page: NewPage, stack: Stack) -> CustomerPage:
    return CustomerPage(new_page(), stack.url).open()


@pytest.fixture
def site(stack: Stack) -> str:
    """Where the sample clients' own sites are: to a browser, strangers to our pages."""
    return f"http://localhost:{urlsplit(stack.url).port}/site"
