"""What Connect's two streams bring, at the doors: notes about phones, and one bad record that stops no other."""

from __future__ import annotations

import importlib
import json
import os
import uuid
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from chalicelib import wiring
from chalicelib.aws.table import Database
from chalicelib.channels.voice import wiring as telephone
from chalicelib.channels.voice.model.agent_event import agent_event
from chalicelib.channels.voice.model.record import ContactRecord, contact_record
from chalicelib.channels.voice.service.mailbox import Mailbox
from chalicelib.channels.voice.service.ports import Kept
from chalicelib.channels.voice.service.records import SETTLE_S, PhoneWatch
from chalicelib.channels.voice.service.retention import Retention
from chalicelib.channels.voice.store.records import RecordStore
from chalicelib.contacts.model.contact import Contact
from chalicelib.kernel.clock import stamp
from chalicelib.kernel.errors import Conflict, NotFound, Unavailable
from chalicelib.kernel.ids import AgentId, ContactId, TeamId
from chalicelib.outreach import wiring as outreach
from chalicelib.routing.model.seat import Seat
from chalicelib.workforce.model import Agent, Status
from infra.local.connect.aws import kinesis_batch
from tests.fakes.usage import NOON
from tests.lambdas import lambdas
from tests.unit.test_voice_records import raw

# --- phones -----------------------------------------------------------------------------------------------------


class OnePhone:
    def __init__(self, name: str, status: Status) -> None:
        self.name, self.status = name, status

    def agent(self, agent: AgentId) -> Agent:
        if agent != self.name:
            raise NotFound("agent", agent)
        return Agent(agent=agent, name="Maria", team=TeamId("shared"))

    def seat(self, team: TeamId, agent: AgentId) -> Seat:
        return Seat(agent=agent, team=team, status=self.status)


def event(name: str, minute: int = 0, **more: Any) -> str:
    snapshot = {
        "AgentStatus": {"Name": "Offline", "Type": "OFFLINE", "StartTimestamp": stamp(NOON)},
        "Configuration": {"Username": name},
    }
    at = stamp(NOON + timedelta(minutes=minute))
    return json.dumps(
        {"EventId": f"e{minute}", "EventType": "HEART_BEAT", "EventTimestamp": at, "CurrentAgentSnapshot": snapshot}
        | more
    )


def test_a_phone_that_is_off_is_noted_once_however_often_its_heart_beats(database: Database) -> None:
    store, name = RecordStore(database), f"maria-{uuid.uuid4().hex[:8]}"
    floor = OnePhone(name, Status.AVAILABLE)
    watch = PhoneWatch(store, store, floor, floor)
    outcomes = [watch.take(event(name, minute), "1", NOON).outcome for minute in (2, 4, 4, 3)]
    assert outcomes == ["phone_offline", "heard", "heard", "late"]
    assert [note["kind"] for note in store.notes(name)] == ["phone_offline"]
    assert watch.take(event("nobody"), "2", NOON).outcome == "unknown_agent"


# --- the doors --------------------------------------------------------------------------------------------------


def door(name: str, event: Mapping[str, Any]) -> Any:
    module, _, function = lambdas()[name].rpartition(".")
    return getattr(importlib.import_module(module), function)(event, None)


def sampled(name: str) -> dict[str, Any]:
    folder = os.environ.get("CONNECT_EVENT_SAMPLES")
    if not folder:
        pytest.skip("CONNECT_EVENT_SAMPLES names no folder with published events of Amazon Connect")
    return json.loads(Path(folder, name).read_text())  # type: ignore[no-any-return]


@pytest.mark.parametrize("name", ["contact_records", "agent_events"])
def test_what_is_broken_rests_with_its_reason_and_the_shard_goes_on(stage: None, name: str) -> None:
    place = uuid.uuid4().int % 10**12
    batch = kinesis_batch([{"nonsense": 1}, {"nonsense": 2}], first=place)
    batch["Records"][1]["kinesis"]["data"] = "/////w=="  # no UTF-8
    assert door(name, batch) == {"batchItemFailures": []}
    laid = RecordStore(wiring.database()).unread(stamp(datetime.now(UTC))[:10])
    mine = {one["place"]: one["reason"] for one in laid if one["stream"] == name}
    missing = {"contact_records": "no_contact_id", "agent_events": "no_event_id"}[name]
    assert (mine[str(place)], mine[str(place + 1)]) == (missing, "not_json")


class TableDown(RecordStore):
    """It does not answer for one contact."""

    def keep(self, record: ContactRecord, due: datetime, now: datetime) -> Kept:
        if record.contact == "down":
            raise Unavailable("the table")
        return super().keep(record, due, now)


def test_a_fault_of_ours_brings_that_record_again_and_the_good_ones_are_kept(
    stage: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = uuid.uuid4().hex
    monkeypatch.setattr(telephone.record_keeper(), "_records", TableDown(wiring.database()))
    batch = kinesis_batch([raw(ContactId=call), raw(ContactId="down")], first=7)
    assert door("contact_records", batch) == {"batchItemFailures": [{"itemIdentifier": "8"}]}
    assert list(RecordStore(wiring.database()).chain(call)) == [call]


class NobodyTakes(Mailbox):
    def take(self, record: ContactRecord, call: ContactId, now: datetime) -> Contact | None:
        raise Unavailable("the line")


def test_a_message_that_cannot_be_taken_is_told_and_its_record_is_kept_and_does_not_come_again(
    stage: None, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    call = uuid.uuid4().hex
    parts = wiring.directory(), wiring.contacts(), wiring.routing(), outreach.dispatches()
    monkeypatch.setattr(telephone.record_keeper(), "_mailbox", NobodyTakes(*parts))
    left = {"tenantId": "shop", "voicemail": "1"}
    message = raw(ContactId=call, Agent=None, Attributes=left, Recordings=[{"Location": "tapes/one.wav"}])
    assert door("contact_records", kinesis_batch([message])) == {"batchItemFailures": []}
    assert list(RecordStore(wiring.database()).chain(call)) == [call]
    (told,) = [line for line in caplog.records if line.message == "message_not_taken"]
    assert (vars(told)["about"], told.exc_info and told.exc_info[0]) == (call, Unavailable)


class NobodyMarks(Retention):
    def __init__(self, error: Exception) -> None:
        self._error = error

    def mark(self, records: Iterable[ContactRecord]) -> Exception | None:
        return self._error


@pytest.mark.parametrize(("error", "told"), [(Unavailable("the bucket"), 1), (NotFound("recording", "one.wav"), 0)])
def test_a_recording_that_cannot_be_marked_is_told_and_its_record_does_not_come_again(
    stage: None, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: Exception, told: int
) -> None:
    call = uuid.uuid4().hex
    monkeypatch.setattr(telephone.record_keeper(), "_retention", NobodyMarks(error))
    monkeypatch.setattr(telephone.reconciler(), "_retention", NobodyMarks(error))
    assert door("contact_records", kinesis_batch([raw(ContactId=call)])) == {"batchItemFailures": []}
    assert [vars(line)["about"] for line in caplog.records if line.message == "recording_not_marked"] == [call] * told
    long_ago = datetime.now(UTC) - timedelta(hours=25)
    store = RecordStore(wiring.database())
    changed = contact_record(raw(ContactId=call, LastUpdateTimestamp=stamp(NOON + timedelta(days=1))))
    store.keep(changed, long_ago, long_ago)
    door("reconcile_calls", {})
    found = [vars(line)["initial_contact"] for line in caplog.records if line.message == "recording_never_marked"]
    assert found.count(call) == told


def test_the_published_record_and_heartbeat_go_through_their_doors(stage: None) -> None:
    told = sampled("ctr_voice_inbound.json")
    assert door("contact_records", kinesis_batch([told, told, told])) == {"batchItemFailures": []}
    assert RecordStore(wiring.database()).chain(told["ContactId"]) == {told["ContactId"]: contact_record(told)}
    beat = sampled("agent_event_heartbeat.json")
    assert door("agent_events", kinesis_batch([beat])) == {"batchItemFailures": []}
    assert agent_event(beat).agent == "aestest"


def test_the_clock_looks_at_what_is_due(stage: None) -> None:
    store, call = RecordStore(wiring.database()), uuid.uuid4().hex
    kept = contact_record(raw(ContactId=call, Attributes=None))
    now = datetime.now(UTC)
    store.keep(kept, now - timedelta(seconds=1), now)
    door("reconcile_calls", {})
    assert [(contact, found["reason"]) for contact, found in store.found(call).items()] == [("", "unknown_client")]


def test_a_call_that_cannot_be_settled_makes_room_for_the_others(stage: None, monkeypatch: pytest.MonkeyPatch) -> None:
    store, (broken, good), now = RecordStore(wiring.database()), (uuid.uuid4().hex, uuid.uuid4().hex), datetime.now(UTC)

    class OneIsBroken(RecordStore):
        def chain(self, initial: str) -> dict[str, ContactRecord]:
            if initial == broken:
                raise Conflict("it moves in this very moment")
            return super().chain(initial)

    for call in (broken, good):
        store.keep(contact_record(raw(ContactId=call, Attributes=None)), now - timedelta(seconds=1), now)
    monkeypatch.setattr(telephone.reconciler(), "_records", OneIsBroken(wiring.database()))
    door("reconcile_calls", {})
    assert store.found(good)
    assert broken not in {due.initial for due in store.due(now, 10_000)}
    assert broken in {due.initial for due in store.due(now + timedelta(seconds=2 * SETTLE_S), 10_000)}
