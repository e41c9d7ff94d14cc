"""The page behind the link, as a mail scanner, somebody on call and a stranger find it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from chalice.test import Client, HTTPResponse

from app import app
from chalicelib import wiring as house
from chalicelib.outreach import wiring
from chalicelib.outreach.model.link import Held, LinkTokens
from chalicelib.tenancy.model.on_call import By
from tests.fakes.night import DANA, RAY, Night, ladder, step
from tests.fakes.on_call import KEY
from tests.fakes.stage import environment, every_setting
from tests.fakes.tenants import sample

FORM = {
    "Content-Type": "application/x-www-form-urlencoded",
    "Host": "manyline.example",
    "Origin": "https://manyline.example",
    "Accept": "text/html",
}
HOSTILE = '<script>alert("1")</script> 411 Elm'


@pytest.fixture
def night(monkeypatch: pytest.MonkeyPatch) -> Iterator[Night]:
    """The doors' service as it is wired, on memory. Its clock is the real one."""
    night = Night(ladder(step(DANA, By.EMAIL, 30), step(RAY, By.SMS)), now=datetime.now(UTC))
    monkeypatch.setattr(house, "database", lambda: night.database)
    monkeypatch.setattr(house, "contacts", lambda: night.contacts)
    monkeypatch.setattr(house, "signing_key", lambda: KEY)
    wiring.dispatches.cache_clear()
    wiring.links.cache_clear()
    night.begins(HOSTILE)
    with environment(**every_setting()):
        yield night
    wiring.dispatches.cache_clear()
    wiring.links.cache_clear()


@pytest.fixture
def browser(night: Night) -> Iterator[Client]:
    with Client(app) as client:
        yield client


def opens(browser: Client, token: str) -> HTTPResponse:
    return browser.http.get(f"/oncall/{token}", headers={"Host": "manyline.example", "Accept": "text/html"})


def presses(browser: Client, token: str, **headers: str) -> HTTPResponse:
    return browser.http.post(f"/oncall/{token}", headers={**FORM, **headers}, body=b"")


def test_opening_the_link_shows_the_message_and_changes_nothing(night: Night, browser: Client) -> None:
    token = night.link()
    for _ in range(3):
        answer = opens(browser, token)
    html = answer.body.decode()
    assert answer.status_code == 200
    assert "Urgent for Rapid Plumbing: Water" in html
    assert "&lt;script&gt;" in html
    assert "<script" not in html
    assert html.count("<button") == 1
    assert 'method="post"' in html
    assert night.it.running


def test_the_page_runs_no_script_and_is_kept_nowhere(night: Night, browser: Client) -> None:
    headers = opens(browser, night.link()).headers
    assert headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'self';")
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert (headers["Cache-Control"], headers["Referrer-Policy"]) == ("no-store", "same-origin")
    assert headers["X-Robots-Tag"] == "noindex"


def test_the_button_takes_it_and_again_says_the_same(night: Night, browser: Client) -> None:
    token = night.link()
    for _ in range(2):
        answer = presses(browser, token)
        assert "Thank you, Dana: it is yours." in answer.body.decode()
    assert (night.it.who, night.it.how) == (DANA, "email")
    assert night.facts().count("acknowledged") == 1
    assert "<button" not in answer.body.decode()


def test_who_comes_late_is_told_who_has_it_and_reads_nothing_more(night: Night, browser: Client) -> None:
    token = night.link()
    night.takes(RAY, "desk")
    for answer in (opens(browser, token), presses(browser, token)):
        html = answer.body.decode()
        assert "Ray has taken it already." in html
        assert "411 Elm" not in html


def test_an_old_link_says_that_it_is_over(night: Night, browser: Client) -> None:
    token = night.link()
    night.dispatches.cancel(night.client.id, night.id, by="agent:maria", now=night.now)
    html = presses(browser, token).body.decode()
    assert "This message needs nobody any more." in html
    assert "411 Elm" not in html


@pytest.mark.parametrize(
    "kind", ["a stranger's", "another client's", "another attempt's", "of another key", "a call's"]
)
def test_a_link_that_is_none_opens_nothing(night: Night, browser: Client, kind: str) -> None:
    token = night.link()
    held = Held(night.client.id, night.id, 1)
    forged = {
        "a stranger's": token[:-1] + ("2" if token[-1] != "2" else "3"),
        "another client's": token.replace("plumber", "clinic"),
        "another attempt's": token.replace(".1.", ".2."),
        "of another key": LinkTokens(b"x" * 32).sign(held),
        "a call's": LinkTokens(KEY).sign(Held(sample("clinic").id, night.id, 1)),
    }[kind]
    for answer in (opens(browser, forged), presses(browser, forged)):
        assert answer.status_code == 404
        assert "411 Elm" not in answer.body.decode()
    assert night.it.running


def test_another_site_cannot_press_the_button(night: Night, browser: Client) -> None:
    answer = presses(browser, night.link(), Origin="https://evil.example")
    assert answer.status_code == 403
    assert night.it.running
