"""Hours of operation, as an instance keeps them by name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time
from zoneinfo import ZoneInfo

EVERY_DAY = (0, 1, 2, 3, 4, 5, 6)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """`days` are 0 (Monday) to 6; `until` is not open any more, and midnight there means the end of the day."""

    name: str
    days: tuple[int, ...] = EVERY_DAY
    opens: time = time(0)
    until: time = time(0)
    zone: str = "UTC"

    def open(self, at: datetime) -> bool:
        here = at.astimezone(ZoneInfo(self.zone))
        clock = here.time()
        return here.weekday() in self.days and self.opens <= clock and (self.until == time(0) or clock < self.until)


ALWAYS = Hours(name="Always")


def find(hours: Iterable[Hours], reference: str) -> Hours | None:
    """By name, id or ARN, whose last part is the name here."""
    name = reference.rsplit("/", 1)[-1]
    return next((one for one in hours if one.name == name), None)
