"""The page behind the link in a text or a mail: what stands on it, and that its button takes the message."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from chalicelib.kernel.errors import NotFound
from chalicelib.outreach.model.dispatch import Dispatch
from chalicelib.outreach.model.letters import Page, page_of, unknown_page
from chalicelib.outreach.service.dispatches import Dispatches


@dataclass(frozen=True, slots=True)
class Opened:
    page: Page
    dispatch: Dispatch | None = None  # none behind a link that is none of ours, or forgotten


class Links:
    def __init__(self, dispatches: Dispatches) -> None:
        self._dispatches = dispatches

    def open(self, token: str) -> Opened:
        try:
            dispatch, attempt = self._dispatches.held(token)
        except NotFound:
            return Opened(unknown_page())
        return Opened(page_of(dispatch, attempt), dispatch)

    def take(self, token: str, now: datetime) -> Opened:
        try:
            dispatch, attempt = self._dispatches.take(token, now)
        except NotFound:
            return Opened(unknown_page())
        return Opened(page_of(dispatch, attempt), dispatch)
