"""Where the agents sit and what they are doing: the seats' own side, without contacts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from chalicelib.aws.table import Absent, ConditionLost, Delete, Equals, Exists, Put, Update, Write
from chalicelib.kernel.clock import instant, stamp
from chalicelib.kernel.errors import Conflict
from chalicelib.kernel.ids import AgentId, TeamId, TenantId
from chalicelib.routing.model.seat import Seat, SeatTaken
from chalicelib.routing.model.share import Share
from chalicelib.routing.store import items
from chalicelib.routing.store.items import TABLE
from chalicelib.routing.store.mending import Mending
from chalicelib.workforce.model import StatusBegan
from chalicelib.workforce.store import status_put

_TRIES = 8


class Presence(Mending):
    def set_status(self, before: Seat | None, after: Seat) -> None:
        """The seat, the fact of his presence and how many are signed in, together. `before` is his seat as it was
        seen, in this team or another; the first status makes the seat. Raises SeatTaken when it is not so."""
        writes = [*_seated(before, after), *_signed_in(before, after), status_put(began(after))]
        try:
            self._database.transact(writes)
        except ConditionLost:
            raise SeatTaken() from None
        self._saw(after)

    def beat(self, team: TeamId, agent: AgentId, now: datetime) -> None:
        update = Update(
            table=TABLE, key=items.seat_key(team, agent), set={"beat": stamp(now)}, when=(Exists(),)
        )  # fmt: skip
        try:
            self._database.write(update)
        except ConditionLost:
            return  # he has not worked here yet

    def connect(self, team: TeamId, agent: AgentId, connection: str, now: datetime) -> tuple[Seat, str] | None:
        """The seat with its page, and the connection that the page before had; None for who has no seat yet."""
        for _ in range(_TRIES):
            before = self.find(team, agent)
            if before is None:
                return None
            after = before.at_page(connection, now)
            try:
                self._database.transact([items.seat_change(before, after), *items.place_changes(before, after)])
            except ConditionLost:
                continue  # a contact came or went in that moment
            return self._saw(after), before.connection
        raise Conflict("the seat keeps changing; try again")

    def disconnect(self, team: TeamId, agent: AgentId, connection: str) -> None:
        """Forgets the page, unless a newer one took its place."""
        update = Update(
            table=TABLE,
            key=items.seat_key(team, agent),
            remove=("connection",),
            when=(Equals("connection", connection),),
        )
        try:
            self._database.write(update)
        except ConditionLost:
            return  # a newer page is there

    def set_terms(self, team: TeamId, shares: Mapping[TenantId, Share], helps: frozenset[TeamId]) -> None:
        key = items.head_key(team)
        item: dict[str, Any] = {
            "pk": key.pk,
            "sk": key.sk,
            "shares": {tenant: items.share_item(share) for tenant, share in shares.items()},
            "helps": set(helps),
        }
        self._database.write(Put(table=TABLE, item=item))


def began(seat: Seat) -> StatusBegan:
    """With the clients whom he serves alone now: what is paid for by the seat does not change when that does."""
    return StatusBegan(
        agent=seat.agent,
        status=seat.status,
        at=instant(seat.since),
        reason=seat.reason,
        dedicated=seat.profile.tenants,
    )


def _seated(before: Seat | None, after: Seat) -> list[Write]:
    if before is not None and before.team == after.team:
        return [items.seat_change(before, after), *items.place_changes(before, after)]
    key, where = items.seat_key(after.team, after.agent), items.whereabouts_key(after.agent)
    seat = {"pk": key.pk, "sk": key.sk, **items.seat_item(after)}
    writes: list[Write] = [
        Put(table=TABLE, item=seat, when=(Absent(),)),
        Put(table=TABLE, item={"pk": where.pk, "sk": where.sk, "team": after.team}),
    ]
    if before is None:
        return [*writes, *items.place_changes(after_nobody(after), after)]
    old = items.seat_key(before.team, before.agent)
    writes.append(Delete(table=TABLE, key=old, when=(items.unchanged(before),)))
    return [*writes, *items.place_changes(before, after), *items.standing_changes(before, after)]


def after_nobody(seat: Seat) -> Seat:
    """The seat before anybody sat there."""
    return Seat(agent=seat.agent, team=seat.team)


def _signed_in(before: Seat | None, after: Seat) -> list[Write]:
    was = before.profile if before is not None and before.signed_in else None
    now = after.profile if after.signed_in else None
    if was == now:
        return []
    changes = [(was, -1), (now, 1)]
    return [items.signed_in_change(profile, change) for profile, change in changes if profile is not None]
