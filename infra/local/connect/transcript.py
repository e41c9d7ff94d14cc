"""What one party of a call hears and says, as text."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

MOST_LINES = 2_000  # of a transcript; a caller who waits for hours hears much


class Speaker(StrEnum):
    SYSTEM = "system"  # a prompt
    CUSTOMER = "customer"
    AGENT = "agent"
    OUTSIDE = "outside"  # whoever was called beside the customer
    KEYS = "keys"
    NOTE = "note"  # what happens on the line: ringing, hold, the end


@dataclass(frozen=True, slots=True)
class Line:
    n: int
    at: datetime
    who: Speaker
    text: str
    block: str = ""  # the flow and action that said it


@dataclass(slots=True)
class Transcript:
    """It lives as long as the call is remembered here."""

    lines: deque[Line] = field(default_factory=lambda: deque(maxlen=MOST_LINES))
    last: int = 0

    def add(self, at: datetime, who: Speaker, text: str, block: str = "") -> None:
        self.last += 1
        self.lines.append(Line(self.last, at, who, text, block))

    def after(self, n: int) -> list[Line]:
        return [line for line in self.lines if line.n > n]
