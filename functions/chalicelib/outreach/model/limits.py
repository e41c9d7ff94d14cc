"""How often a number may be called: what was called lately, counted over all campaigns of a client."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from chalicelib.kernel.clock import instant, stamp

DAY, WEEK = timedelta(days=1), timedelta(days=7)
KEPT = timedelta(days=8)  # longer than any limit looks back
APART = timedelta(minutes=15)  # between two calls to one number, whatever for
_MOST = 100  # calls that are remembered: more than any limit counts


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    a_day: int  # within any 24 hours
    a_week: int  # within any seven days


NONE = Limit(a_day=_MOST, a_week=_MOST)


@dataclass(frozen=True, slots=True)
class Calls:
    """What a number was called lately, the oldest first: (when, for which contact). A contact calls once."""

    made: tuple[tuple[datetime, str], ...] = ()

    def has(self, contact: str) -> bool:
        return any(one == contact for _, one in self.made)

    def free_at(self, at: datetime, limit: Limit) -> datetime:
        """The first moment from `at` on at which one more call keeps within the limit, and apart from the last one."""
        apart = self.made[-1][0] + APART if self.made else at
        return max(at, apart, self._free_at(at, limit.a_day, DAY), self._free_at(at, limit.a_week, WEEK))

    def _free_at(self, at: datetime, most: int, within: timedelta) -> datetime:
        recent = [made for made, _ in self.made if made > at - within]
        return recent[-most] + within if len(recent) >= most else at

    def why_not(self, at: datetime, limit: Limit) -> str:
        """Why the number may not be called now, in words; empty where it may."""
        for most, within, told in ((limit.a_day, DAY, "24 hours"), (limit.a_week, WEEK, "seven days")):
            made = sum(1 for when, _ in self.made if when > at - within)
            if made >= most:
                return f"called {made} times within {told} already; more than {most} are not allowed"
        if self.made and self.made[-1][0] + APART > at:
            return f"called less than {APART // timedelta(minutes=1)} minutes ago"
        return ""

    def with_call(self, at: datetime, contact: str) -> Calls:
        """What is older than any limit looks back is forgotten."""
        kept = [one for one in self.made if one[0] > at - KEPT]
        return replace(self, made=tuple(sorted([*kept, (at, contact)]))[-_MOST:])

    def as_texts(self) -> list[str]:
        return [f"{stamp(at)}#{contact}" for at, contact in self.made]

    @staticmethod
    def from_texts(texts: Iterable[str]) -> Calls:
        pairs = (text.partition("#") for text in texts)
        return Calls(tuple((instant(at), contact) for at, _, contact in pairs))
