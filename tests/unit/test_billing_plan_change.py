"""Tier and plan change: up at once, down with the next period, and the invoice says what the quote said."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.billing.model.change import AlreadyHeld, fixed_lines
from chalicelib.billing.model.line import net_of
from chalicelib.billing.store.plans import catalogue
from chalicelib.kernel.channel import Channel
from chalicelib.kernel.errors import Conflict, Invalid, NotFound
from chalicelib.kernel.ids import TenantId
from chalicelib.tenancy.model.form import Amount, Line
from chalicelib.tenancy.model.gate import Admitted, Refused, gate
from chalicelib.tenancy.model.offer import Offer
from chalicelib.tenancy.model.plan import Currency
from chalicelib.tenancy.model.tenant import Tenant
from chalicelib.tenancy.model.tier import Tier
from chalicelib.tenancy.service.catalogue import read_catalogue
from chalicelib.tenancy.service.onboarding import ChangeIsComing, OlderFile, PeriodClosed
from tests.fakes.memory import MemoryDatabase
from tests.fakes.plan_counter import PlanCounter
from tests.fakes.tenants import sample
from tests.fakes.usage import handled

SHOP = TenantId("shop")
MIDDLE = datetime(2026, 11, 16, 15, 0, tzinfo=UTC)  # the morning of the 16th in New York
DECEMBER = datetime(2026, 12, 1, 5, 0, tzinfo=UTC)  # its midnight there


def small() -> Offer:
    """Calls only, for little: what a shop would go down to."""
    return replace(catalogue()["voice_essentials"], id="small")


def a_counter(*clients: Tenant, now: datetime = MIDDLE, **more: Any) -> PlanCounter:
    return PlanCounter(MemoryDatabase(), *(clients or (sample("shop"),)), now=now, **more)


def on_voice() -> Tenant:
    """The shop before it took written contacts."""
    shop = sample("shop")
    return small().fitted(shop, shop.contract.effective_from)


def invoice_lines(counter: PlanCounter, label: str, now: datetime) -> list[dict[str, Any]]:
    draft = counter.drafting.draft(SHOP, label, now)
    return [line.as_document() for line in fixed_lines(draft.usage)]


def test_the_catalogue_has_the_three_plans_of_the_trade() -> None:
    assert {name: offer.tier.value for name, offer in catalogue().items()} == {
        "voice_essentials": "voice",
        "omni_shared": "multichannel",
        "dedicated": "multichannel",
    }


def test_a_mistake_in_the_catalogue_is_told_like_one_in_a_clients_file() -> None:
    text = 'tier = "voice"\ntext = "x"\n[plan]\nname = "X"\ncurrency = "USD"\nbase = "1.005"\nnon_billable = ["spam"]'
    with pytest.raises(Invalid) as bad:
        read_catalogue({"x.toml": text + '\ntax = { category = "S", rate = "0" }\n'})
    for part in ("plan.base", "finer than USD", "plan.tax.rate", "plan.non_billable"):
        assert part in bad.value.message


def test_an_upgrade_begins_at_once_and_every_channel_is_open() -> None:
    counter = a_counter(on_voice())
    mailbox = sample("shop").entry_points.mailboxes[0]
    asked = counter.live.asked("mailbox", mailbox)
    assert asked is not None
    assert isinstance(gate(asked, Channel.EMAIL), Refused)
    quote = counter.desk.change(SHOP, offer="omni_shared", by="carla", now=MIDDLE)
    assert (quote.direction.value, quote.first_day) == ("upgrade", date(2026, 11, 16))
    asked = counter.live.asked("mailbox", mailbox)
    assert asked is not None
    assert isinstance(gate(asked, Channel.EMAIL), Admitted)
    history = counter.live.versions(SHOP)
    assert [(version.tenant.tier, version.by) for version in history] == [
        (Tier.VOICE, ""),
        (Tier.MULTICHANNEL, "carla"),
    ]


def test_the_quote_of_an_upgrade_credits_half_a_month_and_charges_half() -> None:
    """15 of 30 days each: 325.00 → 162.50, 2,150.00 → 1,075.00; of 1,000 minutes 500, in seconds."""
    quote = a_counter(on_voice()).desk.quote(SHOP, offer="omni_shared", by="carla", now=MIDDLE)
    assert (quote.credit.minor, quote.charge.minor) == (-16_250, 107_500)
    assert [line.amount.minor for line in quote.after] == [16_250, 107_500]
    voice = [one for one in quote.included if one["charge"] == "voice_seconds"]
    assert [one["included"] for one in voice] == [4_500, 30_000]


def test_a_quote_that_cuts_a_month_names_the_days_of_both_amounts() -> None:
    told = a_counter(on_voice()).desk.quote(SHOP, offer="omni_shared", by="carla", now=MIDDLE).as_document()
    assert told["cut"] == {
        "first_day": "2026-11-16",
        "last_day": "2026-11-30",
        "credit": -16_250,
        "charge": 107_500,
        "difference": 91_250,
    }
    assert told["month"] == {"before": 32_500, "before_currency": "USD", "after": 215_000, "difference": 182_500}


def test_a_quote_that_begins_with_a_month_gives_nothing_back() -> None:
    """Nothing was billed of December yet, so there is nothing to credit."""
    told = a_counter(offers={"small": small()}).desk.quote(SHOP, offer="small", by="carla", now=MIDDLE).as_document()
    assert told["cut"] is None
    assert not {"credit", "charge", "difference"} & told.keys()
    assert told["month"] == {"before": 215_000, "before_currency": "USD", "after": 32_500, "difference": -182_500}


def test_a_change_costs_no_setup_as_the_draft_says_too() -> None:
    counter = a_counter(on_voice())
    told = counter.desk.change(SHOP, offer="dedicated", by="carla", now=MIDDLE).as_document()
    assert told["once"] == {"setup": 500_000, "deposit": 0, "due": False}
    for label in ("2026-11", "2026-12"):
        draft = counter.drafting.draft(SHOP, label, MIDDLE + timedelta(days=20)).as_document()
        assert "setup" not in {line["kind"] for line in draft["lines"]}


def test_who_changes_on_the_day_on_which_the_contract_begins_owes_the_new_setup() -> None:
    voice = on_voice()
    today = replace(voice, contract=replace(voice.contract, effective_from=date(2026, 11, 16)))
    counter = a_counter(today)
    (dedicated,) = [one for one in counter.desk.options(SHOP, MIDDLE)["offers"] if one["offer"] == "dedicated"]
    assert (dedicated["setup"], dedicated["once_is_due"]) == (500_000, True)
    told = counter.desk.change(SHOP, offer="dedicated", by="carla", now=MIDDLE).as_document()
    assert told["once"]["due"]
    draft = counter.drafting.draft(SHOP, "2026-11", MIDDLE).as_document()
    assert [line["amount"] for line in draft["lines"] if line["kind"] == "setup"] == [500_000]


def test_a_quote_changes_nothing() -> None:
    counter = a_counter(on_voice())
    counter.desk.quote(SHOP, offer="omni_shared", by="carla", now=MIDDLE)
    assert len(counter.live.versions(SHOP)) == 1


def test_a_downgrade_waits_for_the_period_to_end_and_then_needs_nobody() -> None:
    counter = a_counter(offers={"small": small()})
    quote = counter.desk.change(SHOP, offer="small", by="carla", now=MIDDLE)
    assert (quote.direction.value, quote.first_day) == ("downgrade", date(2026, 12, 1))
    assert any(told.startswith("email ") for told in quote.refused)
    mailbox = sample("shop").entry_points.mailboxes[0]
    for at, admitted in ((DECEMBER - timedelta(milliseconds=1), True), (DECEMBER, False)):
        counter.now = at
        asked = counter.live.asked("mailbox", mailbox)
        assert asked is not None
        assert isinstance(gate(asked, Channel.EMAIL), Admitted) is admitted
        assert (counter.live.get(SHOP).tier is Tier.MULTICHANNEL) is admitted


def test_what_has_come_becomes_a_version_once_and_the_invoice_follows_it() -> None:
    counter = a_counter(offers={"small": small()})
    quote = counter.desk.change(SHOP, offer="small", by="carla", now=MIDDLE)
    late = DECEMBER + timedelta(minutes=4)
    assert counter.switching.renew(DECEMBER - timedelta(seconds=1)) == []
    assert [counter.switching.renew(late), counter.switching.renew(late)] == [[SHOP], []]
    counter.now = late
    assert [version.by for version in counter.live.versions(SHOP)] == ["", "carla"]
    assert invoice_lines(counter, "2026-12", late) == [line.as_document() for line in quote.after]
    november = counter.drafting.draft(SHOP, "2026-11", late).as_document()
    assert [one["name"] for one in november["plans"]] == ["Omni Shared"]


def test_a_draft_of_a_month_that_has_begun_has_the_change_before_anybody_wrote_it_down() -> None:
    counter = a_counter(offers={"small": small()})
    counter.tell(handled(start=MIDDLE - timedelta(hours=1)), MIDDLE, contact="v1")
    quote = counter.desk.change(SHOP, offer="small", by="carla", now=MIDDLE)
    counter.now = DECEMBER + timedelta(seconds=1)
    draft = counter.drafting.draft(SHOP, "2026-12", counter.now).as_document()
    assert [one["name"] for one in draft["plans"]] == ["Voice Essentials"]
    assert invoice_lines(counter, "2026-12", counter.now) == [line.as_document() for line in quote.after]
    assert counter.live.versions(SHOP)[-1].by == "carla"
    assert [act.what for act in counter.switching.acts(SHOP)] == ["scheduled"], "nobody wrote it down yet"


def test_an_invoice_has_the_change_even_if_nobody_wrote_it_down_and_stays_the_same_when_somebody_does() -> None:
    counter = a_counter(offers={"small": small()})
    counter.desk.change(SHOP, offer="small", by="carla", now=MIDDLE)
    counter.now = datetime(2027, 1, 10, tzinfo=UTC)
    counter.invoices.finalise(SHOP, "2026-12", "fiona", counter.now)
    document = counter.invoices.document(SHOP, "2026-12")
    assert [one["name"] for one in document["plans"]] == ["Voice Essentials"]
    counter.switching.renew(counter.now)
    assert [version.effective for version in counter.live.versions(SHOP)][1:] == [DECEMBER]
    assert counter.replay.replay(SHOP, "2026-12", counter.now + timedelta(days=1)).ok


def test_a_downgrade_that_is_to_come_can_be_cancelled_and_that_is_remembered() -> None:
    counter = a_counter(offers={"small": small()})
    counter.desk.change(SHOP, offer="small", by="carla", now=MIDDLE)
    with pytest.raises(Conflict, match="cancel that first"):
        counter.desk.change(SHOP, offer="small", by="carla", now=MIDDLE)
    counter.desk.cancel(SHOP, "carla", MIDDLE + timedelta(days=1))
    assert counter.switching.renew(DECEMBER) == []
    with pytest.raises(NotFound):
        counter.desk.cancel(SHOP, "carla", MIDDLE)
    told = counter.desk.standing(SHOP, MIDDLE)
    assert [(act["what"], act["by"]) for act in told["acts"]] == [("scheduled", "carla"), ("cancelled", "carla")]
    assert told["scheduled"] is None


def test_a_change_that_has_begun_cannot_be_cancelled() -> None:
    counter = a_counter(offers={"small": small()})
    counter.desk.change(SHOP, offer="small", by="carla", now=MIDDLE)
    with pytest.raises(Conflict, match="has begun"):
        counter.desk.cancel(SHOP, "carla", DECEMBER)


def test_the_plan_that_is_held_cannot_be_taken_again() -> None:
    with pytest.raises(AlreadyHeld):
        a_counter().desk.change(SHOP, offer="omni_shared", by="carla", now=MIDDLE)


def test_a_change_cannot_be_dated_in_an_invoiced_period() -> None:
    counter = a_counter(on_voice(), now=datetime(2026, 11, 6, tzinfo=UTC))
    counter.invoices.finalise(SHOP, "2026-10", "fiona", counter.now)
    with pytest.raises(PeriodClosed):
        counter.desk.change(SHOP, offer="omni_shared", by="olga", now=counter.now, first_day=date(2026, 10, 20))
    assert len(counter.live.versions(SHOP)) == 1


def test_another_currency_waits_for_a_new_period() -> None:
    omni = catalogue()["omni_shared"]
    euros = replace(omni, id="euros", plan=replace(omni.plan, currency=Currency.parse("EUR")))
    counter = a_counter(on_voice(), offers={"euros": euros})
    with pytest.raises(Invalid, match="2026-12-01"):
        counter.desk.change(SHOP, offer="euros", by="olga", now=MIDDLE)
    quote = counter.desk.change(SHOP, offer="euros", by="olga", now=MIDDLE, first_day=date(2026, 12, 1))
    assert quote.currency == "EUR"


def test_a_contract_that_has_not_begun_is_changed_in_its_file() -> None:
    voice = on_voice()
    later = replace(voice, contract=replace(voice.contract, effective_from=date(2026, 11, 20)))
    with pytest.raises(Conflict, match="2026-11-20"):
        a_counter(later).desk.change(SHOP, offer="omni_shared", by="carla", now=MIDDLE)


@pytest.mark.parametrize(
    ("first_day", "why"),
    [
        (date(2026, 11, 20), "before the period ends"),
        (date(2026, 12, 2), "begins no period"),
        (date(2027, 3, 1), "near"),
    ],
)
def test_a_downgrade_begins_with_a_period(first_day: date, why: str) -> None:
    counter = a_counter(offers={"small": small()})
    with pytest.raises(Invalid, match=why):
        counter.desk.change(SHOP, offer="small", by="olga", now=MIDDLE, first_day=first_day)


def test_a_plan_that_does_not_fit_the_client_is_refused_with_what_is_missing() -> None:
    omni = catalogue()["omni_shared"]
    no_mail = replace(omni, id="no_mail", plan=replace(omni.plan, email=None))
    with pytest.raises(Invalid, match=r"plan\.email"):
        a_counter(on_voice(), offers={"no_mail": no_mail}).desk.quote(SHOP, offer="no_mail", by="c", now=MIDDLE)


def test_an_older_file_does_not_take_back_what_a_client_chose() -> None:
    counter = a_counter(on_voice())
    counter.desk.change(SHOP, offer="omni_shared", by="carla", now=MIDDLE)
    with pytest.raises(OlderFile, match="manyline tenants export shop"):
        counter.onboarding.propose([on_voice()])
    pulled = replace(counter.onboarding.export(SHOP), name=Line("Luna Lamps"))
    (proposal,) = counter.onboarding.propose([pulled])
    counter.onboarding.apply(proposal, MIDDLE + timedelta(hours=1))
    with pytest.raises(OlderFile):
        counter.onboarding.propose([on_voice()])


def test_an_older_file_is_called_older_although_its_day_is_invoiced() -> None:
    counter = a_counter(on_voice())
    counter.invoices.finalise(SHOP, "2026-10", "fiona", MIDDLE)
    counter.desk.change(SHOP, offer="omni_shared", by="Carla Client <e188454b>", now=MIDDLE)
    with pytest.raises(OlderFile) as refusal:
        counter.onboarding.propose([on_voice()])
    for part in ("shop: Carla Client changed", "2026-11-16", "the file is older", "`manyline tenants export shop`"):
        assert part in refusal.value.message


def test_a_file_changes_a_greeting_but_no_plan_while_a_change_is_to_come() -> None:
    counter = a_counter(offers={"small": small()})
    counter.desk.change(SHOP, offer="small", by="carla", now=MIDDLE)
    shop = sample("shop")
    with pytest.raises(ChangeIsComing, match="cancel"):
        counter.onboarding.propose([replace(shop, plan=replace(shop.plan, base=Amount("1.00")))])
    (proposal,) = counter.onboarding.propose([replace(shop, name=Line("Luna Lamps"))])
    counter.onboarding.apply(proposal, MIDDLE)
    counter.switching.renew(DECEMBER)
    counter.now = DECEMBER
    assert (counter.live.get(SHOP).name, counter.live.get(SHOP).tier) == ("Luna Lamps", Tier.VOICE)


def test_the_options_show_last_months_real_traffic_on_every_plan() -> None:
    counter = a_counter()
    october = datetime(2026, 10, 10, 15, 0, tzinfo=UTC)
    for place in range(3):
        start = october + timedelta(hours=place)
        counter.tell(handled(talk=600, start=start), start, contact=f"v{place}")
        counter.tell(handled(start=start), start, contact=f"c{place}", channel=Channel.CHAT)
    options = counter.desk.options(SHOP, MIDDLE)
    offers = {one["offer"]: one for one in options["offers"]}
    assert options["held"]["last_month"]["net"] == 215_000
    assert offers["omni_shared"]["direction"] == "held"
    assert offers["voice_essentials"]["direction"] == "downgrade"
    assert offers["voice_essentials"]["last_month"]["refused"] == {"chat": 3}
    assert offers["voice_essentials"]["last_month"]["net"] == 32_500
    assert offers["voice_essentials"]["last_month"]["difference"] == 32_500 - 215_000
    assert offers["dedicated"]["direction"] == "upgrade"


def test_the_options_say_why_a_month_costs_less_than_its_fixed_part() -> None:
    """6,000 contacts are agreed; 10 % less is within the band: 5,400 at 1.60 each."""
    counter = a_counter()
    offers = {one["offer"]: one for one in counter.desk.options(SHOP, MIDDLE)["offers"]}
    month = offers["dedicated"]["last_month"]
    assert month["beside"] == [{"words": "contacts below the agreed volume", "amount": -864_000}]
    assert month["net"] == offers["dedicated"]["fixed"] - 864_000
    assert offers["omni_shared"]["last_month"]["beside"] == []


def test_after_a_change_last_month_is_compared_with_the_plan_of_last_month() -> None:
    """Nobody is turned away from a month that is over, whatever the tier is now."""
    counter = a_counter(on_voice())
    october = datetime(2026, 10, 10, 15, 0, tzinfo=UTC)
    counter.tell(handled(start=october), october, contact="c1", channel=Channel.CHAT)
    assert counter.desk.options(SHOP, MIDDLE)["compared_with"] == ["Voice Essentials"]
    counter.desk.change(SHOP, offer="omni_shared", by="carla", now=MIDDLE)
    options = counter.desk.options(SHOP, MIDDLE)
    assert (options["held"]["name"], options["compared_with"]) == ("Omni Shared", ["Voice Essentials"])
    assert options["held"]["last_month"]["refused"] == {}
    offers = {one["offer"]: one for one in options["offers"]}
    assert offers["omni_shared"]["last_month"]["difference"] == 215_000 - options["held"]["last_month"]["net"]


def test_a_change_is_in_the_history_at_once() -> None:
    """The books are not asked for what they remember."""
    counter = a_counter(on_voice())
    counter.desk.standing(SHOP, MIDDLE)
    counter.desk.change(SHOP, offer="omni_shared", by="carla", now=MIDDLE)
    history = counter.desk.standing(SHOP, MIDDLE)["history"]
    assert [one["name"] for one in history] == ["Voice Essentials", "Omni Shared"]


def test_a_budget_is_raised_without_a_new_stretch_of_the_invoice() -> None:
    counter = a_counter()
    counter.desk.budget(SHOP, "9000.00", "carla", MIDDLE)
    draft = counter.drafting.draft(SHOP, "current", MIDDLE).as_document()
    assert len(draft["plans"]) == 1
    with pytest.raises(Invalid, match="amount"):
        counter.desk.budget(SHOP, "a lot", "carla", MIDDLE)


amounts = st.integers(min_value=0, max_value=400_000).map(lambda cents: Amount(f"{cents // 100}.{cents % 100:02d}"))
minutes = st.integers(min_value=0, max_value=2_000)


@given(
    old=amounts,
    new=amounts,
    had=minutes,
    has=minutes,
    hour=st.integers(min_value=0, max_value=24 * 364),
    zone=st.sampled_from(["America/New_York", "Europe/Berlin", "Africa/Cairo", "Asia/Tokyo"]),
)
@settings(max_examples=60, deadline=None)
def test_the_invoice_says_what_the_quote_said_and_no_downgrade_is_early(
    old: Amount, new: Amount, had: int, has: int, hour: int, zone: str
) -> None:
    now = datetime(2026, 1, 2, tzinfo=UTC) + timedelta(hours=hour)
    shop = sample("shop")
    terms = replace(shop.plan.voice, included_minutes=had, rollover=None)  # type: ignore[type-var]
    contract = replace(shop.contract, zone=type(shop.zone).parse(zone))
    held = replace(shop, contract=contract, plan=replace(shop.plan, name=Line("Old"), base=old, voice=terms))
    other = replace(shop.plan, name=Line("New"), base=new, voice=replace(terms, included_minutes=has))  # type: ignore[type-var]
    offer = Offer(id="new", tier=Tier.MULTICHANNEL, text=Line("x"), plan=other)
    counter = a_counter(held, now=now, offers={"new": offer})
    quote = counter.desk.change(SHOP, offer="new", by="carla", now=now)
    period = quote.period
    begins = datetime.combine(quote.first_day, datetime.min.time(), tzinfo=held.contract.zone.info)
    if quote.direction.value == "downgrade":
        assert begins > now
        assert quote.first_day == period.first_day
    else:
        assert quote.first_day == now.astimezone(held.contract.zone.info).date()
    counter.now = max(now, begins.astimezone(UTC))
    counter.switching.renew(counter.now)
    assert invoice_lines(counter, period.label, counter.now) == [line.as_document() for line in quote.after]
    assert quote.credit + quote.charge == net_of(quote.after, quote.currency) - net_of(quote.before, quote.currency)
    for fee, plan in ((old, "Old"), (new, "New")):
        days = sum(line.quantity for line in quote.after if line.text == plan and line.unit == "day")
        if days:
            amount = sum(line.amount.minor for line in quote.after if line.text == plan)
            exact = int(fee.decimal * 100) * days / period.days
            assert abs(amount - exact) < 1
    for one in {found["charge"] for found in quote.included}:
        parts = [found for found in quote.included if found["charge"] == one]
        if len({part["of"] for part in parts}) == 1 and len(parts) == 2:
            assert sum(part["included"] for part in parts) == parts[0]["of"]
