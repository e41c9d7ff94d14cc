"""Every term of a plan can be written in a client's file; one that cannot hold is refused with its place and a fix."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.billing.model.plan import Plan
from chalicelib.tenancy.model.plain import to_plain, trusted
from chalicelib.tenancy.model.plan import METERED
from chalicelib.tenancy.model.plan import Plan as Terms
from tests.fakes.tenants import changed, mistakes_of

EVERYTHING: dict[str, Any] = {
    "name": "Everything",
    "currency": "EUR",
    "base": "100.00",
    "setup": "50",
    "deposit": "20",
    "minimum": "120",
    "maximum": "9000",
    "discount": "5",
    "proration": "days_of_30",
    "rounding": {"step": "0.05", "mode": "down"},
    "prorate_tiers": True,
    "tax": {"category": "S", "rate": "19"},
    "taxes": {"low": {"category": "S", "rate": "7"}, "none": {"category": "E", "rate": "0"}},
    "non_billable": ["no_concern"],
    "factors": {"after_hours": "1.25", "holiday": "1.5", "across": "split"},
    "usual_hours": {"monday": ["08:00-18:00"]},
    "voice": {
        "tiers": [{"up_to": 500, "price": "1.45"}, {"up_to": 1000, "price": "1.30", "flat": "10"}, {"price": "1.15"}],
        "tier_model": "graduated",
        "flat_at_zero": True,
        "included_minutes": 100,
        "initial_interval": 30,
        "next_interval": 6,
        "minimum": 10,
        "round_each": "contact",
        "sub_second": "half_up",
        "hold": False,
        "wrap_up": "separate",
        "wrap_up_cap": 60,
        "wrap_up_per_minute": "0.80",
        "wrap_up_fixed": 60,
        "per_event_s": 6,
        "short_calls": {"free": 30, "below_s": 30},
        "per_call": "0.20",
        "included_calls": 50,
        "rollover": {"percent": "10", "months": 2},
        "mode": "shared",
        "factors": {"holiday": "2"},
        "tax": "low",
    },
    "chat": {"package": {"size": 20, "price": "140"}, "factors": {}},
    "email": {"per_contact": "3", "included": 10},
    "message": {"tiers": [{"up_to": 10, "price": "2"}, {"price": "1"}], "tier_model": "volume"},
    "post": {"per_contact": "4"},
    "patched": {"blocks": [{"size": 60, "most": 10, "price": "5"}, {"size": 600, "price": "40"}]},
    "bot_chat": {"per_contact": "0.75"},
    "automated": {"per_minute": "0.15"},
    "sms": {"per_contact": "0.05"},
    "dial": {"per_contact": "0.50"},
    "mail": {"per_contact": "0.05"},
    "seats": {"seats": 4, "hours": 160, "per_hour": "29.50", "extra_per_hour": "32"},
    "pools": {"written": {"included": 50, "draws": {"post": 2, "bot_chat": 1}, "rollover": {"percent": "100"}}},
    "add_ons": [{"id": "numbers", "text": "Extra number", "price": "5.00", "quantity": 2, "tax": "none"}],
    "fees": {"late": {"text": "Late payment", "price": "10"}},
    "surcharges": [{"id": "tight", "text": "Tight targets", "on": ["voice", "base"], "percent": "10", "most": "500"}],
    "band": {"baseline": 6000, "deadband": "10", "arc": "2.40", "rrc": "1.60"},
    "service": {
        "on": "seats",
        "cap": "15",
        "credit": [{"points": "5", "percent": "5"}, {"points": "10", "percent": "10"}],
        "bonus": [{"points": "3", "percent": "1"}],
    },
    "budget": {"amount": "5000", "alerts": [50, 80, 100], "cap": True, "action": "refuse", "interim": "500"},
}


def test_every_term_can_be_written_and_is_understood_and_written_back() -> None:
    terms = changed("shop", plan=EVERYTHING).plan
    assert trusted(Terms, to_plain(terms)) == terms
    plan = Plan.of(terms)
    assert {charge.id for charge in plan.charges} >= {"voice_seconds", "calls", "wrap_up", "sms", "seat_seconds"}
    assert all(getattr(terms, name) is not None for name in METERED)


def test_each_term_is_part_of_the_version() -> None:
    whole = Plan.of(changed("shop", plan=EVERYTHING).plan).version
    for name in EVERYTHING.keys() - {"name", "currency", "base", "tax", "taxes", "voice", "chat", "email", "budget"}:
        fewer = {key: value for key, value in EVERYTHING.items() if key != name}
        assert Plan.of(trusted(Terms, fewer)).version != whole, name
    without = {key: value for key, value in EVERYTHING.items() if key != "budget"}
    assert Plan.of(trusted(Terms, without)).version == whole  # a budget is no price


def told(plan: dict[str, Any]) -> dict[str, str]:
    return {
        mistake.key.removeprefix("plan."): f"{mistake.why}; {mistake.fix}" for mistake in mistakes_of("shop", plan=plan)
    }


def with_(**changes: Any) -> dict[str, Any]:
    """`voice__tiers=[...]` sets a key within, `None` takes it away."""
    plan: dict[str, Any] = {key: dict(value) if isinstance(value, dict) else value for key, value in EVERYTHING.items()}
    for path, value in changes.items():
        *parents, last = path.split("__")
        table = plan
        for parent in parents:
            table = table[parent]
        if value is None:
            del table[last]
        else:
            table[last] = value
    return plan


def tiers(*bounds: int | None) -> list[dict[str, Any]]:
    return [{"price": "1"} | ({} if bound is None else {"up_to": bound}) for bound in bounds]


@pytest.mark.parametrize(
    ("changes", "key", "words"),
    [
        # tiers
        (
            {"voice__tiers": tiers(100, 50, None)},
            "voice.tiers[2].up_to",
            "before it ends at 100: they overlap",
        ),
        ({"voice__tiers": tiers(100, 100, None)}, "voice.tiers[2].up_to", "write more than 100"),
        ({"voice__tiers": tiers(100, 200)}, "voice.tiers[2].up_to", "so what is beyond has no price; leave it out"),
        ({"voice__tiers": tiers(100, None, None)}, "voice.tiers[2].up_to", "is missing, but other tiers follow"),
        ({"voice__tiers": [{"from": 5, "price": "1"}]}, "voice.tiers[1].from", "is no key here"),
        ({"voice__tiers": tiers(0, None)}, "voice.tiers[1].up_to", "allowed are 1 to"),
        ({"voice__per_minute": "1"}, "voice", "has per_minute and tiers; give exactly one of"),
        ({"email__per_contact": None}, "email", "has no price"),
        ({"email__flat_at_zero": True}, "email.flat_at_zero", "has no tiers"),
        # blocks
        (
            {"patched__blocks": [{"size": 5, "most": 2, "price": "1"}]},
            "patched.blocks[1].most",
            "leave it out: the last",
        ),
        (
            {"patched__blocks": [{"size": 5, "price": "1"}, {"size": 9, "price": "1"}]},
            "patched.blocks[1].most",
            "is missing, but other blocks follow",
        ),
        ({"patched__per_minute": "1"}, "patched", "has per_minute and blocks; give exactly one of"),
        ({"patched__blocks": [{"size": 5, "price": "0.005"}]}, "patched.blocks[1].price", "use 2 decimals"),
        ({"patched__factors": {"holiday": "2"}}, "patched.factors", "which is sold by blocks"),
        # hours
        ({"voice__factors": {"across": "split"}}, "voice.factors.across", "no hour has a price of its own"),
        ({"email__factors": {"holiday": "2", "across": "split"}}, "email.factors.across", "by the piece is not cut"),
        # rounding
        ({"rounding__step": "0"}, "rounding.step", "is 0"),
        ({"rounding__step": "0.001"}, "rounding.step", "use 2 decimals"),
        ({"rounding__mode": "away"}, "rounding.mode", "Allowed are: half_up"),
        # taxes
        (
            {"voice__tax": "reduced"},
            "voice.tax",
            "no tax 'reduced'; add plan.taxes.reduced, or name one of: low",
        ),
        ({"band__tax": "vat"}, "band.tax", "there is no tax 'vat'"),
        ({"taxes__low": {"category": "Q", "rate": "7"}}, "taxes.low.category", "Allowed are: S, Z"),
        ({"tax": {"category": "S", "rate": "0"}}, "tax.rate", "is 0, but the category is S"),
        ({"tax": {"category": "E", "rate": "19"}}, "tax.rate", "category E has no tax"),
        # currencies
        (
            {"currency": "JPY", "base": "100.50"},
            "base",
            "finer than JPY can be paid; write it without decimals",
        ),
        ({"setup": "1.005"}, "setup", "finer than EUR can be paid; use 2 decimals"),
        ({"chat__package": {"size": 5, "price": "0.125"}}, "chat.package.price", "use 2 decimals"),
        ({"currency": "XAU"}, "currency", "is no currency"),
        ({"base": "-1"}, "base", "does not fit"),
        # counting
        ({"voice__wrap_up": "none"}, "voice.wrap_up_cap", "has no effect"),
        ({"voice__wrap_up_per_minute": None}, "voice.wrap_up_per_minute", "give the price of separate wrap-up"),
        ({"voice__wrap_up": "included"}, "voice.wrap_up_per_minute", 'set wrap_up = "separate"'),
        ({"voice__per_call": None}, "voice.included_calls", "a call has no price of its own"),
        ({"voice__next_interval": 0}, "voice.next_interval", "allowed are 1 to 3600"),
        ({"voice__round_each": "period"}, "voice.round_each", "are of each contact"),
        ({"voice__short_calls": {"free": 0, "below_s": 30}}, "voice.short_calls.free", "allowed are 1 to"),
        ({"non_billable": ["nonsense"]}, "non_billable[1]", "'nonsense' is no disposition of this client; allowed are"),
        ({"usual_hours": {"monday": ["08:00-12:00", "11:00-13:00"]}}, "usual_hours.monday", "overlap"),
        ({"factors": {"holiday": "0"}}, "factors.holiday", 'write "1" for the usual price'),
        ({"chat__factors": {"holiday": "2"}}, "chat.factors", "sold by packages"),
        # allowances
        (
            {"pools__written": {"included": 5, "draws": {"fax": 1}}},
            "pools.written.draws.fax",
            "is no charge of this plan",
        ),
        ({"pools__more": {"included": 5, "draws": {"post": 1}}}, "pools", "'post' draws from 2 of them"),
        ({"post__rollover": {"percent": "10"}}, "post.rollover", "has no included units to move on"),
        ({"voice__rollover": {"percent": "101"}}, "voice.rollover.percent", "is above 100"),
        # limits
        ({"maximum": "100"}, "maximum", "100 is below the minimum, 120"),
        ({"discount": "101"}, "discount", "write at most 100"),
        ({"band": {"baseline": 5, "deadband": "101", "arc": "1", "rrc": "1"}}, "band.deadband", "write at most 100"),
        ({"budget__alerts": [80, 50]}, "budget.alerts", "write them like [50, 80, 100]"),
        ({"budget__cap": False}, "budget.action", "has no effect without a cap"),
        ({"budget__action": "none"}, "budget.action", "say what the cap does"),
        ({"budget__amount": "0"}, "budget.amount", "is 0"),
        # seats, service, surcharges, add-ons
        ({"seats": {"per_hour": "30"}}, "seats", "has neither hours agreed nor a price of hours worked"),
        ({"seats": None}, "service.on", 'is "seats", but the plan has none'),
        ({"sms__mode": "shared"}, "sms.mode", "no agent handles it"),
        ({"service__credit": [{"points": "5", "percent": "5"}] * 2}, "service.credit[2].points", "do not follow 5"),
        ({"surcharges": [{**EVERYTHING["surcharges"][0], "on": ["fax"]}]}, "surcharges[1].on[1]", "is no charge"),
        ({"surcharges": [{**EVERYTHING["surcharges"][0], "least": "501"}]}, "surcharges[1].least", "is above the most"),
        (
            {"surcharges": [{"id": "a", "text": "A", "on": ["base"], "tiers": [{"up_to": "9", "percent": "1"}]}]},
            "surcharges[1].tiers[1].up_to",
            "what is beyond has no price",
        ),
        ({"surcharges": [{"id": "a", "text": "A", "on": ["base"]}]}, "surcharges[1]", "has no percentage"),
        ({"add_ons": EVERYTHING["add_ons"] * 2}, "add_ons", "has the id 'numbers' twice"),
        ({"email": None}, "email", "is missing, but customers reach this client at"),
    ],
)
def test_a_term_that_cannot_hold_is_refused(changes: dict[str, Any], key: str, words: str) -> None:
    mistakes = told(with_(**changes))
    assert key in mistakes, mistakes
    assert words.lower() in mistakes[key].lower(), mistakes


def test_the_plan_without_a_change_has_no_mistake() -> None:
    assert told(with_()) == {}
