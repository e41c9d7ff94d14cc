"""What became of a wish to chat."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from chalicelib.channels.chat.model.view import Snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    token: str
    until: datetime
    snapshot: Snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnedAway:
    """The client's tier has no chat, or takes no contacts: the answer is in the client's words."""

    answer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """Outside of the client's hours. `mailbox` and `opens_at` are empty where there is none."""

    answer: str
    mailbox: str
    opens_at: str
