"""The floor of a sample month: agents' shifts with their pauses, and who is free for the next contact when."""

from __future__ import annotations

import random
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from infra.layout import open_functions

open_functions()
from chalicelib.kernel.channel import Channel  # noqa: E402  lives where Chalice wants it
from chalicelib.kernel.ids import AgentId  # noqa: E402
from chalicelib.workforce.model import Status, StatusBegan  # noqa: E402

WRITTEN_AT_ONCE = 3
# When a shift begins, and how long it is.
_Shift = tuple[time, timedelta]
_EARLY: _Shift = (time(7, 45), timedelta(hours=6))
_LATE: _Shift = (time(12, 45), timedelta(hours=6))
_ALONE: _Shift = (time(8), timedelta(hours=7))
_WEEKEND: _Shift = (time(9), timedelta(hours=4))


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """An agent is available in [start, end)."""

    start: datetime
    end: datetime


@dataclass(slots=True, kw_only=True)
class Seat:
    """One agent's month. Mail is laid aside for a call, a chat is not."""

    agent: AgentId
    spans: Sequence[Span]
    calls_until: datetime = datetime.min.replace(tzinfo=UTC)
    written: list[tuple[datetime, Channel]] = field(default_factory=list)

    def free_at(self, at: datetime, channel: Channel) -> datetime | None:
        """The first instant from `at` on at which he can take one more; None if not in this month any more.

        Contacts come in order, but some begin later than the next ones do: only what ends before `at` is forgotten.
        """
        self.written = [held for held in self.written if held[0] > at]
        busy = sorted(end for end, what in self.written if what is Channel.CHAT or what is channel)
        if channel is not Channel.VOICE:
            busy = busy[: max(0, len(busy) - WRITTEN_AT_ONCE + 1)]
        free = max([at, self.calls_until, *busy])
        place = bisect_right(self.spans, free, key=lambda span: span.end)
        return max(free, self.spans[place].start) if place < len(self.spans) else None

    def takes(self, until: datetime, channel: Channel) -> None:
        if channel is Channel.VOICE:
            self.calls_until = until
        else:
            self.written.append((until, channel))


def shifts(
    agent: AgentId, place: int, of: int, days: Iterable[date], zone: ZoneInfo, chance: random.Random
) -> list[StatusBegan]:
    """What the agent, at his place among so many, says in a month."""
    said: list[StatusBegan] = []
    for day in days:
        if (shift := _shift(day, place, of)) is not None:
            start = datetime.combine(day, shift[0], zone).astimezone(UTC) + timedelta(
                seconds=chance.randrange(-240, 420)
            )
            said += _day(agent, start, shift[1] + timedelta(seconds=chance.randrange(-300, 600)), chance)
    return said


def seat(agent: AgentId, said: Sequence[StatusBegan]) -> Seat:
    spans = [
        Span(start=one.at, end=following.at) for one, following in pairwise(said) if one.status is Status.AVAILABLE
    ]
    return Seat(agent=agent, spans=spans)


def _shift(day: date, place: int, of: int) -> _Shift | None:
    """Early and late in turn, and one day of the weekend each; who is alone works the whole of every weekday."""
    weekend = day.weekday() >= 5
    if of == 1:
        return None if weekend else _ALONE
    if weekend:
        return _WEEKEND if (place + day.weekday()) % of == 1 else None
    return _EARLY if (place + day.isocalendar().week) % 2 == 0 else _LATE


def _day(agent: AgentId, start: datetime, takes: timedelta, chance: random.Random) -> Iterator[StatusBegan]:
    yield StatusBegan(agent=agent, status=Status.AVAILABLE, at=start)
    for part, minutes, reason in ((0.27, 15, "break"), (0.5, 30, "lunch"), (0.75, 15, "break")):
        at = start + takes * part + timedelta(seconds=chance.randrange(-600, 600))
        back = at + timedelta(seconds=minutes * 60 + chance.randrange(-120, 180))
        yield StatusBegan(agent=agent, status=Status.PAUSED, at=at, reason=reason)
        yield StatusBegan(agent=agent, status=Status.AVAILABLE, at=back)
    yield StatusBegan(agent=agent, status=Status.OFFLINE, at=start + takes)
