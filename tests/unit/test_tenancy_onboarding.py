"""What would change, said so that a person can check it; and who answers for an address meanwhile."""

from __future__ import annotations

from chalicelib.kernel.ids import TeamId, TenantId
from chalicelib.tenancy.model.caller import Scope
from chalicelib.tenancy.service.changes import changes
from chalicelib.tenancy.service.directory import Directory
from chalicelib.tenancy.service.onboarding import Onboarding
from chalicelib.tenancy.store.tenants import TenantStore
from tests.fakes.clock import MONDAY
from tests.fakes.memory import MemoryDatabase
from tests.fakes.tenants import changed, plain_of, sample


class Tick:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def live(*tenants: str) -> MemoryDatabase:
    database = MemoryDatabase()
    onboarding = Onboarding(TenantStore(database))
    for proposal in onboarding.propose([sample(tenant) for tenant in tenants]):
        onboarding.apply(proposal, MONDAY)
    return database


def test_an_upgrade_reads_as_what_it_is() -> None:
    after = changed(
        "plumber",
        tier="multichannel",
        plan__voice__per_minute="1.65",
        plan__chat={"per_contact": "4.50"},
        plan__email={"per_contact": "3.00"},
        entry_points__phones=["+15550100100", "+15550100101"],
        hours__saturday=None,
        calls__callback__latest__saturday=None,
        replies={
            "reply_from": "office@rapid-plumbing.example", "sender_name": "Rapid", "signature": {"en": "Yours"}
        },
    )  # fmt: skip
    assert [str(change) for change in changes(sample("plumber"), after)] == [
        "~ tier: 'voice' → 'multichannel'",
        "+ entry_points.phones[+15550100101]: '+15550100101'",
        "+ replies.reply_from: 'office@rapid-plumbing.example'",
        "+ replies.sender_name: 'Rapid'",
        "+ replies.signature.en: 'Yours'",
        "~ plan.voice.per_minute: '1.85' → '1.65'",
        "+ plan.chat.per_contact: '4.50'",
        "+ plan.email.per_contact: '3.00'",
        "- hours.saturday[00:00-24:00]: '00:00-24:00'",
        "- calls.callback.latest.saturday[08:00-22:00]: '08:00-22:00'",
    ]


def test_a_holiday_put_in_front_is_one_addition_and_not_a_change_of_all() -> None:
    special = plain_of("clinic")["hours"]["special"]
    holiday = {"date": special[0]["date"].replace(day=1), "name": "Betriebsausflug"}
    after = changed("clinic", hours__special=[holiday, *special])
    assert [change.before for change in changes(sample("clinic"), after)] == [None, None]


def test_nothing_changes_between_a_client_and_itself_and_everything_is_new_at_first() -> None:
    assert changes(sample("clinic"), sample("clinic")) == ()
    assert all(change.before is None for change in changes(None, sample("clinic")))


def test_an_address_of_nobody_is_none_and_costs_no_look_up_if_it_cannot_be_one() -> None:
    database = live("shop")
    database.requests.clear()
    directory = Directory(TenantStore(database), Tick())
    assert directory.asked("phone", "+15559999999") is None
    assert directory.asked("mailbox", "no address") is None
    assert directory.asked("widget", "#") is None
    assert database.requests == ["get"]


def test_a_known_address_is_one_read_and_then_none_for_fifteen_seconds() -> None:
    database = live("shop")
    database.requests.clear()
    tick = Tick()
    directory = Directory(TenantStore(database), tick)
    assert directory.asked("phone", "+15550100200") == sample("shop")
    tick.now = 14.9
    assert directory.asked("phone", "+1 555 0100200") == sample("shop")
    assert database.requests == ["get"]
    tick.now = 15
    directory.asked("phone", "+15550100200")
    assert database.requests == ["get", "get"]


def test_a_new_address_works_at_once_though_it_was_asked_for_before() -> None:
    database = live("plumber")
    directory = Directory(TenantStore(database), Tick())
    assert directory.asked("widget", "wk_luna_7d41c09e") is None
    onboarding = Onboarding(TenantStore(database))
    for proposal in onboarding.propose([sample("shop")]):
        onboarding.apply(proposal, MONDAY)
    assert directory.asked("widget", "wk_luna_7d41c09e") == sample("shop")


def test_the_directory_lists_what_the_scope_allows() -> None:
    directory = Directory(TenantStore(live("plumber", "shop", "clinic")), Tick())
    assert [listing.tenant for listing in directory.listings(Scope.everyone())] == ["clinic", "plumber", "shop"]
    assert [listing.name for listing in directory.listings(Scope.of(["shop", "unknown"]))] == ["Luna Shop"]
    assert directory.tenants_of(TeamId("shared")) == {TenantId("plumber"), TenantId("shop")}
    assert directory.tenants_of(TeamId("nobody")) == frozenset()
