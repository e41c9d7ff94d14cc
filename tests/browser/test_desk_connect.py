"""Amazon Connect's telephone on the desk, as far as it can be tried without AWS: with a small fake of its library."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from chalicelib.aws.pages import Pages
from chalicelib.contacts.model.contact import Contact
from chalicelib.desk.store.drawing import DeskDrawing
from tests.browser.alone import CUSTOMER, DeskAlone
from tests.browser.calling import line, new_page, only_maria, place, press
from tests.fakes.workplace import SHOP, Workplace

__all__ = ["new_page", "place"]

INSTANCE = "https://luna.my.connect.aws"
STREAMS = (Path(__file__).parent / "streams.js").read_text()
QUICK = {"name": "Manyline transfer", "type": "queue"}


@pytest.fixture
def desk(place: Workplace, new_page: Callable[..., Page], monkeypatch: pytest.MonkeyPatch) -> DeskAlone:
    place.drawing = DeskDrawing(Pages(), phone="connect", url=INSTANCE)
    place.pushes._drawing = place.drawing
    desk = DeskAlone(new_page(), place, vendor__connect_streams=STREAMS)
    desk.open()
    only_maria(desk)
    desk.page.wait_for_function("window.fake?.started")
    return desk


def fake(desk: DeskAlone, deed: str, *about: Any) -> None:
    desk.page.evaluate("([deed, about]) => { window.fake[deed](...about); }", [deed, list(about)])


def asked(desk: DeskAlone) -> list[list[Any]]:
    return list(desk.page.evaluate("window.fake.asked"))


def is_asked(desk: DeskAlone, *what: Any) -> None:
    """As the last thing; the library answers a moment later."""
    desk.page.wait_for_function(
        "(what) => JSON.stringify(window.fake.asked.at(-1)) === JSON.stringify(what)", arg=list(what)
    )


def ringing(desk: DeskAlone, **more: Any) -> Contact:
    contact = desk.rings()
    fake(desk, "ring", {"attributes": {"contactId": contact.contact, "record": "on"}, **more})
    return contact


def talking(desk: DeskAlone, **more: Any) -> Contact:
    contact = ringing(desk, **more)
    fake(desk, "connects")
    desk.connected(contact)
    expect(line(desk, contact)).to_be_visible()
    return contact


def test_the_page_embeds_the_telephone_once_and_lets_nothing_else_in(desk: DeskAlone) -> None:
    started = desk.page.evaluate("window.fake.started")
    assert started["ccpUrl"] == f"{INSTANCE}/ccp-v2/"
    assert started["softphone"] == {"allowFramedSoftphone": True, "disableRingtone": True}
    assert started["loginPopup"] is started["loginPopupAutoClose"] is True
    frame = desk.page.locator("#ccp iframe")
    desk.page.locator("#ccp-place summary").click()
    box = desk.page.locator("#ccp").bounding_box()
    assert box is not None
    assert box["width"] >= 320
    assert box["height"] >= 460
    frame.evaluate("frame => { frame.here = true; }")
    talking(desk)
    assert frame.evaluate("frame => frame.here"), "a frame that is moved drops its call"
    policy = desk.place.drawing.policy
    assert f"frame-src {INSTANCE};" in policy
    assert "unsafe" not in policy


def stands(desk: DeskAlone, *names: str) -> None:
    """What the telephone was told that its agent is, in this order; during a call it is to hold from its end on."""
    wanted = [[name, True] for name in names]
    desk.page.wait_for_function("(wanted) => JSON.stringify(window.fake.stood) === JSON.stringify(wanted)", arg=wanted)


def test_the_telephone_is_told_what_the_agent_is_before_anything_can_ring(desk: DeskAlone) -> None:
    stands(desk, "Available")
    desk.page.locator("#presence summary").click()
    desk.page.locator("#status-paused-lunch").click()
    stands(desk, "Available", "Lunch")
    desk.page.locator("#presence summary").click()
    desk.page.locator("#status-paused-training").click()
    # An instance without that status: no call comes all the same.
    stands(desk, "Available", "Lunch", "Busy elsewhere")


def test_a_status_that_the_telephone_has_of_its_own_is_put_right_after_the_call(desk: DeskAlone) -> None:
    ringing(desk)
    desk.page.evaluate("window.fake.status = 'MissedCallAgent'")
    fake(desk, "misses")
    stands(desk, "Available", "Available")


def test_a_telephone_that_does_not_take_the_status_is_told_of(desk: DeskAlone) -> None:
    desk.page.evaluate("window.fake.failing.setState = 'error'")
    desk.page.locator("#presence summary").click()
    desk.page.locator("#status-paused-break").click()
    expect(desk.page.locator("#toasts")).to_contain_text("The telephone is not break")


def test_a_call_rings_is_answered_and_talks(desk: DeskAlone) -> None:
    contact = ringing(desk)
    expect(desk.page.locator(f"#row-{contact.contact} .bell")).to_have_text("rings")
    desk.page.locator(f"#answer-row-{contact.contact}").click()
    is_asked(desk, "accept")
    expect(desk.page.locator(f"#row-{contact.contact} .bell")).to_have_text("connecting")
    fake(desk, "connects")
    expect(desk.page.locator("body")).to_have_attribute("data-line", "CONNECTED")


def test_who_answers_before_the_telephone_rings_is_put_through_when_it_does(desk: DeskAlone) -> None:
    contact = desk.rings()
    desk.page.locator(f"#answer-row-{contact.contact}").click()
    assert asked(desk) == []
    fake(desk, "ring", {"attributes": {"contactId": contact.contact}})
    is_asked(desk, "accept")


def test_a_call_says_later_whose_it_is(desk: DeskAlone) -> None:
    contact = desk.rings()
    fake(desk, "ring", {"attributes": {}})
    expect(desk.page.locator(f"#row-{contact.contact} .bell")).to_have_text("on its way")
    fake(desk, "says", "contactId", contact.contact)
    expect(desk.page.locator(f"#row-{contact.contact} .bell")).to_have_text("rings")


def test_an_agent_whose_telephone_answers_by_itself_has_nothing_to_press(desk: DeskAlone) -> None:
    contact = ringing(desk, autoAccept=True)
    expect(desk.page.locator(f"#row-{contact.contact} .bell")).to_have_text("connecting")
    assert asked(desk) == []


def test_an_answer_that_came_too_late_says_so(desk: DeskAlone) -> None:
    contact = ringing(desk)
    desk.page.evaluate("window.fake.failing.accept = 'error'")
    desk.page.locator(f"#answer-row-{contact.contact}").click()
    expect(desk.page.locator("#toasts")).to_contain_text("The call could not be answered")
    expect(desk.page.locator(f"#row-{contact.contact} .bell")).to_have_text("rings")


def test_a_missed_call_is_cleared_so_that_the_next_one_can_come(desk: DeskAlone) -> None:
    contact = ringing(desk)
    fake(desk, "misses")
    is_asked(desk, "clear")
    expect(desk.page.locator("body")).to_have_attribute("data-line", "IDLE")
    bell = desk.page.locator(f"#row-{contact.contact} .bell")
    expect(bell).to_have_text("on its way")
    fake(desk, "ring", {"id": "connect-2", "attributes": {"contactId": contact.contact}})
    expect(bell).to_have_text("rings")


def test_a_call_that_nobody_answers_is_cleared_and_said(desk: DeskAlone) -> None:
    ringing(desk, type="queue_callback")
    fake(desk, "ends")
    is_asked(desk, "clear")
    expect(desk.page.locator("body")).to_have_attribute("data-line", "IDLE")
    expect(desk.page.locator("#toasts")).to_have_text("The customer did not answer.")
    assert asked(desk).count(["clear"]) == 1


def test_a_declined_call_is_rejected_at_the_telephone(desk: DeskAlone) -> None:
    contact = ringing(desk)
    desk.page.locator(f"#decline-row-{contact.contact}").click()
    desk.page.wait_for_function("window.fake.asked.some(([deed]) => deed === 'reject')")


def test_hold_mute_and_keys_reach_the_right_end(desk: DeskAlone) -> None:
    contact = talking(desk)
    press(desk, contact, "Hold")
    is_asked(desk, "hold", "customer")
    expect(desk.page.locator("body")).to_have_attribute("data-line", "CONNECTED_ONHOLD")
    press(desk, contact, "Resume")
    is_asked(desk, "resume", "customer")
    press(desk, contact, "Mute")
    expect(desk.page.locator(f"#mute-{contact.contact}")).to_have_text("Muted")
    desk.page.keyboard.press("Alt+KeyM")
    is_asked(desk, "unmute")
    press(desk, contact, "Keypad")
    desk.page.keyboard.press("4")
    is_asked(desk, "sendDigits", "customer", "4")


def begin_transfer(desk: DeskAlone, contact: Contact) -> None:
    press(desk, contact, "Transfer")
    dialog = desk.page.get_by_role("dialog", name="Transfer the call")
    dialog.get_by_role("radio", name="Jonas").check()
    dialog.get_by_role("button", name="Ask first").click()


def test_a_transfer_goes_by_the_one_quick_connect(desk: DeskAlone) -> None:
    contact = talking(desk)
    desk.page.evaluate("(quick) => { window.fake.endpoints = [{ name: 'Fire brigade' }, quick]; }", QUICK)
    begin_transfer(desk, contact)
    is_asked(desk, "addConnection", "Manyline transfer")
    legs = line(desk, contact).get_by_role("listitem")
    expect(legs).to_have_text([f"{CUSTOMER}Customeron hold", "JonasColleagueringing"])
    fake(desk, "moves", "third", "connected")
    press(desk, contact, "Keypad")
    desk.page.keyboard.press("1")
    is_asked(desk, "sendDigits", "third", "1")
    press(desk, contact, "Swap")
    is_asked(desk, "toggle")
    expect(legs).to_have_text([f"{CUSTOMER}Customeron the line", "JonasColleagueon hold"])
    press(desk, contact, "Conference")
    is_asked(desk, "conference")
    expect(desk.page.locator(f"#swap-{contact.contact}")).to_be_hidden()
    press(desk, contact, "Hand over")
    is_asked(desk, "destroy", "agent")


def test_who_is_dropped_gives_the_customer_back(desk: DeskAlone) -> None:
    contact = talking(desk)
    desk.page.evaluate("(quick) => { window.fake.endpoints = [quick]; }", QUICK)
    begin_transfer(desk, contact)
    expect(line(desk, contact).get_by_role("listitem")).to_have_count(2)
    press(desk, contact, "Back to caller")
    is_asked(desk, "resume", "customer")
    assert ["destroy", "third"] in asked(desk)
    expect(desk.page.locator(f"#transfer-{contact.contact}")).to_be_visible()


def test_an_instance_without_the_quick_connect_is_named_as_the_reason(desk: DeskAlone) -> None:
    contact = talking(desk)
    begin_transfer(desk, contact)
    alert = desk.page.get_by_role("dialog", name="Transfer the call").get_by_role("alert")
    expect(alert).to_contain_text("knows no quick connect “Manyline transfer”")


def test_a_recording_is_paused_in_the_part_of_the_call_that_the_telephone_has(desk: DeskAlone) -> None:
    contact = talking(desk, id="connect-part-2")
    desk.place.recorder.parts["connect-part-2"] = contact.source_id
    press(desk, contact, "Pause recording")
    expect(desk.page.locator(".chip.recording")).to_be_visible()
    assert desk.place.recorder.asked == [("pause", "connect-part-2", contact.source_id)]


def test_an_agent_calls_out_and_the_call_is_his_contact(desk: DeskAlone) -> None:
    page, dialog = desk.page, desk.page.get_by_role("dialog", name="Call somebody")
    page.get_by_role("button", name="Call", exact=True).click()
    dialog.get_by_label("In the name of").select_option("Luna Shop")
    dialog.get_by_label("Number").fill(CUSTOMER)
    dialog.get_by_role("button", name="Call", exact=True).click()
    is_asked(desk, "dial", CUSTOMER)
    fake(desk, "ring", {"inbound": False, "id": "out-1"})
    row = page.locator(".row")
    expect(row.locator(".bell")).to_have_text("calling the customer")
    page.locator(f"#end-{row.get_attribute('data-contact')}").click()
    is_asked(desk, "destroy", "agent")


def test_a_number_that_could_not_be_dialled_says_so_and_frees_the_agent(desk: DeskAlone) -> None:
    desk.page.evaluate("window.fake.failing.dial = {}")
    dialog = desk.page.get_by_role("dialog", name="Call somebody")
    desk.page.get_by_role("button", name="Call", exact=True).click()
    dialog.get_by_label("In the name of").select_option("Luna Shop")
    dialog.get_by_label("Number").fill(CUSTOMER)
    dialog.get_by_role("button", name="Call", exact=True).click()
    expect(dialog.get_by_role("alert")).to_contain_text("The number could not be dialled.")
    expect(desk.page.locator(".row")).to_have_count(0)


def test_what_goes_wrong_with_the_voice_is_said_in_words(desk: DeskAlone) -> None:
    fake(desk, "agentTells", "onSoftphoneError", {"errorType": "microphone_not_shared"})
    expect(desk.page.locator("#toasts")).to_contain_text("The microphone is not shared with this page")
    fake(desk, "agentTells", "onWebSocketConnectionLost")
    expect(desk.page.locator("#no-phone")).to_be_visible()
    fake(desk, "agentTells", "onWebSocketConnectionGained")
    expect(desk.page.locator("#no-phone")).to_be_hidden()


def test_who_is_not_signed_in_to_the_telephone_gets_a_button_for_it(desk: DeskAlone) -> None:
    button = desk.page.get_by_role("button", name="Sign in to the telephone")
    expect(button).to_be_hidden()
    fake(desk, "busTells", "ack_timeout")
    desk.page.evaluate("window.open = (...about) => { window.opened = about; }")
    button.click()
    assert desk.page.evaluate("window.opened[0]") == f"{INSTANCE}/ccp-v2/"
    fake(desk, "busTells", "acknowledge")
    expect(button).to_be_hidden()


def test_wrap_up_ends_at_the_telephone_too(desk: DeskAlone) -> None:
    contact = talking(desk)
    press(desk, contact, "Hang up")
    is_asked(desk, "destroy", "agent")
    fake(desk, "ends")
    desk.place.contacts.end(SHOP, contact.contact, by="agent:maria", now=desk.place.clock.passes(1))
    desk.tell()
    form = desk.page.locator(f"#wrap-{contact.contact}")
    form.get_by_role("radio", name="Advice").check()
    form.get_by_role("button", name="Finish").click()
    is_asked(desk, "clear")


def test_one_window_has_the_telephone_and_the_next_gets_it_after_its_call(desk: DeskAlone, place: Workplace) -> None:
    contact = talking(desk)
    other = DeskAlone(desk.page.context.new_page(), place, vendor__connect_streams=STREAMS)
    other.open()
    expect(other.page.locator("#phone-elsewhere")).to_be_visible()
    assert other.page.evaluate("window.fake.started") is None
    desk._line.send('{"v": 1, "type": "taken_over"}')  # type: ignore[union-attr]
    expect(desk.page.locator("#taken")).to_be_visible()
    assert ["terminate"] not in asked(desk), "a call is not dropped for it"
    fake(desk, "ends")
    fake(desk, "leaves")
    other.page.wait_for_function("window.fake.started")
    expect(other.page.locator("#phone-elsewhere")).to_be_hidden()
    assert asked(desk)[-1] == ["terminate"]
    expect(desk.page.locator("#ccp iframe")).to_have_count(0)
    assert contact
