"""From open to credited, on both databases: numbers without a gap, books that close, and nothing that is undone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from chalicelib.aws.table import Database
from chalicelib.billing.model.calendar import closed_until
from chalicelib.billing.model.standing import AlreadyFinal, Issued, State
from chalicelib.billing.store.books import BookStore
from chalicelib.kernel.errors import Conflict, Invalid, NotFound
from chalicelib.kernel.ids import ContactId
from chalicelib.tenancy.model import plan as configuration
from chalicelib.tenancy.model.form import Amount
from chalicelib.tenancy.model.tenant import Tenant
from chalicelib.tenancy.service.onboarding import Onboarding
from chalicelib.tenancy.store.tenants import TenantStore
from tests.fakes.counting_house import LONG_AGO, CountingHouse, called
from tests.fakes.memory import MemoryDatabase
from tests.fakes.usage import terms

OCTOBER, NOVEMBER = "2026-10", "2026-11"
IN_OCTOBER = datetime(2026, 10, 14, 9, tzinfo=UTC)
IN_NOVEMBER = datetime(2026, 11, 10, 12, tzinfo=UTC)
AFTER_OCTOBER = datetime(2026, 11, 5, 9, tzinfo=UTC)
AFTER_NOVEMBER = datetime(2026, 12, 5, 9, tzinfo=UTC)
BY = "fiona"


def finalised(house: CountingHouse, shop: Tenant, label: str = OCTOBER, now: datetime = AFTER_OCTOBER) -> Issued:
    return house.invoices.finalise(shop.id, label, BY, now)


def test_a_final_invoice_has_a_number_and_says_what_the_draft_said(house: CountingHouse, shop: Tenant) -> None:
    called(house, shop, "v1", IN_OCTOBER)
    draft = house.billing.draft(shop.id, OCTOBER, AFTER_OCTOBER).as_document()
    issued = finalised(house, shop)
    document = house.invoices.document(shop.id, OCTOBER)
    assert (issued.sequence, issued.state) == (1, State.FINAL)
    assert document["number"] == issued.number
    assert (document["net"], document["total"]) == (draft["net"], draft["total"]) == (10_100, 12_019)
    assert (document["issued_on"], document["due_on"]) == ("2026-11-05", "2026-11-19")
    assert [deed.what for deed in house.invoices.deeds(shop.id)] == ["finalised"]


def test_finalising_twice_is_refused_with_the_number_that_it_has(house: CountingHouse, shop: Tenant) -> None:
    issued = finalised(house, shop)
    with pytest.raises(AlreadyFinal) as refusal:
        finalised(house, shop, now=AFTER_OCTOBER + timedelta(days=40))
    assert refusal.value.number == issued.number
    assert house.store.last(issued.entity, issued.series).sequence == 1


def test_a_draft_becomes_final_only_after_the_days_of_grace(house: CountingHouse, shop: Tenant) -> None:
    for too_early in (IN_OCTOBER, datetime(2026, 11, 3, 22, 59, tzinfo=UTC)):
        with pytest.raises(Conflict, match="2026-11-03T23:00"):
            finalised(house, shop, now=too_early)
    assert finalised(house, shop, now=datetime(2026, 11, 3, 23, tzinfo=UTC)).sequence == 1


def test_a_month_before_the_contract_has_no_invoice(house: CountingHouse, shop: Tenant) -> None:
    with pytest.raises(Conflict, match="before the contract"):
        finalised(house, shop, "2025-12")


def test_the_month_before_comes_first_if_it_was_used(house: CountingHouse, shop: Tenant) -> None:
    called(house, shop, "v1", IN_OCTOBER)
    with pytest.raises(Conflict, match="2026-10"):
        finalised(house, shop, NOVEMBER, AFTER_NOVEMBER)
    finalised(house, shop)
    assert finalised(house, shop, NOVEMBER, AFTER_NOVEMBER).sequence == 2


def test_each_document_of_a_series_names_the_one_before_it(house: CountingHouse, shop: Tenant) -> None:
    first, second = finalised(house, shop), finalised(house, shop, NOVEMBER, AFTER_NOVEMBER)
    assert house.invoices.document(shop.id, OCTOBER)["previous"] == ""
    assert house.invoices.document(shop.id, NOVEMBER)["previous"] == first.sha256
    assert list(house.replay.chain(first.entity, first.series)) == []
    assert [taken.numbered.sequence for taken in house.store.numbers(second.entity, second.series, 1, 9)] == [1, 2]


def test_what_comes_late_is_taken_back_and_billed_anew_on_the_next_invoice(house: CountingHouse, shop: Tenant) -> None:
    called(house, shop, "v1", IN_OCTOBER)
    first = finalised(house, shop)
    called(house, shop, "v2", IN_OCTOBER, now=IN_NOVEMBER, talk=120)
    assert house.invoices.document(shop.id, OCTOBER)["net"] == 10_100
    finalised(house, shop, NOVEMBER, AFTER_NOVEMBER)
    document = house.invoices.document(shop.id, NOVEMBER)
    amounts = [line["amount"] for line in document["lines"] if line["kind"] == "adjustment"]
    assert amounts == [-100, 300]
    (adjustment,) = document["adjustments"]
    assert (adjustment["number"], adjustment["net"], adjustment["booked"]) == (first.number, 200, True)
    assert document["net"] == 10_200


def test_a_late_record_is_booked_once(house: CountingHouse, shop: Tenant) -> None:
    finalised(house, shop)
    called(house, shop, "v2", IN_OCTOBER, now=IN_NOVEMBER)
    finalised(house, shop, NOVEMBER, AFTER_NOVEMBER)
    assert house.billing.draft(shop.id, "2026-12", AFTER_NOVEMBER).as_document()["adjustments"] == []
    called(house, shop, "v3", IN_OCTOBER, now=AFTER_NOVEMBER)
    december = house.billing.draft(shop.id, "2026-12", AFTER_NOVEMBER + timedelta(days=1)).as_document()
    amounts = [line["amount"] for line in december["lines"] if line["kind"] == "adjustment"]
    assert amounts == [-100, 200]


def test_what_is_late_waits_for_the_first_month_without_an_invoice(house: CountingHouse, shop: Tenant) -> None:
    """A later month shows it only once no used one stands before it."""
    finalised(house, shop)
    called(house, shop, "v1", IN_NOVEMBER)
    called(house, shop, "v2", IN_OCTOBER, now=IN_NOVEMBER)
    (first,) = house.billing.draft(shop.id, NOVEMBER, AFTER_NOVEMBER).adjustments
    assert first.period == OCTOBER
    assert house.billing.draft(shop.id, "2026-12", AFTER_NOVEMBER).adjustments == ()
    finalised(house, shop, NOVEMBER, AFTER_NOVEMBER)
    called(house, shop, "v3", IN_NOVEMBER, now=AFTER_NOVEMBER)
    (second,) = house.billing.draft(shop.id, "2026-12", AFTER_NOVEMBER + timedelta(days=1)).adjustments
    assert second.period == NOVEMBER


def test_what_is_too_old_is_reported_and_not_billed(database: Database, shop: Tenant) -> None:
    strict = replace(shop, contract=replace(shop.contract, late_months=0))
    house = CountingHouse(database, strict)
    finalised(house, shop)
    called(house, shop, "v2", IN_OCTOBER, now=IN_NOVEMBER)
    finalised(house, shop, NOVEMBER, AFTER_NOVEMBER)
    document = house.invoices.document(shop.id, NOVEMBER)
    (adjustment,) = document["adjustments"]
    assert (adjustment["booked"], adjustment["net"]) == (False, 100)
    assert "older" in adjustment["why"]
    assert document["net"] == 10_000
    assert house.billing.draft(shop.id, "2026-12", AFTER_NOVEMBER).as_document()["adjustments"] == []


def test_what_is_too_little_waits_for_more(database: Database, shop: Tenant) -> None:
    generous = replace(shop, contract=replace(shop.contract, materiality=Amount("1.50")))
    house = CountingHouse(database, generous)
    finalised(house, shop)
    called(house, shop, "v2", IN_OCTOBER, now=IN_NOVEMBER)
    finalised(house, shop, NOVEMBER, AFTER_NOVEMBER)
    assert "materiality" in house.invoices.document(shop.id, NOVEMBER)["adjustments"][0]["why"]
    called(house, shop, "v3", IN_OCTOBER, now=AFTER_NOVEMBER)
    december = house.billing.draft(shop.id, "2026-12", AFTER_NOVEMBER + timedelta(days=1)).as_document()
    assert (december["adjustments"][0]["booked"], december["adjustments"][0]["net"]) == (True, 200)


def test_a_late_record_is_recorded_after_the_last_look(house: CountingHouse, shop: Tenant) -> None:
    """A worker whose clock is behind does not slip a record in before the cutoff."""
    issued = finalised(house, shop)
    called(house, shop, "v2", IN_OCTOBER, now=AFTER_OCTOBER - timedelta(hours=1))
    (record,) = house.recorded(shop, OCTOBER, AFTER_OCTOBER)
    assert record.recorded_at == AFTER_OCTOBER + timedelta(milliseconds=1)
    assert issued.cutoff == "2026-11-05T09:00:00.000Z"
    assert house.replay.replay(shop.id, OCTOBER, AFTER_NOVEMBER).ok


def test_a_plan_that_came_later_leaves_a_closed_month_as_it_was(house: CountingHouse, shop: Tenant) -> None:
    called(house, shop, "v1", IN_OCTOBER)
    finalised(house, shop)
    dear = replace(shop, plan=terms(base="900.00", per_minute="9.00", tax="19"))
    backdated = replace(dear, contract=replace(shop.contract, effective_from=date(2026, 10, 1)))
    house.apply(AFTER_OCTOBER, backdated)
    called(house, shop, "v2", IN_OCTOBER, now=IN_NOVEMBER)
    assert house.replay.replay(shop.id, OCTOBER, AFTER_NOVEMBER).ok
    (adjustment,) = house.billing.draft(shop.id, NOVEMBER, IN_NOVEMBER + timedelta(days=1)).adjustments
    assert adjustment.net == 100


def test_an_invoice_is_paid_once(house: CountingHouse, shop: Tenant) -> None:
    finalised(house, shop)
    paid = house.invoices.pay(shop.id, OCTOBER, date(2026, 11, 5), "bank 4711", BY, AFTER_OCTOBER)
    assert paid.state is house.invoices.get(shop.id, OCTOBER).state is State.PAID
    with pytest.raises(Conflict, match="bank 4711"):
        house.invoices.pay(shop.id, OCTOBER, date(2026, 11, 5), "bank 4712", BY, AFTER_OCTOBER)
    with pytest.raises(NotFound):
        house.invoices.pay(shop.id, NOVEMBER, date(2026, 11, 5), "bank", BY, AFTER_OCTOBER)


def test_a_payment_that_was_wrong_is_taken_back_and_the_rest_stays(house: CountingHouse, shop: Tenant) -> None:
    called(house, shop, "v1", IN_OCTOBER)
    before = finalised(house, shop)
    house.invoices.pay(shop.id, OCTOBER, None, "bank 4711", BY, AFTER_OCTOBER)
    house.disputes.open(shop.id, OCTOBER, ContactId("v1"), "spam", "carla", AFTER_OCTOBER)
    with pytest.raises(Invalid, match="reason"):
        house.invoices.unpay(shop.id, OCTOBER, " ", BY, AFTER_OCTOBER)
    after = house.invoices.unpay(shop.id, OCTOBER, "of another client", BY, AFTER_OCTOBER)
    assert after == house.invoices.get(shop.id, OCTOBER)
    assert after == replace(before, disputes=1, revision=4)
    (deed,) = [deed for deed in house.invoices.deeds(shop.id) if deed.what == "unpaid"]
    assert (deed.about, deed.by, deed.why) == (before.number, BY, "of another client")
    with pytest.raises(Conflict, match="not paid"):
        house.invoices.unpay(shop.id, OCTOBER, "again", BY, AFTER_OCTOBER)
    house.invoices.pay(shop.id, OCTOBER, None, "bank 4712", BY, AFTER_OCTOBER + timedelta(hours=1))


def test_a_payment_is_of_today_or_before_by_the_clocks_of_the_billing_zone(house: CountingHouse, shop: Tenant) -> None:
    finalised(house, shop)
    late = datetime(2026, 11, 9, 23, 30, tzinfo=UTC)  # the 10th in Berlin
    with pytest.raises(Invalid, match="2026-11-11 is in the future; give 2026-11-10 or an earlier day"):
        house.invoices.pay(shop.id, OCTOBER, date(2026, 11, 11), "bank", BY, late)
    assert house.invoices.pay(shop.id, OCTOBER, None, "bank", BY, late).paid_on == "2026-11-10"


def test_what_is_credited_after_the_payment_goes_back_and_what_was_before_does_not(
    house: CountingHouse, shop: Tenant
) -> None:
    issued = finalised(house, shop)

    def money(one: Issued) -> tuple[str, int, int]:
        told = one.as_document()
        return told["state"], told["left"], told["refund"]

    assert money(issued) == ("final", 11_900, 0)
    house.crediting.credit(shop.id, OCTOBER, {"amount": "10.00"}, "goodwill", BY, AFTER_OCTOBER)
    assert money(house.invoices.get(shop.id, OCTOBER)) == ("final", 10_710, 0)
    assert money(house.invoices.pay(shop.id, OCTOBER, None, "bank", BY, AFTER_OCTOBER)) == ("paid", 0, 0)
    house.crediting.credit(shop.id, OCTOBER, {"amount": "20.00"}, "goodwill", BY, AFTER_OCTOBER)
    paid = house.invoices.get(shop.id, OCTOBER)
    assert (money(paid), paid.as_document()["paid_on"]) == (("paid", 0, 2_380), "2026-11-05")
    house.crediting.credit(shop.id, OCTOBER, {"everything": True}, "void", BY, AFTER_OCTOBER)
    assert money(house.invoices.get(shop.id, OCTOBER)) == ("credited", 0, 10_710)
    assert money(house.invoices.unpay(shop.id, OCTOBER, "never came", BY, AFTER_OCTOBER)) == ("credited", 0, 0)


@pytest.mark.parametrize(("on", "reference"), [(date(2026, 11, 4), "bank"), (date(2026, 11, 5), "")])
def test_a_payment_that_cannot_be_leaves_the_invoice_as_it_was(
    house: CountingHouse, shop: Tenant, on: date, reference: str
) -> None:
    before = finalised(house, shop)
    with pytest.raises(Invalid):
        house.invoices.pay(shop.id, OCTOBER, on, reference, BY, AFTER_OCTOBER)
    assert house.invoices.get(shop.id, OCTOBER) == before


def test_a_credit_note_has_a_number_of_its_own_and_credits_never_exceed_the_invoice(
    house: CountingHouse, shop: Tenant
) -> None:
    called(house, shop, "v1", IN_OCTOBER)
    issued = finalised(house, shop)
    first = house.crediting.credit(shop.id, OCTOBER, {"lines": {"0": "33.33"}}, "goodwill", BY, AFTER_OCTOBER)
    assert (first.numbered.sequence, first.net, first.tax) == (1, 3_333, 633)
    with pytest.raises(Invalid, match=r"66\.67"):
        house.crediting.credit(shop.id, OCTOBER, {"lines": {"0": "66.68"}}, "too much", BY, AFTER_OCTOBER)
    with pytest.raises(Invalid, match=r"67\.67 at most"):
        house.crediting.credit(shop.id, OCTOBER, {"amount": "101.00"}, "too much", BY, AFTER_OCTOBER)
    rest = house.crediting.credit(shop.id, OCTOBER, {"everything": True}, "void", BY, AFTER_OCTOBER)
    assert first.total + rest.total == issued.total
    assert house.invoices.get(shop.id, OCTOBER).state is State.CREDITED
    with pytest.raises(Invalid, match="nothing is left"):
        house.crediting.credit(shop.id, OCTOBER, {"everything": True}, "again", BY, AFTER_OCTOBER)
    with pytest.raises(Conflict):
        house.invoices.pay(shop.id, OCTOBER, date(2026, 11, 5), "bank", BY, AFTER_OCTOBER)


@pytest.mark.parametrize(
    "wanted",
    [{}, {"amount": "0"}, {"amount": "-1.00"}, {"amount": 12.5}, {"amount": "1.001"}, {"lines": {"9": "1.00"}},
     {"lines": {"x": "1.00"}}, {"lines": ["1.00"]}, {"lines": {"0": "0.00"}}, {"amount": "1.00", "everything": True}],
)  # fmt: skip
def test_a_credit_that_cannot_be_is_refused_and_takes_no_number(
    house: CountingHouse, shop: Tenant, wanted: dict[str, Any]
) -> None:
    before = finalised(house, shop)
    with pytest.raises(Invalid):
        house.crediting.credit(shop.id, OCTOBER, wanted, "why not", BY, AFTER_OCTOBER)
    assert house.invoices.get(shop.id, OCTOBER) == before
    assert house.crediting.notes(shop.id, OCTOBER) == []


def test_an_accepted_dispute_credits_what_the_contact_cost(house: CountingHouse, shop: Tenant) -> None:
    called(house, shop, "v1", IN_OCTOBER)
    called(house, shop, "v2", IN_OCTOBER, talk=120)
    finalised(house, shop)
    house.disputes.open(shop.id, OCTOBER, ContactId("v2"), "wrong number", "carla", AFTER_OCTOBER)
    assert house.invoices.get(shop.id, OCTOBER).state is State.DISPUTED
    answer = house.disputes.accept(shop.id, OCTOBER, ContactId("v2"), "so it was", BY, AFTER_OCTOBER)
    (note,) = house.crediting.notes(shop.id, OCTOBER)
    assert (note.net, note.tax, answer.credit_note) == (200, 38, note.numbered.number)
    (place,) = note.lines
    assert house.invoices.document(shop.id, OCTOBER)["lines"][place]["kind"] == "voice_seconds"
    assert house.invoices.get(shop.id, OCTOBER).state is State.FINAL
    with pytest.raises(Conflict, match="accepted"):
        house.disputes.reject(shop.id, OCTOBER, ContactId("v2"), "no", BY, AFTER_OCTOBER)
    assert {deed.what for deed in house.invoices.deeds(shop.id)} == {"finalised", "disputed", "credited"}


def test_a_contact_within_what_is_included_costs_nothing_to_accept(database: Database, shop: Tenant) -> None:
    included = replace(shop, plan=terms(base="100.00", per_minute="1.00", included_minutes=10))
    house = CountingHouse(database, included)
    called(house, shop, "v1", IN_OCTOBER)
    finalised(house, shop)
    house.disputes.open(shop.id, OCTOBER, ContactId("v1"), "spam", "carla", AFTER_OCTOBER)
    answer = house.disputes.accept(shop.id, OCTOBER, ContactId("v1"), "yes", BY, AFTER_OCTOBER)
    assert (answer.credit_note, house.crediting.notes(shop.id, OCTOBER)) == ("", [])


def test_a_rejected_dispute_has_a_reason_and_changes_no_amount(house: CountingHouse, shop: Tenant) -> None:
    called(house, shop, "v1", IN_OCTOBER)
    finalised(house, shop)
    house.disputes.open(shop.id, OCTOBER, ContactId("v1"), "spam", "carla", AFTER_OCTOBER)
    with pytest.raises(Invalid, match="reason"):
        house.disputes.reject(shop.id, OCTOBER, ContactId("v1"), " ", BY, AFTER_OCTOBER)
    house.disputes.reject(shop.id, OCTOBER, ContactId("v1"), "you talked a minute", BY, AFTER_OCTOBER)
    assert house.invoices.get(shop.id, OCTOBER).left.minor == 12_019
    with pytest.raises(Conflict, match="rejected"):
        house.disputes.open(shop.id, OCTOBER, ContactId("v1"), "again", "carla", AFTER_OCTOBER)


def test_only_what_stands_behind_the_invoice_can_be_disputed(house: CountingHouse, shop: Tenant) -> None:
    called(house, shop, "v1", IN_OCTOBER)
    finalised(house, shop)
    called(house, shop, "late", IN_OCTOBER, now=IN_NOVEMBER)
    called(house, shop, "november", IN_NOVEMBER)
    for contact in ("nobody", "late", "november"):
        with pytest.raises(NotFound):
            house.disputes.open(shop.id, OCTOBER, ContactId(contact), "why", "carla", IN_NOVEMBER)


def test_every_document_can_be_made_again_byte_for_byte(house: CountingHouse, shop: Tenant) -> None:
    called(house, shop, "v1", IN_OCTOBER)
    finalised(house, shop)
    house.crediting.credit(shop.id, OCTOBER, {"amount": "10.01"}, "goodwill", BY, AFTER_OCTOBER)
    house.crediting.credit(shop.id, OCTOBER, {"lines": {"1": "0.50"}}, "goodwill", BY, AFTER_OCTOBER)
    called(house, shop, "v2", IN_OCTOBER, now=IN_NOVEMBER)
    called(house, shop, "v3", IN_NOVEMBER)
    finalised(house, shop, NOVEMBER, AFTER_NOVEMBER)
    called(house, shop, "v4", IN_NOVEMBER, now=AFTER_NOVEMBER + timedelta(days=1))
    proofs = list(house.replay.all([shop.id], AFTER_NOVEMBER + timedelta(days=2)))
    assert len(proofs) == 4
    assert [proof.why for proof in proofs] == [""] * 4


def test_a_replay_sees_a_document_that_was_changed_and_a_record_that_was_lost(shop: Tenant) -> None:
    database = MemoryDatabase()
    house = CountingHouse(database, shop)
    called(house, shop, "v1", IN_OCTOBER)
    issued = finalised(house, shop)
    content = house.drawer.files[issued.key]
    house.drawer.files[issued.key] = content.replace(b'"net":10100', b'"net":10101')
    assert "not the one" in house.replay.replay(shop.id, OCTOBER, AFTER_NOVEMBER).why
    house.drawer.files[issued.key] = content
    ledger = database.tables["ledger"]
    del ledger[next(key for key in ledger if key.pk.endswith("#U#v1"))]
    assert "lines" in house.replay.replay(shop.id, OCTOBER, AFTER_NOVEMBER).why


def test_totals_that_are_not_what_the_records_say_stop_the_invoice(shop: Tenant) -> None:
    database = MemoryDatabase()
    house = CountingHouse(database, shop)
    called(house, shop, "v1", IN_OCTOBER)
    ledger = database.tables["ledger"]
    item = next(item for item in ledger.values() if item.get("charge|0|voice_seconds|usual|billed"))
    item["charge|0|voice_seconds|usual|billed"] += 1
    with pytest.raises(Conflict, match=r"charge\|0\|voice_seconds\|usual\|billed: 61, 60"):
        finalised(house, shop)
    assert house.store.get(shop.id, OCTOBER) is None
    house.books.rebuild(shop.id, OCTOBER, AFTER_OCTOBER)
    assert finalised(house, shop).sequence == 1


def test_a_currency_that_changes_within_a_month_is_refused(house: CountingHouse, shop: Tenant) -> None:
    house.apply(IN_OCTOBER, replace(shop, plan=replace(shop.plan, currency=configuration.Currency.parse("USD"))))
    with pytest.raises(Conflict, match="EUR and USD"):
        finalised(house, shop)
    assert house.store.get(shop.id, OCTOBER) is None


def test_a_plan_change_dated_in_a_closed_period_is_refused(database: Database, shop: Tenant) -> None:
    clients, books = TenantStore(database), BookStore(database)
    clients.replace(None, shop, LONG_AGO)
    house = CountingHouse(database, shop)
    finalised(house, shop)
    onboarding = Onboarding(clients, lambda tenant: closed_until(books.periods(tenant)))
    dear = replace(shop, plan=terms(base="900.00"))

    def proposed(first_day: date) -> None:
        onboarding.propose([replace(dear, contract=replace(shop.contract, effective_from=first_day))])

    with pytest.raises(Conflict, match="2026-11-01 or later"):
        proposed(date(2026, 10, 31))
    proposed(date(2026, 11, 1))
    onboarding.propose([dear])  # names no other day: it begins today
