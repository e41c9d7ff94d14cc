"""Numbers that are never to be called, and what is known of a number before it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chalicelib.outreach.model.limits import Calls

MOST_WHY = 200  # characters


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A number on a do-not-call list."""

    number: str
    at: str  # a stamp
    by: str
    why: str = ""

    def as_item(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__ if getattr(self, name)}

    @staticmethod
    def from_item(item: Mapping[str, Any]) -> Listed:
        return Listed(number=item["number"], at=item["at"], by=item["by"], why=item.get("why", ""))


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    by_client: bool = False  # on the client's own list
    by_house: bool = False  # on the list for all clients
    calls: Calls = Calls()

    @property
    def listed(self) -> bool:
        return self.by_client or self.by_house
