"""An invoice is made again from what was frozen with it: nothing that changed since gets into it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.aws.table import Database
from chalicelib.billing.model.invoice import ENGINE, Given, canonical, sha256
from chalicelib.billing.model.terms import Agreed, terms_of
from chalicelib.kernel.channel import Channel
from chalicelib.kernel.ids import TenantId
from chalicelib.kernel.period import BillingPeriod
from chalicelib.tenancy.model import plan as configuration
from chalicelib.tenancy.model.form import Amount, Colour, Line, Name, Zone
from chalicelib.tenancy.model.hours import Hours
from chalicelib.tenancy.model.tenant import Tenant
from tests.fakes.counting_house import CountingHouse
from tests.fakes.drawer import Drawer
from tests.fakes.memory import MemoryDatabase
from tests.fakes.tenants import sample
from tests.fakes.usage import handled, terms

OCTOBER, NOVEMBER = "2026-10", "2026-11"
IN_OCTOBER = datetime(2026, 10, 14, 9, tzinfo=UTC)
AFTER_OCTOBER = datetime(2026, 11, 5, 9, tzinfo=UTC)
IN_NOVEMBER = datetime(2026, 11, 10, 12, tzinfo=UTC)
AFTER_NOVEMBER = datetime(2026, 12, 5, 9, tzinfo=UTC)
BY = "fiona"
BUDGET = configuration.Budget(amount=Amount("500.00"), alerts=(80, 100))


class Told:
    """Finance said that the service was missed in October, and that a debit came back; later it says otherwise."""

    def __init__(self, **said: Any) -> None:
        self._said = said

    def given(self, tenant: TenantId, period: BillingPeriod) -> Given:
        return Given(**self._said) if period.label == OCTOBER else Given()


def agreed(**more: Any) -> configuration.Plan:
    """All that is no price stands beside the prices: budget, service credit, fees, hours that matter, what moves on."""
    service = configuration.ServiceCredit(
        cap=Amount("10"), credit=(configuration.CreditStep(points=Amount("5"), percent=Amount("5")),)
    )
    chat = configuration.CountTerms(
        per_contact=Amount("4.50"),
        included=10,
        rollover=configuration.Rollover(percent=Amount("50"), months=1),
    )
    return replace(
        terms(base="100.00", per_minute="1.00", tax="19"),
        **{
            "chat": chat,
            "budget": BUDGET,
            "service": service,
            "fees": {Name("returned"): configuration.Fee(text=Line("Returned debit"), price=Amount("10.00"))},
            "factors": configuration.Factors(after_hours=Amount("1.5")),
            **more,
        },
    )


@pytest.fixture
def shop(shop: Tenant) -> Tenant:
    contract = replace(shop.contract, payment_days=14)
    bill_to = (Line("Luna Shop"), Line("12 Crescent Road"))
    return replace(shop, plan=agreed(), bill_to=bill_to, contract=contract)


def month(house: CountingHouse, shop: Tenant) -> None:
    """October with its invoice, a late call, and November with its own."""
    for n in range(3):
        house.tell(handled(start=IN_OCTOBER + timedelta(hours=6 * n)), tenant=shop.id, contact=f"v{n}")
    house.tell(handled(start=IN_OCTOBER), tenant=shop.id, contact="c1", channel=Channel.CHAT)
    house.invoices.finalise(shop.id, OCTOBER, BY, AFTER_OCTOBER)
    house.tell(handled(start=IN_OCTOBER), IN_NOVEMBER, tenant=shop.id, contact="late")
    house.tell(handled(start=IN_NOVEMBER), tenant=shop.id, contact="n1")
    house.invoices.finalise(shop.id, NOVEMBER, BY, AFTER_NOVEMBER)
    house.crediting.credit(shop.id, OCTOBER, {"amount": "10.00"}, "goodwill", BY, AFTER_NOVEMBER)


def other(shop: Tenant) -> dict[str, Tenant]:
    """The client with one thing changed, and with everything."""
    plumber = sample("plumber")
    dear = agreed(base=Amount("900.00"), voice=configuration.VoiceTerms(per_minute=Amount("9.00")), budget=None)
    contract = replace(
        shop.contract, grace_days=1, late_months=0, materiality=Amount("99.00"), payment_days=60, anchor_day=1
    )
    changed: dict[str, dict[str, Any]] = {
        "plan": {"plan": dear},
        "budget": {"plan": replace(shop.plan, budget=replace(BUDGET, amount=Amount("1.00"), cap=True))},
        "no service level": {"plan": replace(shop.plan, service=None)},
        "buyer": {"bill_to": (Line("Sol Shop Ltd"), Line("1 Noon Street")), "name": Line("Sol Shop")},
        "brand": {"brand": replace(shop.brand, colour=Colour.parse("#123456"))},
        "hours": {"hours": replace(plumber.hours, monday=(), friday=())},
        "contract": {"contract": contract},
    }
    everything = {name: value for values in changed.values() for name, value in values.items()}
    return {name: replace(shop, **values) for name, values in {**changed, "everything": everything}.items()}


@pytest.mark.parametrize(
    "what", ["plan", "budget", "no service level", "buyer", "brand", "hours", "contract", "everything"]
)
def test_what_changes_after_the_invoice_does_not_get_into_it(database: Database, shop: Tenant, what: str) -> None:
    """Also the operator's own file, and what finance says of a month now."""
    drawer = Drawer()
    house = CountingHouse(database, shop, drawer=drawer, extras=Told(service=Decimal("-5"), fees=("returned",)))
    month(house, shop)
    kinds = {line["kind"] for line in house.invoices.document(shop.id, OCTOBER)["lines"]}
    assert {"service_credit", "fee", "base", "chat"} <= kinds
    changed = other(shop)[what]
    later = CountingHouse(
        database,
        shop,
        (
            AFTER_NOVEMBER + timedelta(days=2),
            replace(changed, contract=replace(changed.contract, effective_from=date(2026, 12, 9))),
        ),
        drawer=drawer,
        extras=Told(service=Decimal("5")),
        seller=lambda entity: {"name": "Another Ltd", "lines": ["2 Other Street"]},
    )
    proofs = list(later.replay.all([shop.id], AFTER_NOVEMBER + timedelta(days=30)))
    assert [proof.why for proof in proofs] == [""] * 3


def test_a_month_before_that_is_billed_later_does_not_change_what_moved_on_from_it(shop: Tenant) -> None:
    """October was unused, so November's invoice came first; then a chat of October comes, and its invoice."""
    house = CountingHouse(MemoryDatabase(), shop)
    house.books.view(shop.id, OCTOBER, IN_OCTOBER)
    house.tell(handled(start=IN_NOVEMBER), tenant=shop.id, contact="n1", channel=Channel.CHAT)
    house.invoices.finalise(shop.id, NOVEMBER, BY, AFTER_NOVEMBER)
    assert house.invoices.document(shop.id, NOVEMBER)["inputs"]["given"]["grants"][0]["units"] == 5
    for n in range(8):
        house.tell(handled(start=IN_OCTOBER), AFTER_NOVEMBER, tenant=shop.id, contact=f"c{n}", channel=Channel.CHAT)
    house.invoices.finalise(shop.id, OCTOBER, BY, AFTER_NOVEMBER + timedelta(days=1))
    assert house.invoices.document(shop.id, OCTOBER)["carried"][0]["units"] == 2
    assert [proof.why for proof in house.replay.all([shop.id], AFTER_NOVEMBER + timedelta(days=2))] == ["", ""]


def issued_by_another_engine(house: CountingHouse, key: str) -> tuple[str, str]:
    """The file as an engine before this one would have written it, with less in it; its key and hash."""
    document = json.loads(house.drawer.files[key])
    document["engine"] = ENGINE - 1
    if "inputs" in document:
        document["inputs"]["given"] = {"first": False}  # it said other things than today's
    content = canonical(document)
    house.drawer.files[key] = content
    return key, sha256(content)


def test_an_invoice_of_another_engine_is_said_to_be_one(shop: Tenant) -> None:
    database = MemoryDatabase()
    house = CountingHouse(database, shop)
    house.tell(handled(start=IN_OCTOBER), tenant=shop.id, contact="v1")
    house.invoices.finalise(shop.id, OCTOBER, BY, AFTER_OCTOBER)
    note = house.crediting.credit(shop.id, OCTOBER, {"amount": "10.00"}, "goodwill", BY, AFTER_OCTOBER)
    key, digest = issued_by_another_engine(house, house.invoices.get(shop.id, OCTOBER).key)
    issued_by_another_engine(house, note.numbered.key)
    for item in database.tables["ledger"].values():
        if item.get("key") == key:
            item["sha256"] = digest
    invoice = house.replay.replay(shop.id, OCTOBER, AFTER_NOVEMBER)
    assert not invoice.ok
    assert invoice.why.startswith(f"engine {ENGINE - 1} made it, and this is engine {ENGINE}")
    assert invoice.why.endswith("its records are there")
    (credited,) = house.replay.notes(house.invoices.get(shop.id, OCTOBER))
    assert credited.why.startswith(f"engine {ENGINE - 1} made it")
    ledger = database.tables["ledger"]
    del ledger[next(found for found in ledger if found.pk.endswith("#U#v1"))]
    assert house.replay.replay(shop.id, OCTOBER, AFTER_NOVEMBER).why.endswith("not those that it was made from")


def test_terms_are_named_by_what_is_written_and_a_budget_is_not_among_them(shop: Tenant) -> None:
    """The name stands in issued invoices: a new attribute of ours that is at its default must not change it."""
    october = BillingPeriod.month(2026, 10, "Europe/Berlin")

    def version(tenant: Tenant) -> str:
        return terms_of(october, [Agreed(applied=datetime(2026, 1, 1, tzinfo=UTC), tenant=tenant)]).version

    assert version(shop) == version(replace(shop, plan=replace(shop.plan, budget=None)))
    assert version(shop) != version(replace(shop, hours=replace(shop.hours, monday=())))
    plain = replace(shop, zone=Zone("Europe/Berlin"), hours=Hours(), plan=agreed(service=None))
    assert version(plain) == "4fcfd933a9ea"
