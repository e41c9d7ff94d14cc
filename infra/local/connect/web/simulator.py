"""What the doors act on."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from infra.local.connect.api.books import Register
from infra.local.connect.aws import RecordFile
from infra.local.connect.exchange import Exchange
from infra.local.connect.parties import Outside

_REMEMBERED = 100  # numbers outside that were put through to, over or not


@dataclass(frozen=True, slots=True)
class Who:
    """An agent, as /api/me tells."""

    agent: str
    name: str


@dataclass(slots=True)
class Simulator:
    """The exchange is there once the door's loop runs."""

    records: RecordFile
    who: Callable[[str], Awaitable[Who]]  # Cookie header → the agent; raises HTTPException
    numbers: Callable[[], list[dict[str, Any]]]
    page: Callable[[], str]
    renew: Callable[[], None] = lambda: None  # takes changed flow files; raises FlowRefused
    register: Register = field(default_factory=Register)  # numbers and users
    tick: Callable[[], float] = time.time  # in seconds; a claim that was begun before a restart goes on after it
    exchange: Exchange | None = None
    answered: dict[str, Outside] = field(default_factory=dict)

    def remember(self, party: Outside) -> None:
        """The exchange forgets a number outside when it hangs up; whoever was on that line still hears so."""
        self.answered[party.id] = party
        while len(self.answered) > _REMEMBERED:
            del self.answered[next(iter(self.answered))]

    @property
    def on(self) -> Exchange:
        if self.exchange is None:
            raise web.HTTPServiceUnavailable(text="the telephone exchange is starting")
        return self.exchange
