"""A contact waits for the one agent who had its case before, and for a while for nobody else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from chalicelib.kernel.errors import Conflict
from chalicelib.kernel.facts import Fact
from chalicelib.kernel.ids import AgentId
from chalicelib.routing.model.eligibility import ring_of
from chalicelib.routing.model.line import Waiting
from chalicelib.routing.model.matcher import may_serve
from chalicelib.routing.model.offer import Outcome, outcome_of
from chalicelib.routing.model.seat import LineMoved, Seat, SeatTaken
from chalicelib.routing.service.returning import TRIES

if TYPE_CHECKING:
    from chalicelib.routing.service.ports import Store


class Entered(NamedTuple):
    """Its place in the agent's own line, and his seat, at which it is awaited."""

    waiting: Waiting
    seat: Seat


class OwnLine:
    def __init__(self, store: Store, wait: Callable[[int], int]) -> None:
        self._store, self._wait = store, wait

    def enter(self, agent: AgentId, waiting: Waiting, now: datetime, *, named: bool) -> Entered | Outcome | None:
        """Where it stands, if it had been queued before; None where it had better wait with all others."""
        own = Waiting(
            line=waiting.line, contact=waiting.contact, deadline=waiting.deadline, since=waiting.since, prefer=agent
        )  # fmt: skip
        for tries in range(1, TRIES + 1):
            seat = self._store.find(waiting.line.team, agent)
            if seat is None or seat.team != waiting.line.team or not seat.signed_in:
                return None
            if not self._may_have(seat, own, now, named=named):
                return None
            try:
                standing = self._store.enqueue(own, queued(own, now), seat)
            except SeatTaken:
                self._wait(tries)
                continue
            return Entered(own, seat.awaited(1, waiting.contact)) if standing is None else outcome_of(standing)
        return None

    def _may_have(self, seat: Seat, own: Waiting, now: datetime, *, named: bool) -> bool:
        if named:
            return ring_of(seat.profile, own.line.need) is not None
        return may_serve(seat, own, self._store.board(seat.team), now.timestamp())

    def leave(self, waiting: Waiting) -> bool:
        """To the line of all others. False where its agent takes it in this moment, or it is gone."""
        for tries in range(1, TRIES + 1):
            try:
                return self._store.join(waiting)
            except LineMoved:
                self._wait(tries)
        raise Conflict("the line keeps changing; try again")


def queued(waiting: Waiting, now: datetime) -> Fact:
    need = waiting.line.need
    data = {"team": need.team, "deadline": waiting.deadline, "line": waiting.line.text}
    data |= {name: text for name, text in (("skill", need.skill), ("prefer", waiting.prefer)) if text}
    return Fact(kind="queued", at=now, data=data)
