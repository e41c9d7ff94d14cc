"""A newcomer calls, writes and chats; one agent serves all three on one page, and the client's account grows by it."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import expect

from tests.browser.screens import CustomerPage, Desk
from tests.deployed import Stack, eventually

SHOP = "Luna Shop"
CUSTOMER = "jana@example.com"


def usage(stack: Stack) -> dict[str, Any]:
    answer = stack.sign_in("clara").get(f"{stack.url}/api/tenants/shop/usage", timeout=30)
    meters: dict[str, Any] = answer.json()["meters"]
    return meters


def test_one_agent_serves_a_call_a_mail_and_a_chat_from_one_page(
    stack: Stack, maria: Desk, customer: CustomerPage
) -> None:
    before = usage(stack)
    serve_the_call(maria, customer)
    mail = take_the_mail(maria, customer)
    chat = take_the_chat(maria, customer)
    expect(maria.rows).to_have_count(2)
    finish_both(maria, customer, mail, chat)
    expect_on_the_account(stack, before)


def serve_the_call(maria: Desk, customer: CustomerPage) -> None:
    customer.call(SHOP, number="+15550100200")
    expect(customer.heard).to_contain_text("Hello and welcome to Luna Shop, where the light comes from.")
    customer.key("one")

    offer = maria.offer(SHOP)
    expect(offer.locator(".bell")).to_have_text("rings", timeout=25_000)
    expect(offer).to_contain_text("+15550123456")
    call = maria.take(SHOP)
    expect(maria.side(call)).to_contain_text("Luna Shop, hello! How can I brighten your day?")
    customer.expect_call("You talk to an agent")

    customer.say("My lamp arrived in two pieces.")
    expect(maria.heard(call).filter(has_text="My lamp arrived in two pieces.")).to_have_count(1)
    maria.pane(call).get_by_label("Say on the telephone").fill("I am so sorry. A new one leaves today.")
    maria.pane(call).get_by_role("button", name="Say").click()
    expect(customer.heard).to_contain_text("A new one leaves today.")

    maria.press(call, "Hold")
    customer.expect_call("You are on hold")
    maria.expect_state(call, "held")
    maria.press(call, "Resume")
    customer.expect_call("You talk to an agent")
    maria.press(call, "Hang up")
    customer.expect_call("The call is over")
    maria.wrap_up(call, "Replacement sent", note="New lamp, order 4711")
    maria.expect_empty()


def take_the_mail(maria: Desk, customer: CustomerPage) -> str:
    customer.write("help@luna-shop.example", "A question of light", "Is the Moon lamp warm or cold?\n\nJana")
    mail = maria.take("A question of light")
    expect(maria.said(mail)).to_have_count(1)
    expect(maria.said(mail)).to_contain_text("Is the Moon lamp warm or cold?")
    maria.text(mail).fill("Warm: 2700 kelvin.")
    maria.pane(mail).get_by_role("button", name="Send mail").click()
    expect(maria.said(mail)).to_have_count(2)
    expect(maria.text(mail)).to_have_value("")

    answer = customer.answers(SHOP).first
    expect(answer).to_contain_text("Warm: 2700 kelvin.")
    expect(answer).to_contain_text("Re: A question of light")
    expect(answer).to_contain_text("Your Luna Shop team")
    return mail


def take_the_chat(maria: Desk, customer: CustomerPage) -> str:
    customer.chat.open().ask("Do you ship to Maine?", name="Ben", email="ben@example.com")
    expect(customer.chat.state).to_contain_text("You are in the queue")
    chat = maria.take("Ben")
    expect(maria.said(chat)).to_contain_text(["Do you ship to Maine?"])
    expect(customer.chat.messages).to_contain_text(["An agent is here"])

    maria.say(chat, "We do, in two days.")
    expect(customer.chat.messages).to_contain_text(["Do you ship to Maine?", "We do, in two days."])
    customer.chat.say("Wonderful!")
    expect(maria.said(chat)).to_contain_text(["Do you ship to Maine?", "We do, in two days.", "Wonderful!"])
    return chat


def finish_both(maria: Desk, customer: CustomerPage, mail: str, chat: str) -> None:
    maria.press(chat, "End chat")
    expect(customer.chat.state).to_contain_text("This chat has ended")
    maria.wrap_up(chat, "Advice before buying")
    maria.choose(mail)
    maria.press(mail, "Close mail")
    maria.wrap_up(mail, "Advice before buying")
    maria.expect_empty()


def expect_on_the_account(stack: Stack, before: dict[str, Any]) -> None:
    def grown(meter: str, what: str = "contacts") -> int:
        return int(usage(stack)[meter][what]) - int(before[meter][what])

    assert eventually(lambda: [grown(meter) for meter in ("voice_seconds", "email", "chat")] == [1, 1, 1])
    assert grown("voice_seconds", "quantity") > 0, "the call took some seconds"
