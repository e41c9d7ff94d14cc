"""What is known of a number beside any campaign: that it is never to be called, and when it was called lately.

T#<tenant>#DNC              <number>     nobody calls it for this client
OUTREACH#DNC                <number>     nobody calls it for any client
T#<tenant>#CALLED#<number>  CALLS        when it was called lately; gone by itself (`expires`)
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from chalicelib.aws.table import Absent, Condition, ConditionLost, Cursor, Database, Delete, Equals, Exists, Key, Put
from chalicelib.kernel.clock import second
from chalicelib.kernel.errors import Conflict
from chalicelib.kernel.ids import ContactId, TenantId
from chalicelib.outreach.model.campaign import AT_ONCE
from chalicelib.outreach.model.limits import KEPT, Calls, Limit
from chalicelib.outreach.model.listing import Listed, Standing
from chalicelib.outreach.store.agenda import TABLE

_TRIES = 8
_PAGE = 100


def _list(tenant: TenantId | None) -> str:
    return f"T#{tenant}#DNC" if tenant is not None else "OUTREACH#DNC"


def _calls_key(tenant: TenantId, number: str) -> Key:
    return Key(f"T#{tenant}#CALLED#{number}", "CALLS")


class NumberStore:
    """Where `tenant` may be None, that means all clients of the house."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def standings(self, tenant: TenantId, numbers: Sequence[str]) -> dict[str, Standing]:
        """Of each number, read consistently."""
        found: dict[str, Standing] = {}
        for start in range(0, len(numbers), AT_ONCE):
            found |= self._standings(tenant, numbers[start : start + AT_ONCE])
        return found

    def _standings(self, tenant: TenantId, numbers: Sequence[str]) -> dict[str, Standing]:
        lists = [_list(tenant), _list(None)]
        keys = [Key(pk, number) for pk in lists for number in numbers]
        keys += [_calls_key(tenant, number) for number in numbers]
        items = {Key(item["pk"], item["sk"]): item for item in self._database.get_many(TABLE, keys)}
        return {
            number: Standing(
                by_client=Key(lists[0], number) in items,
                by_house=Key(lists[1], number) in items,
                calls=Calls.from_texts(items.get(_calls_key(tenant, number), {}).get("made", ())),
            )
            for number in numbers
        }

    # The do-not-call lists

    def add(self, tenant: TenantId | None, listed: Listed) -> bool:
        """False where it stands there already; then nothing has changed."""
        item = {"pk": _list(tenant), "sk": listed.number, **listed.as_item()}
        try:
            self._database.write(Put(table=TABLE, item=item, when=(Absent(),)))
        except ConditionLost:
            return False
        return True

    def remove(self, tenant: TenantId | None, number: str) -> bool:
        """False where it did not stand there."""
        try:
            self._database.write(Delete(table=TABLE, key=Key(_list(tenant), number), when=(Exists(),)))
        except ConditionLost:
            return False
        return True

    def page(self, tenant: TenantId | None, after: str = "") -> tuple[list[Listed], str]:
        """A page in the order of the numbers, and what to go on after; empty at the end."""
        pk = _list(tenant)
        cursor: Cursor | None = {"pk": pk, "sk": after} if after else None
        page = self._database.query(TABLE, pk, after=cursor, limit=_PAGE)
        return [Listed.from_item(item) for item in page.items], page.next["sk"] if page.next is not None else ""

    # Calls

    def note_call(self, tenant: TenantId, number: str, contact: ContactId, limit: Limit, now: datetime) -> None:
        """One call more, unless the limit forbids it: then Conflict is raised. The same contact again: silence."""
        key = _calls_key(tenant, number)
        for _ in range(_TRIES):
            item = self._database.get(TABLE, key)
            calls = Calls.from_texts(item["made"]) if item is not None else Calls()
            if calls.has(contact):
                return
            if why := calls.why_not(now, limit):
                raise Conflict(f"{number} was {why}")
            after = calls.with_call(now, contact)
            kept = {"made": after.as_texts(), "expires": second(now + KEPT)}
            version = item["version"] if item is not None else 0
            when: Condition = Equals("version", version) if item is not None else Absent()
            try:
                self._database.write(
                    Put(table=TABLE, item={"pk": key.pk, "sk": key.sk, "version": version + 1, **kept}, when=(when,))
                )
            except ConditionLost:
                continue
            return
        raise Conflict("too many call this number at once; try again")
