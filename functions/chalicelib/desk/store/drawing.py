"""The desk's page and its pieces, drawn from `templates/pages/desk`."""

from __future__ import annotations

from chalicelib.aws.pages import Pages
from chalicelib.contacts.model.conversation import Message
from chalicelib.desk.model.board import Board, Presence
from chalicelib.desk.model.card import Card


def policy(telephone: str) -> str:
    """What the desk's page may load: our own files, a message that a caller left, and the telephone's frame."""
    origin = f" {telephone}" if telephone else ""
    frames = telephone or "'none'"
    return (
        "default-src 'self'; img-src 'self' https: data:; media-src 'self' blob:; "
        f"connect-src 'self'{origin}; frame-src {frames}; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
    )


class DeskDrawing:
    """`phone` is the agent's telephone: `simulator`, `connect` (Amazon Connect's, at `url`), or `none`."""

    def __init__(self, pages: Pages, phone: str, url: str = "") -> None:
        self._pages = pages
        self._phone = phone
        self._url = url
        self.policy = policy(url)

    def page(self, board: Board) -> str:
        return self._pages.render("desk/page.html", board=board, phone=self._phone, phone_url=self._url)

    def board(self, board: Board) -> str:
        return self._pages.render("desk/board.html", board=board, phone=self._phone)

    def card(self, card: Card) -> str:
        return self._pages.render("desk/card.html", card=card, phone=self._phone)

    def gone(self, contact: str, notice: str = "", presence: Presence | None = None) -> str:
        return self._pages.render("desk/gone.html", contact=contact, notice=notice, presence=presence)

    def presence(self, presence: Presence) -> str:
        return self._pages.render("desk/presence.html", presence=presence)

    def said(self, contact: str, message: Message) -> str:
        return self._pages.render("desk/said.html", contact=contact, message=message)
