"""What the desk's doors have in common: where a contact is reached, which forms they take, and a card as the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalicelib import entry
from chalicelib.desk import wiring

if TYPE_CHECKING:
    from chalice.app import Response

    from chalicelib.desk.model.card import Card
    from chalicelib.entry import Call

FORM = ["application/json", "application/x-www-form-urlencoded"]
CONTACT = "/api/desk/{tenant}/{contact}"


def card_of(call: Call, card: Card) -> Response | dict[str, Any]:
    """The card as the page shows it, or as a script reads it."""
    return entry.page(wiring.drawing().card(card)) if call.wants_html else card.as_json()
