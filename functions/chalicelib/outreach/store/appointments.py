"""Promised calls in DynamoDB, in the contacts table. Those that are over go by themselves (`expires`).

T#<tenant>#APPT   <id>
"""

from __future__ import annotations

from datetime import datetime

from chalicelib.aws.table import Absent, ConditionLost, Database, Equals, Item, Key, Put, Write, every
from chalicelib.kernel.clock import instant, second, stamp
from chalicelib.kernel.ids import TenantId
from chalicelib.outreach.model.agenda import Entry, Kind
from chalicelib.outreach.model.appointment import KEPT, Appointment, AppointmentState
from chalicelib.outreach.store.agenda import TABLE, move_with, note, strike, struck


def entry_of(appointment: Appointment) -> Entry:
    """Its place in the agenda."""
    return Entry(at=instant(appointment.agenda), kind=Kind.APPOINTMENT, tenant=appointment.tenant, id=appointment.id)


class AppointmentStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, appointment: Appointment) -> Appointment:
        """As it stands: this one, or the one that was made before."""
        put = Put(table=TABLE, item=_item(appointment), when=(Absent(),))
        try:
            self._database.transact([put, note(entry_of(appointment))])
        except ConditionLost as lost:
            there = lost.lost.get(0)
            if there is None:
                raise
            return Appointment.from_item(there)
        return appointment

    def get(self, tenant: TenantId, id: str) -> Appointment | None:
        item = self._database.get(TABLE, Key(f"T#{tenant}#APPT", id))
        return Appointment.from_item(item) if item is not None else None

    def of(self, tenant: TenantId) -> list[Appointment]:
        """All that are to come, and those that were lately; in order of time."""
        found = (Appointment.from_item(item) for item in every(self._database, TABLE, f"T#{tenant}#APPT"))
        return sorted(found, key=lambda one: (one.at, one.id))

    def change(self, before: Appointment, after: Appointment, now: datetime, entry: Entry | None = None) -> bool:
        """With its place in the agenda, where that is another: `entry` is the one that is struck for it. False where
        the appointment changed meanwhile."""
        writes: list[Write] = [
            Put(
                table=TABLE,
                item=_item(after, now),
                when=(
                    Equals("state", before.state.value),
                    Equals("turns", before.turns),
                    Equals("agenda", before.agenda),
                ),
            )
        ]
        if after.agenda != before.agenda or before.state is AppointmentState.DONE:
            writes.append(note(entry_of(after)))
            writes += [strike(entry)] if entry is not None and stamp(entry.at) != after.agenda else []
        try:
            self._database.transact(writes)
        except ConditionLost:
            return False
        return True

    def watch(self, appointment: Appointment, entry: Entry, at: datetime) -> None:
        """Looked at again then. Silent where another did that already."""
        move_with(self._database, Key(f"T#{appointment.tenant}#APPT", appointment.id), entry, at)

    def strike(self, entry: Entry) -> None:
        struck(self._database, entry)


def _item(appointment: Appointment, now: datetime | None = None) -> Item:
    item: Item = {"pk": f"T#{appointment.tenant}#APPT", "sk": appointment.id, **appointment.as_item()}
    if appointment.state is AppointmentState.DONE and now is not None:
        item["expires"] = second(now + KEPT)
    return item
