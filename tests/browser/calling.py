"""Maria at her desk, with a telephone that is played; all else is real, and nothing behind it but memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from chalicelib.contacts.model.contact import Arrival, Contact
from chalicelib.routing.model.terms import Terms
from chalicelib.tenancy.model.tenant import Tenant
from tests.browser.alone import CUSTOMER, DeskAlone, Softphone, leg
from tests.browser.chromium import window
from tests.browser.conftest import Complaints
from tests.fakes.tenants import changed
from tests.fakes.terms import terms
from tests.fakes.workplace import JONAS, MARIA, SHARED, SHOP, Workplace

TAXI = "+15550100777"


def shop(**calls: Any) -> Tenant:
    return changed("shop", calls={"transfers": [{"number": TAXI, "name": "Courier"}], **calls})


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> Iterator[Workplace]:
    place = Workplace()
    place.clock.now = datetime.now(UTC)
    place.clients.known["shop"] = shop()
    with place.stands_in(monkeypatch):
        place.starts_shift(JONAS)
        place.starts_shift(MARIA)
        yield place


@pytest.fixture
def new_page(chromium: Browser, complaints: Complaints) -> Iterator[Callable[..., Page]]:
    contexts = []

    def open_page(width: int = 1440, height: int = 900) -> Page:
        context = window(chromium, width, height)
        contexts.append(context)
        complaints.listen(context)
        return context.new_page()

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture
def phone() -> Softphone:
    return Softphone()


@pytest.fixture
def desk(place: Workplace, phone: Softphone, new_page: Callable[..., Page]) -> DeskAlone:
    return DeskAlone(new_page(), place, phone).open()


def only_maria(desk: DeskAlone) -> None:
    """So that what comes is hers; Jonas stays at work, with a break."""
    desk.place.desk.set_status(JONAS, "paused", "break", desk.place.clock.passes(1))


def on_the_line(desk: DeskAlone, phone: Softphone, **more: str) -> Contact:
    """Maria talks with the customer."""
    only_maria(desk)
    contact = desk.rings(**more)
    phone.rings(contact)
    desk.page.locator(f"#answer-row-{contact.contact}").click()
    expect(desk.page.locator(f"#row-{contact.contact}")).to_be_visible()
    phone.talks()
    desk.connected(contact)
    expect(line(desk, contact)).to_be_visible()
    return contact


def line(desk: DeskAlone, contact: Contact) -> Locator:
    return desk.page.locator(f"#line-{contact.contact}")


def press(desk: DeskAlone, contact: Contact, name: str) -> None:
    desk.page.locator(f"#pane-{contact.contact}").get_by_role("button", name=name, exact=True).click()


def deeds(phone: Softphone) -> list[str]:
    return [deed for deed, _ in phone.did]


def consults(phone: Softphone, state: str = "ringing") -> None:
    phone.show(
        state="CONNECTED_ONHOLD",
        legs=[leg("customer", CUSTOMER, "held"), leg("agent", "Jonas", state)],
    )


def arrival(contact: Contact) -> Arrival:
    return Arrival(
        channel=contact.channel,
        entry_point=contact.entry_point,
        customer=contact.customer,
        source_id=contact.source_id,
    )


def place_terms() -> Terms:
    return terms(SHOP, SHARED)
