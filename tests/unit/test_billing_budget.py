"""Budgets: who is told when, what a cap does, and when it is lifted."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from typing import Any

import pytest

from chalicelib.billing.model.budget import Alert
from chalicelib.billing.store.crier import Crier
from chalicelib.kernel.channel import Channel
from chalicelib.kernel.ids import TenantId
from chalicelib.kernel.money import Money
from chalicelib.routing.model.terms import terms_of
from chalicelib.tenancy.model.address import Mailbox
from chalicelib.tenancy.model.form import Amount
from chalicelib.tenancy.model.gate import Admitted, Refused, gate
from chalicelib.tenancy.model.plan import Budget, CapAction
from chalicelib.tenancy.model.standing import Cap, Standing
from chalicelib.tenancy.model.tenant import Tenant
from tests.fakes.memory import MemoryDatabase
from tests.fakes.plan_counter import PlanCounter
from tests.fakes.tenants import sample
from tests.fakes.usage import handled

SHOP, PLUMBER = TenantId("shop"), TenantId("plumber")
NOW = datetime(2026, 11, 10, 15, 0, tzinfo=UTC)


def client(amount: str = "4300.00", action: CapAction = CapAction.REFUSE, **more: Any) -> Tenant:
    """Half of the budget is the base fee."""
    shop = sample("shop")
    cap = action is not CapAction.NONE
    budget = Budget(amount=Amount(amount), alerts=(50, 80, 100), cap=cap, action=action, **more)
    return replace(shop, plan=replace(shop.plan, budget=budget))


def a_counter(tenant: Tenant | None = None) -> PlanCounter:
    return PlanCounter(MemoryDatabase(), tenant or client(), now=NOW)


def spend(counter: PlanCounter, minutes: int, name: str) -> None:
    """Beyond the 1,000 minutes that are included, each costs 1.45."""
    counter.tell(handled(talk=60 * minutes, wrap=0, start=NOW), NOW, contact=name)


def asked(counter: PlanCounter) -> Tenant:
    found = counter.live.asked("phone", sample("shop").entry_points.phones[0])
    assert found is not None
    return found


def test_people_are_told_once_of_each_part_of_the_budget() -> None:
    counter = a_counter(client(tell=(Mailbox("boss@luna.example"),)))
    for _ in range(2):
        counter.watch.look(NOW)
    assert [(alert.percent, alert.to) for alert in counter.cry.told] == [(50, ("boss@luna.example",))]
    spend(counter, 2_000, "v1")  # 3,600
    for _ in range(2):
        counter.watch.look(NOW)
    assert [(alert.percent, alert.spent.minor) for alert in counter.cry.told[1:]] == [(80, 360_000)]


def test_of_several_at_a_time_the_highest_is_told() -> None:
    counter = a_counter()
    spend(counter, 3_000, "v1")
    counter.watch.look(NOW)
    assert [alert.percent for alert in counter.cry.told] == [100]
    assert counter.cry.told[0].action == "refuse"


def test_who_could_not_be_told_is_told_at_the_next_look() -> None:
    counter = a_counter()
    counter.cry.deaf = True
    looked = counter.watch.look(NOW)
    assert [tenant for tenant, _ in looked.failed] == [SHOP]
    counter.cry.deaf = False
    assert counter.watch.look(NOW).told == 1


def test_one_clients_trouble_is_not_the_others() -> None:
    counter = PlanCounter(MemoryDatabase(), client(), sample("plumber"), now=NOW)
    draft = counter.drafting.draft

    def broken(tenant: TenantId, label: str, now: datetime) -> Any:
        if tenant == PLUMBER:
            raise RuntimeError("no books")
        return draft(tenant, label, now)

    counter.drafting.draft = broken  # type: ignore[method-assign]
    looked = counter.watch.look(NOW)
    assert ([tenant for tenant, _ in looked.failed], looked.told) == ([PLUMBER], 1)


def test_a_used_up_budget_turns_customers_away_with_the_reason() -> None:
    counter = a_counter()
    spend(counter, 2_482, "v1")  # 4,298.90
    assert counter.watch.look(NOW).capped == 0
    assert isinstance(gate(asked(counter), Channel.VOICE), Admitted)
    spend(counter, 1, "v2")  # 4,300.35
    assert counter.watch.look(NOW).capped == 1
    shop = asked(counter)
    voice, chat = gate(shop, Channel.VOICE), gate(shop, Channel.CHAT)
    assert isinstance(voice, Refused)
    assert isinstance(chat, Refused)
    assert (voice.reason.value, voice.answer) == ("budget", shop.closed_answer(Channel.VOICE))
    assert chat.answer != voice.answer
    assert counter.live.get(SHOP).capped is CapAction.REFUSE


def test_the_cap_ends_with_the_period_and_with_a_larger_budget() -> None:
    counter = a_counter()
    spend(counter, 3_000, "v1")
    counter.watch.look(NOW)
    counter.now = datetime(2026, 12, 1, 5, 0, tzinfo=UTC)
    assert isinstance(gate(asked(counter), Channel.VOICE), Admitted)
    counter.now = NOW
    assert isinstance(gate(asked(counter), Channel.VOICE), Refused)
    counter.desk.budget(SHOP, "9000.00", "carla", NOW)
    assert isinstance(gate(asked(counter), Channel.VOICE), Admitted)
    assert counter.watch.look(NOW).capped == 0
    counter.desk.budget(SHOP, "5000.00", "carla", NOW)
    assert counter.watch.look(NOW).capped == 1


def test_a_file_with_a_larger_budget_lifts_the_cap_and_one_with_the_same_keeps_it() -> None:
    counter = a_counter()
    spend(counter, 3_000, "v1")
    counter.watch.look(NOW)
    for tenant, capped in ((replace(client(), bill_to=()), True), (client("9000.00"), False)):
        (proposal,) = counter.onboarding.propose([tenant])
        counter.onboarding.apply(proposal, NOW + timedelta(minutes=1))
        assert (counter.live.get(SHOP).capped is CapAction.REFUSE) is capped


def test_a_gentle_cap_lets_contacts_wait_behind_all_others() -> None:
    counter = a_counter(client(action=CapAction.LAST))
    before = terms_of(asked(counter), Channel.VOICE)
    spend(counter, 3_000, "v1")
    counter.watch.look(NOW)
    assert isinstance(gate(asked(counter), Channel.VOICE), Admitted)
    after = terms_of(asked(counter), Channel.VOICE)
    assert (before.target_s, after.target_s, after.boost_s) == (20, 7 * 24 * 3600, 0)


def test_a_client_without_a_budget_is_not_even_looked_at() -> None:
    shop = sample("shop")
    counter = a_counter(replace(shop, plan=replace(shop.plan, budget=None)))
    assert counter.live.with_budgets() == []


def test_a_standing_cap_is_written_once() -> None:
    counter = a_counter()
    spend(counter, 3_000, "v1")
    counter.watch.look(NOW)
    revision = counter.switching.held(SHOP).revision
    counter.watch.look(NOW)
    assert counter.switching.held(SHOP).revision == revision


def test_the_plan_page_says_so() -> None:
    counter = a_counter()
    spend(counter, 3_000, "v1")
    counter.watch.look(NOW)
    assert counter.desk.standing(SHOP, NOW)["capped"] is True


@pytest.mark.parametrize(("seconds", "action"), [(-1, CapAction.REFUSE), (0, CapAction.NONE)])
def test_a_cap_holds_until_its_instant_and_no_longer(seconds: int, action: CapAction) -> None:
    standing = Standing(cap=Cap(period="2026-11", until=NOW, action=CapAction.REFUSE))
    assert standing.at(client(), NOW + timedelta(seconds=seconds)).capped is action


class Posted:
    def __init__(self) -> None:
        self.mails: list[tuple[str, tuple[str, ...], bytes]] = []
        self.said: list[Any] = []

    def send(self, sender: str, to: Any, raw: bytes) -> str:
        self.mails.append((sender, tuple(to), raw))
        return "<id>"

    def publish(self, messages: Any) -> None:
        self.said += messages


@pytest.mark.parametrize(("language", "words"), [("en", "turned away"), ("de", "höflich abgewiesen")])
def test_the_alert_goes_by_mail_and_to_the_topic(language: str, words: str) -> None:
    posted = Posted()
    alert = Alert(
        tenant=SHOP,
        name="Luna Shop",
        period="2026-11",
        percent=100,
        spent=Money(430_035, "USD"),
        budget=Money(430_000, "USD"),
        action="refuse",
        language=language,
        to=("boss@luna.example",),
    )
    Crier(posted, posted.send, sender="billing@contacts.example", finance="money@operator.example").tell(alert)
    ((sender, to, raw),) = posted.mails
    mail = message_from_bytes(raw, policy=policy.default)
    assert (sender, to) == ("billing@contacts.example", ("boss@luna.example", "money@operator.example"))
    assert (mail["From"], mail["Reply-To"]) == ("billing@contacts.example", "money@operator.example")
    text = mail.get_content()
    assert "4300.35 USD" in text
    assert words in text
    ((body, attributes),) = posted.said
    assert (body["percent"], attributes["kind"], attributes["tenant"]) == (100, "budget_alert", "shop")
