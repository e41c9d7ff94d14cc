"""The agenda: a partition of the contacts table for each kind, in the order of time. Ids and moments, nothing of a
customer.

OUTREACH#AGENDA#<kind>        <stamp>#<kind>#<tenant>#<id>
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import islice

from chalicelib.aws.table import ConditionLost, Cursor, Database, Delete, Exists, Key, Put, Update
from chalicelib.kernel.clock import stamp
from chalicelib.outreach.model.agenda import Entry, Kind

TABLE = "contacts"
_PAGE = 100


def place(entry: Entry) -> Key:
    return Key(_partition(entry.kind), entry.place)


def _partition(kind: Kind) -> str:
    return f"OUTREACH#AGENDA#{kind}"


def note(entry: Entry) -> Put:
    """For the transaction of who makes it due."""
    return Put(table=TABLE, item={**place(entry)._asdict(), **entry.as_item()})


def strike(entry: Entry) -> Delete:
    """For the transaction of who has done it. Where two do it at once, one of them loses."""
    return Delete(table=TABLE, key=place(entry), when=(Exists(),))


def struck(database: Database, entry: Entry) -> None:
    """Silent where it is no longer there."""
    try:
        database.write(strike(entry))
    except ConditionLost:
        return


def move_with(database: Database, whose: Key, entry: Entry, at: datetime) -> None:
    """Together with the place that the thing itself remembers as `agenda`. Silent where another did that already."""
    remembered = Update(table=TABLE, key=whose, set={"agenda": stamp(at)}, when=(Exists(),))
    try:
        database.transact([strike(entry), note(entry.moved(at)), remembered])
    except ConditionLost:
        return


class AgendaStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    def due(self, now: datetime, most: int) -> list[Entry]:
        """Of all kinds, in their order."""
        return list(islice((entry for kind in Kind for entry in self.of(kind, now)), most))

    def of(self, kind: Kind, now: datetime) -> Iterator[Entry]:
        """What was due when its page was read. Each entry once, whatever is done to it meanwhile."""
        after: Cursor | None = None
        while True:
            until = ("0", f"{stamp(now)}~")
            page = self._database.query(TABLE, _partition(kind), between=until, limit=_PAGE, after=after)
            yield from (Entry.from_item(item) for item in page.items)
            after = page.next
            if after is None:
                return

    def move(self, entry: Entry, at: datetime) -> None:
        try:
            self._database.transact([strike(entry), note(entry.moved(at))])
        except ConditionLost:
            return
