"""What Connect's streams bring: contact records are kept, events of agents' phones become notes.

Both come at least once and out of order. What cannot be read rests with a named reason, and what comes after it
goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from chalicelib.channels.voice.model.agent_event import agent_event, notes
from chalicelib.channels.voice.model.legs import legs
from chalicelib.channels.voice.model.record import ContactRecord, Unreadable, contact_record, document
from chalicelib.channels.voice.service.mailbox import Mailbox
from chalicelib.channels.voice.service.ports import Aside, Notes, Records
from chalicelib.channels.voice.service.retention import Retention
from chalicelib.kernel.errors import NotFound
from chalicelib.kernel.ids import AgentId, TeamId
from chalicelib.routing.model.seat import Seat
from chalicelib.workforce.model import Agent, Status

SETTLE_S = 300  # a chain is looked at so long after its last record: late ones have come by then
RECORDS, EVENTS = "contact_records", "agent_events"


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """What one record of a stream meant, for the log line: `about` is a contact or an agent."""

    outcome: str
    about: str = ""
    failed: Exception | None = None  # why the caller's message is no contact yet
    unmarked: Exception | None = None  # why a recording does not say yet how long it is kept


class RecordKeeper:
    def __init__(self, records: Records, aside: Aside, mailbox: Mailbox, retention: Retention) -> None:
        self._records, self._aside, self._mailbox = records, aside, mailbox
        self._retention = retention

    def take(self, raw: str, place: str, now: datetime) -> Read:
        """`place` is the record's own in the stream. Only a fault of ours raises, so that it comes again."""
        return _read(self._aside, RECORDS, raw, place, now, self._keep)

    def _keep(self, value: Mapping[str, Any], now: datetime) -> Read:
        record = contact_record(value)
        if not record.is_call:
            return Read(outcome="not_a_call", about=record.contact)
        kept = self._records.keep(record, now + timedelta(seconds=SETTLE_S), now)
        failed, unmarked = self._message(record, now), self._retention.mark([record])
        return Read(outcome=kept.value, about=record.contact, failed=failed, unmarked=unmarked)

    def _message(self, record: ContactRecord, now: datetime) -> Exception | None:
        """At once, so that nobody waits for an answer until the call is settled. Without a recording, a record that
        has one may still come: then it waits till then. So it does where it cannot be taken: the record is kept, and
        must not hold up those behind it.
        """
        if not (record.has_message and record.recordings):
            return None
        try:
            (call,) = legs({record.contact: record})
            self._mailbox.take(record, call, now)
        except Exception as error:
            return error
        return None


class Workforce(Protocol):
    def agent(self, agent: AgentId) -> Agent: ...


class Floor(Protocol):
    def seat(self, team: TeamId, agent: AgentId) -> Seat: ...


class PhoneWatch:
    def __init__(self, notes: Notes, aside: Aside, workforce: Workforce, floor: Floor) -> None:
        self._notes, self._aside = notes, aside
        self._workforce, self._floor = workforce, floor

    def take(self, raw: str, place: str, now: datetime) -> Read:
        return _read(self._aside, EVENTS, raw, place, now, self._hear)

    def _hear(self, value: Mapping[str, Any], now: datetime) -> Read:
        event = agent_event(value)
        seat = self._status(AgentId(event.agent))
        if seat is None:
            return Read(outcome="unknown_agent", about=event.agent)
        if not self._notes.hear(event, now):
            return Read(outcome="late", about=event.agent)
        new = [note.kind.value for note in notes(event, seat) if self._notes.note(event, note, now)]
        return Read(outcome=",".join(new) or "heard", about=event.agent)

    def _status(self, agent: AgentId) -> Status | None:
        try:
            team = self._workforce.agent(agent).team
        except NotFound:
            return None
        try:
            return self._floor.seat(team, agent).status
        except NotFound:
            return Status.OFFLINE  # who never sat down


def _read(
    aside: Aside, stream: str, raw: str, place: str, now: datetime, take: Callable[[Mapping[str, Any], datetime], Read]
) -> Read:
    try:
        return take(document(raw), now)
    except Unreadable as broken:
        aside.lay_aside(stream, place, str(broken), raw, now)
        return Read(outcome=f"unread_{broken.fault.value}", about=broken.where)
