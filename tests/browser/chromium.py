"""The machine's own Chromium: the one that Playwright brings would have to be downloaded."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import requests
from playwright.sync_api import Browser, BrowserContext, expect, sync_playwright

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_PATIENCE_MS = 15_000


def installed() -> str | None:
    return next((path for name in _NAMES if (path := shutil.which(name))), None)


@contextmanager
def launched(path: str) -> Iterator[Browser]:
    expect.set_options(timeout=_PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=_ARGUMENTS)
        yield browser
        browser.close()


def window(browser: Browser, width: int = 1440, height: int = 900) -> BrowserContext:
    """With cookies and storage of its own."""
    context = browser.new_context(viewport={"width": width, "height": height}, locale="en-GB")
    context.set_default_timeout(_PATIENCE_MS)
    return context


def let_in(context: BrowserContext, url: str, signed_in: requests.Session) -> None:
    """Takes the session of somebody who signed in without this browser."""
    context.add_cookies([{"name": "sid", "value": str(signed_in.cookies["sid"]), "url": url, "httpOnly": True}])
