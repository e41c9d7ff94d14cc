"""Dispatches in the contacts table.

    T#<tenant>#C#<contact>   DISPATCH             the dispatch, at its own contact; forgotten some time after its end
    T#<tenant>#C#<source>    DISPATCHES           those that come from this contact, in their order
                             DISPATCHING#<ladder> the one that runs: there is one at a time
    T#<tenant>#DISPATCHES    <started>#<contact>  those of a client, for lists
    OUTREACH#CALL#<call>     CALL                 Connect's id of an attempt → its dispatch

Every change is one transaction: the item by its version, its place in the agenda, and the facts of its contact.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from chalicelib.aws.table import (
    Absent,
    Check,
    ConditionLost,
    Database,
    Delete,
    Equals,
    Item,
    Key,
    Put,
    Update,
    Write,
)
from chalicelib.contacts.store import contact_key, moving_on, standing
from chalicelib.kernel.clock import second, stamp
from chalicelib.kernel.errors import NotFound
from chalicelib.kernel.facts import Fact
from chalicelib.kernel.ids import ContactId, TenantId
from chalicelib.outreach.model.agenda import Entry, Kind
from chalicelib.outreach.model.dispatch import Dispatch
from chalicelib.outreach.service.ports import Begun
from chalicelib.outreach.store.agenda import TABLE, note, place
from chalicelib.tenancy.model.on_call import By

KEPT = timedelta(days=30)  # after the end; facts and usage stay
_LISTED = 100


class DispatchStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, tenant: TenantId, contact: ContactId) -> Dispatch:
        item = self._database.get(TABLE, _key(tenant, contact))
        if item is None:
            raise NotFound("dispatch", contact)
        return Dispatch.from_item(item)

    def begun(self, tenant: TenantId, source: ContactId) -> list[Begun]:
        item = self._database.get(TABLE, _of_source(tenant, source))
        return [Begun(ContactId(one["contact"]), one["ladder"], one["by"]) for one in (item or {}).get("made", ())]

    def add(self, dispatch: Dispatch, known: int) -> bool:
        """False where another one was begun from the same contact since `known` were, or one of the ladder runs."""
        made = {"contact": dispatch.contact, "ladder": str(dispatch.ladder.name), "by": dispatch.by}
        count = Equals("count", known) if known else Absent()
        listing = {"pk": f"T#{dispatch.tenant}#DISPATCHES", "sk": f"{stamp(dispatch.started_at)}#{dispatch.contact}"}
        guard = _guard(dispatch)
        assert dispatch.next_at is not None, "it is due at once"
        try:
            self._database.transact(
                [
                    Put(table=TABLE, item=_item(dispatch), when=(Absent(),)),
                    Put(
                        table=TABLE,
                        item={"pk": guard.pk, "sk": guard.sk, "contact": dispatch.contact},
                        when=(Absent(),),
                    ),
                    Update(
                        table=TABLE,
                        key=_of_source(dispatch.tenant, dispatch.source),
                        add={"count": 1},
                        append={"made": [made]},
                        when=(count,),
                    ),
                    Put(table=TABLE, item={**listing, "contact": dispatch.contact}),
                    note(_entry(dispatch, dispatch.next_at)),
                ]
            )
        except ConditionLost:
            return False
        return True

    def save(self, before: Dispatch, after: Dispatch, facts: Sequence[Fact]) -> Dispatch | None:
        """As it stands afterwards; None where it was changed by somebody else meanwhile."""
        after = _next_version(before, after)
        writes: list[Write | Check] = [Put(table=TABLE, item=_item(after), when=(_unchanged(before),))]
        writes += _agenda(before, after)
        writes += _calls(before, after)
        if before.running and not after.running:
            writes.append(Delete(table=TABLE, key=_guard(after), when=()))
        if facts:
            writes.append(moving_on(after.tenant, after.contact, facts))
        try:
            self._database.transact(writes)
        except ConditionLost as lost:
            return self._lost(before, after, facts, lost, len(writes) - 1)
        return after

    def _lost(
        self, before: Dispatch, after: Dispatch, facts: Sequence[Fact], lost: ConditionLost, place: int
    ) -> Dispatch | None:
        """Telephony's records may have told a fact before us: then it is left out. Raises what a move may raise."""
        if 0 in lost.lost or not facts or place not in lost.lost:
            return None
        untold = [fact for fact in facts if not self._told(lost.lost[place], after.contact, fact)]
        if len(untold) == len(facts):
            standing(lost.lost[place], after.contact, facts[0], None)
            return None
        return self.save(before, after, untold)

    def _told(self, item: Item | None, contact: ContactId, fact: Fact) -> bool:
        from_item = item is not None and fact.kind in ("dialled", "notified")
        once = fact.data.get("call") or fact.data.get("id") or ""
        return bool(from_item and item is not None and f"{fact.kind}:{once}" in item.get("once", ()))

    def strike(self, entry: Entry) -> None:
        """An entry that no dispatch knows of."""
        self._database.write(Delete(table=TABLE, key=place(entry)))

    def heal(self, dispatch: Dispatch, entry: Entry) -> None:
        """The entry is not where the dispatch says: its own place is taken, if it is due at all, and this one goes.
        Silent where the dispatch was changed meanwhile: the entry is looked at again."""
        own = _entry(dispatch, dispatch.next_at) if dispatch.next_at is not None else None
        if own is not None and own.place == entry.place:
            return
        stands = Check(table=TABLE, key=_key(dispatch.tenant, dispatch.contact), when=(_unchanged(dispatch),))
        writes: list[Write | Check] = [stands, Delete(table=TABLE, key=place(entry))]
        try:
            self._database.transact([*writes, note(own)] if own is not None else writes)
        except ConditionLost:
            return

    def calling(self, call: str) -> tuple[TenantId, ContactId] | None:
        item = self._database.get(TABLE, _call(call))
        return (TenantId(item["tenant"]), ContactId(item["contact"])) if item is not None else None

    def of(self, tenant: TenantId, contacts: Sequence[ContactId]) -> list[Dispatch]:
        """In this order; what was forgotten is left out."""
        if not contacts:
            return []
        items = self._database.get_many(TABLE, [_key(tenant, contact) for contact in contacts[-_LISTED:]])
        found = {item["contact"]: Dispatch.from_item(item) for item in items}
        return [found[contact] for contact in contacts if contact in found]

    def latest(self, tenant: TenantId, most: int) -> list[Dispatch]:
        page = self._database.query(TABLE, f"T#{tenant}#DISPATCHES", newest_first=True, limit=min(most, _LISTED))
        return self.of(tenant, [ContactId(item["contact"]) for item in page.items])


def _unchanged(dispatch: Dispatch) -> Equals:
    return Equals("version", dispatch.version)


def _next_version(before: Dispatch, after: Dispatch) -> Dispatch:
    return Dispatch.from_item({**after.as_item(), "version": before.version + 1})


def _item(dispatch: Dispatch) -> Item:
    key = _key(dispatch.tenant, dispatch.contact)
    over = dispatch.ended_at if dispatch.next_at is None else None
    expires = {"expires": second(over + KEPT)} if over is not None else {}
    return {"pk": key.pk, "sk": key.sk, **dispatch.as_item(), **expires}


def _agenda(before: Dispatch, after: Dispatch) -> list[Write | Check]:
    old = _entry(before, before.next_at) if before.next_at is not None else None
    new = _entry(after, after.next_at) if after.next_at is not None else None
    if old is not None and new is not None and old.place == new.place:
        return []
    writes: list[Write | Check] = [Delete(table=TABLE, key=place(old))] if old is not None else []
    return [*writes, note(new)] if new is not None else writes


def _calls(before: Dispatch, after: Dispatch) -> list[Write | Check]:
    known = {attempt.id for attempt in before.attempts}
    new = [one for one in after.attempts if one.by is By.VOICE and one.id and one.id not in known]
    return [
        Put(
            table=TABLE,
            item={
                "pk": _call(attempt.id).pk,
                "sk": "CALL",
                "tenant": after.tenant,
                "contact": after.contact,
                "expires": second(attempt.at + KEPT),
            },
        )
        for attempt in new
    ]


def _entry(dispatch: Dispatch, at: datetime) -> Entry:
    return Entry(at=at, kind=Kind.DISPATCH, tenant=dispatch.tenant, id=dispatch.contact)


def _key(tenant: TenantId, contact: ContactId) -> Key:
    return Key(contact_key(tenant, contact).pk, "DISPATCH")


def _of_source(tenant: TenantId, source: ContactId) -> Key:
    return Key(contact_key(tenant, source).pk, "DISPATCHES")


def _guard(dispatch: Dispatch) -> Key:
    return Key(contact_key(dispatch.tenant, dispatch.source).pk, f"DISPATCHING#{dispatch.ladder.name}")


def _call(call: str) -> Key:
    return Key(f"OUTREACH#CALL#{call}", "CALL")
