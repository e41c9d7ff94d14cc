from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.aws.dynamo import DynamoDatabase
from chalicelib.aws.table import Database
from chalicelib.billing.model.ledger import Meter
from chalicelib.billing.service.metering import Appended, Outcome
from chalicelib.billing.store.ledger import LedgerStore
from chalicelib.kernel.ids import AgentId, TenantId
from chalicelib.kernel.period import BillingPeriod, Period
from tests.fakes.counting_house import CountingHouse
from tests.fakes.memory import MemoryDatabase
from tests.fakes.usage import MARIA, NOON, company, handled, message, record, refused, told, usage

NOVEMBER = BillingPeriod.month(2026, 11, "Europe/Berlin").span
LATER = NOON + timedelta(minutes=5)


@pytest.fixture
def tenant() -> TenantId:
    """Another one for each test: the emulator's tables are shared by the run."""
    return TenantId(f"shop-{uuid.uuid4().hex[:8]}")


@pytest.fixture
def agent() -> AgentId:
    return AgentId(f"maria-{uuid.uuid4().hex[:8]}")


@pytest.fixture
def ledger(database: Database) -> LedgerStore:
    return LedgerStore(database)


def test_what_is_recorded_is_found_in_its_month(ledger: LedgerStore, tenant: TenantId, agent: AgentId) -> None:
    call = usage(handled(agent=agent), tenant=tenant)
    assert ledger.append(call, LATER) == Appended(new=2, contradicted=())
    assert ledger.records(tenant, NOVEMBER) == list(call.records)


def test_recording_takes_one_request(tenant: TenantId) -> None:
    database = MemoryDatabase()
    LedgerStore(database).append(usage(handled(), tenant=tenant), LATER)
    LedgerStore(database).append(usage(refused(), tenant=tenant, contact="c2"), LATER)
    assert database.requests == ["transact", "write"]


@pytest.mark.parametrize("facts", [handled(), refused()], ids=["handled", "refused"])
def test_a_redelivery_is_silence(ledger: LedgerStore, tenant: TenantId, facts: tuple) -> None:  # type: ignore[type-arg]
    once = usage(facts, tenant=tenant)
    ledger.append(once, LATER)
    assert ledger.append(once, LATER + timedelta(days=90)) == Appended(new=0, contradicted=())
    assert ledger.records(tenant, NOVEMBER) == list(once.records)
    assert ledger.quarantined(tenant) == []


def test_another_story_under_the_same_key_is_kept_apart(ledger: LedgerStore, tenant: TenantId, agent: AgentId) -> None:
    first = usage(handled(talk=60, agent=agent), tenant=tenant)
    other = usage(handled(talk=600, agent=agent), tenant=tenant)
    ledger.append(first, LATER)
    for _ in range(2):
        appended = ledger.append(other, LATER)
        assert [key.meter for key in appended.contradicted] == [Meter.VOICE]
    assert ledger.records(tenant, NOVEMBER) == list(first.records)
    assert ledger.work(agent, NOVEMBER) == list(first.engagements)
    assert ledger.quarantined(tenant) == list(other.records)


def test_of_a_doubtful_contact_nothing_new_is_billed(ledger: LedgerStore, tenant: TenantId) -> None:
    ledger.append(usage(told((0, "arrived", {}), (9, "abandoned", {"where": "ivr"})), tenant=tenant), LATER)
    talked = told(
        (0, "arrived", {}),
        (1, "connected", {"agent": MARIA}),
        (8, "requeued", {}),
        (20, "abandoned", {"where": "queue"}),
    )
    appended = ledger.append(usage(talked, tenant=tenant), LATER)
    assert {key.meter for key in appended.contradicted} == {Meter.VOICE, Meter.ABANDONED}
    assert [one.meter for one in ledger.records(tenant, NOVEMBER)] == [Meter.ABANDONED]


def test_what_is_missing_is_added(ledger: LedgerStore, tenant: TenantId, agent: AgentId) -> None:
    call = usage(handled(agent=agent), tenant=tenant)
    only_the_record = type(call)(records=call.records, engagements=())
    ledger.append(only_the_record, LATER)
    assert ledger.append(call, LATER) == Appended(new=1, contradicted=())
    assert ledger.work(agent, NOVEMBER) == list(call.engagements)


def test_the_month_is_the_clients_and_not_that_of_utc(ledger: LedgerStore, tenant: TenantId) -> None:
    midnight = NOVEMBER.start  # 31 October, 23:00 UTC
    for name, ended in (("before", midnight - timedelta(milliseconds=1)), ("at", midnight), ("end", NOVEMBER.end)):
        ledger.append(usage(handled(start=ended - timedelta(seconds=65)), tenant=tenant, contact=name), LATER)
    assert [one.contact for one in ledger.records(tenant, NOVEMBER)] == ["at"]


def test_a_month_of_more_than_one_page_is_read_whole(ledger: LedgerStore, tenant: TenantId) -> None:
    for n in range(120):
        ledger.append(usage(refused(NOON + timedelta(seconds=n)), tenant=tenant, contact=f"c{n:03d}"), LATER)
    assert [one.contact for one in ledger.records(tenant, NOVEMBER)] == [f"c{n:03d}" for n in range(120)]


def test_a_tenant_sees_its_own_records_only(ledger: LedgerStore, tenant: TenantId) -> None:
    ledger.append(usage(handled(), tenant=TenantId(f"{tenant}-2")), LATER)
    assert ledger.records(tenant, NOVEMBER) == []


def test_work_over_the_end_of_a_month_is_found_in_both_and_counted_once(
    ledger: LedgerStore, tenant: TenantId, agent: AgentId
) -> None:
    end = datetime(2026, 12, 1, tzinfo=UTC)
    call = usage(handled(start=end - timedelta(seconds=65), wrap=60, agent=agent), tenant=tenant)
    assert ledger.append(call, LATER).new == 3
    assert ledger.work(agent, Period(end - timedelta(days=1), end)) == list(call.engagements)
    assert ledger.work(agent, Period(end, end + timedelta(days=1))) == list(call.engagements)
    assert ledger.work(agent, Period(end - timedelta(days=1), end + timedelta(days=1))) == list(call.engagements)
    assert ledger.work(agent, Period(end + timedelta(days=1), end + timedelta(days=2))) == []


def test_metering_tells_what_became_of_a_message(database: Database, tenant: TenantId) -> None:
    metering = CountingHouse(database, company(tenant)).metering
    said = [
        metering.record(message(facts, tenant=tenant), LATER).outcome
        for facts in (handled(), handled(), handled(talk=1), handled()[:-1])
    ]
    assert said == [Outcome.RECORDED, Outcome.REPEATED, Outcome.QUARANTINED, Outcome.NOTHING]


def test_a_contact_that_has_moved_on_is_recorded_as_it_was(database: Database, tenant: TenantId) -> None:
    delivered = dict(message(handled(), tenant=tenant))
    late = {**delivered, "contact": {**delivered["contact"], "facts": [*delivered["contact"]["facts"], {"kind": "?"}]}}
    metering = CountingHouse(database, company(tenant)).metering
    metering.record(delivered, LATER)
    assert metering.record(late, LATER).outcome is Outcome.REPEATED


def test_fifty_deliveries_at_once_are_one_record(emulated: DynamoDatabase, tenant: TenantId, agent: AgentId) -> None:
    delivered = message(handled(agent=agent), tenant=tenant)
    metering = CountingHouse(emulated, company(tenant)).metering
    with ThreadPoolExecutor(10) as crowd:
        outcomes = [one.outcome for one in crowd.map(lambda _: metering.record(delivered, LATER), range(50))]
    assert outcomes.count(Outcome.RECORDED) == 1
    assert set(outcomes) == {Outcome.RECORDED, Outcome.REPEATED}
    assert LedgerStore(emulated).records(tenant, NOVEMBER) == [record(handled(agent=agent), tenant=tenant)]
