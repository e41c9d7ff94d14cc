"""Pictures of every page, for eyes: `python -m tests.browser.screenshots` while the local stack runs.

Light and dark, wide and at the smallest width that a page promises; they lie in .manyline/screenshots.
Sample agents work for them: whatever waits or is open on that stack is brought to its end before and after.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Page, expect

from infra.local.home import Home
from infra.stage import open_stage
from tests.browser.chromium import installed, launched, let_in, window
from tests.browser.floor import Floor
from tests.browser.screens import CustomerPage, Desk, Widget
from tests.deployed import Stack

Size = tuple[int, int]
Colours = Literal["light", "dark"]

WIDE, NARROW, PHONE = (1440, 900), (1280, 720), (360, 740)
LONG_NAME = "Maximiliane-Charlotte von Hohenstein-Wittgensteinbach and her brother"
LONG_WORD = "Wonderful! And this is a long word: " + "Donaudampfschifffahrt" * 6


class Studio:
    def __init__(self, browser: Browser, stack: Stack, folder: Path) -> None:
        self._browser = browser
        self._folder = folder
        self.stack = stack
        self.sites = stack.url.replace("127.0.0.1", "localhost") + "/site"

    def page(self, person: str = "") -> Page:
        context = window(self._browser)
        if person:
            let_in(context, self.stack.url, self.stack.sign_in(person))
        return context.new_page()

    def take(self, page: Page, name: str, *sizes: Size, whole: bool = False) -> None:
        for width, height in sizes or (WIDE, NARROW):
            page.set_viewport_size({"width": width, "height": height})
            colours: tuple[Colours, ...] = ("light", "dark")
            for colour in colours:
                page.emulate_media(color_scheme=colour, reduced_motion="reduce")
                page.wait_for_timeout(150)  # frames of other sites draw a moment later
                page.screenshot(path=self._folder / f"{name}-{width}-{colour}.png", full_page=whole)
        page.set_viewport_size({"width": WIDE[0], "height": WIDE[1]})


def sign_in(studio: Studio) -> None:
    page = studio.page()
    page.goto(f"{studio.stack.url}/login")
    studio.take(page, "login", WIDE, PHONE)
    page.get_by_label("E-mail address").fill("maria@manyline.example")
    page.get_by_label("Password").fill("not this one")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_be_visible()
    studio.take(page, "login-wrong", WIDE)


def home(studio: Studio) -> None:
    for person in ("olivia", "clara"):
        page = studio.page(person)
        page.goto(f"{studio.stack.url}/home")
        studio.take(page, f"home-{person}", WIDE, PHONE)


def desk(studio: Studio) -> None:
    customer = CustomerPage(studio.page(), studio.stack.url).open()
    maria = Desk(studio.page("maria"), studio.stack.url).open()
    studio.take(maria.page, "desk-1-off-shift")
    maria.start_shift()
    studio.take(maria.page, "desk-2-empty")
    maria.page.locator(".menu summary").click()
    studio.take(maria.page, "desk-3-status", WIDE)
    maria.page.keyboard.press("Escape")
    _call(studio, maria, customer)
    _mail(studio, maria, customer)
    _chat(studio, maria, customer)
    maria.page.get_by_role("button", name="Keys").click()
    studio.take(maria.page, "desk-keys", NARROW)


def _call(studio: Studio, maria: Desk, customer: CustomerPage) -> None:
    customer.call("Luna Shop", number="+15550100200")
    customer.key("one")
    expect(maria.offer("Luna Shop")).to_be_visible(timeout=25_000)
    studio.take(maria.page, "desk-4-ringing")
    call = maria.take("Luna Shop")
    customer.say("My lamp arrived in two pieces. The box was fine, so I only saw it when I opened it.")
    maria.pane(call).get_by_label("Say on the telephone").fill("I am so sorry. A new one leaves today.")
    maria.pane(call).get_by_role("button", name="Say").click()
    expect(maria.heard(call).filter(has_text="A new one leaves today")).to_be_visible()
    studio.take(maria.page, "desk-5-call")
    studio.take(customer.page, "try-call", PHONE, whole=True)
    maria.press(call, "Hold")
    maria.expect_state(call, "held")
    studio.take(maria.page, "desk-6-hold", WIDE)
    maria.press(call, "Hang up")
    maria.expect_state(call, "ended")
    studio.take(maria.page, "desk-6-call-wrap-up", WIDE)
    maria.wrap_up(call, "Order status given")


def _mail(studio: Studio, maria: Desk, customer: CustomerPage) -> None:
    customer.write(
        "help@luna-shop.example", f"About my order, by {LONG_NAME}", "Is the Moon lamp warm?\n\n> It was\n\nJana"
    )
    expect(maria.offer("About my order")).to_be_visible(timeout=25_000)
    studio.take(maria.page, "desk-7-mail-offered", NARROW)
    mail = maria.take("About my order")
    maria.text(mail).fill("Hello Jana,\n\nwarm: 2700 kelvin.")
    studio.take(maria.page, "desk-7-mail")
    maria.pane(mail).get_by_role("button", name="Send mail").click()
    expect(maria.said(mail)).to_have_count(2)
    studio.take(maria.page, "desk-7-mail-sent", NARROW)


def _chat(studio: Studio, maria: Desk, customer: CustomerPage) -> None:
    customer.chat.open().ask("Do you ship to Maine?", name=LONG_NAME, email="ben@example.com")
    chat = maria.take("Maximiliane")
    maria.say(chat, "We do, in two days. With us, every lamp travels in a box that was made for it.")
    customer.chat.say(LONG_WORD)
    expect(maria.said(chat)).to_have_count(3)
    maria.pane(chat).get_by_text("Note", exact=True).click()
    maria.text(chat).fill("Asks for Maine; was friendly.")
    maria.pane(chat).get_by_role("button", name="Keep note").click()
    expect(maria.said(chat)).to_have_count(4)
    studio.take(maria.page, "desk-8-chat")
    studio.take(customer.page, "try-all", WIDE, whole=True)
    customer.page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    customer.page.locator("#chat-frame").scroll_into_view_if_needed()
    studio.take(customer.page, "try-chat", PHONE)
    maria.press(chat, "End chat")
    maria.expect_state(chat, "ended")
    maria.side(chat).get_by_role("radio", name="Complaint").check()
    studio.take(maria.page, "desk-9-wrap-up")
    maria.page.keyboard.press("Tab")
    studio.take(maria.page, "desk-9-focus", WIDE)


def widget(studio: Studio) -> None:
    maria = Desk(studio.page("maria"), studio.stack.url).open().start_shift()
    page = studio.page()
    page.goto(f"{studio.sites}/shop")
    chat = Widget(page)
    expect(chat.launcher).to_be_visible()
    studio.take(page, "site", WIDE, PHONE)
    chat.open()
    studio.take(page, "site-hello", WIDE)
    chat.ask("Do you ship to Maine?", name="Ben")
    expect(chat.state).to_contain_text("queue")
    contact = maria.take("Ben")
    maria.say(contact, "We do, in two days.")
    chat.say(LONG_WORD)
    expect(chat.messages.filter(has_text="long word")).to_be_visible()
    studio.take(page, "site-chat", WIDE)
    maria.press(contact, "End chat")
    expect(chat.state).to_contain_text("ended")
    studio.take(page, "site-ended", WIDE)
    small = studio.page()
    small.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    small.goto(f"{studio.sites}/shop")
    Widget(small).open().ask("And to Alaska?")
    expect(Widget(small).state).to_contain_text("queue")
    studio.take(small, "site-phone", PHONE)
    plumber = studio.page()
    plumber.goto(f"{studio.sites}/plumber")
    Widget(plumber).open().ask("My sink leaks.")
    expect(Widget(plumber).state).to_contain_text("We do not chat")
    studio.take(plumber, "site-refused", WIDE)


def mail(studio: Studio) -> None:
    page = studio.page()
    page.goto(f"{studio.stack.url}/mail")
    studio.take(page, "mail", WIDE, PHONE)
    page.locator(".scroll a").first.click()
    studio.take(page, "mail-one", WIDE, PHONE, whole=True)


SCENES = {scene.__name__: scene for scene in (sign_in, home, desk, widget, mail)}


@contextmanager
def _studio() -> Iterator[Studio]:
    path, local = installed(), Home()
    if path is None:
        raise SystemExit("no Chromium on this machine: apt-get install chromium")
    folder = local.folder / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    stack = Stack(home=local, stage=open_stage(home=local), ports=local.ports())
    with launched(path) as browser:
        yield Studio(browser, stack, folder)
    print(f"{len(list(folder.glob('*.png')))} pictures in {folder}")


def main(wanted: list[str]) -> None:
    with _studio() as studio:
        floor = Floor(studio.stack)
        for name in wanted or SCENES:
            floor.clear()
            SCENES[name](studio)
        floor.clear()


if __name__ == "__main__":
    main(sys.argv[1:])
