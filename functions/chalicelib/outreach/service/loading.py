"""People come into a campaign: a list is read, and each of them waits for the first moment that may be his."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from chalicelib.kernel.clock import instant, stamp
from chalicelib.kernel.errors import Conflict
from chalicelib.kernel.ids import TenantId
from chalicelib.outreach.model.campaign import (
    AT_ONCE,
    LISTED,
    TOO_LATE,
    Callee,
    CalleeState,
    Loaded,
    Moved,
)
from chalicelib.outreach.model.limits import Limit
from chalicelib.outreach.model.listing import Standing
from chalicelib.outreach.model.people import BadList, BadRow, Person, ZonesOf, read_people, zones_for
from chalicelib.outreach.model.windows import Window, next_call
from chalicelib.outreach.service.ports import CampaignBook, NumberBook
from chalicelib.tenancy.model.outreach import Campaign
from chalicelib.tenancy.model.tenant import Tenant

_TRIES = 5


class Loading:
    def __init__(self, book: CampaignBook, numbers: NumberBook, zones_of: ZonesOf) -> None:
        self._book, self._numbers, self._zones_of = book, numbers, zones_of

    def load(
        self,
        client: Tenant,
        campaign: Campaign,
        text: str,
        *,
        skip_bad: bool = False,
        only_check: bool = False,
        before: int = 0,
        now: datetime,
    ) -> Loaded:
        """A list of people. Loaded twice: nothing happens; who was not called yet is as the newer list has him. Who
        was too late or on the do-not-call list waits again, where that is so no more.

        Raises BadList with every bad row, and takes nothing, unless those are to be skipped. Of a part of a longer
        list, `before` says how many rows stand before it there, so that bad ones are told by their number.
        """
        people, bad = read_people(text, own=client.entry_points.phones)
        placed, more = self._placed(client, campaign, people, now)
        bad = sorted((replace(one, row=one.row + before) for one in [*bad, *more]), key=lambda one: one.row)
        if bad and not skip_bad:
            raise BadList(bad)
        if only_check:
            return Loaded(skipped=len(bad))
        loaded = Loaded(skipped=len(bad))
        for start in range(0, len(placed), AT_ONCE):
            loaded = loaded.plus(self._take(client.id, campaign, placed[start : start + AT_ONCE], now))
        return loaded

    def _placed(
        self, client: Tenant, campaign: Campaign, people: Sequence[Person], now: datetime
    ) -> tuple[list[Callee], list[BadRow]]:
        """Each at the first moment that the campaign leaves to him; who has none of his own is a bad row."""
        window = Window.of(campaign)
        ever = Window(hours=campaign.hours)
        moments: dict[tuple[str, ...], datetime | None] = {}  # most live in the same few zones
        possible: dict[tuple[str, ...], bool] = {}
        placed: list[Callee] = []
        bad: list[BadRow] = []
        for person in people:
            zones = zones_for(person.number, person.zone, client.zone, self._zones_of)
            if zones not in moments:
                moments[zones] = window.next(now, zones)
                possible[zones] = moments[zones] is not None or ever.next(now, zones) is not None
            if not possible[zones]:
                bad.append(_nowhere(person, zones))
                continue
            callee = Callee(
                tenant=client.id,
                campaign=campaign.name,
                number=person.number,
                name=person.name,
                zones=zones,
                data=person.data,
                loaded=stamp(now),
            )
            moment = moments[zones]
            placed.append(callee.again(moment) if moment is not None else callee.over(TOO_LATE, now))
        return placed, bad

    def _take(self, tenant: TenantId, campaign: Campaign, callees: Sequence[Callee], now: datetime) -> Loaded:
        for _ in range(_TRIES):
            numbers = [callee.number for callee in callees]
            known = self._book.people(tenant, campaign.name, numbers)
            standings = self._numbers.standings(tenant, numbers)
            new: list[Callee] = []
            changed: list[tuple[Callee, Callee]] = []
            counts: Counter[str] = Counter()
            for callee in callees:
                wanted = self._as_it_stands(callee, standings[callee.number], campaign, now)
                told, before = _compared(wanted, known.get(callee.number))
                counts[told] += 1
                if told in ("new", "listed", "late") and before is None:
                    new.append(wanted)
                elif told == "changed" and before is not None:
                    changed.append((before, _renewed(before, wanted)))
            try:
                self._book.add(new, changed)
            except Moved:
                continue
            return Loaded(**counts)
        raise Conflict("the people of this list keep changing; load it again")

    def _as_it_stands(self, callee: Callee, standing: Standing, campaign: Campaign, now: datetime) -> Callee:
        if standing.listed:
            return callee.over(LISTED, now)
        if callee.state is CalleeState.WAITING and standing.calls.made:
            limit = Limit(a_day=campaign.a_day, a_week=campaign.a_week)
            first = instant(callee.next_at)
            moment = next_call(Window.of(campaign), callee.zones, first, limit=limit, calls=standing.calls)
            return callee.again(moment) if moment is not None else callee.over(TOO_LATE, now)
        return callee


def _compared(wanted: Callee, known: Callee | None) -> tuple[str, Callee | None]:
    if known is None:
        return {LISTED: "listed", TOO_LATE: "late"}.get(wanted.outcome, "new"), None
    if known.may_come_back and wanted.state is CalleeState.WAITING:
        return "changed", known
    if (known.name, known.zones, known.data) == (wanted.name, wanted.zones, wanted.data):
        return "same", known
    return ("changed" if known.untouched else "called"), known


def _renewed(before: Callee, wanted: Callee) -> Callee:
    after = replace(before, name=wanted.name, zones=wanted.zones, data=wanted.data)
    if before.untouched and before.zones == wanted.zones and wanted.state is CalleeState.WAITING:
        return after
    return replace(after, state=wanted.state, next_at=wanted.next_at, outcome=wanted.outcome, expires=wanted.expires)


def _nowhere(person: Person, zones: Sequence[str]) -> BadRow:
    if len(zones) == 1:
        return BadRow(
            row=person.row,
            field="zone",
            why=f"the campaign never calls in {zones[0]}",
            fix="look at the campaign's hours",
        )
    why = f"{person.number} may be in any of {len(zones)} zones, and no hour of the campaign fits all of them"
    return BadRow(row=person.row, field="zone", why=why, fix="write the zone where this person lives")
