"""A call from the ring to the end of its wrap-up, without a mouse."""

from __future__ import annotations

import requests
from playwright.sync_api import expect

from tests.browser.screens import Desk
from tests.deployed import Stack


def test_an_agent_serves_a_call_by_keys_alone(stack: Stack, maria: Desk) -> None:
    call = {"to": "+15550100200", "from": "+15550123456", "press": "2"}
    requests.post(f"{stack.url}/try/api/calls", json=call, timeout=30).raise_for_status()
    page = maria.page
    contact = maria.offer("Luna Shop").get_attribute("data-contact", timeout=25_000) or ""
    expect(page.get_by_role("alert")).to_contain_text("Call for Luna Shop")

    page.keyboard.press("Alt+KeyA")
    maria.expect_state(contact, "connected")
    expect(page.locator(f"#title-{contact}")).to_be_focused()
    page.keyboard.press("Alt+KeyP")
    expect(maria.text(contact)).to_be_focused()
    page.keyboard.type("Sends the lamp back.")
    page.keyboard.press("Control+Enter")
    expect(maria.words(contact)).to_have_text(["Sends the lamp back."])
    page.keyboard.press("Alt+KeyH")
    maria.expect_state(contact, "held")
    page.keyboard.press("Alt+KeyH")
    maria.expect_state(contact, "connected")
    page.keyboard.press("Alt+KeyE")
    maria.expect_state(contact, "ended")

    outcomes = maria.side(contact).get_by_role("radio")
    for _ in range(20):
        page.keyboard.press("Tab")
        if outcomes.first.evaluate("field => field === document.activeElement"):
            break
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    expect(outcomes.first).to_be_checked()
    page.keyboard.press("Alt+KeyW")
    maria.expect_empty()
    expect(page.locator("#work")).to_be_focused()
