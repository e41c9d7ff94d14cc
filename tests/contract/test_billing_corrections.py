"""What people decide about records, on both databases: taken back, told again, accepted, dropped; with who and why."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.billing.model.ledger import Meter, NaturalKey, standing
from chalicelib.billing.service.metering import Outcome
from chalicelib.kernel.errors import Conflict, Invalid, NotFound
from chalicelib.kernel.ids import ContactId, TenantId
from chalicelib.tenancy.model.caller import Scope
from chalicelib.tenancy.model.tenant import Tenant
from tests.fakes.counting_house import CountingHouse
from tests.fakes.memory import MemoryDatabase
from tests.fakes.usage import NOON, company, handled, terms

NOVEMBER = "2026-11"
LATER = NOON + timedelta(days=1)
V1 = ContactId("v1")


@pytest.fixture
def shop() -> Tenant:
    return company(TenantId(f"shop-{uuid.uuid4().hex[:8]}"), plan=terms(per_minute="1.00"))


def called(house: CountingHouse, shop: Tenant, talk: int = 60, **how: Any) -> Outcome:
    return house.tell(handled(talk=talk, wrap=0, **how), LATER, tenant=shop.id, contact=V1).outcome


def billed(house: CountingHouse, shop: Tenant, label: str = NOVEMBER) -> int:
    """The seconds of calls on the draft, which must be those of the records that stand."""
    document = house.billing.draft(shop.id, label, LATER).as_document()
    used = sum(line["used"] for line in document["lines"] if line["kind"] == "voice_seconds")
    assert used == sum(record.quantity for record in standing(house.recorded(shop, label, LATER)))
    return int(used)


def waiting(house: CountingHouse, shop: Tenant) -> list[dict[str, Any]]:
    """The emulator's quarantine is shared by the run: a test looks at its own client."""
    found: list[dict[str, Any]] = []
    after = ""
    while True:
        page = house.corrections.waiting(Scope.of([shop.id]), after)
        found += page["records"]
        if not (after := page["next"]):
            return found


def key(shop: Tenant) -> NaturalKey:
    return NaturalKey(shop.id, V1, Meter.VOICE, 1)


def test_a_record_that_is_taken_back_is_in_the_ledger_and_on_no_invoice(house: CountingHouse, shop: Tenant) -> None:
    called(house, shop)
    back = house.corrections.reverse(key(shop), "a test call", "fiona", LATER)
    assert (back.revision, back.reverses) == (2, 1)
    assert billed(house, shop) == 0
    assert len(house.recorded(shop, NOVEMBER, LATER)) == 2
    (deed,) = house.invoices.deeds(shop.id)
    assert (deed.what, deed.by, deed.why) == ("reversed", "fiona", "a test call")


def test_what_was_taken_back_cannot_be_taken_back_again(house: CountingHouse, shop: Tenant) -> None:
    called(house, shop)
    house.corrections.reverse(key(shop), "a test call", "fiona", LATER)
    with pytest.raises(Conflict, match="already"):
        house.corrections.reverse(key(shop), "again", "fiona", LATER + timedelta(seconds=1))
    assert billed(house, shop) == 0


def test_a_correction_takes_back_and_tells_again(house: CountingHouse, shop: Tenant) -> None:
    called(house, shop)
    seconds = {"automated": 0, "queue": 5, "talk": 40, "hold": 0, "wrap": 0}
    told = house.corrections.correct(key(shop), {"quantity": 40, "seconds": seconds}, "hung up late", "fiona", LATER)
    assert told.revision == 3
    assert billed(house, shop) == 40
    house.corrections.reverse(key(shop), "not at all", "fiona", LATER + timedelta(seconds=1))
    assert billed(house, shop) == 0


@pytest.mark.parametrize(
    "changed",
    [{}, {"quantity": -5}, {"quantity": 0}, {"quantity": 1.5}, {"quantity": True}, {"quantity": "5"},
     {"seconds": {"talk": -1}}, {"seconds": {"talk": 0.5}}, {"tenant": "other"}],
)  # fmt: skip
def test_a_correction_that_cannot_be_leaves_the_ledger_as_it_was(
    house: CountingHouse, shop: Tenant, changed: dict[str, Any]
) -> None:
    called(house, shop)
    with pytest.raises(Invalid):
        house.corrections.correct(key(shop), changed, "why", "fiona", LATER)
    assert billed(house, shop) == 60
    assert len(house.recorded(shop, NOVEMBER, LATER)) == 1


def test_without_a_reason_nothing_is_decided(house: CountingHouse, shop: Tenant) -> None:
    called(house, shop)
    with pytest.raises(Invalid, match="why"):
        house.corrections.reverse(key(shop), "  ", "fiona", LATER)
    assert billed(house, shop) == 60


def test_what_was_never_recorded_is_not_found(house: CountingHouse, shop: Tenant) -> None:
    with pytest.raises(NotFound):
        house.corrections.reverse(key(shop), "why", "fiona", LATER)
    with pytest.raises(Invalid, match="meter"):
        house.corrections.key(shop.id, V1, "miles")


def test_an_accepted_contradiction_stands_in_place_of_the_record(house: CountingHouse, shop: Tenant) -> None:
    called(house, shop)
    assert called(house, shop, talk=90) is Outcome.QUARANTINED
    assert billed(house, shop) == 60
    (row,) = waiting(house, shop)
    told = house.corrections.accept(shop.id, V1, row["mark"], "the switch was right", "fiona", LATER)
    assert (told.revision, told.quantity) == (3, 90)
    assert billed(house, shop) == 90
    assert waiting(house, shop) == []
    assert [deed.what for deed in house.invoices.deeds(shop.id)] == ["accepted"]


def test_a_rejected_contradiction_is_dropped_with_its_reason(house: CountingHouse, shop: Tenant) -> None:
    called(house, shop)
    called(house, shop, talk=90)
    (row,) = waiting(house, shop)
    house.corrections.reject(shop.id, V1, row["mark"], "a replayed tape", "fiona", LATER)
    assert billed(house, shop) == 60
    assert waiting(house, shop) == []
    assert house.corrections.doubtful(shop.id, V1, row["mark"]).doubt.settled == "dropped"
    for decide in (house.corrections.accept, house.corrections.reject):
        with pytest.raises(Conflict, match="dropped"):
            decide(shop.id, V1, row["mark"], "after all", "fiona", LATER)
    assert called(house, shop, talk=90) is Outcome.QUARANTINED
    assert waiting(house, shop) == []


def test_a_contradiction_of_another_month_moves_the_contact_there(house: CountingHouse, shop: Tenant) -> None:
    edge = NOON.replace(day=30, hour=22, minute=58, second=30)  # half past the last but one minute in Berlin
    late = edge + timedelta(days=1)
    for talk in (20, 120):
        house.tell(handled(talk=talk, wrap=0, queue=0, start=edge), late, tenant=shop.id, contact=V1)
    (row,) = waiting(house, shop)
    house.corrections.accept(shop.id, V1, row["mark"], "it was longer", "fiona", late)
    used = [house.books.view(shop.id, label, late).sums.named for label in (NOVEMBER, "2026-12")]
    assert [sums.get("charge|0|voice_seconds|usual|billed", 0) for sums in used] == [0, 120]


def test_a_contradiction_after_the_invoice_becomes_a_difference_on_the_next(house: CountingHouse, shop: Tenant) -> None:
    called(house, shop)
    called(house, shop, talk=90)
    after = NOON.replace(month=12, day=5)
    house.invoices.finalise(shop.id, NOVEMBER, "fiona", after)
    (row,) = waiting(house, shop)
    house.corrections.accept(shop.id, V1, row["mark"], "it was longer", "fiona", after + timedelta(hours=1))
    (adjustment,) = house.billing.draft(shop.id, "2026-12", after + timedelta(days=1)).adjustments
    assert adjustment.net == 50
    assert house.replay.replay(shop.id, NOVEMBER, after + timedelta(days=1)).ok


def test_finance_sees_the_doubts_of_its_clients_only(shop: Tenant) -> None:
    other = replace(shop, id=TenantId("other"))
    house = CountingHouse(MemoryDatabase(), shop, other)
    for client in (shop, other):
        for talk in (60, 90):
            house.tell(handled(talk=talk, wrap=0), LATER, tenant=client.id, contact=V1)
    assert [row["tenant"] for row in waiting(house, shop)] == [shop.id]
    assert len(house.corrections.waiting(Scope.everyone())["records"]) == 2


def test_both_tellings_stand_side_by_side(house: CountingHouse, shop: Tenant) -> None:
    called(house, shop)
    called(house, shop, talk=90)
    (row,) = waiting(house, shop)
    rows = {name: (ledger, told) for name, ledger, told in house.corrections.doubtful(shop.id, V1, row["mark"]).rows()}
    assert rows["quantity"] == ("60", "90")
    assert rows["seconds.talk"] == ("60", "90")
    assert rows["contact"] == ("v1", "v1")
