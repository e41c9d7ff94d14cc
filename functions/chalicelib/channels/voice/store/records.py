"""Contact records, what came of them, and what agents' phones told: in the contacts table, each for a while.

    VOICE#<initial>        RECORD#<contact>          the newest record of a segment; a chain is one query
                           VERDICT#<contact>         what was found when a leg was held against our facts; <contact>
                                                     is ours, or nothing where nobody knows whose call it was
    VOICE#DUE              <stamp>#<initial>         when to look at a chain
    VOICE#REPORT#<date>    <stamp>#<initial>#<contact>  the differences of a UTC day
    VOICE#UNREAD#<date>    <stream>#<place>          what could not be read, with its reason and its own words
    VOICE#PHONE#<agent>    HEARD                     the newest event of an agent's phone
                           NOTE#<kind>#<about>       what it told that our floor did not know

Keys begin with no client's: a record of a stream is nobody's until it was held against a contact.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from chalicelib.aws.table import (
    Absent,
    AtMost,
    ConditionLost,
    Database,
    Delete,
    Equals,
    Item,
    Key,
    Put,
    Update,
    every,
)
from chalicelib.channels.voice.model.agent_event import AgentEvent, Note
from chalicelib.channels.voice.model.record import ContactRecord, newer
from chalicelib.channels.voice.service.ports import Due, Finding, Kept
from chalicelib.kernel.clock import instant, second, stamp
from chalicelib.kernel.errors import Conflict

TABLE = "contacts"
KEPT_DAYS = 90
UNREAD_DAYS = 14  # as long as a dead-letter queue would keep it
MOST_UNREAD = 32_000  # characters of what could not be read
_DUE = "VOICE#DUE"
_VERDICT = "VERDICT#"
_TRIES = 5


class RecordStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(self, record: ContactRecord, due: datetime, now: datetime) -> Kept:
        """The newest stays. With it, in one transaction, when the chain is to be looked at."""
        item = _item(_chain(record.initial), f"RECORD#{record.contact}", now, record.as_item())
        later = Put(table=TABLE, item=_due_item(Due(at=due, initial=record.initial, since=now)))
        standing: Item | None = None
        for _ in range(_TRIES):
            when = Equals("updated_at", standing["updated_at"]) if standing else Absent()
            try:
                self._database.transact([Put(table=TABLE, item=item, when=(when,)), later])
            except ConditionLost as lost:
                standing = lost.lost[0]
                if standing is not None and not newer(record, ContactRecord.from_item(standing)):
                    return Kept.REPEATED if standing["updated_at"] == record.updated_at else Kept.STALE
                continue
            return Kept.NEW if standing is None else Kept.NEWER
        raise Conflict("this record kept changing; try again")

    def chain(self, initial: str) -> dict[str, ContactRecord]:
        """Every record of a call by Connect's contact id."""
        items = every(self._database, TABLE, _chain(initial), begins="RECORD#")
        return {item["contact"]: ContactRecord.from_item(item) for item in items}

    def due(self, now: datetime, most: int) -> list[Due]:
        page = self._database.query(TABLE, _DUE, between=("0", f"{stamp(now)}~"), limit=most)
        return [
            Due(at=instant(item["at"]), initial=item["initial"], since=instant(item["since"])) for item in page.items
        ]

    def found(self, initial: str) -> dict[str, Mapping[str, Any]]:
        """What was found the last time, by our contact."""
        items = every(self._database, TABLE, _chain(initial), begins=_VERDICT)
        return {item["sk"].removeprefix(_VERDICT): item for item in items}

    def recordings(self, initial: str, contact: str) -> tuple[str, ...]:
        """Where lies what was recorded of a leg; `initial` is what Connect calls the first contact of its thread."""
        return tuple(self.found(initial).get(contact, {}).get("recordings", ()))

    def settle(self, due: Due, findings: Sequence[Finding], now: datetime, again: datetime | None = None) -> None:
        """Each finding replaces the one before. The chain is looked at once more at `again`, or no more until a record
        of it changes. Those who began to wait keep their beginning."""
        writes: list[Put | Delete] = [Delete(table=TABLE, key=_due_key(due))]
        if again is not None:  # two keys, as it is later
            writes.append(Put(table=TABLE, item=_due_item(Due(at=again, initial=due.initial, since=due.since))))
        for one in findings:
            writes += self._finding(due.initial, one, now)
        self._database.transact(writes)

    def _finding(self, initial: str, found: Finding, now: datetime) -> list[Put | Delete]:
        day = stamp(now)
        writes: list[Put | Delete] = [
            Put(table=TABLE, item=_item(_chain(initial), f"{_VERDICT}{found.contact}", now, found.told))
        ]
        if found.report:
            place = f"{day}#{initial}#{found.contact}"
            writes.append(Put(table=TABLE, item=_item(f"VOICE#REPORT#{day[:10]}", place, now, found.told)))
        return writes

    def reports(self, date: str) -> list[Item]:
        """The differences of a UTC date (YYYY-MM-DD), oldest first."""
        return every(self._database, TABLE, f"VOICE#REPORT#{date}")

    def lay_aside(self, stream: str, place: str, reason: str, raw: str, now: datetime) -> None:
        """Delivered again, it lies there once."""
        told = {"stream": stream, "place": place, "reason": reason, "raw": raw[:MOST_UNREAD], "at": stamp(now)}
        item = _item(f"VOICE#UNREAD#{stamp(now)[:10]}", f"{stream}#{place}", now, told, UNREAD_DAYS)
        self._database.write(Put(table=TABLE, item=item))

    def unread(self, date: str) -> list[Item]:
        return every(self._database, TABLE, f"VOICE#UNREAD#{date}")

    def hear(self, event: AgentEvent, now: datetime) -> bool:
        """Whether nothing newer was heard of this agent's phone."""
        key = Key(_phone(event.agent), "HEARD")
        kept = {"at": event.at, "expires": _until(now, KEPT_DAYS)}
        try:
            self._database.write(Update(table=TABLE, key=key, set=kept, when=(AtMost("at", event.at),)))
        except ConditionLost as lost:
            if lost.lost[0] is not None:
                return False
            self._database.write(Put(table=TABLE, item={"pk": key.pk, "sk": key.sk, **kept}))
        return True

    def note(self, event: AgentEvent, note: Note, now: datetime) -> bool:
        """Whether it is new."""
        told = {"kind": note.kind.value, "about": note.about, "agent": event.agent, "at": event.at}
        item = _item(_phone(event.agent), f"NOTE#{note.kind.value}#{note.about}", now, told)
        try:
            self._database.write(Put(table=TABLE, item=item, when=(Absent(),)))
        except ConditionLost:
            return False
        return True

    def notes(self, agent: str) -> list[Item]:
        return every(self._database, TABLE, _phone(agent), begins="NOTE#")


def _chain(initial: str) -> str:
    return f"VOICE#{initial}"


def _phone(agent: str) -> str:
    return f"VOICE#PHONE#{agent}"


def _due_key(due: Due) -> Key:
    return Key(_DUE, f"{stamp(due.at)}#{due.initial}")


def _due_item(due: Due) -> Item:
    key = _due_key(due)
    return {"pk": key.pk, "sk": key.sk, "at": stamp(due.at), "initial": due.initial, "since": stamp(due.since)}


def _item(pk: str, sk: str, now: datetime, told: Mapping[str, Any], days: int = KEPT_DAYS) -> Item:
    return {"pk": pk, "sk": sk, "expires": _until(now, days), **told}


def _until(now: datetime, days: int) -> int:
    return second(now + timedelta(days=days))
