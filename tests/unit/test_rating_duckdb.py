"""A second rating of a random month, in SQL, that shares no code with ours: it agrees to the cent.

The month is one of the three sample clients with calls, chats and mails of all kinds. The SQL knows the sample files'
numbers from the file itself; how they are used is written there anew.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import duckdb
import pytest

from chalicelib.billing.model.ledger import Meter, UsageRecord
from chalicelib.billing.model.line import Line, net_of
from chalicelib.billing.model.plan import Plan
from chalicelib.billing.model.rating import rate
from chalicelib.billing.model.totals import totals_of
from tests.fakes.plans import WHOLE, used
from tests.fakes.tenants import sample

TENANTS = Path(__file__).resolve().parents[2] / "tenants"
METERS = {
    "voice": Meter.VOICE,
    "chat": Meter.CHAT,
    "email": Meter.EMAIL,
    "message": Meter.MESSAGE,
    "post": Meter.POST,
    "bot_chat": Meter.BOT_CHAT,
    "automated": Meter.AUTOMATED,
    "patched": Meter.PATCHED,
    "sms": Meter.SMS,
}
DISPOSITIONS = ("solved", "solved", "solved", "wrong_number", "no_concern")


def month(seed: int) -> list[UsageRecord]:
    random = Random(seed)
    records = []
    for number in range(random.randrange(1_500, 3_000)):
        meter = random.choice([Meter.VOICE, Meter.VOICE, *METERS.values()])
        at = datetime(2026, 11, 2, tzinfo=UTC) + timedelta(seconds=random.randrange(20 * 86_400))
        more = {"contact": f"x{number}", "at": at, "disposition": random.choice(DISPOSITIONS)}
        if meter is Meter.VOICE:
            took = {
                "talk": int(random.expovariate(1 / 90)),
                "hold": random.randrange(30),
                "wrap": random.randrange(150),
            }
            records.append(used(meter, seconds=took, **more))
        else:
            timed = meter in (Meter.AUTOMATED, Meter.PATCHED)
            records.append(used(meter, random.randrange(1, 200) if timed else random.randrange(1, 3), **more))
    return records


SQL = """
with free as (select unnest($non_billable::varchar[]) as code),
counted as (
    select contact, ended, talk + hold + wrap as raw, talk + hold + least(wrap, $cap) as seconds
    from calls where disposition not in (select code from free)
),
stepped as (
    select contact, ended, raw, case
        when seconds = 0 then 0
        when greatest(seconds, $minimum) <= $first then $first
        else $first + ((greatest(seconds, $minimum) - $first + $next - 1) // $next) * $next end as billed
    from counted
),
ranked as (
    select *, case when raw > 0 and raw < $below then row_number() over (
        partition by raw > 0 and raw < $below order by ended, contact) end as place
    from stepped
)
select coalesce(sum(billed), 0)::bigint from ranked where place is null or place > $free_calls
"""


OTHERS = """
select coalesce(sum(quantity), 0)::bigint from others where meter = ? and not list_contains(?::varchar[], disposition)
"""


def in_sql(records: Sequence[UsageRecord], terms: Mapping[str, Any]) -> dict[str, int]:
    """Cents by the plan's words."""
    with duckdb.connect() as base:
        base.execute("set threads = 1")
        calls = [record for record in records if record.meter is Meter.VOICE]
        others = [record for record in records if record.meter is not Meter.VOICE]
        columns: dict[str, Sequence[Any]] = {
            part: [record.seconds[part] for record in calls] for part in ("talk", "hold", "wrap")
        }
        columns |= {
            "contact": [record.contact for record in calls],
            "ended": [record.usage_at.replace(tzinfo=None) for record in calls],
            "disposition": [record.dimensions["disposition"] for record in calls],
        }
        _table(base, "calls", columns)
        columns = {
            "meter": [record.meter.value for record in others],
            "quantity": [record.quantity for record in others],
            "disposition": [record.dimensions["disposition"] for record in others],
        }
        _table(base, "others", columns)
        return _cents(base, terms)


def _table(base: duckdb.DuckDBPyConnection, name: str, columns: Mapping[str, Sequence[Any]]) -> None:
    told = ", ".join(f"unnest(${column}) as {column}" for column in columns)
    base.execute(f"create table {name} as select {told}", dict(columns))


def _cents(base: duckdb.DuckDBPyConnection, terms: Mapping[str, Any]) -> dict[str, int]:
    free = terms.get("non_billable", [])
    voice = terms["voice"]
    grace = voice.get("short_calls", {"free": 0, "below_s": 0})
    (billed,) = base.execute(
        SQL,
        {
            "non_billable": free,
            "cap": voice.get("wrap_up_cap", 100_000),
            "minimum": voice.get("minimum", 0),
            "first": voice["initial_interval"],
            "next": voice["next_interval"],
            "below": grace["below_s"],
            "free_calls": grace["free"],
        },
    ).fetchone() or (0,)
    pool = next(iter(terms.get("pools", {}).values()), {"included": 0, "draws": {}})
    left = pool["included"]
    cents = {"voice": _tiered(base, max(0, billed - voice.get("included_minutes", 0) * 60), 60, voice)}
    for name, meter in METERS.items():
        if name == "voice" or name not in terms:
            continue
        (quantity,) = base.execute(OTHERS, [meter.value, free]).fetchone() or (0,)
        quantity = max(0, quantity - terms[name].get("included", 0))
        if name in pool["draws"]:
            covered = min(quantity, left // pool["draws"][name])
            quantity, left = quantity - covered, left - covered * pool["draws"][name]
        per = 60 if "per_minute" in terms[name] else 1
        cents[name] = _tiered(base, quantity, per, terms[name])
    return cents


HALF_UP = """
with p as (
    select (?::decimal(12, 6) * 1000000)::hugeint as millionths, greatest(least(?, ?) - ?, 0)::hugeint as quantity
)
select ((2 * quantity * millionths * 100 + ? * 1000000) // (2 * ? * 1000000))::bigint from p
"""


def _tiered(base: duckdb.DuckDBPyConnection, quantity: int, per: int, terms: Mapping[str, Any]) -> int:
    """Each tier is rounded half up to the cent, in whole numbers."""
    low, total = 0, 0
    for tier in terms.get("tiers") or [{"price": terms.get("per_minute") or terms["per_contact"]}]:
        high = tier["up_to"] * per if "up_to" in tier else 10**12
        (cents,) = base.execute(HALF_UP, [tier["price"], quantity, high, low, per, per]).fetchone() or (0,)
        low, total = high, total + cents
    return total


@pytest.mark.parametrize("name", ["plumber", "shop", "clinic"])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_random_month_costs_the_same_in_sql(name: str, seed: int) -> None:
    terms = tomllib.loads((TENANTS / f"{name}.toml").read_text())["plan"]
    plan, records = Plan.of(sample(name).plan), month(seed)
    lines = rate(totals_of(records, plan), plan, WHOLE)
    theirs = in_sql(records, terms)
    assert {own: _ours(lines, METERS[own]) for own in theirs} == theirs
    fixed = [
        int(terms["base"].replace(".", "")),
        *(int(one["price"].replace(".", "")) for one in terms.get("add_ons", [])),
    ]
    least = int(terms.get("minimum", "0.00").replace(".", ""))
    assert net_of(lines, plan.currency).minor == max(least, sum(theirs.values()) + sum(fixed))
    assert theirs["voice"] > 0


def _ours(lines: Sequence[Line], meter: Meter) -> int:
    return sum(line.amount.minor for line in lines if line.kind == meter.value)
