"""Single-use passes for opening a WebSocket: an address is logged on its way, a spent ticket is worth nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Protocol

from chalicelib.kernel.errors import NotSignedIn

LIFE = timedelta(seconds=30)


class Store(Protocol):
    def keep(self, key: str, holder: Mapping[str, str], until: datetime) -> None: ...
    def take(self, key: str, now: datetime) -> Mapping[str, str] | None:
        """The holder, to one taker only; None for everybody else and when it is too late."""
        ...


class Tickets:
    """`holder` says what the ticket opens, in the words of whoever issues it."""

    def __init__(self, store: Store, mint: Callable[[], str]) -> None:
        self._store = store
        self._mint = mint

    def issue(self, holder: Mapping[str, str], now: datetime) -> str:
        ticket = self._mint()
        self._store.keep(_key(ticket), holder, now + LIFE)
        return ticket

    def redeem(self, ticket: str, now: datetime) -> Mapping[str, str]:
        holder = self._store.take(_key(ticket), now) if ticket else None
        if holder is None:
            raise NotSignedIn("this ticket is spent, too old or not ours; fetch a new one")
        return holder


def _key(ticket: str) -> str:
    return hashlib.sha256(ticket.encode()).hexdigest()
