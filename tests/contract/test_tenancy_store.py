"""Client companies and sessions in a store: whole or not at all, one owner for an address, history for ever."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.aws.dynamo import DynamoDatabase
from chalicelib.aws.table import Database, every
from chalicelib.kernel.errors import NotFound
from chalicelib.kernel.ids import AgentId, TeamId, TenantId
from chalicelib.tenancy.model.address import Address, AddressKind, address
from chalicelib.tenancy.model.caller import Role, Scope
from chalicelib.tenancy.model.tenant import Tenant
from chalicelib.tenancy.service.directory import Directory, Version
from chalicelib.tenancy.service.onboarding import AddressTaken, Onboarding, Outdated
from chalicelib.tenancy.service.sessions import Place, Session
from chalicelib.tenancy.store.sessions import SessionStore, TicketStore
from chalicelib.tenancy.store.tenants import TenantStore
from tests.fakes.clock import MONDAY
from tests.fakes.tenants import changed


def phone() -> str:
    return f"+1{uuid.uuid4().int % 10**12:012d}"


def a_shop(*phones: str, **changes: object) -> Tenant:
    """A client of this test alone: the tables are shared by the run."""
    name = f"t-{uuid.uuid4().hex[:12]}"
    key = f"wk_{uuid.uuid4().hex[:16]}"
    return changed(
        "shop",
        name,
        team=name,
        entry_points={
            "phones": list(phones or (phone(),)),
            "mailboxes": [f"help@{name}.example"],
            "widgets": [{"key": key, "origins": ["https://www.shop.example"]}],
        },
        replies__reply_from=f"help@{name}.example",
        **changes,
    )


def with_phones(tenant: Tenant, *phones: str) -> Tenant:
    numbers = tuple(found.text for phone in phones if (found := address("phone", phone)))
    return replace(tenant, entry_points=replace(tenant.entry_points, phones=numbers))


def apply(database: Database, *tenants: Tenant, minutes: int = 0) -> list[Version | None]:
    onboarding = Onboarding(TenantStore(database))
    now = MONDAY + timedelta(minutes=minutes)
    return [onboarding.apply(proposal, now) for proposal in onboarding.propose(tenants)]


def rows(database: Database, tenant: Tenant) -> list[str]:
    return [item["sk"].partition("#")[0] for item in every(database, "tenants", f"T#{tenant.id}")]


def test_a_client_is_found_by_each_of_its_addresses_and_by_its_id(database: Database) -> None:
    shop = a_shop()
    assert apply(database, shop) == [Version(effective=MONDAY, revision=1, tenant=shop)]
    directory = Directory(TenantStore(database), lambda: 0)
    assert directory.get(shop.id) == shop
    for found in shop.entry_points.all():
        assert directory.asked(found.kind.value, found.text) == shop
    assert [listing.name for listing in directory.listings(Scope.of([shop.id]))] == [shop.name]
    with pytest.raises(NotFound):
        directory.get(TenantId("t-unknown"))


def test_applying_the_same_again_writes_nothing(database: Database) -> None:
    shop = a_shop()
    apply(database, shop)
    assert apply(database, shop, minutes=1) == [None]
    assert rows(database, shop) == ["CURRENT", "VERSION"]


def test_a_change_is_a_new_version_and_the_old_one_stays_as_it_was(database: Database) -> None:
    shop = a_shop()
    later = replace(shop, name=changed("shop", name="Luna Lamps").name)
    apply(database, shop)
    apply(database, later, minutes=5)
    apply(database, shop, minutes=9)
    history = Directory(TenantStore(database), lambda: 0).versions(shop.id)
    assert [(version.revision, version.tenant.name) for version in history] == [
        (1, "Luna Shop"),
        (2, "Luna Lamps"),
        (3, "Luna Shop"),
    ]
    assert [version.effective for version in history] == [MONDAY + timedelta(minutes=m) for m in (0, 5, 9)]


def test_an_address_of_another_client_cannot_be_taken_and_nothing_else_changes(database: Database) -> None:
    owner = a_shop()
    apply(database, owner)
    thief = a_shop(owner.entry_points.phones[0])
    with pytest.raises(AddressTaken) as taken:
        apply(database, thief)
    assert owner.id in str(taken.value)
    assert rows(database, thief) == []


def test_two_who_claim_one_address_at_the_same_time_do_not_both_get_it(database: Database) -> None:
    """Both planned while the number was free; the second to write finds it taken, and writes nothing at all."""
    number = phone()
    first, second = a_shop(number), a_shop(number)
    onboarding = Onboarding(TenantStore(database))
    proposals = [*onboarding.propose([first]), *onboarding.propose([second])]
    onboarding.apply(proposals[0], MONDAY)
    with pytest.raises(AddressTaken) as taken:
        onboarding.apply(proposals[1], MONDAY)
    assert taken.value.facts == {"address": number, "owner": first.id}
    assert rows(database, second) == []
    assert TenantStore(database).asked(Address(AddressKind.WIDGET, second.entry_points.widgets[0].key)) is None


def test_an_address_that_is_given_up_is_free_for_another(database: Database) -> None:
    number, other = phone(), phone()
    first, second = a_shop(number, other), a_shop()
    apply(database, first, second)
    moved = with_phones(second, *second.entry_points.phones, number)
    # The taker stands first in the run, and still gets the number.
    apply(database, moved, with_phones(first, other), minutes=1)
    directory = Directory(TenantStore(database), lambda: 0)
    assert directory.asked("phone", number) == moved
    assert directory.asked("phone", other) == with_phones(first, other)


def test_every_address_knows_the_newest_configuration(database: Database) -> None:
    shop = a_shop(phone(), phone())
    apply(database, shop)
    paused = replace(shop, status=changed("shop", status="paused").status)
    apply(database, paused, minutes=1)
    known = [TenantStore(database).asked(found) for found in shop.entry_points.all()]
    assert [version.tenant for version in known if version is not None] == [paused] * 4


def test_who_planned_on_an_old_version_is_told_and_writes_nothing(database: Database) -> None:
    shop = a_shop()
    apply(database, shop)
    onboarding = Onboarding(TenantStore(database))
    (mine,) = onboarding.propose([replace(shop, name=changed("shop", name="Mine").name)])
    (theirs,) = onboarding.propose([replace(shop, name=changed("shop", name="Theirs").name)])
    onboarding.apply(theirs, MONDAY + timedelta(minutes=1))
    with pytest.raises(Outdated):
        onboarding.apply(mine, MONDAY + timedelta(minutes=2))
    assert onboarding.export(shop.id).name == "Theirs"
    assert rows(database, shop) == ["CURRENT", "VERSION", "VERSION"]


def test_of_many_who_apply_at_once_one_wins_each_revision(emulated: DynamoDatabase) -> None:
    shop = a_shop()
    apply(emulated, shop)
    onboarding = Onboarding(TenantStore(emulated))
    proposals = [
        onboarding.propose([replace(shop, name=changed("shop", name=f"Number {n}").name)])[0] for n in range(8)
    ]
    won, lost = _race([lambda proposal=proposal: onboarding.apply(proposal, MONDAY) for proposal in proposals])
    assert len(won) == 1
    assert len(lost) == 7
    assert rows(emulated, shop) == ["CURRENT", "VERSION", "VERSION"]


def _race(turns: list[Callable[[], object]]) -> tuple[list[object], list[Exception]]:
    won: list[object] = []
    lost: list[Exception] = []

    def run(turn: Callable[[], object]) -> None:
        try:
            won.append(turn())
        except Outdated as error:
            lost.append(error)

    threads = [threading.Thread(target=run, args=(turn,)) for turn in turns]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return won, lost


def a_session() -> Session:
    return Session(
        user="u",
        name="Maria",
        role=Role.AGENT,
        agent=AgentId("maria"),
        place=Place(team=TeamId("shared"), walls=frozenset({TenantId("clinic")})),
        tenant=TenantId(""),
        began=MONDAY,
        until=MONDAY + timedelta(hours=4),
    )


def test_a_session_is_kept_prolonged_and_ended(database: Database) -> None:
    store = SessionStore(database)
    key = uuid.uuid4().hex
    store.open(key, a_session())
    assert store.get(key) == a_session()
    later = MONDAY + timedelta(hours=5)
    store.extend(key, later)
    assert store.get(key) == replace(a_session(), until=later)
    store.close(key)
    assert store.get(key) is None
    store.extend(key, later)
    assert store.get(key) is None


def test_a_ticket_goes_to_one_taker(database: Database) -> None:
    store = TicketStore(database)
    key = uuid.uuid4().hex
    store.keep(key, {"tenant": "shop"}, MONDAY + timedelta(seconds=30))
    assert store.take(key, MONDAY + timedelta(seconds=30)) is None
    assert store.take(key, MONDAY) == {"tenant": "shop"}
    assert store.take(key, MONDAY) is None


def test_of_many_takers_of_a_ticket_one_gets_it(emulated: DynamoDatabase) -> None:
    store = TicketStore(emulated)
    key = uuid.uuid4().hex
    store.keep(key, {"tenant": "shop"}, MONDAY + timedelta(seconds=30))
    won, _ = _race([lambda: store.take(key, MONDAY)] * 12)
    assert [holder for holder in won if holder] == [{"tenant": "shop"}]
