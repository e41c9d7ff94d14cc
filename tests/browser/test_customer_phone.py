"""The customer's phone: several lines at once, keys, and telephones that the centre makes ring."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from infra.local.connect.exchange import Wanted
from infra.local.connect.library import flow_arn
from tests.browser.chromium import window
from tests.browser.conftest import Complaints
from tests.browser.exchange import Network, running
from tests.fakes.lamp_shop import CENTRE, COLLEAGUE, CUSTOMER, GREETING

# What is read aloud is kept instead, where a test can see it.
_LISTEN = """
window.spoken = [];
const keep = (one) => window.spoken.push(one);
const speech = { speak: (words) => keep([words.lang, words.text]), cancel: () => keep("hush") };
Object.defineProperty(window, "speechSynthesis", { value: speech });
window.SpeechSynthesisUtterance = class { constructor(text) { this.text = text; } };
"""


@pytest.fixture
def network() -> Iterator[Network]:
    with running() as started:
        yield started


@pytest.fixture(params=[1440, 390], ids=["wide", "narrow"])
def page(request: pytest.FixtureRequest, chromium: Browser, network: Network, complaints: Complaints) -> Iterator[Page]:
    context = window(chromium, request.param, 900)
    complaints.listen(context)
    context.add_init_script(_LISTEN)
    opened = context.new_page()
    opened.goto(f"{network.url}/try")
    expect(opened.locator("#phone-card option", has_text="Luna Shop")).to_have_count(1)
    yield opened
    if pictures := os.environ.get("PHONE_PICTURES"):
        name = re.sub(r"[^\w-]+", "_", request.node.name)
        opened.locator("#phone-card").screenshot(path=Path(pictures, f"{name}.png"))
    assert opened.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), "nothing sticks out"
    context.close()


def dial(page: Page) -> None:
    page.get_by_role("button", name="Call", exact=True).click()
    expect(heard(page)).to_contain_text(GREETING)


def heard(page: Page) -> Locator:
    return page.get_by_role("log", name="What you hear and say")


def state(page: Page) -> Locator:
    return page.locator("#phone-state")


def lines(page: Page) -> Locator:
    return page.locator("#phone-lines button")


def test_two_calls_at_once_are_two_lines_with_a_transcript_each(page: Page, network: Network) -> None:
    dial(page)
    expect(lines(page)).to_have_count(1)
    expect(page.locator("#phone-lines")).to_be_hidden()
    page.get_by_role("button", name="Key one").click()
    expect(state(page)).to_have_text("You are waiting for an agent · Luna Shop")
    page.get_by_role("button", name="Call", exact=True).click()
    expect(lines(page)).to_have_text(
        ["1 · Luna Shop: You are waiting for an agent", "2 · Luna Shop: You hear the client's menu"]
    )
    expect(lines(page).nth(1)).to_have_attribute("aria-pressed", "true")
    expect(lines(page).nth(0)).to_have_attribute("aria-pressed", "false")
    expect(heard(page)).not_to_contain_text("You press 1")
    lines(page).nth(0).focus()
    page.keyboard.press("Enter")
    expect(lines(page).nth(0)).to_have_attribute("aria-pressed", "true")
    expect(lines(page).nth(0)).to_be_focused()
    expect(heard(page)).to_contain_text("You press 1")
    page.get_by_role("button", name="Hang up").click()
    expect(state(page)).to_have_text("The call is over · Luna Shop")
    expect(lines(page).nth(1)).to_contain_text("You hear the client's menu")
    assert network.do(lambda board: sum(call.on_line for call in board.exchange.calls.values())) == 1


def test_keys_of_the_keyboard_are_keys_of_the_telephone_unless_somebody_writes(page: Page) -> None:
    dial(page)
    page.get_by_label("Say something").fill("My order is 42")
    page.get_by_label("Say something").press("1")
    page.get_by_role("button", name="Say", exact=True).click()
    expect(heard(page)).to_contain_text("You: My order is 421")
    expect(heard(page)).not_to_contain_text("You press")
    page.get_by_role("heading", name="Phone").click()
    page.keyboard.press("1")
    expect(heard(page)).to_contain_text("You press 1")
    expect(state(page)).to_contain_text("You are waiting for an agent")


def test_a_callback_rings_on_the_page_and_is_answered(page: Page, network: Network) -> None:
    network.do(lambda board: board.exchange.sign_in("maria", "Maria"))
    page.get_by_label("My number (empty: withheld)").fill(CUSTOMER)
    dial(page)
    page.get_by_role("button", name="Key two").click()
    expect(state(page)).to_contain_text("The call is over")
    network.await_ring_of("maria")
    network.do(lambda board: board.exchange.accept("maria"))
    ring = page.locator("#phone-ringing li")
    expect(ring).to_contain_text(f"It rings: Luna Shop calls back {CUSTOMER}")
    ring.get_by_role("button", name="Answer").click()
    expect(ring).to_have_count(0)
    expect(state(page)).to_have_text("You talk to an agent · Luna Shop")
    page.get_by_label("Say something").fill("That was quick")
    page.get_by_role("button", name="Say", exact=True).click()
    expect(heard(page)).to_contain_text("You: That was quick")
    expect(lines(page)).to_have_count(1)
    expect(page.locator("#phone-over summary")).to_have_text("1 call is over")
    network.do(lambda board: board.exchange.agent_hangs_up("maria"))
    expect(state(page)).to_contain_text("The call is over")


def test_a_telephone_that_rings_is_seen_wherever_the_page_stands(page: Page, network: Network) -> None:
    expect(page).to_have_title("Customer page · Manyline")
    page.evaluate("document.body.style.minHeight = '4000px'; window.scrollTo(0, 2500)")
    network.do(lambda board: board.exchange.sign_in("maria", "Maria"))
    network.do(lambda board: board.exchange.dial_out("maria", CUSTOMER))
    ring = page.locator("#phone-ringing li")
    expect(ring).to_be_in_viewport(ratio=1)
    expect(page).to_have_title(re.compile(f"It rings: Luna Shop calls .*{re.escape(CUSTOMER)}"))
    expect(ring.get_by_role("button", name="Answer")).to_be_focused()
    assert page.evaluate("window.scrollY") > 2000, "the page stays where it was"
    ring.get_by_role("button", name="Refuse").click()
    expect(ring).to_have_count(0)
    expect(page).to_have_title("Customer page · Manyline")


def test_a_telephone_that_rings_takes_nothing_from_who_writes(page: Page, network: Network) -> None:
    field = page.get_by_label("My number (empty: withheld)")
    field.focus()
    network.do(lambda board: board.exchange.sign_in("maria", "Maria"))
    network.do(lambda board: board.exchange.dial_out("maria", CUSTOMER))
    expect(page.locator("#phone-ringing li")).to_be_visible()
    expect(field).to_be_focused()


def test_lines_that_are_over_are_folded_away_and_cleared(page: Page) -> None:
    folded = page.locator("#phone-over")
    expect(folded).to_be_hidden()
    for _ in range(3):
        dial(page)
        page.get_by_role("button", name="Hang up").click()
        expect(state(page)).to_contain_text("The call is over")
    expect(folded.locator("summary")).to_have_text("2 calls are over")
    expect(lines(page)).to_have_count(1)
    folded.locator("summary").click()
    folded.locator("li button").first.click()
    expect(lines(page)).to_have_text(["1 · Luna Shop: The call is over"])
    folded.get_by_role("button", name="Clear the list").click()
    expect(folded).to_be_hidden()
    expect(page.locator("#phone-lines")).to_be_hidden()


def test_who_refuses_is_not_on_the_line(page: Page, network: Network) -> None:
    network.do(lambda board: board.exchange.sign_in("maria", "Maria"))
    network.do(lambda board: board.exchange.dial_out("maria", CUSTOMER))
    ring = page.locator("#phone-ringing li")
    expect(ring).to_contain_text(f"Luna Shop calls {CUSTOMER}")
    ring.get_by_role("button", name="Refuse").click()
    expect(page.locator("#phone-ringing")).to_be_hidden()
    expect(lines(page)).to_have_count(0)
    assert network.do(lambda board: board.exchange.floor.agents["maria"].leg.state.value) == "ENDED"  # type: ignore[union-attr]


def test_a_telephone_that_stops_ringing_is_gone_from_the_page(page: Page, network: Network) -> None:
    network.do(lambda board: board.exchange.sign_in("maria", "Maria"))
    network.do(lambda board: board.exchange.dial_out("maria", CUSTOMER))
    expect(page.locator("#phone-ringing li")).to_have_count(1)
    network.do(lambda board: board.exchange.agent_hangs_up("maria"))
    expect(page.locator("#phone-ringing li")).to_have_count(0)


def test_what_is_heard_is_read_aloud_in_the_language_of_the_call_once_it_is_wanted(page: Page) -> None:
    aloud = page.get_by_label("Read aloud what I hear")
    dial(page)
    assert page.evaluate("window.spoken.filter((one) => one !== 'hush')") == []
    aloud.check()
    page.reload()
    expect(aloud).to_be_checked()
    expect(heard(page)).to_contain_text(GREETING)
    page.get_by_role("button", name="Call", exact=True).click()
    page.wait_for_function("() => window.spoken.some((one) => one[1] === 'Press 1 for us.')")
    spoken = [one for one in page.evaluate("window.spoken") if one != "hush"]
    assert ["de-DE", GREETING] in spoken
    assert spoken.count(["de-DE", GREETING]) == 1, "the call that was there before is not read out again"
    lines(page).nth(0).click()
    assert page.evaluate("window.spoken.at(-1)") == "hush", "another line is listened to"
    page.evaluate("window.spoken = []")
    aloud.uncheck()
    assert page.evaluate("window.spoken.at(-1)") == "hush"


def test_after_a_reload_the_lines_are_there_again(page: Page) -> None:
    dial(page)
    page.get_by_role("button", name="Call", exact=True).click()
    expect(lines(page)).to_have_count(2)
    page.reload()
    expect(lines(page)).to_have_count(2)
    expect(heard(page)).to_contain_text(GREETING)


def test_a_number_that_cannot_be_dialled_is_said(page: Page) -> None:
    page.get_by_label("Number", exact=True).fill("help")
    page.get_by_role("button", name="Call", exact=True).click()
    expect(state(page)).to_have_text("to must be a number like +15550100100")
    page.get_by_label("I am calling").select_option(CENTRE)


def test_a_call_that_nobody_dialled_rings_and_its_flow_is_heard(page: Page, network: Network) -> None:
    wanted = Wanted(number=COLLEAGUE, flow=flow_arn("InboundFlowArn"), caller_id=CENTRE)
    network.do(lambda board: board.exchange.call_out(wanted))
    ring = page.locator("#phone-ringing li")
    expect(ring).to_contain_text(f"It rings: The centre has something to tell {COLLEAGUE}")
    expect(heard(page)).to_be_empty()
    ring.get_by_role("button", name="Answer").click()
    expect(heard(page)).to_contain_text(GREETING)
    page.get_by_role("button", name="Key one").click()
    expect(state(page)).to_have_text("You are waiting for an agent · Luna Shop")
    page.get_by_role("button", name="Hang up").click()
    expect(state(page)).to_have_text("The call is over · Luna Shop")


def test_a_text_stands_beside_the_telephones_and_its_link_can_be_followed(page: Page, network: Network) -> None:
    log = page.get_by_role("log", name="Texts")
    expect(page.get_by_role("heading", name="Texts")).to_be_hidden()
    link = "https://desk.example/ack/1?t=a-b"
    words = f"<b>Burst pipe</b> in Elm St. Take it: {link}."
    network.do(lambda board: board.texts.update({COLLEAGUE: [{"MessageId": "t1", "Message": words}]}))
    expect(log.get_by_role("listitem")).to_have_text([f"A text arrived for {COLLEAGUE}: {words}"])
    address = log.get_by_role("link")
    expect(address).to_have_text(link)
    expect(address).to_have_attribute("href", link)
    network.do(lambda board: board.texts[COLLEAGUE].append({"MessageId": "t2", "Message": "Never mind"}))
    expect(log.get_by_role("listitem").first).to_contain_text("Never mind")
    expect(log.get_by_role("listitem")).to_have_count(2)
