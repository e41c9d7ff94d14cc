"""What the sweep finds wrong, mended where it stands as it was seen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from chalicelib.aws.table import (
    Absent,
    Check,
    Condition,
    ConditionLost,
    Delete,
    Equals,
    Exists,
    Item,
    Key,
    Update,
    Write,
    every,
)
from chalicelib.contacts.model.contact import Contact, State
from chalicelib.kernel.clock import stamp
from chalicelib.kernel.ids import TeamId, TenantId, digest
from chalicelib.routing.model.eligibility import Profile
from chalicelib.routing.model.line import Line, Waiting
from chalicelib.routing.model.seat import Seat
from chalicelib.routing.store import items
from chalicelib.routing.store.items import FREE, LINES, TABLE, UNREAD
from chalicelib.routing.store.looks import Looks

_SETTLED = timedelta(minutes=5)  # who has waited for less is on the move, more often than not
_MOST_HEADS = 25  # of a line whose contacts are asked: who stands behind a ghost comes to the head when that is gone
_MOST_GHOSTS = 50  # at once: of the hundred writes of one transaction


class Mending(Looks):
    def mend_lines(self, team: TeamId, now: datetime) -> tuple[int, int, int]:
        """How many heads and how many counts of lines were wrong, and how many stood there who wait no more. Lines
        that are long empty are struck."""
        heads = counts = ghosts = 0
        long_ago = f"{now - timedelta(days=1):%Y-%m-%d}"
        for row in every(self._database, TABLE, items.team_pk(team), between=LINES):
            if "line" not in row:
                continue
            line = Line.read(row["line"])
            places = [item["sk"] for item in every(self._database, TABLE, items.queue_pk(line))]
            head = row.get("head", "")
            gone = self._ghosts([Waiting.at(line, place) for place in places[:_MOST_HEADS]], now)
            if gone:
                left = [place for place in places if place not in {one.key for one in gone}]
                ghosts += self._mend_line(row, line, left, *_strikes(gone)) * len(gone)
            elif row["waiting"] != len(places):
                counts += self._mend_line(row, line, places)
            elif places and head not in (UNREAD, places[0]):
                # One that is gone costs who asks for him a request; one that is behind others lets them wait.
                late = not head or head > places[0]
                heads += self._mend_line(row, line, places) and late
            elif not places and row.get("used", "") < long_ago:
                self._mend(Delete(table=TABLE, key=items.line_key(line), when=_as_seen(row)))
            elif not places and head:
                self._mend(Update(table=TABLE, key=items.line_key(line), remove=("head",), when=_as_seen(row)))
        return heads, counts, ghosts

    def _mend_line(self, row: Item, line: Line, places: list[str], *more: Write | Check) -> bool:
        key, waiting = items.line_key(line), {"waiting": len(places)}
        if places:
            return self._mend(
                Update(table=TABLE, key=key, set={**waiting, "head": places[0]}, add={"jumps": 1}, when=_as_seen(row)),
                *more,
            )
        return self._mend(Update(table=TABLE, key=key, set=waiting, remove=("head",), when=_as_seen(row)), *more)

    def mend_own_lines(self, team: TeamId, now: datetime) -> tuple[int, int]:
        """Of the agents' own lines: how many seats counted wrongly who waits there, and how many wait there no more."""
        counts = ghosts = 0
        for seat in self.seats(team):
            if not seat.signed_in and not seat.personal:
                continue
            places = self.personal(team, seat.agent)
            gone = self._ghosts(places, now)
            if not gone and len(places) == seat.personal:
                continue
            mended = self._mend_seat(seat, len(places) - len(gone), *_strikes(gone))
            ghosts += mended * len(gone)
            counts += mended and len(places) != seat.personal
        return counts, ghosts

    def _mend_seat(self, seat: Seat, personal: int, *more: Write | Check) -> bool:
        """A new version of it, as whoever comes or goes makes one; who leaves by himself changes the count alone."""
        after = replace(seat, personal=personal, version=digest(seat.version, "counted", str(personal)))
        change = items.seat_change(seat, after)
        change = replace(change, when=(*change.when, _was("personal", seat.personal)))
        return self._mend(change, *items.place_changes(seat, after), *more)

    def _ghosts(self, places: Iterable[Waiting], now: datetime) -> list[Waiting]:
        """Those of whom the contact says that it does not wait there."""
        latest = stamp(now - _SETTLED)
        old = [waiting for waiting in places if waiting.since < latest]
        if not old:
            return []
        found = {one.contact: one for one in self.contacts([(one.tenant, one.contact) for one in old])}
        return [one for one in old if not _waits_there(found.get(one.contact), one)][:_MOST_GHOSTS]

    def mend_standings(self, team: TeamId) -> int:
        """How many clients' standings and counts of who is signed in differed from what the seats say."""
        before = self.seats(team)
        board = self.board(team)
        held = {tenant for seat in before for _, tenant in seat.standings()}
        tenants = sorted({*board.busy, *held})
        seen, signed_in = _sums(before, team), _signed_in(before)
        wrong = [one for one in tenants if seen[one] != (board.busy.get(one, 0), board.claimed.get(one, 0))]
        miscounted = [one for one in {*signed_in, *board.profiles} if signed_in[one] != board.profiles.get(one, 0)]
        if not wrong and not miscounted:
            return 0
        again = self.seats(team)  # what changed in between is no fault
        sums, present = _sums(again, team), _signed_in(again)
        mended = 0
        for tenant in wrong:
            if sums[tenant] == seen[tenant] and self._unmoved(tenant, before, again):
                units, claimed = seen[tenant]
                mended += self._mend(
                    Update(
                        table=TABLE,
                        key=items.standing_key(team, tenant),
                        set={"units": units, "claimed": claimed},
                        when=(_was("units", board.busy.get(tenant)), _was("claimed", board.claimed.get(tenant))),
                    )
                )
        for profile in miscounted:
            if present[profile] == signed_in[profile]:
                mended += self._mend(
                    Update(
                        table=TABLE,
                        key=items.profile_key(profile),
                        set={"profile": items.profile_item(profile), "signed_in": signed_in[profile]},
                        when=(_was("signed_in", board.profiles.get(profile)),),
                    )
                )
        return mended

    @staticmethod
    def _unmoved(tenant: TenantId, before: list[Seat], after: list[Seat]) -> bool:
        def versions(seats: list[Seat]) -> set[tuple[str, str]]:
            return {(seat.agent, seat.version) for seat in seats if any(one == tenant for _, one in seat.standings())}

        return versions(before) == versions(after)

    def mend_places(self, team: TeamId) -> int:
        """How many agents stood among those who are free and are not, or are and did not stand there."""
        places = every(self._database, TABLE, items.team_pk(team), begins=FREE)
        seats = {seat.agent: seat for seat in self.seats(team)}
        stand = {(row["agent"], row["sk"].removeprefix(FREE)): row["version"] for row in places}
        mended = 0
        for agent, place in stand:
            seat = seats.get(agent)
            if seat is None or seat.place != place:
                mended += self._mend_place(
                    team, agent, seat, Delete(table=TABLE, key=Key(items.team_pk(team), FREE + place))
                )
        for agent, seat in seats.items():
            if seat.place and stand.get((agent, seat.place)) != seat.version:
                (put,) = items.place_changes(Seat(agent=seat.agent, team=team), seat)
                mended += self._mend_place(team, agent, seat, put)
        return mended

    def _mend_place(self, team: TeamId, agent: str, seat: Seat | None, write: Write) -> bool:
        condition = items.unchanged(seat) if seat is not None else Absent()
        check = Check(table=TABLE, key=items.seat_key(team, agent), when=(condition,))  # type: ignore[arg-type]
        return self._mend(check, write)

    def _mend(self, *writes: Write | Check) -> bool:
        try:
            self._database.transact(writes)
        except ConditionLost:
            return False  # the floor was faster: what we saw is no more
        return True


def _waits_there(contact: Contact | None, waiting: Waiting) -> bool:
    if contact is None or contact.state is not State.QUEUED:
        return False
    place = Waiting.of(contact)
    return (place.line, place.key) == (waiting.line, waiting.key)


def _strikes(ghosts: Iterable[Waiting]) -> list[Delete]:
    """Whoever comes to a place changes its line, or its agent's seat: what is struck is held against those."""
    return [Delete(table=TABLE, key=items.waiting_key(one), when=(Exists(),)) for one in ghosts]


def _as_seen(row: Item) -> tuple[Condition, ...]:
    return tuple(_was(name, row.get(name)) for name in ("waiting", "head", "jumps"))


def _was(name: str, value: object) -> Condition:
    return Absent(name) if value is None else Equals(name, value)


def _sums(seats: list[Seat], team: TeamId) -> dict[TenantId, tuple[int, int]]:
    units: Counter[TenantId] = Counter()
    claimed: Counter[TenantId] = Counter()
    for seat in seats:
        for (where, tenant), (some, all_of_it) in seat.standings().items():
            if where == team:
                units[tenant] += some
                claimed[tenant] += all_of_it
    return _Sums({tenant: (units[tenant], claimed[tenant]) for tenant in claimed})


class _Sums(dict[TenantId, tuple[int, int]]):
    def __missing__(self, tenant: TenantId) -> tuple[int, int]:
        return (0, 0)


def _signed_in(seats: list[Seat]) -> Counter[Profile]:
    return Counter(seat.profile for seat in seats if seat.signed_in)
