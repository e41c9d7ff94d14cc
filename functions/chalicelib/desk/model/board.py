"""Everything that one agent has before him."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chalicelib.contacts.model.contact import State
from chalicelib.desk.model.card import Card, client_json
from chalicelib.desk.model.telephone import standing
from chalicelib.kernel.clock import instant, stamp
from chalicelib.routing.model.seat import Seat
from chalicelib.workforce.model import PAUSE_REASONS, Status

_WORDS: Mapping[Status, tuple[str, str]] = {
    Status.AVAILABLE: ("Available", "ready"),
    Status.PAUSED: ("Paused", "due"),
    Status.MISSED: ("Not responding", "late"),
    Status.OFFLINE: ("Offline", "off"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Presence:
    """What the agent is doing, as the status menu shows it."""

    seat: Seat

    @property
    def status(self) -> str:
        return self.seat.status.value

    @property
    def word(self) -> str:
        if self.seat.status is Status.PAUSED and self.seat.reason:
            return self.seat.reason.capitalize()
        if self.seat.status is Status.MISSED and self.seat.reason:
            return "Declined"
        return _WORDS[self.seat.status][0]

    @property
    def tone(self) -> str:
        return _WORDS[self.seat.status][1]

    @property
    def telephone(self) -> str:
        return standing(self.seat.status, self.seat.reason)

    @property
    def since(self) -> datetime | None:
        return instant(self.seat.since) if self.seat.since else None

    @property
    def on_shift(self) -> bool:
        return self.seat.status is not Status.OFFLINE

    @property
    def choices(self) -> tuple[tuple[str, str, str], ...]:
        """(status, reason, word) of what he can change to."""
        pauses = ((Status.PAUSED.value, reason, reason.capitalize()) for reason in PAUSE_REASONS)
        return (("available", "", "Available"), *pauses, ("offline", "", "Offline"))

    @property
    def chosen(self) -> tuple[str, str]:
        return (self.status, self.seat.reason)

    def as_json(self) -> dict[str, Any]:
        seat = self.seat
        return {
            "agent": seat.agent,
            "team": seat.team,
            "status": seat.status.value,
            "reason": seat.reason,
            "since": seat.since,
            "units": seat.units,
            "contacts": sorted(seat.contacts),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    name: str  # of the agent
    presence: Presence
    cards: tuple[Card, ...]
    clients: tuple[str, ...]  # the names of those whose contacts may come
    at: datetime
    takes_contacts: bool = True

    @property
    def offers(self) -> tuple[Card, ...]:
        return tuple(card for card in self.cards if card.contact.state is State.OFFERED)

    @property
    def mine(self) -> tuple[Card, ...]:
        return tuple(card for card in self.cards if card.contact.state is not State.OFFERED)

    def as_json(self) -> dict[str, Any]:
        return {
            "at": stamp(self.at),
            "seat": self.presence.as_json(),
            "contacts": [card.as_json() for card in self.cards],
            "tenants": {card.contact.tenant: client_json(card.client) for card in self.cards},
        }
