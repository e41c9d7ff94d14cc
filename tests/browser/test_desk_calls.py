"""What an agent sees and does while somebody is on the line; the telephone is played, all else is real."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from chalicelib.kernel.channel import Channel
from chalicelib.kernel.ids import ContactId
from tests.browser.alone import CUSTOMER, DeskAlone, Softphone, leg
from tests.browser.calling import (
    consults,
    deeds,
    desk,
    line,
    new_page,
    on_the_line,
    only_maria,
    phone,
    place,
    press,
)
from tests.fakes.workplace import MARIA, SHOP, Workplace

WAV = bytes.fromhex("524946462c00000057415645666d74201000000001000100401f0000803e0000020010006461746108000000") + bytes(
    8
)

__all__ = ["desk", "new_page", "phone", "place"]


# The ring


def test_a_call_rings_when_the_telephone_says_so_and_shows_no_count_down(desk: DeskAlone, phone: Softphone) -> None:
    only_maria(desk)
    contact = desk.rings()
    row = desk.page.locator(f"#row-{contact.contact}")
    expect(row.locator(".bell")).to_have_text("on its way")
    expect(row.locator(".ring")).to_have_count(0)
    phone.rings(contact)
    expect(row.locator(".bell")).to_have_text("rings")
    desk.place.contacts.set_desk(SHOP, contact.contact, MARIA.agent, "page-1")
    with desk.page.expect_response("**/softphone/accept*"):
        desk.page.locator(f"#answer-row-{contact.contact}").click()
    assert deeds(phone) == ["accept"]
    phone.show(accepted=True)
    expect(row.locator(".bell")).to_have_text("connecting")


def test_who_answers_before_the_telephone_rings_is_put_through_when_it_does(desk: DeskAlone, phone: Softphone) -> None:
    only_maria(desk)
    contact = desk.rings()
    desk.page.locator(f"#answer-row-{contact.contact}").click()
    expect(desk.page.locator(f"#answer-row-{contact.contact}")).to_have_text("Connecting …")
    assert phone.did == []
    with desk.page.expect_request("**/softphone/accept*"):
        phone.rings(contact)


def test_a_missed_call_that_rings_again_is_shown_and_heard_from_its_beginning(
    desk: DeskAlone, phone: Softphone
) -> None:
    contact = on_the_line(desk, phone)
    said = {"who": "customer", "text": "Hello?", "at": "", "block": ""}
    phone.show(lines=[{**said, "n": 1}, {**said, "n": 2, "text": "Is anybody there?"}], last=2)
    expect(desk.page.locator(f"#words-{contact.contact} .msg")).to_have_count(2)
    with desk.page.expect_request("**/softphone/clear*"):
        phone.show(state="MISSED")
    other = "Here I am again."
    phone.rings(contact)
    phone.show(lines=[{**said, "n": 1, "text": other}], last=1)
    expect(desk.page.locator("body")).to_have_attribute("data-line", "CONNECTING")
    # An answer that was overtaken on its way is not believed.
    phone.show(began_at="00:00:00", state="MISSED", last=9)
    phone.show(began_at="24:00:00", state="CONNECTED", accepted=True)
    expect(desk.page.locator("body")).to_have_attribute("data-line", "CONNECTED")
    assert deeds(phone).count("clear") == 1


def test_a_telephone_that_is_gone_says_so_and_comes_back(desk: DeskAlone, phone: Softphone) -> None:
    lost = desk.page.locator("#no-phone")
    expect(lost).to_be_hidden()
    phone.is_down = True
    phone.show(state="ENDED", contact_id="v0", call="x", began_at="1", lines=[], last=0, legs=[])
    expect(lost).to_be_visible()
    expect(lost).to_have_text("Calls cannot reach you")
    phone.is_down = False
    expect(lost).to_be_hidden()


@pytest.mark.parametrize(
    ("direction", "words"),
    [
        ("callback", "The customer did not answer."),
        ("outbound", "The customer did not answer."),
        ("inbound", "The caller was gone before you were connected."),
    ],
)
def test_a_call_that_ends_before_anybody_was_on_the_line_is_cleared_at_once(
    direction: str, words: str, desk: DeskAlone, phone: Softphone
) -> None:
    only_maria(desk)
    contact = desk.rings(callback=CUSTOMER)
    phone.rings(contact)
    phone.show(direction=direction, accepted=True, connected_at=None)
    expect(desk.page.locator("body")).to_have_attribute("data-line", "CONNECTING")
    phone.then = lambda deed, body: phone.quiet() if deed == "clear" else None
    phone.show(state="ENDED", legs=[])
    expect(desk.page.locator("#toasts")).to_have_text(words)
    expect(desk.page.locator("body")).to_have_attribute("data-line", "IDLE")
    assert deeds(phone) == ["clear"]


def test_a_call_that_was_spoken_in_waits_for_its_wrap_up(desk: DeskAlone, phone: Softphone) -> None:
    contact = on_the_line(desk, phone)
    phone.show(state="ENDED", legs=[], connected_at="2026-10-05T08:00:00Z")
    expect(desk.page.locator("body")).to_have_attribute("data-line", "ENDED")
    desk.place.contacts.end(SHOP, contact.contact, by="customer", now=desk.place.clock.passes(1))
    desk.tell()
    expect(desk.page.locator(f"#wrap-{contact.contact}")).to_be_visible()
    assert deeds(phone) == ["accept"]
    expect(desk.page.locator("#toasts p")).to_have_count(0)


def test_an_end_that_a_page_finds_for_no_card_of_its_own_is_cleared(
    place: Workplace, phone: Softphone, new_page: Callable[..., Page]
) -> None:
    phone.call = {
        "call": "x", "contact_id": "v0", "state": "ENDED", "accepted": True, "began_at": "1", "legs": [], "lines": [],
        "last": 0, "direction": "inbound", "muted": False, "recording": "off", "connected_at": "2026-10-05T08:00:00Z",
    }  # fmt: skip
    phone.then = lambda deed, body: phone.quiet()
    desk = DeskAlone(new_page(), place, phone).open()
    expect(desk.page.locator("body")).to_have_attribute("data-line", "IDLE", timeout=10_000)
    assert deeds(phone) == ["clear"]


# The panel


def test_an_agent_mutes_himself_by_button_and_by_key(desk: DeskAlone, phone: Softphone) -> None:
    contact = on_the_line(desk, phone)
    phone.then = lambda deed, body: phone.call.update(muted=deed == "mute")  # type: ignore[union-attr]
    mute = desk.page.locator(f"#mute-{contact.contact}")
    expect(mute).to_have_attribute("aria-pressed", "false")
    mute.click()
    expect(mute).to_have_attribute("aria-pressed", "true")
    expect(mute).to_have_text("Muted")
    desk.page.keyboard.press("Alt+KeyM")
    expect(mute).to_have_attribute("aria-pressed", "false")
    assert deeds(phone)[-2:] == ["mute", "unmute"]


def test_keys_are_sent_by_button_and_by_keyboard_and_the_focus_comes_back(desk: DeskAlone, phone: Softphone) -> None:
    contact = on_the_line(desk, phone)
    opens = desk.page.locator(f"#keypad-{contact.contact}")
    opens.click()
    expect(opens).to_have_attribute("aria-expanded", "true")
    keys = line(desk, contact).get_by_role("group", name="Keypad")
    keys.get_by_role("button", name="Hash").click()
    desk.page.keyboard.press("7")
    expect(keys).to_be_visible()
    desk.page.keyboard.press("Escape")
    expect(keys).to_be_hidden()
    expect(opens).to_be_focused()
    assert [body["keys"] for deed, body in phone.did if deed == "keys"] == ["#", "7"]


def test_what_the_telephone_refuses_is_said_in_its_words(desk: DeskAlone, phone: Softphone) -> None:
    contact = on_the_line(desk, phone)
    phone.refuse["mute"] = "the caller has just hung up"
    press(desk, contact, "Mute")
    expect(desk.page.locator("#toasts")).to_contain_text("the caller has just hung up")


def test_a_push_leaves_the_panel_and_its_keypad_as_they_are(desk: DeskAlone, phone: Softphone) -> None:
    contact = on_the_line(desk, phone)
    press(desk, contact, "Keypad")
    desk.place.contacts.hold(SHOP, contact.contact, agent=MARIA.agent, now=desk.place.clock.passes(1))
    desk.tell()
    expect(desk.page.locator(f"#row-{contact.contact}")).to_have_attribute("data-state", "held")
    expect(line(desk, contact).get_by_role("group", name="Keypad")).to_be_visible()


# Recording


def test_a_pause_of_the_recording_is_seen_and_ends(desk: DeskAlone, phone: Softphone) -> None:
    contact = on_the_line(desk, phone)
    pane = desk.page.locator(f"#pane-{contact.contact}")
    press(desk, contact, "Pause recording")
    expect(pane.locator(".chip.recording")).to_contain_text("Recording paused")
    expect(pane.locator(".chip.recording .timer")).to_be_visible()
    assert desk.place.recorder.asked == [("pause", contact.source_id, contact.source_id)]
    press(desk, contact, "Resume recording")
    expect(pane.locator(".chip.recording")).to_have_count(0)
    kinds = [fact.kind for fact in desk.now(contact).facts]
    assert kinds[-2:] == ["recording_paused", "recording_resumed"]


def test_a_recording_that_goes_on_in_spite_of_the_button_is_not_shown_as_paused(
    desk: DeskAlone, phone: Softphone
) -> None:
    contact = on_the_line(desk, phone)
    desk.place.recorder.broken = True
    press(desk, contact, "Pause recording")
    expect(desk.page.locator("#toasts")).to_contain_text("Amazon Connect's recording did not answer; try again")
    expect(desk.page.locator(".chip.recording")).to_have_count(0)
    assert desk.now(contact).recording == ""


def test_what_is_not_recorded_has_no_button_for_it(desk: DeskAlone, phone: Softphone) -> None:
    contact = on_the_line(desk, phone)
    phone.show(recording="off")
    expect(desk.page.locator(f"#record-{contact.contact}")).to_be_hidden()


# Calling out


def test_an_agent_calls_somebody_in_a_client_s_name(desk: DeskAlone, phone: Softphone) -> None:
    only_maria(desk)
    page, dialog = desk.page, desk.page.get_by_role("dialog", name="Call somebody")
    page.get_by_role("button", name="Call", exact=True).click()
    dialog.get_by_label("In the name of").select_option("Luna Shop")
    expect(dialog.locator("output")).to_have_text("+15550100200")
    dialog.get_by_label("Number").fill("+1 (555) 012-3456")
    dialog.get_by_role("button", name="Call", exact=True).click()
    expect(dialog).to_be_hidden()
    assert phone.did == [("dial", {"number": CUSTOMER})]
    contact = page.locator(".row").get_attribute("data-contact") or ""
    opened = desk.place.contacts.get(SHOP, ContactId(contact))
    assert (opened.direction, opened.agent, opened.customer) == ("outbound", MARIA.agent, CUSTOMER)
    expect(page.locator(f"#pane-{contact}")).to_be_visible()
    expect(page.locator(f"#answer-row-{contact}")).to_have_count(0)
    expect(page.locator(f"#end-{contact}")).to_be_visible()
    phone.show(
        call="out", contact_id=contact, state="CONNECTING", accepted=True, direction="outbound", began_at="1",
        lines=[], last=0, legs=[leg("customer", CUSTOMER, "ringing")],
    )  # fmt: skip
    expect(page.locator(f"#row-{contact} .bell")).to_have_text("calling the customer")


def test_a_number_that_is_none_and_the_client_s_own_are_refused_in_the_dialog(
    desk: DeskAlone, phone: Softphone
) -> None:
    only_maria(desk)
    dialog = desk.page.get_by_role("dialog", name="Call somebody")
    desk.page.get_by_role("button", name="Call", exact=True).click()
    dialog.get_by_label("In the name of").select_option("Luna Shop")
    for typed, words in (("five", "is no telephone number"), ("+15550100200", "Luna Shop's own number")):
        dialog.get_by_label("Number").fill(typed)
        dialog.get_by_role("button", name="Call", exact=True).click()
        expect(dialog.get_by_role("alert")).to_contain_text(words)
    assert phone.did == []
    expect(desk.page.locator(".row")).to_have_count(0)


def test_a_telephone_that_does_not_dial_frees_the_agent(desk: DeskAlone, phone: Softphone) -> None:
    only_maria(desk)
    phone.refuse["dial"] = "the line is dead"
    dialog = desk.page.get_by_role("dialog", name="Call somebody")
    desk.page.get_by_role("button", name="Call", exact=True).click()
    dialog.get_by_label("In the name of").select_option("Luna Shop")
    dialog.get_by_label("Number").fill(CUSTOMER)
    dialog.get_by_role("button", name="Call", exact=True).click()
    expect(dialog.get_by_role("alert")).to_contain_text("the line is dead")
    assert desk.place.router.seat(MARIA.team, MARIA.agent).units == 0


# Callbacks and messages


def test_a_callback_says_that_it_is_one(desk: DeskAlone, phone: Softphone) -> None:
    only_maria(desk)
    contact = desk.rings(callback="+15550199999")
    expect(desk.page.locator(f"#row-{contact.contact}")).to_contain_text("Callback, as the customer asked")
    expect(desk.page.locator(f"#side-{contact.contact}")).to_contain_text("Call back at")
    expect(desk.page.locator(f"#side-{contact.contact}")).to_contain_text("+15550199999")


def test_a_message_is_accepted_at_the_desk_and_heard(desk: DeskAlone, phone: Softphone) -> None:
    only_maria(desk)
    contact = desk.rings(voicemail="tapes/one.wav")
    desk.place.tapes.kept["tapes/one.wav"] = WAV
    page, pane = desk.page, desk.page.locator(f"#pane-{contact.contact}")
    expect(page.locator(f"#row-{contact.contact}")).to_contain_text("Message of a caller")
    expect(page.get_by_role("alert").first).to_contain_text("Message of a caller for Luna Shop")
    page.locator(f"#accept-row-{contact.contact}").click()
    expect(page.locator(f"#row-{contact.contact}")).to_have_attribute("data-state", "connected")
    assert phone.did == [], "the telephone has nothing to do with it"
    pane.get_by_role("button", name="Play the message").click()
    expect(pane.locator("audio")).to_be_visible()
    expect(pane.locator("audio")).to_have_js_property("error", None)
    page.wait_for_function("document.querySelector('audio').duration > 0")  # it is a sound, and a browser reads it
    expect(pane.get_by_role("button", name="Hold")).to_have_count(0)
    pane.get_by_role("button", name="Call back").click()
    dialog = page.get_by_role("dialog", name="Call somebody")
    expect(dialog.get_by_label("Number")).to_have_value(CUSTOMER)
    expect(dialog.get_by_label("In the name of")).to_have_value("shop")
    dialog.get_by_role("button", name="Cancel").click()
    pane.get_by_role("button", name="Done with it").click()
    expect(page.locator(f"#row-{contact.contact}")).to_have_attribute("data-state", "ended")


def test_a_message_that_is_gone_says_so(desk: DeskAlone, phone: Softphone) -> None:
    only_maria(desk)
    contact = desk.rings(voicemail="tapes/gone.wav")
    desk.page.locator(f"#accept-row-{contact.contact}").click()
    pane = desk.page.locator(f"#pane-{contact.contact}")
    pane.get_by_role("button", name="Play the message").click()
    expect(pane.locator(".voicemail [role=status]")).to_contain_text("not here yet")
    expect(pane.get_by_role("button", name="Play the message")).to_be_enabled()


@pytest.mark.parametrize("width", [320, 390])
def test_a_call_is_handled_on_a_small_screen_without_scrolling_sideways(
    width: int, place: Workplace, phone: Softphone, new_page: Callable[..., Page]
) -> None:
    desk = DeskAlone(new_page(width, 740), place, phone).open()
    contact = on_the_line(desk, phone)
    consults(phone, "connected")
    press(desk, contact, "Keypad")
    wide = "document.documentElement.scrollWidth"
    assert desk.page.evaluate(wide) <= width
    desk.page.get_by_role("button", name="Call", exact=True).click()
    box = desk.page.get_by_role("dialog", name="Call somebody").bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width


def test_the_telephone_is_what_the_agent_is(desk: DeskAlone, phone: Softphone) -> None:
    """Or it would not ring for who is there, and ring for who is not."""
    only_maria(desk)

    def stands(*names: str) -> None:
        for _ in range(100):  # what the page asks for comes while it is waited for
            if tuple(phone.stood) == names:
                return
            desk.page.wait_for_timeout(50)
        raise AssertionError(phone.stood)

    stands("Available")
    chat = desk.place.arrives(Channel.CHAT, SHOP, entry_point="wk", customer="v", source_id="chat-1")
    desk.tell()
    stands("Available", "Busy elsewhere")  # who writes with somebody takes no call beside it
    desk.place.desk.accept(MARIA, SHOP, chat.contact, desk.place.clock.passes(1))
    desk.place.desk.end(MARIA, SHOP, chat.contact, desk.place.clock.passes(1))
    desk.tell()
    desk.place.desk.wrap(MARIA, SHOP, chat.contact, disposition="advice", now=desk.place.clock.passes(1))
    desk.tell()
    stands("Available", "Busy elsewhere", "Available")
    desk.page.locator("#presence summary").click()
    desk.page.locator("#status-paused-break").click()
    stands("Available", "Busy elsewhere", "Available", "Break")
