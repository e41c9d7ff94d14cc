"""Recordings where telephony put them, and what is written on each."""

from __future__ import annotations

from chalicelib.kernel.errors import NotFound, Unavailable


class MarkedTapes:
    """The port `Tapes` of the telephone. Everything is there at once, but what is `late` or `broken`."""

    def __init__(self) -> None:
        self.days: dict[str, int] = {}
        self.late: set[str] = set()
        self.broken: set[str] = set()
        self.asked: list[str] = []

    def keep(self, where: str, days: int) -> None:
        self.asked.append(where)
        if where in self.broken:
            raise Unavailable("the bucket")
        if where in self.late:
            raise NotFound("recording", where)
        self.days.setdefault(where, int(days))
