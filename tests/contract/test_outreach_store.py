"""Campaigns in a store: on the fake and on the emulator, the same answers."""

from __future__ import annotations

import threading
import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.aws.dynamo import DynamoDatabase
from chalicelib.aws.table import Database
from chalicelib.kernel.clock import stamp
from chalicelib.kernel.ids import ContactId, TenantId
from chalicelib.outreach.model.agenda import Entry, Kind
from chalicelib.outreach.model.campaign import AT_ONCE, TOO_LATE, Callee, CalleeState, Full, Moved, Run, RunState
from chalicelib.outreach.store.agenda import AgendaStore
from chalicelib.outreach.store.campaigns import CampaignStore

NOW = datetime(2026, 11, 23, 15, tzinfo=UTC)
NAME = "recall"


@pytest.fixture
def tenant() -> TenantId:
    return TenantId(f"t{uuid.uuid4().hex[:8]}")


@pytest.fixture
def store(database: Database) -> CampaignStore:
    return CampaignStore(database)


def callee(tenant: TenantId, number: int, at: datetime = NOW, **more: object) -> Callee:
    one = Callee(tenant=tenant, campaign=NAME, number=f"+1212555{number:04d}", zones=("America/New_York",))
    return replace(one, name=f"P {number}", data=(("Order", f"O-{number}"),), **more).again(at)  # type: ignore[arg-type]


def running(store: CampaignStore, tenant: TenantId) -> None:
    assert store.turn(tenant, NAME, store.run(tenant, NAME), RunState.RUNNING, by="olivia", now=NOW)


def taken(one: Callee) -> Callee:
    turned = replace(one, turns=one.turns + 1)
    return turned.taken(ContactId(f"v-{one.number}-{turned.turns}"))


def test_people_wait_in_the_order_in_which_they_may_be_called(store: CampaignStore, tenant: TenantId) -> None:
    people = [callee(tenant, number, NOW + timedelta(minutes=5 - number)) for number in range(6)]
    store.add(people)
    due = store.due(tenant, NAME, NOW + timedelta(minutes=3), 10)
    assert [one.name for one in due] == ["P 5", "P 4", "P 3", "P 2"]
    assert due[0].data == ()  # a list of those who wait has none of it
    assert [one.name for one in store.due(tenant, NAME, NOW + timedelta(minutes=3), 2)] == ["P 5", "P 4"]
    assert store.next_due(tenant, NAME) == stamp(NOW)
    assert store.person(tenant, NAME, people[2].number) == people[2]
    assert store.people(tenant, NAME, [one.number for one in people[:2]]) == {one.number: one for one in people[:2]}
    assert store.run(tenant, NAME).waiting == 6


def test_another_client_sees_none_of_them(store: CampaignStore, tenant: TenantId) -> None:
    store.add([callee(tenant, 1)])
    other = TenantId(f"{tenant}x")
    assert store.due(other, NAME, NOW, 10) == []
    assert store.person(other, NAME, "+12125550001") is None
    assert store.runs(other, [NAME]) == {NAME: Run()}


def test_who_is_there_already_is_not_added_again(store: CampaignStore, tenant: TenantId) -> None:
    people = [callee(tenant, number) for number in range(AT_ONCE)]
    store.add(people)
    with pytest.raises(Moved):
        store.add([callee(tenant, 99), people[3]])
    assert store.person(tenant, NAME, "+12125550099") is None
    assert store.run(tenant, NAME).waiting == AT_ONCE


def test_who_is_claimed_is_out_and_no_longer_due(store: CampaignStore, tenant: TenantId) -> None:
    store.add([callee(tenant, 1)])
    running(store, tenant)
    (due,) = store.due(tenant, NAME, NOW, 10)
    store.claim(due, taken(due), 5)
    assert store.due(tenant, NAME, NOW, 10) == []
    (out,) = store.out(tenant, NAME)
    assert (out.contact, out.turns, out.name, out.zones) == ("v-+12125550001-1", 1, "P 1", ("America/New_York",))
    whole = store.person(tenant, NAME, due.number)
    assert whole is not None
    assert (whole.state, whole.data, whole.next_at) == (CalleeState.OUT, (("Order", "O-1"),), "")
    with pytest.raises(Moved):
        store.claim(due, taken(due), 5)
    assert (store.run(tenant, NAME).waiting, store.run(tenant, NAME).out) == (0, 1)


def test_nobody_more_goes_out_than_may_and_nobody_while_it_does_not_run(store: CampaignStore, tenant: TenantId) -> None:
    people = [callee(tenant, number) for number in range(3)]
    store.add(people)
    with pytest.raises(Full):
        store.claim(people[0], taken(people[0]), 2)
    running(store, tenant)
    for one in people[:2]:
        store.claim(one, taken(one), 2)
    with pytest.raises(Full):
        store.claim(people[2], taken(people[2]), 2)
    assert store.run(tenant, NAME).out == 2


def test_what_came_of_a_call_is_counted_once(store: CampaignStore, tenant: TenantId) -> None:
    one = callee(tenant, 1)
    store.add([one])
    running(store, tenant)
    out = taken(one)
    store.claim(one, out, 5)
    again = out.called(NOW, "no_answer").again(NOW + timedelta(hours=2))
    store.change((out, again))
    with pytest.raises(Moved):
        store.change((out, again))
    assert store.person(tenant, NAME, one.number) == again
    second = taken(again)
    store.claim(again, second, 5)
    done = second.called(NOW + timedelta(hours=3), "sold").over("sold", NOW)
    store.change((second, done))
    assert store.person(tenant, NAME, one.number) == done
    assert [called.outcome for called in done.history] == ["no_answer", "sold"]
    run = store.run(tenant, NAME)
    assert (run.waiting, run.out, run.done, run.outcomes) == (0, 0, 1, {"sold": 1})
    assert store.next_due(tenant, NAME) == ""
    assert store.out(tenant, NAME) == []


def test_many_move_at_once_or_none(store: CampaignStore, tenant: TenantId) -> None:
    people = [callee(tenant, number) for number in range(AT_ONCE)]
    store.add(people)
    later = [(one, one.again(NOW + timedelta(days=1))) for one in people]
    store.change(*later)
    assert store.next_due(tenant, NAME) == stamp(NOW + timedelta(days=1))
    with pytest.raises(Moved):
        store.change(*later)
    assert store.run(tenant, NAME).waiting == AT_ONCE


def test_data_of_who_waits_is_renewed_where_he_stands(store: CampaignStore, tenant: TenantId) -> None:
    one = callee(tenant, 1)
    store.add([one])
    renewed = replace(one, name="", data=(("Order", "new"),))
    store.add([], [(one, renewed)])
    assert store.person(tenant, NAME, one.number) == renewed
    assert [due.name for due in store.due(tenant, NAME, NOW, 5)] == [""]


def test_who_was_out_meanwhile_is_not_changed_by_whoever_saw_him_before(store: CampaignStore, tenant: TenantId) -> None:
    one = callee(tenant, 1)
    store.add([one])
    running(store, tenant)
    out = taken(one)
    store.claim(one, out, 5)
    back = out.again(NOW)  # taken back, and due at the very moment at which he was before
    store.change((out, back))
    with pytest.raises(Moved):
        store.change((one, replace(one, name="Old")))
    assert store.person(tenant, NAME, one.number) == back


def test_a_run_turns_once_and_is_not_over_while_somebody_is_left(store: CampaignStore, tenant: TenantId) -> None:
    store.add([callee(tenant, 1)])
    planned = store.run(tenant, NAME)
    running(store, tenant)
    assert not store.turn(tenant, NAME, planned, RunState.RUNNING, by="sam", now=NOW)
    run = store.run(tenant, NAME)
    assert (run.state, run.by) == (RunState.RUNNING, "olivia")
    assert not store.turn(tenant, NAME, run, RunState.OVER, by="x", now=NOW)
    one = store.due(tenant, NAME, NOW, 1)[0]
    store.change((one, one.over("too_late", NOW)))
    assert store.turn(tenant, NAME, run, RunState.OVER, by="x", now=NOW)


def test_its_place_in_the_agenda_moves_with_it(store: CampaignStore, database: Database, tenant: TenantId) -> None:
    store.add([callee(tenant, 1)])
    entry = Entry(at=NOW, kind=Kind.CAMPAIGN, tenant=tenant, id=NAME)
    assert store.turn(tenant, NAME, store.run(tenant, NAME), RunState.RUNNING, by="x", now=NOW, entry=entry)
    assert store.run(tenant, NAME).agenda == stamp(NOW)
    later = NOW + timedelta(minutes=1)
    store.move(entry, later)
    store.move(entry, later + timedelta(minutes=1))  # another did that already
    assert store.run(tenant, NAME).agenda == stamp(later)
    pages = AgendaStore(database)
    mine = [one for one in pages.due(later, 1000) if one.tenant == tenant]
    assert mine == [entry.moved(later)]
    store.strike(entry.moved(later))
    store.strike(entry.moved(later))
    assert not [one for one in pages.due(later, 1000) if one.tenant == tenant]


def test_who_is_forgotten_is_gone_with_his_place_and_the_run_goes_last(
    store: CampaignStore, database: Database, tenant: TenantId
) -> None:
    for start in (0, AT_ONCE):
        store.add([callee(tenant, number) for number in range(start, start + AT_ONCE)])
    late = callee(tenant, 99).over(TOO_LATE, NOW)
    store.add([late])
    running(store, tenant)
    run = store.run(tenant, NAME)
    assert store.turn(tenant, NAME, run, RunState.PAUSED, by="x", now=NOW)
    with pytest.raises(Moved):
        store.forget(tenant, NAME, run, lambda: 8.0)  # it was running when that was read
    run = store.run(tenant, NAME)
    assert store.forget(tenant, NAME, run, lambda: 0.0) == 49, "whoever asks comes to an end, however slow it is"
    left = store.run(tenant, NAME)
    assert (left.people, left.outcomes) == (2 * AT_ONCE + 1 - 49, {TOO_LATE: 1})
    assert store.forget(tenant, NAME, run, lambda: 8.0) == left.people, "all of them, where there is time"
    assert store.run(tenant, NAME).people == 0
    assert store.forget(tenant, NAME, run, lambda: 8.0) == 0
    assert not database.query("contacts", f"T#{tenant}#P#{NAME}").items
    assert store.forget(tenant, NAME, store.run(tenant, NAME), lambda: 8.0) == 0


def test_who_is_done_goes_by_himself_unless_he_comes_back(
    store: CampaignStore, database: Database, tenant: TenantId
) -> None:
    one = callee(tenant, 1)
    store.add([one])
    done = one.over(TOO_LATE, NOW)
    store.change((one, done))
    (item,) = database.query("contacts", f"T#{tenant}#P#{NAME}", begins="CALLEE#").items
    assert item["expires"] == int((NOW + timedelta(days=90)).timestamp())
    store.change((done, done.again(NOW)))
    (item,) = database.query("contacts", f"T#{tenant}#P#{NAME}", begins="CALLEE#").items
    assert "expires" not in item


def test_two_who_claim_at_once_never_have_the_same_person_nor_too_many(
    emulated: DynamoDatabase, tenant: TenantId
) -> None:
    store = CampaignStore(emulated)
    store.add([callee(tenant, number) for number in range(12)])
    running(store, tenant)
    won: list[str] = []

    def claims() -> None:
        for one in store.due(tenant, NAME, NOW, 12):
            try:
                store.claim(one, taken(one), 5)
            except Moved:
                continue
            except Full:
                return
            won.append(one.number)

    threads = [threading.Thread(target=claims) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == len(set(won)) == 5
    assert store.run(tenant, NAME).out == 5
    assert {one.number for one in store.out(tenant, NAME)} == set(won)
