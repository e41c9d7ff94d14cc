"""What people see: the agent's desk, the customer's page and the chat on a client's site, in their own words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from playwright.sync_api import FrameLocator, Locator, Page, expect


@dataclass(frozen=True, slots=True)
class Desk:
    """The page of one agent."""

    page: Page
    url: str

    def open(self) -> Desk:
        self.page.goto(f"{self.url}/desk")
        self.expect_live()
        return self

    def start_shift(self) -> Desk:
        self.page.get_by_role("button", name="Start shift").click()
        expect(self.page.locator("#presence")).to_have_attribute("data-status", "available")
        return self

    def expect_live(self) -> None:
        expect(self.page.locator("#link")).to_have_text("Live", timeout=20_000)

    def expect_empty(self) -> None:
        expect(self.rows).to_have_count(0)

    @property
    def rows(self) -> Locator:
        return self.page.locator(".row")

    def offer(self, words: str) -> Locator:
        """The row of what is offered, found by what it says."""
        return self.page.locator("#offers .row").filter(has_text=words)

    def mine(self, words: str) -> Locator:
        return self.page.locator("#mine .row").filter(has_text=words)

    def take(self, words: str) -> str:
        """Answers or accepts what is offered, and waits until it is the agent's; its contact id."""
        row = self.offer(words)
        contact = row.get_attribute("data-contact", timeout=25_000) or ""
        row.get_by_role("button", name="Answer").or_(row.get_by_role("button", name="Accept")).click()
        expect(self.page.locator(f"#mine #row-{contact}[data-state=connected]")).to_be_visible(timeout=25_000)
        expect(self.pane(contact)).to_be_visible()
        return contact

    def choose(self, contact: str) -> None:
        self.page.locator(f"#open-{contact}").click()
        expect(self.pane(contact)).to_be_visible()

    def pane(self, contact: str) -> Locator:
        return self.page.locator(f"#pane-{contact}")

    def side(self, contact: str) -> Locator:
        return self.page.locator(f"#side-{contact}")

    def text(self, contact: str) -> Locator:
        """Where a message, a mail or a note is written."""
        return self.page.locator(f"#text-{contact}")

    def say(self, contact: str, words: str) -> None:
        """Sends a line of a chat, and waits until the server has it."""
        self.text(contact).fill(words)
        self.text(contact).press("Enter")
        expect(self.text(contact)).to_have_value("")

    def said(self, contact: str) -> Locator:
        return self.page.locator(f"#thread-{contact} .msg")

    def words(self, contact: str) -> Locator:
        """The same without who said it and when."""
        return self.said(contact).locator("> .text")

    def heard(self, contact: str) -> Locator:
        """What is said on the telephone."""
        return self.page.locator(f"#words-{contact} .msg")

    def expect_state(self, contact: str, state: str) -> None:
        expect(self.page.locator(f"#row-{contact}")).to_have_attribute("data-state", state, timeout=20_000)

    def press(self, contact: str, name: str) -> None:
        self.page.locator(f"#head-{contact}").get_by_role("button", name=name, exact=True).click()

    def wrap_up(self, contact: str, outcome: str, note: str = "") -> None:
        self.choose(contact)
        self.expect_state(contact, "ended")
        form = self.side(contact).locator(".wrap")
        form.get_by_role("radio", name=outcome).check()
        if note:
            form.get_by_label("Note").fill(note)
        form.get_by_role("button", name="Finish").click()
        expect(self.page.locator(f"#row-{contact}")).to_have_count(0)


@dataclass(frozen=True, slots=True)
class CustomerPage:
    """/try: a phone, a mail program, and a client's site."""

    page: Page
    url: str

    def open(self) -> CustomerPage:
        self.page.goto(f"{self.url}/try")
        # The cards are ready when they know whom one can call, write to and visit.
        for card in ("#phone-card", "#mail-card", "#chat-card"):
            expect(self.page.locator(f"{card} option", has_text="Luna Shop")).not_to_have_count(0)
        return self

    @property
    def phone(self) -> Locator:
        return self.page.locator("#phone-card")

    @property
    def mail(self) -> Locator:
        return self.page.locator("#mail-card")

    @property
    def heard(self) -> Locator:
        return self.page.get_by_role("log", name="What you hear and say")

    def call(self, client: str, *, number: str) -> None:
        self.phone.get_by_label("I am calling").select_option(number)
        self.phone.get_by_role("button", name="Call", exact=True).click()
        expect(self.phone.locator("#phone-state")).to_contain_text(client)

    def key(self, name: str) -> None:
        self.phone.get_by_role("button", name=f"Key {name}").click()

    def say(self, words: str) -> None:
        self.phone.get_by_label("Say something").fill(words)
        self.phone.get_by_role("button", name="Say", exact=True).click()

    def expect_call(self, words: str) -> None:
        expect(self.phone.locator("#phone-state")).to_contain_text(words, timeout=25_000)

    def write(self, to: str, subject: str, text: str) -> None:
        form = self.mail.locator("#mail-form")
        form.locator("[name=to]").select_option(to)
        form.get_by_label("Subject").fill(subject)
        form.get_by_label("Text").fill(text)
        form.get_by_role("button", name="Send mail").click()
        expect(form.get_by_role("status")).to_have_text("Sent.")

    def answers(self, client: str) -> Locator:
        """The mails that came from a client, the newest first."""
        return self.mail.locator("#mail-thread > .mail-from-client").filter(has_text=client)

    @property
    def chat(self) -> Widget:
        return Widget(self.page.frame_locator("#chat-frame"))


class Widget:
    """The chat on a client's site; `site` is the page around it, or the frame that shows that page."""

    def __init__(self, site: Page | FrameLocator) -> None:
        self.launcher = site.get_by_role("button", name="Chat with us")
        self.frame = site.frame_locator("iframe")

    def open(self) -> Widget:
        self.launcher.click()
        expect(self.frame.locator("#question")).to_be_focused()
        return self

    def ask(self, question: str, *, name: str = "", email: str = "") -> None:
        if name:
            self.frame.get_by_label("Name").fill(name)
        if email:
            self.frame.get_by_label("Mail address").fill(email)
        self.frame.get_by_label("How can we help?").fill(question)
        self.frame.get_by_role("button", name="Start chat").click()

    def say(self, words: str) -> None:
        self.frame.get_by_label("Your message").fill(words)
        self.frame.get_by_role("button", name="Send").click()

    @property
    def messages(self) -> Locator:
        return self.frame.locator("#log .message .text")

    @property
    def state(self) -> Locator:
        return self.frame.locator("#state")


def typing(field: Locator) -> dict[str, Any]:
    """What stands in a field, whether it has the focus, and where the caret is."""
    found: dict[str, Any] = field.evaluate(
        "field => ({text: field.value, focus: document.activeElement === field,"
        " from: field.selectionStart, to: field.selectionEnd})"
    )
    return found
