"""What is expected: how many contacts each client's customers bring in each interval, and how fast is good."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from chalicelib.kernel.channel import Channel
from chalicelib.routing.model.capacity import COST, PAUSABLE, UNITS


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """One client's contacts on one channel in one interval. `client` is a name; a plan reads nobody's affairs."""

    client: str
    channel: Channel
    contacts: float
    aht_s: float  # of a contact, wrap-up included, however many are served side by side
    level: float  # the part to be answered ...
    within_s: float  # ... within this time
    patience_s: float | None = None  # mean time until a customer gives up; None: they wait

    @property
    def cost(self) -> int:
        """Units of an agent."""
        return COST[self.channel]

    @property
    def agent_s(self) -> float:
        """Seconds of a whole agent that one contact takes: a chat beside two others takes a third of its own."""
        return self.aht_s * self.cost / UNITS

    @property
    def beside(self) -> bool:
        """Whether it goes beside others of its kind, and does not give way."""
        return self.cost < UNITS and not self.gives_way

    @property
    def gives_way(self) -> bool:
        """Whether calls and chats go before it, and may even pause it."""
        return self.channel in PAUSABLE


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    start: str  # as people read it: 08:30
    demands: tuple[Demand, ...]  # without those of which nothing is expected

    @property
    def contacts(self) -> float:
        return sum(demand.contacts for demand in self.demands)


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    interval_s: float
    intervals: tuple[Interval, ...]

    @property
    def clients(self) -> tuple[str, ...]:
        """In the order in which they first appear."""
        return tuple(dict.fromkeys(demand.client for demand in self.demands()))

    def demands(self) -> Iterator[Demand]:
        for interval in self.intervals:
            yield from interval.demands

    def load(self, interval: Interval, client: str = "") -> float:
        """Erlang in whole agents: how many are busy, on average, with the client's contacts; with all, if unnamed."""
        asked = (demand for demand in interval.demands if client in ("", demand.client))
        return sum(demand.contacts * demand.agent_s for demand in asked) / self.interval_s


def clock(second: float) -> str:
    """The time on the wall so long after midnight: `08:30`; on another day `+1 08:30`."""
    minutes, seconds = divmod(round(second), 60)
    days, minutes = divmod(minutes, 24 * 60)
    day = f"+{days} " if days else ""
    return f"{day}{minutes // 60:02d}:{minutes % 60:02d}" + (f":{seconds:02d}" if seconds else "")
