"""What the desk's dialogs know while they are open: whose clock, what is promised, who is there, what was refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect

from chalicelib.contacts.model.contact import Arrival, Contact
from chalicelib.kernel.channel import Channel
from chalicelib.kernel.errors import Conflict
from tests.browser.alone import CUSTOMER, DeskAlone, Softphone
from tests.browser.calling import desk, new_page, on_the_line, phone, place, place_terms
from tests.fakes.desk_calls import WHY
from tests.fakes.tenants import changed
from tests.fakes.workplace import JONAS, MARIA, SHOP, Workplace

__all__ = ["desk", "new_page", "phone", "place"]

BERLIN, ANGELES = "+493012345678", "+13105550123"
LADDER = {
    "name": "burst",
    "title": "Burst pipe",
    "people": [{"name": "Ada Lovelace", "phone": "+15550100888"}],
    "steps": [{"who": "Ada Lovelace", "by": "voice"}],
}


# Promising a call


def test_the_clock_follows_the_number_that_is_typed(desk: DeskAlone, phone: Softphone) -> None:
    contact = on_the_line(desk, phone, customer=BERLIN)
    desk.page.locator(f"#promise-{contact.contact}").click()
    dialog = desk.page.locator("#promise")
    clock = dialog.locator("#promise-clock")
    expect(dialog.get_by_label("Time")).not_to_have_value("")
    dialog.get_by_label("Day").fill("2030-01-15")
    dialog.get_by_label("Time").fill("15:30")
    zone = desk.place.clients.get(SHOP).zone
    assert zone == "America/New_York"
    expect(clock).to_contain_text("The customer's clock then shows 21:30")
    dialog.get_by_label("Number").fill(ANGELES)
    expect(clock).to_contain_text("The customer's clock then shows 12:30")
    dialog.get_by_label("Number").fill("+1310")
    expect(clock).to_have_text(f"The time is that of {zone}.")
    dialog.get_by_label("Number").fill(BERLIN)
    expect(clock).to_contain_text("The customer's clock then shows 21:30")
    expect(dialog.get_by_label("Day")).to_have_value("2030-01-15")


def test_what_is_promised_already_stands_in_the_dialog(desk: DeskAlone, phone: Softphone) -> None:
    contact = on_the_line(desk, phone, customer=BERLIN)
    known = desk.page.locator("#promise-known")
    promises, client = desk.place.outreach.promises, desk.place.clients.get(SHOP)
    desk.page.locator(f"#promise-{contact.contact}").click()
    expect(desk.page.locator("#promise").get_by_label("Time")).not_to_have_value("")
    expect(known).to_be_hidden()
    desk.page.keyboard.press("Escape")
    for agent in ("jonas", ""):
        promises.make(
            client, number=BERLIN, at=datetime(2030, 1, 15, 20, 30, tzinfo=UTC), note="", by="", agent=agent,
            now=desk.place.clock(),
        )  # fmt: skip
    desk.page.locator(f"#promise-{contact.contact}").click()
    expect(known.get_by_role("listitem")).to_have_text(
        [
            f"Tue 15 Jan, 15:30, {BERLIN} · Jonas",
            f"Tue 15 Jan, 15:30, {BERLIN} · anybody of the team",
        ]
    )


# Handing on


def test_who_comes_on_shift_appears_while_the_dialog_is_open(desk: DeskAlone, phone: Softphone) -> None:
    desk.page.clock.install()
    contact = on_the_line(desk, phone)
    dialog = desk.page.get_by_role("dialog", name="Transfer the call")
    desk.page.locator(f"#transfer-{contact.contact}").click()
    team = dialog.get_by_role("radio", name="Shared team")
    expect(dialog).to_contain_text("0 available")
    dialog.get_by_label("Note").fill("A lamp in two pieces.")
    team.check()
    desk.place.starts_shift(JONAS)
    desk.page.clock.run_for(6_000)
    expect(dialog).to_contain_text("1 available")
    expect(dialog.get_by_role("radio", name="Jonas available")).to_be_visible()
    expect(team).to_be_checked()
    expect(team).to_be_focused()
    expect(dialog.get_by_label("Note")).to_have_value("A lamp in two pieces.")


def test_nobody_is_put_in_the_place_of_who_has_gone(desk: DeskAlone, phone: Softphone) -> None:
    desk.page.clock.install()
    contact = on_the_line(desk, phone)
    dialog = desk.page.get_by_role("dialog", name="Transfer the call")
    desk.page.locator(f"#transfer-{contact.contact}").click()
    dialog.get_by_label("Whom to").fill("o")
    expect(dialog.get_by_role("radio")).to_have_count(2)  # Jonas, the courier
    dialog.get_by_role("radio", name="Jonas").check()
    desk.place.desk.set_status(JONAS, "offline", "", desk.place.clock.passes(1))
    desk.page.clock.run_for(6_000)
    expect(dialog.get_by_role("radio")).to_have_count(1)
    expect(dialog.get_by_role("radio")).not_to_be_checked()


def test_a_dialog_that_is_closed_asks_for_nobody(desk: DeskAlone, phone: Softphone) -> None:
    desk.page.clock.install()
    contact = on_the_line(desk, phone)
    desk.page.locator(f"#transfer-{contact.contact}").click()
    expect(desk.page.get_by_role("dialog", name="Transfer the call").get_by_role("radio")).to_have_count(3)
    desk.page.keyboard.press("Escape")
    expect(desk.page.get_by_role("dialog", name="Transfer the call")).to_be_hidden()
    asked: list[str] = []
    desk.page.on("request", lambda request: asked.append(request.url))
    desk.page.clock.run_for(20_000)
    assert not [url for url in asked if url.endswith("/destinations")]


# Who is on call


def test_what_cannot_be_sent_is_said_in_the_dialog_and_no_success_is_told(
    desk: DeskAlone, phone: Softphone, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.place.clients.known["shop"] = changed("shop", on_call=[LADDER])
    contact = on_the_line(desk, phone)
    why = "Burst pipe is under way with another message: stop that one first, or wait until it is taken"

    def refuses(*given: object, **more: object) -> None:
        raise Conflict(why)

    monkeypatch.setattr(desk.place.outreach, "start", refuses)
    desk.page.locator(f"#dispatch-{contact.contact}").click()
    dialog = desk.page.locator("#dispatch")
    dialog.get_by_label("Message").fill("A second pipe has burst")
    dialog.get_by_role("button", name="Dispatch", exact=True).click()
    expect(dialog.get_by_role("alert")).to_have_text(why)
    expect(dialog).to_be_visible()
    expect(dialog.get_by_label("Message")).to_have_value("A second pipe has burst")
    expect(dialog.get_by_role("button", name="Dispatch", exact=True)).to_be_enabled()
    expect(desk.page.locator("#toasts p")).to_have_count(0)
    expect(desk.page.locator(f"#sent-{contact.contact}")).to_be_hidden()


# The card of a call that a colleague made


def test_a_campaign_call_by_transfer_has_its_card_in_one_line(
    place: Workplace, phone: Softphone, new_page: Callable[..., Page]
) -> None:
    desk = DeskAlone(new_page(1280, 800), place, phone).open()
    leg = handed_to_maria(desk)
    pane, side = desk.page.locator(f"#pane-{leg.contact}"), desk.page.locator(f"#side-{leg.contact}")
    expect(pane.get_by_role("heading", name="Jana Weiss")).to_be_visible()
    expect(pane.get_by_role("row", name="Last checkup 2024-03-18")).to_be_visible()
    expect(pane.get_by_role("button", name="Call", exact=True)).to_have_count(0)
    expect(side.locator("dt").filter(has_text="Sees")).to_be_visible()
    expect(side.locator("dt").filter(has_text="Before")).to_be_visible()
    expect(side).to_contain_text("speaks with Jonas")
    for text in ("Dialled", "Came in"):
        expect(side.locator("dt").filter(has_text=text)).to_have_count(0)


@pytest.mark.parametrize("width", [1280, 390])
def test_why_we_call_is_one_line_of_words(
    width: int, place: Workplace, phone: Softphone, new_page: Callable[..., Page]
) -> None:
    place.outreach.why = replace(WHY, kind="appointment", title="Promised call", mode="", at="2030-01-15T08:03:00.000Z")
    desk = DeskAlone(new_page(width, 800), place, phone).open()
    leg = handed_to_maria(desk, "appointment:a1")
    for where in (f"#row-{leg.contact}", f"#head-{leg.contact}"):
        kind = desk.page.locator(f"{where} .kind")
        parts = kind.evaluate(
            "kind => [...kind.childNodes].filter((one) => one.textContent.trim() || one.tagName).length"
        )
        assert parts == 2, "an icon, and the words in one piece"
        expect(kind).to_contain_text("attempt 1 of 3")


def handed_to_maria(desk: DeskAlone, outreach: str = "campaign:checkups") -> Contact:
    """Jonas made the call, and hands it on."""
    place = desk.place
    given = {"channel": Channel.VOICE, "entry_point": "+15550100200", "customer": CUSTOMER}
    call = place.contacts.open(
        SHOP, Arrival(**given, source_id="o-1", direction="outbound", outreach=outreach), place.clock()
    )
    place.desk.set_status(MARIA, "paused", "break", place.clock.passes(1))
    place.router.enqueue(call, place_terms(), now=place.clock.passes(1))
    place.router.accept(SHOP, call.contact, agent=JONAS.agent, now=place.clock.passes(1))
    leg = place.contacts.open(
        SHOP, Arrival(**given, source_id="o-2", direction="transfer", previous=call.contact), place.clock()
    )
    place.contacts.transferred(
        SHOP, call.contact, agent=JONAS.agent, to="agent:maria", leg=leg.contact, now=place.clock()
    )
    place.starts_shift(MARIA)
    place.router.enqueue(leg, place_terms().to_agent("shared"), now=place.clock.passes(1), prefer=MARIA.agent)
    desk.tell()
    expect(desk.page.locator(f"#row-{leg.contact}")).to_be_visible()
    return leg
