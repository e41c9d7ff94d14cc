"""Why a contact went to an agent: the figures that decided, and one sentence that a supervisor understands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from chalicelib.kernel.clock import instant
from chalicelib.kernel.ids import AgentId, TenantId
from chalicelib.routing.model.capacity import UNITS
from chalicelib.routing.model.eligibility import Ring
from chalicelib.routing.model.share import Limits, Rank, Turn, over_share

_RINGS: Mapping[Ring, str] = {
    Ring.PRIMARY: "has the skill at the level asked for",
    Ring.SECONDARY: "has the skill at a lower level",
    Ring.OVERFLOW: "helps out from another team",
    Ring.ANYONE: "may serve the client without the skill",
}


class Cause(StrEnum):
    """What set the contact apart from the one that would have come next."""

    ALONE = "alone"  # there was no other
    TURN = "turn"  # its client's: reserve before cap before over it
    SHARE = "share"  # both clients are over their caps, this one less
    WAITED_FOR = "waited_for"  # somebody waits for it, and for the other one nobody does
    DEADLINE = "deadline"
    ARRIVAL = "arrival"  # the same deadline, but it came first

    @staticmethod
    def between(first: Rank, second: Rank | None) -> Cause:
        """The first part of the ranks in which they differ."""
        if second is None:
            return Cause.ALONE
        parts = (Cause.TURN, Cause.SHARE, Cause.WAITED_FOR, Cause.DEADLINE)
        return next(
            (part for part, one, other in zip(parts, first, second, strict=False) if one != other), Cause.ARRIVAL
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Figures in units of a third of a seat, times as stamps. `rivals` are the lines that the agent might have
    been given to instead, `able` the agents who might have taken the contact."""

    tenant: TenantId
    agent: AgentId
    turn: Turn
    busy: int
    limit: Limits
    ring: Ring
    ring_since: str  # when the ring opened for the contact
    deadline: str
    load: int
    idle_since: str
    rivals: int = 0
    cause: Cause = Cause.ALONE
    able: int = 1
    personal: bool = False
    dedicated: bool = False
    packed: bool = False
    laid_aside: int = 0
    passed_over: tuple[str, ...] = ()  # what might have come first, and why it did not

    @property
    def sentence(self) -> str:
        parts = [self._why_contact(), self._why_agent(), *self._extras()]
        return "; ".join(parts)

    def as_data(self) -> dict[str, Any]:
        """For the fact: the sentence, and each figure as `name=value`."""
        return {"reason": self.sentence, "why": [f"{name}={value}" for name, value in self._figures().items()]}

    def _figures(self) -> dict[str, str]:
        cap = "none" if self.limit.cap == float("inf") else _seats(self.limit.cap)
        figures = {
            "turn": "personal" if self.personal else self.turn.name.lower(),
            "seats": _seats(self.busy),
            "reserve": _seats(self.limit.reserve),
            "cap": cap,
            "ring": self.ring.name.lower(),
            "ring_since": self.ring_since,
            "deadline": self.deadline,
            "cause": self.cause.value,
            "rivals": str(self.rivals),
            "able": str(self.able),
            "load": str(self.load),
            "idle_since": self.idle_since,
        }
        more = {"dedicated": self.dedicated, "packed": self.packed, "laid_aside": self.laid_aside}
        return figures | {name: str(int(value)) for name, value in more.items() if value}

    def _why_contact(self) -> str:
        if self.personal:
            return f"it waited for {self.agent}, whom it was kept for"
        of = f"of {self.rivals + 1} lines from which {self.agent} could take"
        match self.cause:
            case Cause.ALONE:
                return f"nothing else waited that {self.agent} could take just then"
            case Cause.TURN if self.turn is Turn.RESERVED:
                seats = f"{_seats(self.busy)} of {_seats(self.limit.reserve)} seats"
                return f"{self.tenant} is under its reserve ({seats}), so it goes first {of}"
            case Cause.TURN:
                return f"{self.tenant} is within its cap and the others are over theirs, so it goes first {of}"
            case Cause.SHARE:
                return f"{self.tenant} is over its cap ({self._percent()} %), yet the least of those waiting, {of}"
            case Cause.WAITED_FOR:
                return f"{self._standing()}, which is a call of ours that nobody waits for, so it goes first {of}"
            case Cause.DEADLINE:
                return f"{self._standing()}, and its deadline {_time(self.deadline)} comes first {of}"
            case Cause.ARRIVAL:
                return f"{self._standing()}, and it came before another of the same deadline, first {of}"

    def _standing(self) -> str:
        standing = {Turn.RESERVED: "under its reserve", Turn.FAIR: "within its cap", Turn.OVER: "over its cap"}
        return f"{self.tenant} is {standing.get(self.turn, 'at its ceiling')}, as the next one"

    def _percent(self) -> str:
        ratio = over_share(self.busy, self.limit)
        return "more than 1000" if ratio > 10 else f"{ratio * 100:.0f}"

    def _why_agent(self) -> str:
        who = f"{self.agent} {_RINGS[self.ring]}"
        if self.ring > Ring.PRIMARY:
            who += f" (open to them since {_time(self.ring_since)})"
        load = "is idle" if not self.load else f"carries {self.load} of {UNITS} units"
        if self.able > 1:
            first = (
                "as one who serves only this client" if self.dedicated else f"longest, since {_time(self.idle_since)}"
            )
            return f"{who}, {load} and comes first of {self.able} able agents, {first}"
        return f"{who}, {load} and is the only able agent who is free"

    def _extras(self) -> list[str]:
        extras = list(self.passed_over)
        if self.packed:
            extras.append("few agents are without work, so written work goes together and they stay free for calls")
        if self.laid_aside:
            many = self.laid_aside > 1
            extras.append(f"{self.laid_aside} written {'contacts are' if many else 'contact is'} laid aside for it")
        return extras


def _seats(units: float) -> str:
    seats = units / UNITS
    return f"{seats:.0f}" if abs(seats - round(seats)) < 0.005 else f"{seats:.1f}"


def _time(stamped: str) -> str:
    return f"{instant(stamped):%H:%M:%S} UTC" if stamped else "log-in"
