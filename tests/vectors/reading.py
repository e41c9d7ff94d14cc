"""What a row gives, under the names and in the units that its publisher likes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

SECONDS = {
    "ms": 0.001,
    "s": 1,
    "sec": 1,
    "seconds": 1,
    "min": 60,
    "minutes": 60,
    "h": 3600,
    "hours": 3600,
    "day": 86_400,
    "days": 86_400,
    "year": 365 * 86_400,
}
PARTS = {"pct": 0.01, "percent": 0.01}
LOADS = ("erl", "erlang", "erlangs")


class Missing(Exception):
    """The row does not say what its model needs; the text names it."""


def split(key: str) -> tuple[str, float]:
    """A key without its unit, and the size of the unit in ours: `wq_min` is (`wq`, 60)."""
    name, _, unit = key.lower().rpartition("_")
    if name and unit in SECONDS:
        return name, SECONDS[unit]
    if name and unit in PARTS:
        return name, PARTS[unit]
    if name and unit in LOADS:
        return name, 1
    return key.lower(), 1


class Given:
    """The input of a row. Asked by several names; the first that is there answers, in seconds, Erlang and parts."""

    def __init__(self, row: Mapping[str, Any], published: Mapping[str, Any] | None = None) -> None:
        self.published = published or {}
        self.row = {key.lower(): value for key, value in row.items() if value is not None}
        self._plain = {}
        for key, value in self.row.items():
            name, unit = split(key)
            if isinstance(value, int | float | str) and not isinstance(value, bool):
                self._plain.setdefault(name, (value, unit))

    def has(self, *names: str) -> bool:
        return any(name in self._plain for name in names)

    def number(self, *names: str, default: float | None = None) -> float:
        for name in names:
            if name in self._plain:
                value, unit = self._plain[name]
                return float(value) * unit
        if default is not None:
            return default
        raise Missing(f"the input names none of {', '.join(names)}")

    def maybe(self, *names: str) -> float | None:
        return self.number(*names) if self.has(*names) else None

    def whole(self, *names: str) -> int:
        number = self.number(*names)
        if number != int(number):
            raise Missing(f"{names[0]} is {number:g}, a whole number is needed")
        return int(number)

    def text(self, name: str, default: str) -> str:
        return str(self.row.get(name, default))

    def list(self, *names: str) -> Sequence[Any]:
        found = next((self.row[name] for name in names if name in self.row), None)
        if not isinstance(found, list):
            raise Missing(f"the input has no list {' or '.join(names)}")
        return found

    # Words that many models share

    @property
    def aht_s(self) -> float:
        if self.has(*_HANDLE):
            return self.number(*_HANDLE)
        return 1 / self.rate(*_SERVED)

    @property
    def arrivals_per_s(self) -> float:
        if self.has("calls", "contacts", "transactions", "volume", "arrivals", "requests"):
            every = self.number("interval", "period", "per", default=3600)
            if not any(f"arrivals_per_{unit}" in self.row for unit in SECONDS):
                return self.number("calls", "contacts", "transactions", "volume", "arrivals", "requests") / every
        try:
            return self.rate(*_ARRIVE)
        except Missing:
            if not self.has(*_LOAD):
                raise
            return self.load / self.aht_s

    @property
    def load(self) -> float:
        """Erlang."""
        if self.has(*_LOAD):
            return self.number(*_LOAD)
        return self.arrivals_per_s * self.aht_s

    @property
    def agents(self) -> int:
        return self.whole("agents", "servers", "c", "positions", "raw_positions", "s", "n", "m", "channels", "lines")

    @property
    def lines(self) -> int:
        return self.whole("lines", "trunks", "servers", "channels", "circuits", "agents", "c", "n")

    @property
    def within_s(self) -> float:
        return self.number(
            "threshold",
            "within",
            "t",
            "target_answer_time",
            "asa_threshold",
            "awt",
            "service_level_threshold",
            "target",
        )

    def rate(self, *names: str) -> float:
        """Per second, from `arrivals_per_h`, `arrival_rate_per_s`, `lambda_per_min`, ..."""
        for name in names:
            for unit, seconds in SECONDS.items():
                if f"{name}_per_{unit}" in self.row:
                    return float(self.row[f"{name}_per_{unit}"]) / seconds
        for name in names:
            if name in self._plain:
                return self.number(name)
        raise Missing(f"the input names none of {', '.join(f'{name}_per_s' for name in names)}")


_HANDLE = ("aht", "service", "service_time", "handle", "handle_time", "holding", "holding_time", "mean_service")
_ARRIVE = ("arrival_rate", "arrivals", "lambda", "calls", "contacts", "rate")
_SERVED = ("service_rate", "mu", "services", "served")
_LOAD = ("offered_load", "load", "traffic", "offered_traffic", "intensity", "a", "erlangs", "erlang")
