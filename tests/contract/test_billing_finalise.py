"""Finalising at the same time, after a crash, and with redeliveries: one number, no gap, the same invoice."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.aws.dynamo import DynamoDatabase
from chalicelib.aws.table import Database, Key
from chalicelib.billing.model.standing import AlreadyFinal, Issued
from chalicelib.kernel.ids import TenantId
from chalicelib.tenancy.model.form import Name
from chalicelib.tenancy.model.tenant import Tenant
from tests.fakes.counting_house import CountingHouse, called
from tests.fakes.drawer import Drawer

OCTOBER, NOVEMBER = "2026-10", "2026-11"
IN_OCTOBER = datetime(2026, 10, 14, 9, tzinfo=UTC)
IN_NOVEMBER = datetime(2026, 11, 10, 12, tzinfo=UTC)
AFTER_OCTOBER = datetime(2026, 11, 5, 9, tzinfo=UTC)
AFTER_NOVEMBER = datetime(2026, 12, 5, 9, tzinfo=UTC)


def finalised(house: CountingHouse, shop: Tenant, now: datetime = AFTER_OCTOBER) -> Issued:
    return house.invoices.finalise(shop.id, OCTOBER, "fiona", now)


class Killed(Exception):
    """The process is gone."""


class Mortal:
    """A database and a drawer whose user dies after so many requests."""

    def __init__(self, database: Database, drawer: Drawer, left: int) -> None:
        self._database = database
        self._drawer = drawer
        self._left = left

    def __getattr__(self, name: str) -> Any:
        asked = getattr(self._drawer if name in {"put", "pour", "fetch"} else self._database, name)

        def request(*said: Any, **how: Any) -> Any:
            self._left -= 1
            if self._left < 0:
                raise Killed
            return asked(*said, **how)

        return request


@pytest.mark.parametrize("at", range(14))
def test_a_finalisation_that_is_cut_off_anywhere_and_started_again_gives_the_same_invoice(
    database: Database, shop: Tenant, at: int
) -> None:
    """Of two clients alike, each with a series of its own, one is cut off; their invoices differ in name only."""
    drawer = Drawer()
    other = replace(
        shop, id=TenantId(f"{shop.id}x"), contract=replace(shop.contract, series=Name(f"{shop.contract.series}x"))
    )
    house = CountingHouse(database, shop, other, drawer=drawer)
    for client in (shop, other):
        called(house, client, "v1", IN_OCTOBER)
    house.invoices.finalise(other.id, OCTOBER, "fiona", AFTER_OCTOBER)
    mortal = Mortal(database, drawer, at)
    try:
        finalised(CountingHouse(mortal, shop, drawer=mortal), shop)  # type: ignore[arg-type]
    except Killed:
        begun = database.get("ledger", Key(f"T#{shop.id}#I", f"INVOICE#{OCTOBER}")) is not None
        finalised(CountingHouse(database, shop, drawer=drawer), shop, AFTER_OCTOBER + timedelta(minutes=7 * begun))
    issued = house.invoices.get(shop.id, OCTOBER)
    whole = drawer.files[house.invoices.get(other.id, OCTOBER).key].decode()
    renamed = whole.replace(f"{shop.id}x", shop.id).replace(f"{shop.contract.series}x", str(shop.contract.series))
    renamed = renamed.replace(f"{shop.contract.series}x".upper(), str(shop.contract.series).upper())
    digests = [json.loads(text)["inputs"].pop("digest") for text in (whole, drawer.files[issued.key].decode())]
    assert drawer.files[issued.key].decode() == renamed.replace(digests[0], digests[1])
    assert [taken.numbered.sequence for taken in house.store.numbers(issued.entity, issued.series, 1, 9)] == [1]
    assert house.replay.replay(shop.id, OCTOBER, AFTER_NOVEMBER).ok


def test_two_who_finalise_at_once_take_one_number(emulated: DynamoDatabase, shop: Tenant) -> None:
    drawer = Drawer()
    called(CountingHouse(emulated, shop), shop, "v1", IN_OCTOBER)

    def run(_: int) -> str:
        house = CountingHouse(emulated, shop, drawer=drawer)
        try:
            return finalised(house, shop).number
        except AlreadyFinal as refusal:
            return f"refused: {refusal.number}"

    with ThreadPoolExecutor(4) as crowd:
        said = list(crowd.map(run, range(4)))
    issued = CountingHouse(emulated, shop, drawer=drawer).invoices.get(shop.id, OCTOBER)
    assert sorted(said) == sorted([issued.number, *[f"refused: {issued.number}"] * 3])
    assert issued.sequence == 1


def test_clients_that_share_a_series_leave_no_gap(emulated: DynamoDatabase, shop: Tenant) -> None:
    clients = [replace(shop, id=TenantId(f"{shop.id}-{n}")) for n in range(5)]
    drawer = Drawer()

    def run(client: Tenant) -> int:
        house = CountingHouse(emulated, *clients, drawer=drawer)
        return house.invoices.finalise(client.id, OCTOBER, "fiona", AFTER_OCTOBER).sequence

    with ThreadPoolExecutor(5) as crowd:
        assert sorted(crowd.map(run, clients)) == [1, 2, 3, 4, 5]
    house = CountingHouse(emulated, *clients, drawer=drawer)
    assert all(proof.ok for proof in house.replay.all([client.id for client in clients], AFTER_NOVEMBER))
    assert list(house.replay.chain(str(shop.contract.entity), str(shop.contract.series))) == []


def test_fifty_redeliveries_after_the_invoice_change_nothing(emulated: DynamoDatabase, shop: Tenant) -> None:
    house = CountingHouse(emulated, shop)
    called(house, shop, "v1", IN_OCTOBER)
    finalised(house, shop)

    def again(_: int) -> None:
        called(house, shop, "v1", IN_OCTOBER, now=IN_NOVEMBER)

    with ThreadPoolExecutor(10) as crowd:
        list(crowd.map(again, range(50)))
    assert house.billing.draft(shop.id, NOVEMBER, IN_NOVEMBER).adjustments == ()
    assert house.replay.replay(shop.id, OCTOBER, IN_NOVEMBER).ok
