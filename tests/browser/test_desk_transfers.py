"""How an agent hands a call on at his desk; the telephone is played, all else is real."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime

from playwright.sync_api import expect

from tests.browser.alone import CUSTOMER, DeskAlone, Softphone, leg
from tests.browser.calling import (
    TAXI,
    arrival,
    consults,
    deeds,
    desk,
    line,
    new_page,
    on_the_line,
    only_maria,
    phone,
    place,
    place_terms,
    press,
    shop,
)
from tests.fakes.workplace import JONAS, MARIA, SHOP

GREEN = re.compile(r"\bgo\b")

__all__ = ["desk", "new_page", "phone", "place"]


def test_a_colleague_is_asked_first_then_gets_the_call(desk: DeskAlone, phone: Softphone) -> None:
    contact = on_the_line(desk, phone)
    page, dialog = desk.page, desk.page.get_by_role("dialog", name="Transfer the call")
    page.keyboard.press("Alt+KeyT")
    expect(dialog.get_by_role("radio")).to_have_count(3)  # Jonas, the team, the courier
    dialog.get_by_label("Whom to").fill("jon")
    expect(dialog.get_by_role("radio")).to_have_count(1)
    expect(dialog.get_by_role("radio", name="Jonas on a break")).to_be_checked()
    dialog.get_by_label("Note").fill("A lamp in two pieces.")
    phone.then = lambda deed, body: consults(phone) if deed == "transfer" else None
    dialog.get_by_role("button", name="Ask first").click()
    expect(dialog).to_be_hidden()
    expect(page.locator(f"#transfer-{contact.contact}")).to_be_hidden()
    errand = desk.place.contacts.transfer_errand(SHOP, contact.contact, datetime.now(UTC))
    assert errand is not None
    assert (errand.to, errand.note, errand.warm, errand.agent) == (
        "agent:jonas",
        "A lamp in two pieces.",
        True,
        MARIA.agent,
    )
    legs = line(desk, contact).get_by_role("listitem")
    expect(legs).to_have_text([f"{CUSTOMER}Customeron hold", "JonasColleagueringing"])
    says = line(desk, contact).locator(".speaks")
    expect(says).to_have_text("Waiting for Jonas · the customer is on hold")
    expect(page.locator(f"#swap-{contact.contact}")).to_be_disabled()
    hand_over = page.locator(f"#complete-{contact.contact}")
    expect(hand_over).not_to_have_class(GREEN)
    consults(phone, "connected")
    expect(says).to_have_text("You speak with Jonas · the customer is on hold")
    expect(hand_over).to_have_class(GREEN)
    press(desk, contact, "Swap")
    press(desk, contact, "Conference")
    phone.talks(legs=[leg("customer", CUSTOMER), leg("agent", "Jonas")])
    expect(page.locator(f"#swap-{contact.contact}")).to_be_hidden()
    expect(says).to_have_text("All three are on the line")
    press(desk, contact, "Hand over")
    assert deeds(phone)[-4:] == ["transfer", "swap", "join", "complete"]


def test_who_is_swapped_away_is_named_and_a_number_has_the_name_of_the_list(desk: DeskAlone, phone: Softphone) -> None:
    contact = on_the_line(desk, phone)
    phone.talks(legs=[leg("customer", CUSTOMER), leg("outside", TAXI, "held")])
    expect(line(desk, contact).get_by_role("listitem").nth(1)).to_have_text("CourierOutsideon hold")
    expect(line(desk, contact).locator(".speaks")).to_have_text("You speak with the customer · Courier is on hold")


def test_who_is_asked_has_only_what_is_his(desk: DeskAlone, phone: Softphone) -> None:
    contact = on_the_line(desk, phone)
    asker = leg("agent", "Jonas")
    shown = desk.page.locator(f"#pane-{contact.contact} .acts button:visible")
    phone.talks(
        direction="transfer", asked_by="Jonas", recording="off", legs=[asker, leg("customer", CUSTOMER, "held")]
    )
    expect(shown).to_have_text(["Hang up", "Mute", "Keypad"])
    says = line(desk, contact).locator(".speaks")
    expect(says).to_have_text("You speak with Jonas · the customer is on hold")
    phone.talks(legs=[leg("agent", "Jonas", "held"), leg("customer", CUSTOMER)])
    expect(says).to_have_text("You are on hold · Jonas speaks with the customer")
    phone.talks(legs=[asker, leg("customer", CUSTOMER)])
    expect(says).to_have_text("All three are on the line")
    expect(line(desk, contact).get_by_role("listitem")).to_have_count(2)
    expect(shown).to_have_text(["Hang up", "Mute", "Keypad"])
    phone.talks(asked_by="")
    expect(shown).to_have_text(["Hold", "Hang up", "Call at a time", "Mute", "Keypad", "Transfer"])


def test_who_is_dropped_leaves_the_customer_with_his_agent(desk: DeskAlone, phone: Softphone) -> None:
    contact = on_the_line(desk, phone)
    consults(phone, "connected")
    expect(desk.page.locator(f"#end-{contact.contact}")).to_be_hidden()
    press(desk, contact, "Back to caller")
    phone.talks()
    expect(line(desk, contact).get_by_role("listitem")).to_have_count(0)
    expect(desk.page.locator(f"#transfer-{contact.contact}")).to_be_visible()
    assert deeds(phone)[-1] == "drop"


def test_transfer_now_leaves_at_once(desk: DeskAlone, phone: Softphone) -> None:
    contact = on_the_line(desk, phone)
    press(desk, contact, "Transfer")
    dialog = desk.page.get_by_role("dialog", name="Transfer the call")
    dialog.get_by_role("radio", name="Courier").check()
    dialog.get_by_role("button", name="Transfer now").click()
    expect(dialog).to_be_hidden()
    errand = desk.place.contacts.transfer_errand(SHOP, contact.contact, datetime.now(UTC))
    assert errand is not None
    assert (errand.to, errand.warm) == (f"number:{TAXI}", False)
    assert deeds(phone)[-2:] == ["transfer", "complete"]


def test_a_transfer_that_is_refused_says_why_and_keeps_what_was_written(desk: DeskAlone, phone: Softphone) -> None:
    contact = on_the_line(desk, phone)
    press(desk, contact, "Transfer")
    dialog = desk.page.get_by_role("dialog", name="Transfer the call")
    dialog.get_by_role("radio", name="Jonas").check()
    dialog.get_by_label("Note").fill("Angry.")
    desk.place.desk.set_status(JONAS, "offline", "", desk.place.clock.passes(1))
    dialog.get_by_role("button", name="Ask first").click()
    expect(dialog.get_by_role("alert")).to_contain_text("Jonas is offline")
    expect(dialog.get_by_label("Note")).to_have_value("Angry.")
    assert "transfer" not in deeds(phone)
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).to_be_hidden()
    expect(desk.page.locator(f"#transfer-{contact.contact}")).to_be_focused()


def test_any_number_can_be_typed_only_where_the_client_allows_it(desk: DeskAlone, phone: Softphone) -> None:
    contact = on_the_line(desk, phone)
    dialog = desk.page.get_by_role("dialog", name="Transfer the call")
    for free, ends in ((False, 0), (True, 1)):
        desk.place.clients.known["shop"] = shop(free_transfer=free)
        press(desk, contact, "Transfer")
        expect(dialog.get_by_role("radio")).to_have_count(3)
        dialog.get_by_label("Whom to").fill("+1 555 010 0999")
        expect(dialog.get_by_role("radio")).to_have_count(ends)
        if free:
            dialog.get_by_role("button", name="Ask first").click()
        else:
            dialog.get_by_role("button", name="Cancel").click()
        expect(dialog).to_be_hidden()
    errand = desk.place.contacts.transfer_errand(SHOP, contact.contact, datetime.now(UTC))
    assert errand is not None
    assert errand.to == "number:+15550100999"


def test_who_gets_a_call_handed_on_reads_from_whom_and_why(desk: DeskAlone, phone: Softphone) -> None:
    only_maria(desk)
    place, now = desk.place, desk.place.clock.passes
    first = desk.rings(source_id="first")
    place.router.accept(SHOP, first.contact, agent=MARIA.agent, now=now(1))
    place.switchboard.transfer(
        MARIA, SHOP, first.contact, to="team:shared", note="Wants <b>Ben</b>.", warm=False, now=now(1)
    )
    second = place.contacts.open(
        SHOP,
        replace(arrival(first), source_id="second", previous=first.contact, thread=first.contact),
        now(1),
    )
    place.contacts.transferred(SHOP, first.contact, agent=MARIA.agent, to="team:shared", leg=second.contact, now=now(1))
    place.contacts.end(SHOP, first.contact, by="system", now=now(1))
    place.desk.wrap(MARIA, SHOP, first.contact, disposition="advice", now=now(1))
    place.router.enqueue(second, place_terms(), now=now(1))
    desk.tell()
    side = desk.page.locator(f"#side-{second.contact}")
    expect(side.locator(".handed")).to_contain_text("From Maria")
    expect(side.locator(".handed")).to_contain_text("Wants <b>Ben</b>.")
    phone.rings(place.contacts.get(SHOP, second.contact))
    desk.connected(second)
    expect(side.locator(".handed")).to_contain_text("Wants <b>Ben</b>.")
