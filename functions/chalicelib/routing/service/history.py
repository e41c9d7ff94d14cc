"""What past contacts tell of a usual day: how many come when, how long they take, how long customers wait.

Counted are contacts that were queued. All days of the window are laid over each other, by the clock of one time zone.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import tzinfo

from chalicelib.contacts.model.contact import Contact
from chalicelib.kernel.channel import Channel
from chalicelib.kernel.errors import Invalid
from chalicelib.kernel.ids import TenantId
from chalicelib.routing.model.forecast import Demand, Forecast, Interval, clock
from chalicelib.tenancy.model.tenant import Target

_DAY = 24 * 3600


@dataclass(slots=True)
class _Seen:
    """Of one client and channel."""

    arrivals: Counter[int] = field(default_factory=Counter)  # by the number of the interval in the day
    handled: int = 0
    handled_s: float = 0.0
    abandoned: int = 0
    waited_s: float = 0.0  # of all, however their wait ended

    def add(self, contact: Contact, interval: int) -> None:
        self.arrivals[interval] += 1
        queued, connected, wrapped, abandoned = map(contact.last, ("queued", "connected", "wrapped", "abandoned"))
        ended = connected or abandoned
        if queued and ended:
            self.waited_s += max(0.0, (ended.at - queued.at).total_seconds())
            self.abandoned += ended is abandoned
        if connected and wrapped:
            self.handled += 1
            self.handled_s += max(0.0, (wrapped.at - connected.at).total_seconds())

    @property
    def patience_s(self) -> float | None:
        """Time waited by all per one who gave up: the estimate for exponential patience, where most are answered
        before theirs ends. None where nobody gave up."""
        return self.waited_s / self.abandoned if self.abandoned and self.waited_s else None


def usual_day(
    contacts: Iterable[Contact],
    target: Callable[[TenantId, Channel], Target],
    *,
    days: int,
    interval_s: int,
    zone: tzinfo,
) -> Forecast:
    """The mean of `days` days, from the first interval with a contact to the last.

    Raises Invalid where nothing was queued, or nothing tells how long a contact takes.
    """
    if interval_s <= 0 or _DAY % interval_s:
        raise Invalid("interval", f"is {interval_s / 60:g} minutes", "give minutes that divide a day, like 15 or 30")
    seen: dict[tuple[TenantId, Channel], _Seen] = defaultdict(_Seen)
    for contact in contacts:
        if queued := next((fact for fact in contact.facts if fact.kind == "queued"), None):
            local = queued.at.astimezone(zone)
            second = local.hour * 3600 + local.minute * 60 + local.second
            seen[contact.tenant, contact.channel].add(contact, second // interval_s)
    if not seen:
        raise Invalid("from", "no contact was queued on these days", "choose other days, or plan from a file")
    handle = {of: _handle_s(of, seen) for of in seen}
    used = [interval for one in seen.values() for interval in one.arrivals]
    return Forecast(
        interval_s=interval_s,
        intervals=tuple(
            Interval(
                start=clock(interval * interval_s),
                demands=tuple(
                    _demand(of, one, interval, target(*of), days, handle[of])
                    for of, one in sorted(seen.items())
                    if one.arrivals[interval]
                ),
            )
            for interval in range(min(used), max(used) + 1)
        ),
    )


def _demand(
    of: tuple[TenantId, Channel], seen: _Seen, interval: int, target: Target, days: int, handle_s: float
) -> Demand:
    return Demand(
        client=of[0],
        channel=of[1],
        contacts=seen.arrivals[interval] / days,
        aht_s=handle_s,
        level=min(target.percent / 100, 0.99),  # 100 % would take endless agents
        within_s=target.within_s,
        patience_s=seen.patience_s,
    )


def _handle_s(of: tuple[TenantId, Channel], seen: dict[tuple[TenantId, Channel], _Seen]) -> float:
    """The client's own mean; where none of its contacts has been wrapped up, that of all clients on the channel."""
    for known in ([seen[of]], [one for (_, channel), one in seen.items() if channel is of[1]]):
        handled, seconds = sum(one.handled for one in known), sum(one.handled_s for one in known)
        if handled and seconds:
            return seconds / handled
    raise Invalid(
        f"{of[0]}, {of[1]}",
        "none of these contacts has been wrapped up, so nothing tells how long one takes",
        "choose other days, or write aht_s in a file",
    )
