"""Whatever strangers write, in whatever field, is shown as they wrote it and does nothing."""

from __future__ import annotations

import requests
from playwright.sync_api import Page, expect

from tests.browser.conftest import NewPage
from tests.browser.screens import CustomerPage, Desk, Widget
from tests.deployed import Stack, eventually

TRAP = "/sprung"
CORPUS = (
    "<script>fetch('/sprung')</script>",
    "<img src=/sprung onerror=fetch('/sprung')>",
    "<b hx-get=/sprung hx-trigger=load>x</b>",
    '"><svg onload=fetch("/sprung")>',
    "' autofocus onfocus='fetch(`/sprung`)",
    "<hx-partial hx-target=body><i hx-get=/sprung hx-trigger=load></i></hx-partial>",
    "</textarea></title></li><iframe src=/sprung></iframe>",
    "<div x-data x-init=fetch('/sprung')>{{ 7*7 }} ${7*7}</div>",
    "javascript:fetch('/sprung')",
    "\u202eht eman",
)
NAME = '<img src=/sprung onerror=fetch("/sprung")><b hx-get=/sprung hx-trigger=load>'


def watch(page: Page, sprung: list[str]) -> Page:
    page.on("request", lambda request: sprung.append(request.url) if TRAP in request.url else None)
    page.on("dialog", lambda dialog: sprung.append(dialog.message))
    return page


def test_a_chat_full_of_traps_stays_text_on_both_sides(stack: Stack, maria: Desk, new_page: NewPage, site: str) -> None:
    sprung: list[str] = []
    watch(maria.page, sprung)
    page = watch(new_page(), sprung)
    page.goto(f"{site}/shop")
    chat = Widget(page).open()
    chat.ask(CORPUS[0], name=NAME)
    contact = maria.take(NAME)
    expect(maria.page.locator(f"#title-{contact}")).to_have_text(NAME)
    for words in CORPUS[1:8]:
        chat.say(words)
    maria.say(contact, CORPUS[2])
    everything = [*CORPUS[:8], CORPUS[2]]
    expect(maria.words(contact)).to_have_count(len(everything))
    assert sorted(maria.words(contact).all_inner_texts()) == sorted(everything)
    expect(chat.messages).to_have_count(len(everything) + 1)  # and that an agent is here
    assert set(everything) <= set(chat.messages.all_inner_texts())
    maria.page.reload()
    maria.expect_live()
    assert sorted(maria.words(contact).all_inner_texts()) == sorted(everything)
    assert sprung == []


def test_a_mail_full_of_traps_stays_text_on_the_desk_and_in_every_mail_page(
    stack: Stack, maria: Desk, customer: CustomerPage, new_page: NewPage
) -> None:
    sprung: list[str] = []
    for page in (maria.page, customer.page):
        watch(page, sprung)
    subject, text = "".join(CORPUS[:3]), "\n".join(CORPUS)
    mail = {"from": "jana@example.com", "to": "help@luna-shop.example", "subject": subject, "text": text}
    requests.post(f"{stack.url}/try/api/mail", json=mail, timeout=30).raise_for_status()
    contact = maria.take("jana@example.com")
    expect(maria.page.locator(f"#head-{contact} .subject")).to_have_text(subject)
    expect(maria.words(contact)).to_contain_text([CORPUS[5]])
    maria.text(contact).fill(text)
    maria.pane(contact).get_by_role("button", name="Send mail").click()
    expect(customer.answers("Luna Shop").first).to_contain_text(CORPUS[5])

    viewer = watch(new_page(), sprung)
    viewer.goto(f"{stack.url}/mail")
    expect(viewer.get_by_role("link", name=subject).first).to_be_visible()
    viewer.get_by_role("link", name=f"Re: {subject}").first.click()
    expect(viewer.get_by_role("heading", level=1)).to_contain_text(subject)
    formatted = viewer.frame_locator("iframe")
    expect(formatted.get_by_text(CORPUS[2])).to_be_visible()
    assert eventually(lambda: sprung, within=0.5) == []
