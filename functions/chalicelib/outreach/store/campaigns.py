"""Campaigns and their people in DynamoDB, in the contacts table.

T#<tenant>#P#<campaign>   RUN                       whether it runs, and how many people are how far
                          CALLEE#<number>           a person: all that is known of him
                          DUE#<stamp>#<number>      who waits, in the order in which they may be called
                          OUT#<number>              who is with the agents

Who waits has a DUE item, who is out an OUT item, who is done neither: all are written in one transaction with the
person and the counters of the run, held against what its writer saw. So nobody is lost, and nobody called by two.
Who is done goes by himself (`expires`), and stays counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from chalicelib.aws.table import (
    Absent,
    AtMost,
    Condition,
    ConditionLost,
    Database,
    Delete,
    Equals,
    Exists,
    Item,
    Key,
    Put,
    Update,
    Write,
    every,
)
from chalicelib.kernel.clock import stamp
from chalicelib.kernel.ids import TenantId
from chalicelib.outreach.model.agenda import Entry
from chalicelib.outreach.model.campaign import MOST_OUT, Callee, CalleeState, Full, Moved, Run, RunState
from chalicelib.outreach.service.agenda import Left
from chalicelib.outreach.store.agenda import TABLE, move_with, note, struck

_OUTCOME = "outcome_"
_READ = 5_000  # people of one look: the longer the list, the longer it takes
_FORGOTTEN = 49  # people of one change: two deletions each, and the run's own


def _pk(tenant: TenantId, campaign: str) -> str:
    return f"T#{tenant}#P#{campaign}"


def _run_key(tenant: TenantId, campaign: str) -> Key:
    return Key(_pk(tenant, campaign), "RUN")


class CampaignStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    # The run

    def run(self, tenant: TenantId, campaign: str) -> Run:
        return _run(self._database.get(TABLE, _run_key(tenant, campaign)) or {})

    def runs(self, tenant: TenantId, campaigns: Sequence[str]) -> dict[str, Run]:
        """At most 100 campaigns."""
        keys = [_run_key(tenant, name) for name in campaigns]
        items = {item["pk"]: item for item in (self._database.get_many(TABLE, keys) if keys else ())}
        return {name: _run(items.get(key.pk, {})) for name, key in zip(campaigns, keys, strict=True)}

    def turn(
        self,
        tenant: TenantId,
        campaign: str,
        before: Run,
        state: RunState,
        *,
        by: str,
        now: datetime,
        entry: Entry | None = None,
    ) -> bool:
        """From one state to another, with its place in the agenda; one that stays as it is keeps since when, and by
        whom. False where it changed meanwhile, or where it is to be over and there is somebody left."""
        seen = list(_as_seen(before))
        if state is RunState.OVER:
            seen += [Equals("waiting", 0), Equals("out", 0)]
        agenda = {"agenda": stamp(entry.at)} if entry is not None else {}
        turned = {"since": stamp(now), "by": by} if state is not before.state or not before.since else {}
        update = Update(
            table=TABLE,
            key=_run_key(tenant, campaign),
            set={"state": state.value, **turned, **agenda},
            default={"waiting": 0, "out": 0, "done": 0},
            when=tuple(seen),
        )
        try:
            self._database.transact([update, *([note(entry)] if entry is not None else [])])
        except ConditionLost:
            return False
        return True

    def move(self, entry: Entry, at: datetime) -> None:
        """The campaign goes on then. Silent where another did that already."""
        move_with(self._database, _run_key(entry.tenant, entry.id), entry, at)

    def strike(self, entry: Entry) -> None:
        struck(self._database, entry)

    # People

    def person(self, tenant: TenantId, campaign: str, number: str) -> Callee | None:
        item = self._database.get(TABLE, Key(_pk(tenant, campaign), f"CALLEE#{number}"))
        return Callee.from_item(item) if item is not None else None

    def people(self, tenant: TenantId, campaign: str, numbers: Sequence[str]) -> dict[str, Callee]:
        """Those who are known, at most 100."""
        return self._many(Key(_pk(tenant, campaign), f"CALLEE#{number}") for number in numbers)

    def of_number(self, tenant: TenantId, campaigns: Sequence[str], number: str) -> list[Callee]:
        """One person in all campaigns of a client, at most 100."""
        keys = [Key(_pk(tenant, name), f"CALLEE#{number}") for name in campaigns]
        items = self._database.get_many(TABLE, keys) if keys else []
        return [Callee.from_item(item) for item in items]

    def _many(self, keys: Iterable[Key]) -> dict[str, Callee]:
        items = self._database.get_many(TABLE, wanted) if (wanted := list(keys)) else []
        return {item["number"]: Callee.from_item(item) for item in items}

    def out(self, tenant: TenantId, campaign: str) -> list[Callee]:
        """Who is out, without his data and what was before."""
        return [Callee.from_item(item) for item in every(self._database, TABLE, _pk(tenant, campaign), begins="OUT#")]

    def due(self, tenant: TenantId, campaign: str, now: datetime, limit: int) -> list[Callee]:
        """Who may have to be called, whoever waits the longest first; without his data and what was before."""
        page = self._database.query(TABLE, _pk(tenant, campaign), between=("DUE#", f"DUE#{stamp(now)}~"), limit=limit)
        return [Callee.from_item(item) for item in page.items]

    def next_due(self, tenant: TenantId, campaign: str) -> str:
        """The stamp at which the next one may be called; empty where nobody waits."""
        page = self._database.query(TABLE, _pk(tenant, campaign), begins="DUE#", limit=1)
        return str(page.items[0]["next_at"]) if page.items else ""

    # Changes

    def add(self, new: Sequence[Callee], changed: Sequence[tuple[Callee, Callee]] = ()) -> None:
        """People of one campaign, at most AT_ONCE of both together. Raises Moved; then nothing has changed."""
        counts: Counter[str] = Counter()
        writes: list[Write] = []
        for callee in new:
            key = _callee_key(callee)
            writes.append(Put(table=TABLE, item={"pk": key.pk, "sk": key.sk, **callee.as_item()}, when=(Absent(),)))
            writes += _placed(callee)
            counts.update(_counted(callee))
        for before, after in changed:
            writes += _changes(before, after)
            counts.update(_difference(before, after))
        self._together(writes, next(iter([*new, *(after for _, after in changed)]), None), counts)

    def change(self, *pairs: tuple[Callee, Callee]) -> None:
        """From before to after, at most AT_ONCE. Raises Moved; then nothing has changed."""
        counts: Counter[str] = Counter()
        writes: list[Write] = []
        for before, after in pairs:
            writes += _changes(before, after)
            counts.update(_difference(before, after))
        self._together(writes, pairs[0][1] if pairs else None, counts)

    def claim(self, before: Callee, after: Callee, most: int = MOST_OUT) -> None:
        """He is out from now on, one of at most so many. Raises Moved or Full; then nothing has changed."""
        counts = _difference(before, after)
        running = (Equals("state", RunState.RUNNING.value), AtMost("out", most - 1))
        self._together(_changes(before, after), after, counts, running)

    def forget(self, tenant: TenantId, campaign: str, before: Run, left: Left) -> int:
        """Deletes some of its people, as long as there is time and the run is as it was seen; how many those were.
        Where nobody is left the run goes, too: loaded again, it begins anew. Raises Moved."""
        key, as_seen = _run_key(tenant, campaign), _as_seen(before)
        page = self._database.query(TABLE, key.pk, begins="CALLEE#", limit=_READ)
        people = [Callee.from_item(item) for item in page.items]
        if not people:
            self._forget_run(key, as_seen)
        gone = 0
        while gone < len(people) and (not gone or left() > 0):
            some = people[gone : gone + _FORGOTTEN]
            self._forget_some(some, key, as_seen)
            gone += len(some)
        return gone

    def _forget_some(self, people: Sequence[Callee], key: Key, as_seen: tuple[Condition, ...]) -> None:
        counts: Counter[str] = Counter()
        writes: list[Write] = []
        for person in people:
            writes.append(Delete(table=TABLE, key=_callee_key(person), when=_seen(person)))
            place = _place_key(person)
            writes += [Delete(table=TABLE, key=place, when=(Exists(),))] if place is not None else []
            counts.subtract(_counted(person))
        self._forgotten([*writes, Update(table=TABLE, key=key, add=dict(counts), when=as_seen)])

    def _forget_run(self, key: Key, as_seen: tuple[Condition, ...]) -> None:
        """Unless people came meanwhile."""
        item = self._database.get(TABLE, key)
        if item is None or item.get("waiting") or item.get("out"):
            return
        nobody = [Equals(name, 0) if name in item else Absent(name) for name in ("waiting", "out")]
        self._forgotten([Delete(table=TABLE, key=key, when=(*as_seen, *nobody))])

    def _forgotten(self, writes: list[Write]) -> None:
        try:
            self._database.transact(writes)
        except ConditionLost:
            raise Moved() from None

    def _together(
        self,
        writes: list[Write],
        one: Callee | None,
        counts: Mapping[str, int],
        when: tuple[Condition, ...] = (),
    ) -> None:
        if one is None:
            return
        added = {name: number for name, number in counts.items() if number}
        if added or when:
            writes = [
                *writes,
                Update(table=TABLE, key=_run_key(one.tenant, one.campaign), add=added, when=when),
            ]
        try:
            self._database.transact(writes)
        except ConditionLost as lost:
            if when and set(lost.lost) == {len(writes) - 1}:
                raise Full() from None
            raise Moved() from None


def _run(item: Mapping[str, Any]) -> Run:
    return Run(
        state=RunState(item.get("state", RunState.PLANNED)),
        since=item.get("since", ""),
        by=item.get("by", ""),
        agenda=item.get("agenda", ""),
        waiting=item.get("waiting", 0),
        out=item.get("out", 0),
        done=item.get("done", 0),
        outcomes={
            name.removeprefix(_OUTCOME): number
            for name, number in sorted(item.items())
            if name.startswith(_OUTCOME) and number
        },
    )


def _callee_key(callee: Callee) -> Key:
    return Key(_pk(callee.tenant, callee.campaign), f"CALLEE#{callee.number}")


def _place_key(callee: Callee) -> Key | None:
    pk = _pk(callee.tenant, callee.campaign)
    match callee.state:
        case CalleeState.WAITING:
            return Key(pk, f"DUE#{callee.next_at}#{callee.number}")
        case CalleeState.OUT:
            return Key(pk, f"OUT#{callee.number}")
        case CalleeState.DONE:
            return None


_BESIDE = ("data", "history")  # for the agent's eyes, and not for lists of those who wait


def _placed(callee: Callee) -> list[Write]:
    key = _place_key(callee)
    if key is None:
        return []
    item: Item = {name: value for name, value in callee.as_item().items() if name not in _BESIDE}
    return [Put(table=TABLE, item={"pk": key.pk, "sk": key.sk, **item})]


def _changes(before: Callee, after: Callee) -> list[Write]:
    old, new = _place_key(before), _place_key(after)
    writes: list[Write] = [_update(before, after)]
    if old is not None and old != new:
        writes.append(Delete(table=TABLE, key=old, when=(Exists(),)))
    return [*writes, *_placed(after)]


def _update(before: Callee, after: Callee) -> Update:
    was, is_ = before.as_item(), after.as_item()
    said = {name: value for name, value in is_.items() if was.get(name) != value and name != "history"}
    told = [one.as_item() for one in after.history[len(before.history) :]]
    return Update(
        table=TABLE,
        key=_callee_key(after),
        set=said,
        append={"history": told} if told else {},
        remove=tuple(sorted(name for name in was if name not in is_)),
        when=_seen(before),
    )


def _as_seen(run: Run) -> tuple[Condition, ...]:
    return (Equals("state", run.state.value) if run.since else Absent("state"),)


def _seen(callee: Callee) -> tuple[Condition, ...]:
    seen: list[Condition] = [Equals("state", callee.state.value), Equals("turns", callee.turns)]
    if callee.state is CalleeState.WAITING:
        seen.append(Equals("next_at", callee.next_at))
    elif callee.contact:
        seen.append(Equals("contact", callee.contact))
    return tuple(seen)


def _counted(callee: Callee) -> Counter[str]:
    counts = Counter({callee.state.value: 1})
    if callee.state is CalleeState.DONE:
        counts[f"{_OUTCOME}{callee.outcome}"] += 1
    return counts


def _difference(before: Callee, after: Callee) -> Counter[str]:
    counts = _counted(after)
    counts.subtract(_counted(before))
    return counts
