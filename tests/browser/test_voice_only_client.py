"""A client who booked the telephone only: who writes or chats gets a polite answer, and no agent is disturbed."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.conftest import NewPage
from tests.browser.screens import CustomerPage, Desk, Widget
from tests.deployed import Stack, eventually


def refused(stack: Stack) -> int:
    answer = stack.sign_in("fiona").get(f"{stack.url}/api/tenants/plumber/usage", timeout=30)
    return int(answer.json()["meters"]["refused"]["contacts"])


def test_a_chat_and_a_mail_to_the_plumber_are_answered_politely_and_no_desk_shows_them(
    stack: Stack, maria: Desk, customer: CustomerPage, new_page: NewPage, site: str
) -> None:
    before = refused(stack)
    page = new_page()
    page.goto(f"{site}/plumber")
    chat = Widget(page).open()
    chat.ask("My sink leaks, and I do not like to talk.")
    expect(chat.state).to_contain_text("We do not chat, but we do answer the phone: +1 555 010 0100")
    expect(chat.frame.get_by_role("button", name="Start a new chat")).to_be_hidden()

    customer.write("office@rapid-plumbing.example", "My sink leaks", "It really does.")
    answer = customer.answers("Rapid Plumbing").first
    expect(answer).to_contain_text("Please call us at +1 555 010 0100")

    assert eventually(lambda: refused(stack) == before + 2), "both are on the account as refused"
    maria.expect_empty()
    expect(maria.page.get_by_text("Nothing is offered.")).to_be_visible()
