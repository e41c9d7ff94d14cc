"""Prices by the hour of the day: a contact that runs over a change of price is cut there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Generic, NamedTuple, TypeVar

_Price = TypeVar("_Price")
_MINUTE = 60


class Span(NamedTuple, Generic[_Price]):
    seconds: int
    price: _Price


def split(start: int, seconds: int, price_at: Callable[[datetime], _Price]) -> list[Span[_Price]]:
    """So many seconds from `start` on (whole seconds since 1970), cut where their price changes: spans in order.

    Prices change at whole minutes, so each minute is asked once. That holds over a midnight and a change of clocks as
    well: instants go by, whatever the clock on the wall shows.
    """
    spans: list[Span[_Price]] = []
    at, end = start, start + seconds
    while at < end:
        until = min(end, at - at % _MINUTE + _MINUTE)
        price = price_at(datetime.fromtimestamp(at, UTC))
        if spans and spans[-1].price == price:
            spans[-1] = Span(spans[-1].seconds + until - at, price)
        else:
            spans.append(Span(until - at, price))
        at = until
    return spans
