"""Dispatches on the fake and on the emulator: one transaction for each step, and nobody goes ahead of another."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest

from chalicelib.aws.table import Database
from chalicelib.contacts.model.contact import Arrival, State
from chalicelib.contacts.service import Contacts
from chalicelib.contacts.store import ContactStore
from chalicelib.kernel.channel import Channel
from chalicelib.kernel.errors import NotFound
from chalicelib.kernel.facts import Fact
from chalicelib.kernel.ids import ContactId, TenantId
from chalicelib.outreach.model.agenda import Entry, Kind
from chalicelib.outreach.model.dispatch import Dispatch, Result, Standing, facts_between
from chalicelib.outreach.store.agenda import AgendaStore
from chalicelib.outreach.store.dispatches import DispatchStore
from tests.fakes.on_call import Carrier, on_call
from tests.fakes.tenants import sample

NOW = datetime.fromisoformat("2026-11-23T15:00:00+00:00")
RAY = "Ray Ortiz"


@dataclass
class Night:
    database: Database
    carrier: Carrier = field(default_factory=Carrier)

    def __post_init__(self) -> None:
        self.client = replace(sample("plumber"), id=TenantId(f"plumber-{uuid.uuid4().hex[:8]}"))
        self.contacts = Contacts(ContactStore(self.database))
        self.store = DispatchStore(self.database)
        self.dispatches = on_call(self.database, self.carrier, self.contacts)
        source = uuid.uuid4().hex
        arrival = Arrival(channel=Channel.VOICE, entry_point="+15550100100", customer="+15557654321", source_id=source)
        self.source = self.contacts.open(self.client.id, arrival, NOW)

    def begins(self) -> Dispatch:
        return self.dispatches.start(
            self.client, self.source, ladder="emergency", message="Water", by="agent:maria", now=NOW
        )

    def entries(self) -> list[Entry]:
        due = AgendaStore(self.database).due(NOW + timedelta(days=30), 1000)
        return [entry for entry in due if entry.tenant == self.client.id]

    def facts(self, dispatch: Dispatch) -> list[str]:
        return [fact.kind for fact in self.contacts.get(self.client.id, dispatch.contact).facts]


@pytest.fixture
def night(database: Database) -> Night:
    return Night(database)


def test_it_is_kept_as_it_was_said(night: Night) -> None:
    began = night.begins()
    kept = night.store.get(night.client.id, began.contact)
    assert kept == began
    assert kept.ladder == night.client.ladder("emergency")
    (entry,) = night.entries()
    assert (entry.kind, entry.id, entry.at) == (Kind.DISPATCH, began.contact, kept.next_at)


def test_an_attempt_its_fact_and_the_way_back_from_its_call_are_there_together(night: Night) -> None:
    began = night.begins()
    assert night.facts(began) == ["arrived", "dialled"]
    assert night.store.calling(night.carrier.rang[-1].call) == (night.client.id, began.contact)
    assert night.store.calling("another") is None


def test_two_who_change_it_at_once_are_told_apart(night: Night) -> None:
    before = night.begins()
    taken = before.acknowledged(RAY, "voice", NOW, 1)
    assert night.store.save(before, taken, facts_between(before, taken, NOW)) is not None
    second = before.acknowledged("Dana Whitfield", "sms", NOW)
    assert night.store.save(before, second, facts_between(before, second, NOW)) is None
    assert night.store.get(night.client.id, before.contact).who == RAY
    assert night.facts(before).count("acknowledged") == 1


def test_a_change_that_tells_no_fact_is_not_lost_to_another(night: Night) -> None:
    before = night.begins()
    assert night.store.save(before, before.passed(1), []) is not None
    assert night.store.save(before, replace(before, next_at=NOW), []) is None
    assert night.store.get(night.client.id, before.contact).attempts[0].result is Result.PASSED


def test_one_of_a_ladder_runs_and_the_end_makes_room(night: Night) -> None:
    first = night.begins()
    other = replace(first, contact=ContactId("v" + "0" * 20), source_id="x")
    assert night.store.add(other, 1) is False
    night.dispatches.cancel(night.client.id, first.contact, by="agent:maria", now=NOW)
    second = night.begins()
    assert second.contact != first.contact
    assert [one.contact for one in night.dispatches.all_of(night.source)] == [first.contact, second.contact]


def test_two_who_begin_at_once_begin_one(night: Night) -> None:
    first = night.begins()
    assert night.store.add(first, 0) is False
    assert [one.contact for one in night.store.begun(night.client.id, night.source.contact)] == [first.contact]


def test_a_fact_that_records_told_first_is_told_once(night: Night) -> None:
    before = night.begins()
    call = "call-from-a-record"
    after = replace(before.failed(1, NOW), version=before.version)
    before = night.store.save(before, after, []) or before
    night.contacts.dialled(night.client.id, before.contact, to="outside", call=call, now=NOW)
    adopted = before.hung_up(1, call, NOW, NOW, answered=False)
    told = [Fact(kind="dialled", at=NOW, data={"to": "outside", "call": call})]
    assert night.store.save(before, adopted, told) is not None
    assert night.facts(before).count("dialled") == 2


def test_after_the_end_nothing_is_due_and_it_is_forgotten_some_day(night: Night) -> None:
    began = night.begins()
    night.dispatches.acknowledge(night.client.id, began.contact, who=RAY, how="desk", now=NOW)
    kept = night.store.get(night.client.id, began.contact)
    assert (kept.standing, kept.next_at, kept.closed, kept.told) == (Standing.ACKNOWLEDGED, None, True, True)
    assert night.entries() == []
    assert night.contacts.get(night.client.id, began.contact).state is State.CLOSED


def test_the_clock_goes_on_with_it_and_an_old_entry_does_nothing(night: Night) -> None:
    began = night.begins()
    (entry,) = night.entries()
    night.dispatches.over(night.carrier.rang[-1].call, NOW, at=NOW, answered=False)
    assert night.dispatches.due(entry, entry.at) == "running"
    assert [entry.id for entry in night.entries()] == [began.contact]
    later = Entry(at=entry.at + timedelta(days=1), kind=Kind.DISPATCH, tenant=night.client.id, id=began.contact)
    assert night.dispatches.due(later, NOW) == "stale"
    gone = Entry(at=NOW, kind=Kind.DISPATCH, tenant=night.client.id, id="v" + "1" * 20)
    assert night.dispatches.due(gone, NOW) == "forgotten"


def test_another_clients_dispatch_is_not_there(night: Night) -> None:
    began = night.begins()
    with pytest.raises(NotFound):
        night.store.get(TenantId("clinic"), began.contact)


def test_the_latest_of_a_client_come_first(night: Night) -> None:
    first = night.begins()
    night.dispatches.cancel(night.client.id, first.contact, by="agent:maria", now=NOW)
    second = night.dispatches.start(
        night.client,
        night.source,
        ladder="emergency",
        message="Again",
        by="agent:maria",
        now=NOW + timedelta(seconds=5),
    )
    assert [one.contact for one in night.store.latest(night.client.id, 10)] == [second.contact, first.contact]
    assert [one.contact for one in night.store.latest(night.client.id, 1)] == [second.contact]


def test_an_entry_at_another_moment_gives_way_to_the_dispatchs_own(night: Night) -> None:
    began = night.begins()
    (own,) = night.entries()
    pages = AgendaStore(night.database)
    pages.move(own, NOW)
    (moved,) = night.entries()
    night.store.heal(replace(began, version=began.version + 1), moved)
    assert night.entries() == [moved], "somebody else is at it"
    night.store.heal(began, moved)
    assert night.entries() == [own]
    night.store.heal(began, own)
    assert night.entries() == [own]


def test_what_could_not_be_told_and_how_often_it_was_tried_is_kept(night: Night) -> None:
    before = night.begins()
    after = replace(before, round=2, tells=3, attempts=(replace(before.attempts[0], tries=2, parts=3),))
    night.store.save(before, after, [])
    kept = night.store.get(night.client.id, before.contact)
    assert (kept.round, kept.tells, kept.attempts[0].tries, kept.attempts[0].parts) == (2, 3, 2, 3)
