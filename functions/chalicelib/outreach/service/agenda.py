"""Once a minute, whatever is due is done: each entry by who knows how, and none keeps the others waiting."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Protocol

from chalicelib.outreach.model.agenda import Entry, Kind

AGAIN_S = 300  # after which an entry that failed is tried again

Deed = Callable[[Entry, datetime], str]  # does it, strikes or moves the entry, and says what came of it, for the log
Left = Callable[[], float]  # seconds that there are for the rest


class Pages(Protocol):
    def of(self, kind: Kind, now: datetime) -> Iterable[Entry]:
        """Those that are due, the oldest first; read page by page, as they are asked for."""
        ...

    def move(self, entry: Entry, at: datetime) -> None:
        """Silent where it is no longer there."""
        ...


class Agenda:
    def __init__(self, pages: Pages, deeds: Mapping[Kind, Deed], failed: Callable[[Entry, Exception], None]) -> None:
        self._pages, self._deeds, self._failed = pages, deeds, failed

    def work(self, now: datetime, left: Left) -> dict[str, int]:
        """What came of all that was due, counted: `<kind>_<what>`. What there is no time for is due in the next round:
        kind by kind, what cannot wait goes first."""
        done: Counter[str] = Counter()
        for kind in Kind:
            for entry in self._pages.of(kind, now):
                if left() <= 0:
                    return {**done, "late": 1}
                done[f"{kind}_{self._done(entry, now)}"] += 1
        return dict(done)

    def _done(self, entry: Entry, now: datetime) -> str:
        try:
            return self._deeds[entry.kind](entry, now)
        except Exception as error:  # one fault must not keep the others from their calls
            self._failed(entry, error)
        try:
            self._pages.move(entry, now + timedelta(seconds=AGAIN_S))
        except Exception as error:  # it is where it was, and due in the next round
            self._failed(entry, error)
        return "failed"
