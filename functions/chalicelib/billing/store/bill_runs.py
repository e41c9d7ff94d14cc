"""Runs for all clients in DynamoDB, in rows of their own, so that a run needs nobody's memory to be taken up.

RUN#<period>#<kind>   HEAD          who began it, when, how many clients, and what carries it out
RUN#<period>#<kind>   T#<tenant>    how far a client is: its last row, whichever attempt wrote it
"""

from __future__ import annotations

from chalicelib.aws.table import Absent, ConditionLost, Database, Equals, Item, Key, Put, every
from chalicelib.billing.model.bill_run import Head, Row, RunId
from chalicelib.kernel.ids import TenantId

TABLE = "ledger"


class BillRunStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    def head(self, run: RunId) -> Head | None:
        item = self._database.get(TABLE, Key(_of(run), "HEAD"))
        return Head.from_item(run, item) if item is not None else None

    def begin(self, before: Head | None, after: Head) -> bool:
        """False if somebody else began it in that moment."""
        unchanged = Equals("attempt", before.attempt) if before is not None else Absent()
        item: Item = {"pk": _of(after.run), "sk": "HEAD", **after.as_item()}
        try:
            self._database.write(Put(table=TABLE, item=item, when=(unchanged,)))
        except ConditionLost:
            return False
        return True

    def rows(self, run: RunId) -> list[Row]:
        """Of every client that any attempt came to."""
        return [Row.from_item(item) for item in every(self._database, TABLE, _of(run), begins="T#")]

    def row(self, run: RunId, tenant: TenantId) -> Row | None:
        item = self._database.get(TABLE, _key(run, tenant))
        return Row.from_item(item) if item is not None else None

    def write(self, run: RunId, before: Row | None, after: Row) -> bool:
        """False if another worker wrote about the client since `before`: then nothing is changed."""
        key = _key(run, after.tenant)
        item: Item = {"pk": key.pk, "sk": key.sk, **after.as_item()}
        when = (
            (Equals("at", before.at), Equals("state", before.state.value), Equals("tries", before.tries))
            if before is not None
            else (Absent(),)
        )
        try:
            self._database.write(Put(table=TABLE, item=item, when=when))
        except ConditionLost:
            return False
        return True


def _of(run: RunId) -> str:
    return f"RUN#{run.label}#{run.kind.value}"


def _key(run: RunId, tenant: TenantId) -> Key:
    return Key(_of(run), f"T#{tenant}")
