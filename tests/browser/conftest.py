"""A browser for the tests of the pages, an agent at work, and a floor on which nobody waits."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page

from tests.browser.chromium import installed, launched, let_in, window
from tests.browser.floor import Floor
from tests.browser.screens import CustomerPage, Desk
from tests.deployed import Stack

_MISSING = "the pages are tried in Chromium, and there is none on this machine: apt-get install chromium"

NewPage = Callable[..., Page]


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    path = installed()
    if path is None and os.environ.get("CI") == "true":
        pytest.fail(_MISSING)
    if path is None:
        pytest.skip(_MISSING)
    with launched(path) as browser:
        yield browser


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
    """A window of somebody else's, signed in as one of the sample people or as nobody."""
    contexts: list[BrowserContext] = []

    def open_page(person: str = "", width: int = 1440, height: int = 900) -> Page:
        context = window(chromium, width, height)
        contexts.append(context)
        complaints.listen(context)
        if person:
            let_in(context, stack.url, stack.sign_in(person))
        return context.new_page()

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture(scope="package")
def everybody(chromium: Browser, stack: Stack) -> Floor:
    floor = Floor(stack)
    floor.clear()  # of what other tests left
    return floor


@pytest.fixture
def floor(everybody: Floor) -> Iterator[None]:
    """Nobody waits, nobody talks, every agent has gone home; afterwards it is so again."""
    yield
    everybody.clear()


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
