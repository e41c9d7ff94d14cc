"""The desk while news pours in, the line breaks, and a finger is too quick."""

from __future__ import annotations

import secrets

from playwright.sync_api import expect

from tests.browser.conftest import NewPage
from tests.browser.gate import Gate, SlowAnswer
from tests.browser.screens import Desk, typing
from tests.browser.visitor import Visitor
from tests.deployed import Stack, eventually


def test_what_an_agent_types_survives_all_news(stack: Stack, maria: Desk) -> None:
    ben = Visitor(stack, "Are you there?", name="Ben")
    chat = maria.take("Ben")
    field = maria.text(chat)
    field.fill("Half a sentence, and the caret in the middle")
    field.evaluate("field => field.setSelectionRange(7, 10)")
    before = typing(field)

    script = stack.sign_in("maria")  # the same agent's words from somewhere else come as news, too
    for number in range(1, 9):
        ben.say(f"customer {number}")
        note = {"text": f"note {number}", "client_id": secrets.token_hex(8), "kind": "note"}
        script.post(f"{stack.url}/api/desk/shop/{chat}/messages", json=note, timeout=30)
    Visitor(stack, "Me too!", name="Somebody else")

    expect(maria.said(chat)).to_have_count(17)
    expect(maria.offer("Somebody else")).to_be_visible()
    assert typing(field) == before == {**before, "focus": True}


def test_after_the_line_broke_every_message_is_there_exactly_once(stack: Stack, floor: None, new_page: NewPage) -> None:
    page = new_page("maria")
    gate = Gate(page, stutters=True)
    maria = Desk(page, stack.url).open().start_shift()
    ben = Visitor(stack, "one", name="Ben")
    chat = maria.take("Ben")
    ben.say("two")
    expect(maria.words(chat)).to_have_text(["one", "two"])

    gate.shut()
    ben.say("three")
    expect(page.locator("#link")).to_contain_text("Reconnecting")
    maria.say(chat, "four")
    assert eventually(lambda: "four" in ben.reads()), "what an agent sends needs no open line"
    ben.say("five")
    gate.open()
    maria.expect_live()
    expect(maria.words(chat)).to_have_text(["one", "two", "three", "four", "five"])
    ben.say("six")
    expect(maria.words(chat)).to_have_text(["one", "two", "three", "four", "five", "six"])


def test_an_answer_that_was_overtaken_brings_nothing_back(stack: Stack, floor: None, new_page: NewPage) -> None:
    page = new_page("maria")
    offline = SlowAnswer(page, "/desk/inbox")
    maria = Desk(page, stack.url).open().start_shift()
    offline.let_through()
    expect(page.locator("#presence")).to_have_attribute("data-status", "available")

    Visitor(stack, "Hello?", name="Ben")
    chat = maria.take("Ben")
    maria.press(chat, "End chat")
    maria.expect_state(chat, "ended")
    unfinished = SlowAnswer(page, "/desk/inbox")
    with page.expect_request("**/desk/inbox"):
        page.evaluate("dispatchEvent(new Event('online'))")
    maria.wrap_up(chat, "Advice before buying")
    unfinished.let_through()
    maria.expect_empty()


def test_a_double_click_sends_one_message(stack: Stack, maria: Desk) -> None:
    ben = Visitor(stack, "Hello?", name="Ben")
    chat = maria.take("Ben")
    maria.text(chat).fill("Good morning, Ben.")
    maria.pane(chat).get_by_role("button", name="Send").dblclick()
    expect(maria.text(chat)).to_have_value("")
    maria.say(chat, "What can I do for you?")
    said = ["Hello?", "Good morning, Ben.", "What can I do for you?"]
    expect(maria.words(chat)).to_have_text(said)
    assert ben.reads() == said
