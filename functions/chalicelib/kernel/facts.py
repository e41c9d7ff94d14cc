"""A fact: something that happened, once, and is never edited."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from chalicelib.kernel.clock import instant, stamp


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """`by` is `customer`, `system`, or `agent:<id>`; `data` holds text, whole numbers and lists of them."""

    kind: str
    at: datetime
    by: str = "system"
    data: Mapping[str, Any] = field(default_factory=dict)

    def as_item(self) -> dict[str, Any]:
        return {"kind": self.kind, "at": stamp(self.at), "by": self.by, "data": dict(self.data)}

    @staticmethod
    def from_item(item: Mapping[str, Any]) -> Fact:
        return Fact(kind=item["kind"], at=instant(item["at"]), by=item["by"], data=item["data"])
