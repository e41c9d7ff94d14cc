"""The desk's page and its pieces, drawn from `templates/pages/desk`."""

from __future__ import annotations

from chalicelib.aws.pages import Pages
from chalicelib.contacts.model.conversation import Message
from chalicelib.desk.model.board import Board, Presence
from chalicelib.desk.model.card import Card


class DeskDrawing:
    """`phone` says where calls are answered: `simulator` on this page, `window` in Amazon Connect's own."""

    def __init__(self, pages: Pages, phone: str) -> None:
        self._pages = pages
        self._phone = phone

    def page(self, board: Board) -> str:
        return self._pages.render("desk/page.html", board=board, phone=self._phone)

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
