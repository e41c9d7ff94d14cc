"""Calls that the agent is given to make, calls he promises, people he sends for; the telephone is played."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from playwright.sync_api import Page, expect

from chalicelib.contacts.model.contact import Arrival, Contact, State
from chalicelib.contacts.service import CUSTOMER as TO_CUSTOMER
from chalicelib.kernel.channel import Channel
from tests.browser.alone import CUSTOMER, DeskAlone, Softphone, leg
from tests.browser.calling import consults, deeds, desk, line, new_page, on_the_line, only_maria, phone, place
from tests.fakes.desk_calls import WHY
from tests.fakes.tenants import changed
from tests.fakes.terms import terms
from tests.fakes.workplace import JONAS, MARIA, SHARED, SHOP, Workplace

__all__ = ["desk", "new_page", "phone", "place"]

CHICAGO = "+13125550123"
LADDER = {
    "name": "burst",
    "title": "Burst pipe",
    "people": [{"name": "Ada Lovelace", "phone": "+15550100888", "email": "ada@example.com"}],
    "steps": [{"who": "Ada Lovelace", "by": "voice"}, {"who": "Ada Lovelace", "by": "email"}],
}


@pytest.fixture
def sends_for(place: Workplace) -> None:
    place.clients.known["shop"] = changed("shop", on_call=[LADDER])


def given(desk: DeskAlone, mode: str = "preview") -> Contact:
    """A call of a campaign that Maria is to make."""
    only_maria(desk)
    place = desk.place
    place.outreach.why = replace(WHY, mode=mode)
    arrival = Arrival(
        channel=Channel.VOICE, entry_point="+15550100200", customer=CUSTOMER,
        source_id=f"campaign:checkups:{place.clock.passes(1)}", direction="outbound", outreach="campaign:checkups",
    )  # fmt: skip
    contact = place.contacts.open(SHOP, arrival, place.clock())
    place.router.enqueue(contact, terms(SHOP, SHARED).calling_out(3600), now=place.clock.passes(1))
    desk.tell()
    return contact


def dials(desk: DeskAlone, phone: Softphone, contact: Contact) -> None:
    """What the telephone does when it is told to dial."""

    def then(deed: str, body: dict[str, str]) -> None:
        if deed != "dial":
            return
        desk.place.contacts.dialled(
            SHOP, contact.contact, to=TO_CUSTOMER, call="x1", now=desk.place.clock.passes(1),
            agent=MARIA.agent, offered=True,
        )  # fmt: skip
        phone.rings(contact)
        phone.show(direction="outbound", accepted=True)
        desk.tell()

    phone.then = then


def calls_of(desk: DeskAlone) -> int:
    return sum(path.endswith("/call") for path, _ in desk.asked)


# Making it


def test_an_agent_reads_whom_he_is_to_call_and_presses_call(desk: DeskAlone, phone: Softphone) -> None:
    contact = given(desk)
    dials(desk, phone, contact)
    pane = desk.page.locator(f"#pane-{contact.contact}")
    expect(pane.get_by_role("heading", name="Jana Weiss")).to_be_visible()
    expect(pane.locator(".kind")).to_have_text("Campaign: Checkups that are due · attempt 1 of 3")
    expect(pane.get_by_role("row", name="Last checkup 2024-03-18")).to_be_visible()
    assert deeds(phone) == []
    pane.get_by_role("button", name="Call", exact=True).click()
    expect(desk.page.locator(f"#row-{contact.contact} .bell")).to_have_text("calling the customer")
    assert [body["number"] for deed, body in phone.did if deed == "dial"] == [CUSTOMER]
    assert calls_of(desk) == 1
    desk.tell()
    expect(pane.get_by_role("button", name="Hang up")).to_be_visible()
    expect(pane.get_by_role("button", name="Skip")).to_have_count(0)


def test_a_key_calls_as_it_answers(desk: DeskAlone, phone: Softphone) -> None:
    contact = given(desk)
    dials(desk, phone, contact)
    expect(desk.page.locator(f"#pane-{contact.contact}")).to_be_visible()
    with desk.page.expect_request("**/softphone/dial*"):
        desk.page.keyboard.press("Alt+KeyA")


def test_who_skips_one_gives_it_to_others_and_is_shown_as_having_declined(desk: DeskAlone, phone: Softphone) -> None:
    contact = given(desk)
    desk.page.locator(f"#decline-head-{contact.contact}").click()
    expect(desk.page.locator(f"#row-{contact.contact}")).to_have_count(0)
    expect(desk.page.locator("#presence")).to_contain_text("Declined")
    assert desk.now(contact).state is State.QUEUED
    assert deeds(phone) == []


def test_a_progressive_call_is_made_by_itself_once(desk: DeskAlone, phone: Softphone) -> None:
    desk.page.clock.install()
    contact = given(desk, "progressive")
    dials(desk, phone, contact)
    soon = desk.page.locator(f"#soon-{contact.contact}")
    expect(soon).to_contain_text("Calling in 3 s")
    assert calls_of(desk) == 0
    desk.page.clock.fast_forward(1_000)
    expect(soon).to_contain_text("Calling in 2 s")
    desk.page.clock.run_for(2_500)
    expect(desk.page.locator(f"#row-{contact.contact} .bell")).to_have_text("calling the customer")
    desk.page.clock.run_for(10_000)
    assert calls_of(desk) == 1
    assert deeds(phone).count("dial") == 1


def test_not_now_leaves_it_to_the_agent(desk: DeskAlone, phone: Softphone) -> None:
    desk.page.clock.install()
    contact = given(desk, "progressive")
    dials(desk, phone, contact)
    soon = desk.page.locator(f"#soon-{contact.contact}")
    soon.get_by_role("button", name="Not now").click()
    expect(soon).to_be_hidden()
    expect(desk.page.locator(f"#call-head-{contact.contact}")).to_be_focused()
    desk.page.clock.run_for(10_000)
    assert calls_of(desk) == 0
    desk.page.reload()
    expect(desk.page.locator(f"#call-head-{contact.contact}")).to_be_visible()
    desk.page.clock.run_for(10_000)
    assert calls_of(desk) == 0, "once for each offer, also where the page is loaded again"


def test_a_window_that_another_took_over_calls_nobody(desk: DeskAlone, phone: Softphone) -> None:
    desk.page.clock.install()
    contact = given(desk, "progressive")
    expect(desk.page.locator(f"#soon-{contact.contact}")).to_be_visible()
    desk.send({"v": 1, "type": "taken_over"})
    expect(desk.page.locator("#taken")).to_be_visible()
    desk.page.clock.run_for(10_000)
    assert calls_of(desk) == 0
    assert deeds(phone) == []


def test_who_must_not_be_called_is_taken_away_with_the_reason(desk: DeskAlone, phone: Softphone) -> None:
    contact = given(desk)
    desk.place.outreach.refuses = f"{CUSTOMER} is on the do-not-call list: do not call"
    desk.page.locator(f"#call-row-{contact.contact}").click()
    expect(desk.page.locator("#toasts")).to_contain_text("is on the do-not-call list")
    expect(desk.page.locator(f"#row-{contact.contact}")).to_have_count(0)
    expect(desk.page.locator("#presence")).to_contain_text("Available")
    assert deeds(phone) == []


def test_what_the_telephone_cannot_dial_can_be_pressed_again(desk: DeskAlone, phone: Softphone) -> None:
    contact = given(desk)
    dials(desk, phone, contact)
    phone.refuse["dial"] = "the line is busy"
    button = desk.page.locator(f"#call-head-{contact.contact}")
    button.click()
    expect(desk.page.locator("#toasts")).to_contain_text("the line is busy")
    expect(button).to_be_enabled()
    phone.refuse.clear()
    button.click()
    expect(desk.page.locator(f"#row-{contact.contact} .bell")).to_have_text("calling the customer")
    assert desk.place.outreach.noted == [contact.contact]


# Promising one


def test_a_call_is_promised_on_the_clients_clock_with_the_customers_beside_it(
    desk: DeskAlone, phone: Softphone
) -> None:
    contact = on_the_line(desk, phone, customer=CHICAGO)
    desk.page.locator(f"#promise-{contact.contact}").click()
    dialog = desk.page.locator("#promise")
    expect(dialog.get_by_label("Number")).to_have_value(CHICAGO)
    dialog.get_by_label("Day").fill("2030-01-15")
    dialog.get_by_label("Time").fill("15:30")
    zone = desk.place.clients.get(SHOP).zone
    expect(dialog.locator("#promise-clock")).to_contain_text(f"The time is that of {zone}")
    expect(dialog.locator("#promise-clock")).to_contain_text("The customer's clock then shows 14:30")
    dialog.get_by_label("Anybody of the team").check()
    dialog.get_by_label("Note").fill("Wants a price")
    dialog.get_by_role("button", name="Promise the call").click()
    expect(dialog).to_be_hidden()
    expect(desk.page.locator("#toasts")).to_contain_text("A call is promised for 2030-01-15, 15:30")
    (made,) = desk.place.outreach.made
    assert f"{made.at:%Y-%m-%d %H:%M}" == "2030-01-15 15:30"
    assert str(made.at.tzinfo) == zone
    assert (made.note, made.agent) == ("Wants a price", "")
    expect(desk.page.locator(f"#promise-{contact.contact}")).to_be_focused()


def test_what_cannot_be_promised_is_said_and_kept(desk: DeskAlone, phone: Softphone) -> None:
    contact = on_the_line(desk, phone)
    desk.page.locator(f"#promise-{contact.contact}").click()
    dialog = desk.page.locator("#promise")
    expect(dialog.get_by_label("Time")).not_to_have_value("")
    dialog.get_by_label("Number").fill("five")
    dialog.get_by_role("button", name="Promise the call").click()
    expect(dialog.get_by_role("alert")).to_contain_text("is no telephone number")
    expect(dialog.get_by_role("alert")).not_to_contain_text("write write")
    desk.page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()


# Who is on call


@pytest.mark.usefixtures("sends_for")
def test_who_is_on_call_is_sent_for_and_watched(desk: DeskAlone, phone: Softphone) -> None:
    desk.page.clock.install()
    contact = on_the_line(desk, phone)
    desk.page.locator(f"#text-{contact.contact}").fill("Water in the cellar")
    desk.page.locator(f"#dispatch-{contact.contact}").click()
    dialog = desk.page.locator("#dispatch")
    expect(dialog.get_by_label("Message")).to_have_value("Water in the cellar")
    expect(dialog.get_by_label("What for")).to_have_value("burst")
    dialog.get_by_role("button", name="Dispatch", exact=True).click()
    panel = desk.page.locator(f"#sent-{contact.contact}")
    expect(panel).to_contain_text("Trying to reach somebody")
    sent = desk.place.outreach.sent
    now = desk.place.clock()
    begun = sent[contact.contact]
    attempt = begun.up_next(now)
    assert attempt is not None
    sent[contact.contact] = begun.claimed(attempt, now).placed(1, "x", now)
    desk.page.clock.run_for(4_000)
    expect(panel.locator("li")).to_have_count(1)
    expect(panel.locator("li")).to_contain_text("Ada Lovelace")
    expect(panel.locator("li")).to_contain_text("Call: not taken yet")
    sent[contact.contact] = sent[contact.contact].acknowledged("Ada Lovelace", "voice", now, 1)
    desk.page.clock.run_for(4_000)
    expect(panel).to_contain_text("Taken by Ada Lovelace")
    expect(panel).to_contain_text("Call: took it")
    expect(panel.get_by_role("button", name="Stop")).to_have_count(0)


@pytest.mark.usefixtures("sends_for")
def test_what_was_sent_for_can_be_stopped_and_is_there_after_a_reload(desk: DeskAlone, phone: Softphone) -> None:
    contact = on_the_line(desk, phone)
    desk.place.outreach.start(
        desk.place.clients.get(SHOP), desk.now(contact), ladder="burst", message="<b>Fire</b>", by="agent:maria",
        now=desk.place.clock(),
    )  # fmt: skip
    desk.page.evaluate("window.onbeforeunload = null; document.body.dataset.line = 'IDLE'")
    desk.page.reload()
    panel = desk.page.locator(f"#sent-{contact.contact}")
    expect(panel).to_contain_text("<b>Fire</b>")
    panel.get_by_role("button", name="Stop").click()
    expect(panel).to_contain_text("Cancelled by Maria")


def test_a_client_without_a_ladder_has_no_such_button(desk: DeskAlone, phone: Softphone) -> None:
    contact = on_the_line(desk, phone)
    expect(desk.page.locator(f"#promise-{contact.contact}")).to_be_visible()
    expect(desk.page.locator(f"#dispatch-{contact.contact}")).to_have_count(0)


# What was missed before


def test_who_asked_a_colleague_is_told_that_he_did_not_take_it(desk: DeskAlone, phone: Softphone) -> None:
    contact = on_the_line(desk, phone)
    consults(phone)
    expect(line(desk, contact).locator(".speaks")).to_contain_text("Waiting for Jonas")
    phone.talks()
    expect(desk.page.locator("#toasts")).to_contain_text("Jonas did not take the call. You have your customer again.")


def test_who_takes_the_customer_back_himself_is_told_nothing(desk: DeskAlone, phone: Softphone) -> None:
    contact = on_the_line(desk, phone)
    consults(phone)
    phone.then = lambda deed, body: phone.call.update(legs=[leg("customer", CUSTOMER)], state="CONNECTED")  # type: ignore[union-attr]
    desk.page.locator(f"#drop-{contact.contact}").click()
    expect(desk.page.locator(f"#pane-{contact.contact}")).to_have_attribute("data-talk", "single")
    assert desk.page.locator("#toasts p").count() == 0


def test_what_is_said_tells_who_and_when_and_where_the_recording_was_paused(desk: DeskAlone, phone: Softphone) -> None:
    contact = on_the_line(desk, phone)
    now = desk.place.clock()
    desk.place.contacts.pause_recording(SHOP, contact.contact, agent=MARIA.agent, now=now)
    desk.tell()
    said = [
        {"n": 1, "who": "customer", "text": "My card number", "at": "2026-01-01T09:00:01.000Z", "block": ""},
        {"n": 2, "who": "agent", "text": "Thank you", "at": "2036-01-01T09:00:09.000Z", "block": ""},
    ]
    phone.show(lines=said, last=2)
    words = desk.page.locator(f"#words-{contact.contact}")
    expect(words.locator(".msg")).to_have_count(3)
    expect(words.locator(".msg.customer .meta")).to_contain_text("Customer · ")
    expect(words.locator(".msg.agent .meta")).to_contain_text("You · ")
    order = words.locator(".msg .text").all_inner_texts()
    assert order[0] == "My card number"
    assert order[1].startswith("Recording paused")
    assert order[2] == "Thank you"


def test_who_handed_it_on_is_told_so_and_finishes_without_inventing_an_outcome(
    desk: DeskAlone, phone: Softphone
) -> None:
    contact = on_the_line(desk, phone)
    place = desk.place
    arrival = Arrival(
        channel=Channel.VOICE, entry_point="+15550100200", customer=CUSTOMER, source_id="leg-9",
        direction="transfer", previous=contact.contact,
    )  # fmt: skip
    other = place.contacts.open(SHOP, arrival, place.clock.passes(1))
    place.contacts.transferred(
        SHOP, contact.contact, agent="maria", to="agent:jonas", leg=other.contact, now=place.clock()
    )
    place.contacts.end(SHOP, contact.contact, by="agent:maria", why="agent", now=place.clock.passes(1))
    desk.tell()
    expect(desk.page.locator("#announce")).to_contain_text("you handed it on")
    expect(desk.page.locator(f"#head-{contact.contact}")).to_contain_text("You handed it on")
    expect(desk.page.get_by_label("Handed on")).to_be_checked()
    desk.page.locator(f"#finish-{contact.contact}").click()
    expect(desk.page.locator(f"#row-{contact.contact}")).to_have_count(0)
    assert desk.now(contact).disposition == "handed_on"


@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_of_it_is_wider_than_the_page(
    width: int, place: Workplace, phone: Softphone, new_page: Callable[..., Page]
) -> None:
    desk = DeskAlone(new_page(width, 800), place, phone).open()
    given(desk)
    assert JONAS.agent
    wide = desk.page.evaluate("document.documentElement.scrollWidth")
    assert wide <= width
