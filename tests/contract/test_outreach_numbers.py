"""Numbers that nobody calls, calls of a number, and promised calls, in a store: on the fake and on the emulator."""

from __future__ import annotations

import threading
import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.aws.dynamo import DynamoDatabase
from chalicelib.aws.table import Database
from chalicelib.kernel.clock import stamp
from chalicelib.kernel.errors import Conflict
from chalicelib.kernel.ids import ContactId, TenantId
from chalicelib.outreach.model.agenda import Entry, Kind
from chalicelib.outreach.model.appointment import Appointment, AppointmentState
from chalicelib.outreach.model.limits import APART, NONE, Limit
from chalicelib.outreach.model.listing import Listed
from chalicelib.outreach.store.agenda import AgendaStore
from chalicelib.outreach.store.appointments import AppointmentStore
from chalicelib.outreach.store.numbers import NumberStore

NOW = datetime(2026, 11, 23, 15, tzinfo=UTC)


@pytest.fixture
def tenant() -> TenantId:
    return TenantId(f"t{uuid.uuid4().hex[:8]}")


@pytest.fixture
def numbers(database: Database) -> NumberStore:
    return NumberStore(database)


def test_a_number_is_listed_for_a_client_or_for_all(numbers: NumberStore, tenant: TenantId) -> None:
    mine, all_, free = (f"+1{uuid.uuid4().int % 10**10:010d}" for _ in range(3))
    told = Listed(number=mine, at=stamp(NOW), by="clara", why="asked")
    assert numbers.add(tenant, told)
    assert not numbers.add(tenant, replace(told, why="again"))
    assert numbers.add(None, Listed(number=all_, at=stamp(NOW), by="olivia"))
    found = numbers.standings(tenant, [mine, all_, free])
    assert [(found[one].by_client, found[one].by_house) for one in (mine, all_, free)] == [
        (True, False),
        (False, True),
        (False, False),
    ]
    assert not numbers.standings(TenantId(f"{tenant}x"), [mine])[mine].listed
    assert numbers.page(tenant) == ([told], "")
    assert numbers.remove(tenant, mine)
    assert not numbers.remove(tenant, mine)
    assert numbers.remove(None, all_)
    assert numbers.page(tenant) == ([], "")


def test_a_long_list_comes_in_pages(numbers: NumberStore, tenant: TenantId) -> None:
    wanted = [f"+1212555{number:04d}" for number in range(120)]
    for number in wanted:
        numbers.add(tenant, Listed(number=number, at=stamp(NOW), by="x"))
    first, after = numbers.page(tenant)
    rest, end = numbers.page(tenant, after)
    assert [one.number for one in [*first, *rest]] == wanted
    assert end == ""
    assert all(one.listed for one in numbers.standings(tenant, wanted).values())


def test_a_call_is_counted_once_and_never_beyond_the_limit(
    numbers: NumberStore, tenant: TenantId, database: Database
) -> None:
    limit = Limit(a_day=2, a_week=3)
    number = "+12125550001"
    for contact, at in (("v1", NOW), ("v1", NOW), ("v2", NOW + timedelta(hours=1))):
        numbers.note_call(tenant, number, ContactId(contact), limit, at)
    with pytest.raises(Conflict, match="called 2 times within 24 hours"):
        numbers.note_call(tenant, number, ContactId("v3"), limit, NOW + timedelta(hours=2))
    numbers.note_call(tenant, number, ContactId("v3"), limit, NOW + timedelta(hours=25))
    with pytest.raises(Conflict, match="called 3 times within seven days"):
        numbers.note_call(tenant, number, ContactId("v4"), limit, NOW + timedelta(days=3))
    assert [contact for _, contact in numbers.standings(tenant, [number])[number].calls.made] == ["v1", "v2", "v3"]
    item = database.query("contacts", f"T#{tenant}#CALLED#{number}").items[0]
    assert item["expires"] == int((NOW + timedelta(hours=25, days=8)).timestamp())


def test_who_calls_at_the_same_moment_does_not_get_past_the_limit(emulated: DynamoDatabase, tenant: TenantId) -> None:
    store, limit, refused = NumberStore(emulated), Limit(a_day=3, a_week=7), []
    for number in range(2):
        store.note_call(tenant, "+12125550001", ContactId(f"before{number}"), limit, NOW - timedelta(hours=2 - number))

    def calls(number: int) -> None:
        try:
            store.note_call(tenant, "+12125550001", ContactId(f"v{number}"), limit, NOW)
        except Conflict as error:
            refused.append(error)

    threads = [threading.Thread(target=calls, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    made = store.standings(tenant, ["+12125550001"])["+12125550001"].calls.made
    assert (len(made), len(refused)) == (3, 5)


def test_two_who_call_a_number_at_the_same_moment_are_kept_apart(emulated: DynamoDatabase, tenant: TenantId) -> None:
    store, refused = NumberStore(emulated), []

    def calls(number: int) -> None:
        try:
            store.note_call(tenant, "+12125550001", ContactId(f"v{number}"), NONE, NOW)
        except Conflict as error:
            refused.append(str(error))

    threads = [threading.Thread(target=calls, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert refused == ["+12125550001 was called less than 15 minutes ago"] * 3
    store.note_call(tenant, "+12125550001", ContactId("v9"), NONE, NOW + APART)


# Promised calls


def promised(tenant: TenantId, at: datetime = NOW, id: str = "a1") -> Appointment:
    return Appointment(
        id=id,
        tenant=tenant,
        number="+12125550001",
        at=at,
        zones=("America/New_York",),
        note="about the lamp",
        by="agent:maria",
        next_at=stamp(at),
        agenda=stamp(at),
    )


def test_a_promise_is_kept_once_with_its_place_in_the_agenda(database: Database, tenant: TenantId) -> None:
    store, pages = AppointmentStore(database), AgendaStore(database)
    one = promised(tenant)
    assert store.add(one) == one
    assert store.add(replace(one, note="again")) == one
    assert store.get(tenant, "a1") == one
    assert store.get(TenantId(f"{tenant}x"), "a1") is None
    assert [entry.id for entry in pages.due(NOW, 1000) if entry.tenant == tenant] == ["a1"]
    store.add(promised(tenant, NOW - timedelta(hours=1), "a2"))
    assert [each.id for each in store.of(tenant)] == ["a2", "a1"]


def test_a_promise_changes_once_and_goes_when_it_is_over(database: Database, tenant: TenantId) -> None:
    store, pages = AppointmentStore(database), AgendaStore(database)
    one = store.add(promised(tenant))
    entry = Entry(at=NOW, kind=Kind.APPOINTMENT, tenant=tenant, id="a1")
    later = NOW + timedelta(minutes=5)
    out = replace(one, turns=1, agenda=stamp(later)).taken(ContactId("v1"))
    assert store.change(one, out, NOW, entry)
    assert not store.change(one, out, NOW, entry)
    assert [each.at for each in pages.due(later, 1000) if each.tenant == tenant] == [later]
    store.watch(out, entry.moved(later), later + timedelta(minutes=5))
    store.watch(out, entry.moved(later), later + timedelta(minutes=9))
    seen = store.get(tenant, "a1")
    assert seen is not None
    assert seen.agenda == stamp(later + timedelta(minutes=5))
    assert store.change(seen, seen.over("sold"), NOW)
    done = store.get(tenant, "a1")
    assert done is not None
    assert (done.state, done.outcome) == (AppointmentState.DONE, "sold")
    item = database.query("contacts", f"T#{tenant}#APPT").items[0]
    assert item["expires"] == int((NOW + timedelta(days=30)).timestamp())


def test_what_is_over_is_promised_anew_with_a_place_in_the_agenda(database: Database, tenant: TenantId) -> None:
    store, pages = AppointmentStore(database), AgendaStore(database)
    one = store.add(promised(tenant))
    pages_of = lambda: [each.at for each in pages.due(NOW, 1000) if each.tenant == tenant]  # noqa: E731
    assert store.change(one, one.over("cancelled"), NOW)
    (entry,) = [each for each in pages.due(NOW, 1000) if each.tenant == tenant]
    store.strike(entry)
    over = store.add(promised(tenant))
    assert (over.state, pages_of()) == (AppointmentState.DONE, [])
    anew = replace(promised(tenant), turns=over.turns + 1)
    assert store.change(over, anew, NOW)
    assert not store.change(over, anew, NOW)
    assert (store.get(tenant, "a1"), pages_of()) == (anew, [NOW])
    assert "expires" not in database.query("contacts", f"T#{tenant}#APPT").items[0]
