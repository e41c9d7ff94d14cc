"""What was recorded before a contract begins: shown as used, never billed, and in nobody's way."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from chalicelib.billing.model.standing import BeforeContract
from chalicelib.billing.service.revenue import Invoiced
from chalicelib.kernel.channel import Channel
from chalicelib.kernel.errors import Conflict
from chalicelib.tenancy.model.form import Amount
from chalicelib.tenancy.model.plan import Budget, CountTerms, Rollover
from tests.fakes.counting_house import CountingHouse, called
from tests.fakes.memory import MemoryDatabase
from tests.fakes.plan_counter import PlanCounter
from tests.fakes.usage import CONTRACT, SHOP, company, handled, terms

LONG_BEFORE, OCTOBER = "1999-01", "2026-10"
IN_1999 = datetime(1999, 1, 14, 9, tzinfo=UTC)
IN_OCTOBER = datetime(2026, 10, 14, 9, tzinfo=UTC)
AFTER_OCTOBER = datetime(2026, 11, 5, 9, tzinfo=UTC)
CLIENT = company(SHOP, plan=terms(base="100.00"))


def house() -> CountingHouse:
    """With a call in 1999, and one in October 2026; the contract begins in 2026."""
    house = CountingHouse(MemoryDatabase(), CLIENT)
    called(house, CLIENT, "old", IN_1999, now=IN_OCTOBER)
    called(house, CLIENT, "new", IN_OCTOBER)
    return house


def test_it_holds_up_no_later_invoice_and_waits_for_none() -> None:
    found = house()
    issued = found.invoices.finalise(SHOP, OCTOBER, "fiona", AFTER_OCTOBER)
    assert issued.net == 10_100
    assert [row["label"] for row in found.invoices.of(SHOP, AFTER_OCTOBER)] == [OCTOBER]
    assert found.replay.replay(SHOP, OCTOBER, AFTER_OCTOBER).ok


def test_what_was_used_in_the_contract_still_waits_for_its_invoice() -> None:
    found = house()
    with pytest.raises(Conflict, match="2026-10 was used and is not final yet"):
        found.invoices.finalise(SHOP, "2026-11", "fiona", AFTER_OCTOBER + timedelta(days=30))


def test_its_usage_is_shown_and_no_amount() -> None:
    found = house()
    used = found.billing.usage(SHOP, LONG_BEFORE, AFTER_OCTOBER).as_document(whole_team=False)
    assert used["meters"]["voice_seconds"]["contacts"] == 1
    why = "1999-01 is before the contract, which begins on 2026-01-01"
    with pytest.raises(BeforeContract, match=why):
        found.billing.open_draft(SHOP, LONG_BEFORE, AFTER_OCTOBER)
    with pytest.raises(BeforeContract, match=why):
        found.explaining.explain(SHOP, LONG_BEFORE, 0, AFTER_OCTOBER)
    with pytest.raises(BeforeContract, match=why):
        found.invoices.finalise(SHOP, LONG_BEFORE, "fiona", AFTER_OCTOBER)


def test_it_is_no_revenue() -> None:
    found = house()
    revenue = Invoiced(found.store, found.archive, found.billing)
    assert revenue.documents(SHOP, LONG_BEFORE, AFTER_OCTOBER) == []
    assert len(revenue.documents(SHOP, OCTOBER, AFTER_OCTOBER)) == 1


def test_nothing_moves_on_from_there() -> None:
    chats = CountTerms(per_contact=Amount("4.50"), included=10, rollover=Rollover(percent=Amount("50"), months=1))
    client = company(SHOP, plan=replace(terms(base="100.00"), chat=chats))
    found = CountingHouse(MemoryDatabase(), client)
    for at, contact in ((datetime(2025, 12, 10, tzinfo=UTC), "c1"), (datetime(2026, 1, 10, tzinfo=UTC), "c2")):
        found.tell(handled(start=at), AFTER_OCTOBER, tenant=SHOP, contact=contact, channel=Channel.CHAT)
    assert found.billing.draft(SHOP, "2026-01", AFTER_OCTOBER).given.grants == ()
    assert found.billing.draft(SHOP, "2026-02", AFTER_OCTOBER).given.grants != ()


def test_a_contract_that_begins_within_a_month_has_its_invoice() -> None:
    found = CountingHouse(
        MemoryDatabase(), replace(CLIENT, contract=replace(CONTRACT, effective_from=date(2026, 10, 31)))
    )
    assert found.invoices.finalise(SHOP, OCTOBER, "fiona", AFTER_OCTOBER).sequence == 1


def test_a_budget_of_a_contract_to_come_is_not_looked_at() -> None:
    plan = replace(terms(base="100.00"), budget=Budget(amount=Amount("50.00"), alerts=(80,)))
    later = replace(CLIENT, plan=plan, contract=replace(CONTRACT, effective_from=date(2026, 12, 1)))
    assert PlanCounter(MemoryDatabase(), later, now=AFTER_OCTOBER).watch.look(AFTER_OCTOBER).failed == []
