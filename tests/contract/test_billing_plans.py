"""Changes of plan, caps and alerts in a store, on the fake and on the emulator; and their doors."""

from __future__ import annotations

import threading
import uuid
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from chalicelib import wiring
from chalicelib.aws.dynamo import DynamoDatabase
from chalicelib.aws.table import Database, Key
from chalicelib.billing import wiring as billing_wiring
from chalicelib.billing.store.budgets import BudgetStore
from chalicelib.billing.store.plans import catalogue
from chalicelib.kernel.ids import TenantId
from chalicelib.kernel.money import Money
from chalicelib.tenancy.model.address import E164, EntryPoints
from chalicelib.tenancy.model.caller import Caller, Role, Scope
from chalicelib.tenancy.model.plan import CapAction
from chalicelib.tenancy.model.standing import Act, Cap, Scheduled, Standing
from chalicelib.tenancy.model.tenant import Tenant
from chalicelib.tenancy.model.tier import Tier
from chalicelib.tenancy.service.directory import Directory
from chalicelib.tenancy.service.onboarding import Onboarding, Outdated
from chalicelib.tenancy.service.switching import Switching
from chalicelib.tenancy.store.tenants import TenantStore
from tests.fakes import gateway
from tests.fakes.gateway import ask
from tests.fakes.tenants import sample

NOW = datetime(2026, 11, 16, 15, 0, tzinfo=UTC)
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
DUE = datetime(2026, 12, 1, 5, 0, tzinfo=UTC)


def a_shop(**changes: Any) -> Tenant:
    """A client of this test alone: the tables are shared by the run."""
    name = f"p-{uuid.uuid4().hex[:12]}"
    number = E164(f"+1{uuid.uuid4().int % 10**12:012d}")
    return replace(
        sample("shop"), id=TenantId(name), entry_points=EntryPoints(phones=(number,)), replies=None, **changes
    )


def coming(by: str = "carla", due: datetime = DUE) -> Scheduled:
    small = catalogue()["voice_essentials"]
    return Scheduled(first_day=date(2026, 12, 1), due=due, tier=Tier.VOICE, plan=small.plan, by=by, at=NOW)


def test_what_holds_beside_a_configuration_is_read_with_it(database: Database) -> None:
    shop, store = a_shop(), TenantStore(database)
    first = store.replace(None, shop, NOW)
    cap = Cap(period="2026-11", until=DUE, action=CapAction.REFUSE)
    standing = Standing(next=coming(), cap=cap)
    marked = store.mark(first, standing, Act(what="scheduled", by="carla", at=NOW, about="down"))
    assert store.current(shop.id) == marked
    asked = store.asked(shop.entry_points.all()[0])
    assert asked is not None
    assert (asked.standing, asked.revision, asked.tenant) == (standing, 2, shop)
    assert [version.revision for version in store.versions(shop.id)] == [1]
    assert [(act.what, act.by) for act in store.acts(shop.id)] == [("scheduled", "carla")]
    assert store.mark(marked, Standing()).standing == Standing()
    assert store.current(shop.id) == replace(marked, revision=3, standing=Standing())


def test_a_configuration_that_is_applied_keeps_what_holds_beside_it(database: Database) -> None:
    shop, store = a_shop(), TenantStore(database)
    marked = store.mark(store.replace(None, shop, NOW), Standing(next=coming()))
    store.replace(marked, replace(shop, bill_to=()), NOW)
    current = store.current(shop.id)
    assert current is not None
    assert current.standing == Standing(next=coming())
    address = shop.entry_points.all()[0]
    found = Directory(store, lambda: 0.0, clock=lambda: DUE).asked(address.kind.value, address.text)
    assert found is not None
    assert found.tier is Tier.VOICE


def test_who_marks_what_has_changed_in_between_writes_nothing(database: Database) -> None:
    shop, store = a_shop(), TenantStore(database)
    first = store.replace(None, shop, NOW)
    store.replace(first, replace(shop, bill_to=()), NOW)
    with pytest.raises(Outdated):
        store.mark(first, Standing(next=coming()), Act(what="scheduled", by="carla", at=NOW))
    assert store.acts(shop.id) == []
    assert shop.id not in store.due(DUE)


def test_a_change_is_due_from_its_instant_until_it_has_begun(database: Database) -> None:
    shop, store = a_shop(), TenantStore(database)
    marked = store.mark(store.replace(None, shop, NOW), Standing(next=coming()))
    assert shop.id not in store.due(DUE - timedelta(milliseconds=1))
    assert shop.id in store.due(DUE)
    moved = store.mark(marked, Standing(next=coming(due=DUE + timedelta(days=31))))
    assert shop.id not in store.due(DUE)
    store.replace(moved, coming().of(shop), DUE, standing=Standing())
    assert shop.id not in store.due(DUE + timedelta(days=99))


def test_who_chose_a_plan_is_known_until_another_contract_begins(database: Database) -> None:
    shop, store = a_shop(), TenantStore(database)
    chosen = store.replace(store.replace(None, shop, LONG_AGO), shop, NOW, act=Act(what="changed", by="carla", at=NOW))
    again = store.replace(chosen, replace(shop, bill_to=()), NOW + timedelta(minutes=1))
    contract = replace(shop.contract, effective_from=date(2027, 1, 1))
    other = store.replace(again, replace(shop, contract=contract), NOW + timedelta(minutes=2))
    assert [chosen.by, again.by, other.by] == ["carla", "carla", ""]
    assert store.current(shop.id) == other


def test_of_two_clocks_one_makes_the_change_a_version(emulated: DynamoDatabase) -> None:
    shop, store = a_shop(), TenantStore(emulated)
    store.mark(store.replace(None, shop, NOW), Standing(next=coming()))
    begun: list[bool] = []

    def renew() -> None:
        begun.append(shop.id in Switching(TenantStore(emulated)).renew(DUE))

    clocks = [threading.Thread(target=renew) for _ in range(4)]
    for clock in clocks:
        clock.start()
    for clock in clocks:
        clock.join()
    assert sorted(begun) == [False, False, False, True]
    assert [version.tenant.tier for version in store.versions(shop.id)] == [Tier.MULTICHANNEL, Tier.VOICE]


def test_a_part_of_a_budget_is_claimed_once_for_each_amount(database: Database) -> None:
    store, tenant = BudgetStore(database), TenantId(f"b-{uuid.uuid4().hex[:8]}")
    small, large = Money(100, "USD"), Money(1000, "USD")
    assert [store.claim(tenant, "2026-11", small, 50, NOW) for _ in range(2)] == [True, False]
    assert store.claim(tenant, "2026-11", large, 50, NOW)
    assert store.claim(tenant, "2026-12", small, 50, NOW)
    assert store.claim(tenant, "2026-11", small, 80, NOW)
    assert store.told(tenant, "2026-11", small) == {50, 80}
    store.forget(tenant, "2026-11", small, 50)
    assert store.told(tenant, "2026-11", small) == {80}
    assert store.claim(tenant, "2026-11", small, 50, NOW)


# Doors


@pytest.fixture
def tenant(stage: None) -> TenantId:
    shop = a_shop()
    small = catalogue()["voice_essentials"].fitted(shop, shop.contract.effective_from)
    TenantStore(wiring.database()).replace(None, small, datetime(2026, 1, 1, tzinfo=UTC))
    return shop.id


def person(role: Role, *tenants: str) -> Caller:
    return Caller(user="u", role=role, name="U", scope=Scope.of(tenants) if tenants else Scope.everyone())


def post(path: str, caller: Caller, **body: Any) -> tuple[int, Any]:
    status, answer, _ = gateway.post(path, caller, **body)
    return status, answer


def test_a_client_quotes_and_changes_its_own_plan_and_sees_its_history(tenant: TenantId) -> None:
    carla, place = person(Role.CLIENT, tenant), f"/api/tenants/{tenant}/plan"
    status, options, _ = ask(f"{place}/options", carla)
    assert (status, {one["offer"] for one in options["offers"]}) == (200, set(catalogue()))
    status, quote = post(f"{place}/quote", carla, offer="omni_shared")
    assert (status, quote["direction"]) == (200, "upgrade")
    assert post(f"{place}/change", carla, offer="omni_shared") == (200, quote)
    assert post(f"{place}/change", carla, offer="omni_shared")[0] == 409
    status, plan, _ = ask(place, carla)
    assert (plan["held"]["tier"], [act["by"] for act in plan["acts"]]) == ("multichannel", ["U"])
    assert post(f"{place}/change", carla, offer="voice_essentials")[1]["direction"] == "downgrade"
    assert post(f"{place}/cancel", carla)[0] == 200
    assert post(f"{place}/cancel", carla)[0] == 404


def test_a_client_does_not_choose_the_day_nor_look_at_other_clients(tenant: TenantId) -> None:
    carla, place = person(Role.CLIENT, tenant), f"/api/tenants/{tenant}"
    assert post(f"{place}/plan/change", carla, offer="omni_shared", first_day="2026-11-20")[0] == 403
    assert ask(f"{place}/what-if", carla, like=tenant)[0] == 403
    assert ask(f"{place}/what-if", person(Role.FINANCE), like="nobody")[0] == 404


@pytest.mark.parametrize(
    ("method", "what"),
    [
        ("GET", "plan"),
        ("GET", "plan/options"),
        ("POST", "plan/quote"),
        ("POST", "plan/change"),
        ("POST", "plan/cancel"),
        ("POST", "plan/budget"),
        ("GET", "what-if"),
        ("POST", "what-if"),
    ],
)
def test_another_clients_plan_is_not_there_and_agents_have_no_business_here(
    tenant: TenantId, method: str, what: str
) -> None:
    body = {"offer": "omni_shared", "amount": "1", "toml": "x"}
    path = f"/api/tenants/{tenant}/{what}"
    for caller, status in ((person(Role.CLIENT, "other"), 404), (person(Role.AGENT, tenant), 403)):
        answer = ask(path, caller) if method == "GET" else gateway.post(path, caller, **body)
        assert answer[0] == status


def test_the_pages_show_the_plans_side_by_side_and_what_a_change_does(tenant: TenantId) -> None:
    carla = person(Role.CLIENT, tenant)
    status, page = gateway.page(f"/plans/{tenant}", carla)
    assert status == 200
    for words in ("Voice Essentials", "Omni Shared", "Dedicated + overflow", "2,150.00 USD", "Upgrade"):
        assert words in page
    status, page = gateway.page(f"/plans/{tenant}/omni_shared", carla)
    assert (status, "Change the plan" in page) == (200, True)
    place = f"/api/tenants/{tenant}/plan"
    status, headers = gateway.submit(f"{place}/change", carla, offer="omni_shared")
    assert (status, headers["Location"]) == (303, f"/plans/{tenant}")
    assert gateway.submit(f"{place}/change", carla, offer="voice_essentials")[0] == 303
    assert "Keep the plan" in gateway.page(f"/plans/{tenant}", carla)[1]
    assert gateway.submit(f"{place}/cancel", carla)[0] == 303
    assert gateway.page(f"/plans/{tenant}", person(Role.CLIENT, "other"))[0] == 404


def test_the_pages_say_what_a_change_costs_and_what_it_is_compared_with(tenant: TenantId) -> None:
    carla = person(Role.CLIENT, tenant)
    page = gateway.page(f"/plans/{tenant}", carla)[1]
    assert "for contacts below the agreed volume" in page
    assert "to Voice Essentials</th>" in page
    page = gateway.page(f"/plans/{tenant}/dedicated", carla)[1]
    assert "18,880.00 USD</strong> a month in place of" in page
    assert "5,000.00 USD is only due when a contract begins; this change costs none" in page
    gateway.submit(f"/api/tenants/{tenant}/plan/change", carla, offer="dedicated")
    page = gateway.page(f"/plans/{tenant}/voice_essentials", carla)[1]
    assert "18,555.00 less each month" in page
    assert "−18,880.00" not in page


def test_a_browser_gets_a_page_where_a_program_gets_a_problem(tenant: TenantId) -> None:
    carla = person(Role.CLIENT, tenant)
    change = f"/api/tenants/{tenant}/plan/change"
    for path, status, words in (
        ("/finance/quarantine", 403, "not for the role client"),
        ("/plans/nobody", 404, "nobody"),
        (f"/plans/{tenant}/voice_essentials", 409, "already"),
    ):
        found, page = gateway.page(path, carla)
        assert (found, page.startswith("<!doctype html>")) == (status, True)
        assert words in page
        assert '<a href="/">Home</a>' in page
        found, problem, headers = ask(path, carla)
        assert (found, headers["Content-Type"]) == (status, "application/problem+json")
        assert words in problem["detail"]
    found, page = gateway.refused(change, carla, offer="<b>none</b>")
    assert (found, "&lt;b&gt;none" in page, "<b>" in page) == (404, True, False)


@pytest.mark.parametrize(
    ("accept", "more"), [("text/html", {"hx_request": "true"}), ("text/html, application/problem+json", {})]
)
def test_a_script_that_takes_pieces_of_html_gets_problems(tenant: TenantId, accept: str, more: dict[str, str]) -> None:
    place = f"/api/tenants/{tenant}/plan/cancel"
    status, headers, _ = gateway.piece(place, person(Role.CLIENT, tenant), accept, **more)
    assert (status, headers["Content-Type"]) == (404, "application/problem+json")


def test_finance_tries_past_months_on_the_catalogue_and_on_a_file(tenant: TenantId) -> None:
    path = f"/api/tenants/{tenant}/what-if"
    status, found, _ = ask(path, person(Role.FINANCE), months="2")
    assert (status, {one["plan"] for one in found["plans"]}) == (200, {"held", *catalogue()})
    text = 'tier = "voice"\n[plan]\nname = "X"\ncurrency = "USD"\nbase = "1.00"\ntax = { category = "O", rate = "0" }\n'
    status, found = post(path, person(Role.FINANCE), toml=f"{text}[plan.voice]\nper_minute = '1'")
    assert (status, found["best"]) == (200, "given")
    assert ask(path, person(Role.FINANCE), months="many")[0] == 422
    assert post(path, person(Role.FINANCE), toml="tier = 3")[0] == 422


def test_the_clock_begins_what_is_due(tenant: TenantId, monkeypatch: pytest.MonkeyPatch) -> None:
    store = TenantStore(wiring.database())
    held = store.current(tenant)
    assert held is not None
    store.mark(held, Standing(next=coming(due=NOW)))
    looked = billing_wiring.account_watch().look(DUE)
    assert looked.begun >= 1
    assert store.versions(tenant)[-1].by == "carla"
    assert Onboarding(store).export(tenant).tier is Tier.VOICE
    assert wiring.database().get("tenants", Key("DUE", f"x#{tenant}")) is None
